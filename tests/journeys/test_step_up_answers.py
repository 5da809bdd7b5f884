"""How a page answers whose visitor has to sign in once more: a form, a script, a browser that withholds its session."""

from __future__ import annotations

import json
import time

import pytest
from django.db import connection
from django.http import HttpResponse

from relyant import notices, transactions
from tests.journeys.step_up_visitor import AGAIN, HOUR, Visitor, again_of, code, words

pytestmark = pytest.mark.django_db


SCRIPT = {"HTTP_SEC_FETCH_MODE": "cors"}


@pytest.fixture(autouse=True)
def step_up_site(site):
    site.ROOT_URLCONF = "tests.journeys.site_with_step_up"
    return site


@pytest.fixture
def carol(relyant_provider):
    """Carol, who signed in an hour ago, by the usual means."""
    return Visitor(relyant_provider).sign_in(ago=HOUR)


def test_a_form_is_kept_and_the_sign_in_is_in_another_tab(carol):
    response = carol.post("/money/", {"amount": "5"})
    text = response.content.decode()
    assert response.status_code == 403 and "WWW-Authenticate" not in response
    assert "This needs a fresh sign-in" in text and "Nothing of what you entered is lost" in text
    assert words(carol.go(again_of(response)))
    assert words(carol.get("/money/")) == "seen by carol"
    sealed = text.partition('name="sealed" value="')[2].partition('"')[0]
    form = carol.post("/oidc/resend/", {"sealed": sealed})
    assert 'action="/money/"' in words(form) and 'name="amount" value="5"' in form.content.decode()


def test_a_form_that_a_class_is_missing_for_says_so(carol):
    response = carol.post("/gold/", {"amount": "5"})
    assert (response.status_code, "This needs a stronger sign-in" in response.content.decode()) == (403, True)


def test_a_form_that_can_not_be_kept_still_leads_to_the_sign_in(carol):
    response = carol.post("/money/hook/", {"amount": "5"})
    assert response.status_code == 403 and again_of(response) != AGAIN
    assert 'name="sealed"' not in response.content.decode()


# RFC 9470 §3
def test_a_script_is_told_what_is_missing(carol):
    response = carol.post("/vault/", HTTP_REFERER="http://testserver/beers/?page=2", **SCRIPT)
    assert response.status_code == 401
    assert response["WWW-Authenticate"] == (
        'Bearer error="insufficient_user_authentication", '
        'error_description="A more recent sign-in, of another authentication level, is needed", '
        'acr_values="gold platinum", max_age="300"'
    )
    told = json.loads(response.content)
    login_url = told.pop("login_url")
    assert told == {
        "error": "insufficient_user_authentication",
        "detail": "Sign in again, as this part of the site asks for.",
        "max_age": 300,
        "acr_values": ["gold", "platinum"],
    }
    carol.provider.set_acr("carol", ["gold"])
    assert carol.go(login_url).wsgi_request.get_full_path() == "/beers/?page=2"
    assert words(carol.get("/vault/", **SCRIPT)) == "seen by carol"


# SE-04
def test_a_script_that_is_never_satisfied_sends_nobody_round(carol, monkeypatch):
    """A front end follows the address by itself, again and again."""
    now = time.time()
    monkeypatch.setattr("relyant.flows.step_up.time.time", lambda: now + 2 * HOUR)
    monkeypatch.setattr("relyant.flows.step_up._LIFETIME_SECONDS", 9 * HOUR)

    def ask():
        return carol.get("/money/", HTTP_REFERER="http://testserver/beers/", **SCRIPT).json()["login_url"]

    assert words(carol.go(ask())) == "seen by carol"
    assert code(carol.go(ask())) == "session.step_up_in_vain"


def test_a_script_of_a_stranger_is_told_to_sign_in(client):
    response = client.get("/vault/", **SCRIPT)
    assert (response.status_code, response.json()["error"]) == (401, "login_required")


def test_a_strict_session_goes_on_too(carol, settings):
    """Along the way from the provider the browser withholds the session; our own page has it again."""
    settings.SESSION_COOKIE_SAMESITE = "Strict"
    callback = carol.answer(carol.get(carol.get("/money/")["Location"])["Location"])
    session = carol.cookies.pop("sessionid")
    onward = words(carol.get(callback))
    assert carol.session.session_key is None or not carol.session.keys()
    address = onward.partition("url=")[2].partition('"')[0].replace("&amp;", "&")
    assert address.startswith(f"{AGAIN}?") and "code=" not in address
    carol.cookies["sessionid"] = session.value
    assert "/money/" in words(carol.get(address))
    assert words(carol.get("/money/")) == "seen by carol"
    assert "/money/" in carol.get(address)["Location"]


# LO-15
@pytest.mark.django_db(transaction=True)
def test_lo_15_a_logout_token_that_overtakes_it_is_looked_for_outside_of_transactions(
    carol, settings, monkeypatch
):
    """LO-15: of a row that isn't committed yet, whoever takes the token knows nothing, and nor of its notice we."""
    looked_in_transaction = []

    def overtook(*_):
        looked_in_transaction.append(connection.in_atomic_block)
        return False

    monkeypatch.setitem(connection.settings_dict, "ATOMIC_REQUESTS", True)
    monkeypatch.setattr(notices, "overtook", overtook)
    settings.SESSION_COOKIE_SAMESITE = "Strict"
    callback = carol.answer(carol.get(carol.get("/money/")["Location"])["Location"])
    session = carol.cookies.pop("sessionid")
    address = words(carol.get(callback)).partition("url=")[2].partition('"')[0].replace("&amp;", "&")
    carol.cookies["sessionid"] = session.value
    assert "/money/" in words(carol.get(address)) and looked_in_transaction == [False]


def test_an_answer_that_came_without_its_session_is_for_it_alone(carol, relyant_provider, settings):
    settings.SESSION_COOKIE_SAMESITE = "Strict"
    callback = carol.answer(carol.get(carol.get("/money/")["Location"])["Location"])
    carol.cookies.pop("sessionid")
    onward = words(carol.get(callback))
    address = onward.partition("url=")[2].partition('"')[0].replace("&amp;", "&")
    assert code(carol.get(address)) == "transaction.other_session"


def test_an_address_of_no_answer_is_refused(carol):
    assert code(carol.get(AGAIN, {"provider": "keycloak", "state": "x"})) == "transaction.not_found"


def test_a_form_post_goes_on_too(carol, relyant_provider, configure):
    configure({"PROVIDERS.keycloak.RESPONSE_MODE": "form_post"})
    request = carol.get(carol.get("/money/", secure=True)["Location"], secure=True)["Location"]
    path, body = relyant_provider.form_post(request, "carol")
    session = carol.cookies.pop("sessionid")
    onward = carol.post(path, body, content_type="application/x-www-form-urlencoded", secure=True)
    assert (onward.status_code, onward["Location"].startswith(f"{AGAIN}?provider=")) == (303, True)
    carol.cookies["sessionid"] = session.value
    assert carol.get(onward["Location"], secure=True)["Location"] == "/money/"
    assert words(carol.get("/money/", secure=True)) == "seen by carol"


def test_a_record_comes_back_as_it_was(rf):
    key = transactions.Key("keycloak", "a" * 43)
    record = transactions.SteppingUp(
        b"\0transaction\xff", "mark", "/ä/", 0, ("gold", "a b"), "code=1&state=2"
    )
    response = HttpResponse()
    transactions.put(rf.get("/"), response, key, record)
    (name,) = response.cookies
    request = rf.get("/", HTTP_COOKIE=f"{name}={response.cookies[name].value}")
    assert transactions.take(request, key) == record
    assert "code=1" not in repr(record)
