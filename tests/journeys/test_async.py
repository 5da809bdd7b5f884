"""An asynchronous site: its loop never waits for a provider, and leaves for a thread only where it has to."""

from __future__ import annotations

import asyncio
import json
import time
from itertools import pairwise
from types import SimpleNamespace

import django
import pytest
from asgiref.sync import SyncToAsync, async_to_sync
from django.contrib import auth
from django.contrib.auth.models import User
from django.test import AsyncClient, Client

from relyant.flows import access_token
from relyant.models import EndedBy, UserSession
from tests.journeys.aging import ENGINES, let_renewal_be_due, use_engine

pytestmark = pytest.mark.skipif(
    django.VERSION < (5, 0), reason="async views ask for `request.auser()`, of Django 5"
)
reads_natively = pytest.mark.skipif(django.VERSION < (5, 1), reason="`session.aget()` is of Django 5.1")

# The provider takes requests and never answers: so long the site waits for it, and the heart beats so often.
TIMEOUT_SECONDS = 1
BEAT_SECONDS = 0.01


@pytest.fixture(autouse=True)
def _async_site(site):
    site.ROOT_URLCONF = "tests.journeys.async_site"


@pytest.fixture
def carol(browser, site, relyant_provider):
    """A browser in which carol is signed in, on a site that doesn't wait for long."""
    site.RELYANT = with_timeout(site.RELYANT)
    relyant_provider.sign_in(browser, "carol")
    return browser


def with_timeout(relyant):
    providers = {name: {**one, "TIMEOUT": TIMEOUT_SECONDS} for name, one in relyant["PROVIDERS"].items()}
    return {**relyant, "PROVIDERS": providers}


async def heart(beats):
    """Note when the loop was free: while something blocks it, it isn't."""
    while True:
        beats.append(time.monotonic())
        await asyncio.sleep(BEAT_SECONDS)


def beside_a_heart(browser, path, method="get", **data):
    """Ask as the browser does, on a loop where a heart beats: the answer, how long it took, and the beats."""
    client = AsyncClient()
    client.cookies = browser.cookies

    async def journey():
        beats = []
        beating = asyncio.create_task(heart(beats))
        began = time.monotonic()
        response = await getattr(client, method)(path, data)
        took = time.monotonic() - began
        beating.cancel()
        return response, took, beats

    return async_to_sync(journey)()


def asked(browser, path, **query):
    """What an asynchronous client gets that has the browser's cookies."""
    client = AsyncClient()
    client.cookies = browser.cookies
    return async_to_sync(client.get)(path, query)


def assert_it_beat_on(took, beats):
    """It was a long wait, and the heart didn't stop for any large part of it."""
    gaps = [later - earlier for earlier, later in pairwise(beats)]
    assert took >= TIMEOUT_SECONDS * 0.9
    assert max(gaps) < took / 2, f"the loop stood still for {max(gaps):.2f} of {took:.2f} seconds"
    assert len(beats) > took / BEAT_SECONDS / 10


def begun(browser, relyant_provider):
    """Where the provider sends the browser back to, at the end of a login."""
    asked = browser.get("/oidc/login/?next=/beers/")
    return relyant_provider.callback(asked["Location"], "carol")


def test_the_loop_goes_on_while_a_login_begins(browser, site, relyant_provider):
    site.RELYANT = with_timeout(site.RELYANT)
    relyant_provider.misbehave("slow")
    response, *beaten = beside_a_heart(browser, "/oidc/login/")
    assert response.status_code == 503
    assert_it_beat_on(*beaten)


@pytest.mark.parametrize("misbehaviour", ["slow@token", "dripping@token"])
def test_the_loop_goes_on_while_a_code_is_exchanged(browser, site, relyant_provider, misbehaviour):
    site.RELYANT = with_timeout(site.RELYANT)
    back = begun(browser, relyant_provider)
    relyant_provider.misbehave(misbehaviour)
    response, *beaten = beside_a_heart(browser, back)
    assert response.status_code == 503
    assert_it_beat_on(*beaten)


def test_the_loop_goes_on_while_a_session_is_renewed(carol, relyant_provider):
    let_renewal_be_due(carol)
    relyant_provider.misbehave("slow@token")
    response, *beaten = beside_a_heart(carol, "/who/")
    assert response.content == b"hello carol False True"
    assert_it_beat_on(*beaten)


def test_the_loop_goes_on_while_an_access_token_is_renewed(carol, relyant_provider, monkeypatch):
    later = SimpleNamespace(time=lambda: time.time() + 400, monotonic=time.monotonic, sleep=time.sleep)
    monkeypatch.setattr(access_token, "time", later)
    relyant_provider.misbehave("slow@token")
    response, *beaten = beside_a_heart(carol, "/token/")
    assert (response.status_code, response.content) == (503, b"unavailable.renewal")
    assert_it_beat_on(*beaten)


def test_the_loop_goes_on_while_tokens_are_revoked_at_a_logout(carol, site, relyant_provider):
    site.RELYANT = {**site.RELYANT, "REVOKE_ON_LOGOUT": True}
    relyant_provider.misbehave("slow@revocation")
    response, *beaten = beside_a_heart(carol, "/oidc/logout/", "post")
    assert response.status_code == 303
    assert_it_beat_on(*beaten)


def test_a_view_that_blocks_the_loop_would_be_found(browser):
    response, *beaten = beside_a_heart(browser, "/block/")
    assert response.content == b"late"
    with pytest.raises(AssertionError, match="the loop stood still"):
        assert_it_beat_on(*beaten)


def test_a_view_gets_the_user_of_after_the_renewal(carol, relyant_provider):
    relyant_provider.set_roles("carol", ["creators"])
    let_renewal_be_due(carol)
    assert asked(carol, "/who/").content == b"hello carol True True"


@pytest.mark.skipif(django.VERSION < (5, 2), reason="`user.ahas_perm()` is of Django 5.2")
@pytest.mark.parametrize(("name", "holds"), [("auth.view_group", True), ("sessions.view_session", False)])
def test_a_view_gets_the_permissions_that_her_sign_in_granted(
    browser, configure, relyant_provider, name, holds
):
    configure({"PROVIDERS.keycloak.POLICY.PERMISSIONS": {"auth.view_group": ["customers"]}})
    relyant_provider.sign_in(browser, "carol")
    assert json.loads(asked(browser, "/may/", name=name).content)["may"] == [holds] * 4


@pytest.mark.parametrize(("password_login", "comes_in"), [(True, True), (False, False)])
def test_the_door_for_passwords_is_the_same_for_async_callers(carol, configure, password_login, comes_in):
    configure({"PASSWORD_LOGIN": password_login})
    user = User.objects.get()
    user.set_password("correct-horse")
    user.save()
    found = async_to_sync(auth.aauthenticate)(username="carol", password="correct-horse")
    assert (found == user) is comes_in


def test_who_signs_out_in_an_async_view_ends_her_row(carol):
    assert asked(carol, "/leave/").content == b"bye"
    assert UserSession.objects.get().ended_by == EndedBy.LOGOUT


@pytest.fixture
def hops(monkeypatch):
    """What of ours the loop has handed over to a thread since the last call."""
    handed_over, call = [], SyncToAsync.__call__

    async def noting(self, *arguments, **named):
        function = getattr(self.func, "func", self.func)
        if function.__module__.startswith("relyant."):
            handed_over.append(function.__name__)
        return await call(self, *arguments, **named)

    monkeypatch.setattr(SyncToAsync, "__call__", noting)

    def since():
        names = list(handed_over)
        handed_over.clear()
        return names

    return since


@reads_natively
@pytest.mark.parametrize("path", ["/beat/", "/look/", "/who/"])
def test_a_page_of_nobody_costs_no_hop(db, hops, path):
    assert asked(Client(), path).status_code == 200
    assert hops() == []


@reads_natively
@pytest.mark.parametrize("path", ["/beat/", "/look/", "/who/"])
@pytest.mark.parametrize("engine", ENGINES)
def test_a_page_of_a_session_that_is_not_due_costs_none(
    browser, site, relyant_provider, tmp_path, hops, path, engine
):
    use_engine(site, engine, tmp_path)
    relyant_provider.sign_in(browser, "carol")
    assert asked(browser, path).status_code == 200
    # Of a session in a cookie the register is asked whether it has ended.
    assert hops() == (["_answer"] if engine == "signed_cookies" else [])


@reads_natively
@pytest.mark.parametrize(("role", "expected"), [("customers", ["lend"]), ("creators", [])])
def test_a_user_whom_nothing_is_lent_costs_none(browser, configure, relyant_provider, hops, role, expected):
    configure({"PROVIDERS.keycloak.POLICY.PERMISSIONS": {"auth.view_group": [role]}})
    relyant_provider.sign_in(browser, "carol")
    assert asked(browser, "/beat/").status_code == 200
    assert hops() == []
    assert asked(browser, "/look/").status_code == 200
    assert hops() == []
    # It asks twice who she is.
    assert asked(browser, "/who/").status_code == 200
    assert hops() == expected * 2


def test_a_renewal_is_one_hop(carol, hops):
    let_renewal_be_due(carol)
    assert asked(carol, "/beat/").status_code == 200
    assert hops() == ["_answer"]


# docs/decisions/0016
@reads_natively
@pytest.mark.parametrize(
    ("path", "view"),
    [
        ("/oidc/login/", "login"),
        ("/oidc/session/", "session_state"),
        ("/oidc/sessions/", "sessions"),
        ("/oidc/identities/", "identities"),
        ("/oidc/logout/", "logout"),
    ],
)
def test_each_of_our_views_is_one_hop(carol, hops, path, view):
    assert asked(carol, path).status_code in (200, 302)
    assert hops() == [view]


def test_a_callback_is_one_hop(browser, site, relyant_provider, hops):
    site.RELYANT = with_timeout(site.RELYANT)
    assert asked(browser, begun(browser, relyant_provider)).status_code == 302
    assert hops() == ["callback"]
