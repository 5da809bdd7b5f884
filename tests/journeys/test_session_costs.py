"""What the middleware costs a page whose session isn't due: nothing beyond Django's own, on each engine."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth.models import Group
from django.core.cache import cache
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import include, path
from django.utils import timezone

from relyant.flows import decided_again
from relyant.models import UserSession
from tests.journeys.aging import ENGINES, let_renewal_be_due, use_engine
from tests.journeys.site import page


def public(request):
    """A page that is the same for everybody."""
    return HttpResponse("a price list")


def visits(request):
    """A page that counts its visitor's visits."""
    request.session["visits"] = request.session.get("visits", 0) + 1
    return HttpResponse(str(request.session["visits"]))


urlpatterns = [
    path("oidc/", include("relyant.urls")),
    path("beers/", page),
    path("public/", public),
    path("visits/", visits),
]


@pytest.fixture(autouse=True)
def pages(site, tmp_path):
    """Pages that do as little as a page can do."""
    site.ROOT_URLCONF = __name__


def cost(browser, address):
    """The statements of one page."""
    browser.get(address)
    with CaptureQueriesContext(
        connection,
    ) as captured:
        response = browser.get(address)
    assert response.status_code == 200
    return [query["sql"] for query in captured.captured_queries], response


def own_cost(site, browser, address):
    """What the page costs the same visitor where Relyant's middleware isn't there."""
    middleware = site.MIDDLEWARE
    site.MIDDLEWARE = [one for one in middleware if not one.startswith("relyant.")]
    # A client keeps the middleware that it began with.
    other = Client()
    other.cookies = browser.cookies
    try:
        return cost(other, address)
    finally:
        site.MIDDLEWARE = middleware


# SE-02
@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("address", ["/beers/", "/visits/"])
def test_a_signed_in_visitors_page_costs_what_django_costs(
    browser, site, relyant_provider, tmp_path, engine, address
):
    use_engine(site, engine, tmp_path)
    cache.clear()
    relyant_provider.sign_in(browser, "carol")
    ours, _ = cost(browser, address)
    djangos, _ = own_cost(site, browser, address)
    more = 1 if engine == "signed_cookies" else 0
    assert len(ours) == len(djangos) + more, ours
    # A cookie can't be deleted: the one statement looks whether its session has ended.
    assert sum("relyant_usersession" in sql for sql in ours) == more


@pytest.mark.parametrize("engine", ENGINES)
def test_an_anonymous_visitors_page_costs_nothing(client, site, db, relyant_provider, tmp_path, engine):
    use_engine(site, engine, tmp_path)
    for address in ("/public/", "/beers/"):
        ours, response = cost(client, address)
        assert ours == [] and "relyant" not in response.cookies
    request = client.get("/public/").wsgi_request
    assert not request.session.accessed and request.session.is_empty()


@pytest.mark.parametrize("engine", ENGINES)
def test_a_page_that_is_the_same_for_everybody_stays_so_for_caches(
    browser, site, relyant_provider, tmp_path, engine
):
    use_engine(site, engine, tmp_path)
    relyant_provider.sign_in(browser, "carol")
    _, response = cost(browser, "/public/")
    assert "Vary" not in response.headers
    assert "Vary" in browser.get("/beers/").headers
    if engine != "signed_cookies":
        assert "sessionid" not in response.cookies
        let_renewal_be_due(browser)
        assert "Vary" in browser.get("/public/").headers


def test_what_another_page_put_into_the_session_during_a_renewal_is_kept(
    browser, site, relyant_provider, monkeypatch
):
    decide = decided_again.decide
    relyant_provider.sign_in(browser, "carol")
    let_renewal_be_due(browser)

    def while_it_takes(*arguments):
        session = browser.session
        session["cart"] = ["stout"]
        session.save()
        return decide(*arguments)

    monkeypatch.setattr(decided_again, "decide", while_it_takes)
    assert browser.get("/visits/").content == b"1"
    assert (browser.session["cart"], browser.session["visits"]) == (["stout"], 1)
    assert browser.session["relyant"]["generation"] == 2


def test_a_renewal_costs_two_statements_where_somebody_else_is_at_it(browser, relyant_provider):
    relyant_provider.sign_in(browser, "carol")
    usual, _ = cost(browser, "/beers/")
    let_renewal_be_due(browser)
    UserSession.objects.update(claimed_until=timezone.now() + timedelta(seconds=60))
    busy, _ = cost(browser, "/beers/")
    assert len(busy) == len(usual) + 2, busy


@pytest.mark.parametrize("groups", [1, 40])
def test_what_a_renewal_costs_does_not_grow_with_groups(browser, site, relyant_provider, groups):
    keycloak = site.RELYANT["PROVIDERS"]["keycloak"]
    names = [f"group-{number}" for number in range(groups)]
    Group.objects.bulk_create(Group(name=name) for name in names)
    policy = {"GROUPS": {name: ["creators"] for name in names}}
    site.RELYANT = {**site.RELYANT, "PROVIDERS": {"keycloak": {**keycloak, "POLICY": policy}}}
    relyant_provider.sign_in(browser, "chris")
    browser.get("/beers/")
    let_renewal_be_due(browser)
    with CaptureQueriesContext(connection) as captured:
        assert browser.get("/beers/").status_code == 200
    counted = [one["sql"][:90] for one in captured.captured_queries]
    assert len(counted) <= 19, counted
