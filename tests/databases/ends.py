"""What many do at one moment to one session, or with one emergency login, on a real database."""

from __future__ import annotations

from tests.databases.scenarios import PEOPLE, account, together


def break_glass():
    """Twenty browsers post to one emergency login."""
    from django.contrib.auth.models import User
    from django.contrib.sessions.models import Session
    from django.test import Client

    from relyant import break_glass
    from relyant.models import Event

    address = f"/oidc/break-glass/{break_glass.mint(account('adam')).token.text}/"
    browsers = [Client(raise_request_exception=False) for _ in range(PEOPLE)]
    answers = together(PEOPLE, lambda index: browsers[index].post(address).status_code)
    return {
        "answers": answers,
        "sessions": Session.objects.count(),
        "used": Event.objects.filter(kind="break_glass_used").count(),
        "logins": User.objects.exclude(last_login=None).count(),
    }


def end():
    """Twenty hands end the same three sessions: each ends once, and is told of once."""
    from django.contrib.sessions.models import Session

    from relyant import register
    from relyant.models import EndedBy, Event, UserSession

    carol = account("carol")
    for number in range(3):
        registered(carol, number)
    counted = together(PEOPLE, lambda _: register.end(register.sessions_of(carol), by=EndedBy.OPERATOR).count)
    return {
        "counted": counted,
        "sessions": Session.objects.count(),
        "events": Event.objects.filter(kind="session_ended").count(),
        "going_on": UserSession.objects.filter(ended_at=None).count(),
    }


def registered(user, number):
    """A session in Django's table, and its row in the register."""
    from importlib import import_module

    from django.conf import settings
    from django.utils import timezone

    from relyant import register
    from relyant.models import UserSession

    session = import_module(settings.SESSION_ENGINE).SessionStore()
    session.create()
    now, handle = timezone.now(), f"handle-{number}"
    UserSession.objects.create(
        handle=handle,
        user=user,
        provider="keycloak",
        issuer="https://sso.example.com",
        subject="sub-carol",
        session_key=register._sealed_key(session.session_key, handle),
        signed_in_at=now,
        checked_at=now,
        expires_at=now + timezone.timedelta(days=1),
    )


SCENARIOS = {one.__name__: one for one in (break_glass, end)}
