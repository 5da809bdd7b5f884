"""Back-channel logout: the provider's own word, by a logout token, that a session or a person is signed out.

Anybody may post here, so a token is validated whole before the database is asked for anything. The answers
say what was wrong with the token, and nothing of any session.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from django.http import HttpResponse, JsonResponse

from relyant import conf, notices, registry
from relyant.errors import Refusal, status_of
from relyant.flows import form_body, pages, refusals
from relyant.notices import Heeded

if TYPE_CHECKING:
    from django.http import HttpRequest

    from relyant import _core
    from relyant.flows.parameters import EncodedParameters

_PARAMETER = "logout_token"


def answer(request: HttpRequest, provider_name: str) -> HttpResponse:
    """Answer a logout request: 200, 400 for what is refused, 503 for what may be sent again.

    Back-Channel Logout 1.0 §2.5, §2.8.
    """
    try:
        _heed(_validate(request, provider_name))
    except conf.ConfigurationError as error:
        refusal = Refusal("configuration.settings", str(error))
    except Refusal as refused:
        refusal = refused
    else:
        return pages.protect(HttpResponse())
    return _refuse(refusal, provider_name)


def _validate(request: HttpRequest, provider_name: str) -> _core.ValidLogoutToken:
    """Return what the token says. No query. Raises Refusal."""
    try:
        provider = registry.provider(provider_name)
    except Exception:
        # No report of it finds the token.
        form_body.drop(request)
        raise
    form = form_body.take(request)
    with refusals.translated():
        return provider.relying_party.validate_logout_token(_logout_token(form))


def _logout_token(form: EncodedParameters) -> str:
    """Return the one that is there; others beside it are not for us (Back-Channel Logout 1.0 §2.5)."""
    values = [value for name, value in parse_qsl(form.text, keep_blank_values=True) if name == _PARAMETER]
    if len(values) != 1:
        why = f"the form can't be taken: expected `{_PARAMETER}` once, and it is there {len(values)} times"
        raise Refusal("transaction.form_unusable", why)
    return values[0]


def _heed(logout: _core.ValidLogoutToken) -> None:
    """End what it names, once. Raises Refusal."""
    heeded = notices.heed(logout)
    if heeded is Heeded.CAME_BEFORE:
        # Back-Channel Logout 1.0 §2.6 (8).
        raise Refusal("invalid_token.logout_token_used", "the logout token came before, and is done")
    _go_on_for_others()
    if heeded is Heeded.HALF_DONE:
        raise Refusal("unavailable.session_store", "a session that ended could not be deleted; it will be")


def _go_on_for_others() -> None:
    """FT-24: what a process that was killed has left half done is done by whoever takes the next token."""
    try:
        with refusals.translated():
            notices.sweep()
    except Refusal as refusal:
        # This token's own work is done, and is answered as done.
        refusals.log_notice("unfinished", refusal, "-")


def _refuse(refusal: Refusal, provider_name: str) -> HttpResponse:
    """Back-Channel Logout 1.0 §2.8: an error in JSON, as OAuth has them, which no cache keeps."""
    refusals.log_notice("back-channel", refusal, provider_name)
    is_away = refusal.retry_after is not None
    told = {
        "error": "temporarily_unavailable" if is_away else "invalid_request",
        "error_description": f"{refusal.code} (reference {refusal.reference})",
    }
    response = JsonResponse(told, status=status_of("unavailable" if is_away else "transaction"))
    if is_away:
        response["Retry-After"] = str(refusal.retry_after)
    return pages.protect(response)
