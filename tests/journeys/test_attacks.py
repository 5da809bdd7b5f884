"""What must not work, by the ids of the attack list: from the outside, through the whole site."""

from __future__ import annotations

import itertools
import logging
import re
from urllib.parse import parse_qs, urlencode, urljoin, urlsplit

import pytest
from asgiref.sync import async_to_sync
from django.test import AsyncClient, Client

from relyant import registry, transactions
from tests.journeys.conftest import signed_in


def begin(browser, next_url="/members/", **extra) -> str:
    return browser.get("/oidc/login/", {"next": next_url}, **extra)["Location"]


def record(browser):
    """The cookie of the only login that is under way."""
    (name,) = [name for name in browser.cookies if "relyant" in name]
    return name, browser.cookies[name]


STATUS = {"transaction": 400, "refused": 403, "misbehaved": 502}


def assert_refused(browser, response, relyant_provider, code, asked=0):
    """A page with the code, no session, and no more than this asked of the token endpoint."""
    assert f"<code>{code}</code>" in response.content.decode()
    assert response.status_code == STATUS[code.partition(".")[0]]
    assert signed_in(browser) is None
    assert relyant_provider.requests()["token"] == asked


def with_query(callback: str, **changes: object) -> str:
    """A callback with some of its parameters changed, repeated (a list), or left out (None)."""
    address = urlsplit(callback)
    query: dict[str, list] = dict(parse_qs(address.query))
    for name, value in changes.items():
        query[name] = value if isinstance(value, list) else [] if value is None else [value]
    return f"{address.path}?{urlencode(query, doseq=True)}"


@pytest.mark.parametrize(
    ("state", "code"),
    [
        (None, "transaction.state_missing"),
        ("", "transaction.not_found"),
        ("another-state", "transaction.not_found"),
        ("A" * 43, "transaction.not_found"),
    ],
)
def test_ar_01_a_callback_that_nobody_here_began(browser, relyant_provider, state, code):
    """AR-01: login CSRF by a callback without state, or with one that isn't this browser's."""
    callback = relyant_provider.callback(begin(browser), "carol")
    response = browser.get(with_query(callback, state=state))
    assert_refused(browser, response, relyant_provider, code)


def test_ar_01_a_state_is_used_once(browser, relyant_provider):
    """AR-01: a state that was answered doesn't reach the token endpoint again."""
    callback = relyant_provider.callback(begin(browser), "nora")
    browser.get(callback)
    assert_refused(browser, browser.get(callback), relyant_provider, "transaction.not_found", asked=1)


def test_ar_02_a_callback_in_another_browser(browser, relyant_provider):
    """AR-02: a flow that browser A began can't be finished in browser B, not even where B has one under way."""
    callback = relyant_provider.callback(begin(browser), "carol")
    other = Client()
    assert_refused(other, other.get(callback), relyant_provider, "transaction.not_found")
    begin(other)
    assert_refused(other, other.get(callback), relyant_provider, "transaction.not_found")


def test_ar_02_a_planted_record_is_no_record(browser, relyant_provider):
    """AR-02: a record that was moved to another state's name, or changed, doesn't open."""
    callback = relyant_provider.callback(begin(browser), "carol")
    name, cookie = record(browser)
    started, sealed = cookie.value.split(".")
    broken = sealed[:40] + ("A" if sealed[40] != "A" else "B") + sealed[41:]
    for value in (f"{started}.{broken}", f"{int(started, 16) + 1:x}.{sealed}", sealed, "", ".", "x" * 5000):
        browser.cookies[name] = value
        assert_refused(browser, browser.get(callback), relyant_provider, "transaction.not_found")


@pytest.mark.parametrize("blank", ["\u2000", "\u3000", "\u00a0", "\u0085"])
def test_ar_02_a_neighbouring_host_plants_no_host_cookie(client, browser, relyant_provider, blank):
    """AR-02, AR-01: a browser lets any host of the domain set `U+2000 __Host-…`; Django strips the blank."""
    begun = client.get("/oidc/login/", secure=True)
    name, record = next((one, morsel.value) for one, morsel in begun.cookies.items() if "relyant" in one)
    callback = relyant_provider.callback(begun["Location"], "adam")
    planted = f"{blank}{name}={record}".encode().decode("latin-1")
    response = browser.get(callback.replace("http://", "https://"), secure=True, HTTP_COOKIE=planted)
    assert response.status_code == 400 and "transaction.not_found" in response.content.decode()
    assert signed_in(browser) is None


def test_ar_03_a_stolen_code_in_ones_own_transaction(browser, relyant_provider):
    """AR-03: the victim's code with the attacker's own state: the code verifier doesn't fit."""
    stolen = parse_qs(urlsplit(relyant_provider.callback(begin(Client()), "adam")).query)["code"][0]
    own = relyant_provider.callback(begin(browser), "carol")
    response = browser.get(with_query(own, code=stolen))
    assert_refused(browser, response, relyant_provider, "refused.invalid_grant", asked=1)


@pytest.mark.parametrize(
    ("iss", "code"),
    [
        ("https://evil.example", "misbehaved.callback_issuer_mismatch"),
        (None, "misbehaved.callback_issuer_missing"),
        ("", "misbehaved.callback_issuer_mismatch"),
        ("slash", "misbehaved.callback_issuer_mismatch"),
        ("upper", "misbehaved.callback_issuer_mismatch"),
        ("repeated", "transaction.parameter_repeated"),
    ],
)
def test_ar_06_the_callback_of_another_issuer(browser, relyant_provider, iss, code):
    """AR-06: an `iss` that isn't the provider's byte for byte is refused before any token request."""
    ours = relyant_provider.issuer
    changed = {"slash": ours + "/", "upper": ours.upper(), "repeated": [ours, ours]}.get(iss, iss)
    callback = relyant_provider.callback(begin(browser), "carol")
    response = browser.get(with_query(callback, iss=changed))
    assert_refused(browser, response, relyant_provider, code)


def test_ar_07_an_error_of_another_issuer_does_not_end_the_login(browser, relyant_provider):
    """AR-07: `iss` is checked on errors too, and the login that it isn't about can go on."""
    callback = relyant_provider.callback(begin(browser), "carol")
    foreign = with_query(callback, code=None, error="access_denied", iss="https://evil.example")
    response = browser.get(foreign)
    assert_refused(browser, response, relyant_provider, "misbehaved.callback_issuer_mismatch")
    assert browser.get(callback)["Location"] == "/members/"


def test_ar_08_the_callback_of_another_provider(browser, relyant_provider, settings):
    """AR-08: one redirect URI a provider; a login begun at one can't be answered at the other's."""
    one = settings.RELYANT["PROVIDERS"]["keycloak"]
    settings.RELYANT = {**settings.RELYANT, "PROVIDERS": {"keycloak": one, "other": one}}
    asked = browser.get("/oidc/login/", {"next": "/members/", "provider": "keycloak"})["Location"]
    callback = relyant_provider.callback(asked, "carol")
    response = browser.get(callback.replace("/keycloak/", "/other/"))
    assert_refused(browser, response, relyant_provider, "transaction.not_found")


@pytest.mark.parametrize("name", ["state", "code", "iss"])
def test_ar_09_repeated_parameters(browser, relyant_provider, name):
    """AR-09: whatever the protocol gives a meaning may be there once."""
    callback = relyant_provider.callback(begin(browser), "carol")
    response = browser.get(f"{callback}&{name}=again")
    assert_refused(browser, response, relyant_provider, "transaction.parameter_repeated")


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete", "head", "options"])
def test_ar_09_a_callback_is_a_get(browser, relyant_provider, method):
    """AR-09: a form, alone or beside a query, is no callback; nor is a HEAD of a link checker."""
    callback = relyant_provider.callback(begin(browser), "carol")
    path, _, query = callback.partition("?")
    form = {"content_type": "application/x-www-form-urlencoded", "data": query} if method == "post" else {}
    for address in (callback, path):
        response = getattr(browser, method)(address, **form)
        assert response.status_code == 405
    assert signed_in(browser) is None
    assert relyant_provider.requests()["token"] == 0


def test_ar_10_every_mixture_of_answers(browser, relyant_provider):
    """AR-10: exactly one of code and error, and no token in the front channel."""
    extras = {
        "code": "c",
        "error": "access_denied",
        "id_token": "a.b.c",
        "access_token": "t",
        "token_type": "Bearer",
    }
    callback = relyant_provider.callback(begin(browser), "carol")
    for present in itertools.product([False, True], repeat=len(extras)):
        given = {name: value for (name, value), here in zip(extras.items(), present, strict=True) if here}
        if {"id_token", "access_token"} & set(given):
            code = "misbehaved.front_channel_token"
        elif {"code", "error"} <= set(given):
            code = "misbehaved.code_and_error"
        elif not {"code", "error"} & set(given):
            code = "misbehaved.neither_code_nor_error"
        else:
            continue
        response = browser.get(with_query(callback, **{name: given.get(name) for name in extras}))
        assert_refused(browser, response, relyant_provider, code)


def test_ar_13_no_code_leaks_from_the_callback(browser, relyant_provider):
    """AR-13: no Referer, no cache, nothing of another site, whatever the callback's outcome."""
    good = relyant_provider.callback(begin(browser), "carol")
    bad = relyant_provider.callback(begin(Client()), "carol")
    for response in (
        browser.get(good),
        browser.get(good),
        browser.get(bad),
        browser.get("/oidc/callback/x/"),
    ):
        assert response["Referrer-Policy"] == "no-referrer"
        assert "no-store" in response["Cache-Control"]
        assert not re.findall(r'(?:src|href)="(?:https?:)?//', response.content.decode())
        code = parse_qs(urlsplit(good).query)["code"][0]
        assert code not in response.content.decode()


def test_ar_14_our_redirects_repeat_no_form(browser, relyant_provider):
    """AR-14: 302 or 303, and 303 after a POST."""
    assert browser.get("/oidc/login/").status_code == 302
    assert relyant_provider.sign_in(browser, "carol").status_code == 302
    assert browser.post("/oidc/logout/").status_code == 303
    relyant_provider.sign_in(browser, "adam")
    assert browser.post("/admin/logout/").status_code == 303


def test_ar_16_the_session_key_is_new_after_a_login(browser, relyant_provider):
    """AR-16: a session key that was planted before the login is worth nothing after it."""
    session = browser.session
    session["basket"] = "of the stranger"
    session.save()
    planted = session.session_key
    relyant_provider.sign_in(browser, "carol")
    assert browser.session.session_key != planted
    other = Client()
    other.cookies["sessionid"] = planted
    assert signed_in(other) is None
    key_of_carol = browser.session.session_key
    callback = relyant_provider.callback(begin(Client()), "chris")
    assert browser.get(callback).status_code == 400
    assert browser.session.session_key == key_of_carol


ENGINES = ["db", "cached_db", "cache", "file", "signed_cookies"]


def plant(browser, **data):
    """Let a browser have a session that somebody else filled."""
    browser.get("/beers/")
    session = browser.session
    session.update(data)
    session.save()
    browser.cookies["sessionid"] = session.session_key


# AR-16
@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("csrf_in_session", [False, True])
def test_ar_16_of_what_a_stranger_planted_nothing_is_left(
    browser, relyant_provider, settings, tmp_path, engine, csrf_in_session
):
    """AR-16: but for the keys that `KEEP_SESSION_KEYS` allows, such as a shop's cart."""
    settings.SESSION_ENGINE = f"django.contrib.sessions.backends.{engine}"
    settings.SESSION_FILE_PATH = str(tmp_path)
    settings.CSRF_USE_SESSIONS = csrf_in_session
    settings.RELYANT = {**settings.RELYANT, "KEEP_SESSION_KEYS": ["cart", "coupon"]}
    plant(browser, planted="by a stranger", cart=["stout"], _csrftoken="x" * 32)
    before = browser.session.session_key
    relyant_provider.sign_in(browser, "carol")
    assert signed_in(browser) == "carol"
    session = browser.session
    assert "planted" not in session and session["cart"] == ["stout"] and "coupon" not in session
    assert session.get("_csrftoken") != "x" * 32
    assert session.session_key != before
    form = browser.get("/oidc/logout/").content.decode()
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = browser.cookies
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', form).group(1)
    assert strict.post("/oidc/logout/", {"csrfmiddlewaretoken": token}).status_code == 303


# AR-16
def test_ar_16_a_planted_session_is_dropped_whole_where_no_setting_allows_anything(
    browser, relyant_provider, settings
):
    plant(browser, planted="by a stranger", cart=["stout"])
    relyant_provider.sign_in(browser, "carol")
    assert not {"planted", "cart"} & set(browser.session.keys())


# AR-16
def test_ar_16_a_strict_session_that_the_callback_does_not_see_is_left_behind(
    browser, relyant_provider, settings
):
    """AR-16: the browser withholds it, so not even what the setting allows can be kept."""
    settings.SESSION_COOKIE_SAMESITE = "Strict"
    settings.RELYANT = {**settings.RELYANT, "KEEP_SESSION_KEYS": ["cart"]}
    plant(browser, planted="by a stranger", cart=["stout"])
    callback = relyant_provider.callback(begin(browser), "carol")
    planted = browser.cookies.pop("sessionid").value
    assert browser.get(callback).status_code == 200
    assert signed_in(browser) == "carol"
    assert browser.session.session_key != planted and not {"planted", "cart"} & set(browser.session.keys())


# AR-16
def test_ar_16_a_persons_own_login_keeps_her_data_and_anothers_drops_it(browser, relyant_provider):
    first, second = begin(browser), begin(browser)
    third = begin(browser)
    browser.get(relyant_provider.callback(first, "carol"))
    session = browser.session
    session["cart"] = ["stout"]
    session.save()
    browser.get(relyant_provider.callback(second, "carol"))
    assert browser.session["cart"] == ["stout"]
    browser.get(relyant_provider.callback(third, "chris"))
    assert "cart" not in browser.session


# AR-16
def test_ar_16_a_refused_login_leaves_the_strangers_session_alone(browser, relyant_provider, settings):
    plant(browser, cart=["stout"])
    assert relyant_provider.sign_in(browser, "nora").status_code == 403
    assert browser.session["cart"] == ["stout"]


# FT-27
def test_ar_17_a_thousand_starts_do_not_fill_the_browser(browser, relyant_provider):
    """AR-17: at most eight logins under way and 4 KB of cookies, however many were begun; no session at all.

    From the ninth on each start meets the same cookies; ten thousand are begun where one costs no request.
    """
    longest = "/members/?q=" + "x" * 500
    for number in range(1000):
        begin(browser, longest if number % 3 else "/members/")
        ours = {name: cookie for name, cookie in browser.cookies.items() if cookie.value}
        assert len(ours) <= transactions.MAX_RECORDS
        header = "; ".join(f"{name}={cookie.value}" for name, cookie in ours.items())
        assert len(header) <= transactions.MAX_TOTAL_BYTES
        for name in [name for name, cookie in browser.cookies.items() if not cookie.value]:
            del browser.cookies[name]
    assert "sessionid" not in browser.cookies


def test_ar_17_the_last_of_many_tabs_still_works(browser, relyant_provider):
    """AR-17: the oldest give way, never the newest."""
    requests = [begin(browser, f"/members/?tab={number}") for number in range(20)]
    answer = browser.get(relyant_provider.callback(requests[-1], "carol"))
    assert answer["Location"] == "/members/?tab=19"


def test_ar_17_names_that_are_no_cookie_names_break_no_login(browser, relyant_provider):
    """AR-17: what a neighbouring host plants under our prefix doesn't fail the login that makes room."""
    planted = "; ".join(f"relyant-({number})={'x' * 500}" for number in range(12))
    assert begin(browser, HTTP_COOKIE=planted).startswith(relyant_provider.issuer)


def test_a_record_lives_ten_minutes(browser, relyant_provider):
    """AR-01: the browser forgets it, and the core's own clock refuses it (`transaction.expired`)."""
    begin(browser)
    _, cookie = record(browser)
    assert cookie["max-age"] == transactions.LIFETIME_SECONDS == 600


def test_ar_24_what_the_provider_writes_stays_text(browser, relyant_provider, caplog):
    """AR-24: no error text of a provider, or of somebody who wrote its address, becomes markup or a link."""
    poison = '"><script>alert(1)</script><a href="https://evil.example">'
    callback = relyant_provider.callback(begin(browser), "carol")
    with caplog.at_level(logging.DEBUG):
        response = browser.get(
            with_query(
                callback,
                code=None,
                error="access_denied",
                error_description=poison + "\nforged line" + "x" * 4000,
                error_uri="https://evil.example/help",
            )
        )
    assert response.status_code == 403
    text = response.content.decode()
    assert "<script" not in text and "evil.example" not in text
    assert response["Content-Security-Policy"].startswith("default-src 'none'; style-src 'self'")
    (line,) = [one.getMessage() for one in caplog.records if "refused.access_denied" in one.getMessage()]
    assert "\n" not in line and len(line) < 600


@pytest.mark.parametrize(
    ("parameter", "code"),
    [
        ("state", "transaction.not_found"),
        ("code", "refused.invalid_grant"),
        ("error", "misbehaved.code_and_error"),
        ("error_description", None),
        ("iss", "misbehaved.callback_issuer_mismatch"),
        ("x", None),
    ],
)
def test_ar_24_poison_in_any_parameter(browser, relyant_provider, parameter, code):
    """AR-24: the same in each parameter; what has no meaning beside a code stops no login."""
    poison = "<script>alert(1)</script>"
    callback = relyant_provider.callback(begin(browser), "carol")
    response = browser.get(with_query(callback, **{parameter: poison}))
    assert b"<script" not in response.content
    if code is None:
        assert (response.status_code, response["Location"]) == (302, "/members/")
    else:
        assert_refused(browser, response, relyant_provider, code, asked=int(parameter == "code"))


def test_ar_25_a_foreign_host_names_no_redirect_uri(browser, relyant_provider):
    """AR-25: `Host` counts only where ALLOWED_HOSTS has it."""
    for extra in ({"HTTP_HOST": "evil.example"}, {"HTTP_HOST": "testserver@evil.example"}):
        response = browser.get("/oidc/login/", **extra)
        assert response.status_code == 400
        assert b"evil" not in response.headers.get("Location", "").encode()
    request = begin(browser, HTTP_X_FORWARDED_HOST="evil.example")
    assert "evil" not in request


def test_ar_26_no_site_frames_our_pages(browser, relyant_provider, settings):
    """AR-26: refused both ways that browsers know, by the pages themselves."""
    settings.MIDDLEWARE = [name for name in settings.MIDDLEWARE if "XFrameOptions" not in name]
    refused = relyant_provider.sign_in(Client(), "nora")
    relyant_provider.sign_in(browser, "carol")
    pages = [browser.get("/oidc/logout/"), browser.get("/oidc/logged-out/"), browser.get("/admin/login/")]
    for response in (*pages, refused, browser.get("/oidc/login/")):
        assert response["X-Frame-Options"] == "DENY"
        assert "frame-ancestors 'none'" in response["Content-Security-Policy"]


# A compact JWS: its header begins with the base64url of `{"`.
TOKEN = re.compile(r"eyJ[\w-]+\.[\w-]+\.[\w-]*")


def test_tk_08_no_token_in_clear_is_kept(browser, relyant_provider, caplog):
    """TK-08: neither the session's row nor any log line holds a token, a code or a secret."""
    from django.contrib.sessions.models import Session

    with caplog.at_level(logging.DEBUG):
        callback = relyant_provider.callback(begin(browser), "carol")
        browser.get(callback)
    row = Session.objects.get(pk=browser.session.session_key)
    kept = str(row.get_decoded())
    code = parse_qs(urlsplit(callback).query)["code"][0]
    assert not TOKEN.search(kept) and "id_token" in kept
    written = "\n".join(record.getMessage() for record in caplog.records)
    assert not TOKEN.search(written)
    for secret in (code, "beer-secret"):
        assert secret not in written


def reads_the_query(get_response):
    """A middleware after which the request remembers its parsed query."""

    def answer(request):
        request.GET.get("next")
        return get_response(request)

    return answer


def test_se_05_no_code_on_a_debug_page(browser, relyant_provider, settings):
    """SE-05: an error behind the callback reports neither the code nor what the transaction hides."""
    from relyant import signals

    settings.DEBUG = True
    settings.MIDDLEWARE = ["tests.journeys.test_attacks.reads_the_query", *settings.MIDDLEWARE]
    browser.raise_request_exception = False
    callback = relyant_provider.callback(begin(browser), "carol")

    def fail(sender, **_):
        raise RuntimeError("the project's own error")

    signals.login_completed.connect(fail)
    try:
        whole = callback.removeprefix("http://testserver")
        response = browser.get(callback, RAW_URI=whole, REQUEST_URI=whole, UNENCODED_URL=whole)
    finally:
        signals.login_completed.disconnect(fail)
    assert response.status_code == 500
    text = response.content.decode()
    assert "the project&#x27;s own error" in text and "login.py" in text and "RAW_URI" in text
    assert parse_qs(urlsplit(callback).query)["code"][0] not in text
    assert not TOKEN.search(text)
    assert signed_in(browser) is None


@pytest.mark.parametrize("place", ["put", "forget_sign_ins"])
def test_se_05_no_id_token_on_the_debug_page_of_a_logout(
    browser, relyant_provider, settings, monkeypatch, place
):
    """SE-05: the hint and the address with it are in no variable that a report shows."""
    settings.DEBUG = True
    settings.LOGOUT_REDIRECT_URL = "/beers/"
    relyant_provider.sign_in(browser, "carol")

    def fail(*_):
        raise RuntimeError("a fault of ours")

    browser.raise_request_exception = False
    monkeypatch.setattr(transactions, place, fail)
    response = browser.post("/oidc/logout/")
    text = response.content.decode()
    assert response.status_code == 500 and "a fault of ours" in text and "hint" in text
    assert not TOKEN.search(text)


def test_se_05_no_id_token_on_the_debug_page_where_the_core_fails(
    browser, relyant_provider, settings, monkeypatch
):
    """SE-05: nor where the error is in the call that takes the token."""
    settings.DEBUG = True
    relyant_provider.sign_in(browser, "carol")
    browser.raise_request_exception = False

    class Broken:
        def __getattr__(self, _):
            raise RuntimeError("a fault of ours")

    monkeypatch.setattr(registry, "provider", lambda _: Broken())
    text = browser.post("/oidc/logout/").content.decode()
    assert "a fault of ours" in text and "_to_end_session" in text
    assert not TOKEN.search(text)


@pytest.mark.django_db(transaction=True)
def test_se_05_no_code_is_left_in_an_asgi_request(relyant_provider):
    """SE-05: reports and access logs read the server's own copy of the query."""
    browser = AsyncClient()

    async def get(address):
        return await browser.get(address)

    begun = async_to_sync(get)("/oidc/login/?next=/members/")
    callback = relyant_provider.callback(begun["Location"], "carol")
    answer = async_to_sync(get)(callback)
    assert (answer.status_code, answer["Location"]) == (302, "/members/")
    code = parse_qs(urlsplit(callback).query)["code"][0]
    request = answer.asgi_request
    assert request.scope["query_string"] == b""
    assert code not in f"{request.scope} {request.META} {request.GET} {request!r}"


HOSTS = [
    "evil.example",
    "evil.example%2f",
    "evil。example",
    "testserver@evil.example",
    "testserver.evil.example",
]
OPENERS = [
    "//", "///", "////", "\\\\", "/\\", "\\/", "/\\/", "/\t/", "/\n/", "/\r/", "\t//", " //", "\x00//", "/\x00/",
    "/%09/", "/%5c", "/.//", "/..//", "/;//", "./", "../", "http:", "http:/", "http:///", "https:", "https:/",
    "http://", "https://", "HTTP://", "hTTps://", "ftp://", "http:\\\\", "http:/\\", "http://testserver@",
    "http://testserver:80@", "http://testserver\\@", "http://testserver%00.", "http://testserver\t.", "http://[",
    "http://testserver#@", "http://testserver?@", "//testserver@", "//testserver\\@", "javascript://", "data://",
    "\u2028//", "\u202e//", "\ufeff//", "／／", "/／", "\u00a0//", "\x1f//", "\x7f//",
]  # fmt: skip
TAILS = ["", "/", "/%2e%2e"]
OTHERS = [
    "javascript:alert(1)", "java\nscript:alert(1)", "JaVaScRiPt:alert(1)", "data:text/html,x", "vbscript:x",
    "blob:http://testserver/x", "mailto:x@evil.example", "about:blank", "file:///etc/passwd", "//", "///", "\\",
    "http:", "http://", "https:///", "?next=//evil.example", "#//evil.example", "members", "", " ", "\x00",
    "/members/\r\nSet-Cookie: a=b", "/members/\nX: y", "/\x0bmembers", "/members/\x7f", "/" + "x" * 512, "/é" * 300,
]  # fmt: skip
PAYLOADS = [opener + host + tail for opener in OPENERS for host in HOSTS for tail in TAILS] + OTHERS


def as_a_browser_reads(location: str) -> str:
    """The host that a browser goes to: it drops tabs and line breaks, and reads backslashes as slashes."""
    read = re.sub(r"[\t\r\n]", "", location.strip("".join(map(chr, range(33))))).replace("\\", "/")
    return urlsplit(urljoin("http://testserver/oidc/callback/keycloak/", read)).netloc


# AR-11
def test_ar_11_the_payload_list_is_long_enough():
    assert len(set(PAYLOADS)) > 800
    assert as_a_browser_reads("/\\evil.example") == as_a_browser_reads("//evil.example") == "evil.example"


def test_ar_11_no_next_leads_to_another_site(browser, relyant_provider, rf):
    """AR-11: 800 payloads stay on this site; the views, the admin and both flows ask the same function."""
    from relyant.flows import addresses

    for payload in PAYLOADS:
        request = rf.get("/oidc/login/", {"next": payload})
        for found in (addresses.after_login(request), addresses.after_logout(request) or "/"):
            assert as_a_browser_reads(found) == "testserver", payload
            assert found.isprintable() and len(found.encode()) <= addresses.MAX_BYTES


def test_ar_11_through_a_whole_login(browser, relyant_provider):
    """AR-11: the same from end to end, before the login, after it and at the admin's door."""
    for payload in PAYLOADS[::60]:
        visitor = Client()
        answer = relyant_provider.sign_in(visitor, "carol", next=payload)
        assert as_a_browser_reads(answer["Location"]) == "testserver"
        again = visitor.get("/oidc/login/", {"next": payload})
        assert as_a_browser_reads(again.headers.get("Location", "/")) == "testserver"
        door = Client().get("/admin/login/", {"next": payload})["Location"]
        inner = parse_qs(urlsplit(door).query)["next"][0]
        assert as_a_browser_reads(inner) == "testserver"


# AR-11
@pytest.mark.parametrize(
    "good", ["/members/", "/members/?a=b%20c#d", "http://testserver/members/", "/é/", "/a b"]
)
def test_ar_11_own_addresses_are_kept(relyant_provider, rf, good):
    from relyant.flows import addresses

    assert addresses.after_login(rf.get("/", {"next": good})) == good


@pytest.mark.parametrize("base_url", [None, "https://beer.example.com", "http://testserver"])
@pytest.mark.parametrize("secure", [False, True])
def test_ar_11_no_next_leads_back_to_http(relyant_provider, settings, rf, secure, base_url):
    """AR-11: what is https is what `BASE_URL` says, before what the request says: behind a proxy it may not know."""
    from relyant.flows import addresses

    settings.RELYANT = {**settings.RELYANT, "BASE_URL": base_url}
    https = base_url.startswith("https:") if base_url else secure
    request = rf.get("/", {"next": "http://testserver/members/"}, secure=secure)
    assert addresses.after_login(request) == ("/beers/" if https else "http://testserver/members/")
    request = rf.get("/", {"next": "https://testserver/members/"}, secure=secure)
    assert addresses.after_login(request) == "https://testserver/members/"


# AR-11
@pytest.mark.parametrize(
    "foreign",
    [
        "https://beer.example.com.evil.example/",
        "https://evil.example/",
        "https://beer.example.com:8443/",
        "http://testserver:81/",
    ],
)
def test_ar_11_the_hosts_of_a_next_are_the_requests_and_that_of_base_url(settings, rf, foreign):
    from relyant.flows import addresses

    settings.RELYANT = {**settings.RELYANT, "BASE_URL": "https://beer.example.com"}
    for own in ("https://beer.example.com/members/", "https://testserver/members/"):
        assert addresses.after_login(rf.get("/", {"next": own})) == own
    assert addresses.after_login(rf.get("/", {"next": foreign})) == "/beers/"
    settings.RELYANT = {**settings.RELYANT, "BASE_URL": None}
    ours = rf.get("/", {"next": "https://beer.example.com/members/"})
    assert addresses.after_login(ours) == "/beers/"


@pytest.mark.parametrize(
    "odd", ["members/", "./members/", "?page=2", "#top", "testserver/members/", "/x" * 257]
)
def test_ar_11_addresses_that_begin_nowhere_are_not_kept(relyant_provider, rf, odd):
    """AR-11: what is relative to the callback's address, or too long, leads to the usual place."""
    from relyant.flows import addresses

    assert addresses.after_login(rf.get("/", {"next": odd})) == "/beers/"


def test_ar_12_a_third_party_chooses_nothing(browser, relyant_provider):
    """AR-12: only configured providers; no scope, prompt or issuer is taken from the address."""
    asked = {
        "iss": "https://evil.example",
        "scope": "offline_access",
        "scopes": "admin",
        "prompt": "none",
        "acr_values": "0",
        "login_hint": "evil",
        "target_link_uri": "https://evil.example",
        "redirect_uri": "https://evil.example",
    }
    response = browser.get("/oidc/login/", asked)
    assert response["Location"].startswith(relyant_provider.issuer)
    query = parse_qs(urlsplit(response["Location"]).query)
    assert query["redirect_uri"] == ["http://testserver/oidc/callback/keycloak/"]
    assert "evil" not in response["Location"] and "offline_access" not in query["scope"][0]
    assert not {"prompt", "acr_values", "login_hint"} & set(query)
    answer = browser.get(relyant_provider.callback(response["Location"], "carol"))
    assert answer["Location"] == "/beers/"
