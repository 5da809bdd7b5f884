"""The admin's page on policies: each rule in words, what is wrong with it, and whom it gave what.

Whom, by the reasons that the last sign-ins left: a rule that was changed since shows itself at the next ones.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _

from relyant import conf, registry
from relyant.models import LinkedIdentity
from relyant.why.about import ALLOW, STAFF, SUPERUSER, IdentityWhy, Reason, told

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.contrib.admin import ModelAdmin
    from django.http import HttpRequest, HttpResponse

    from relyant import _core
    from relyant.conf import ProviderSettings

# So many of the newest sign-ins at each provider are looked through, and so many of them are on a page.
LOOKED_AT = 1000
_ON_A_PAGE = 50
_EFFECTS = {"ALLOW": ALLOW, "STAFF": STAFF, "SUPERUSER": SUPERUSER}
_NAMED_EFFECTS = {"GROUPS": "group", "PERMISSIONS": "permission"}


@dataclass(frozen=True)
class _Rule:
    """One rule in words, and how many of those who were looked at got something by it."""

    reason: Reason
    words: str
    count: int


@dataclass(frozen=True)
class _ProviderPolicy:
    """What a provider's policy says."""

    name: str
    title: str
    settings: ProviderSettings
    rules: tuple[_Rule, ...]
    role_paths: tuple[str, ...]
    same_name: bool
    findings: tuple[str, ...]
    looked_at: int


def policy_page(request: HttpRequest, model_admin: ModelAdmin[Any]) -> HttpResponse:
    """Show all policies; with `?provider=…&rule=…` the users to whom one rule gave something."""
    if not model_admin.has_view_permission(request):
        raise PermissionDenied
    name, effect = request.GET.get("provider"), request.GET.get("rule")
    shown = _users(request, name, effect) if name and effect else {"policies": list(_policies())}
    context = {
        **model_admin.admin_site.each_context(request),
        "title": _("Policy"),
        "opts": model_admin.model._meta,
        "media": model_admin.media,
        "looked_at": LOOKED_AT,
        **shown,
    }
    request.current_app = model_admin.admin_site.name
    return TemplateResponse(request, "relyant/admin_policy.html", context)


def _policies() -> Iterator[_ProviderPolicy]:
    """Each provider's policy; none where the settings can't be read, which a check says."""
    settings = conf.usable_settings()
    if settings is None:
        return
    labels = settings.labels()
    for name, provider in settings.providers.items():
        try:
            policy = registry.make_policy(provider)
        except conf.ConfigurationError as error:
            yield _ProviderPolicy(name, labels[name], provider, (), (), False, (str(error),), 0)
            continue
        looked_at = list(_newest(provider))
        counts = Counter(reason.effect for one in looked_at for reason in _granted(one))
        yield _ProviderPolicy(
            name,
            labels[name],
            provider,
            tuple(_rules(policy, counts)),
            tuple(policy.role_paths),
            provider.policy.get("GROUPS") == "same-name",
            tuple(_odd(provider)),
            len(looked_at),
        )


def _odd(settings: ProviderSettings) -> Iterator[str]:
    """What is odd about a policy, though it works."""
    for one in registry.policy_oddities(settings):
        yield f"`{one.path}`: {one.message}; {one.hint}"


def _rules(policy: _core.Policy, counts: Counter[str]) -> Iterator[_Rule]:
    for key, name, words in policy.document_rules():
        effect = _EFFECTS.get(key) or f"{_NAMED_EFFECTS[key]}:{name}"
        yield _Rule(Reason(effect, granted=True), words, counts.pop(effect, 0))
    # Groups that are called as their roles have no rule each.
    for effect in sorted(counts):
        if effect.startswith("group:"):
            yield _Rule(Reason(effect, granted=True), "", counts[effect])


def _granted(one: IdentityWhy) -> tuple[Reason, ...]:
    """What a sign-in gave, entry to the site too; nothing if it was refused, be it by a hook."""
    return () if one.refusal else tuple(reason for reason in one.reasons if reason.granted)


def _newest(provider: ProviderSettings) -> Iterator[IdentityWhy]:
    """The newest sign-ins at a provider."""
    linked = LinkedIdentity.objects.filter(issuer__in=provider.issuers).order_by("-last_login_at", "-pk")
    return iter(told(linked.select_related("user")[:LOOKED_AT]))


def _users(request: HttpRequest, name: str, effect: str) -> dict[str, Any]:
    """The users to whom one rule gave something, a page of them."""
    settings = conf.usable_settings()
    provider = settings.providers.get(name) if settings else None
    if settings is None or provider is None:
        raise Http404
    found = [
        (one, reason) for one in _newest(provider) for reason in _granted(one) if reason.effect == effect
    ]
    page = Paginator(found, _ON_A_PAGE).get_page(request.GET.get("page"))
    return {"rule": Reason(effect, granted=True), "name": settings.labels()[name], "found": page}
