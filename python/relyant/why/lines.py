"""Explains a user, or a decision, in lines for a terminal."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from django.utils import timezone
from django.utils.timesince import timesince

from relyant import moments
from relyant.why.about import reasons_of, source_in_words

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime

    from relyant.conf import ProviderSettings
    from relyant.why.about import IdentityWhy, Reason, Why
    from relyant.why.dry_run import Change, Tried

# Of the roles that no rule asks for, a line names so many.
_NAMED = 20


def of_user(known: Why, permissions: list[str] | None) -> Iterator[str]:
    """All of a user; `permissions` are those in effect, where they are asked for."""
    user, rights = known.user, known.rights
    active = "" if user.is_active else ", deactivated"
    yield f"User {user.get_username()} (key {user.pk}{active})"
    yield f"  groups: {', '.join(sorted(rights.groups)) or 'none'}"
    yield f"  staff: {_yes(rights.staff)}; superuser: {_yes(rights.superuser)}"
    for identity in known.identities:
        yield ""
        yield from _identity_lines(identity, known)
    if not known.identities:
        yield "No provider signs this user in."
    yield ""
    yield from _by_hand_lines(known)
    if permissions is not None:
        yield f"Permissions in effect ({len(permissions)}):"
        yield from (f"  {one}" for one in permissions)


def _identity_lines(identity: IdentityWhy, known: Why) -> Iterator[str]:
    linked = identity.linked
    where = identity.provider or f"{linked.issuer}, which no provider of the settings has"
    yield f"From {where}: subject {linked.subject}, last login {_when(linked.last_login_at)}"
    if not identity.is_explained:
        yield "  no login has left an explanation yet"
    if identity.refusal:
        since = f", {_when(identity.refused_at)}" if identity.refused_at else ""
        yield f"  refused: {identity.refusal}{since}"
    yield from (f"  {_reason_line(one, known)}" for one in identity.given)
    yield from (f"  {_reason_line(one, known)}" for one in identity.withheld)
    yield from _rest_lines(identity.other_roles, identity.warnings)
    yield from (
        f"  claim {name} of {source_in_words(one.get('source', ''))}: "
        f"{json.dumps(one.get('value'), ensure_ascii=False)}"
        for name, one in identity.claims.items()
    )
    if identity.left_out:
        more = ", ".join(f"{count} {what}" for what, count in identity.left_out.items())
        yield f"  not kept, as there were too many: {more}"


def _when(moment: datetime) -> str:
    """A moment, and how long ago it was."""
    ago = timesince(moment, timezone.now()).replace("\xa0", " ")
    return f"{moments.utc(moment):%Y-%m-%d %H:%M} UTC, {ago} ago"


def _rest_lines(other_roles: Sequence[str], warnings: Iterable[str]) -> Iterator[str]:
    """The roles that no rule asks for, and what was wrong with claims."""
    if other_roles:
        more = f" and {len(other_roles) - _NAMED} more" if len(other_roles) > _NAMED else ""
        yield f"  roles that no rule asks for: {', '.join(other_roles[:_NAMED])}{more}"
    yield from (f"  warning: {one}" for one in warnings)


def _reason_line(reason: Reason, known: Why | None = None) -> str:
    """One rule's answer on one line."""
    what = reason.effect.replace(":", " ", 1)
    line = ": ".join(filter(None, (what if reason.granted else f"not {what}", _decided(reason))))
    return (
        line
        if known is None or not reason.granted or known.rights.has(reason)
        else f"{line}; taken away here since"
    )


def _decided(reason: Reason) -> str:
    """What decided."""
    if reason.because:
        return f"role `{reason.because.role}` in `{reason.because.path}` of {reason.because.source_words}"
    told = f"needs {reason.asks_for}" if reason.asks_for else "no role gives it"
    if reason.is_in_words:
        told = f"{reason.words}; {told}" if reason.asks_for and not reason.granted else reason.words
    return told


def _by_hand_lines(known: Why) -> Iterator[str]:
    if known.superuser_kept:
        yield "Superuser against the policy: the last one keeps the flag."
    if not known.has_any_by_hand:
        yield "By hand: nothing."
        return
    yield "By hand:"
    yield from (f"  group {one}" for one in known.groups_by_hand)
    if known.staff_by_hand:
        yield "  staff"
    if known.superuser_by_hand:
        yield "  superuser"
    yield from (f"  permission {one}" for one in known.permissions_by_hand)


def _yes(flag: bool) -> str:
    return "yes" if flag else "no"


def of_decision(
    settings: ProviderSettings,
    tried: Tried,
    known: Why | None,
    change: Change | None,
) -> Iterator[str]:
    """What a policy makes of claims, and what that would change for a user."""
    decision = tried.decision
    yield f"The policy of {settings.name}, tried on these claims; nothing is written."
    verdict = (
        "lets in" if decision.allowed else f"refuses: {decision.refusal_code}, {decision.refusal_message}"
    )
    yield f"It {verdict}."
    if tried.missing:
        yield f"  no roles: there is no claim where they are looked for, at {', '.join(tried.missing)}"
    reasons = reasons_of(decision)
    asked = {role for reason in decision.reasons for role in reason.roles}
    yield from (f"  {_reason_line(one)}" for one in reasons)
    if decision.groups_mode == "same-name":
        yield f"  groups, where they exist: {', '.join(decision.candidate_groups) or 'none'}"
    yield from (f"  field {name}: {value}" for name, value in decision.user.items())
    is_for_groups = decision.groups_mode == "same-name"
    others = [one.role for one in decision.roles if not is_for_groups and one.role not in asked]
    yield from _rest_lines(others, decision.warnings)
    if "HOOK" in settings.policy:
        yield f"  HOOK {settings.policy['HOOK']} isn't called: it may decide otherwise."
    if known is not None and change is not None:
        yield ""
        yield from _change_lines(known, change)


def _change_lines(known: Why, change: Change) -> Iterator[str]:
    name = known.user.get_username()
    yield f"For {name} a login would change:" if change else f"For {name} nothing would change."
    yield from (f"  + group {one}" for one in change.joins)
    yield from (f"  - group {one}" for one in change.leaves)
    yield from (f"  {'+' if flag else '-'} {name}" for name, flag in change.flags)
    if change.keeps_superuser:
        yield "  superuser stays against the policy: the last active one keeps the flag"
