"""Why a user has her rights, on her page in any admin, below her fields: no line of the project is needed.

It shows what the last sign-ins left, to whoever may view linked identities. Nothing is asked of a provider.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.urls import NoReverseMatch, reverse
from django.utils.http import urlencode

from relyant.flows import admin_page
from relyant.models import user_model
from relyant.why.about import about

if TYPE_CHECKING:
    from django.http import HttpRequest
    from django.template.response import SimpleTemplateResponse
    from django.urls import ResolverMatch

_VIEW = "relyant.view_linkedidentity"


def add_panel(request: HttpRequest, response: SimpleTemplateResponse, match: ResolverMatch) -> None:
    """Add the panel, if this is the page of a user, and its reader may see it."""
    context = response.context_data or {}
    user = context.get("original")
    if not isinstance(user, user_model()) or not request.user.has_perm(_VIEW) or _has_inline(context):
        return
    known = about(user)
    addresses = [_address(match, "linkedidentity_change", one.linked.pk) for one in known.identities]
    added = {
        "relyant_why": known,
        "relyant_lacking": known.lacking,
        "relyant_identities": list(zip(known.identities, addresses, strict=True)),
        "relyant_policy": _address(match, "linkedidentity_policy"),
        "relyant_events": _events_of(request, match, user),
        "relyant_sessions": _sessions_of(request, match, user),
        "relyant_end_sessions": _end_sessions_of(request, match, user),
    }
    admin_page.add_rights(request, response, added)


def _has_inline(context: dict[str, Any]) -> bool:
    """Whether the project shows the rights by an inline of its own choice."""
    # Late, since a project may have no admin: nothing of it is loaded then.
    from relyant.admin import RightsInline

    formsets = context.get("inline_admin_formsets") or ()
    return any(isinstance(one.opts, RightsInline) for one in formsets)


def _address(match: ResolverMatch, page: str, *arguments: Any) -> str | None:
    """Return the path of one of Relyant's pages in this admin; None where it doesn't have that."""
    try:
        return reverse(f"{match.namespace}:relyant_{page}", args=arguments)
    except NoReverseMatch:
        return None


def _sessions_of(request: HttpRequest, match: ResolverMatch, user: Any) -> str | None:
    """Return where this admin lists her sessions; None where it doesn't, or her reader may not see them."""
    may_see = request.user.has_perm("relyant.view_usersession")
    address = _address(match, "usersession_changelist") if may_see else None
    return f"{address}?{urlencode({'user': user.pk})}" if address else None


def _end_sessions_of(request: HttpRequest, match: ResolverMatch, user: Any) -> str | None:
    """Return where this admin ends all of them, after a question; None likewise."""
    if not request.user.has_perm("relyant.delete_usersession"):
        return None
    # Late, as above.
    from django.contrib.admin.utils import quote

    return _address(match, "usersession_end_all", quote(user.pk))


def _events_of(request: HttpRequest, match: ResolverMatch, user: Any) -> str | None:
    """Return where this admin lists her events; None where it doesn't, or her reader may not see them."""
    address = _address(match, "event_changelist") if request.user.has_perm("relyant.view_event") else None
    return f"{address}?{urlencode({'user': user.pk})}" if address else None
