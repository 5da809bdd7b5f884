"""The way in: to the provider, back by the callback, through the policy, into a session."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.contrib import auth
from django.http import HttpResponseNotAllowed, QueryDict
from django.urls import reverse
from django.utils import translation

from relyant import (
    _core,
    conf,
    events,
    hook,
    notices,
    register,
    registry,
    session_permissions,
    session_records,
    sessions,
    signals,
    transactions,
    user_fields,
)
from relyant.claims import by_source
from relyant.errors import Refusal
from relyant.flows import addresses, admin_sites, form_body, pages, refusals
from relyant.flows.parameters import EncodedParameters
from relyant.loopback import is_loopback
from relyant.models import EndedBy, EventKind
from relyant.setting_types import VISITOR
from relyant.transactions import Done, Key, Linkable, Linking, Pending, Rechecking, SteppingUp
from relyant.why.about import reasons_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from django.http import HttpRequest, HttpResponse

    from relyant.decision import Decision
    from relyant.transactions import AtProvider

logger = logging.getLogger("relyant")

# After these refusals by the core the answer was the provider's, and final. After the others (a provider that
# is down, a callback that isn't this login's) the browser keeps its record, and the login may still succeed.
FINAL_KINDS = ("refused", "invalid_token", "incompatible")
# No sign-in by the provider is to be had, whoever wants one.
_AWAY_KINDS = ("unavailable", "configuration")


@dataclass(frozen=True)
class Callback:
    """A callback as it arrived."""

    provider: registry.Provider
    key: Key
    parameters: EncodedParameters

    @property
    def name(self) -> str:
        """The provider's name."""
        return self.key.provider


def begin(
    request: HttpRequest,
    provider_name: str | None,
    next_url: str,
    *,
    login_hint: str | None = None,
    is_choice: bool = False,
) -> HttpResponse:
    """Send the browser to the provider; a visitor who is signed in already goes straight on.

    `login_hint` is who may want to sign in; `is_choice` says that she chose the provider, of several.
    """
    if request.user.is_authenticated:
        return _signed_in_already(request, next_url)
    provider = registry.provider(provider_name)
    name = provider.settings.name
    if transactions.goes_in_circles(request) and not _may_be_withheld(request):
        return _break_circle(request, name, next_url)
    anew = transactions.is_to_ask_anew(request, name)
    try:
        login_request = ask(request, provider, "login" if anew else None, login_hint)
    except Refusal as refusal:
        ways_on = _ways_on(name, next_url, is_choice=is_choice)
        return refusals.answer(request, refusal, name, **ways_on, **_way_by_password(refusal, next_url))
    response = pages.redirect(login_request.url)
    pending = Pending(login_request.transaction, next_url, is_choice)
    key, cross_site = Key(name, login_request.state), provider.settings.posts_back
    transactions.put(request, response, key, pending, cross_site=cross_site)
    if anew:
        transactions.forget_to_ask_anew(request, response, name)
    return response


def complete(
    request: HttpRequest,
    provider_name: str,
    returned_to_link: Callable[[HttpRequest, Callback, Linking | Linkable], HttpResponse],
    returned_to_step_up: Callable[[HttpRequest, Callback, SteppingUp], HttpResponse],
    returned_to_recheck: Callable[[HttpRequest, Callback, Rechecking], HttpResponse],
) -> HttpResponse:
    """Answer the callback: a session and the way on, or a page that says why not.

    `returned_to_link` answers whom a page of a signed-in user sent to the provider, `returned_to_step_up` her
    who is to sign in once more, `returned_to_recheck` her whose session asks whether it goes on.
    """
    if request.method == "POST" and not _posts_back(request, provider_name):
        return HttpResponseNotAllowed(["GET"])
    callback = _arrived(request, provider_name)
    record = transactions.take(request, callback.key)
    if isinstance(record, Pending):
        return _answer(request, callback, record)
    if isinstance(record, Done):
        return _answered_already(request, callback, record)
    if isinstance(record, (Linking, Linkable)):
        return returned_to_link(request, callback, record)
    if isinstance(record, SteppingUp):
        return returned_to_step_up(request, callback, record)
    if isinstance(record, Rechecking):
        return returned_to_recheck(request, callback, record)
    raise Refusal("transaction.not_found", "this browser has no login under way with this `state`")


def _posts_back(request: HttpRequest, provider_name: str) -> bool:
    """Whether the provider answers by a form; where that can't be told, no report finds the form either."""
    try:
        return registry.provider(provider_name).settings.posts_back
    except Exception:
        form_body.drop(request)
        raise


def ask(  # noqa: PLR0913  what a request may ask for, each by its name
    request: HttpRequest,
    provider: registry.Provider,
    prompt: str | None,
    login_hint: str | None,
    *,
    max_age: int | None = None,
    acr_values: Sequence[str] | None = None,
) -> _core.LoginRequest:
    """Make the authorization request; what is None is as the settings say. Raises Refusal."""
    redirect_uri = _redirect_uri(request, provider.settings.name)
    if provider.settings.posts_back and not _takes_secure_cookies(redirect_uri):
        raise Refusal(
            "configuration.settings",
            f"RESPONSE_MODE is form_post, and {redirect_uri} is over plain http: browsers keep no cookie "
            "that comes back with another site's form; serve the site over https, or see "
            "SECURE_PROXY_SSL_HEADER",
        )
    with refusals.translated():
        return provider.relying_party.begin_login(
            redirect_uri,
            prompt=prompt,
            max_age=max_age,
            acr_values=acr_values,
            login_hint=login_hint,
            ui_locales=_languages(provider),
        )


def _languages(provider: registry.Provider) -> list[str] | None:
    """The language of the visitor's page, where the setting says so; None leaves it to the setting."""
    language = translation.get_language() if provider.settings.ui_locales == VISITOR else None
    return [language] if language else None


def _takes_secure_cookies(address: str) -> bool:
    """Whether browsers keep a `Secure` cookie of this address: of a loopback one over plain http, too."""
    return address.startswith("https://") or is_loopback(address)


def _arrived(request: HttpRequest, provider_name: str) -> Callback:
    """Take the parameters out of the request, so that no error page or report of it holds the code."""
    parameters = form_body.take(request) if request.method == "POST" else _take_query(request)
    with refusals.translated():
        state = _core.callback_state(parameters.text)
    return Callback(registry.provider(provider_name), Key(provider_name, state), parameters)


def _take_query(request: HttpRequest) -> EncodedParameters:
    query = EncodedParameters(request.META.get("QUERY_STRING", ""))
    for name in addresses.IN_META:
        if name in request.META:
            request.META[name] = request.META[name].partition("?")[0]
    request.META["QUERY_STRING"] = ""
    request.GET = QueryDict()
    # An ASGI server's own copy, which its access log reads too.
    if (scope := getattr(request, "scope", None)) is not None:
        scope["query_string"] = b""
    return query


def _answer(request: HttpRequest, callback: Callback, pending: Pending) -> HttpResponse:
    identity = decision = None
    cross_site = callback.provider.settings.posts_back
    try:
        identity = identify(request, callback, pending)
        decision = hook.decide(callback.provider, identity, request)
        admit(request, callback, identity, decision)
    except Refusal as refusal:
        response = _refuse(request, callback, refusal, pending, decision)
        events.attempt_refusal(refusal, provider=callback.name, identity=identity)
        if identity is None and refusal.kind not in FINAL_KINDS:
            return response
    else:
        response = pages.onward(request, pending.next_url)
        transactions.count_sign_in(request, response, cross_site=cross_site)
        if pending.is_choice and conf.relyant_settings().remember_provider:
            transactions.remember_provider(request, response, callback.name)
    transactions.put(request, response, callback.key, Done(pending.next_url), cross_site=cross_site)
    return response


def identify(request: HttpRequest, callback: Callback, pending: AtProvider) -> _core.VerifiedIdentity:
    """Ask the provider who it is. Raises Refusal."""
    with refusals.translated():
        return callback.provider.relying_party.complete_login(
            callback.parameters.text, pending.transaction, _redirect_uri(request, callback.name)
        )


def admit(
    request: HttpRequest, callback: Callback, identity: _core.VerifiedIdentity, decision: Decision
) -> None:
    """Sign in whom the policy allows.

    The session gets a new key, and keeps nothing of a stranger or of another user.
    """
    for warning in decision.warnings:
        logger.warning("claims from provider %s: %s", callback.name, warning)
    user = auth.authenticate(request, identity=identity, decision=decision, provider=callback.name)
    if user is None:
        raise Refusal("configuration.settings", "no authentication backend accepted the identity")
    with refusals.translated():
        try:
            register.end_own(request, EndedBy.REPLACED)
            was_signed_in = sessions.user_key(request) is not None
            sessions.drop_strangers_data(request)
            auth.login(request, user)
            if was_signed_in:
                # Django leaves the key as it is where the same user signs in again.
                sessions.change_key(request)
            _remember(request, callback, identity, decision)
            _tell(request, callback, identity, decision)
        except BaseException:
            # Of some errors Django makes a page (403, 404, 400), we make others, and the session is saved.
            try:
                auth.logout(request)
            finally:
                sessions.empty(request)
            raise


def _remember(
    request: HttpRequest, callback: Callback, identity: _core.VerifiedIdentity, decision: Decision
) -> None:
    """Give the session its record and its row. Raises Refusal where the provider has ended it by now."""
    record = session_records.begun(
        sessions.user_key(request) or "",
        provider=callback.name,
        identity=identity,
        decision=decision,
        now=int(time.time()),
    )
    sessions.put(request, record)
    register.open_session(request, record)
    if notices.overtook(record, identity):
        raise Refusal("session.ended_at_provider", "a logout token came before the session was there")


def _tell(
    request: HttpRequest, callback: Callback, identity: _core.VerifiedIdentity, decision: Decision
) -> None:
    """Tell the session, the project and the log that somebody signed in; a receiver may still refuse her."""
    user: Any = request.user
    session_permissions.lend(request, user)
    signals.login_completed.send(
        sender=user.__class__,
        request=request,
        user=user,
        provider=callback.name,
        identity=identity,
        decision=decision,
        provisioned=user.relyant_provisioned,
    )
    logger.info("signed in: user %s, provider %s", user.pk, callback.name)
    events.attempt(
        EventKind.LOGIN,
        user=user,
        provider=callback.name,
        issuer=identity.issuer,
        subject=identity.account,
    )
    if user_fields.fills_email(user.__class__, decision.user) and not _has_verified_email(identity):
        logger.warning(
            "the e-mail address of user %s is not verified by provider %s: it proves nothing",
            user.pk,
            callback.name,
        )


def _has_verified_email(identity: _core.VerifiedIdentity) -> bool:
    """Whether `email_verified` is JSON true in the first source that has it (Core §5.1)."""
    sources = by_source(identity).values()
    return next((one["email_verified"] for one in sources if "email_verified" in one), None) is True


def _refuse(
    request: HttpRequest,
    callback: Callback,
    refusal: Refusal,
    pending: Pending,
    decision: Decision | None,
) -> HttpResponse:
    context: dict[str, Any] = {
        **_ways_on(callback.name, pending.next_url, is_choice=pending.is_choice),
        **_way_by_password(refusal, pending.next_url),
        "decision": decision,
        "reasons": reasons_of(decision) if decision else (),
    }
    if decision is not None:
        context["end_session_url"] = _other_person_url(request, callback.provider)
    response = refusals.answer(request, refusal, callback.name, **context)
    if refusal.asks_anew:
        transactions.ask_anew(request, response, callback.name)
    return response


def _other_person_url(request: HttpRequest, provider: registry.Provider) -> str | None:
    """Where a refused visitor leaves the provider's session, so that she may sign in as somebody else.

    Without an ID token in the address: it would stand in the page. The provider asks her instead.
    """
    try:
        there = provider.relying_party.end_session_request(
            id_token_hint=None,
            logout_hint=None,
            post_logout_redirect_uri=addresses.absolute(request, reverse("relyant:logged-out")),
            state=None,
        )
    except _core.RelyantError:
        return None
    # A link can't be a form; without an ID token no address grows that long.
    return there.url if there and there.fields is None else None


def _signed_in_already(request: HttpRequest, next_url: str) -> HttpResponse:
    """On to where she wanted to go; unless she has just come back from there, which would never end."""
    if not sessions.turned_away(request, next_url):
        return pages.redirect(next_url)
    return pages.page(request, "turned_away.html", {"next_url": next_url}, status=403)


def _may_be_withheld(request: HttpRequest) -> bool:
    """Whether there may be a session that the browser keeps to itself, on a way that another site began."""
    return sessions.is_strict() and request.META.get("HTTP_SEC_FETCH_SITE") == "cross-site"


def _break_circle(request: HttpRequest, provider_name: str, next_url: str) -> HttpResponse:
    """Stop a browser that comes back without a session each time, where the provider signs it in unasked."""
    refusal = Refusal(
        "session.not_kept",
        f"the browser completed {transactions.CIRCLE_SIGN_INS} sign-ins within {transactions.CIRCLE_SECONDS} "
        "seconds and came back without a session; see SESSION_COOKIE_SECURE (on plain http browsers drop the "
        "cookie), SESSION_COOKIE_DOMAIN, SESSION_COOKIE_NAME (of another app on this host?), and whether "
        "the session store is shared by all processes",
    )
    response = refusals.answer(request, refusal, provider_name, **_ways_on(provider_name, next_url))
    transactions.forget_sign_ins(request, response)
    return response


def _answered_already(request: HttpRequest, callback: Callback, done: Done) -> HttpResponse:
    """Answer the back button, or a replayed callback: on to where the login went, if it still stands.

    Where the session's cookie is `SameSite=Strict`, or another site's form came, a browser may have left it
    out: the next page finds out.
    """
    may_be_withheld = sessions.is_strict() or request.method == "POST"
    left_out = may_be_withheld and not sessions.was_sent(request)
    if request.user.is_authenticated or left_out:
        return pages.onward(request, done.next_url)
    refusal = Refusal("transaction.not_found", "the login with this `state` was answered already")
    return refusals.answer(request, refusal, callback.name, **_ways_on(callback.name, done.next_url))


def _ways_on(provider_name: str, next_url: str, *, is_choice: bool = False) -> dict[str, Any]:
    """Where somebody who doesn't come in may go: to the same provider again, or to the choice of another."""
    return {
        "start_again_url": addresses.login(next_url, provider=provider_name, is_choice=is_choice),
        "another_provider_url": addresses.another_provider(next_url),
    }


def _way_by_password(refusal: Refusal, next_url: str) -> dict[str, Any]:
    """The way into an admin for the day on which the provider is away: its own form, where that is open."""
    admin = admin_sites.at(next_url) if refusal.kind in _AWAY_KINDS else None
    if admin is None or not conf.relyant_settings().password_login:
        return {}
    return {"local_url": admin.local_login(next_url)}


def _redirect_uri(request: HttpRequest, provider_name: str) -> str:
    return addresses.absolute(request, reverse("relyant:callback", args=[provider_name]))
