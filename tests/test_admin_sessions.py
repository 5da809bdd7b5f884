"""The admin's list of sessions: who may end whose, what a question says, and that nothing sealed is shown."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission, User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from relyant import register, sessions
from relyant.models import EndedBy, Event, UserSession

pytestmark = pytest.mark.django_db

LIST = "/admin/relyant/usersession/"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0"


@pytest.fixture
def people(relyant_provider):
    """Carol in two browsers, chris in one."""
    browsers = [Client(HTTP_USER_AGENT=FIREFOX) for _ in range(3)]
    for browser, name in zip(browsers, ("carol", "carol", "chris"), strict=True):
        relyant_provider.sign_in(browser, name)
    return browsers


@pytest.fixture
def root(people):
    return signed_in(User.objects.create_superuser("root"))


@pytest.fixture
def clerk(people):
    """Staff who may look at sessions, and nothing else: `clerk("delete_usersession")` may end them, too."""

    def make(*more):
        user = User.objects.create(username="clerk", is_staff=True)
        user.user_permissions.set(Permission.objects.filter(codename__in=("view_usersession", *more)))
        return signed_in(user)

    return make


def signed_in(user):
    client = Client()
    client.force_login(user)
    return client


def text_of(answer):
    assert answer.status_code == 200
    return answer.content.decode()


def who_is_in(browsers):
    return [browser.get("/").wsgi_request.user.get_username() or None for browser in browsers]


def pks(name):
    return list(UserSession.objects.filter(user__username=name).values_list("pk", flat=True))


def act(client, action, *selected, **more):
    return client.post(LIST, {"action": action, "_selected_action": selected, **more})


def question(page):
    """The fields of the question's form, as a browser sends them back."""
    form = re.search(r'<form method="post">(.*?)</form>', page, re.DOTALL)[1]
    fields = {}
    for name, value in re.findall(r'name="([^"]+)" value="([^"]+)"', form):
        fields.setdefault(name, []).append(value)
    return fields


def test_the_list_has_device_and_times_and_nothing_sealed(root):
    page = text_of(root.get(LIST))
    assert page.count("Firefox on Linux") == 3 and "going on" in page and "Keycloak" in page
    row = UserSession.objects.first()
    shown = text_of(root.get(f"{LIST}{row.pk}/change/"))
    assert row.sid in shown and FIREFOX in shown
    for secret in (row.handle, row.session_key, register.session_key(row)):
        assert secret not in page and secret not in shown


@pytest.mark.parametrize(
    "lookup", ["handle__startswith", "session_key__startswith", "state__contains", "handle"]
)
def test_what_is_not_shown_is_not_searched_either(root, lookup):
    assert root.get(LIST, {lookup: "a"}).status_code == 400


def test_the_list_is_filtered_and_searched(root):
    register.end(UserSession.objects.filter(user__username="chris"), by=EndedBy.OPERATOR)

    def users(**query):
        return set(re.findall(r">(carol|chris)</a>", text_of(root.get(LIST, query))))

    assert users() == {"carol"}
    assert users(standing="over") == {"chris"}
    assert users(standing="all") == {"carol", "chris"}
    assert users(standing="all", q="chris") == {"chris"}
    assert users(provider="keycloak") == {"carol"} and users(provider="other", standing="all") == set()
    User.objects.filter(username="carol").update(is_active=False)
    assert users(active="no") == {"carol"} and users(active="yes") == set()
    assert "ended by an operator" in text_of(root.get(LIST, {"standing": "over"}))


def test_the_list_costs_no_query_for_each(root):
    def queries():
        with CaptureQueriesContext(connection) as caught:
            shown = text_of(root.get(LIST)).count("Firefox on Linux")
        return shown, len(caught)

    row = UserSession.objects.first()
    queries()
    shown, few = queries()
    for number in range(90):
        row.pk, row.handle = None, f"copy-{number}"
        row.save(force_insert=True)
    assert queries() == (shown + 90, few)


def test_nobody_makes_or_changes_a_row_by_hand(root):
    (pk,) = pks("chris")
    assert root.get(f"{LIST}add/").status_code == 403
    assert root.post(f"{LIST}{pk}/change/", {"sid": "x"}).status_code == 403


# The end of one.


def test_one_is_ended_after_a_question(root, people):
    (pk,) = pks("chris")
    assert f'href="{LIST}{pk}/end/"' in text_of(root.get(f"{LIST}{pk}/change/"))
    page = text_of(root.get(f"{LIST}{pk}/end/"))
    assert "<strong>chris</strong>: Firefox on Linux" in page
    assert "The sessions at the sign-in service go on" in page
    assert who_is_in(people) == ["carol", "carol", "chris"]
    answer = root.post(f"{LIST}{pk}/end/", question(page), follow=True)
    assert "1 session was ended." in answer.content.decode()
    assert who_is_in(people) == ["carol", "carol", None]
    told = Event.objects.get(kind="session_ended")
    assert (told.user.username, told.actor.username, told.detail["by"]) == ("chris", "root", "operator")
    assert f"{pk}/end/" not in text_of(root.get(f"{LIST}{pk}/change/"))
    assert "There is no session to end." in text_of(root.get(f"{LIST}{pk}/end/"))


def test_a_deletion_ends_too_and_keeps_the_row(root, people):
    (pk,) = pks("chris")
    assert "End sessions?" in text_of(root.get(f"{LIST}{pk}/delete/"))
    root.post(f"{LIST}{pk}/delete/", {"post": "yes"})
    assert who_is_in(people)[2] is None and pks("chris") == [pk]
    assert "Delete selected" not in text_of(root.get(LIST))
    act(root, "delete_selected", *pks("carol"), post="yes")
    assert who_is_in(people) == [None] * 3 and len(pks("carol")) == 2


def test_a_session_that_is_not_there_is_not_found(root):
    for page in ("999/end/", "x/end/", "of/999/end/", "of/x/end/"):
        assert root.get(LIST + page).status_code == 404


# The end of several.


@pytest.mark.parametrize(
    ("action", "left"),
    [("delete_selected", [None, "carol", "chris"]), ("end_all_of_users", [None, None, "chris"])],
)
def test_several_are_ended_after_a_question(root, people, action, left):
    first = min(pks("carol"))
    page = text_of(act(root, action, first))
    assert who_is_in(people) == ["carol", "carol", "chris"]
    assert page.count("<strong>carol</strong>") == left.count(None)
    answer = root.post(LIST, question(page), follow=True)
    assert answer.status_code == 200 and who_is_in(people) == left
    assert {one.actor.username for one in Event.objects.filter(kind="session_ended")} == {"root"}


def test_all_of_a_user_are_those_too_that_live_past_their_rows(root, people):
    """Where a site saves a session now and then, Django keeps it for longer than its row says."""
    UserSession.objects.filter(pk=max(pks("carol"))).update(expires_at=timezone.now() - timedelta(hours=1))
    page = text_of(act(root, "end_all_of_users", min(pks("carol"))))
    root.post(LIST, question(page))
    assert who_is_in(people) == [None, None, "chris"]


def test_a_long_question_is_cut_and_ends_all(root):
    row = UserSession.objects.get(pk=pks("chris")[0])
    for number in range(120):
        row.pk, row.handle, row.session_key = None, f"copy-{number}", ""
        row.save(force_insert=True)
    page = text_of(root.get(f"{LIST}of/{row.user_id}/end/"))
    assert page.count("<strong>chris</strong>") == 100 and "And 21 more." in page
    root.post(f"{LIST}of/{row.user_id}/end/", question(page))
    assert not register.sessions_of(row.user).exists()


# A user's page.


def test_a_users_page_leads_to_her_sessions_and_to_their_end(root, people):
    carol = User.objects.get(username="carol")
    page = text_of(root.get(f"/admin/auth/user/{carol.pk}/change/"))
    assert f'href="{LIST}?user={carol.pk}"' in page and f'href="{LIST}of/{carol.pk}/end/"' in page
    assert len(re.findall(r">carol</a>", text_of(root.get(LIST, {"user": carol.pk})))) == 2
    asked = text_of(root.get(f"{LIST}of/{carol.pk}/end/"))
    root.post(f"{LIST}of/{carol.pk}/end/", question(asked))
    assert who_is_in(people) == [None, None, "chris"]


def test_who_may_not_see_sessions_has_no_link_to_them(clerk):
    client = clerk("view_user", "view_linkedidentity")
    User.objects.get(username="clerk").user_permissions.remove(
        Permission.objects.get(codename="view_usersession")
    )
    carol = User.objects.get(username="carol")
    page = text_of(client.get(f"/admin/auth/user/{carol.pk}/change/"))
    assert "relyant-rights" in page and "usersession" not in page
    assert client.get(LIST).status_code == 403


def test_a_user_goes_with_her_sessions(root):
    """The admin asks for leave to delete each of them."""
    carol = User.objects.get(username="carol")
    root.post(reverse("admin:auth_user_delete", args=[carol.pk]), {"post": "yes"})
    assert not User.objects.filter(pk=carol.pk).exists() and not pks("carol")


# Who may.


def test_who_may_only_look_ends_nothing(clerk, people):
    client = clerk()
    (pk,) = pks("chris")
    carol = User.objects.get(username="carol")
    assert "End selected sessions" not in text_of(client.get(LIST))
    assert "/end/" not in text_of(client.get(f"{LIST}{pk}/change/"))
    for address in (f"{LIST}{pk}/end/", f"{LIST}{pk}/delete/", f"{LIST}of/{carol.pk}/end/"):
        assert client.get(address).status_code == client.post(address, {"post": "yes"}).status_code == 403
    act(client, "delete_selected", pk, post="yes")
    assert who_is_in(people) == ["carol", "carol", "chris"]


def test_who_may_delete_sessions_ends_them(clerk, people):
    client = clerk("delete_usersession")
    (pk,) = pks("chris")
    act(client, "delete_selected", pk, post="yes")
    assert who_is_in(people)[2] is None


# CSRF
def test_another_sites_form_ends_nothing(root, people):
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = root.cookies
    (pk,) = pks("chris")
    assert strict.post(f"{LIST}{pk}/end/", {"post": "yes"}).status_code == 403
    assert who_is_in(people)[2] == "chris"


def test_a_store_that_is_down_is_said(root, monkeypatch):
    def fail(_key):
        raise ConnectionError

    (pk,) = pks("chris")
    with monkeypatch.context() as down:
        down.setattr(sessions, "delete", fail)
        page = root.post(f"{LIST}{pk}/end/", {"post": "yes"}, follow=True).content.decode()
    assert "Not every session could be ended at once" in page
