"""The admin's question before sessions end, and their end: of one, of some, or of all that their users have.

What ends here is the session on this site. The provider's goes on, and the page says so.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.http import HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from relyant import conf, devices, register
from relyant.models import EndedBy

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from django.contrib.admin import ModelAdmin
    from django.db.models import QuerySet
    from django.http import HttpRequest, HttpResponse

    from relyant.models import UserSession

# So many are listed in the question; all of them end.
LISTED = 100


def of_users(users: Iterable[Any]) -> QuerySet[UserSession]:
    """The sessions of these users, by their keys, that go on."""
    return register.going_on().filter(user__in=list(users))


def end(
    request: HttpRequest,
    model_admin: ModelAdmin[Any],
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
        "relyant_sessions": [_shown(one) for one in found[:LISTED]],
        "relyant_more": max(count - LISTED, 0),
        "relyant_hidden": list(hidden),
        "relyant_back": changelist,
    }
    return TemplateResponse(request, "relyant/admin_end_sessions.html", dict(context))


def hidden_fields(action: str, selected: QuerySet[UserSession]) -> list[tuple[str, Any]]:
    """What brings the answer to the question back to an action of the list."""
    return [("action", action), *((ACTION_CHECKBOX_NAME, pk) for pk in selected.values_list("pk", flat=True))]


def _shown(session: UserSession) -> Mapping[str, Any]:
    labels = conf.relyant_settings().labels()
    return {
        "session": session,
        "provider": labels.get(session.provider, session.provider),
        "device": devices.in_words(session.user_agent),
    }


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
