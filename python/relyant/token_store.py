"""A session's tokens under seal: AES-256-GCM, with `TOKEN_KEYS` or the secret key, as its record holds them.

A seal is good for one session of one user and subject: moved to another, nothing opens. Keys that only open
are for the time after a change of keys: each renewal seals anew with the first one.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from relyant import _core, conf

if TYPE_CHECKING:
    from collections.abc import Mapping

_TOKENS_PURPOSE = "relyant.tokens"
_HINT_PURPOSE = "relyant.tokens.id_token"


@dataclass(frozen=True)
class IdTokenHint:
    """A session's ID token, for the provider's end-session endpoint. Secret: no report shows it."""

    text: str = field(repr=False)


def are_kept() -> bool:
    """Whether anything is kept of a session's tokens."""
    return conf.relyant_settings().keep_tokens != "none"


def sealed(tokens: _core.SessionTokens, id_token: str, record: Mapping[str, Any]) -> dict[str, str]:
    """Return what a session's record has of its tokens: nothing where none are kept."""
    if not are_kept():
        return {}
    binding = _binding(record)
    return {
        "tokens": tokens.seal(sealer(_TOKENS_PURPOSE), binding),
        "id_token": sealer(_HINT_PURPOSE).seal(id_token.encode(), binding),
    }


def tokens_of(record: Mapping[str, Any]) -> _core.SessionTokens | None:
    """Open the tokens in a record; None where it has none, or none that today's keys open."""
    text = record.get("tokens")
    return _core.SessionTokens.open(sealer(_TOKENS_PURPOSE), text, _binding(record)) if text else None


def id_token_of(record: Mapping[str, Any]) -> IdTokenHint | None:
    """Open the ID token in a record, as `tokens_of` does."""
    text = record.get("id_token")
    opened = sealer(_HINT_PURPOSE).open(text, _binding(record)) if text else None
    return IdTokenHint(opened.decode()) if opened else None


def can_be_renewed(tokens: _core.SessionTokens) -> bool:
    """Whether a session has a refresh token, and keeps it."""
    return are_kept() and tokens.has_refresh_token


def _binding(record: Mapping[str, Any]) -> bytes:
    """Bind tokens to their session, user and subject: in another's they don't open."""
    return json.dumps([record["handle"], record["user"], record["issuer"], record["subject"]]).encode()


def sealer(purpose: str) -> _core.Sealer:
    """What seals for one purpose with the keys of tokens."""
    return _core.Sealer(conf.token_secrets(), purpose)
