"""Step-up: who is signed in, but not recently or surely enough for a page, signs in once more and goes on.

What a page demands is put into the address of that login under seal, so that nobody asks for less. The core
holds the provider's answer to it, and the page looks at the session again: to have been asked is not enough.
Who comes back has to be the same person, or the session stays as it is.
"""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from asgiref.sync import sync_to_async
from django.contrib import auth
from django.contrib.auth.views import redirect_to_login
from django.shortcuts import resolve_url
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext_lazy as _

from relyant import _core, conf, events, hook, identities, register, registry, sessions, transactions
from relyant.errors import Refusal
from relyant.flows import addresses, demands, login, navigation, pages, refusals, resend
from relyant.flows.login import Callback
from relyant.flows.parameters import EncodedParameters
from relyant.models import EndedBy
from relyant.setting_types import Demand
from relyant.transactions import Done, Key, SteppingUp
from relyant.why.about import reasons_of

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse
    from django.utils.functional import _StrPromise

    from relyant.decision import Decision

# How long an address of ours may ask: a page that was left open may still lead there.
_LIFETIME_SECONDS = 3600
# An address of a user, at which she may be known to the provider, is no longer.
_MAX_HINT_CHARS = 320
_PURPOSE = "relyant.step_up"
_FORBIDDEN = 403
_OTHER_IDENTITY = "transaction.other_identity"
_NEEDS_FRESH = _("This needs a fresh sign-in")
_NEEDS_STRONGER = _("This needs a stronger sign-in")


@dataclass(frozen=True)
class _Asked:
    """What the address of a login asks for: a sign-in for this place."""

    demand: Demand
    next_url: str

    @property
    def purpose(self) -> str:
        """Both in one text."""
        return json.dumps([self.next_url, self.demand.max_age, self.demand.acr_values])


def answer(request: HttpRequest, demand: Demand, login_url: str | None = None) -> HttpResponse | None:
    """Answer whom a page is not for, or not yet; None lets her go on.

    An anonymous visitor is sent to `login_url`, or to the setting `LOGIN_URL`.
    """
    if not request.user.is_authenticated:
        return _sign_in_first(request, login_url)
    return None if demands.is_met(request, demand) else _ask_for_more(request, demand)


async def answer_async(
    request: HttpRequest, demand: Demand, login_url: str | None = None
) -> HttpResponse | None:
    """`answer` for async callers: the same body, in the thread that may touch session and database."""
    return await sync_to_async(answer, thread_sensitive=True)(request, demand, login_url)


def login_url_of(request: HttpRequest) -> str | None:
    """Where an anonymous visitor of a view signs in: at the admin's own login, in an admin."""
    match = request.resolver_match
    if match is None or match.app_names[-1:] != ["admin"]:
        return None
    try:
        return reverse(f"{match.namespace}:login")
    except NoReverseMatch:
        return None


def begin(request: HttpRequest) -> HttpResponse:
    """Send a signed-in user to her provider once more, as the address asks."""
    if "state" in request.GET:
        return _complete_withheld(request, Key(request.GET.get("provider", ""), request.GET["state"]))
    asked = _open(request.GET.get("demand", ""))
    if asked is None:
        raise Refusal("transaction.demand_unusable", "no demand of this site, or one of over an hour ago")
    if not request.user.is_authenticated:
        return pages.redirect(addresses.login(asked.next_url))
    if demands.is_met(request, asked.demand):
        return pages.redirect(asked.next_url)
    if sessions.has_just_stepped_up(request, asked.purpose):
        return _in_vain(request, asked)
    sign_in = sessions.current(request)
    name = sign_in.provider if sign_in else request.GET.get("provider")
    return _send(request, asked, name) if name else _choose(request, asked)


def returned(request: HttpRequest, callback: Callback, record: SteppingUp) -> HttpResponse:
    """Answer the provider's answer; where the browser may withhold the session from it, on our own page."""
    cross_site = callback.provider.settings.posts_back
    if not (sessions.is_strict() or cross_site) or sessions.was_sent(request):
        return _complete(request, callback, record)
    key = callback.key
    response = pages.onward(request, _own_address(provider=key.provider, state=key.state))
    kept = replace(record, answer=callback.parameters.text)
    transactions.put(request, response, key, kept, cross_site=cross_site)
    return response


def _sign_in_first(request: HttpRequest, login_url: str | None) -> HttpResponse:
    if not navigation.is_navigation(request):
        return navigation.unauthenticated(request)
    return redirect_to_login(request.get_full_path(), login_url or resolve_url(conf.login_url()))


def _ask_for_more(request: HttpRequest, demand: Demand) -> HttpResponse:
    """A page or a redirect for a person, JSON for a script."""
    if not navigation.is_navigation(request):
        return _told_to_script(request, demand)
    if not navigation.is_safe(request):
        return _keep_form(request, demand)
    here = addresses.safe_next(request, request.get_full_path()) or addresses.usual_place()
    return pages.redirect(_address(_Asked(demand, here)))


def _told_to_script(request: HttpRequest, demand: Demand) -> HttpResponse:
    """RFC 9470 §3, and the address of this site that begins the login."""
    place = navigation.page_of(request) or addresses.usual_place()
    response = navigation.unauthenticated(
        request,
        error="insufficient_user_authentication",
        login_url=_address(_Asked(demand, place)),
        max_age=demand.max_age,
        acr_values=list(demand.acr_values),
    )
    response["WWW-Authenticate"] = _core.insufficient_user_authentication(
        max_age=demand.max_age, acr_values=demand.acr_values
    )
    return response


def _keep_form(request: HttpRequest, demand: Demand) -> HttpResponse:
    """Answer a form: she signs in in another tab, and nothing of it is lost."""
    response = resend.page(
        request,
        user=request.user,
        title=_title(demand),
        sign_in_url=_address(_Asked(demand, resend.landing())),
    )
    # She is signed in: no scheme of authentication is missing.
    del response["WWW-Authenticate"]
    response.status_code = _FORBIDDEN
    return response


def _in_vain(request: HttpRequest, asked: _Asked) -> HttpResponse:
    """Stop whom a new sign-in for this page didn't help: another one would only bring her back here."""
    sign_in, demand = sessions.current(request), asked.demand
    had = f"auth_time {sign_in.auth_time}, acr {sign_in.acr}" if sign_in else "no sign-in by a provider"
    refusal = Refusal(
        "session.step_up_in_vain",
        f"signed in once more for `{asked.next_url}`, and at {int(time.time())} (epoch seconds) the session "
        f"has {had}; demanded are max_age {demand.max_age}, acr_values {' '.join(demand.acr_values) or '-'}",
    )
    provider = sign_in.provider if sign_in else None
    return refusals.answer(request, refusal, provider, start_again_url=asked.next_url)


def _choose(request: HttpRequest, asked: _Asked) -> HttpResponse:
    """Tell whom no provider signed in by which of hers she may; or to sign out, and in again."""
    labels = conf.relyant_settings().labels()
    names = [name for name in labels if name in {identities.provider_of(one.issuer) for one in _own(request)}]
    context = {
        "title": _title(asked.demand),
        "ways": [(labels[name], _address(asked, provider=name)) for name in names],
        "needs_provider": bool(asked.demand.acr_values),
        "next_url": asked.next_url,
    }
    return pages.page(request, "step_up.html", context, status=_FORBIDDEN)


def _title(demand: Demand) -> _StrPromise:
    return _NEEDS_STRONGER if demand.acr_values else _NEEDS_FRESH


def _send(request: HttpRequest, asked: _Asked, name: str) -> HttpResponse:
    """To the provider, with the demand; what the settings ask of each sign-in is asked as well."""
    provider, demand = registry.provider(name), asked.demand
    anew = transactions.is_to_ask_anew(request, name)
    ages = [age for age in (demand.max_age, provider.settings.max_age) if age is not None]
    try:
        login_request = login.ask(
            request,
            provider,
            "login" if anew or provider.settings.prompt == "none" else None,
            _hint(request),
            max_age=min(ages, default=None),
            acr_values=demand.acr_values or None,
        )
    except Refusal as refusal:
        return refusals.answer(request, refusal, name, start_again_url=asked.next_url)
    response = pages.redirect(login_request.url)
    record = SteppingUp(
        login_request.transaction,
        sessions.mark(request),
        asked.next_url,
        demand.max_age,
        demand.acr_values,
    )
    key = Key(name, login_request.state)
    transactions.put(request, response, key, record, cross_site=provider.settings.posts_back)
    if anew:
        transactions.forget_to_ask_anew(request, response, name)
    return response


def _hint(request: HttpRequest) -> str | None:
    """Who may want to sign in: the name that she has here, where her provider gave it to her."""
    name = request.user.get_username()
    is_theirs = sessions.current(request) is not None
    return name if is_theirs and name.isprintable() and 0 < len(name) <= _MAX_HINT_CHARS else None


def _complete_withheld(request: HttpRequest, key: Key) -> HttpResponse:
    """Go on with an answer from which the browser withheld the session: here it has it again."""
    record = transactions.take(request, key)
    if isinstance(record, Done):
        return pages.redirect(record.next_url)
    if not isinstance(record, SteppingUp) or not record.answer:
        raise Refusal("transaction.not_found", "this browser has no sign-in under way with this `state`")
    callback = Callback(registry.provider(key.provider), key, EncodedParameters(record.answer))
    return _complete(request, callback, record)


def _complete(request: HttpRequest, callback: Callback, record: SteppingUp) -> HttpResponse:
    """Let the same person go on, with a new sign-in in the same session."""
    identity = decision = None
    cross_site = callback.provider.settings.posts_back
    try:
        _require_same_session(request, record)
        identity = login.identify(request, callback, record)
        _require_same_person(request, callback, identity)
        decision = hook.decide(callback.provider, identity, request)
        login.admit(request, callback, identity, decision)
    except Refusal as refusal:
        response = _refuse(request, callback, refusal, record, decision)
        events.attempt_refusal(refusal, provider=callback.name, identity=identity)
        if identity is None and refusal.kind not in login.FINAL_KINDS:
            return response
    else:
        sessions.note_stepped_up(request, _asked_for(record).purpose)
        response = pages.onward(request, record.next_url)
        transactions.count_sign_in(request, response, cross_site=cross_site)
    transactions.put(request, response, callback.key, Done(record.next_url), cross_site=cross_site)
    return response


def _require_same_session(request: HttpRequest, record: SteppingUp) -> None:
    if not request.user.is_authenticated or not sessions.is_marked(request, record.mark):
        raise Refusal("transaction.other_session", "begun by another user, or in another session")


def _require_same_person(request: HttpRequest, callback: Callback, identity: _core.VerifiedIdentity) -> None:
    """The identity that signed in to this session; where none did, one that is linked to its user."""
    sign_in = sessions.current(request)
    key = {"issuer": identity.issuer, "subject": identity.account}
    is_hers = any(one.key == key for one in _own(request))
    came_back = (identity.issuer, identity.subject)
    if not is_hers or (sign_in and (sign_in.issuer, sign_in.subject) != came_back):
        raise Refusal(
            _OTHER_IDENTITY,
            f"user {request.user.pk} was to sign in once more at {callback.name}, and somebody else did",
        )


def _refuse(
    request: HttpRequest,
    callback: Callback,
    refusal: Refusal,
    record: SteppingUp,
    decision: Decision | None,
) -> HttpResponse:
    """Say why she doesn't go on. Her session stays as it is, unless she herself may come in no more."""
    if decision is not None and refusal.is_of_the_person:
        register.end_own(request, EndedBy.DECISION)
        auth.logout(request)
    again = _address(_asked_for(record))
    context: dict[str, Any] = {"decision": decision, "reasons": reasons_of(decision) if decision else ()}
    response = refusals.answer(request, refusal, callback.name, start_again_url=again, **context)
    if refusal.asks_anew or refusal.code == _OTHER_IDENTITY:
        # Else the provider would send back whom it knows by now.
        transactions.ask_anew(request, response, callback.name)
    return response


def _asked_for(record: SteppingUp) -> _Asked:
    return _Asked(Demand(record.max_age, record.acr_values), record.next_url)


def _own(request: HttpRequest) -> list[Any]:
    return identities.of(request.user)


def _address(asked: _Asked, **more: str) -> str:
    """The address of the login that a demand asks for."""
    demand = asked.demand
    told = [demand.max_age, demand.acr_values, asked.next_url, int(time.time())]
    return _own_address(demand=_sealer().seal(json.dumps(told, ensure_ascii=False).encode(), b""), **more)


def _own_address(**query: str) -> str:
    return f"{reverse('relyant:again')}?{urlencode(query)}"


def _open(sealed: str) -> _Asked | None:
    """Open what `_address` sealed, if it isn't too old."""
    content = _sealer().open(sealed, b"")
    if content is None:
        return None
    max_age, acr_values, next_url, made_at = json.loads(content)
    is_fresh = time.time() - made_at <= _LIFETIME_SECONDS
    return _Asked(Demand(max_age, tuple(acr_values)), next_url) if is_fresh else None


def _sealer() -> _core.Sealer:
    return _core.Sealer(conf.secrets(), _PURPOSE)
