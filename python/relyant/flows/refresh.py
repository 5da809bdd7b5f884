"""A session's renewal by its refresh token: one worker asks, and what came of it counts for all of them.

The new tokens are written down before anything else is done with them, since the former ones may be good for
nothing any more. Then the policy is evaluated again, as at a login. A provider that fails ends nothing within
`GRACE`; its own no ends the session.
"""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum
from typing import TYPE_CHECKING, Any

from django.utils import timezone

from relyant import (
    _core,
    conf,
    lifetimes,
    register,
    registry,
    renewals,
    session_permissions,
    session_records,
    sessions,
    token_store,
)
from relyant.errors import Refusal, SessionEnded, UnknownProvider
from relyant.flows import decided_again
from relyant.lifetimes import Due
from relyant.models import EndedBy

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from django.http import HttpRequest

    from relyant.renewals import Renewable

logger = logging.getLogger("relyant")

# Who renews has the provider's timeout for it, and so many seconds for the policy and the database.
_SPARE_SECONDS = 20
# The provider's own no, to a refresh token.
_REFUSED = "refused.refresh_token"


class Outcome(Enum):
    """What came of it, where the session goes on."""

    CONFIRMED = "confirmed"
    # Somebody else is at it, or the provider failed a moment ago.
    BUSY = "busy"
    PUT_OFF = "put off"
    # There is no refresh token: only the browser can ask.
    BY_BROWSER = "by browser"


@dataclass(frozen=True)
class Standing:
    """A session that is to be renewed: its newest record, and what the row says."""

    record: Mapping[str, Any]
    found: Renewable

    @property
    def handle(self) -> str:
        """Names the row."""
        return str(self.record["handle"])

    @property
    def generation(self) -> int:
        """The newest one."""
        return int(self.record["generation"])


def renew(request: HttpRequest, standing: Standing) -> Outcome:
    """Renew a session that is due; or take what another worker made of it. Raises SessionEnded."""
    if lifetimes.due(session_records.sign_in_of(standing.record), time.time()) is Due.NOTHING:
        return Outcome.CONFIRMED
    return ask(request, standing)


def ask(request: HttpRequest, standing: Standing) -> Outcome:
    """Ask the provider, unless somebody else does. Raises SessionEnded."""
    provider = provider_of(standing.record)
    decided_again.require_sure_enough(provider, standing.record)
    tokens = token_store.tokens_of(standing.record)
    if tokens is None or not tokens.has_refresh_token:
        return Outcome.BY_BROWSER
    if not renewals.claim(standing.handle, standing.generation, longest(standing.record)):
        return Outcome.BUSY
    try:
        refreshed = provider.relying_party.refresh(tokens)
    except _core.RelyantError as error:
        return _failed(request, standing, Refusal.from_core(error))
    return _go_on(request, provider, standing, refreshed)


def longest(record: Mapping[str, Any]) -> float:
    """For how many seconds a renewal may take. Raises SessionEnded."""
    return provider_of(record).settings.timeout + _SPARE_SECONDS


def newest(request: HttpRequest, record: Mapping[str, Any]) -> Standing:
    """Read the row, and take over a record that is newer than the session's. Raises SessionEnded."""
    found = renewals.read(record["handle"])
    if found is None:
        raise over()
    kept = found.record
    if kept is None or kept["user"] != record["user"] or kept["generation"] != found.generation:
        kept = record
        if found.generation > record["generation"]:
            # What can't be read may have used up the tokens that the session has.
            kept = {**session_records.without_tokens(record), "generation": found.generation}
    if kept["generation"] > record["generation"]:
        keep(request, kept)
    return Standing(kept, found)


def keep(request: HttpRequest, record: Mapping[str, Any]) -> None:
    """Let this request, and each one after it, have the record and the rights of it. Raises SessionEnded.

    The row is looked at once more: a session that was deleted just now may have been saved again.
    """
    if not sessions.put_at_once(request, record) or register.is_over(record["handle"]):
        raise over()
    session_permissions.look_again(request)


def provider_of(record: Mapping[str, Any]) -> registry.Provider:
    """Return the provider of a session. Raises SessionEnded where the settings have it no more."""
    try:
        return registry.provider(record["provider"])
    except UnknownProvider as unknown:
        raise SessionEnded(Refusal("session.provider_away", unknown.operator), EndedBy.UNREACHABLE) from None


def put_off(request: HttpRequest, standing: Standing, refusal: Refusal) -> Outcome:
    """Go on for now, and let nobody ask again for a while. Raises SessionEnded once `GRACE` is over."""
    since, seconds = failing(standing.record["provider"], standing.found, refusal)
    renewals.put_off(standing.handle, standing.generation, failing_since=since, seconds=seconds)
    keep(request, {**standing.record, "renew_at": int(time.time()) + seconds})
    return Outcome.PUT_OFF


def failing(provider: str, found: Renewable, refusal: Refusal) -> tuple[datetime, int]:
    """Since when a provider fails, and after how many seconds it is asked again. Raises SessionEnded."""
    now = timezone.now()
    since = found.failing_since or now
    grace = conf.relyant_settings().grace
    if now - since >= timedelta(seconds=grace):
        why = f"the provider has failed for {grace} seconds (GRACE), at last by: {refusal.operator}"
        raise SessionEnded(Refusal("session.provider_away", why), EndedBy.UNREACHABLE)
    seconds = lifetimes.retry_after(since.timestamp(), now.timestamp(), refusal.retry_after)
    logger.warning(
        "a session of provider %s goes on unconfirmed, next try in %d s: %s: %s",
        provider,
        seconds,
        refusal.code,
        refusal.operator,
    )
    return since, seconds


def over() -> SessionEnded:
    """What a session meets that the register has as ended, or doesn't have."""
    return SessionEnded(
        Refusal("session.ended", "the register has no such session that goes on"), EndedBy.GONE
    )


def _failed(request: HttpRequest, standing: Standing, refusal: Refusal) -> Outcome:
    """FT-07: only the provider's no ends a session, and an answer that is another session's (Core §12.2)."""
    if refusal.code == _REFUSED or refusal.kind == "invalid_token":
        raise SessionEnded(Refusal("session.refused", f"{refusal.code}: {refusal.operator}"), EndedBy.REFUSED)
    return put_off(request, standing, refusal)


def _go_on(
    request: HttpRequest, provider: registry.Provider, standing: Standing, refreshed: _core.Refreshed
) -> Outcome:
    """Write the new tokens down, evaluate the policy again, and keep what came of it."""
    tokens, now = refreshed.tokens, int(time.time())
    renewed = session_records.renewed(standing.record, identity=None, tokens=tokens, decision=None, now=now)
    try:
        identity = refreshed.identity()
    except _core.RelyantError as error:
        return _without_claims(request, standing, renewed, Refusal.from_core(error))
    if identity is None:
        return publish(request, renewed)
    # Due at once: should this process stop here, the next one evaluates the policy.
    renewed["renew_at"] = now
    if not renewals.publish(renewed, is_final=False):
        return _overtaken(request, renewed)
    standing = Standing(renewed, standing.found)
    try:
        decision = decided_again.decide(request, provider, identity, renewed)
    except SessionEnded:
        raise
    except Refusal as refusal:
        nothing_said = session_records.renewed(renewed, identity=None, tokens=tokens, decision=None, now=now)
        return _without_claims(request, standing, nothing_said, refusal)
    return publish(
        request,
        session_records.renewed(renewed, identity=identity, tokens=tokens, decision=decision, now=now),
    )


def publish(
    request: HttpRequest, record: Mapping[str, Any], failing_since: datetime | None = None
) -> Outcome:
    """Write a record into the row, and then into the session. Raises SessionEnded."""
    expires_at = register.expiry(request, record)
    if not renewals.publish(record, expires_at=expires_at, failing_since=failing_since):
        return _overtaken(request, record)
    keep(request, record)
    return Outcome.CONFIRMED


def _without_claims(
    request: HttpRequest, standing: Standing, renewed: Mapping[str, Any], refusal: Refusal
) -> Outcome:
    """The tokens are new, and nothing is known of the person: her rights stay, and it is tried again soon."""
    since, seconds = failing(standing.record["provider"], standing.found, refusal)
    publish(request, {**renewed, "renew_at": int(time.time()) + seconds}, since)
    return Outcome.PUT_OFF


def _overtaken(request: HttpRequest, record: Mapping[str, Any]) -> Outcome:
    """The session has ended meanwhile; or this took so long that somebody else has renewed it."""
    newest(request, {**record, "generation": -1})
    return Outcome.CONFIRMED
