"""Explains a user, or a decision, as plain data for JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from relyant import moments
from relyant.why.about import Found, reasons_of

if TYPE_CHECKING:
    from datetime import datetime

    from relyant.conf import ProviderSettings
    from relyant.why.about import IdentityWhy, Reason, Why
    from relyant.why.dry_run import Change, Tried


def of_user(known: Why, permissions: list[str] | None) -> dict[str, Any]:
    """All of a user; `permissions` are those in effect, where they are asked for."""
    told = {
        "user": {
            "key": str(known.user.pk),
            "name": known.user.get_username(),
            "active": known.user.is_active,
            "groups": sorted(known.rights.groups),
            "staff": known.rights.staff,
            "superuser": known.rights.superuser,
        },
        "identities": [_identity_to_json(one, known) for one in known.identities],
        "by_hand": {
            "groups": known.groups_by_hand,
            "staff": known.staff_by_hand,
            "superuser": known.superuser_by_hand,
            "permissions": known.permissions_by_hand,
        },
        "superuser_kept": known.superuser_kept,
    }
    return told if permissions is None else {**told, "permissions": permissions}


def _identity_to_json(identity: IdentityWhy, known: Why) -> dict[str, Any]:
    linked = identity.linked
    return {
        "provider": identity.provider,
        "issuer": linked.issuer,
        "subject": linked.subject,
        "linked_at": _time(linked.created_at),
        "last_login_at": _time(linked.last_login_at),
        "refusal": identity.refusal,
        "refused_at": _time(identity.refused_at) if identity.refused_at else None,
        "reasons": [{**_reason_to_json(one), "held": known.rights.has(one)} for one in identity.reasons],
        "roles": [_found_to_json(one) for one in identity.roles],
        "warnings": list(identity.warnings),
        "claims": dict(identity.claims),
        "left_out": dict(identity.left_out),
    }


def _time(moment: datetime) -> str:
    return moments.utc(moment).isoformat(timespec="seconds")


def _reason_to_json(reason: Reason) -> dict[str, Any]:
    because = _found_to_json(reason.because) if reason.because else None
    return {
        "effect": reason.effect,
        "granted": reason.granted,
        "because": because,
        "needs": list(reason.needs),
        "conditions": list(reason.conditions),
        "words": reason.words,
    }


def _found_to_json(found: Found) -> dict[str, str]:
    return {"role": found.role, "path": found.path, "source": found.source}


def of_decision(settings: ProviderSettings, tried: Tried, change: Change | None) -> dict[str, Any]:
    """What a policy makes of claims, and what that would change for a user."""
    decision = tried.decision
    told = {
        "provider": settings.name,
        "allowed": decision.allowed,
        "refusal": decision.refusal_code,
        "message": decision.refusal_message,
        "groups_mode": decision.groups_mode,
        "groups": list(decision.granted_groups),
        "same_name_groups": list(decision.candidate_groups),
        "staff": decision.staff,
        "superuser": decision.superuser,
        "permissions": list(decision.permissions),
        "user": decision.user,
        "roles": [_found_to_json(Found(one.role, one.path, one.source)) for one in decision.roles],
        "missing_role_paths": list(tried.missing),
        "reasons": [_reason_to_json(one) for one in reasons_of(decision)],
        "warnings": list(decision.warnings),
        "hook": settings.policy.get("HOOK"),
    }
    if change is None:
        return told
    changes = {
        "joins": change.joins,
        "leaves": change.leaves,
        "flags": dict(change.flags),
        "keeps_superuser": change.keeps_superuser,
    }
    return {**told, "change": changes}
