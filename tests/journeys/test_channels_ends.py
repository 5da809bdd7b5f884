"""Websockets of Channels end with the session that they were opened in, on whichever node that ends."""

from __future__ import annotations

import asyncio
import time

import pytest
from asgiref.sync import async_to_sync, sync_to_async
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.db import OperationalError, connections
from django.db import connection as database
from django.test import Client
from django.test.utils import CaptureQueriesContext

pytest.importorskip("channels", reason="Channels is not installed: websockets are not tested")

from relyant import moments, register
from relyant.contrib.channels import SESSION_ENDED, RelyantMiddlewareStack, watcher
from relyant.contrib.channels.watcher import Watcher
from relyant.flows import connection
from relyant.models import EndedBy, UserSession
from tests.journeys.aging import ENGINES, change_record, use_engine
from tests.journeys.conftest import signed_in
from tests.journeys.websockets import PATIENCE, Bar, Doorman, WebSocket, end_all, make_due, opened

SOON = 1


@pytest.fixture(autouse=True)
def _often(monkeypatch):
    monkeypatch.setattr(watcher, "INTERVAL_SECONDS", 0.05)
    Bar.noted.clear()


@pytest.fixture
def carol(browser, relyant_provider):
    relyant_provider.sign_in(browser, "carol")
    return browser


async def stays(socket, seconds=0.5):
    """Nothing is said to the browser for a while, in which the watcher looks several times."""
    return await socket.receive_nothing(seconds)


@pytest.mark.parametrize("engine", ENGINES)
def test_a_socket_is_closed_when_its_session_ends(browser, site, relyant_provider, tmp_path, engine):
    use_engine(site, engine, tmp_path)
    relyant_provider.sign_in(browser, "carol")

    async def journey():
        socket = await opened(browser)
        assert await stays(socket)
        await sync_to_async(end_all)()
        assert await socket.code() == SESSION_ENDED == 4401
        assert Bar.noted == [SESSION_ENDED]
        assert Watcher.of_this_loop().is_idle

    async_to_sync(journey)()


def test_all_sockets_of_that_session_are_closed_and_no_other(carol, relyant_provider):
    other = Client()
    relyant_provider.sign_in(other, "carol")
    row = UserSession.objects.earliest("pk")

    async def journey():
        hers, too, others = await opened(carol), await opened(carol), await opened(other)
        await sync_to_async(register.end)([row], by=EndedBy.USER)
        assert [await hers.code(), await too.code()] == [SESSION_ENDED, SESSION_ENDED]
        assert (await others.ask())["user"] == "carol"
        await others.leave()

    async_to_sync(journey)()


# FT-07
def test_who_is_disabled_at_the_provider_loses_her_socket(carol, relyant_provider):

    async def journey():
        socket = await opened(carol)
        relyant_provider.set_disabled("carol")
        await sync_to_async(make_due)(carol)
        assert await socket.code() == SESSION_ENDED

    async_to_sync(journey)()
    assert UserSession.objects.get().ended_by == EndedBy.REFUSED
    assert signed_in(carol) is None


def test_a_sign_out_by_a_page_closes_it(carol):
    async def journey():
        socket = await opened(carol)
        await sync_to_async(carol.post)("/oidc/logout/")
        assert await socket.code() == SESSION_ENDED

    async_to_sync(journey)()


def test_one_that_is_too_old_is_closed_though_the_database_is_away(carol, monkeypatch):
    change_record(carol, ends_at=int(time.time()) + SOON)

    async def journey():
        socket = await opened(carol)
        monkeypatch.setattr(connection, "registered", fails)
        assert await socket.code() == SESSION_ENDED

    async_to_sync(journey)()


def fails(_handles):
    raise OperationalError("the database is away")


def test_a_database_that_is_away_closes_nothing_and_is_told_once(carol, monkeypatch, caplog):
    registered = connection.registered

    async def journey():
        socket = await opened(carol)
        monkeypatch.setattr(connection, "registered", fails)
        assert await stays(socket)
        monkeypatch.setattr(connection, "registered", registered)
        await sync_to_async(end_all)()
        assert await socket.code() == SESSION_ENDED

    async_to_sync(journey)()
    told = [record for record in caplog.records if "websockets stay open meanwhile" in record.message]
    assert len(told) == 1


def test_a_provider_that_is_away_closes_nothing(carol, relyant_provider):

    async def journey():
        socket = await opened(carol)
        relyant_provider.misbehave("error-500@token")
        asked = relyant_provider.requests()["token"]
        await sync_to_async(make_due)(carol)
        assert await stays(socket)
        assert relyant_provider.requests()["token"] == asked + 1
        await socket.leave()

    async_to_sync(journey)()


def test_a_provider_that_is_away_for_longer_than_grace_closes_it(carol, site, relyant_provider):
    site.RELYANT = {**site.RELYANT, "GRACE": 60}
    UserSession.objects.update(failing_since=moments.of_epoch(int(time.time()) - 61))

    async def journey():
        socket = await opened(carol)
        relyant_provider.misbehave("error-500@token")
        await sync_to_async(make_due)(carol)
        assert await socket.code() == SESSION_ENDED

    async_to_sync(journey)()
    assert UserSession.objects.get().ended_by == EndedBy.UNREACHABLE


@pytest.mark.django_db(transaction=True)
def test_others_are_served_while_a_provider_keeps_a_renewal_waiting(
    client, site, relyant_provider, monkeypatch
):
    """As on a server: a loop of its own, on which Channels asks the one thread of all consumers for each message."""
    # Django closes no connection to a database in memory: there, each thread's would stay open.
    monkeypatch.setattr(type(connections["default"]), "is_in_memory_db", lambda _self: False)
    providers = {name: {**one, "TIMEOUT": 2} for name, one in site.RELYANT["PROVIDERS"].items()}
    site.RELYANT = {**site.RELYANT, "PROVIDERS": providers}
    relyant_provider.sign_in(client, "carol")

    async def journey():
        socket = await opened(client)
        relyant_provider.misbehave("slow@token")
        await sync_to_async(make_due)(client)
        beats, until = 0, time.monotonic() + 2
        while time.monotonic() < until:
            assert (await socket.ask())["user"] == "carol"
            beats += 1
            await asyncio.sleep(0.01)
        assert relyant_provider.requests()["token"] == 2
        await socket.leave()
        return beats

    assert asyncio.run(journey()) > 30


def test_many_sockets_are_one_query_and_none_is_none(carol, relyant_provider, monkeypatch):
    others = [Client() for _ in range(3)]
    for other in others:
        relyant_provider.sign_in(other, "carol")
    passes, registered = [], connection.registered

    def counting(handles):
        with CaptureQueriesContext(database) as captured:
            said = registered(handles)
        passes.append((len(handles), len(captured)))
        return said

    monkeypatch.setattr(connection, "registered", counting)

    async def journey():
        sockets = [await opened(browser) for browser in (carol, carol, *others)]
        passes.clear()
        assert await stays(sockets[0])
        assert len(passes) > 1 and set(passes) == {(4, 1)}
        for socket in sockets:
            await socket.leave()
        passes.clear()
        await asyncio.sleep(0.3)
        assert passes == []

    async_to_sync(journey)()


def test_more_sockets_than_a_statement_takes_are_asked_for_in_parts(carol, monkeypatch):
    monkeypatch.setattr(type(database.features), "max_query_params", 2)
    handle = UserSession.objects.get().handle
    with CaptureQueriesContext(database) as captured:
        found = connection.registered(["a", "b", "c", "d", handle])
    assert (list(found), len(captured)) == ([handle], 3)


def test_what_the_browser_says_after_the_end_reaches_nobody(carol):
    async def journey():
        socket = await opened(carol)
        await sync_to_async(end_all)()
        assert await socket.code() == SESSION_ENDED
        await socket.send_input({"type": "websocket.receive", "text": "{}"})
        assert Bar.noted == [SESSION_ENDED]

    async_to_sync(journey)()


@pytest.mark.parametrize("offered", [[], ["beer.v2", "beer.v1"]])
def test_a_browser_is_told_the_code_though_no_consumer_has_opened_it(carol, offered):
    async def journey():
        socket = WebSocket(RelyantMiddlewareStack(Doorman.as_asgi()), carol, subprotocols=offered)
        await socket.send_input({"type": "websocket.connect"})
        assert await stays(socket)
        await sync_to_async(end_all)()
        accepted = await socket.receive_output(PATIENCE)
        assert accepted == {"type": "websocket.accept", "subprotocol": offered[0] if offered else None}
        assert await socket.code() == SESSION_ENDED

    async_to_sync(journey)()


def test_a_session_that_has_ended_opens_none(browser, site, relyant_provider):
    """A session in a cookie can't be deleted: its register refuses it."""
    site.SESSION_ENGINE = "django.contrib.sessions.backends.signed_cookies"
    relyant_provider.sign_in(browser, "carol")
    end_all()

    async def journey():
        socket = WebSocket(RelyantMiddlewareStack(Bar.as_asgi()), browser)
        assert (await socket.open())["type"] == "websocket.accept"
        assert await socket.code() == SESSION_ENDED

    async_to_sync(journey)()
    assert Bar.noted == []


def test_a_session_that_another_hand_deleted_is_noticed_at_its_renewal(carol, relyant_provider):

    async def journey():
        socket = await opened(carol)
        await sync_to_async(make_due)(carol)
        await sync_to_async(Session.objects.all().delete)()
        assert await socket.code() == SESSION_ENDED

    async_to_sync(journey)()


def deactivate():
    User.objects.update(is_active=False)


def change_password():
    user = User.objects.get()
    user.set_password("another one")
    user.save()


@pytest.mark.parametrize("change", [deactivate, change_password])
def test_what_changed_here_is_noticed_at_a_renewal(carol, change):

    async def journey():
        socket = await opened(carol)
        await sync_to_async(change)()
        await sync_to_async(make_due)(carol)
        assert await socket.code() == SESSION_ENDED

    async_to_sync(journey)()


def test_without_a_refresh_token_it_stays_until_a_page_asks(carol, relyant_provider):
    async def journey():
        socket = await opened(carol)
        await sync_to_async(make_due)(carol, tokens=None, has_refresh_token=False)
        asked = relyant_provider.requests()["token"]
        assert await stays(socket)
        assert relyant_provider.requests()["token"] == asked
        await socket.leave()

    async_to_sync(journey)()


def test_without_a_refresh_token_it_ends_where_no_page_asks_within_the_grace(carol, site):
    site.RELYANT = {**site.RELYANT, "GRACE": 60}
    change_record(carol, renew_at=int(time.time()) + SOON, tokens=None, has_refresh_token=False)
    UserSession.objects.update(failing_since=moments.of_epoch(int(time.time()) - 61))

    async def journey():
        socket = await opened(carol)
        assert await socket.code() == SESSION_ENDED

    async_to_sync(journey)()
    assert UserSession.objects.get().ended_by == EndedBy.UNREACHABLE


def test_a_lapsed_row_is_asked_about_and_a_living_session_goes_on(carol):
    UserSession.objects.update(expires_at=moments.of_epoch(int(time.time()) - 1))

    async def journey():
        socket = await opened(carol)
        assert await stays(socket)
        await socket.leave()

    async_to_sync(journey)()


def test_a_new_sign_in_in_the_same_browser_is_another_session(carol, relyant_provider):
    async def journey():
        socket = await opened(carol)
        await sync_to_async(relyant_provider.sign_in)(carol, "chris")
        assert await socket.code() == SESSION_ENDED

    async_to_sync(journey)()
    assert signed_in(carol) == "chris"


@pytest.mark.parametrize("seconds", [-1, SOON])
def test_an_emergency_login_ends_a_socket_at_its_limit(browser, seconds):
    browser.force_login(User.objects.create_user("root"))
    session = browser.session
    session["relyant.lapses"] = int(time.time()) + seconds
    session.save()

    async def journey():
        socket = WebSocket(RelyantMiddlewareStack(Bar.as_asgi()), browser)
        assert (await socket.open())["type"] == "websocket.accept"
        assert await socket.code() == SESSION_ENDED

    async_to_sync(journey)()
    assert seconds > 0 or Bar.noted == []
