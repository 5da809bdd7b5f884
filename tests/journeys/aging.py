"""Sessions that come of age: what a test does so that a renewal is due, or an end, without waiting for it."""

from __future__ import annotations

import time

from asgiref.sync import async_to_sync
from django.conf import settings
from django.contrib.sessions.backends import signed_cookies
from django.test import AsyncClient

from relyant import register
from relyant.models import UserSession

ENGINES = ("db", "cache", "cached_db", "file", "signed_cookies")


def use_engine(site, name, folder):
    """Let the site keep its sessions by one of Django's engines."""
    site.SESSION_ENGINE = f"django.contrib.sessions.backends.{name}"
    site.SESSION_FILE_PATH = str(folder)


def visit_by_asgi(browser, path, **headers):
    """Ask for a page with this browser's cookies by ASGI's way."""
    visitor = AsyncClient()
    visitor.cookies = browser.cookies

    async def ask():
        return await visitor.get(path, **headers)

    return async_to_sync(ask)()


def record_of(browser):
    """The record in a browser's session."""
    return browser.session["relyant"]


def change_record(browser, **changed):
    """Change what a browser's session remembers of its sign-in, in the row too, where that has a record."""
    session = browser.session
    session["relyant"] = record = {**session["relyant"], **changed}
    session.save()
    if isinstance(session, signed_cookies.SessionStore):
        browser.cookies[settings.SESSION_COOKIE_NAME] = session.session_key
    row = UserSession.objects.get(handle=record["handle"])
    if (state := register.state_of(row)) is not None:
        row.state = register.sealed_state({**state, **changed})
        row.save(update_fields=["state"])


def let_renewal_be_due(browser):
    """Let the session be one that is to be renewed by now."""
    change_record(browser, renew_at=int(time.time()) - 1)


def let_claims_lapse():
    """Let whoever was to renew a session have had its time."""
    UserSession.objects.update(claimed_until=None)
