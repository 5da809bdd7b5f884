"""Back-channel logout: what the provider's server posts, and whom it signs out."""

from __future__ import annotations

import json
import threading
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlencode

import pytest
from django.contrib.auth.models import User
from django.core.cache import cache
from django.db import OperationalError, connection, connections
from django.test import Client, RequestFactory
from django.utils import timezone

from relyant import notices, register, registry, sessions, signals, views
from relyant.models import EndedBy, LogoutNotice, UserSession
from tests.journeys.aging import ENGINES
from tests.journeys.conftest import signed_in
from tests.test_core_tokens import WRONG_LOGOUT_TOKENS

ADDRESS = "/oidc/back-channel-logout/keycloak/"
FORM = "application/x-www-form-urlencoded"


def post(token, client=None):
    return (client or Client()).post(ADDRESS, urlencode({"logout_token": token}), content_type=FORM)


def error_of(response) -> str:
    """The code in the answer's JSON; every answer is kept by no cache (LO-06)."""
    assert "no-store" in response["Cache-Control"]
    told = json.loads(response.content)
    assert set(told) == {"error", "error_description"}
    return told["error_description"].partition(" ")[0]


def is_out(browser) -> bool:
    """Whether she is signed out; a session that is a cookie meets the page that says so once."""
    first = browser.get("/beers/").content.decode()
    return not first.startswith("hello carol") and signed_in(browser) is None


def logout_token(provider, person="carol") -> str:
    """The token of her one session, which has ended at the provider."""
    (ended,) = provider.sign_out(person)
    return ended["logout_token"]


@pytest.fixture(params=ENGINES)
def engine(request, settings, tmp_path):
    """Each of Django's session engines."""
    settings.SESSION_ENGINE = f"django.contrib.sessions.backends.{request.param}"
    settings.SESSION_FILE_PATH = str(tmp_path)
    yield request.param
    cache.clear()


# LO-05
def test_lo_05_one_of_two_browsers_is_signed_out_with_every_engine(engine, browser, relyant_provider):
    """LO-05: exactly the session of the `sid` ends, wherever sessions are kept."""
    other = Client()
    relyant_provider.sign_in(browser, "carol")
    relyant_provider.sign_in(other, "carol")
    relyant_provider.sign_in(third := Client(), "chris")
    tokens = {one["sid"]: one["logout_token"] for one in relyant_provider.sign_out("carol")}
    assert len(tokens) == 2
    answer = post(tokens[browser.session["relyant"]["sid"]])
    assert (answer.status_code, answer.content) == (200, b"")
    # LO-06
    assert "no-store" in answer["Cache-Control"]
    assert is_out(browser)
    assert signed_in(other) == "carol" and signed_in(third) == "chris"
    (row,) = UserSession.objects.filter(ended_at__isnull=False)
    assert row.ended_by == EndedBy.BACK_CHANNEL and row.session_key == ""


def test_without_a_sid_all_sessions_of_the_person_end(engine, browser, relyant_provider, monkeypatch):
    relyant_provider.sign_in(browser, "carol")
    relyant_provider.sign_in(other := Client(), "carol")
    relyant_provider.sign_in(third := Client(), "chris")
    subject = browser.session["relyant"]["subject"]
    heed(relyant_provider, monkeypatch, sid=None, subject=subject)
    assert is_out(browser) and is_out(other)
    assert signed_in(third) == "chris"


# LO-04
def test_lo_04_another_issuers_session_of_the_same_name_goes_on(browser, relyant_provider, monkeypatch):
    """LO-04: a `sid` and a subject mean something together with their issuer alone."""
    relyant_provider.sign_in(browser, "carol")
    record = browser.session["relyant"]
    elsewhere = "https://sso.example.com/realms/winery"
    heed(relyant_provider, monkeypatch, issuer=elsewhere, sid=record["sid"], subject=None)
    heed(relyant_provider, monkeypatch, issuer=elsewhere, sid=None, subject=record["subject"])
    assert signed_in(browser) == "carol"


def test_a_sid_of_another_person_ends_nothing(browser, relyant_provider, monkeypatch):
    relyant_provider.sign_in(browser, "carol")
    heed(relyant_provider, monkeypatch, sid=browser.session["relyant"]["sid"], subject="somebody")
    assert signed_in(browser) == "carol"


class Said:
    """A valid logout token's word, with what a test puts into it."""

    def __init__(self, **said):
        self.__dict__.update(said)


def heed(provider, monkeypatch, **said):
    """Take the word of a logout token that names what the development provider's never name."""
    now = int(timezone.now().timestamp())
    times = {"issued_at": now, "expires_at": now + 120}
    jti = f"jti-{LogoutNotice.objects.count()}"
    token = Said(**{"issuer": provider.issuer, "jti": jti, **times, **said})
    assert notices.heed(token) is notices.Heeded.DONE


def test_a_session_whose_key_has_changed_is_found(browser, relyant_provider):
    """A change of the password gives the session a new key, and the register follows."""
    relyant_provider.sign_in(browser, "adam")
    user = User.objects.get(username="adam")
    user.set_password("brewers yeast")
    user.save()
    relyant_provider.reset()
    relyant_provider.sign_in(browser, "adam")
    before = browser.session.session_key
    answer = browser.post(
        "/admin/password_change/",
        {"old_password": "brewers yeast", "new_password1": "top hops 1", "new_password2": "top hops 1"},
    )
    assert answer.status_code == 302
    assert browser.session.session_key != before and signed_in(browser) == "adam"
    assert post(logout_token(relyant_provider, "adam")).status_code == 200
    assert signed_in(browser) is None


# LO-03
def test_lo_03_a_token_counts_once(browser, relyant_provider):
    """LO-03: a copy is refused, and ends nothing."""
    relyant_provider.sign_in(browser, "carol")
    token = logout_token(relyant_provider)
    assert post(token).status_code == 200
    assert error_of(post(token)) == "invalid_token.logout_token_used"
    assert LogoutNotice.objects.count() == 1


# LO-03
# LO-07
def test_ten_thousand_replays_are_refused(browser, relyant_provider, django_assert_max_num_queries):
    """LO-03, LO-07: of those that come after the first none is accepted; each costs an insert that fails."""
    relyant_provider.sign_in(browser, "carol")
    token = logout_token(relyant_provider)
    assert post(token).status_code == 200
    with django_assert_max_num_queries(5):
        assert post(token).status_code == 400
    valid = registry.provider("keycloak").relying_party.validate_logout_token(token)
    assert {notices.heed(valid) for _ in range(10_000)} == {notices.Heeded.CAME_BEFORE}
    assert {post(token).status_code for _ in range(50)} == {400}


# FT-25
# LO-07
def test_ft_25_garbage_costs_no_query_and_no_fetch(browser, relyant_provider, django_assert_num_queries):
    """FT-25, LO-07: what has no valid signature comes no further than the core."""
    relyant_provider.sign_in(browser, "carol")
    token = logout_token(relyant_provider)
    head, payload, signature = token.split(".")
    forged = f"{head}.{payload}.{signature[:-8]}AAAAAAAA"
    garbage = [
        "",
        "x",
        "a.b.c",
        token[:-9],
        f"{head}.{payload}.",
        "e30.e30.e30",
        "A" * 15_000,
        "\ud800\0é",
        forged,
    ]
    assert error_of(post(forged)) == "invalid_token.logout_token_bad_signature"
    before, client = relyant_provider.requests(), Client()
    with django_assert_num_queries(0):
        for text in garbage * 50:
            answer = client.post(ADDRESS, f"logout_token={text}".encode(errors="replace"), content_type=FORM)
            assert answer.status_code == 400 and error_of(answer).startswith("invalid_token.logout_token_")
    after = relyant_provider.requests()
    # A signature that doesn't hold may be by a newer key: one question each half a minute.
    assert after["jwks"] - before["jwks"] <= 1 and after["metadata"] == before["metadata"]
    assert post(token).status_code == 200


# LO-07
@pytest.mark.parametrize(
    ("body", "content_type", "query"),
    [
        ("", FORM, ""),
        ("token=a.b.c", FORM, ""),
        ("logout_token=a.b.c&logout_token=a.b.c", FORM, ""),
        ("logout_token=" + "a" * 20_000, FORM, ""),
        ('{"logout_token": "a.b.c"}', "application/json", ""),
        ("logout_token=a.b.c", "text/plain", ""),
        ("logout_token=a.b.c", FORM, "?logout_token=a.b.c"),
    ],
)
def test_what_is_no_form_with_one_token(browser, body, content_type, query, django_assert_num_queries):
    """LO-07: Back-Channel Logout §2.5, and no more bytes are read than a token can have."""
    with django_assert_num_queries(0):
        answer = Client().post(ADDRESS + query, body, content_type=content_type)
    assert (answer.status_code, error_of(answer)) == (400, "transaction.form_unusable")
    assert json.loads(answer.content)["error"] == "invalid_request"


def test_other_fields_beside_the_token_are_ignored(browser, relyant_provider):
    relyant_provider.sign_in(browser, "carol")
    form = {"logout_token": logout_token(relyant_provider), "a": ["b", "c"]}
    assert Client().post(ADDRESS, form).status_code == 400, "multipart is another encoding"
    encoded = "a=b&a=c&logout_token=" + form["logout_token"]
    assert Client().post(ADDRESS, encoded, content_type=FORM).status_code == 200


@pytest.mark.parametrize("method", ["get", "head", "put", "delete", "options"])
def test_post_alone(browser, method):
    assert getattr(Client(), method)(ADDRESS).status_code == 405


def test_it_needs_no_csrf_token_and_no_sign_in(browser, relyant_provider, settings):
    settings.MIDDLEWARE = [*settings.MIDDLEWARE, *login_required_middleware()]
    relyant_provider.sign_in(browser, "carol")
    strict = Client(enforce_csrf_checks=True)
    assert post(logout_token(relyant_provider), strict).status_code == 200


def login_required_middleware():
    from django.contrib.auth import middleware

    return ["django.contrib.auth.middleware.LoginRequiredMiddleware"] * hasattr(
        middleware, "LoginRequiredMiddleware"
    )


def test_a_provider_that_the_settings_lack(browser, django_assert_num_queries):
    with django_assert_num_queries(0):
        answer = Client().post("/oidc/back-channel-logout/google/", "logout_token=a.b.c", content_type=FORM)
    assert (answer.status_code, error_of(answer)) == (400, "transaction.unknown_provider")


# LO-01
# LO-02
# LO-03
@pytest.mark.parametrize(("misbehaviour", "code"), WRONG_LOGOUT_TOKENS)
def test_a_token_that_does_not_hold_ends_nothing(
    browser, relyant_provider, misbehaviour, code, django_assert_num_queries
):
    """LO-01, LO-02, LO-03: the whole list, before any query."""
    relyant_provider.sign_in(browser, "carol")
    relyant_provider.misbehave(misbehaviour)
    token = logout_token(relyant_provider)
    with django_assert_num_queries(0):
        answer = post(token)
    assert (answer.status_code, error_of(answer)) == (400, f"invalid_token.logout_token_{code}")
    assert signed_in(browser) == "carol" and not LogoutNotice.objects.exists()


def test_an_id_token_is_no_logout_token(browser, relyant_provider):
    relyant_provider.sign_in(browser, "carol")
    location = browser.post("/oidc/logout/")["Location"]
    id_token = location.partition("id_token_hint=")[2].partition("&")[0]
    assert error_of(post(id_token)).startswith("invalid_token.logout_token_")


# FT-22
def test_ft_22_a_database_that_is_away_accepts_nothing(browser, relyant_provider, monkeypatch):
    """FT-22: without the replay check no token counts; it may come again."""
    relyant_provider.sign_in(browser, "carol")
    token = logout_token(relyant_provider)

    def away(*_, **__):
        raise OperationalError("gone: server closed the connection, row of carol")

    with monkeypatch.context() as broken:
        broken.setattr(connection, "cursor", away)
        answer = post(token)
    assert (answer.status_code, error_of(answer)) == (503, "unavailable.database")
    assert answer["Retry-After"] and b"carol" not in answer.content
    assert signed_in(browser) == "carol"
    assert post(token).status_code == 200
    assert signed_in(browser) is None


# FT-24
def test_a_token_over_which_a_process_was_killed_is_done_again(browser, relyant_provider, monkeypatch):
    """FT-24: it was written down and is pending; no logout is lost, and it isn't taken for a copy."""
    relyant_provider.sign_in(browser, "carol")
    token = logout_token(relyant_provider)

    class Killed(BaseException):
        pass

    def killed(*_, **__):
        raise Killed

    with monkeypatch.context() as broken:
        broken.setattr(register, "end", killed)
        with pytest.raises(Killed):
            post(token)
    assert signed_in(browser) == "carol"
    assert post(token).status_code == 200
    assert signed_in(browser) is None
    assert error_of(post(token)) == "invalid_token.logout_token_used"


def test_a_session_that_cannot_be_deleted_is_told_and_deleted_later(browser, relyant_provider, monkeypatch):
    relyant_provider.sign_in(browser, "carol")
    token = logout_token(relyant_provider)

    def away(_key):
        raise ConnectionError("the cache is away")

    with monkeypatch.context() as broken:
        broken.setattr(sessions, "delete", away)
        answer = post(token)
    assert (answer.status_code, error_of(answer)) == (503, "unavailable.session_store")
    assert UserSession.objects.get().ended_at is not None
    LogoutNotice.objects.update(issued_at=timezone.now() - timedelta(minutes=1))
    notices.sweep()
    assert signed_in(browser) is None
    assert LogoutNotice.objects.get().completed_at is not None


# FT-24
def test_what_a_killed_process_left_half_done_is_done_with_the_next_token(
    browser, relyant_provider, monkeypatch
):
    """FT-24: the token is written down, its session goes on, and its sender doesn't send it again."""
    relyant_provider.sign_in(browser, "carol")
    token = logout_token(relyant_provider)
    with monkeypatch.context() as broken:
        broken.setattr(notices, "_complete", lambda _notice: True)
        assert post(token).status_code == 200
    LogoutNotice.objects.update(issued_at=timezone.now() - timedelta(minutes=1))
    assert signed_in(browser) == "carol"
    relyant_provider.sign_in(Client(), "chris")
    assert post(logout_token(relyant_provider, "chris")).status_code == 200
    assert signed_in(browser) is None
    assert LogoutNotice.objects.filter(completed_at__isnull=True).count() == 0


def test_what_is_completed_late_leaves_a_later_sign_in_alone(browser, relyant_provider, monkeypatch):
    """It names her, and not a session of hers: another one may have begun since it came."""
    relyant_provider.sign_in(browser, "carol")
    subject = browser.session["relyant"]["subject"]
    with monkeypatch.context() as broken:
        broken.setattr(notices, "_complete", lambda _notice: True)
        heed(relyant_provider, monkeypatch, sid=None, subject=subject)
    came = timezone.now() - timedelta(hours=1)
    LogoutNotice.objects.update(issued_at=came, keep_until=came + notices.KEPT)
    UserSession.objects.update(signed_in_at=came - timedelta(hours=1))
    relyant_provider.sign_in(later := Client(), "carol")
    notices.sweep()
    assert signed_in(browser) is None and signed_in(later) == "carol"


# FT-24
def test_a_logout_that_dies_before_its_session_is_deleted_is_finished(browser, relyant_provider, monkeypatch):
    """FT-24: the register says that it has ended, and knows what is still to be deleted."""
    relyant_provider.sign_in(browser, "carol")

    class Killed(BaseException):
        pass

    def killed(_key):
        raise Killed

    with monkeypatch.context() as broken:
        broken.setattr(sessions, "delete", killed)
        with pytest.raises(Killed):
            browser.post("/oidc/logout/")
    assert signed_in(browser) == "carol"
    notices.sweep()
    assert signed_in(browser) is None


# LO-15
def test_lo_15_a_logout_token_that_overtakes_its_login_wins(browser, relyant_provider):
    """LO-15: between the code and the session the provider ends it; the login is refused."""
    start = browser.get("/oidc/login/")
    callback = relyant_provider.callback(start["Location"], "carol")
    assert post(logout_token(relyant_provider)).status_code == 200
    answer = browser.get(callback)
    # The development provider ends a code with its session, so nobody gets as far here; below she does.
    assert answer.status_code in (403, 502) and signed_in(browser) is None


# LO-15
def test_lo_15_between_the_identity_and_the_session(browser, relyant_provider, monkeypatch):
    """LO-15: the token comes when the ID token is there and the session isn't yet."""
    arrived = []

    real = register.open_session

    def open_session(request, record):
        arrived.append(post(logout_token(relyant_provider)).status_code)
        real(request, record)

    monkeypatch.setattr(register, "open_session", open_session)
    answer = relyant_provider.sign_in(browser, "carol")
    assert arrived == [200]
    assert answer.status_code == 403
    assert "<code>session.ended_at_provider</code>" in answer.content.decode()
    assert signed_in(browser) is None
    assert not register.sessions_of(User.objects.get(username="carol")).exists()
    monkeypatch.setattr(register, "open_session", real)
    relyant_provider.sign_in(browser, "carol")
    assert signed_in(browser) == "carol", "the next login is another session"


def test_the_signal_tells_who_was_signed_out_and_why(browser, relyant_provider):
    heard = []

    def hear(sender, **told):
        heard.append(told)

    signals.session_ended.connect(hear)
    try:
        relyant_provider.sign_in(browser, "carol")
        post(logout_token(relyant_provider))
    finally:
        signals.session_ended.disconnect(hear)
    (told,) = heard
    assert (told["user"].get_username(), told["by"]) == ("carol", EndedBy.BACK_CHANNEL)


# LO-08
def test_lo_08_after_a_logout_no_token_of_the_session_is_left(engine, browser, relyant_provider):
    """LO-08: neither in the session nor in the register, so nothing can be refreshed."""
    relyant_provider.sign_in(browser, "carol")
    key = browser.session.session_key
    row = UserSession.objects.get()
    assert post(logout_token(relyant_provider)).status_code == 200
    row.refresh_from_db()
    assert row.state == "" and register.state_of(row) is None
    if engine != "signed_cookies":
        assert not browser.session.__class__(key).exists(key)
    before = relyant_provider.requests()["token"]
    assert is_out(browser)
    assert relyant_provider.requests()["token"] == before


# LO-13
def test_lo_13_no_report_of_an_error_finds_the_token(relyant_provider, browser, monkeypatch):
    """LO-13: the request that a report shows has the form no more."""
    relyant_provider.sign_in(browser, "carol")
    token = logout_token(relyant_provider)
    request = RequestFactory().post(ADDRESS, f"logout_token={token}", content_type=FORM)
    assert views.back_channel_logout(request, "keycloak").status_code == 200
    assert not request.POST and request.body == b""


class Site(BaseHTTPRequestHandler):
    """Takes what the provider's server posts, and hands it to the site."""

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        connections["default"] = self.server.connection
        answer = Client().post(self.path, body, content_type=self.headers["Content-Type"])
        self.server.answers.append(answer.status_code)
        self.send_response(self.server.answers[-1])
        self.end_headers()

    def log_message(self, *_):
        pass


def test_the_provider_itself_posts_it(browser, relyant_provider, tmp_path, settings):
    """As the development provider sends it over the network, with sessions in files."""
    settings.SESSION_ENGINE = "django.contrib.sessions.backends.file"
    settings.SESSION_FILE_PATH = str(tmp_path)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Site)
    server.answers, server.connection = [], connections["default"]
    server.connection.inc_thread_sharing()
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        relyant_provider.send_logout_tokens_to(f"http://127.0.0.1:{server.server_port}{ADDRESS}")
        relyant_provider.sign_in(browser, "carol")
        (ended,) = relyant_provider.sign_out("carol")
    finally:
        relyant_provider.send_logout_tokens_to(None)
        server.shutdown()
        thread.join()
        server.server_close()
        server.connection.dec_thread_sharing()
    assert ended["status"] == 200
    assert signed_in(browser) is None


# FT-22
def test_ft_22_a_deny_list_that_is_away_lets_nobody_pass(
    browser, site, relyant_provider, monkeypatch, caplog
):
    """FT-22: where sessions are cookies, whether one has ended is told by the register alone."""
    site.SESSION_ENGINE = "django.contrib.sessions.backends.signed_cookies"
    relyant_provider.sign_in(browser, "carol")

    def away(_handle):
        raise OperationalError("gone: row of carol")

    with monkeypatch.context() as broken:
        broken.setattr(register, "is_over", away)
        page = browser.get("/beers/?colour=dark")
        script = browser.get("/beers/", HTTP_ACCEPT="application/json")
    assert (page.status_code, script.status_code) == (503, 503) and page["Retry-After"]
    words = page.content.decode()
    assert "unavailable.database" in words and 'href="/beers/?colour=dark"' in words and "carol" not in words
    assert script.json()["error"] == "unavailable.database"
    assert "session not confirmed: unavailable.database" in caplog.text
    assert signed_in(browser) == "carol"
