"""What a policy would make of claims from a file, and of a user's present rights: nothing is written.

The claims are nobody's word: no login can begin with them. A policy's `HOOK` is not called.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from relyant import registry
from relyant.claims import SOURCES
from relyant.models import Grants
from relyant.other_identities import counts
from relyant.rights import plan_groups
from relyant.why.about import STAFF, SUPERUSER, rights

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from relyant import _core
    from relyant.conf import ProviderSettings
    from relyant.why.about import IdentityWhy, Reason, Why

# More than any provider sends, and less than an operator's wrong file may have.
MAX_BYTES = 1024 * 1024
_TOKEN_PARTS = (3, 5)


class ClaimsError(Exception):
    """The file has no claims that can be read."""


@dataclass(frozen=True)
class Change:
    """What a login with such claims would change for a user."""

    joins: tuple[str, ...] = ()
    leaves: tuple[str, ...] = ()
    # Of each flag that changes, what it would be then.
    flags: tuple[tuple[str, bool], ...] = ()
    # Whether she would be superuser no more, were she not the last active one.
    keeps_superuser: bool = False

    def __bool__(self) -> bool:
        return bool(self.joins or self.leaves or self.flags)

    @property
    def lost(self) -> tuple[Reason, ...]:
        """What she would have no more."""
        flags = frozenset(flag for flag, wanted in self.flags if not wanted)
        return rights(self.leaves, staff=STAFF in flags, superuser=SUPERUSER in flags)


@dataclass(frozen=True)
class Claims:
    """Claims by source, as JSON text; and what they say of the sign-in, if they do."""

    sources: str
    scopes: tuple[str, ...] | None
    acr: str | None


@dataclass(frozen=True)
class Tried:
    """What a policy makes of claims; `missing` are the paths of roles, where none leads to a claim."""

    decision: _core.Decision
    missing: tuple[str, ...]


def try_on(settings: ProviderSettings, claims: Claims) -> Tried:
    """Let a provider's policy decide about claims. Raises ConfigurationError where it can't be used."""
    policy = registry.make_policy(settings)
    decision = _evaluate(settings, policy, claims)
    is_missing = not decision.roles and _misses_roles(settings, claims)
    return Tried(decision, tuple(policy.role_paths) if is_missing else ())


def _evaluate(settings: ProviderSettings, policy: _core.Policy, claims: Claims) -> _core.Decision:
    # Where no access token says which scopes were granted: those that are asked for.
    scopes = settings.scopes if claims.scopes is None else claims.scopes
    return policy.evaluate_claims(claims.sources, scopes=scopes, acr=claims.acr)


def _misses_roles(settings: ProviderSettings, claims: Claims) -> bool:
    """Whether there is no claim at any path of roles, as one policy asks and another passes over."""
    strict = replace(settings, policy={**settings.policy, "ON_MISSING_ROLES": "refuse"})
    return _evaluate(settings, registry.make_policy(strict), claims).refusal_code == "decision.roles_missing"


def read(text: str) -> Claims:
    """Read claims as `Policy.evaluate_claims` takes them. Raises ClaimsError with what is wrong."""
    stripped = text.strip()
    if stripped.startswith("eyJ") and stripped.count(".") + 1 in _TOKEN_PARTS:
        raise ClaimsError(
            "this is a token, and no token is decoded here: give the JSON of its claims, as the provider's "
            "console or `relyant_doctor --login --show-claims` shows them"
        )
    try:
        claims = json.loads(text, object_pairs_hook=_without_duplicates, parse_constant=_no_number)
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise ClaimsError(f"not JSON: {error.msg} at {where}") from None
    except RecursionError:
        raise ClaimsError("not claims: nested too deeply") from None
    if not isinstance(claims, dict):
        raise ClaimsError("must be a JSON object: the claims, or an object for each of " + ", ".join(SOURCES))
    sources = _by_source(claims)
    given = dict(sources)
    # RFC 9068 §2.2.3: the scope of a JWT access token. Core §2: the ID token's acr.
    scope, acr = given.get("access_token", {}).get("scope"), given.get("id_token", {}).get("acr")
    return Claims(
        json.dumps(sources),
        tuple(scope.split()) if isinstance(scope, str) else None,
        acr if isinstance(acr, str) else None,
    )


def _by_source(claims: dict[str, Any]) -> list[tuple[str, Any]]:
    """Sort the claims by source; without any source they are the ID token's."""
    named = [source for source in SOURCES if source in claims]
    if not named:
        return [("id_token", claims)]
    others = sorted(claims.keys() - set(SOURCES))
    if others:
        raise ClaimsError(
            f"has {named[0]}, and claims beside it ({others[0]}): either one object for each source, or the "
            "claims of the ID token alone"
        )
    for source in named:
        if not isinstance(claims[source], dict):
            raise ClaimsError(f"{source} must be an object of claims")
    return [(source, claims[source]) for source in named]


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object; a name that it has twice would leave it open which one counts."""
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _value in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ClaimsError(f"has `{twice}` twice in one object")
    return found


def _no_number(name: str) -> Any:
    raise ClaimsError(f"has {name}, which is no JSON")


def change(known: Why, decision: _core.Decision, issuers: Collection[str]) -> Change:
    """Tell what a login at the provider of these issuers would change for a user."""
    if not decision.allowed and decision.refusal_code != "decision.not_allowed":
        return Change()
    here = next((one for one in known.identities if one.linked.issuer in issuers), None)
    return _change(known, decision if decision.allowed else _NOTHING, here)


def unlinking(known: Why, identity: IdentityWhy) -> Change:
    """Tell what a user would lose if one of her identities were unlinked."""
    return _change(known, _NOTHING, identity)


@dataclass(frozen=True)
class _Nothing:
    """What is granted to whom nothing is: only what was granted goes."""

    groups_mode: str = "named"
    granted_groups: tuple[str, ...] = ()
    managed_groups: tuple[str, ...] = ()
    create_groups: bool = False


_NOTHING = _Nothing()


def _change(known: Why, decision: _core.Decision | _Nothing, here: IdentityWhy | None) -> Change:
    """What a decision about one identity, or about one that isn't linked yet, would change."""
    others = [one for one in known.identities if here is None or one.linked.pk != here.linked.pk]
    before = _Before(
        here.grants if here else Grants(),
        held=tuple(one.grants for one in others if counts(one.linked)),
        gone=tuple(one.grants for one in others if not counts(one.linked)),
    )
    joins, leaves = _groups(known, decision, before)
    flags = dict(_flags(known, decision, before))
    keeps = flags.get(SUPERUSER) is False and _is_last_superuser(known.user)
    return Change(
        joins, leaves, tuple(one for one in flags.items() if not keeps or one[0] != SUPERUSER), keeps
    )


@dataclass(frozen=True)
class _Before:
    """What an identity granted; and what others did, at providers of the settings or gone from them."""

    remembered: Grants
    held: tuple[Grants, ...]
    gone: tuple[Grants, ...]


def _groups(
    known: Why, decision: _core.Decision | _Nothing, before: _Before
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    if not hasattr(known.user, "groups"):
        return (), ()
    is_managed = decision.groups_mode != "unmanaged"
    wanted = decision.granted_groups
    if not isinstance(decision, _Nothing) and decision.groups_mode == "same-name":
        wanted = decision.candidate_groups
    plan = plan_groups(
        frozenset(wanted),
        managed=frozenset(decision.managed_groups),
        current=known.rights.groups,
        before=_groups_of(before.gone) | (before.remembered.groups if is_managed else frozenset()),
        elsewhere=_groups_of(before.held),
    )
    if not decision.create_groups:
        plan = plan.without(plan.join - _existing(known.user, plan.join))
    return tuple(sorted(plan.join)), tuple(sorted(plan.leave))


def _existing(user: Any, names: frozenset[str]) -> frozenset[str]:
    """Those of the groups that exist."""
    if not names:
        return names
    found = user.groups.model._base_manager.filter(name__in=names).values_list("name", flat=True)
    return names & frozenset(found)


def _groups_of(grants: Iterable[Grants]) -> frozenset[str]:
    return frozenset().union(*(one.groups for one in grants))


def _flags(known: Why, decision: _core.Decision | _Nothing, before: _Before) -> Iterator[tuple[str, bool]]:
    for flag in (STAFF, SUPERUSER):
        if isinstance(decision, _Nothing):
            granted = None if getattr(before.remembered, flag) is None else False
        else:
            granted = getattr(decision, flag)
        owned = granted is not None or any(getattr(one, flag) for one in before.gone)
        wanted = bool(granted) or any(getattr(one, flag) for one in before.held)
        if owned and wanted != getattr(known.rights, flag):
            yield flag, wanted


def _is_last_superuser(user: Any) -> bool:
    """Whether no other active user is one: she keeps the flag then."""
    others = type(user)._base_manager.filter(is_superuser=True).exclude(pk=user.pk)
    # In Python, as at a login: not every user model has the flag as a field.
    return not any(one.is_active for one in others)


def provider_of(identities: Iterable[IdentityWhy]) -> str | None:
    """The provider of a user's only linked identity; None where she has none, or several."""
    names = {one.provider for one in identities if one.provider is not None}
    return names.pop() if len(names) == 1 else None
