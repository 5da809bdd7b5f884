"""The policy, evaluated again for somebody who is signed in: what it says now counts, its no too."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from django.db import router

from relyant import explanation, hook, provisioning
from relyant.claims import by_source
from relyant.errors import Refusal, SessionEnded, database_translated
from relyant.models import EndedBy, LinkedIdentity

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.http import HttpRequest

    from relyant import _core, registry
    from relyant.decision import Decision

logger = logging.getLogger("relyant")


def decide(
    request: HttpRequest,
    provider: registry.Provider,
    identity: _core.VerifiedIdentity,
    record: Mapping[str, Any],
) -> Decision:
    """Evaluate the policy and give the user of a session what it says.

    Raises SessionEnded where she may not come in any more, Refusal where that can't be told now.
    """
    with database_translated():
        _require_still_linked(identity, record)
        require_sure_enough(provider, record, identity)
        decision = None
        try:
            decision = hook.decide(provider, identity, request)
            for warning in decision.warnings:
                logger.warning("claims from provider %s: %s", provider.settings.name, warning)
            provisioning.apply(
                provider=provider.settings.name,
                issuer=identity.issuer,
                subject=identity.account,
                decision=decision,
                explained=explanation.of(decision, identity),
                claims=lambda: by_source(identity),
            )
        except Refusal as refusal:
            # A fault of the site costs her nothing at first.
            if refusal.is_of_the_person:
                raise SessionEnded(refusal, EndedBy.DECISION, decision) from refusal
            raise
    return decision


def require_sure_enough(
    provider: registry.Provider, record: Mapping[str, Any], identity: _core.VerifiedIdentity | None = None
) -> None:
    """End a session whose sign-in the settings, changed since then, don't take any more. Core §2, `acr`."""
    wanted = provider.settings.acr_values
    acr = (identity.acr if identity else None) or record["acr"]
    if wanted and set(wanted) != set(record["acr_values"]) and acr not in wanted:
        why = f"ACR_VALUES is {' or '.join(wanted)}, and the session's sign-in was `{acr}`"
        raise SessionEnded(Refusal("invalid_token.acr_mismatch", why), EndedBy.DECISION)


def _require_still_linked(identity: _core.VerifiedIdentity, record: Mapping[str, Any]) -> None:
    """An identity that was unlinked, or linked to somebody else, is none of this session's user any more."""
    # Not of a replica, which may not know yet.
    linked = LinkedIdentity.objects.using(router.db_for_write(LinkedIdentity))
    hers = linked.filter(issuer=identity.issuer, subject=identity.account, user=record["user"])
    if not hers.exists():
        refusal = Refusal("session.ended", "the session's identity is linked to its user no more")
        raise SessionEnded(refusal, EndedBy.UNLINKED)
