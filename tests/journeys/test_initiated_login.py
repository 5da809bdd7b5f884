"""A login that another site begins, Core §4: by which provider, to which place, for whom."""

from __future__ import annotations

from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from django.test import Client

from tests.journeys.conftest import signed_in
from tests.journeys.test_attacks import PAYLOADS, as_a_browser_reads

INITIATE = "/oidc/initiate/"
FORM = "application/x-www-form-urlencoded"


@pytest.fixture
def issuer(relyant_provider):
    return relyant_provider.issuer


def asked_of_the_provider(response):
    return parse_qs(urlsplit(response["Location"]).query)


def test_a_login_begins_where_the_issuer_says_and_ends_where_the_target_is(browser, relyant_provider, issuer):
    response = browser.get(INITIATE, {"iss": issuer, "target_link_uri": "http://testserver/members/?page=2"})
    assert response.status_code == 302 and response["Location"].startswith(issuer)
    answer = browser.get(relyant_provider.callback(response["Location"], "carol"))
    assert answer["Location"] == "http://testserver/members/?page=2"
    assert signed_in(browser) == "carol"


def test_a_form_may_begin_it_too_and_the_browser_asks_again_by_address(relyant_provider, db, issuer):
    browser = Client(enforce_csrf_checks=True)
    form = urlencode({"iss": issuer, "login_hint": "carol", "target_link_uri": "/members/", "prompt": "none"})
    response = browser.post(INITIATE, form, content_type=FORM)
    assert response.status_code == 303
    again = urlsplit(response["Location"])
    assert again.path == INITIATE
    assert parse_qs(again.query) == {
        "iss": [issuer],
        "login_hint": ["carol"],
        "target_link_uri": ["/members/"],
    }
    assert not browser.cookies
    query = asked_of_the_provider(browser.get(response["Location"]))
    assert query["login_hint"] == ["carol"] and "prompt" not in query


def test_what_the_next_step_would_drop_does_not_lengthen_the_address(browser, issuer):
    form = urlencode({"iss": issuer, "login_hint": "a" * 300, "target_link_uri": "/" + "b" * 600})
    response = browser.post(INITIATE, form, content_type=FORM)
    assert response["Location"] == f"{INITIATE}?{urlencode({'iss': issuer})}"


# AZ-07
@pytest.mark.parametrize(("tenant", "status"), [("1f", 303), ("2f", 400), ("common", 400)])
def test_the_issuer_of_a_tenant_is_one_where_it_is_named(client, settings, tenant, status):
    address = "https://login.microsoftonline.com/{}/v2.0"
    entra = {"ISSUER": address.format("common"), "CLIENT_ID": "beer", "PRESET": "entra", "TENANTS": ["1f"]}
    settings.RELYANT = {"PROVIDERS": {"entra": entra}}
    form = urlencode({"iss": address.format(tenant)})
    assert client.post(INITIATE, form, content_type=FORM).status_code == status


# AR-12, DK-11
@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("change", ["slash", "upper", "foreign", "name", "empty", "missing"])
def test_ar_12_the_issuer_is_a_configured_one_byte_for_byte(
    browser, relyant_provider, issuer, method, change
):
    changed = {
        "slash": f"{issuer}/",
        "upper": issuer.upper(),
        "foreign": "https://evil.example",
        "name": "keycloak",
        "empty": "",
    }
    query = {"target_link_uri": "/members/"}
    if change in changed:
        query["iss"] = changed[change]
    if method == "get":
        response = browser.get(INITIATE, query)
    else:
        response = browser.post(INITIATE, urlencode(query), content_type=FORM)
    assert response.status_code == 400
    assert "<code>transaction.unknown_issuer</code>" in response.content.decode()
    assert not browser.cookies and relyant_provider.requests()["metadata"] == 0


def test_the_log_says_which_issuer_came_and_which_are_known(browser, issuer, caplog):
    browser.get(INITIATE, {"iss": f"{issuer}/"})
    assert f"`iss` is `{issuer}/`, expected one of `{issuer}`" in caplog.text


# AR-12
def test_ar_12_nothing_else_is_heeded(browser, issuer):
    asked = {
        "iss": issuer,
        "scope": "offline_access",
        "scopes": "admin",
        "prompt": "none",
        "max_age": "0",
        "acr_values": "0",
        "ui_locales": "xx",
        "claims": "{}",
        "redirect_uri": "https://evil.example",
        "response_mode": "form_post",
        "provider": "other",
        "next": "https://evil.example",
    }
    query = asked_of_the_provider(browser.get(INITIATE, asked))
    assert query.keys() == asked_of_the_provider(browser.get(INITIATE, {"iss": issuer})).keys()
    assert query["redirect_uri"] == ["http://testserver/oidc/callback/keycloak/"]


# AR-09
@pytest.mark.parametrize("name", ["iss", "login_hint", "target_link_uri"])
@pytest.mark.parametrize("method", ["get", "post"])
def test_ar_09_a_repeated_parameter_is_refused(browser, issuer, method, name):
    query = urlencode([("iss", issuer), ("login_hint", "x"), ("target_link_uri", "/"), (name, "again")])
    if method == "get":
        response = browser.get(f"{INITIATE}?{query}")
    else:
        response = browser.post(INITIATE, query, content_type=FORM)
    assert response.status_code == 400
    assert "<code>transaction.parameter_repeated</code>" in response.content.decode()


# AR-11
def test_ar_11_no_target_leads_to_another_site(browser, relyant_provider, issuer):
    for payload in PAYLOADS[::60]:
        visitor = Client()
        begun = visitor.get(INITIATE, {"iss": issuer, "target_link_uri": payload})
        answer = visitor.get(relyant_provider.callback(begun["Location"], "carol"))
        assert as_a_browser_reads(answer["Location"]) == "testserver", payload


@pytest.mark.parametrize("hint", ["carol@brewery.example", "Carol Cask", "x" * 255, "カロル"])
def test_a_plain_hint_reaches_the_provider(browser, issuer, hint):
    response = browser.get(INITIATE, {"iss": issuer, "login_hint": hint})
    assert asked_of_the_provider(response)["login_hint"] == [hint]


@pytest.mark.parametrize("hint", ["", "x" * 256, "carol\nHost: evil", "carol\x00", "\u202ecarol", "\u2028"])
def test_an_odd_hint_does_not(browser, issuer, hint):
    response = browser.get(INITIATE, {"iss": issuer, "login_hint": hint})
    assert response.status_code == 302 and "login_hint" not in asked_of_the_provider(response)


def test_somebody_who_is_signed_in_goes_straight_on(browser, relyant_provider, issuer):
    relyant_provider.sign_in(browser, "carol")
    response = browser.get(INITIATE, {"iss": issuer, "target_link_uri": "/members/"})
    assert response["Location"] == "/members/"


def test_of_two_providers_the_issuer_names_one(browser, relyant_provider, settings, issuer):
    one = settings.RELYANT["PROVIDERS"]["keycloak"]
    other = {**one, "ISSUER": "http://127.0.0.1:9/realms/other"}
    settings.RELYANT = {**settings.RELYANT, "PROVIDERS": {"other": other, "keycloak": one}}
    query = asked_of_the_provider(browser.get(INITIATE, {"iss": issuer}))
    assert query["redirect_uri"] == ["http://testserver/oidc/callback/keycloak/"]


@pytest.mark.parametrize(
    ("content_type", "body", "query"),
    [
        ("application/json", '{"iss": "x"}', ""),
        ("multipart/form-data; boundary=x", "--x--", ""),
        (FORM, "iss=x", "?iss=x"),
        (FORM, "iss=" + "x" * 20_000, ""),
    ],
)
def test_what_is_no_form_is_refused(browser, issuer, content_type, body, query):
    response = browser.post(INITIATE + query, body, content_type=content_type)
    assert response.status_code == 400
    assert "<code>transaction.form_unusable</code>" in response.content.decode()


@pytest.mark.parametrize("method", ["put", "patch", "delete", "head", "options"])
def test_no_other_method_begins_a_login(browser, issuer, method):
    assert getattr(browser, method)(f"{INITIATE}?{urlencode({'iss': issuer})}").status_code == 405
