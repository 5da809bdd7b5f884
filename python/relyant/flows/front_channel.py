"""Front-channel logout: a frame on the provider's page tells, through the browser, which session ended.

Nothing proves who wrote the address. So it ends only sessions that the register knows by issuer and `sid`, a
name that the provider, the site and nobody else has; it revokes nothing; and its answer is the same for any
`sid`. The browser may withhold the session's cookie from a frame, and the register needs none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import HttpResponse
from django.utils.translation import gettext

from relyant import conf, register, registry
from relyant.errors import Refusal
from relyant.flows import pages, refusals
from relyant.models import EndedBy

if TYPE_CHECKING:
    from django.http import HttpRequest

    from relyant import _core


def answer(request: HttpRequest, provider_name: str) -> HttpResponse:
    """Answer a frame of the provider's page, which no other may show. Front-Channel Logout 1.0 §2, §3."""
    try:
        party = registry.provider(provider_name).relying_party
        _end(party, request.META.get("QUERY_STRING", ""))
    except conf.ConfigurationError as error:
        refusal = Refusal("configuration.settings", str(error))
    except Refusal as refused:
        refusal = refused
    else:
        said = _plain(gettext("You are signed out"))
        return pages.allow_frames(said, party.framing_origins())
    refusals.log_notice("front-channel", refusal, provider_name)
    return pages.protect(_plain(f"{refusal.code} (reference {refusal.reference})", refusal.status))


def _end(party: _core.RelyingParty, query: str) -> None:
    """End the sessions that are named, on each node. Again it does nothing more. Raises Refusal."""
    with refusals.translated():
        logout = party.validate_front_channel_logout(query)
        named = register.rows().filter(issuer=logout.issuer, sid=logout.sid, ended_at__isnull=True)
        register.end(named.select_related("user"), by=EndedBy.FRONT_CHANNEL)


def _plain(text: str, status: int = 200) -> HttpResponse:
    return HttpResponse(text, content_type="text/plain; charset=utf-8", status=status)
