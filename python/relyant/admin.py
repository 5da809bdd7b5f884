"""The admin's pages: linked identities to read and to unlink; events, sessions and policy have a file each.

A site of the project's own may register these classes too, or show `RightsInline` on its page of a user.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.contrib.admin.actions import delete_selected
from django.contrib.admin.utils import unquote
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import path
from django.utils.translation import gettext_lazy as _

from relyant import identities
from relyant.admin_events import EventAdmin
from relyant.admin_lists import IssuerFilter, ReadOnly, name_lookups
from relyant.admin_policy import policy_page
from relyant.admin_sessions import UserSessionAdmin
from relyant.models import LinkedIdentity
from relyant.why import dry_run
from relyant.why.about import Rights, about, told

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest, HttpResponse
    from django.urls import URLPattern

__all__ = ["EventAdmin", "LinkedIdentityAdmin", "RightsInline", "UserSessionAdmin"]


def explained(linked: LinkedIdentity, rights: Rights) -> str:
    """Say in HTML what one linked identity's last sign-in gave, and why; `rights` are its user's now."""
    (identity,) = told([linked])
    lacking = frozenset(one.effect for one in identity.given if not rights.has(one))
    shown = {"identity": identity, "relyant_lacking": lacking}
    html: str = render_to_string("relyant/admin_identity_field.html", shown)
    return html


class _NamesProvider:
    """A column with the provider of a linked identity."""

    @admin.display(description=_("provider"))
    def provider(self, linked: LinkedIdentity) -> str:
        """Name the provider."""
        return told([linked])[0].name


class RightsInline(_NamesProvider, ReadOnly, admin.StackedInline):  # type: ignore[type-arg]  # generic in the stubs alone
    """A user's linked identities on a page of the project's own: `inlines = [RightsInline]`.

    Where a page has it, the panel that is there by itself stays away.
    """

    model = LinkedIdentity
    fields = readonly_fields = ("provider", "subject", "last_login_at", "rights")
    extra = 0
    can_delete = False
    show_change_link = True
    verbose_name_plural = _("why this user has these rights")
    _rights: Rights | None = None

    class Media:
        css = {"all": ("relyant/rights.css",)}

    @admin.display(description=_("rights"))
    def rights(self, linked: LinkedIdentity) -> str:
        """Explain."""
        # All of them are one user's, and this object is one request's.
        if self._rights is None:
            self._rights = Rights.of(linked.user)
        return explained(linked, self._rights)


@admin.register(LinkedIdentity)
class LinkedIdentityAdmin(_NamesProvider, ReadOnly, admin.ModelAdmin):  # type: ignore[type-arg]  # generic in the stubs alone
    """Who signs in by which provider. Nobody makes or changes a link by hand: a login does."""

    list_display = ("user", "provider", "subject", "last_login_at", "created_at")
    # No date_hierarchy: MySQL fails at it where its time zone tables are not loaded.
    list_filter = (IssuerFilter, "last_login_at")
    list_select_related = ("user",)
    # Without it Django shows no search box.
    search_fields = ("subject",)
    search_help_text = _("The subject, or the user's name or e-mail address.")
    ordering = ("-last_login_at", "-pk")
    fields = readonly_fields = (
        "user",
        "provider",
        "issuer",
        "subject",
        "created_at",
        "last_login_at",
        "rights",
    )
    change_list_template = "relyant/admin_identities.html"
    delete_confirmation_template = "relyant/admin_unlink.html"
    delete_selected_confirmation_template = "relyant/admin_unlink_selected.html"
    actions = ("delete_selected",)

    class Media:
        css = {"all": ("relyant/rights.css",)}

    def get_urls(self) -> list[URLPattern]:
        """Add the policy's page."""
        policy = self.admin_site.admin_view(self.policy_view)
        return [path("policy/", policy, name="relyant_linkedidentity_policy"), *super().get_urls()]

    def policy_view(self, request: HttpRequest) -> HttpResponse:
        """Show the policy of each provider, and whom its rules gave what."""
        return policy_page(request, self)

    def get_search_fields(self, request: HttpRequest) -> tuple[str, ...]:
        """Find by subject, and by whatever the user model signs in with."""
        return ("subject", *name_lookups())

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *arguments: Any, **how: Any
    ) -> HttpResponse:
        """Call the page by who signs in where; a subject tells nobody anything."""
        linked = context.get("original")
        if linked is not None:
            names = {"user": linked.user.get_username(), "provider": told([linked])[0].name}
            context["subtitle"] = _("%(user)s at %(provider)s") % names
        return super().render_change_form(request, context, *arguments, **how)

    @admin.display(description=_("rights"))
    def rights(self, linked: LinkedIdentity) -> str:
        """Explain."""
        return explained(linked, Rights.of(linked.user))

    @admin.action(permissions=["delete"], description=_("Unlink selected linked identities"))
    def delete_selected(
        self, request: HttpRequest, queryset: QuerySet[LinkedIdentity]
    ) -> HttpResponse | None:
        """Unlink, after the admin's own question."""
        question = delete_selected(self, request, queryset)
        if isinstance(question, TemplateResponse) and question.context_data is not None:
            question.context_data["relyant_identities"] = told(queryset.select_related("user"))
        return question

    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Ask first, and say what she would lose."""
        linked = None if request.method == "POST" else self.get_object(request, unquote(object_id))
        asked = _unlinking(linked) if linked is not None else {}
        return super().delete_view(request, object_id, {**asked, **(extra_context or {})})

    def delete_model(self, request: HttpRequest, obj: LinkedIdentity) -> None:
        """Unlink: what it granted goes with it, and an event says who did it."""
        identities.unlink(obj, actor=request.user, may_lock_out=True)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[LinkedIdentity]) -> None:
        """Unlink each."""
        for one in queryset:
            self.delete_model(request, one)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Leave a superuser's link to superusers: whoever deletes it locks her out."""
        permitted = super().has_delete_permission(request, obj)
        return permitted and (obj is None or not _is_superuser(obj.user) or _is_superuser(request.user))


def _unlinking(linked: LinkedIdentity) -> dict[str, Any]:
    """What the question says of a user whose identity is to be unlinked."""
    known = about(linked.user)
    identity = next(one for one in known.identities if one.linked.pk == linked.pk)
    others = [one.linked for one in known.identities if one is not identity]
    return {
        "relyant_identity": identity,
        "relyant_change": dry_run.unlinking(known, identity),
        "relyant_is_last_way_in": identities.is_last_way_in(linked, others, known.user),
    }


def _is_superuser(user: Any) -> bool:
    """Whether a user of any model is one; not every model has the flag."""
    return bool(getattr(user, "is_superuser", False))
