"""The admin's list of sessions, and their end: of one, of some, or of all that their users have.

What ends here is the session on this site. The provider's goes on, and the question before an end says so.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import django
from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from relyant import devices, moments, register
from relyant.admin_lists import NameFilter, NamesProvider, ReadOnly, name_lookups
from relyant.models import EndedBy, UserSession, user_of_key, users_may_be_inactive

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from django.db.models import QuerySet
    from django.http import HttpRequest, HttpResponse
    from django.urls import URLPattern

# So many are listed in the question; all of them end.
_LISTED = 100


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
        return [("yes", _("yes")), ("no", _("no"))] if users_may_be_inactive() else []

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Keep those."""
        return queryset.filter(user__is_active=self.value() == "yes") if self.value() else queryset


@admin.register(UserSession)
class UserSessionAdmin(NamesProvider, ReadOnly, admin.ModelAdmin):  # type: ignore[type-arg]  # generic in the stubs alone
    """Who is signed in where. A row goes with its user, or by its age; by hand its session alone ends."""

    list_display = (
        "user",
        "provider_name",
        "device",
        "signed_in_at",
        "expires_at",
        "state_in_words",
    )
    list_filter = (_StandingFilter, NameFilter, _ActiveUserFilter, "signed_in_at")
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
        return _ask_or_end(request, self, register.rows().filter(pk=session.pk))

    def end_all_view(self, request: HttpRequest, user_pk: str) -> HttpResponse:
        """End all sessions of a user, after a question."""
        user = user_of_key(unquote(user_pk))
        self._require(request, user)
        return _ask_or_end(request, self, _of_users([user.pk]))

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
        return ("sid", "subject", *name_lookups())

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
        hidden = _hidden_fields("delete_selected", queryset)
        return _ask_or_end(request, self, queryset, hidden=hidden)

    @admin.action(permissions=["end"], description=_("End all sessions of these users"))
    def end_all_of_users(self, request: HttpRequest, queryset: QuerySet[UserSession]) -> HttpResponse:
        """End those of the selected ones' users, selected or not, after a question."""
        users = set(queryset.values_list("user", flat=True))
        hidden = _hidden_fields("end_all_of_users", queryset)
        return _ask_or_end(request, self, _of_users(users), hidden=hidden)

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


def _of_users(users: Iterable[Any]) -> QuerySet[UserSession]:
    """The sessions of these users, by their keys, that go on."""
    return register.may_go_on().filter(user__in=list(users))


def _ask_or_end(
    request: HttpRequest,
    model_admin: UserSessionAdmin,
    found: QuerySet[UserSession],
    *,
    hidden: Iterable[tuple[str, Any]] = (),
) -> HttpResponse:
    """Ask whether these sessions are to end; by the answer, end them.

    `hidden` are the fields by which the answer comes back to where the question was asked.
    """
    found = found.filter(ended_at__isnull=True).select_related("user")
    changelist = reverse(
        f"admin:{model_admin.opts.app_label}_{model_admin.opts.model_name}_changelist",
        current_app=model_admin.admin_site.name,
    )
    if request.POST.get("post"):
        _tell(request, register.end(found, by=EndedBy.OPERATOR, actor=request.user))
        return HttpResponseRedirect(changelist)
    count = found.count()
    context: Mapping[str, Any] = {
        **model_admin.admin_site.each_context(request),
        "opts": model_admin.opts,
        "media": model_admin.media,
        "title": _("End sessions?"),
        "relyant_sessions": [_shown(model_admin, one) for one in found[:_LISTED]],
        "relyant_more": max(count - _LISTED, 0),
        "relyant_hidden": list(hidden),
        "relyant_back": changelist,
    }
    return TemplateResponse(request, "relyant/admin_end_sessions.html", dict(context))


def _hidden_fields(action: str, selected: QuerySet[UserSession]) -> list[tuple[str, Any]]:
    """What brings the answer to the question back to an action of the list."""
    return [("action", action), *((ACTION_CHECKBOX_NAME, pk) for pk in selected.values_list("pk", flat=True))]


def _shown(model_admin: UserSessionAdmin, session: UserSession) -> Mapping[str, Any]:
    provider, device = model_admin.provider_name(session), model_admin.device(session)
    return {"session": session, "provider": provider, "device": device}


def _tell(request: HttpRequest, ended: register.Ended) -> None:
    messages.success(
        request,
        ngettext("%(count)d session was ended.", "%(count)d sessions were ended.", ended.count)
        % {"count": ended.count},
    )
    if not ended.is_complete:
        messages.warning(
            request,
            _(
                "Not every session could be ended at once. They have been marked, and end as soon as this "
                "site can reach them."
            ),
        )
