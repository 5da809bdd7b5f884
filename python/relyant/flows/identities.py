"""A signed-in user's own page of linked providers: link another one, unlink one.

Linking leads through the provider, and what comes back counts for the user and the session alone that it was
begun in: a sealed mark says so. Nothing is linked on the way back either. The page first shows who came back,
and she links that by a form of ours. So she sees a stranger's session at the provider before it opens her
account, and a browser that withholds the session from the provider's answer has it again by then.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from django.contrib import auth
from django.urls import reverse

from relyant import conf, events, hook, identities, provisioning, registry, sessions, transactions
from relyant.errors import Refusal
from relyant.flows import addresses, login, pages, refusals
from relyant.transactions import Done, Key, Linkable, Linking

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.http import HttpRequest, HttpResponse

    from relyant import _core
    from relyant.flows.login import Callback
    from relyant.models import LinkedIdentity

_SEE_OTHER = 303
# What somebody is called at a provider, the best first; else it is her subject.
_NAMES = ("preferred_username", "email", "name")
_MAX_NAME_CHARS = 100


@dataclass(frozen=True)
class Row:
    """A linked identity as the page shows it."""

    linked: LinkedIdentity
    label: str
    is_in_use: bool
    is_last_way_in: bool
    is_of_this_session: bool


def show(request: HttpRequest) -> HttpResponse:
    """Show the page; or whom the provider sent back, to be linked."""
    if not request.user.is_authenticated:
        return pages.redirect(addresses.login(request.get_full_path()))
    if "state" in request.GET:
        return _ask(request, request.GET.get("provider", ""), request.GET["state"])
    linked = identities.of(request.user)
    context = {
        "rows": _rows(request, linked),
        "providers": _linkable_providers(linked),
        "has_password": identities.has_password(request.user),
    }
    return pages.page(request, "identities.html", context)


def act(request: HttpRequest) -> HttpResponse:
    """Do what a form of the page asks for."""
    if not request.user.is_authenticated:
        return pages.redirect(addresses.login(_page()), status=_SEE_OTHER)
    form = request.POST
    try:
        if "state" in form:
            return _link(request, Key(form.get("provider", ""), form["state"]))
        if "unlink" in form:
            return _unlink(request, form["unlink"])
        return _begin(request, form.get("provider", ""))
    except Refusal as refusal:
        return refusals.answer(request, refusal, form.get("provider"), start_again_url=_page())


def returned(request: HttpRequest, callback: Callback, record: Linking | Linkable) -> HttpResponse:
    """Answer the provider's answer: on to the page that asks whether to link, or why that can't be."""
    if isinstance(record, Linkable):
        return pages.onward(request, _question(callback.key))
    identity = None
    cross_site = callback.provider.settings.posts_back
    try:
        _require_same_session(request, record, may_be_withheld=sessions.is_strict() or cross_site)
        identity = login.identify(request, callback, record)
        _require_allowed(request, callback, identity)
    except Refusal as refusal:
        response = refusals.answer(request, refusal, callback.name, start_again_url=_page())
        events.attempt_refusal(refusal, provider=callback.name, identity=identity)
        if identity is None and refusal.kind not in login.FINAL_KINDS:
            return response
        transactions.put(request, response, callback.key, Done(_page()), cross_site=cross_site)
        return response
    response = pages.onward(request, _question(callback.key))
    linkable = Linkable(identity.issuer, identity.account, _name(identity), record.mark)
    transactions.put(request, response, callback.key, linkable, cross_site=cross_site)
    return response


def _begin(request: HttpRequest, name: str) -> HttpResponse:
    """Send her to a provider."""
    provider = registry.provider(name)
    login_request = login.ask(request, provider, None, None)
    response = pages.redirect(login_request.url, status=_SEE_OTHER)
    transactions.put(
        request,
        response,
        Key(provider.settings.name, login_request.state),
        Linking(login_request.transaction, sessions.mark(request)),
        cross_site=provider.settings.posts_back,
    )
    return response


def _ask(request: HttpRequest, provider: str, state: str) -> HttpResponse:
    """Show whom the provider sent back, and ask whether to link that."""
    key = Key(provider, state)
    try:
        linkable = _take(request, key)
    except Refusal as refusal:
        return refusals.answer(request, refusal, provider, start_again_url=_page())
    label = conf.relyant_settings().label_of(provider)
    context = {"linkable": linkable, "provider": label, "key": key}
    return pages.page(request, "link.html", context)


def _link(request: HttpRequest, key: Key) -> HttpResponse:
    linkable = _take(request, key)
    identities.link(request.user, provider=key.provider, issuer=linkable.issuer, subject=linkable.subject)
    response = pages.redirect(_page(), status=_SEE_OTHER)
    transactions.forget(request, response, key)
    return response


def _take(request: HttpRequest, key: Key) -> Linkable:
    """Take out what the provider sent back, if it is for this user and this session. Raises Refusal."""
    record = transactions.take(request, key)
    if not isinstance(record, Linkable):
        raise Refusal("transaction.not_found", "this browser has nothing to link under this `state`")
    _require_same_session(request, record)
    return record


def _unlink(request: HttpRequest, pk: str) -> HttpResponse:
    """Unlink one of hers; one that isn't hers, or isn't any more, is left alone.

    It ends this session where that was begun by it. Then she isn't sent on: the next thing would be the
    sign-in, by which a provider that knows her would make her somebody new.
    """
    linked = next((one for one in identities.of(request.user) if str(one.pk) == pk), None)
    if linked is None:
        return pages.redirect(_page(), status=_SEE_OTHER)
    sign_in = sessions.current(request)
    identities.unlink(linked, actor=request.user)
    if sign_in is None or sign_in.issuer != linked.issuer:
        return pages.redirect(_page(), status=_SEE_OTHER)
    auth.logout(request)
    return pages.redirect(reverse("relyant:logged-out"), status=_SEE_OTHER)


def _require_same_session(
    request: HttpRequest, record: Linking | Linkable, *, may_be_withheld: bool = False
) -> None:
    """Refuse another user, another session, and an anonymous visitor whose browser withholds none."""
    if may_be_withheld and not sessions.was_sent(request):
        return
    if not sessions.is_marked(request, record.mark):
        raise Refusal(
            "transaction.other_user", "the linking was begun by another user, or in another session"
        )


def _require_allowed(request: HttpRequest, callback: Callback, identity: _core.VerifiedIdentity) -> None:
    """Refuse what could not sign in afterwards."""
    decision = hook.decide(callback.provider, identity, request)
    if not decision.allowed:
        raise provisioning.refusal_of(decision)


def _rows(request: HttpRequest, linked: Sequence[LinkedIdentity]) -> list[Row]:
    labels, sign_in = conf.relyant_settings().labels(), sessions.current(request)
    return [
        Row(
            one,
            is_of_this_session=sign_in is not None and sign_in.issuer == one.issuer,
            label=labels.get(identities.provider_of(one.issuer), one.issuer),
            is_in_use=bool(identities.provider_of(one.issuer)),
            is_last_way_in=identities.is_last_way_in(
                one, [other for other in linked if other.pk != one.pk], request.user
            ),
        )
        for one in linked
    ]


def _linkable_providers(linked: Sequence[LinkedIdentity]) -> dict[str, str]:
    """The labels, by name, of the providers at which she has no identity yet."""
    settings = conf.relyant_settings()
    issuers = {one.issuer for one in linked}
    labels = settings.labels()
    providers = settings.providers.items()
    return {name: labels[name] for name, one in providers if issuers.isdisjoint(one.issuers)}


def _name(identity: _core.VerifiedIdentity) -> str:
    """What she is called at the provider: her name there tells her whose session it was."""
    sources = [identity.claims(source) or {} for source in ("id_token", "userinfo")]
    told = (claims.get(name) for name in _NAMES for claims in sources)
    names = (one.strip() for one in told if isinstance(one, str) and one.isprintable())
    return next((one for one in names if one), identity.subject)[:_MAX_NAME_CHARS]


def _page() -> str:
    return reverse("relyant:identities")


def _question(key: Key) -> str:
    """The address of the page that asks whether to link what came back."""
    return f"{_page()}?{urlencode({'provider': key.provider, 'state': key.state})}"
