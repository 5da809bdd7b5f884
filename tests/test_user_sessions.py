"""A user's own page of her sessions: what is on it, what ends, and that nothing of another's does."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.core.cache import cache
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from relyant import identities, register, sessions
from relyant.models import EndedBy, Event, LinkedIdentity, UserSession

pytestmark = pytest.mark.django_db

PAGE = "/oidc/sessions/"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0"
SAFARI = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) Version/18.1 Mobile/15E148 Safari/604.1"


@pytest.fixture(autouse=True)
def site(relyant_provider):
    """The Beer site with the development provider."""


@pytest.fixture
def sign_in_as(relyant_provider):
    """Somebody in a browser of her own: `sign_in_as("carol", FIREFOX)`."""

    def begin(name, user_agent=FIREFOX):
        browser = Client(HTTP_USER_AGENT=user_agent)
        assert relyant_provider.sign_in(browser, name).status_code == 302
        return browser

    return begin


@pytest.fixture
def two(sign_in_as):
    """Carol in two browsers."""
    return sign_in_as("carol"), sign_in_as("carol", SAFARI)


def is_in(browser):
    return browser.get("/").wsgi_request.user.is_authenticated


def rows_of(page):
    """The listed sessions, each in its words."""
    items = re.findall(r"<li>(.*?)</li>", page.content.decode(), re.DOTALL)
    return [" ".join(re.sub(r"<[^>]+>", " ", one).split()) for one in items]


def end(browser, which):
    return browser.post(PAGE, {"end": which})


def test_it_lists_them_with_device_and_times_and_marks_this_one(two):
    first, second = two
    here, there = rows_of(first.get(PAGE))
    assert here.startswith("Firefox on Linux this browser signed in by Keycloak: ")
    assert there.startswith("Safari on iPhone signed in by Keycloak: ")
    assert "this browser" not in there and there.endswith("End")
    assert all(word in here for word in ("last confirmed by it: ", "ends, unless it is used: "))
    assert rows_of(second.get(PAGE))[0].startswith("Safari on iPhone this browser")


def test_it_says_that_the_providers_session_goes_on(two):
    assert "Ending a session here doesn't end it at the sign-in service" in two[0].get(PAGE).content.decode()


def test_the_page_of_ways_to_sign_in_leads_to_it(two):
    assert f'href="{PAGE}"' in two[0].get("/oidc/identities/").content.decode()


def test_she_ends_one(two):
    first, second = two
    row = UserSession.objects.get(user_agent=SAFARI)
    assert end(first, row.pk)["Location"] == PAGE
    assert is_in(first) and not is_in(second)
    row.refresh_from_db()
    assert (row.ended_by, row.session_key) == (EndedBy.USER, "")
    told = Event.objects.get(kind="session_ended")
    assert (told.user.username, told.actor, told.provider) == ("carol", told.user, "keycloak")
    assert told.detail["by"] == "user"
    assert len(rows_of(first.get(PAGE))) == 1


def test_she_ends_all_others(two, sign_in_as):
    third = sign_in_as("carol")
    end(two[0], "others")
    assert [is_in(one) for one in (*two, third)] == [True, False, False]
    assert "End all others" not in two[0].get(PAGE).content.decode()


def test_she_ends_this_one_by_signing_out_alone(two):
    here = UserSession.objects.get(user_agent=FIREFOX)
    end(two[0], here.pk)
    assert is_in(two[0])
    assert "/oidc/logout/" in two[0].get(PAGE).content.decode()


@pytest.mark.parametrize("which", ["", "x", "0", "99999", "all"])
def test_nonsense_ends_nothing(two, which):
    end(two[0], which)
    assert all(map(is_in, two))


def test_nobody_ends_or_sees_anothers(two, sign_in_as):
    chris = sign_in_as("chris")
    assert len(rows_of(chris.get(PAGE))) == 1
    for row in UserSession.objects.filter(user__username="carol"):
        end(chris, row.pk)
    end(chris, "others")
    assert all(map(is_in, (*two, chris)))


def test_an_anonymous_visitor_is_asked_to_sign_in(client, two):
    assert client.get(PAGE)["Location"] == "/oidc/login/?next=%2Foidc%2Fsessions%2F"
    assert end(client, "others")["Location"].startswith("/oidc/login/")
    assert all(map(is_in, two))


# CSRF
def test_another_sites_form_ends_nothing(two):
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = two[0].cookies
    assert end(strict, "others").status_code == 403
    assert is_in(two[1])


def test_what_another_hand_deleted_from_the_store_is_not_listed(two):
    first, second = two
    sessions.delete(second.session.session_key)
    assert len(rows_of(first.get(PAGE))) == 1


@pytest.mark.parametrize("engine", ["cache", "cached_db", "file"])
def test_any_engine_is_asked_what_it_still_has(relyant_provider, settings, tmp_path, engine):
    settings.SESSION_ENGINE = f"django.contrib.sessions.backends.{engine}"
    settings.SESSION_FILE_PATH = str(tmp_path)
    first, second = Client(), Client()
    for one in (first, second):
        relyant_provider.sign_in(one, "carol")
    assert len(rows_of(first.get(PAGE))) == 2
    second.session.delete()
    assert len(rows_of(first.get(PAGE))) == 1


@pytest.mark.parametrize("engine", ["cache", "cached_db"])
def test_one_that_another_request_puts_back_before_the_end_is_committed_is_deleted_again(
    relyant_provider, settings, django_capture_on_commit_callbacks, engine
):
    """With `ATOMIC_REQUESTS`, or in the admin: until the commit the other request still reads it from the database."""
    settings.SESSION_ENGINE = f"django.contrib.sessions.backends.{engine}"
    relyant_provider.sign_in(thief := Client(), "carol")
    key, kept = thief.session.cache_key, cache.get(thief.session.cache_key)
    with django_capture_on_commit_callbacks(execute=True):
        register.end(register.rows().select_related("user"), by=EndedBy.OPERATOR)
        assert cache.get(key) is None
        cache.set(key, kept)
    assert not is_in(thief)


def test_sessions_that_are_cookies_are_listed_and_end(relyant_provider, settings):
    settings.SESSION_ENGINE = "django.contrib.sessions.backends.signed_cookies"
    first, second = Client(), Client()
    for one in (first, second):
        relyant_provider.sign_in(one, "carol")
    assert len(rows_of(first.get(PAGE))) == 2
    end(first, "others")
    assert is_in(first) and not is_in(second)


def test_who_signed_in_with_a_password_is_told_that_she_is_not_listed(client):
    client.force_login(User.objects.create_user("local"))
    page = client.get(PAGE)
    assert rows_of(page) == [] and "This browser is not in the list" in page.content.decode()


def test_a_store_that_is_down_is_said_and_the_row_is_marked(two, monkeypatch):
    def fail(_key):
        raise ConnectionError

    with monkeypatch.context() as down:
        down.setattr(sessions, "delete", fail)
        page = end(two[0], "others")
    assert page.status_code == 200 and "Not every session could be ended" in page.content.decode()
    row = UserSession.objects.get(user_agent=SAFARI)
    assert row.ended_at is not None and row.session_key
    assert register.finish(row) and not is_in(two[1])


def test_a_session_costs_no_query_of_its_own(two):
    first = two[0]
    first.get(PAGE)
    row = UserSession.objects.get(user_agent=SAFARI)

    def queries():
        with CaptureQueriesContext(connection) as caught:
            shown = len(rows_of(first.get(PAGE)))
        return shown, len(caught)

    assert queries()[0] == 2
    few = queries()[1]
    for number in range(98):
        copied = sessions._store(None)
        copied["x"] = 1
        copied.create()
        row.pk, row.handle = None, f"copy-{number}"
        row.session_key = register._sealed_key(copied.session_key, row.handle)
        row.save(force_insert=True)
    assert queries() == (100, few)


# Unlinking.


def test_the_sessions_of_a_provider_that_is_unlinked_end_at_once(two, sign_in_as):
    chris = sign_in_as("chris")
    root = User.objects.create_superuser("root")
    identities.unlink(LinkedIdentity.objects.get(user__username="carol"), actor=root, may_lock_out=True)
    assert [is_in(one) for one in (*two, chris)] == [False, False, True]
    told = Event.objects.filter(kind="session_ended")
    assert {(one.user.username, one.actor, one.detail["by"]) for one in told} == {("carol", root, "unlinked")}


def test_who_unlinks_the_provider_of_this_session_is_signed_out_and_not_sent_to_it(two, configure):
    """The provider knows her: a sign-in would make her somebody new at once."""
    carol = User.objects.get(username="carol")
    other = {"ISSUER": "https://other.example", "CLIENT_ID": "beer"}
    configure({"PROVIDERS.other": other})
    LinkedIdentity.objects.create(
        user=carol, issuer=other["ISSUER"], subject="1", last_login_at=timezone.now()
    )
    shown = two[0].get("/oidc/identities/").content.decode()
    assert shown.count("unlinking signs you out") == 1
    hers = LinkedIdentity.objects.exclude(issuer=other["ISSUER"]).get(user=carol)
    answer = two[0].post("/oidc/identities/", {"unlink": hers.pk})
    assert (answer.status_code, answer["Location"]) == (303, "/oidc/logged-out/")
    assert not any(map(is_in, two))


def test_who_unlinks_another_provider_stays(two):
    other = LinkedIdentity.objects.create(
        user=User.objects.get(username="carol"),
        issuer="https://other.example",
        subject="1",
        last_login_at=timezone.now(),
    )
    assert two[0].post("/oidc/identities/", {"unlink": other.pk})["Location"] == "/oidc/identities/"
    assert all(map(is_in, two))


def test_what_has_lapsed_is_not_listed(two):
    """What Django keeps goes on, whatever its row says: a site may save its sessions now and then."""
    lapsed = UserSession.objects.filter(user_agent=SAFARI)
    lapsed.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert len(rows_of(two[0].get(PAGE))) == 2
    sessions.delete(register.session_key(lapsed.get()))
    assert len(rows_of(two[0].get(PAGE))) == 1


def test_a_site_without_time_zones_registers_lists_and_ends_sessions(relyant_provider, settings):
    """Its rows have naive moments, in the site's own zone."""
    settings.USE_TZ = False
    first, second = Client(HTTP_USER_AGENT=FIREFOX), Client(HTTP_USER_AGENT=SAFARI)
    for one in (first, second):
        relyant_provider.sign_in(one, "carol")
    assert len(rows_of(first.get(PAGE))) == 2
    root = Client()
    root.force_login(User.objects.create_superuser("root"))
    for query in ("", "?standing=over", "?standing=all"):
        assert root.get(f"/admin/relyant/usersession/{query}").status_code == 200
    call_command("relyant_break_glass", "root")
    call_command("relyant_sessions", "end", "--all")
    assert not is_in(first) and not is_in(second)
    assert root.get("/admin/relyant/usersession/?standing=over").status_code == 200
