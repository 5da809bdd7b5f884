"""No circle between the site, the login and a provider that knows its visitor: SE-04."""

from __future__ import annotations

import logging

import pytest
from django.contrib.auth.models import User
from django.test import Client

from relyant import transactions
from tests.journeys.conftest import signed_in

# More than any circle here may take: three rounds are nine answers.
MAX_STEPS = 20


class Browser(Client):
    """A browser at a provider that knows its visitor: it follows every redirect, and keeps what cookies it likes."""

    def __init__(self, provider, keeps=lambda _cookie: True, person="carol"):
        super().__init__()
        self.provider, self.keeps, self.person = provider, keeps, person

    def request(self, **request):
        response = super().request(**request)
        for cookie in [cookie for cookie in self.cookies.values() if not self.keeps(cookie)]:
            del self.cookies[cookie.key]
        return response

    def walk(self, address, **extra):
        """The answer at the end of the redirects, and how many logins it took."""
        logins = 0
        for _ in range(MAX_STEPS):
            if address.startswith(self.provider.issuer):
                address, logins = self.provider.callback(address, self.person), logins + 1
            response = self.get(address, **extra)
            if response.status_code != 302:
                return response, logins
            address = response["Location"]
        raise AssertionError(f"still going round after {MAX_STEPS} steps and {logins} logins")


@pytest.fixture
def lossy(db, relyant_provider):
    """A browser that keeps our records and never the session."""
    return Browser(relyant_provider, keeps=lambda cookie: cookie.key != "sessionid")


# SE-04
def test_se_04_a_browser_that_keeps_no_session_meets_a_page_after_three_logins(lossy, caplog):
    response, logins = lossy.walk("/members/?page=2")
    text = response.content.decode()
    assert (response.status_code, logins) == (403, transactions.CIRCLE_SIGN_INS)
    assert "<code>session.not_kept</code>" in text and "does not keep this site" in text
    assert 'href="/oidc/login/?next=%2Fmembers%2F%3Fpage%3D2&amp;provider=keycloak"' in text
    (line,) = [one for one in caplog.records if "session.not_kept" in one.getMessage()]
    assert line.levelno == logging.ERROR
    for setting in ("SESSION_COOKIE_SECURE", "SESSION_COOKIE_DOMAIN", "SESSION_COOKIE_NAME"):
        assert setting in line.getMessage()


# SE-04
def test_se_04_over_plain_http_with_secure_session_cookies(db, relyant_provider, settings):
    settings.SESSION_COOKIE_SECURE = True
    response, _ = Browser(relyant_provider, keeps=lambda cookie: not cookie["secure"]).walk("/members/")
    assert response.status_code == 403 and "session.not_kept" in response.content.decode()


# SE-04
def test_se_04_start_again_works_once_the_cause_is_gone(lossy):
    lossy.walk("/members/")
    lossy.keeps = lambda _cookie: True
    response, logins = lossy.walk("/oidc/login/?next=/members/")
    assert (response.content.decode(), logins) == ("hello carol", 1)


# SE-04
def test_se_04_start_again_ends_at_the_page_again_while_the_cause_is_there(lossy):
    for _ in range(3):
        response, logins = lossy.walk("/members/")
        assert (response.status_code, logins) == (403, transactions.CIRCLE_SIGN_INS)


# SE-04
def test_se_04_a_browser_that_keeps_no_cookie_at_all_meets_a_page(db, relyant_provider):
    response, logins = Browser(relyant_provider, keeps=lambda _cookie: False).walk("/members/")
    assert (response.status_code, logins) == (400, 1)
    assert "transaction.not_found" in response.content.decode()


# SE-04
def test_se_04_an_account_that_may_not_come_in_meets_a_page(db, relyant_provider):
    browser = Browser(relyant_provider)
    browser.walk("/members/")
    User.objects.update(is_active=False)
    response, _ = browser.walk("/members/")
    assert response.status_code == 403 and "account.inactive" in response.content.decode()


# SE-04
def test_se_04_pages_that_turn_a_visitor_away_in_turn_are_no_circle(db, relyant_provider, settings):
    settings.ROOT_URLCONF = "tests.journeys.site_with_a_circle"
    response, logins = Browser(relyant_provider).walk("/first/")
    assert (response.status_code, logins) == (403, 1)
    assert "You may not see that page" in response.content.decode()


@pytest.mark.parametrize("path", ["/oidc/logout/", "/admin/logout/"])
def test_who_signs_in_and_out_again_and_again_is_let_in(db, relyant_provider, path):
    browser = Browser(relyant_provider, person="adam")
    for _ in range(2 * transactions.CIRCLE_SIGN_INS):
        response, logins = browser.walk("/members/")
        assert (response.content.decode(), logins) == ("hello adam", 1)
        assert browser.post(path).status_code == 303


def test_one_client_for_several_people_is_let_in(browser, relyant_provider):
    for person in ("carol", "chris", "adam", "carol", "chris"):
        assert relyant_provider.sign_in(browser, person).status_code == 302
        assert signed_in(browser) == person
        browser.post("/oidc/logout/")


def test_refusals_are_no_sign_ins(browser, relyant_provider):
    for _ in range(2 * transactions.CIRCLE_SIGN_INS):
        assert "decision.not_allowed" in relyant_provider.sign_in(browser, "nora").content.decode()
    assert relyant_provider.sign_in(browser, "carol").status_code == 302
    assert signed_in(browser) == "carol"


def test_tabs_that_are_opened_at_one_time_are_let_in(browser, relyant_provider):
    requests = [browser.get("/oidc/login/", {"next": "/members/"})["Location"] for _ in range(6)]
    for request in requests:
        assert browser.get(relyant_provider.callback(request, "carol"))["Location"] == "/members/"
    assert browser.get("/members/").content.decode() == "hello carol"


@pytest.mark.parametrize(("begun_at", "status"), [("cross-site", 302), ("same-origin", 403), (None, 403)])
def test_a_strict_session_that_another_sites_link_leaves_out_is_not_lost(lossy, settings, begun_at, status):
    """Three links from a mail, opened one after the other: each begins without the session, and none is a circle."""
    settings.SESSION_COOKIE_SAMESITE = "Strict"
    came = {} if begun_at is None else {"HTTP_SEC_FETCH_SITE": begun_at}
    for _ in range(transactions.CIRCLE_SIGN_INS):
        response, _ = lossy.walk("/members/", **came)
        assert response.status_code == 200 and "You are signed in" in response.content.decode()
    assert lossy.get("/oidc/login/", **came).status_code == status
