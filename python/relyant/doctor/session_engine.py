"""Whether the session engine keeps a session: one is written, read back and ended, no visitor's touched."""

from __future__ import annotations

from importlib import import_module

from relyant import conf

_KEY = "relyant.doctor"


def works() -> bool:
    """Whether a session that was written can be read back. Raises what the engine raises."""
    engine = import_module(conf.session_engine())
    written = engine.SessionStore()
    written[_KEY] = True
    written.save()
    read = engine.SessionStore(written.session_key)
    try:
        return read.get(_KEY) is True
    finally:
        read.delete()
