"""Examines a provider's policy: rules that can't match, and what it makes of a person who signed in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from relyant import conf, registry
from relyant.doctor.findings import found

if TYPE_CHECKING:
    from collections.abc import Iterator

    from relyant import _core
    from relyant.conf import ProviderSettings
    from relyant.doctor.finding import Finding

# Of the access token: where it has no claims at all, there is no need to say that roles are missing too.
_ROOT_CAUSES = ("doctor.access_token_lightweight", "doctor.access_token_opaque")


def examine(settings: ProviderSettings) -> Iterator[Finding]:
    """Find the rules that grant to nobody, whoever comes, and those that aren't what they seem."""
    try:
        oddities = registry.policy_oddities(settings)
    except conf.ConfigurationError:
        # A check says what is wrong with the policy.
        return
    for oddity in oddities:
        yield found("rule_never_matches", f"{oddity}; {oddity.hint}", provider=settings.name)


def examine_decision(
    decision: _core.Decision, provider: str, paths: list[str], earlier: list[Finding]
) -> Iterator[Finding]:
    """Find why a decision may not be the one that was meant. `earlier` are the findings of the tokens."""
    for warning in decision.warnings:
        yield found("roles_of_wrong_type", warning, provider=provider)
    if decision.refusal_code == "decision.overage":
        yield found(
            "roles_withheld", decision.refusal_message or "", provider=provider, code="decision.overage"
        )
        return
    if decision.refusal_code == "decision.roles_missing":
        text = decision.refusal_message or ""
        yield found("roles_missing", text, provider=provider, code="decision.roles_missing")
        return
    explained = decision.warnings or any(one.id in _ROOT_CAUSES for one in earlier)
    if decision.roles:
        near = list(_near_names(decision, provider))
        yield from near
        if not (decision.allowed or near):
            yield _not_allowed(decision, provider)
    elif not explained and any(reason.roles for reason in decision.reasons):
        yield found("roles_missing", f"looked at {', '.join(paths)}", provider=provider)


def shown(decision: _core.Decision) -> dict[str, Any]:
    """What the decision gives to whom and why, as plain values."""
    return {
        "allowed": decision.allowed,
        "refusal": decision.refusal_code,
        "groups": decision.granted_groups,
        "same_name_groups": decision.candidate_groups,
        "staff": decision.staff,
        "superuser": decision.superuser,
        "permissions": decision.permissions,
        "user_fields": sorted(decision.user),
        "roles": [{"role": one.role, "path": one.path, "source": one.source} for one in decision.roles],
        "reasons": [_reason(one) for one in decision.reasons],
    }


def _reason(reason: _core.Reason) -> dict[str, Any]:
    return {
        "effect": reason.effect,
        "granted": reason.granted,
        "because": reason.because.role if reason.because else None,
        "needs": reason.needs,
        "words": reason.words,
    }


def _near_names(decision: _core.Decision, provider: str) -> Iterator[Finding]:
    """Roles that a rule asks for and that came with other capitals, blanks, or a slash in front."""
    came = {_plain(one.role): one.role for one in decision.roles}
    exact = set(came.values())
    wanted = dict.fromkeys(role for reason in decision.reasons for role in reason.roles)
    for role in wanted:
        near = came.get(_plain(role))
        if near is not None and role not in exact:
            yield found("role_name_near", f"the policy says `{role}`, `{near}` came", provider=provider)


def _plain(role: str) -> str:
    return role.strip().lstrip("/").casefold()


def _not_allowed(decision: _core.Decision, provider: str) -> Finding:
    return found("not_allowed", decision.refusal_message or "", provider=provider, code=decision.refusal_code)
