"""Servers that are away for a while."""

from __future__ import annotations

from contextlib import contextmanager


@contextmanager
def down(server):
    """A server that is away for as long as the block."""
    server.stop()
    try:
        yield
    finally:
        server.start()
