"""The record of a sign-in: made when it is complete, made anew at each renewal, and read.

A record is what a session remembers, and what its row in the register has under seal. Its `handle` names that
row while Django's own key of the session changes, and its `generation` counts its renewals.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from relyant import _core, conf, lifetimes, token_store
from relyant.explanation import conditions_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from relyant.decision import Decision
    from relyant.models import UserSession

# The shape of what is kept; a record of another shape counts as none, so that an upgrade signs nobody out.
SHAPE = 2
# What of it is never in a cookie.
TOKEN_PARTS = ("tokens", "id_token")


@dataclass(frozen=True)
class Role:
    """A role that came with the sign-in, the claim path and the source that it came from."""

    role: str
    path: str
    source: str


@dataclass(frozen=True)
class Reason:
    """Why the sign-in granted one right or not: `needs` any of these roles, or of the conditions."""

    effect: str
    granted: bool
    because: Role | None
    needs: tuple[str, ...]
    conditions: tuple[str, ...] = ()


@dataclass(frozen=True)
class SignIn:
    """The sign-in of this session: who the provider said it is, and what the policy made of it."""

    provider: str
    issuer: str
    subject: str
    sid: str | None
    roles: tuple[Role, ...]
    reasons: tuple[Reason, ...]
    permissions: tuple[str, ...]
    # Names the row in the register.
    handle: str
    generation: int
    # In seconds since the epoch, as the others: when she signed in here, and when at the provider.
    signed_in_at: int
    auth_time: int | None
    acr: str | None
    # When the provider is to be asked whether the session goes on, and when it ends whatever it says.
    renew_at: int | None
    ends_at: int | None
    has_refresh_token: bool

    def reason(self, effect: str) -> Reason | None:
        """Return the reason for one right; None where the policy doesn't own it."""
        return next((reason for reason in self.reasons if reason.effect == effect), None)


def begun(
    user_pk: str, *, provider: str, identity: _core.VerifiedIdentity, decision: Decision, now: int
) -> dict[str, Any]:
    """Make the whole record of a sign-in, with its tokens sealed."""
    record = {
        "handle": _core.random_token(),
        "generation": 0,
        "user": user_pk,
        "issuer": identity.issuer,
        "subject": identity.subject,
        "sid": identity.sid,
        "auth_time": identity.auth_time,
        "acr": identity.acr,
        **_beginning(provider, now),
    }
    return _with_answer(record, identity, identity.tokens, decision, now)


def outline(row: UserSession) -> dict[str, Any]:
    """Return the record that a session of this row has, without what the provider said of its user."""
    return {
        "handle": row.handle,
        "generation": row.generation,
        "user": row.user._meta.pk.value_to_string(row.user),
        "issuer": row.issuer,
        "subject": row.subject,
        "sid": row.sid or None,
        "auth_time": None,
        "acr": None,
        **_beginning(row.provider, int(row.signed_in_at.timestamp())),
    }


def renewed(
    former: Mapping[str, Any],
    *,
    identity: _core.VerifiedIdentity | None,
    tokens: _core.SessionTokens,
    decision: Decision | None,
    now: int,
) -> dict[str, Any]:
    """Make the record of the next generation: where the provider said nothing of her, what it said stays."""
    # Should the setting keep no tokens any more, those of before aren't left behind.
    record = {**without_tokens(former), "generation": former["generation"] + 1}
    if identity is not None and decision is not None:
        return _with_answer(record, identity, tokens, decision, now)
    id_token = token_store.id_token_of(former)
    return {**record, **_about_tokens(record, tokens, id_token.text if id_token else "", now)}


def without_tokens(record: Mapping[str, Any]) -> dict[str, Any]:
    """The record of a session that has no tokens any more."""
    left = {key: value for key, value in record.items() if key not in TOKEN_PARTS}
    return {**left, "has_refresh_token": False}


def sign_in_of(record: Mapping[str, Any]) -> SignIn:
    """Read a record."""
    return SignIn(
        provider=record["provider"],
        issuer=record["issuer"],
        subject=record["subject"],
        sid=record["sid"],
        roles=tuple(Role(*role) for role in record["roles"]),
        reasons=tuple(_reason_from_list(reason) for reason in record["reasons"]),
        permissions=tuple(record["permissions"]),
        handle=record["handle"],
        generation=record["generation"],
        signed_in_at=record["signed_in_at"],
        auth_time=record["auth_time"],
        acr=record["acr"],
        renew_at=record["renew_at"],
        ends_at=record["ends_at"],
        has_refresh_token=record["has_refresh_token"],
    )


def _beginning(provider: str, now: int) -> dict[str, Any]:
    """What a record has of its beginning."""
    settings = conf.relyant_settings()
    max_age = settings.session_max_age
    return {
        "shape": SHAPE,
        "provider": provider,
        "signed_in_at": now,
        "ends_at": None if max_age is None else now + max_age,
        # What was asked for: should the settings ask for something else one day, hers may be too little.
        "acr_values": list(settings.providers[provider].acr_values),
    }


def _with_answer(
    record: Mapping[str, Any],
    identity: _core.VerifiedIdentity,
    tokens: _core.SessionTokens,
    decision: Decision,
    now: int,
) -> dict[str, Any]:
    """The record with what the provider said of her, and what the policy made of it."""
    return {
        **record,
        "sid": identity.sid or record["sid"],
        "auth_time": identity.auth_time or record["auth_time"],
        "acr": identity.acr or record["acr"],
        "roles": [_role_to_list(role) for role in decision.roles],
        "reasons": [_reason_to_list(reason) for reason in decision.reasons],
        "permissions": list(decision.permissions),
        **_about_tokens(record, tokens, identity.id_token, now),
    }


def _about_tokens(
    record: Mapping[str, Any], tokens: _core.SessionTokens, id_token: str, now: int
) -> dict[str, Any]:
    refreshable = token_store.can_be_renewed(tokens)
    renew_at = lifetimes.renew_at(
        tokens.access_token_expires_at,
        refreshable=refreshable,
        recheck=conf.relyant_settings().recheck,
        now=now,
    )
    return {
        "renew_at": renew_at,
        "has_refresh_token": refreshable,
        **token_store.sealed(tokens, id_token, record),
    }


def _role_to_list(role: _core.FoundRole) -> list[str]:
    return [role.role, role.path, role.source]


def _reason_to_list(reason: _core.Reason) -> list[Any]:
    because = _role_to_list(reason.because) if reason.because else None
    conditions = conditions_of(reason)
    needs = [one for one in reason.needs if one not in conditions]
    return [reason.effect, reason.granted, because, needs, conditions]


def _reason_from_list(kept: list[Any]) -> Reason:
    effect, granted, because, needs, conditions = kept
    return Reason(effect, granted, Role(*because) if because else None, tuple(needs), tuple(conditions))
