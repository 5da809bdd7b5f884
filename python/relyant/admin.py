"""The admin's pages: linked identities to read and to unlink, events to read, and the policy in words.

A site of the project's own may register these classes too, or show `RightsInline` on its page of a user.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import django
from django.contrib import admin
from django.contrib.admin.actions import delete_selected
from django.contrib.admin.utils import quote, unquote
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import NoReverseMatch, path, reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import mark_safe
from django.utils.translation import gettext_lazy as _

from relyant import admin_sessions, conf, devices, events, identities, moments, register
from relyant.admin_policy import policy_page
from relyant.models import EndedBy, Event, LinkedIdentity, UserSession, user_model
from relyant.templatetags.relyant_words import marked
from relyant.why import dry_run
from relyant.why.about import Rights, about, told

if TYPE_CHECKING:
    from collections.abc import Iterator

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
        """Keep the rows of its issuers: with `TENANTS` there are several."""
        settings = conf.usable_settings()
        chosen = settings.providers.get(self.value() or "") if settings else None
        return queryset.filter(issuer__in=chosen.issuers) if chosen else queryset


class _NameFilter(_ProviderFilter):
    """The same, for rows that keep the provider's name."""

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Keep the rows of its name."""
        return queryset.filter(provider=self.value()) if self.value() else queryset


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


class RightsInline(_NamesProvider, _ReadOnly, admin.StackedInline):  # type: ignore[type-arg]  # generic in the stubs alone
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
class LinkedIdentityAdmin(_NamesProvider, _ReadOnly, admin.ModelAdmin):  # type: ignore[type-arg]  # generic in the stubs alone
    """Who signs in by which provider. Nobody makes or changes a link by hand: a login does."""

    list_display = ("user", "provider", "subject", "last_login_at", "created_at")
    # No date_hierarchy: MySQL fails at it where its time zone tables are not loaded.
    list_filter = (_IssuerFilter, "last_login_at")
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
        return ("subject", *_name_lookups())

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


@admin.register(Event)
class EventAdmin(_ReadOnly, admin.ModelAdmin):  # type: ignore[type-arg]  # generic in the stubs alone
    """What happened to whom. Events go by their age alone: `manage.py relyant_events prune`."""

    list_display = ("moment", "kind", "person", "by", "provider_name", "all_of_it")
    list_filter = ("kind", _NameFilter, "at")
    list_select_related = ("user", "actor")
    # Without it Django shows no search box.
    search_fields = ("reference", "subject")
    search_help_text = _(
        "The reference or the code of a refusal, the subject, or the user's name or e-mail address."
    )
    # A count of the whole table at each search would be slow for nothing.
    show_full_result_count = False
    fields = readonly_fields = (
        "moment",
        "kind",
        "person",
        "by",
        "provider_name",
        "issuer",
        "subject",
        "code_link",
        "reference",
        "details",
    )

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse."""
        return False

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Say why a search may find nothing."""
        response = super().changelist_view(request, extra_context)
        shown = getattr(response, "context_data", None) or {}
        found = shown.get("cl")
        if found is not None and found.query and not found.result_count and not events.keeps_visits():
            words = _("Sign-ins and refusals leave no events here, by EVENTS. The log has each refusal.")
            self.message_user(request, words)
        return response

    def get_search_fields(self, request: HttpRequest) -> tuple[str, ...]:
        """Find by reference, code, subject, and a user's name, today's or that of then, or address."""
        return ("reference", "code", "subject", *_name_lookups(), "detail__user__name")

    class Media:
        css = {"all": ("relyant/rights.css",)}

    @admin.display(description=_("time"), ordering="at")
    def moment(self, event: Event) -> str:
        """Tell when, to the second, in the active time zone."""
        here = moments.here(event.at)
        # Each on one line: a browser breaks a date at its hyphens.
        parts = ((f"{here:%Y-%m-%d}",), (f"{here:%H:%M:%S}",))
        return format_html_join(" ", '<span class="relyant-moment">{}</span>', parts)

    @admin.display(description=_("user"), ordering="user")
    def person(self, event: Event) -> str:
        """Name the user, with a link to her page; or else the subject who was nobody here."""
        return self._person(event, "user") or event.subject or self.get_empty_value_display()

    @admin.display(description=_("by"), ordering="actor")
    def by(self, event: Event) -> str:
        """Name who did it."""
        return self._person(event, "actor") or self.get_empty_value_display()

    @admin.display(description=_("provider"), ordering="provider")
    def provider_name(self, event: Event) -> str:
        """Name the provider as visitors know it; one that is gone as the settings did."""
        settings = conf.usable_settings()
        labels = settings.labels() if settings else {}
        return labels.get(event.provider, event.provider) or self.get_empty_value_display()

    @admin.display(description=_("code"), ordering="code")
    def code_link(self, event: Event) -> str:
        """Name the code of a refusal, with a link to what it means."""
        return _code(event) or self.get_empty_value_display()

    @admin.display(description=_("detail"))
    def details(self, event: Event) -> str:
        """Tell the rest in words."""
        return _lines(_details(event)) or self.get_empty_value_display()

    @admin.display(description=_("detail"), ordering="code")
    def all_of_it(self, event: Event) -> str:
        """Tell the code, the reference and the rest on a line each: a list has little room beside it."""
        told_of = [one for one in (_code(event), event.reference) if one]
        return _lines([*told_of, *_details(event)]) or self.get_empty_value_display()

    def _person(self, event: Event, who: str) -> str:
        user, name = getattr(event, who), events.person(event, who)
        address = _address_of(user, self.admin_site) if user else None
        return format_html('<a href="{}">{}</a>', address, name) if address else name


class _StandingFilter(admin.SimpleListFilter):
    """Those that go on, which a list shows where nobody asks for others; and those that are over."""

    title = _("state")
    parameter_name = "standing"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """List the others: "all" goes without saying."""
        return [("over", _("over")), ("all", _("all of them"))]

    def choices(self, changelist: Any) -> Iterator[Any]:
        """Name the usual choice by what it shows."""
        for index, choice in enumerate(super().choices(changelist)):
            yield {**choice, "display": _("going on")} if index == 0 else choice

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Keep those."""
        going_on = register.going_on().values("pk")
        if self.value() == "all":
            return queryset
        return (
            queryset.exclude(pk__in=going_on) if self.value() == "over" else queryset.filter(pk__in=going_on)
        )


class _ActiveUserFilter(admin.SimpleListFilter):
    """By whether their users may still sign in: a session of others may wait for its renewal to end."""

    title = _("user is active")
    parameter_name = "active"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """List both, where the user model knows."""
        has_flag = any(one.name == "is_active" for one in user_model()._meta.get_fields())
        return [("yes", _("yes")), ("no", _("no"))] if has_flag else []

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Keep those."""
        return queryset.filter(user__is_active=self.value() == "yes") if self.value() else queryset


@admin.register(UserSession)
class UserSessionAdmin(_ReadOnly, admin.ModelAdmin):  # type: ignore[type-arg]  # generic in the stubs alone
    """Who is signed in where. A row goes with its user, or by its age; by hand its session alone ends."""

    list_display = (
        "user",
        "provider_name",
        "device",
        "signed_in_at",
        "expires_at",
        "state_in_words",
    )
    list_filter = (_StandingFilter, _NameFilter, _ActiveUserFilter, "signed_in_at")
    list_select_related = ("user",)
    # Without it Django shows no search box.
    search_fields = ("sid", "subject")
    search_help_text = _("The session at the provider, the subject, or the user's name or e-mail address.")
    # What is sealed, or names a session to this site, is shown to nobody.
    fields = readonly_fields = (
        "user",
        "provider_name",
        "issuer",
        "subject",
        "sid",
        "device",
        "user_agent",
        "signed_in_at",
        "checked_at",
        "expires_at",
        "state_in_words",
    )
    change_form_template = "relyant/admin_session.html"
    actions = ("delete_selected", "end_all_of_users")

    class Media:
        css = {"all": ("relyant/rights.css",)}

    def get_urls(self) -> list[URLPattern]:
        """Add the questions before an end."""
        wrap, info = self.admin_site.admin_view, f"{self.opts.app_label}_{self.opts.model_name}"
        return [
            path("of/<path:user_pk>/end/", wrap(self.end_all_view), name=f"{info}_end_all"),
            path("<path:object_id>/end/", wrap(self.end_view), name=f"{info}_end"),
            *super().get_urls(),
        ]

    def end_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """End one session, after a question."""
        session: Any = self.get_object(request, unquote(object_id))
        self._require(request, session)
        return admin_sessions.end(request, self, register.rows().filter(pk=session.pk))

    def end_all_view(self, request: HttpRequest, user_pk: str) -> HttpResponse:
        """End all sessions of a user, after a question."""
        user = _user_of_key(unquote(user_pk))
        self._require(request, user)
        return admin_sessions.end(request, self, admin_sessions.of_users([user.pk]))

    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """End it: a row that is gone would let a session go on that nobody finds any more."""
        return self.end_view(request, object_id)

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Offer the end in the place of a deletion."""
        session = self.get_object(request, unquote(object_id))
        may_end = session is not None and session.ended_at is None and self.has_end_permission(request)
        more = {"show_delete": False, "relyant_may_end": may_end}
        return super().change_view(request, object_id, form_url, {**more, **(extra_context or {})})

    def get_search_fields(self, request: HttpRequest) -> tuple[str, ...]:
        """Find by the provider's words, and by whatever the user model signs in with."""
        return ("sid", "subject", *_name_lookups())

    def lookup_allowed(self, lookup: str, value: Any, request: Any = None) -> bool:
        """Let nobody guess at what isn't shown."""
        if lookup.partition("__")[0] in ("handle", "session_key", "state"):
            return False
        given = (value,) if django.VERSION < (5, 0) else (value, request)
        return bool(super().lookup_allowed(lookup, *given))

    def has_end_permission(self, request: HttpRequest) -> bool:
        """Whoever may delete sessions may end them."""
        return self.has_delete_permission(request)

    @admin.action(permissions=["end"], description=_("End selected sessions"))
    def delete_selected(self, request: HttpRequest, queryset: QuerySet[UserSession]) -> HttpResponse:
        """End them, after a question, in the place of the site's own deletion."""
        hidden = admin_sessions.hidden_fields("delete_selected", queryset)
        return admin_sessions.end(request, self, queryset, hidden=hidden)

    @admin.action(permissions=["end"], description=_("End all sessions of these users"))
    def end_all_of_users(self, request: HttpRequest, queryset: QuerySet[UserSession]) -> HttpResponse:
        """End those of the selected ones' users, selected or not, after a question."""
        users = set(queryset.values_list("user", flat=True))
        hidden = admin_sessions.hidden_fields("end_all_of_users", queryset)
        return admin_sessions.end(request, self, admin_sessions.of_users(users), hidden=hidden)

    @admin.display(description=_("provider"), ordering="provider")
    def provider_name(self, session: UserSession) -> str:
        """Name the provider as visitors know it; one that is gone as the settings did."""
        settings = conf.usable_settings()
        labels = settings.labels() if settings else {}
        return labels.get(session.provider, session.provider)

    @admin.display(description=_("device"), ordering="user_agent")
    def device(self, session: UserSession) -> str:
        """Name the browser, and what it runs on."""
        return devices.in_words(session.user_agent)

    @admin.display(description=_("state"), ordering="ended_at")
    def state_in_words(self, session: UserSession) -> str:
        """Tell whether it goes on, or when and how it ended."""
        if session.ended_at is not None:
            when = date_format(moments.here(session.ended_at), "DATETIME_FORMAT")
            return f"{EndedBy(session.ended_by).label}, {when}"
        return str(_("going on") if session.expires_at > timezone.now() else _("lapsed"))

    def _require(self, request: HttpRequest, found: Any) -> None:
        if found is None:
            raise Http404
        if not self.has_end_permission(request):
            raise PermissionDenied


def _code(event: Event) -> str:
    """The code of a refusal, with a link to what it means."""
    return render_to_string("relyant/admin_code.html", {"code": event.code}) if event.code else ""


def _details(event: Event) -> list[str]:
    """What else it tells, its names and words as HTML."""
    return [format_html("{}: {}", name, marked(text)) for name, text in events.details(event)]


def _lines(parts: list[str]) -> str:
    """Parts on lines of their own; empty where there are none."""
    # One element: a theme may put those of a cell in a row.
    lines = format_html_join(mark_safe("<br>"), "{}", ((part,) for part in parts))
    return format_html('<div class="relyant-lines">{}</div>', lines) if parts else ""


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


def _address_of(user: Any, site: admin.AdminSite) -> str | None:
    """Return the path of a user's page; None where this site has none."""
    opts = user._meta
    try:
        return reverse(
            f"admin:{opts.app_label}_{opts.model_name}_change", args=[quote(user.pk)], current_app=site.name
        )
    except NoReverseMatch:
        return None


def _name_lookups() -> list[str]:
    """What a user is found by: the field that the user model signs in with, and her e-mail address."""
    model = user_model()
    names = (model.USERNAME_FIELD, getattr(model, "EMAIL_FIELD", "email"))
    fields = {one.name for one in model._meta.get_fields()}
    return [f"user__{name}" for name in dict.fromkeys(names) if name in fields]


def _user_of_key(key: str) -> Any:
    """Return the user with a key; None where there is none, or where it can't be a key."""
    try:
        return user_model()._base_manager.filter(pk=key).first()
    except (ValueError, OverflowError, ValidationError):
        return None


def _is_superuser(user: Any) -> bool:
    """Whether a user of any model is one; not every model has the flag."""
    return bool(getattr(user, "is_superuser", False))
