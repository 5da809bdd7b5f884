"""The project's own code on top of a policy: it is found by its dotted path, called, and held to its word.

Whatever goes wrong in it ends the login: nothing is granted then, and nothing is taken back.
"""

from __future__ import annotations

import logging
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from relyant import callables, claims
from relyant.decision import Draft, HookedDecision, draft_of
from relyant.errors import Refusal, RefusedByHook, database_translated

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from django.http import HttpRequest

    from relyant import _core
    from relyant.decision import Decision
    from relyant.registry import Provider

logger = logging.getLogger("relyant")


def decide(provider: Provider, identity: _core.VerifiedIdentity, request: HttpRequest) -> Decision:
    """Evaluate a provider's policy, its hook included. Raises Refusal where the hook fails.

    Whom the rules refuse no hook lets in: it isn't asked.
    """
    rules, path = provider.policy.evaluate(identity), provider.policy.hook
    if path is None or not rules.allowed:
        return rules
    draft = draft_of(rules)
    try:
        with database_translated():
            changed = _require_draft(find(path)(draft, _claims(identity), request))
    except RefusedByHook as refusal:
        return HookedDecision(rules, path, draft, refusal.by(path))
    except Refusal:
        raise
    except Exception as error:
        # The traceback is the operator's; the refusal has the error's name alone: its words may hold claims.
        logger.exception("the hook %s of provider %s failed", path, provider.settings.name)
        raise Refusal(
            "decision.hook_failed", f"the hook `{path}` failed: {type(error).__name__}", kind="configuration"
        ) from error
    return HookedDecision(rules, path, changed)


def find(path: str) -> Callable[..., Any]:
    """Import a hook. Raises ImportError where there is none, TypeError where it can't be one."""
    return callables.find(path, "decision", "claims", "request")


def _require_draft(returned: Any) -> Draft:
    if not isinstance(returned, Draft):
        raise TypeError(f"it must return the decision, got {type(returned).__name__}")
    return returned


def _claims(identity: _core.VerifiedIdentity) -> Mapping[str, Any]:
    """Return all verified claims, each from the first source that has it."""
    sources = reversed(claims.by_source(identity).values())
    return MappingProxyType({name: one for source in sources for name, one in source.items()})
