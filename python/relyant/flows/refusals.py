"""A login that can't go on: one log line, one signal and one page, joined by a reference."""

from __future__ import annotations

import logging
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from relyant import _core, signals
from relyant.errors import Refusal, database_translated, on_one_line
from relyant.flows import addresses, navigation, pages

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from django.http import HttpRequest, HttpResponse

logger = logging.getLogger("relyant")

# Kinds that the visitor or her rights cause, in the daily run of things; the others need the operator.
_EXPECTED_KINDS = ("transaction", "refused", "decision", "account")
# Of what is given as a provider's name, a log line has so many characters.
_NAME_CHARS = 100


@contextmanager
def translated() -> Iterator[None]:
    """Turn the errors of the core and of the database into refusals."""
    try:
        with database_translated():
            yield
    except _core.RelyantError as error:
        raise Refusal.from_core(error) from error


def answer(
    request: HttpRequest,
    refusal: Refusal,
    provider: str | None,
    *,
    template: str = "refused.html",
    **context: Any,
) -> HttpResponse:
    """Answer with the page that tells a visitor why she doesn't come in, and what to do; a script in JSON."""
    _log("login", refusal, provider)
    signals.tell(signals.login_refused, Refusal, request=request, refusal=refusal, provider=provider)
    return _told(request, refusal, template, context)


def unconfirmed(request: HttpRequest, refusal: Refusal, provider: str | None) -> HttpResponse:
    """Answer a request whose session nobody can look after now; it may come again."""
    _write(logging.ERROR, "session not confirmed", refusal, provider)
    here = addresses.safe_next(request, request.get_full_path()) or addresses.usual_place()
    return _told(request, refusal, "refused.html", {"start_again_url": here})


def _told(request: HttpRequest, refusal: Refusal, template: str, context: Mapping[str, Any]) -> HttpResponse:
    if navigation.is_navigation(request):
        shown = {"refusal": refusal, "start_again_url": addresses.login(None), **context}
        response = pages.page(request, template, shown, status=refusal.status)
    else:
        response = navigation.refused(refusal)
    if refusal.retry_after is not None:
        response["Retry-After"] = str(refusal.retry_after)
    return response


def log_logout(refusal: Refusal, provider: str) -> None:
    """Note that a provider couldn't be told of a logout."""
    _log("logout", refusal, provider)


def log_end(refusal: Refusal, provider: str | None) -> None:
    """Note that a session is over, and why: the daily run of things, unless its provider is away."""
    level = logging.ERROR if refusal.code == "session.provider_away" else logging.WARNING
    _write(level, "session ended", refusal, provider)


def log_failed_renewal(refusal: Refusal, provider: str) -> None:
    """Note that a session goes on though it couldn't be renewed, for no fault of its provider."""
    _write(logging.ERROR, "session not renewed", refusal, provider)


def log_revocation(refusal: Refusal, provider: str) -> None:
    """Note that the tokens of a session that has ended could not be revoked."""
    _log("revocation", refusal, provider)


def log_notice(channel: str, refusal: Refusal, provider: str) -> None:
    """Note that a logout which a provider is said to have told of isn't taken. Anybody may send one."""
    _log(f"{channel} logout", refusal, provider, is_expected=refusal.retry_after is None)


def _log(what: str, refusal: Refusal, provider: str | None, *, is_expected: bool = False) -> None:
    expected = is_expected or refusal.kind in _EXPECTED_KINDS or refusal.asks_anew
    _write(logging.WARNING if expected else logging.ERROR, f"{what} refused", refusal, provider)


def _write(level: int, what: str, refusal: Refusal, provider: str | None) -> None:
    logger.log(
        level,
        "%s: %s (reference %s, provider %s): %s",
        what,
        refusal.code,
        refusal.reference,
        # A form's or an address's own word may stand here.
        on_one_line(provider or "-")[:_NAME_CHARS],
        refusal.operator,
    )
