"""Websockets of Channels: whose they are, and what she may do there."""

from __future__ import annotations

import subprocess
import sys
import time

import django
import pytest
from asgiref.sync import async_to_sync, sync_to_async
from django.contrib.auth.models import User

pytest.importorskip("channels", reason="Channels is not installed: websockets are not tested")

from channels.auth import AuthMiddlewareStack
from channels.generic.http import AsyncHttpConsumer

from relyant.contrib.channels import RelyantMiddleware, RelyantMiddlewareStack
from relyant.contrib.channels.watcher import Watcher
from tests.journeys.aging import change_record, record_of
from tests.journeys.conftest import signed_in
from tests.journeys.websockets import PATIENCE, WebSocket, end_all, make_due, opened


def inside(inner):
    """Ours inside of Channels' own."""
    return AuthMiddlewareStack(RelyantMiddleware(inner))


@pytest.mark.parametrize("stack", [RelyantMiddlewareStack, inside])
def test_a_consumer_sees_who_is_signed_in(browser, relyant_provider, stack):
    relyant_provider.sign_in(browser, "carol")

    async def journey():
        socket = await opened(browser, stack)
        assert await socket.ask() == {"user": "carol", "staff": False, "may": None}
        assert not Watcher.of_this_loop().is_idle
        await socket.leave()
        assert Watcher.of_this_loop().is_idle

    async_to_sync(journey)()


@pytest.mark.parametrize("stack", [RelyantMiddlewareStack, inside])
def test_nobody_and_a_local_user_pass_and_are_not_watched(browser, site, stack):
    async def journey(who):
        socket = await opened(browser, stack)
        assert (await socket.ask())["user"] == who
        assert Watcher.of_this_loop().is_idle
        await socket.leave()

    async_to_sync(journey)("")
    browser.force_login(User.objects.create_user("local"))
    async_to_sync(journey)("local")


def test_nobody_costs_no_query(db, django_assert_num_queries):
    async def journey():
        await (await opened(None)).leave()

    with django_assert_num_queries(0):
        async_to_sync(journey)()


@pytest.mark.parametrize("person", [None, "carol"])
def test_whom_another_middleware_has_put_there_stays(browser, relyant_provider, person):
    other = User.objects.create_user("other")
    if person:
        relyant_provider.sign_in(browser, person)
    else:
        browser.force_login(User.objects.create_user("local"))

    async def journey():
        socket = await opened(browser, user=other)
        assert (await socket.ask())["user"] == "other"
        assert Watcher.of_this_loop().is_idle is (person is None)
        await socket.leave()

    async_to_sync(journey)()


def test_she_has_the_permissions_that_her_sign_in_granted(browser, configure, relyant_provider):
    configure({"PROVIDERS.keycloak.POLICY.PERMISSIONS": {"auth.view_group": ["customers"]}})
    relyant_provider.sign_in(browser, "carol")

    async def journey():
        socket = await opened(browser)
        assert (await socket.ask(may="auth.view_group"))["may"] is True
        assert (await socket.ask(may="auth.add_group"))["may"] is False
        await socket.leave()

    async_to_sync(journey)()


def test_her_rights_follow_a_renewal_while_it_is_open(browser, configure, relyant_provider):
    configure({"PROVIDERS.keycloak.POLICY.PERMISSIONS": {"auth.view_group": ["creators"]}})
    relyant_provider.sign_in(browser, "carol")

    async def journey():
        socket = await opened(browser)
        assert await socket.ask(may="auth.view_group") == {"user": "carol", "staff": False, "may": False}
        relyant_provider.set_roles("carol", ["customers", "creators"])
        await sync_to_async(make_due)(browser)
        give_up = time.monotonic() + PATIENCE
        while not (said := await socket.ask(may="auth.view_group"))["may"]:
            assert time.monotonic() < give_up
        assert said == {"user": "carol", "staff": True, "may": True}
        await socket.leave()

    async_to_sync(journey)()
    assert record_of(browser)["generation"] == 3
    assert signed_in(browser) == "carol"


def test_one_that_is_due_is_renewed_before_it_opens(browser, relyant_provider):
    relyant_provider.sign_in(browser, "carol")
    change_record(browser, renew_at=int(time.time()) - 1)
    relyant_provider.set_roles("carol", ["creators"])

    async def journey():
        socket = await opened(browser)
        assert (await socket.ask())["staff"] is True
        await socket.leave()

    async_to_sync(journey)()


@pytest.mark.skipif(django.VERSION < (4, 1), reason="SECRET_KEY_FALLBACKS is of Django 4.1")
def test_a_change_of_keys_signs_nobody_out_by_a_websocket(browser, site, relyant_provider):
    relyant_provider.sign_in(browser, "carol")
    site.SECRET_KEY_FALLBACKS, site.SECRET_KEY = (
        [site.SECRET_KEY],
        "another key for tests, as long as the former one: 01234",
    )

    async def journey():
        socket = await opened(browser)
        assert (await socket.ask())["user"] == "carol"
        await socket.leave()

    async_to_sync(journey)()
    assert signed_in(browser) == "carol"


class Counter(AsyncHttpConsumer):
    async def handle(self, _body):
        user = self.scope["user"]
        await self.send_response(200, user.get_username().encode() or b"nobody")


@pytest.mark.parametrize("is_over", [False, True])
def test_a_consumer_of_http_sees_her_too(browser, site, relyant_provider, is_over):
    site.SESSION_ENGINE = "django.contrib.sessions.backends.signed_cookies"
    relyant_provider.sign_in(browser, "carol")
    if is_over:
        end_all()

    async def journey():
        asked = WebSocket(RelyantMiddlewareStack(Counter.as_asgi()), browser, type="http", method="GET")
        await asked.send_input({"type": "http.request", "body": b""})
        await asked.receive_output(PATIENCE)
        assert (await asked.receive_output(PATIENCE))["body"] == (b"nobody" if is_over else b"carol")
        await asked.wait(PATIENCE)

    async_to_sync(journey)()


def test_it_needs_a_session_in_the_scope():
    async def journey():
        await RelyantMiddleware(None)({"type": "websocket"}, None, None)

    with pytest.raises(ValueError, match="found no session in the scope: put it inside of"):
        async_to_sync(journey)()


def test_without_channels_it_says_what_to_install():
    program = "import sys; sys.modules['channels'] = None; import relyant.contrib.channels"
    done = subprocess.run([sys.executable, "-c", program], check=False, capture_output=True, text=True)
    assert done.returncode == 1
    assert "ImproperlyConfigured: relyant.contrib.channels needs Channels" in done.stderr
    assert 'pip install "relyant[channels]"' in done.stderr
