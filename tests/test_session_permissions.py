"""Permissions straight from roles: for the session that they came with and the user of its requests, and nobody else."""

from __future__ import annotations

import copy
import json
import pickle

import pytest
from asgiref.sync import async_to_sync
from django.contrib.auth.models import AnonymousUser, Group, Permission, User
from django.contrib.sessions.backends.db import SessionStore
from django.http import HttpResponse
from django.test import AsyncClient, Client
from django.urls import path
from django.utils import timezone

from relyant import identities, session_permissions, sessions, signals
from relyant.backends import RelyantBackend
from relyant.models import LinkedIdentity
from tests.project.beers.models import Beer
from tests.project.urls import urlpatterns as project_urls
from tests.test_sessions import KEPT

pytestmark = pytest.mark.django_db

POLICY = {
    "STAFF": ["customers", "creators"],
    "PERMISSIONS": {
        "beers.view_beer": ["customers", "creators"],
        "beers.add_beer": ["creators"],
        "beers.change_beer": ["creators"],
    },
}


def held(request):
    """What the request's user may do, and how each question is answered."""
    user = request.user
    return HttpResponse(
        json.dumps(
            {
                "name": user.get_username(),
                "all": sorted(user.get_all_permissions()),
                "view": user.has_perm("beers.view_beer"),
                "module": user.has_module_perms("beers"),
                "object": user.has_perm("beers.view_beer", Beer(pk=1)),
                "of rows": sorted(user.get_user_permissions()),
                "loaded anew": sorted(User.objects.get(pk=user.pk).get_all_permissions()) if user.pk else [],
            }
        )
    )


async def held_async(request):
    user = await request.auser()
    return HttpResponse(json.dumps(await ask_async(user)))


async def ask_async(user):
    backend = RelyantBackend()
    return sorted(await backend.aget_all_permissions(user))


urlpatterns = [path("held/", held), path("held-async/", held_async), *project_urls]


@pytest.fixture(autouse=True)
def _site(settings):
    settings.ROOT_URLCONF = "tests.test_session_permissions"


@pytest.fixture
def sign_in(configure, relyant_provider):
    """Let somebody in by a policy: `sign_in("chris")` returns her browser."""

    def enter(person, policy=POLICY):
        configure({"PROVIDERS.keycloak.POLICY": policy})
        browser = Client()
        assert relyant_provider.sign_in(browser, person).status_code == 302
        return browser

    return enter


def asked(browser):
    return json.loads(browser.get("/held/").content)


CREATORS = ["beers.add_beer", "beers.change_beer", "beers.view_beer"]


def test_roles_are_permissions_in_each_request_of_the_session(sign_in):
    browser = sign_in("chris")
    for _ in range(2):
        answer = asked(browser)
        assert answer["all"] == CREATORS
        assert answer["view"] and answer["module"]
    assert asked(sign_in("carol"))["all"] == ["beers.view_beer"]


def test_there_are_no_rows_and_no_other_user_object_has_them(sign_in):
    answer = asked(sign_in("chris"))
    assert (answer["of rows"], answer["loaded anew"]) == ([], [])
    user = User.objects.get(username="chris")
    assert not user.user_permissions.exists() and not user.groups.exists()
    assert user not in User.objects.with_perm("beers.view_beer", backend="relyant.backends.RelyantBackend")


# AZ-03
def test_who_is_unlinked_has_none_and_her_session_is_over(sign_in):
    browser = sign_in("chris")
    identities.unlink(LinkedIdentity.objects.get(), actor=None, may_lock_out=True)
    answer = asked(browser)
    assert (answer["name"], answer["all"]) == ("", [])


# AZ-03
def test_whom_another_sign_in_refuses_has_none_in_an_older_session_until_one_lets_her_in(sign_in, configure):
    browser = sign_in("chris")
    refusing = {**POLICY, "ALLOW": ["nobody"]}
    with pytest.raises(AssertionError):
        sign_in("chris", refusing)
    configure({"PROVIDERS.keycloak.POLICY": POLICY})
    assert asked(browser)["all"] == []
    sign_in("chris")
    assert asked(browser)["all"] == CREATORS


def test_they_say_nothing_of_one_object(sign_in):
    assert not asked(sign_in("chris"))["object"]


def test_they_come_beside_what_groups_give(sign_in):
    browser = sign_in("carol")
    tasters = Group.objects.create(name="tasters")
    tasters.permissions.add(Permission.objects.get(codename="delete_beer"))
    User.objects.get(username="carol").groups.add(tasters)
    assert asked(browser)["all"] == ["beers.delete_beer", "beers.view_beer"]


def test_the_admin_works_by_them(sign_in):
    chris, carol = sign_in("chris"), sign_in("carol")
    assert chris.get("/admin/beers/beer/").status_code == 200
    assert chris.post("/admin/beers/beer/add/", {"name": "stout"}).status_code == 302
    stout = Beer.objects.get()
    assert chris.post(f"/admin/beers/beer/{stout.pk}/change/", {"name": "porter"}).status_code == 302
    assert Beer.objects.get().name == "porter"
    assert chris.post(f"/admin/beers/beer/{stout.pk}/delete/", {"post": "yes"}).status_code == 403
    assert carol.get("/admin/beers/beer/").status_code == 200
    assert carol.get("/admin/beers/beer/add/").status_code == 403
    assert carol.get("/admin/auth/user/").status_code == 403


def test_a_view_that_needs_one_opens(sign_in):
    assert sign_in("carol").get("/beers/").status_code == 200
    assert (
        sign_in("carol", {"PERMISSIONS": {"beers.view_beer": ["creators"]}}).get("/beers/").status_code == 403
    )


def test_receivers_of_the_login_see_them_already(sign_in):
    seen = []

    def look(request, user, **_):
        seen.append((request.user.has_perm("beers.add_beer"), user.has_perm("beers.add_beer")))

    signals.login_completed.connect(look)
    try:
        sign_in("chris")
    finally:
        signals.login_completed.disconnect(look)
    assert seen == [(True, True)]


def test_an_inactive_user_has_none(sign_in):
    browser = sign_in("chris")
    User.objects.update(is_active=False)
    assert asked(browser)["all"] == []
    user = User(is_active=False)
    setattr(user, session_permissions._ATTRIBUTE, frozenset(CREATORS))
    backend = RelyantBackend()
    assert backend.get_all_permissions(user) == set()
    assert not backend.has_perm(user, "beers.add_beer") and not backend.has_module_perms(user, "beers")


def test_nobody_has_them_after_the_logout_or_with_a_password(sign_in, rf):
    browser = sign_in("chris")
    browser.logout()
    assert asked(browser)["all"] == []
    User.objects.create_user("local", password="secret")
    browser.login(username="local", password="secret")
    assert asked(browser)["all"] == []


def test_what_the_policy_no_longer_names_is_not_lent(sign_in, configure):
    browser = sign_in("chris")
    configure({"PROVIDERS.keycloak.POLICY.PERMISSIONS": {"beers.view_beer": ["nobody"]}})
    assert asked(browser)["all"] == ["beers.view_beer"]
    configure({"PROVIDERS.keycloak.POLICY": {}})
    assert asked(browser)["all"] == []


def test_a_provider_that_is_gone_or_another_one_by_now_lends_nothing(sign_in, configure):
    browser = sign_in("chris")
    configure({"PROVIDERS.keycloak.ISSUER": "https://sso.example.com/realms/other"})
    assert asked(browser)["all"] == []


# AZ-07
@pytest.mark.parametrize(("tenant", "held"), [("1f", CREATORS), ("2f", [])])
def test_each_tenant_that_is_named_lends_them(rf, settings, tenant, held):
    address = "https://login.microsoftonline.com/common/v2.0"
    entra = {"ISSUER": address, "CLIENT_ID": "beer", "PRESET": "entra", "TENANTS": ["1f"], "POLICY": POLICY}
    settings.RELYANT = {"PROVIDERS": {"entra": entra}}
    request = request_of(
        rf,
        user := User.objects.create_user("chris"),
        provider="entra",
        issuer=address.replace("common", tenant),
    )
    session_permissions.lend(request, user)
    assert sorted(session_permissions.of(user)) == held


# Whose they are.


def request_of(rf, user, **kept):
    record = {
        **KEPT,
        "user": str(user.pk),
        "issuer": "http://127.0.0.1:9/realms/brewery",
        "permissions": CREATORS,
        **kept,
    }
    LinkedIdentity.objects.create(
        user=user, issuer=record["issuer"], subject=record["subject"], last_login_at=timezone.now()
    )
    request = rf.get("/")
    request.session = SessionStore()
    request.session.update({"relyant": record, "_auth_user_id": str(user.pk)})
    return request


@pytest.fixture
def chris(configure):
    configure({"PROVIDERS.keycloak.POLICY": POLICY})
    return User.objects.create_user("chris")


def test_who_is_put_in_her_place_has_none_of_hers(rf, chris):
    """Impersonation, as several packages do it: another user object in `request.user`, before us or after us."""
    other = User.objects.create_user("other")
    request = request_of(rf, chris)
    request.user = other
    session_permissions.lend_to_user_of(request)
    assert request.user == other and not request.user.has_perm("beers.view_beer")
    request.user = chris
    session_permissions.lend_to_user_of(request)
    assert request.user.has_perm("beers.view_beer")
    request.user = other
    assert not request.user.has_perm("beers.view_beer")


def test_the_request_has_the_user_object_itself(rf, chris):
    request = request_of(rf, chris)
    request.user = chris
    session_permissions.lend_to_user_of(request)
    assert request.user._meta.model is User
    assert request.user._wrapped is chris or request.user == chris
    assert type(request.user._wrapped) is User


def test_an_anonymous_visitor_costs_no_session(rf, configure):
    configure({"PROVIDERS.keycloak.POLICY": POLICY})
    request = rf.get("/")
    request.user = AnonymousUser()
    session_permissions.lend_to_user_of(request)
    assert request.user.is_anonymous and not request.user.has_perm("beers.view_beer")


def test_a_user_object_that_leaves_its_request_leaves_them_behind(rf, chris):
    """Kept in a cache, sent to a worker, copied deeply."""
    request = request_of(rf, chris)
    request.user = chris
    session_permissions.lend_to_user_of(request)
    user = request.user
    assert session_permissions.of(user) == set(CREATORS)
    for other in (pickle.loads(pickle.dumps(user)), copy.deepcopy(user)):
        assert other == chris and session_permissions.of(other) == frozenset()


def test_without_permissions_in_a_policy_no_request_is_touched(rf):
    request = rf.get("/")
    request.user = user = AnonymousUser()
    session_permissions.lend_to_user_of(request)
    assert request.user is user


def test_a_page_that_asks_nobody_costs_no_query(client, configure, django_assert_num_queries):
    configure({"PROVIDERS.keycloak.POLICY": POLICY})
    with django_assert_num_queries(0):
        assert client.get("/oidc/logged-out/").status_code == 200


# Sessions in cookies.


def test_a_session_in_a_cookie_keeps_as_many_as_fit_and_the_log_says_so(sign_in, settings, caplog):
    settings.SESSION_ENGINE = "django.contrib.sessions.backends.signed_cookies"
    named = [f"beers.permission_number_{number:04}" for number in range(200)]
    browser = sign_in("chris", {"PERMISSIONS": {name: ["creators"] for name in named}})
    kept = asked(browser)["all"]
    assert 0 < len(kept) < 200 and kept == named[: len(kept)]
    assert sum(map(len, kept)) <= sessions.COOKIE_PERMISSIONS_CHARS
    assert f"{200 - len(kept)} of the 200 permissions that keycloak grants don't fit" in caplog.text
    assert len(browser.cookies["sessionid"].value) < 2048


def test_a_session_on_the_server_keeps_all(sign_in):
    named = [f"beers.permission_number_{number:04}" for number in range(200)]
    browser = sign_in("chris", {"PERMISSIONS": {name: ["creators"] for name in named}})
    assert asked(browser)["all"] == named


# Asynchronous callers.


@pytest.mark.django_db(transaction=True)
def test_async_views_have_them_too(sign_in):
    if not hasattr(__import__("django.contrib.auth", fromlist=["aget_user"]), "aget_user"):
        pytest.skip("request.auser came with Django 5.0")
    browser = sign_in("chris")

    async def ask():
        asynchronous = AsyncClient()
        asynchronous.cookies = browser.cookies
        return (await asynchronous.get("/held-async/")).content

    assert json.loads(async_to_sync(ask)()) == CREATORS


@pytest.mark.django_db(transaction=True)
def test_async_callers_of_the_backend_get_what_the_others_get(rf, chris):
    request = request_of(rf, chris)
    session_permissions.lend(request, chris)
    assert async_to_sync(ask_async)(chris) == CREATORS
