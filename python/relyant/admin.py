"""The admin's pages: linked identities to read and to unlink, events to read, and the policy in words.

A site of the project's own may register these classes too, or show `RightsInline` on its page of a user.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.contrib.admin.actions import delete_selected
from django.contrib.admin.utils import quote
from django.template.loader import render_to_string
from django.urls import NoReverseMatch, path, reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import mark_safe
from django.utils.translation import gettext_lazy as _

from relyant import conf, events, identities
from relyant.admin_policy import policy_page
from relyant.models import Event, LinkedIdentity
from relyant.why.about import told

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest, HttpResponse
    from django.urls import URLPattern


class _ReadOnly:
    """Nobody adds or changes a row by hand: what happens does."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse."""
        return False


class _ProviderFilter(admin.SimpleListFilter):
    """By provider, as visitors know it; no row is read to list them."""

    title = _("provider")
    parameter_name = "provider"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """List the providers of the settings."""
        settings = conf.usable_settings()
        return list(settings.labels().items()) if settings else []


class _IssuerFilter(_ProviderFilter):
    """The same, for rows that keep the issuer alone."""

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Keep the rows of its issuer."""
        settings = conf.usable_settings()
        chosen = settings.providers.get(self.value() or "") if settings else None
        return queryset.filter(issuer=chosen.issuer) if chosen else queryset


class _NameFilter(_ProviderFilter):
    """The same, for rows that keep the provider's name."""

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Keep the rows of its name."""
        return queryset.filter(provider=self.value()) if self.value() else queryset


def explained(linked: LinkedIdentity) -> str:
    """Say in HTML what one linked identity's last sign-in gave, and why."""
    (identity,) = told([linked])
    html: str = render_to_string("relyant/admin_identity_field.html", {"identity": identity})
    return html


class RightsInline(_ReadOnly, admin.StackedInline):  # type: ignore[type-arg]  # generic in the stubs alone
    """A user's linked identities on a page of the project's own: `inlines = [RightsInline]`.

    Where a page has it, the panel that is there by itself stays away.
    """

    model = LinkedIdentity
    fields = readonly_fields = ("provider", "subject", "last_login_at", "rights")
    extra = 0
    can_delete = False
    show_change_link = True
    verbose_name_plural = _("why this user has these rights")

    class Media:
        css = {"all": ("relyant/rights.css",)}

    @admin.display(description=_("provider"))
    def provider(self, linked: LinkedIdentity) -> str:
        """Name the provider."""
        return told([linked])[0].name

    @admin.display(description=_("rights"))
    def rights(self, linked: LinkedIdentity) -> str:
        """Explain."""
        return explained(linked)


@admin.register(LinkedIdentity)
class LinkedIdentityAdmin(_ReadOnly, admin.ModelAdmin):  # type: ignore[type-arg]  # generic in the stubs alone
    """Who signs in by which provider. Nobody makes or changes a link by hand: a login does."""

    list_display = ("user", "provider", "subject", "last_login_at", "created_at")
    # No date_hierarchy: MySQL fails at it where its time zone tables are not loaded.
    list_filter = (_IssuerFilter, "last_login_at")
    list_select_related = ("user",)
    # Without it Django shows no search box.
    search_fields = ("subject",)
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
        return ("subject", _name_lookup())

    @admin.display(description=_("provider"))
    def provider(self, linked: LinkedIdentity) -> str:
        """Name the provider."""
        return told([linked])[0].name

    @admin.display(description=_("rights"))
    def rights(self, linked: LinkedIdentity) -> str:
        """Explain."""
        return explained(linked)

    @admin.action(permissions=["delete"], description=_("Unlink selected linked identities"))
    def delete_selected(
        self, request: HttpRequest, queryset: QuerySet[LinkedIdentity]
    ) -> HttpResponse | None:
        """Unlink, after the admin's own question."""
        return delete_selected(self, request, queryset)

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


@admin.register(Event)
class EventAdmin(_ReadOnly, admin.ModelAdmin):  # type: ignore[type-arg]  # generic in the stubs alone
    """What happened to whom. Events go by their age alone: `manage.py relyant_events prune`."""

    list_display = ("at", "kind", "person", "details", "code_and_reference", "provider", "by")
    list_filter = ("kind", _NameFilter, "at")
    list_select_related = ("user", "actor")
    # Without it Django shows no search box.
    search_fields = ("reference", "subject")
    # A count of the whole table at each search would be slow for nothing.
    show_full_result_count = False
    fields = readonly_fields = (
        "at",
        "kind",
        "person",
        "by",
        "provider",
        "issuer",
        "subject",
        "code_link",
        "reference",
        "details",
    )

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse."""
        return False

    def get_search_fields(self, request: HttpRequest) -> tuple[str, ...]:
        """Find by reference and subject, and by a user's name, today's or that of then."""
        return ("reference", "subject", _name_lookup(), "detail__user__name")

    @admin.display(description=_("user"), ordering="user")
    def person(self, event: Event) -> str:
        """Name the user, with a link to her page; or else the subject who was nobody here."""
        return self._person(event, "user") or event.subject

    @admin.display(description=_("by"), ordering="actor")
    def by(self, event: Event) -> str:
        """Name who did it."""
        return self._person(event, "actor")

    @admin.display(description=_("code"), ordering="code")
    def code_link(self, event: Event) -> str:
        """Name the code of a refusal, with a link to what it means."""
        return render_to_string("relyant/admin_code.html", {"code": event.code}) if event.code else ""

    @admin.display(description=_("code and reference"), ordering="code")
    def code_and_reference(self, event: Event) -> str:
        """Name both on two lines: a list has little room."""
        lines = [(one,) for one in (self.code_link(event), event.reference) if one]
        return format_html_join(mark_safe("<br>"), "{}", lines)

    @admin.display(description=_("detail"))
    def details(self, event: Event) -> str:
        """Tell the rest in words."""
        return format_html_join(mark_safe("<br>"), "{}: {}", events.details(event))

    def _person(self, event: Event, who: str) -> str:
        user, name = getattr(event, who), events.person(event, who)
        address = _address_of(user, self.admin_site) if user else None
        return format_html('<a href="{}">{}</a>', address, name) if address else name


def _address_of(user: Any, site: admin.AdminSite) -> str | None:
    """Return the path of a user's page; None where this site has none."""
    opts = user._meta
    try:
        return reverse(
            f"admin:{opts.app_label}_{opts.model_name}_change", args=[quote(user.pk)], current_app=site.name
        )
    except NoReverseMatch:
        return None


def _name_lookup() -> str:
    """What a user is found by: the field that the user model signs in with."""
    user_model: Any = LinkedIdentity._meta.get_field("user").related_model
    return f"user__{user_model.USERNAME_FIELD}"


def _is_superuser(user: Any) -> bool:
    """Whether a user of any model is one; not every model has the flag."""
    return bool(getattr(user, "is_superuser", False))
