"""Answers by a form: the provider's page posts from another site, and browsers leave most cookies out."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, urlencode

import pytest
from asgiref.sync import async_to_sync
from django.contrib.auth.models import User
from django.http import UnreadablePostError
from django.test import AsyncClient, Client, override_settings
from django.views.debug import ExceptionReporter

from relyant import transactions
from tests.journeys.conftest import signed_in
from tests.journeys.test_attacks import TOKEN

CALLBACK = "/oidc/callback/keycloak/"
FORM = "application/x-www-form-urlencoded"


class Browser(Client):
    """A browser on an https site that heeds `SameSite`: with another site's form go the cookies that say None."""

    def __init__(self, **how):
        super().__init__(**how)
        self.defaults["wsgi.url_scheme"] = "https"

    def begin(self, next_url="/members/", **asked):
        response = self.get("/oidc/login/", {"next": next_url, **asked}, secure=True)
        assert response.status_code == 302
        return response["Location"]

    def post_from_elsewhere(self, path, body, content_type=FORM, **extra):
        withheld = {
            name: self.cookies.pop(name)
            for name in list(self.cookies)
            if self.cookies[name]["samesite"] != "None"
        }
        response = self.post(path, body, content_type=content_type, secure=True, **extra)
        for name, cookie in withheld.items():
            self.cookies.setdefault(name, cookie)
        return response

    def sign_in(self, provider, person, next_url="/members/"):
        return self.post_from_elsewhere(*provider.form_post(self.begin(next_url), person))

    def records(self):
        return {name: one for name, one in self.cookies.items() if "relyant" in name and one.value}


@pytest.fixture(autouse=True)
def by_form(site, relyant_provider, configure):
    configure({"PROVIDERS.keycloak.RESPONSE_MODE": "form_post"})


@pytest.fixture
def browser(db):
    return Browser(enforce_csrf_checks=True)


def assert_refused(browser, response, relyant_provider, code, asked=0):
    assert response.status_code == 400
    assert f"<code>{code}</code>" in response.content.decode()
    assert signed_in(browser) is None
    assert relyant_provider.requests()["token"] == asked


# AR-15
def test_ar_15_a_form_of_another_site_completes_the_login_of_this_browser(browser, relyant_provider):
    request = browser.begin()
    assert "response_mode=form_post" in request
    ((name, cookie),) = browser.records().items()
    assert name.startswith("__Host-relyant-") and cookie["path"] == "/" and not cookie["domain"]
    assert (cookie["samesite"], cookie["secure"], cookie["httponly"]) == ("None", True, True)
    answer = browser.post_from_elsewhere(*relyant_provider.form_post(request, "carol"))
    assert (answer.status_code, answer["Location"]) == (303, "/members/")
    assert signed_in(browser) == "carol"
    assert {one["samesite"] for one in browser.records().values()} == {"None"}
    assert browser.cookies["sessionid"]["samesite"] == "Lax"


# AR-15
def test_ar_15_without_the_login_s_cookie_a_form_is_worth_nothing(browser, relyant_provider):
    path, body = relyant_provider.form_post(browser.begin(), "carol")
    other = Browser()
    code = "transaction.not_found"
    assert_refused(other, other.post_from_elsewhere(path, body), relyant_provider, code)
    other.begin()
    assert_refused(other, other.post_from_elsewhere(path, body), relyant_provider, code)


# AR-15
def test_ar_15_the_cookie_of_any_other_login_stays_lax(browser, relyant_provider, configure):
    configure({"PROVIDERS.keycloak.RESPONSE_MODE": "query"})
    browser.begin()
    (cookie,) = browser.records().values()
    assert cookie["samesite"] == "Lax"


# AR-15
def test_ar_15_no_other_address_takes_a_foreign_form(browser, relyant_provider, configure):
    browser.sign_in(relyant_provider, "carol")
    for path, status in [("/oidc/logout/", 403), ("/oidc/login/", 405), ("/oidc/logged-out/", 405)]:
        assert browser.post_from_elsewhere(path, "").status_code in (status, 403)
    configure({"PROVIDERS.keycloak.RESPONSE_MODE": "query"})
    assert browser.post_from_elsewhere(CALLBACK, "code=x&state=y").status_code == 405
    assert signed_in(browser) == "carol"


# AR-09, AR-15
@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"query": "?x=y"}, "transaction.form_unusable"),
        ({"query": "?state=x"}, "transaction.form_unusable"),
        ({"content_type": "text/plain"}, "transaction.form_unusable"),
        ({"content_type": "application/json"}, "transaction.form_unusable"),
        ({"content_type": ""}, "transaction.form_unusable"),
        ({"content_type": "multipart/form-data; boundary=x"}, "transaction.form_unusable"),
        ({"content_type": "multipart/form-data"}, "transaction.form_unusable"),
        ({"more": "&x=" + "y" * 16 * 1024}, "transaction.form_unusable"),
        ({"body": "state=x&x=é" + "y" * 16 * 1024}, "transaction.form_unusable"),
        ({"more": "&x=" + "y" * 3 * 1024 * 1024}, "transaction.form_unusable"),
        ({"more": "&code=again"}, "transaction.parameter_repeated"),
        ({"more": "&state=again"}, "transaction.parameter_repeated"),
        ({"more": "&iss=again"}, "transaction.parameter_repeated"),
        ({"body": "code=x"}, "transaction.state_missing"),
        ({"body": "\x00\xff;;;&&&="}, "transaction.state_missing"),
        ({"body": "state=%00%ff%zz"}, "transaction.not_found"),
    ],
)
def test_ar_09_what_is_no_plain_form_is_refused_and_the_login_goes_on(
    browser, relyant_provider, change, code
):
    path, body = relyant_provider.form_post(browser.begin(), "carol")
    response = browser.post_from_elsewhere(
        path + change.get("query", ""),
        (change.get("body", body) + change.get("more", "")).encode(),
        change.get("content_type", FORM),
    )
    assert_refused(browser, response, relyant_provider, code)
    assert browser.post_from_elsewhere(path, body)["Location"] == "/members/"


def test_a_connection_that_breaks_off_is_a_page(browser, relyant_provider, monkeypatch):
    def broken(*_):
        raise UnreadablePostError("reset by peer")

    path, body = relyant_provider.form_post(browser.begin(), "carol")
    with monkeypatch.context() as patched:
        patched.setattr("django.core.handlers.wsgi.WSGIRequest.read", broken)
        response = browser.post_from_elsewhere(path, body)
    assert_refused(browser, response, relyant_provider, "transaction.form_unusable")


@pytest.mark.parametrize("method", ["put", "patch", "delete", "head", "options"])
def test_no_other_method_is_a_callback(browser, relyant_provider, method):
    path, _ = relyant_provider.form_post(browser.begin(), "carol")
    assert getattr(browser, method)(path, secure=True).status_code == 405


def test_a_provider_that_answers_in_the_address_nevertheless_is_answered(browser, relyant_provider):
    path, body = relyant_provider.form_post(browser.begin(), "carol")
    answer = browser.get(f"{path}?{body}", secure=True)
    assert (answer.status_code, answer["Location"]) == (302, "/members/")


@pytest.mark.parametrize(
    ("name", "code", "status"),
    [
        ("callback-wrong-iss", "misbehaved.callback_issuer_mismatch", 502),
        ("callback-code-twice", "transaction.parameter_repeated", 400),
        ("callback-access-denied", "refused.access_denied", 403),
        ("callback-no-state", "transaction.state_missing", 400),
        ("wrong-nonce", "invalid_token.nonce_mismatch", 502),
    ],
)
def test_a_misbehaviour_is_refused_as_in_the_address(browser, relyant_provider, name, code, status):
    relyant_provider.misbehave(name)
    response = browser.sign_in(relyant_provider, "carol")
    assert response.status_code == status
    assert f"<code>{code}</code>" in response.content.decode()
    assert signed_in(browser) is None and not User.objects.exists()


def test_a_form_that_comes_again_leads_to_where_the_login_went(browser, relyant_provider):
    """The back button leads to the provider's page, which posts its form once more."""
    path, body = relyant_provider.form_post(browser.begin(), "carol")
    browser.post_from_elsewhere(path, body)
    again = browser.post_from_elsewhere(path, body)
    assert (again.status_code, again["Location"]) == (303, "/members/")
    assert signed_in(browser) == "carol"
    assert relyant_provider.requests()["token"] == 1


def test_a_form_that_comes_again_after_a_logout_leads_through_the_login(browser, relyant_provider):
    path, body = relyant_provider.form_post(browser.begin(), "carol")
    browser.post_from_elsewhere(path, body)
    browser.cookies.pop("sessionid")
    again = browser.post_from_elsewhere(path, body)
    assert (again.status_code, again["Location"]) == (303, "/members/")
    guarded = browser.get("/members/", secure=True)
    assert guarded["Location"].startswith("/oidc/login/")
    assert relyant_provider.requests()["token"] == 1


# AR-16
def test_ar_16_a_session_that_the_browser_withholds_is_left_behind(browser, relyant_provider, configure):
    """AR-16: of somebody else as of nobody: not even what the setting allows is kept."""
    configure({"KEEP_SESSION_KEYS": ["cart"]})
    first, second = browser.begin(), browser.begin()
    browser.post_from_elsewhere(*relyant_provider.form_post(first, "carol"))
    session = browser.session
    session["cart"] = ["stout"]
    session.save()
    of_carol = session.session_key
    browser.post_from_elsewhere(*relyant_provider.form_post(second, "chris"))
    assert signed_in(browser) == "chris"
    assert browser.session.session_key != of_carol
    assert "cart" not in browser.session


def test_a_refused_form_leaves_the_other_persons_session(browser, relyant_provider):
    first, second = browser.begin(), browser.begin()
    browser.post_from_elsewhere(*relyant_provider.form_post(first, "carol"))
    refused = browser.post_from_elsewhere(*relyant_provider.form_post(second, "nora"))
    assert refused.status_code == 403 and "sessionid" not in refused.cookies
    assert signed_in(browser) == "carol"


@pytest.mark.parametrize("engine", ["db", "cache", "file", "signed_cookies"])
def test_every_session_engine_keeps_the_login(browser, relyant_provider, settings, tmp_path, engine):
    settings.SESSION_ENGINE = f"django.contrib.sessions.backends.{engine}"
    settings.SESSION_FILE_PATH = str(tmp_path)
    browser.sign_in(relyant_provider, "carol")
    assert signed_in(browser) == "carol"


def test_a_strict_session_meets_the_page_that_leads_on(browser, relyant_provider, settings):
    settings.SESSION_COOKIE_SAMESITE = "Strict"
    answer = browser.sign_in(relyant_provider, "carol")
    assert answer.status_code == 200 and 'content="0; url=/members/"' in answer.content.decode()
    assert signed_in(browser) == "carol"


# SE-04
def test_se_04_a_browser_that_keeps_no_session_is_stopped_here_too(browser, relyant_provider):
    for _ in range(transactions.CIRCLE_SIGN_INS):
        assert browser.sign_in(relyant_provider, "carol").status_code == 303
        browser.cookies.pop("sessionid")
    stopped = browser.get("/oidc/login/", secure=True)
    assert stopped.status_code == 403 and "<code>session.not_kept</code>" in stopped.content.decode()


# SE-05
@pytest.mark.parametrize("read_before", [False, True])
def test_se_05_no_code_of_a_form_on_a_debug_page(
    browser, relyant_provider, settings, monkeypatch, read_before
):
    """SE-05: an error behind the callback reports neither the code nor the body, whoever has read it before."""
    from relyant import session_records

    def fail(*_, **__):
        raise RuntimeError("the session store is on fire")

    monkeypatch.setattr(session_records, "begun", fail)
    settings.DEBUG = True
    if read_before:
        settings.MIDDLEWARE = ["tests.journeys.test_form_post.reading_middleware", *settings.MIDDLEWARE]
    path, body = relyant_provider.form_post(browser.begin(), "carol")
    browser.raise_request_exception = False
    page = browser.post_from_elsewhere(path, body)
    text = page.content.decode()
    assert page.status_code == 500 and "on fire" in text and "login.py" in text
    assert parse_qs(body)["code"][0] not in text and not TOKEN.search(text)


def reading_middleware(get_response):
    """Somebody else's middleware, which looks into every form."""

    def middleware(request):
        request.POST.get("anything")
        return get_response(request)

    return middleware


# SE-05
def test_se_05_no_code_is_left_in_the_request(browser, relyant_provider):
    path, body = relyant_provider.form_post(browser.begin(), "carol")
    request = browser.post_from_elsewhere(path, body).wsgi_request
    assert (request.body, dict(request.POST), dict(request.FILES)) == (b"", {}, {})
    assert request.read() == b"" and request.META["wsgi.input"].read() == b""
    oversized = browser.post_from_elsewhere(path, body + "x" * 20_000).wsgi_request
    assert oversized.body == oversized.read() == oversized.META["wsgi.input"].read() == b""


# SE-05
@pytest.mark.parametrize("setting", ["CA_FILE", "PRIVATE_KEY"])
def test_se_05_no_code_of_a_form_is_reported_where_the_settings_break_meanwhile(
    browser, relyant_provider, configure, setting
):
    """SE-05: Django mails a report of each 503, with the form that was posted."""
    path, body = relyant_provider.form_post(browser.begin(), "carol")
    configure({f"PROVIDERS.keycloak.{setting}": "/nowhere"})
    answer = browser.post_from_elsewhere(path, body)
    assert answer.status_code == 503
    report = ExceptionReporter(answer.wsgi_request, None, None, None).get_traceback_text()
    assert path in report and parse_qs(body)["code"][0] not in report


# SE-05
def test_se_05_no_code_is_left_in_an_asgi_request(db, relyant_provider):
    browser = AsyncClient()

    async def ask(method, *arguments, **how):
        return await getattr(browser, method)(*arguments, secure=True, **how)

    begun = async_to_sync(ask)("get", "/oidc/login/?next=/members/")
    path, body = relyant_provider.form_post(begun["Location"], "carol")
    answer = async_to_sync(ask)("post", path, body, content_type=FORM)
    assert (answer.status_code, answer["Location"]) == (303, "/members/")
    request = answer.asgi_request
    assert request.body == b"" and not request.POST
    code = parse_qs(body)["code"][0]
    assert code not in f"{request.scope} {request.META} {request!r}"


def test_over_plain_http_a_page_says_why_it_can_not_be(client, db, relyant_provider, caplog):
    response = client.get("/oidc/login/")
    assert response.status_code == 503
    assert "<code>configuration.settings</code>" in response.content.decode()
    assert "RESPONSE_MODE is form_post" in caplog.text and "SECURE_PROXY_SSL_HEADER" in caplog.text


# AR-15
@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_on_loopback_browsers_keep_a_secure_cookie_over_plain_http(client, db, relyant_provider, host):
    response = client.get("/oidc/login/", HTTP_HOST=host)
    ((name, cookie),) = response.cookies.items()
    assert name.startswith("relyant-")
    assert (cookie["samesite"], cookie["secure"]) == ("None", True)


def test_the_test_client_walks_through_a_form_too(browser, relyant_provider):
    answer = relyant_provider.sign_in(browser, "carol", next="/members/", secure=True)
    assert (answer.status_code, answer["Location"]) == (303, "/members/")
    assert re.match("hello carol", browser.get("/members/", secure=True).content.decode())


@override_settings(DATA_UPLOAD_MAX_NUMBER_FIELDS=1, DATA_UPLOAD_MAX_MEMORY_SIZE=1)
def test_a_project_s_own_limits_for_forms_do_not_concern_the_callback(browser, relyant_provider):
    assert browser.sign_in(relyant_provider, "carol").status_code == 303


def test_two_providers_take_their_own_ways(browser, relyant_provider, settings):
    one = settings.RELYANT["PROVIDERS"]["keycloak"]
    other = {**one, "RESPONSE_MODE": "query"}
    settings.RELYANT = {**settings.RELYANT, "PROVIDERS": {"keycloak": one, "other": other}}
    path, body = relyant_provider.form_post(browser.begin(provider="keycloak"), "carol")
    crossed = browser.post_from_elsewhere(path.replace("keycloak", "other"), body)
    assert crossed.status_code == 405
    unknown = browser.post_from_elsewhere(path.replace("keycloak", "nobody"), body)
    assert unknown.status_code == 400
    assert "<code>transaction.unknown_provider</code>" in unknown.content.decode()
    address = urlencode({"provider": "other", "next": "/beers/"})
    asked = browser.get(f"/oidc/login/?{address}", secure=True)["Location"]
    assert browser.get(relyant_provider.callback(asked, "chris"), secure=True).status_code == 302
