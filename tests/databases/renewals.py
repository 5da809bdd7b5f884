"""Renewals of one session that come at one moment, for the scenarios of a real database."""

from __future__ import annotations

import time

from tests.databases.scenarios import configure, together

REQUESTS = 50
ROUNDS = 3
TABS = 20


def stock(request):
    """A page that would ask another API."""
    from django.http import HttpResponse

    return HttpResponse(request.relyant.access_token()[-20:])


def fail(request):
    """A page that gets a token, and whose own transaction is rolled back then."""
    request.relyant.access_token()
    raise ZeroDivisionError


def use_pages():
    """Add these pages to the site's."""
    from django.urls import path

    from tests.project import urls

    urls.urlpatterns += [path("stock/", stock), path("fail/", fail)]


def signed_in(provider):
    """A browser in which carol is signed in."""
    from django.test import Client

    configure(provider.issuer)
    provider.rotate_refresh_tokens()
    browser = Client(raise_request_exception=False)
    assert browser.get(provider.callback(browser.get("/oidc/login/")["Location"], "carol")).status_code == 302
    return browser


def copies(browser, number):
    """As many requests of one browser as there may be at once."""
    from django.test import Client

    made = [Client(raise_request_exception=False) for _ in range(number)]
    for one in made:
        one.cookies.load(browser.cookies.output(header="", sep=";"))
        one.cookies["sessionid"] = browser.cookies["sessionid"].value
    return made


def let_renewal_be_due(browser):
    """Let the session be one that is to be renewed by now."""
    from relyant import register
    from relyant.models import UserSession

    session = browser.session
    session["relyant"] = {**session["relyant"], "renew_at": int(time.time()) - 1}
    session.save()
    for row in UserSession.objects.exclude(state=""):
        row.state = register.sealed_state({**register.state_of(row), "renew_at": int(time.time()) - 1})
        row.save(update_fields=["state"])


def told(provider, said, asked):
    """What there is afterwards."""
    from relyant.models import UserSession

    row = UserSession.objects.get()
    return {
        "said": sorted(map(str, said)),
        "refreshes": provider.requests()["token"] - asked,
        "generation": row.generation,
        "claimed": row.claimed_until is not None,
        "ended_by": row.ended_by,
    }


def renew():
    """Fifty requests of one session whose access token has aged, three times."""
    from relyant.testing import DevelopmentProvider

    with DevelopmentProvider() as provider:
        browser = signed_in(provider)
        use_pages()
        rounds = []
        for _ in range(ROUNDS):
            asked = provider.requests()["token"]
            let_renewal_be_due(browser)
            requests = copies(browser, REQUESTS)
            said = together(REQUESTS, lambda i, all_=requests: all_[i].get("/stock/").status_code)
            rounds.append(told(provider, said, asked))
    return {"rounds": rounds}


def access_tokens():
    """Fifty pages that need an access token at one moment, and the one that is there has expired."""
    from relyant.flows import access_token
    from relyant.testing import DevelopmentProvider

    with DevelopmentProvider() as provider:
        browser = signed_in(provider)
        use_pages()
        asked = provider.requests()["token"]
        former = browser.get("/stock/").content
        # Only a token that comes after the session's own is good.
        access_token._is_good = lambda tokens: tokens.expose_access_token()[-20:].encode() != former
        requests = copies(browser, REQUESTS)
        said = together(REQUESTS, lambda i: requests[i].get("/stock/").content.decode())
        return {**told(provider, set(said), asked), "is_new": former.decode() not in said}


def roll_back():
    """A site in transactions: a page gets a new access token, and fails."""
    from django.db import connection

    from relyant.flows import access_token
    from relyant.testing import DevelopmentProvider

    with DevelopmentProvider() as provider:
        browser = signed_in(provider)
        use_pages()
        connection.settings_dict["ATOMIC_REQUESTS"] = True
        asked = provider.requests()["token"]
        good, access_token._is_good = access_token._is_good, lambda _tokens: False
        said = [browser.get("/fail/").status_code]
        access_token._is_good = good
        connection.settings_dict["ATOMIC_REQUESTS"] = False
        let_renewal_be_due(browser)
        said.append(browser.get("/stock/").status_code)
        return told(provider, said, asked)


def tabs():
    """Twenty tabs of one session without a refresh token."""
    from django.conf import settings
    from django.test.utils import override_settings

    from relyant.testing import DevelopmentProvider

    with DevelopmentProvider() as provider:
        browser = signed_in(provider)
        override_settings(RELYANT={**settings.RELYANT, "KEEP_TOKENS": "none"}).enable()
        browser.cookies.clear()
        assert (
            browser.get(provider.callback(browser.get("/oidc/login/")["Location"], "carol")).status_code
            == 302
        )
        let_renewal_be_due(browser)
        requests = copies(browser, TABS)
        answers = together(TABS, lambda i: requests[i].get("/?tab=" + str(i)).status_code)
        return {"said": sorted(map(str, answers))}


SCENARIOS = {one.__name__: one for one in (renew, access_tokens, roll_back, tabs)}
