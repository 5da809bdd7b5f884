"""The tokens of a session that its user ends here: revoked at the provider, where the setting says so.

It comes after the end of the session and stops no logout: what fails is logged.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from relyant import conf, registry, token_store
from relyant.errors import Refusal
from relyant.flows import refusals

if TYPE_CHECKING:
    from collections.abc import Mapping

    from relyant import _core

logger = logging.getLogger("relyant")


def revoke_if_asked(record: Mapping[str, Any]) -> None:
    """Revoke the tokens in a session's record, if `REVOKE_ON_LOGOUT` says so and any are kept."""
    if not conf.relyant_settings().revoke_on_logout:
        return
    tokens = token_store.tokens_of(record)
    if tokens is None:
        return
    try:
        with refusals.translated():
            _revoke(registry.provider(record["provider"]).relying_party, tokens)
    except Refusal as refusal:
        refusals.log_revocation(refusal, record["provider"])


def _revoke(party: _core.RelyingParty, tokens: _core.SessionTokens) -> None:
    """The refresh token first: it lives longest. RFC 7009 §2.1 leaves to the provider what goes with it."""
    if tokens.has_refresh_token and not party.revoke(tokens, "refresh_token"):
        logger.warning("the provider revokes no refresh tokens: REVOKE_ON_LOGOUT leaves them as they are")
    party.revoke(tokens, "access_token")
