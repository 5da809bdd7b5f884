"""A session's tokens under seal: AES-256-GCM, with `TOKEN_KEYS` or the secret key, and where `KEEP_TOKENS` says.

A seal is good for one session alone, by its handle: moved to another, nothing opens. Keys that only open are
for the time after a change of keys: each renewal seals anew with the first one.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from relyant import _core, conf

if TYPE_CHECKING:
    from collections.abc import Mapping

_PURPOSE = "relyant.tokens"
_STATE_PURPOSE = "relyant.register.state"


def seal(tokens: _core.SessionTokens, handle: str) -> str:
    """Seal the tokens of the session with this handle."""
    return tokens.seal(_sealer(_PURPOSE), handle.encode())


def unseal(sealed: str | None, handle: str) -> _core.SessionTokens | None:
    """Open what `seal` sealed; None for none, for another session's, and under keys that are gone."""
    return _core.SessionTokens.open(_sealer(_PURPOSE), sealed, handle.encode()) if sealed else None


def seal_state(record: Mapping[str, Any], tokens: str | None, handle: str) -> str:
    """Seal a session's record with its sealed tokens, for the row of the register."""
    state = json.dumps({"record": record, "tokens": tokens}, ensure_ascii=False)
    return _sealer(_STATE_PURPOSE).seal(state.encode(), handle.encode())


def unseal_state(sealed: str, handle: str) -> tuple[dict[str, Any] | None, str | None]:
    """Open what `seal_state` sealed: the record, and the sealed tokens; None for what isn't there."""
    opened = _sealer(_STATE_PURPOSE).open(sealed, handle.encode()) if sealed else None
    state = json.loads(opened) if opened else {}
    return state.get("record"), state.get("tokens")


def _sealer(purpose: str) -> _core.Sealer:
    return _core.Sealer(conf.token_secrets(), purpose)
