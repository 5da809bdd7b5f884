"""The way out: here first, then at the provider, and where it ends."""

from __future__ import annotations

import re
import urllib.request
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from django.contrib import auth
from django.contrib.auth.models import User
from django.db import OperationalError
from django.test import Client, RequestFactory

from relyant import _core, register, registry, signals, token_store
from relyant.models import EndedBy, UserSession
from tests.journeys.conftest import misbehave, signed_in


class Stop(urllib.request.HTTPRedirectHandler):
    """Follow nowhere."""

    def redirect_request(self, *_):
        return None


def leave(browser, **data):
    return browser.post("/oidc/logout/", data)


def test_logout_goes_by_the_provider(browser, relyant_provider):
    relyant_provider.sign_in(browser, "carol")
    response = leave(browser)
    assert response.status_code == 303
    address, query = response["Location"].split("?")
    asked = parse_qs(query)
    assert address == f"{relyant_provider.issuer}/protocol/openid-connect/logout"
    assert asked["post_logout_redirect_uri"] == ["http://testserver/oidc/logged-out/"]
    assert asked["client_id"] == ["beer"] and len(asked["state"][0]) == 43
    assert asked["id_token_hint"][0].count(".") == 2
    assert signed_in(browser) is None


def test_the_provider_knows_the_hint_and_asks_nobody(browser, relyant_provider):
    relyant_provider.sign_in(browser, "carol")
    location = leave(browser)["Location"]
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), Stop())
    with pytest.raises(urllib.request.HTTPError) as redirected:
        opener.open(location, timeout=5)
    assert redirected.value.code in (302, 303)
    back = redirected.value.headers["Location"]
    redirected.value.close()
    assert back.startswith("http://testserver/oidc/logged-out/?state=")
    page = browser.get(back)
    assert page.status_code == 200 and "You are signed out" in page.content.decode()


def test_logout_redirect_url_is_where_it_ends(browser, relyant_provider, settings):
    settings.LOGOUT_REDIRECT_URL = "/beers/?bye"
    relyant_provider.sign_in(browser, "carol")
    state = parse_qs(urlsplit(leave(browser)["Location"]).query)["state"][0]
    returned = browser.get("/oidc/logged-out/", {"state": state})
    assert (returned.status_code, returned["Location"]) == (302, "/beers/?bye")
    assert browser.get("/oidc/logged-out/", {"state": state}).status_code == 200


def test_next_is_where_a_logout_ends(browser, relyant_provider):
    relyant_provider.sign_in(browser, "carol")
    state = parse_qs(urlsplit(leave(browser, next="/beers/")["Location"]).query)["state"][0]
    assert browser.get("/oidc/logged-out/", {"state": state})["Location"] == "/beers/"


def test_lo_11_get_asks_and_post_acts(browser, relyant_provider):
    """LO-11: an image or a link to the logout signs nobody out."""
    relyant_provider.sign_in(browser, "carol")
    page = browser.get("/oidc/logout/")
    assert page.status_code == 200 and "carol" in page.content.decode()
    assert signed_in(browser) == "carol"
    assert browser.get("/oidc/logged-out/").status_code == 200
    assert signed_in(browser) == "carol"


def test_lo_11_a_form_of_another_site_signs_nobody_out(browser, relyant_provider):
    """LO-11: without the CSRF token nothing happens; with the page's own form it does."""
    strict = Client(enforce_csrf_checks=True)
    relyant_provider.sign_in(strict, "carol")
    assert leave(strict).status_code == 403
    assert signed_in(strict) == "carol"
    form = strict.get("/oidc/logout/").content.decode()
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', form).group(1)
    assert leave(strict, csrfmiddlewaretoken=token).status_code == 303
    assert signed_in(strict) is None


@pytest.mark.parametrize("path", ["/oidc/logout/", "/admin/logout/"])
def test_lo_11_on_a_site_without_djangos_csrf_middleware(browser, relyant_provider, settings, path):
    """LO-11: the logout checks the token itself."""
    settings.MIDDLEWARE = [name for name in settings.MIDDLEWARE if "Csrf" not in name]
    strict = Client(enforce_csrf_checks=True)
    relyant_provider.sign_in(strict, "adam")
    assert strict.post(path).status_code == 403
    assert signed_in(strict) == "adam"


@pytest.mark.parametrize("state", ["", "another", None, "A" * 43])
def test_lo_12_a_return_with_another_state_leads_nowhere(browser, relyant_provider, state, settings):
    """LO-12: only this browser's own logout is taken on; anything else stays on our page."""
    settings.LOGOUT_REDIRECT_URL = "/beers/"
    relyant_provider.sign_in(browser, "carol")
    leave(browser)
    page = browser.get("/oidc/logged-out/", {} if state is None else {"state": state})
    assert page.status_code == 200 and "You are signed out" in page.content.decode()


def test_lo_12_no_logout_ends_on_another_site(browser, relyant_provider):
    """LO-12: `next` is judged as at the login, and the return's address is ours, whatever the form says."""
    for payload in ("https://evil.example/", "//evil.example", "/\\evil.example"):
        relyant_provider.sign_in(browser, "carol")
        location = leave(browser, next=payload, post_logout_redirect_uri=payload)["Location"]
        assert "evil" not in location
        state = parse_qs(urlsplit(location).query)["state"][0]
        assert browser.get("/oidc/logged-out/", {"state": state}).status_code == 200


def test_the_page_of_the_signed_out_does_not_lie(browser, relyant_provider):
    relyant_provider.sign_in(browser, "carol")
    text = browser.get("/oidc/logged-out/").content.decode()
    assert "still signed in" in text and "carol" in text


@pytest.mark.parametrize("what", ["down", "slow", "error-500"])
def test_a_provider_that_is_away_cannot_keep_anybody_signed_in(
    browser, relyant_provider, settings, what, caplog
):
    relyant_provider.sign_in(browser, "carol")
    # A process that hasn't asked for the metadata yet.
    settings.RELYANT = {**settings.RELYANT}
    misbehave(settings, relyant_provider, what)
    page = leave(browser, next="/beers/")
    text = page.content.decode()
    assert page.status_code == 200
    assert "your session there may go on" in text and 'href="/beers/"' in text
    assert signed_in(browser) is None
    (line,) = [record.getMessage() for record in caplog.records if "logout refused" in record.getMessage()]
    assert "unavailable." in line and "keycloak" in line
    reference = re.search(r"<dt>Reference</dt> <dd><code>(\w{8})</code>", text).group(1)
    assert reference in line


def test_a_provider_that_was_removed_from_the_settings(browser, relyant_provider, settings):
    relyant_provider.sign_in(browser, "carol")
    one = settings.RELYANT["PROVIDERS"]["keycloak"]
    settings.RELYANT = {**settings.RELYANT, "PROVIDERS": {"other": one}}
    assert leave(browser).status_code == 200
    assert signed_in(browser) is None


def test_local_users_stay_here(browser, relyant_provider):
    browser.force_login(User.objects.create_user("luke", password="x"))
    response = leave(browser)
    assert (response.status_code, response["Location"]) == (303, "/oidc/logged-out/")
    assert signed_in(browser) is None


def test_nobody_can_log_out_too(browser):
    assert browser.get("/oidc/logout/").status_code == 200
    assert leave(browser)["Location"] == "/oidc/logged-out/"


def test_sessions_in_cookies_send_the_hint_that_the_register_keeps(browser, relyant_provider, settings):
    settings.SESSION_ENGINE = "django.contrib.sessions.backends.signed_cookies"
    relyant_provider.sign_in(browser, "carol")
    assert "id_token" not in browser.session["relyant"] and "tokens" not in browser.session["relyant"]
    location = leave(browser)["Location"]
    assert location.startswith(relyant_provider.issuer) and "id_token_hint=eyJ" in location


def test_a_hint_that_does_not_open_is_left_out(browser, relyant_provider, settings):
    relyant_provider.sign_in(browser, "carol")
    hint = browser.session["relyant"]["id_token"]
    session = browser.session
    session["relyant"] = {**session["relyant"], "id_token": hint[:-4] + "AAAA"}
    session.save()
    location = leave(browser)["Location"]
    assert location.startswith(relyant_provider.issuer) and "id_token_hint" not in location


def test_a_signal_tells_of_it(browser, relyant_provider):
    heard = []

    def hear(sender, **told):
        heard.append(told)

    signals.logged_out.connect(hear)
    try:
        relyant_provider.sign_in(browser, "carol")
        leave(browser)
    finally:
        signals.logged_out.disconnect(hear)
    (told,) = heard
    assert told["user"].get_username() == "carol" and told["provider"] == "keycloak"


def test_a_receiver_that_fails_stops_no_logout(browser, relyant_provider, caplog):
    senders = []

    def fail(sender, **_):
        senders.append(sender)
        raise RuntimeError("the project's own error")

    signals.logged_out.connect(fail)
    try:
        relyant_provider.sign_in(browser, "carol")
        response = leave(browser)
    finally:
        signals.logged_out.disconnect(fail)
    assert response["Location"].startswith(relyant_provider.issuer)
    assert signed_in(browser) is None
    assert senders == [User]
    (line,) = [
        record for record in caplog.records if record.name == "relyant" and record.levelname == "ERROR"
    ]
    assert "fail" in line.getMessage() and str(line.exc_info[1]) == "the project's own error"


def test_without_a_kept_id_token_the_providers_session_is_the_hint(browser, relyant_provider, settings):
    settings.RELYANT = {**settings.RELYANT, "KEEP_TOKENS": "none"}
    relyant_provider.sign_in(browser, "carol")
    sid = browser.session["relyant"]["sid"]
    asked = parse_qs(urlsplit(leave(browser)["Location"]).query)
    assert asked["logout_hint"] == [sid] and "id_token_hint" not in asked


# LO-13
def test_lo_13_an_id_token_too_long_for_an_address_goes_by_a_form(browser, relyant_provider):
    """LO-13: a page of ours posts it, to that provider alone, and keeps it out of every address."""
    relyant_provider.set_claims("carol", {"motto": "hops " * 400})
    relyant_provider.sign_in(browser, "carol")
    page = leave(browser, next="/beers/")
    text = page.content.decode()
    assert page.status_code == 200 and "Location" not in page and signed_in(browser) is None
    endpoint = f"{relyant_provider.issuer}/protocol/openid-connect/logout"
    assert f'<form method="post" action="{endpoint}">' in text
    fields = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', text))
    assert fields["client_id"] == "beer" and fields["id_token_hint"].count(".") == 2
    origin = relyant_provider.issuer.removesuffix("/realms/brewery")
    assert f"; form-action 'self' https: {origin}" in page["Content-Security-Policy"]
    assert "no-store" in page["Cache-Control"] and "<script" not in text
    body = urlencode(fields).encode()
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), Stop())
    with pytest.raises(urllib.request.HTTPError) as redirected:
        opener.open(endpoint, data=body, timeout=5)
    back = redirected.value.headers["Location"]
    redirected.value.close()
    assert browser.get(back)["Location"] == "/beers/"


# LO-13
def test_lo_13_no_id_token_in_the_log(browser, relyant_provider, caplog):
    """LO-13: the log of a login and a logout has no token, whatever the level."""
    caplog.set_level("DEBUG")
    relyant_provider.sign_in(browser, "carol")
    location = leave(browser)["Location"]
    id_token = parse_qs(urlsplit(location).query)["id_token_hint"][0]
    relyant_provider.sign_in(browser, "carol")
    relyant_provider.misbehave("down")
    leave(browser)
    assert caplog.records and "signed out" in caplog.text
    assert id_token not in caplog.text and "eyJ" not in caplog.text


def test_tokens_are_left_alone_unless_the_setting_says_otherwise(browser, relyant_provider):
    relyant_provider.sign_in(browser, "carol")
    leave(browser)
    assert relyant_provider.requests()["revocation"] == 0


# LO-08
@pytest.mark.parametrize("engine", ["db", "signed_cookies"])
@pytest.mark.parametrize("kept", ["session", "table"])
def test_lo_08_tokens_are_revoked_where_the_setting_says_so(
    browser, relyant_provider, settings, engine, kept
):
    """LO-08: after the logout a copy of the refresh token is good for nothing."""
    settings.SESSION_ENGINE = f"django.contrib.sessions.backends.{engine}"
    settings.RELYANT = {**settings.RELYANT, "KEEP_TOKENS": kept, "REVOKE_ON_LOGOUT": True}
    relyant_provider.sign_in(browser, "carol")
    request = RequestFactory().get("/")
    request.session = browser.session
    copy = token_store.tokens_of(register.whole_record(request))
    assert copy.has_refresh_token
    assert leave(browser).status_code == 303
    assert relyant_provider.requests()["revocation"] == 2
    with pytest.raises(_core.RelyantError) as refused:
        registry.provider("keycloak").relying_party.refresh(copy)
    assert refused.value.code == "refused.refresh_token"


@pytest.mark.parametrize("what", ["down@revocation", "error-500@revocation", "error-503@revocation"])
def test_a_revocation_that_fails_is_logged_and_stops_no_logout(
    browser, relyant_provider, settings, what, caplog
):
    settings.RELYANT = {**settings.RELYANT, "REVOKE_ON_LOGOUT": True}
    relyant_provider.sign_in(browser, "carol")
    relyant_provider.misbehave(what)
    response = leave(browser)
    assert response.status_code == 303 and "id_token_hint=eyJ" in response["Location"]
    assert signed_in(browser) is None
    (line,) = [one.getMessage() for one in caplog.records if "revocation refused" in one.getMessage()]
    assert "keycloak" in line and "eyJ" not in line
    assert relyant_provider.requests()["revocation"] == 1


def test_nothing_is_revoked_where_no_tokens_are_kept(browser, relyant_provider, settings):
    settings.RELYANT = {**settings.RELYANT, "KEEP_TOKENS": "none", "REVOKE_ON_LOGOUT": True}
    relyant_provider.sign_in(browser, "carol")
    assert leave(browser).status_code == 303
    assert relyant_provider.requests()["revocation"] == 0


def test_a_register_that_is_away_says_try_again(browser, relyant_provider, monkeypatch):
    """She isn't told that she is out while her session goes on."""
    relyant_provider.sign_in(browser, "carol")

    def away():
        raise OperationalError("gone: row of carol")

    with monkeypatch.context() as broken:
        broken.setattr(register, "rows", away)
        answer = leave(browser)
    assert answer.status_code == 503 and "unavailable.database" in answer.content.decode()
    assert signed_in(browser) == "carol"
    assert leave(browser).status_code == 303 and signed_in(browser) is None


def test_any_logout_of_django_ends_the_row_of_the_session(browser, relyant_provider):
    relyant_provider.sign_in(browser, "carol")
    row = UserSession.objects.get()
    request = RequestFactory().get("/")
    request.session, request.user = browser.session, row.user
    auth.logout(request)
    row.refresh_from_db()
    assert (row.ended_by, row.state, row.session_key) == (EndedBy.LOGOUT, "", "")
