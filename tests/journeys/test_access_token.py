"""`request.relyant.access_token()`: a good one for another API, renewed first where need be; and that no token is in clear."""

from __future__ import annotations

import logging
import pickle
import re
import time
from datetime import timedelta
from pathlib import Path
from threading import Event
from types import SimpleNamespace

import django
import pytest
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.urls import include, path
from django.utils import timezone

from relyant import register, token_store
from relyant.errors import Refusal
from relyant.flows import access_token, outside
from relyant.models import UserSession
from tests.journeys.aging import ENGINES, let_renewal_be_due, record_of, use_engine, visit_by_asgi
from tests.journeys.conftest import signed_in
from tests.journeys.site import page

JWT = re.compile(r"eyJ[\w-]{10,}\.[\w-]+\.[\w-]+")


def stock(request):
    """A page that would ask another API; it shows the end of what it would send, and who is asked for it."""
    try:
        return HttpResponse(request.relyant.access_token()[-20:])
    except Refusal as refusal:
        if request.GET.get("careful"):
            return HttpResponse(refusal.code, status=refusal.status)
        raise


async def stock_async(request):
    """The same, for who awaits."""
    return HttpResponse((await request.relyant.aaccess_token())[-20:])


def fail(request):
    """A page with a fault, after it got the token."""
    request.relyant.access_token()
    raise ZeroDivisionError


urlpatterns = [
    path("oidc/", include("relyant.urls")),
    path("beers/", page),
    path("stock/", stock),
    path("stock/async/", stock_async),
    path("fail/", fail),
]


@pytest.fixture(autouse=True)
def pages(site):
    """Pages that need an access token."""
    site.ROOT_URLCONF = __name__


@pytest.fixture
def expired(monkeypatch):
    """Each access token has expired, as far as its user can tell, but for one that has just come."""
    later = SimpleNamespace(time=lambda: time.time() + 400, monotonic=time.monotonic, sleep=time.sleep)
    monkeypatch.setattr(access_token, "time", later)


@pytest.mark.parametrize("keep", ["session", "table"])
@pytest.mark.parametrize("engine", ENGINES)
def test_it_is_the_one_of_the_session_while_that_is_good(
    browser, site, relyant_provider, tmp_path, engine, keep
):
    use_engine(site, engine, tmp_path)
    site.RELYANT = {**site.RELYANT, "KEEP_TOKENS": keep}
    relyant_provider.sign_in(browser, "carol")
    asked = relyant_provider.requests()["token"]
    first = browser.get("/stock/").content
    assert len(first) == 20 and browser.get("/stock/").content == first
    assert relyant_provider.requests()["token"] == asked
    let_renewal_be_due(browser)
    second = browser.get("/stock/").content
    assert second != first and browser.get("/stock/").content == second
    assert relyant_provider.requests()["token"] == asked + 1


@pytest.mark.parametrize("keep", ["session", "table"])
@pytest.mark.parametrize("address", ["/stock/", "/stock/async/"])
@pytest.mark.django_db(transaction=True)
def test_one_that_has_expired_is_renewed_first(client, site, relyant_provider, expired, address, keep):
    site.RELYANT = {**site.RELYANT, "KEEP_TOKENS": keep}
    relyant_provider.sign_in(client, "carol")
    asked = relyant_provider.requests()["token"]
    answer = visit_by_asgi(client, address)
    assert (answer.status_code, relyant_provider.requests()["token"]) == (200, asked + 1)
    assert record_of(client)["generation"] == 2
    assert signed_in(client) == "carol"


def test_a_site_in_transactions_renews_outside_of_them(browser, site, relyant_provider, expired, monkeypatch):
    """On SQLite there is no outside; tests/databases has the others."""
    monkeypatch.setitem(connection.settings_dict, "ATOMIC_REQUESTS", True)
    relyant_provider.sign_in(browser, "carol")
    assert browser.get("/stock/").status_code == 200
    assert UserSession.objects.get().generation == 2


def test_what_waits_for_the_transaction_that_it_was_asked_for_in_is_given_up(monkeypatch):
    """Else both wait for ever, and no database sees it."""
    monkeypatch.setattr(outside, "_is_in_transaction", lambda _connection: True)
    is_over = Event()
    with pytest.raises(Refusal) as refused:
        outside.of_transactions(is_over.wait, seconds=0.1)
    assert refused.value.code == "unavailable.renewal"
    is_over.set()
    assert outside.of_transactions(is_over.wait, seconds=60) is True


@pytest.mark.parametrize(("keep", "person"), [("session", None), ("none", "carol")])
def test_where_there_is_none_it_says_so(browser, site, relyant_provider, keep, person):
    site.RELYANT = {**site.RELYANT, "KEEP_TOKENS": keep}
    if person:
        relyant_provider.sign_in(browser, person)
    answer = browser.get("/stock/?careful=1")
    assert (answer.status_code, answer.content) == (403, b"session.no_access_token")


def deactivate(user):
    user.is_active = False


def change_password(user):
    user.set_password("another one")


# RS-21
@pytest.mark.parametrize("change", [deactivate, change_password])
@pytest.mark.parametrize("engine", ENGINES)
def test_whom_django_does_not_know_any_more_gets_none(
    browser, site, relyant_provider, tmp_path, engine, change
):
    """RS-21: a view that asks for no user asks whether there is one all the same."""
    use_engine(site, engine, tmp_path)
    relyant_provider.sign_in(browser, "carol")
    assert browser.get("/stock/").status_code == 200
    user = User.objects.get()
    change(user)
    user.save()
    answer = browser.get("/stock/?careful=1")
    assert (answer.status_code, answer.content) == (403, b"session.no_access_token")


# FT-07
@pytest.mark.parametrize("busy", [False, True])
def test_a_provider_that_does_not_answer_is_a_refusal_and_no_end(
    browser, relyant_provider, expired, monkeypatch, busy
):
    relyant_provider.sign_in(browser, "carol")
    relyant_provider.misbehave("error-500@token")
    if busy:
        monkeypatch.setattr("relyant.flows.refresh.longest", lambda _record: 0.2)
        UserSession.objects.update(claimed_until=timezone.now() + timedelta(seconds=60))
    asked = relyant_provider.requests()["token"]
    for _ in range(2):
        answer = browser.get("/stock/?careful=1")
        assert (answer.status_code, answer.content) == (503, b"unavailable.renewal")
    assert relyant_provider.requests()["token"] == asked + (0 if busy else 1)
    assert signed_in(browser) == "carol"


@pytest.mark.parametrize("script", [False, True])
@pytest.mark.parametrize("address", ["/stock/", "/stock/async/"])
@pytest.mark.django_db(transaction=True)
def test_a_session_that_ends_over_it_says_so(client, relyant_provider, expired, address, script):
    relyant_provider.sign_in(client, "carol")
    relyant_provider.set_disabled("carol")
    answer = visit_by_asgi(client, address, **({"accept": "application/json"} if script else {}))
    assert answer.status_code == (401 if script else 403)
    assert "session.refused" in answer.content.decode()
    assert signed_in(client) is None


def token_parts(browser):
    """What of a session's tokens must be nowhere: each part of the JWTs, and a bit of the opaque ones."""
    record = record_of(browser)
    row = UserSession.objects.get()
    record = register.state_of(row) or record
    shown = [token_store.tokens_of(record).expose_access_token(), token_store.id_token_of(record).text]
    return [part for token in shown for part in token.split(".")[1:]]


# TK-08
@pytest.mark.parametrize("keep", ["session", "table"])
@pytest.mark.parametrize("engine", ENGINES)
def test_tk_08_no_token_is_kept_sent_or_logged_in_clear(
    browser, site, relyant_provider, tmp_path, caplog, engine, keep
):
    """TK-08: the session, the row, each cookie, each log line and each page, of a login, renewals and an end."""
    use_engine(site, engine, tmp_path)
    cache.clear()
    site.RELYANT = {**site.RELYANT, "KEEP_TOKENS": keep}
    site.DEBUG, site.LOGGING_CONFIG = True, None
    visitor = Client(raise_request_exception=False)
    parts, told = [], []
    with caplog.at_level(logging.DEBUG):
        told += [relyant_provider.sign_in(visitor, "carol")]
        parts += token_parts(visitor)
        for _ in range(2):
            let_renewal_be_due(visitor)
            told += [visitor.get("/fail/"), visitor.get("/beers/")]
            parts += token_parts(visitor)
        session = visitor.session
        kept = [str(dict(session.items())), repr(session), str(pickle.dumps(dict(session.items())))]
        kept += [str(row) for row in UserSession.objects.values()]
        kept += [str(row) for row in Session.objects.values()] + [str(cache._cache)]
        kept += [file.read_bytes().decode("latin-1") for file in Path(tmp_path).iterdir()]
        relyant_provider.set_disabled("carol")
        let_renewal_be_due(visitor)
        told += [visitor.get("/beers/")]
    assert [answer.status_code for answer in told] == [302, 500, 200, 500, 200, 403]
    kept += [f"{answer.content.decode()} {answer.headers} {answer.cookies}" for answer in told]
    kept += [visitor.cookies.output(), caplog.text]
    assert len(set(parts)) > 6
    for text in kept:
        assert not [part for part in parts if part in text]
        assert not JWT.search(text)


# TK-08
def test_what_is_kept_opens_in_its_own_session_alone(browser, relyant_provider):
    relyant_provider.sign_in(browser, "carol")
    record = record_of(browser)
    assert token_store.tokens_of(record) and token_store.id_token_of(record)
    for name in ("handle", "user", "issuer", "subject"):
        moved = {**record, name: "another"}
        assert token_store.tokens_of(moved) is token_store.id_token_of(moved) is None


@pytest.mark.parametrize("keep", ["session", "table"])
@pytest.mark.parametrize("setting", ["TOKEN_KEYS", "SECRET_KEY"])
def test_keys_are_rotated_and_a_renewal_seals_with_the_new_one(
    browser, site, relyant_provider, keep, setting
):
    if setting == "SECRET_KEY" and django.VERSION < (4, 1):
        pytest.skip("Django before 4.1 has one secret key")
    old, new = "an old key, long enough for a check", "a new key, long enough for a check"

    def use(*keys):
        if setting == "TOKEN_KEYS":
            site.RELYANT = {**site.RELYANT, "TOKEN_KEYS": list(keys)}
        else:
            site.SECRET_KEY, site.SECRET_KEY_FALLBACKS = keys[0], list(keys[1:])

    site.RELYANT = {**site.RELYANT, "KEEP_TOKENS": keep}
    use(old)
    relyant_provider.sign_in(browser, "carol")
    use(new, old)
    assert browser.get("/stock/").status_code == 200
    asked = relyant_provider.requests()["token"]
    let_renewal_be_due(browser)
    assert browser.get("/stock/").status_code == 200
    assert relyant_provider.requests()["token"] == asked + 1
    use(new)
    if setting == "TOKEN_KEYS":
        assert browser.get("/stock/").status_code == 200
    else:
        # Django's own session data is signed with the key that is gone, unless something saved it since.
        assert token_store.tokens_of(record_of(browser) if keep == "session" else state()) is not None


def state():
    """The record in the one row."""
    return register.state_of(UserSession.objects.get())
