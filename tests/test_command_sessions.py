"""`manage.py relyant_sessions`: who is signed in where, the end of sessions, and what is old enough to go."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone
from io import StringIO

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone as site_time

from relyant import register, sessions
from relyant.models import Event, UserSession

pytestmark = pytest.mark.django_db

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0"


def run(*arguments):
    out = StringIO()
    call_command("relyant_sessions", *arguments, stdout=out)
    return out.getvalue().splitlines()


@pytest.fixture
def people(relyant_provider):
    """Carol in two browsers, chris in one."""
    browsers = [Client(HTTP_USER_AGENT=FIREFOX) for _ in range(3)]
    for browser, name in zip(browsers, ("carol", "carol", "chris"), strict=True):
        relyant_provider.sign_in(browser, name)
    return browsers


def who_is_in(browsers):
    return [browser.get("/").wsgi_request.user.get_username() or None for browser in browsers]


@pytest.mark.usefixtures("people")
def test_it_lists_the_newest_first_on_a_line_each():
    lines = [line.split("  ") for line in run()]
    assert [line[1:4] for line in lines] == [
        ["chris", "keycloak", "Firefox on Linux"],
        ["carol", "keycloak", "Firefox on Linux"],
        ["carol", "keycloak", "Firefox on Linux"],
    ]
    row = UserSession.objects.first()
    assert lines[0][4:] == [
        f"sid {row.sid}",
        f"confirmed {row.checked_at:%Y-%m-%d %H:%M:%S} UTC",
        f"until {row.expires_at:%Y-%m-%d %H:%M:%S} UTC",
    ]


@pytest.mark.usefixtures("people")
def test_it_lists_in_json_and_nothing_sealed():
    told = [json.loads(line) for line in run("--json", "--user", "chris")]
    row = UserSession.objects.get(user__username="chris")
    assert told == [
        {
            "user": "chris",
            "provider": "keycloak",
            "issuer": row.issuer,
            "subject": row.subject,
            "sid": row.sid,
            "device": "Firefox on Linux",
            "user_agent": FIREFOX,
            "signed_in_at": row.signed_in_at.astimezone(timezone.utc).isoformat(timespec="seconds"),
            "checked_at": row.checked_at.astimezone(timezone.utc).isoformat(timespec="seconds"),
            "expires_at": row.expires_at.astimezone(timezone.utc).isoformat(timespec="seconds"),
            "ended_at": None,
            "ended_by": "",
        }
    ]
    assert row.handle not in json.dumps(told) and row.session_key not in json.dumps(told)


@pytest.mark.usefixtures("people")
def test_it_lists_what_is_asked_for():
    sid = UserSession.objects.get(user__username="chris").sid
    assert len(run("--user", "carol")) == 2
    assert len(run("--sid", sid)) == len(run("--limit", "1")) == 1
    assert len(run("--provider", "keycloak")) == 3
    assert run("--inactive") == run("--sid", "x") == []
    User.objects.filter(username="chris").update(is_active=False)
    assert len(run("--inactive")) == 1


@pytest.mark.usefixtures("people")
def test_a_name_that_is_unknown_is_said():
    with pytest.raises(CommandError, match="no user has the name or the key `carl`; did you mean carol"):
        run("--user", "carl")
    with pytest.raises(CommandError, match="no provider is named `pub`"):
        run("--provider", "pub")
    with pytest.raises(CommandError, match="--limit must be 1 or more, got 0"):
        run("--limit", "0")


@pytest.mark.parametrize("arguments", [["--user", "carol", "end"], ["end", "--user", "carol"]])
def test_it_ends_a_users(people, arguments):
    assert run(*arguments) == ["Ended 2 sessions."]
    assert who_is_in(people) == [None, None, "chris"]
    told = Event.objects.filter(kind="session_ended")
    assert [(one.user.username, one.actor, one.detail["by"]) for one in told] == [
        ("carol", None, "operator")
    ] * 2
    assert len(run()) == 1
    ended = run("--ended", "--user", "carol")
    assert len(ended) == 2 and all(line.endswith("(operator)") for line in ended)


def test_it_ends_one_by_its_sid(people):
    sid = UserSession.objects.get(user__username="chris").sid
    assert run("end", "--sid", sid) == ["Ended 1 session."]
    assert who_is_in(people) == ["carol", "carol", None]


def test_it_ends_nobodys_unasked(people):
    with pytest.raises(CommandError, match="say whose"):
        run("end")
    assert run("end", "--all", "--dry-run") == ["Would end 3 sessions."]
    assert who_is_in(people) == ["carol", "carol", "chris"]
    assert run("end", "--all") == ["Ended 3 sessions."]
    assert who_is_in(people) == [None, None, None]


def test_it_ends_those_of_deactivated_users(people):
    User.objects.filter(username="carol").update(is_active=False)
    assert run("end", "--inactive") == ["Ended 2 sessions."]


def test_a_store_that_is_away_is_said_and_prune_goes_on(people, monkeypatch):
    def fail(_key):
        raise ConnectionError

    with monkeypatch.context() as down:
        down.setattr(sessions, "delete", fail)
        with pytest.raises(CommandError, match="not every session could be deleted"):
            run("end", "--user", "chris")
    row = UserSession.objects.get(user__username="chris")
    assert row.ended_at is not None and register.session_key(row)
    assert run("prune") == ["Removed 0 sessions that had lapsed."]
    row.refresh_from_db()
    assert row.session_key == "" and who_is_in(people)[2] is None


def test_prune_removes_what_has_lapsed(people):
    carols = UserSession.objects.filter(user__username="carol")
    for row in carols:
        sessions.delete(register.session_key(row))
    carols.update(expires_at=site_time.now() - timedelta(seconds=1))
    assert run("prune") == ["Removed 2 sessions that had lapsed."]
    assert UserSession.objects.count() == 1


def test_a_browsers_words_break_no_line(people):
    UserSession.objects.update(sid="a\nb\x1b[2J", signed_in_at=datetime(2026, 1, 2, tzinfo=timezone.utc))
    lines = run()
    assert len(lines) == 3 and all("sid a\ufffdb\ufffd[2J" in line for line in lines)
