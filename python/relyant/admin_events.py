"""The admin's list of events: what happened to whom, to read and to search."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.contrib.admin.utils import quote
from django.template.loader import render_to_string
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import mark_safe
from django.utils.translation import gettext_lazy as _

from relyant import events, moments
from relyant.admin_lists import NameFilter, NamesProvider, ReadOnly, name_lookups
from relyant.models import Event
from relyant.templatetags.relyant_words import marked

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse


@admin.register(Event)
class EventAdmin(NamesProvider, ReadOnly, admin.ModelAdmin):  # type: ignore[type-arg]  # generic in the stubs alone
    """What happened to whom. Events go by their age alone: `manage.py relyant_events prune`."""

    list_display = ("moment", "kind", "person", "by", "provider_name", "all_of_it")
    list_filter = ("kind", NameFilter, "at")
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
        return ("reference", "code", "subject", *name_lookups(), "detail__user__name")

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


def _address_of(user: Any, site: admin.AdminSite) -> str | None:
    """Return the path of a user's page; None where this site has none."""
    opts = user._meta
    try:
        return reverse(
            f"admin:{opts.app_label}_{opts.model_name}_change", args=[quote(user.pk)], current_app=site.name
        )
    except NoReverseMatch:
        return None
