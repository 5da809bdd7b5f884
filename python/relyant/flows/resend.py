"""A form whose session ended before it came: the page that keeps it, until its visitor is signed in again.

She signs in in another tab, and sends the form again from the page that she has. Django gives her a new CSRF
token at the sign-in, so what she sends at first is the sealed copy alone, which proves by itself that this
site took the form from this browser. She then sees her form once more, with a new token, and sends it where
it was going.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from django.shortcuts import resolve_url
from django.urls import Resolver404, get_script_prefix, resolve, reverse
from django.utils.translation import gettext_lazy as _

from relyant import _core, conf, transactions
from relyant.flows import addresses, kept_form, navigation, pages

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.http import HttpRequest, HttpResponse
    from django.utils.functional import _StrPromise

    from relyant.flows.kept_form import KeptForm

# Of a redirect with another status a browser sends the form along.
_LOSE_THE_FORM = (301, 302, 303)
_LOGIN_APPS = ("admin", "relyant")
# What the page that keeps a form says first; it says so of an ended session only where there was one.
_TITLES = {
    "session_ended": _("Your session has ended"),
    "ended": _("You are not signed in"),
    "not_yet": _("You are not signed in yet"),
    "other_user": _("This form is somebody else's"),
}
# Of what a form has, she sees so much before she sends it again: enough to know it by.
_SHOWN_FIELDS, _SHOWN_CHARS = 100, 200


def page(
    request: HttpRequest,
    *,
    user: Any = None,
    sign_in_url: str | None = None,
    title: _StrPromise | None = None,
) -> HttpResponse:
    """Answer a form whose session has ended: nothing is lost. To be called once Django has checked its token.

    `user` is whose session it was, if that is known: nobody else sends the form. `sign_in_url` is for a login
    that isn't ours; it has to lead on to `landing`. `title` is for another reason than a session's end.
    """
    form = _form_of(request, user)
    mark = transactions.mark_of_browser(request) or _core.random_token()
    sealed = kept_form.seal(form, mark) if form else None
    shown: dict[str, Any] = {"form": form, "is_too_long": form is not None and sealed is None}
    if title is not None:
        shown["title"] = title
    response = _kept_page(request, "ended", sealed, sign_in_url, **shown)
    if sealed is not None:
        transactions.mark_browser(request, response, mark)
    return response


def instead_of(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """Return the page in the place of a redirect to a login that would lose a form; else what came."""
    if not loses_a_form(request, response) or request.user.is_authenticated:
        return response
    sign_in_url = _leading_on(request, response["Location"])
    if sign_in_url is None or not navigation.is_navigation(request):
        return response
    if kept_form.is_empty(request) and not transactions.has_session_cookie(request):
        return response
    kept = page(request, sign_in_url=sign_in_url)
    transactions.hand_over(response, kept)
    return kept


def loses_a_form(request: HttpRequest, response: HttpResponse) -> bool:
    """Whether a response may be for `instead_of`; asks neither the session nor the database."""
    if response.status_code not in _LOSE_THE_FORM or not kept_form.may_be_kept(request):
        return False
    match = request.resolver_match
    # On our own pages nobody types anything.
    return match is None or match.app_names[-1:] != ["relyant"]


def show(request: HttpRequest) -> HttpResponse:
    """Tell whom the sign-in in the other tab has led here that the first one has her form."""
    return pages.page(request, "back_to_form.html", {"sign_in_url": addresses.login(landing())})


def answer(request: HttpRequest) -> HttpResponse:
    """Answer the page's form: show what it kept, to be sent to where it was going."""
    sealed = request.POST.get("sealed", "")
    mark = transactions.mark_of_browser(request)
    form = kept_form.open_sealed(sealed, mark) if mark else None
    if form is None:
        return pages.page(request, "form_lost.html", status=400)
    if not request.user.is_authenticated:
        return _kept_page(request, "not_yet", sealed, None, form=form)
    if not form.is_of(str(request.user.pk)):
        return _kept_page(request, "other_user", sealed, None)
    return pages.page(request, "form_again.html", {"form": form, "shown": _shown(form)})


def landing() -> str:
    """Where the sign-in in the other tab is to end."""
    return reverse("relyant:resend")


def _form_of(request: HttpRequest, user: Any) -> KeptForm | None:
    """The form of a request, if it may be kept; that of a login never is."""
    if not kept_form.may_be_kept(request) or _is_login(request, request.path):
        return None
    return kept_form.of(request, None if user is None else str(user.pk))


def _kept_page(
    request: HttpRequest, state: str, sealed: str | None, sign_in_url: str | None, **context: Any
) -> HttpResponse:
    """The page that carries the sealed copy; it says by `state` why it isn't sent yet."""
    ended = state == "ended" and transactions.has_session_cookie(request)
    told = {
        "state": state,
        "title": _TITLES["session_ended" if ended else state],
        "sealed": sealed,
        "sign_in_url": sign_in_url or addresses.login(landing()),
        **context,
    }
    return navigation.challenge(pages.page(request, "form_kept.html", told))


def _leading_on(request: HttpRequest, location: str) -> str | None:
    """Return the address of a login so that it ends at our page; None where it isn't for this page's sake.

    By Django's custom such a login has the page's own address as a parameter. What leads to a login in
    another way, as after a sign-up or a logout, is where the visitor is to go.
    """
    scheme, host, path, query, _fragment = urlsplit(location)
    own = (request.get_full_path(), request.build_absolute_uri())
    parameters = parse_qsl(query, keep_blank_values=True)
    if not any(value in own for _name, value in parameters) or not _is_login(request, location):
        return None
    target = addresses.absolute(request, landing()) if host else landing()
    led_on = [(name, target if value in own else value) for name, value in parameters]
    return urlunsplit((scheme, host, path, urlencode(led_on), ""))


def _is_login(request: HttpRequest, address: str) -> bool:
    """Whether an address is that of a login: Django's setting's, an admin's, or ours."""
    asked, configured = urlsplit(address), urlsplit(resolve_url(conf.login_url()))
    if asked[:3] == configured[:3]:
        return True
    if asked.netloc not in ("", request.get_host()):
        return False
    try:
        path = "/" + asked.path.removeprefix(get_script_prefix())
        match = resolve(path, urlconf=getattr(request, "urlconf", None))
    except Resolver404:
        return False
    return match.url_name == "login" and match.app_names[-1:] in [[app] for app in _LOGIN_APPS]


def _shown(form: KeptForm) -> Sequence[Sequence[str]]:
    """The beginnings of the first fields."""
    return [(name, value[:_SHOWN_CHARS]) for name, value in form.fields[:_SHOWN_FIELDS]]
