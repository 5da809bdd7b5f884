"""STEP_UP demands for views by their names, those of an admin, too; and what a sign-in without a provider is worth."""

from __future__ import annotations

import time

import pytest
from asgiref.sync import async_to_sync
from django.contrib.auth.models import User
from django.test import AsyncClient

from relyant import break_glass, sessions
from relyant.models import LinkedIdentity, UserSession
from tests.journeys.step_up_visitor import AGAIN, HOUR, Visitor, again_of, code, words

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def step_up_site(site):
    site.ROOT_URLCONF = "tests.journeys.site_with_step_up"
    return site


@pytest.fixture
def carol(relyant_provider):
    """Carol, who signed in an hour ago, by the usual means."""
    return Visitor(relyant_provider).sign_in(ago=HOUR)


@pytest.fixture
def hops():
    """Somebody with a password of this site, who has just signed in with it."""
    return User.objects.create_user("hops", password="local", is_staff=True, is_superuser=True)


@pytest.fixture
def local(hops, relyant_provider):
    visitor = Visitor(relyant_provider)
    assert visitor.post("/admin/login/?local=1", {"username": "hops", "password": "local"}).status_code == 302
    return visitor


def grow_old(visitor, seconds=HOUR):
    session = visitor.session
    session["relyant.local_sign_in"] -= seconds
    session.save()


def test_a_password_is_a_fresh_sign_in_for_a_while(local):
    assert words(local.get("/money/")) == "seen by hops"
    grow_old(local)
    page = local.go("/money/")
    assert page.status_code == 403
    text = page.content.decode()
    assert "This needs a fresh sign-in" in text and 'action="/oidc/logout/"' in text
    assert 'name="sign_in_next" value="/money/"' in text
    assert local.post("/admin/login/?local=1", {"username": "hops", "password": "local"}).status_code == 302
    assert words(local.get("/money/")) == "seen by hops"


def test_a_slip_elsewhere_in_the_settings_opens_no_page(local, site):
    """Nobody signs in by a provider then; those who have signed in are still held to what their pages demand."""
    demanded = {"STEP_UP": {"admin:*": {"MAX_AGE": 300}}}
    site.RELYANT = {**site.RELYANT, **demanded}
    assert local.get("/admin/").status_code == 200
    grow_old(local)
    assert local.get("/admin/").status_code == 302
    for wrong in ({**site.RELYANT, "GRACE": "a day"}, demanded):
        site.RELYANT = wrong
        local.raise_request_exception = False
        assert local.get("/admin/").status_code != 200
        assert words(local.get("/beers/")) == "seen by hops"
    site.RELYANT = {"STEP_UP": "admin"}
    assert local.get("/admin/").status_code == 500


def test_an_emergency_login_is_fresh_by_its_own_time_and_as_sure_as_any(hops, site, relyant_provider):
    """It is for the day on which no provider can say how sure somebody is."""
    site.RELYANT = {**site.RELYANT, "STEP_UP": {"admin:*": {"ACR_VALUES": ["gold"]}}}
    visitor = Visitor(relyant_provider)
    visitor.post(f"/oidc/break-glass/{break_glass.mint(hops).token.text}/")
    assert words(visitor.get("/money/")) == "seen by hops"
    assert words(visitor.get("/gold/")) == "seen by hops"
    assert visitor.get("/admin/").status_code == 200
    grow_old(visitor)
    assert visitor.go("/money/").status_code == 403
    assert words(visitor.get("/gold/")) == "seen by hops"


def test_a_sign_in_by_a_provider_is_as_sure_as_it_says_whatever_came_before_it(relyant_provider):
    visitor = Visitor(relyant_provider).sign_in()
    session = visitor.session
    session[sessions._LAPSES_KEY] = int(time.time()) + 3600
    session.save()
    assert visitor.get("/gold/")["Location"].startswith(AGAIN)


def test_a_password_is_of_no_class(local):
    page = local.go("/gold/")
    assert page.status_code == 403
    text = page.content.decode()
    assert "This needs a stronger sign-in" in text and "no sign-in service is linked" in text


def test_a_session_of_before_this_was_noted_is_not_fresh(local):
    session = local.session
    del session["relyant.local_sign_in"]
    session.save()
    assert local.get("/money/")["Location"].startswith(AGAIN)


def test_the_page_names_the_provider_that_is_hers_and_it_counts(local, hops, relyant_provider):
    relyant_provider.set_acr("carol", ["gold"])
    first = Visitor(relyant_provider).sign_in()
    LinkedIdentity.objects.filter(user__username="carol").update(user=hops)
    first.cookies.clear()
    page = local.go("/gold/")
    assert ">Sign in with Keycloak</a>" in page.content.decode()
    session = local.session
    session["cart"] = ["stout"]
    session.save()
    again = again_of(page)
    assert words(local.go(again)) == "seen by hops"
    assert local.session["cart"] == ["stout"]
    assert UserSession.objects.get(ended_at__isnull=True, user=hops).provider == "keycloak"


def test_a_stranger_at_the_provider_takes_no_session_over(local, hops, relyant_provider):
    Visitor(relyant_provider, "chris").sign_in()
    LinkedIdentity.objects.update(user=hops)
    page = local.go("/gold/")
    local.person = "adam"
    response = local.go(again_of(page))
    assert code(response) in ("transaction.other_identity", "invalid_token.acr_mismatch")
    relyant_provider.set_acr("adam", ["gold"])
    response = local.go(again_of(page))
    assert (response.status_code, code(response)) == (400, "transaction.other_identity")
    assert words(local.get("/beers/")) == "seen by hops"


# SE-08
def test_se_08_the_admin_asks_for_the_class(relyant_provider, configure):
    configure({"STEP_UP": {"admin:*": {"ACR_VALUES": ["gold"]}}})
    relyant_provider.set_acr("adam", ["gold"])
    adam = Visitor(relyant_provider, "adam").sign_in()
    assert adam.asked("/admin/auth/user/")["acr_values"] == ["gold"]
    assert "Select user to change" in words(adam.go("/admin/auth/user/"))
    assert adam.session["relyant"]["acr"] == "gold"


# SE-08
def test_se_08_without_the_class_nothing_of_the_admin_is_shown(relyant_provider, configure):
    configure({"STEP_UP": {"admin:*": {"ACR_VALUES": ["gold"]}}})
    adam = Visitor(relyant_provider, "adam").sign_in()
    pk = User.objects.get(username="adam").pk
    for path in ("/admin/", f"/admin/auth/user/{pk}/change/", "/admin/jsi18n/", "/admin/nothing/"):
        assert adam.get(path)["Location"].startswith(AGAIN), path
    assert code(adam.go("/admin/")) == "invalid_token.acr_mismatch"
    assert adam.post("/admin/auth/user/add/", {"username": "mallory"}).status_code == 403
    assert not User.objects.filter(username="mallory").exists()


# SE-08
def test_se_08_a_local_superuser_is_told_which_sign_in_it_takes(local, configure):
    configure({"STEP_UP": {"admin:*": {"ACR_VALUES": ["gold"]}}})
    page = local.go("/admin/")
    assert (page.status_code, "This needs a stronger sign-in" in page.content.decode()) == (403, True)


def test_she_can_always_leave_the_admin(relyant_provider, configure):
    configure({"STEP_UP": {"*": {"ACR_VALUES": ["gold"]}}})
    adam = Visitor(relyant_provider, "adam")
    adam.go("/oidc/login/?next=/admin/")
    response = adam.post("/admin/logout/")
    assert AGAIN not in response["Location"]
    assert adam.get("/oidc/identities/").status_code == 302


def test_who_signed_in_with_a_password_can_leave_it_too(local, configure):
    configure({"STEP_UP": {"admin:*": {"ACR_VALUES": ["gold"]}}})
    assert local.get("/admin/")["Location"].startswith(AGAIN)
    local.post("/admin/logout/")
    assert "_auth_user_id" not in local.session


def test_an_admins_own_login_is_open(client, configure, hops):
    configure({"STEP_UP": {"admin:*": {"ACR_VALUES": ["gold"]}}, "ADMIN_LOGIN": "off"})
    assert "Username:" in words(client.get("/admin/login/"))
    form = {"username": "hops", "password": "local", "next": "/beers/"}
    assert client.post("/admin/login/", form)["Location"] == "/beers/"


def test_whose_name_is_of_this_site_is_not_told_by_it_to_the_provider(local, hops, relyant_provider):
    Visitor(relyant_provider).sign_in()
    LinkedIdentity.objects.update(user=hops)
    asked = local.get(again_of(local.go("/gold/")))["Location"]
    assert "acr_values=gold" in asked and "login_hint" not in asked


def test_a_stranger_signs_in_at_the_admins_own_login(client, configure):
    configure({"STEP_UP": {"admin:*": {"MAX_AGE": 300}}})
    assert client.get("/admin/auth/user/")["Location"] == "/admin/login/?next=/admin/auth/user/"
    assert client.get("/admin/login/?local=1").status_code == 200


@pytest.mark.parametrize(
    ("name", "expected"),
    [("/admin/auth/user/", "900"), ("/admin/auth/group/", "600"), ("/admin/", "300")],
)
def test_an_exact_name_beats_a_pattern_and_a_long_one_a_short_one(
    relyant_provider, configure, name, expected
):
    configure(
        {
            "STEP_UP": {
                "admin:*": {"MAX_AGE": 300},
                "admin:auth_*": {"MAX_AGE": 600},
                "admin:auth_user_changelist": {"MAX_AGE": 900},
            }
        }
    )
    adam = Visitor(relyant_provider, "adam").sign_in(ago=HOUR)
    assert adam.asked(name)["max_age"] == [expected]


def test_the_setting_and_the_view_ask_together(carol, relyant_provider, configure):
    configure({"STEP_UP": {"money": {"ACR_VALUES": ["gold"]}}})
    asked = carol.asked("/money/")
    assert (asked["max_age"], asked["acr_values"]) == (["300"], ["gold"])


# SE-04
def test_demands_that_exclude_each_other_end_on_a_page(relyant_provider, configure):
    configure({"STEP_UP": {"silver": {"ACR_VALUES": ["gold"]}}})
    relyant_provider.set_acr("carol", ["gold", "silver"])
    carol = Visitor(relyant_provider).sign_in()
    assert code(carol.go("/silver/")) == "session.step_up_in_vain"


def test_a_pattern_leaves_out_what_is_open_to_everybody(client, configure, settings):
    configure({"STEP_UP": {"*": {"MAX_AGE": 300}}})
    settings.LOGIN_URL = "/beers/"
    assert words(client.get("/beers/")) == "seen by stranger"
    assert client.get("/")["Location"] == "/beers/?next=/"


def test_the_setting_works_in_an_async_stack(configure):
    configure({"STEP_UP": {"beers": {"MAX_AGE": 300}}})

    async def ask():
        return await AsyncClient().get("/beers/")

    assert async_to_sync(ask)()["Location"] == "/oidc/login/?next=/beers/"


def test_who_asks_for_other_pages_costs_nothing(client, configure, django_assert_num_queries):
    configure({"STEP_UP": {"admin:*": {"MAX_AGE": 300}}})
    with django_assert_num_queries(0):
        assert words(client.get("/beers/")) == "seen by stranger"
