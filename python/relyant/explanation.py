"""Why a user has her rights, as a linked identity keeps it: what the rules looked at, and what came of each.

Plain JSON, equal for equal decisions that let in, and of a bounded size whatever a provider sends. Of the
claims it has the roles, those that `KEEP_CLAIMS` names, and in the words of a reason what its rule compared:
the value that it is or isn't, of an address its domain alone; nothing else.
"""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

from relyant import conf
from relyant.claims import by_source

if TYPE_CHECKING:
    from collections.abc import Sequence

    from relyant import _core
    from relyant.decision import Decision

# How many characters the JSON text may have.
MAX_SIZE = 16_384
# How many roles, reasons and warnings are kept: the first of these bounds with which all of it fits.
_BOUNDS = (200, 100, 50, 25, 10, 5, 2)
# Of the roles that a rule asks for, so many are kept.
_NEEDS = 20
# The longest text, of a role or a warning.
_TEXT = 255


def of(decision: Decision, identity: _core.VerifiedIdentity | None = None) -> dict[str, Any]:
    """Explain a decision; `identity` has the claims for `KEEP_CLAIMS`."""
    claims = _kept_claims(identity) if identity else {}
    for bound in _BOUNDS:
        explained = _explain(decision, claims, bound)
        if len(json.dumps(explained, ensure_ascii=False)) <= MAX_SIZE:
            break
        claims = dict(list(claims.items())[:bound])
    return explained


def conditions_of(reason: _core.Reason) -> list[str]:
    """Those things, any of which would grant it, that aren't roles alone, in the policy's own words."""
    return [one for one in reason.needs if one not in reason.roles]


def _explain(decision: Decision, claims: dict[str, Any], bound: int) -> dict[str, Any]:
    """Explain with so many roles, reasons and warnings at most; `left_out` says how many more there were."""
    # What a rule asks for comes first: of a thousand roles it is what tells something.
    named = {role for reason in decision.reasons for role in reason.roles}
    roles = sorted(decision.roles, key=lambda one: (one.role not in named, one.role, one.path, one.source))
    reasons = sorted(decision.reasons, key=lambda one: not one.granted)
    parts: dict[str, Sequence[Any]] = {
        "roles": [_role(one) for one in roles[:bound]],
        "reasons": [_reason(one) for one in reasons[:bound]],
        "warnings": [_text(one) for one in decision.warnings[:bound]],
    }
    had = {"roles": len(roles), "reasons": len(reasons), "warnings": len(decision.warnings)}
    left_out = {name: had[name] - len(part) for name, part in parts.items() if had[name] > len(part)}
    return {
        **parts,
        # How many of these roles a rule asks for: the first ones.
        "asked": sum(one.role in named for one in roles[:bound]),
        "groups_mode": decision.groups_mode,
        "renamed": dict(_renamed(decision)[:bound]),
        "refusal": None if decision.allowed else decision.refusal_code,
        # In seconds since the epoch: the last login stays the one before.
        "refused_at": None if decision.allowed else int(time.time()),
        "claims": claims,
        "left_out": left_out,
    }


def _renamed(decision: Decision) -> list[tuple[str, str]]:
    """The groups that aren't called as the roles that they stand for, each with its role: `PREFIX` is off."""
    found = ((group, decision.role_for_group(group)) for group in decision.candidate_groups)
    return [(_text(group), _text(one.role)) for group, one in found if one and one.role != group]


def _role(found: _core.FoundRole) -> dict[str, str]:
    return {"role": _text(found.role), "path": _text(found.path), "source": _text(found.source)}


def _reason(reason: _core.Reason) -> dict[str, Any]:
    return {
        "effect": _text(reason.effect),
        "granted": reason.granted,
        "because": _role(reason.because) if reason.because else None,
        **{name: [_text(one) for one in part[:_NEEDS]] for name, part in _needs(reason).items()},
        # Where a role decided, that says it.
        "words": "" if reason.because else _text(reason.words),
    }


def _needs(reason: _core.Reason) -> dict[str, list[str]]:
    """What any of would grant it: roles, and conditions in words."""
    conditions = conditions_of(reason)
    return {"needs": [one for one in reason.needs if one not in conditions], "conditions": conditions}


def _kept_claims(identity: _core.VerifiedIdentity) -> dict[str, Any]:
    """The claims that `KEEP_CLAIMS` names, each from the first source that has it."""
    names = conf.relyant_settings().keep_claims
    sources = by_source(identity) if names else {}
    found = {}
    for name in names:
        source = next((one for one, claims in sources.items() if name in claims), None)
        if source is not None:
            value = sources[source][name]
            found[_text(name)] = {"source": source, "value": _cut_value(value)}
    return found


def _cut_value(value: Any) -> Any:
    """A claim's value; one that is too long as the beginning of its JSON text."""
    text = json.dumps(value, ensure_ascii=False, sort_keys=True)
    return value if len(text) <= _TEXT and "\\u0000" not in text else _text(text)


def _text(text: str) -> str:
    """A text that every database stores, and not longer than `_TEXT`."""
    storable = text.replace("\0", "\ufffd")
    return storable if len(storable) <= _TEXT else f"{storable[: _TEXT - 1]}…"
