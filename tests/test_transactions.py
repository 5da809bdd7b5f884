"""The sealed cookies: what opens, what doesn't, how many there may be."""

from __future__ import annotations

import re

import pytest
from django.http import HttpResponse

from relyant import _core, transactions
from relyant.transactions import Anew, Choice, Done, Key, Leaving, Pending, SignIns

TRANSACTION = bytes(range(41))
KEY = Key("keycloak", "S" * 43)
RECORDS = [
    Pending(TRANSACTION, "/beers/?q=é"),
    Pending(TRANSACTION, ""),
    Pending(TRANSACTION, "/beers/", is_choice=True),
    Choice("keycloak"),
    Done("/beers/"),
    Leaving("/bye/"),
    Leaving(None, "/admin/"),
    Leaving('/bye/?q=["é', "/admin/"),
    SignIns(()),
    SignIns((1_700_000_000, 1_700_000_001)),
    Anew(),
    Pending(bytes(range(256)) * 3, "/beers/"),
]


class Browser:
    """Keeps cookies as a browser does, between requests of Django's own kind."""

    def __init__(self, rf):
        self.rf, self.cookies = rf, {}

    def request(self, *, secure=False):
        request = self.rf.get("/", secure=secure)
        request.META["HTTP_COOKIE"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        return request

    def put(self, key, record, *, secure=False):
        request, response = self.request(secure=secure), HttpResponse()
        transactions.put(request, response, key, record)
        self.receive(response)
        return response

    def sign_in(self, state=KEY.state, *, secure=False):
        """The two records that a completed sign-in leaves."""
        request, response = self.request(secure=secure), HttpResponse()
        transactions.count_sign_in(request, response)
        transactions.put(request, response, Key(KEY.provider, state), Done("/beers/"))
        self.receive(response)
        return response

    def receive(self, response):
        for name, cookie in response.cookies.items():
            if cookie["max-age"] == 0:
                self.cookies.pop(name, None)
            else:
                self.cookies[name] = cookie.value


@pytest.fixture
def browser(rf):
    return Browser(rf)


@pytest.mark.parametrize("record", RECORDS)
@pytest.mark.parametrize("secure", [False, True])
def test_a_record_comes_back_as_it_was(browser, record, secure):
    browser.put(KEY, record, secure=secure)
    assert transactions.take(browser.request(secure=secure), KEY) == record


@pytest.mark.parametrize(
    "other", [Key("other", KEY.state), Key("keycloak", "S" * 16 + "T" * 27), Key("", KEY.state)]
)
def test_a_record_opens_for_its_key_alone(browser, other):
    """AR-02, AR-08: bound to the provider and to the whole state, not to the part that is in the name."""
    browser.put(KEY, Pending(TRANSACTION, "/"))
    assert transactions.take(browser.request(), other) is None


def test_a_cookie_over_http_is_never_read_over_https(browser):
    browser.put(KEY, Pending(TRANSACTION, "/"), secure=False)
    assert transactions.take(browser.request(secure=True), KEY) is None
    (name,) = browser.cookies
    browser.cookies["__Host-" + name] = browser.cookies[name]
    assert transactions.take(browser.request(secure=False), KEY) is not None


@pytest.mark.parametrize("position", range(0, 100, 7))
def test_a_changed_byte_opens_nothing(browser, position):
    browser.put(KEY, Pending(TRANSACTION, "/beers/"))
    (name,) = browser.cookies
    value = browser.cookies[name]
    browser.cookies[name] = (
        value[:position] + ("a" if value[position] != "a" else "b") + value[position + 1 :]
    )
    assert transactions.take(browser.request(), KEY) is None


def test_what_is_kept_is_not_readable(browser):
    browser.put(KEY, Pending(b"the code verifier's seed is a secret here"[:41], "/where-she-goes/"))
    (value,) = browser.cookies.values()
    assert "where" not in value and "secret" not in value
    assert "secret" not in repr(Pending(b"secret", "/"))


def test_an_old_done_record_counts_as_none(browser, monkeypatch):
    browser.put(KEY, Done("/beers/"))
    now = transactions.time.time()
    monkeypatch.setattr(transactions.time, "time", lambda: now + 598)
    assert transactions.take(browser.request(), KEY) == Done("/beers/")
    monkeypatch.setattr(transactions.time, "time", lambda: now + 602)
    assert transactions.take(browser.request(), KEY) is None


def choose(browser, provider, *, secure=False):
    response = HttpResponse()
    transactions.remember_provider(browser.request(secure=secure), response, provider)
    browser.receive(response)
    return response


def test_a_choice_is_remembered_for_a_year_and_no_longer(browser, monkeypatch):
    (cookie,) = choose(browser, "keycloak").cookies.values()
    assert cookie["max-age"] == transactions.REMEMBERED_SECONDS and cookie["samesite"] == "Lax"
    now = transactions.time.time()
    for seconds, provider in ((transactions.REMEMBERED_SECONDS - 2, "keycloak"), (366 * 24 * 3600, None)):
        monkeypatch.setattr(transactions.time, "time", lambda seconds=seconds: now + seconds)
        assert transactions.remembered_provider(browser.request()) == provider


def test_no_choice_is_made_up(browser):
    choose(browser, "keycloak")
    ((name, value),) = browser.cookies.items()
    assert "keycloak" not in value
    for planted in ("guests", f"{value}x", "", f"{int(transactions.time.time()):x}.guests"):
        browser.cookies[name] = planted
        assert transactions.remembered_provider(browser.request()) is None
    assert transactions.remembered_provider(browser.request(secure=True)) is None


# AR-17
def test_an_old_choice_makes_room_for_no_login(browser, monkeypatch):
    choose(browser, "keycloak")
    now = transactions.time.time()
    monkeypatch.setattr(transactions.time, "time", lambda: now + 300 * 24 * 3600)
    for number in range(20):
        browser.put(Key("keycloak", f"{number:043}"[::-1]), Pending(TRANSACTION, "/beers/" + "x" * 400))
    assert transactions.remembered_provider(browser.request()) == "keycloak"
    assert len(browser.cookies) <= transactions.MAX_RECORDS
    assert sum(len(f"{name}={value}; ") for name, value in browser.cookies.items()) <= 4096


def test_a_record_cannot_be_made_younger(browser):
    browser.put(KEY, Done("/beers/"))
    (name,) = browser.cookies
    started, _, sealed = browser.cookies[name].partition(".")
    browser.cookies[name] = f"{int(started, 16) + 500:x}.{sealed}"
    assert transactions.take(browser.request(), KEY) is None


def test_a_fallback_of_the_secret_key_still_opens(browser, settings):
    browser.put(KEY, Done("/beers/"))
    old, settings.SECRET_KEY = (
        settings.SECRET_KEY,
        "another key, also long enough to be taken seriously 0123456789",
    )
    assert transactions.take(browser.request(), KEY) is None
    settings.SECRET_KEY_FALLBACKS = [old]
    assert transactions.take(browser.request(), KEY) == Done("/beers/")


def test_another_purpose_opens_nothing(browser, settings):
    browser.put(KEY, Done("/beers/"))
    (value,) = browser.cookies.values()
    started, _, sealed = value.partition(".")
    other = _core.Sealer([settings.SECRET_KEY.encode()], "relyant.sessions.id_token")
    assert other.open(sealed, f"{KEY.provider}\n{KEY.state}\n{started}".encode()) is None


def test_the_oldest_gives_way(browser, monkeypatch):
    now = transactions.time.time()
    for number in range(12):
        monkeypatch.setattr(transactions.time, "time", lambda number=number: now + number)
        browser.put(Key("keycloak", f"{number:02}" + "x" * 41), Pending(TRANSACTION, "/"))
    kept = sorted(re.search(r"relyant-(\d\d)", name).group(1) for name in browser.cookies)
    assert kept == ["04", "05", "06", "07", "08", "09", "10", "11"]


def test_long_addresses_leave_room_for_fewer(browser, monkeypatch):
    now = transactions.time.time()
    for number in range(12):
        monkeypatch.setattr(transactions.time, "time", lambda number=number: now + number)
        browser.put(Key("keycloak", f"{number:02}" + "x" * 41), Pending(TRANSACTION, "/" + "y" * 511))
        header = "; ".join(f"{name}={value}" for name, value in browser.cookies.items())
        assert len(header) <= transactions.MAX_TOTAL_BYTES
    assert len(browser.cookies) >= 4
    assert any(name.startswith("relyant-11") for name in browser.cookies)


# FT-27
def test_ar_17_ten_thousand_starts_are_bounded(browser):
    """AR-17: however many logins somebody begins, in number and in bytes."""
    for number in range(10_000):
        where = "/" + "y" * (number % 512)
        browser.put(Key("keycloak", f"{number:04}" + "x" * 39), Pending(TRANSACTION, where))
        assert len(browser.cookies) <= transactions.MAX_RECORDS
    header = "; ".join(f"{name}={value}" for name, value in browser.cookies.items())
    assert len(header) <= transactions.MAX_TOTAL_BYTES
    assert any(name.startswith("relyant-9999") for name in browser.cookies)


@pytest.mark.parametrize("junk", ["", ".", "zz.x", "ffffffffffffffff.x", "-1.x", "é", "x" * 4000, "6.6.6"])
def test_junk_under_our_names_is_cleared_away_first(browser, junk):
    for number in range(30):
        browser.cookies[f"relyant-junk{number}"] = junk
    browser.put(KEY, Done("/beers/"))
    assert transactions.take(browser.request(), KEY) == Done("/beers/")
    assert len(browser.cookies) <= transactions.MAX_RECORDS


@pytest.mark.parametrize(
    "end", ["(x)", "", "a b", "a,b", "é", "x" * 16, "x\n", "x.y", "[x]", "@", "\x00", 'x"', "x\\y"]
)
@pytest.mark.parametrize("secure", [False, True])
def test_names_that_no_record_has_are_left_alone(browser, end, secure):
    """Some are no cookie names at all: to delete those would be an error."""
    prefix = "__Host-relyant-" if secure else "relyant-"
    junk = {prefix + str(number) + end if end else prefix: "6.x" + "y" * 5000 for number in range(10)}
    browser.cookies.update(junk)
    response = browser.put(KEY, Done("/beers/"), secure=secure)
    assert len(response.cookies) == 1
    assert transactions.take(browser.request(secure=secure), KEY) == Done("/beers/")


def test_other_cookies_are_left_alone(browser):
    browser.cookies.update({f"basket-{number}": "x" * 500 for number in range(20)})
    browser.put(KEY, Done("/beers/"))
    assert len(browser.cookies) == 21


def test_an_answer_clears_away_a_bounded_number(browser):
    browser.cookies.update({f"relyant-{number:016}": "6.x" for number in range(120)})
    response = browser.put(KEY, Done("/beers/"))
    assert len(response.cookies) == 1 + transactions.MAX_DELETIONS


# AR-01
def test_a_name_that_comes_twice_is_no_record(browser):
    browser.put(KEY, RECORDS[0])
    ((name, value),) = browser.cookies.items()
    request = browser.request()
    request.META["HTTP_COOKIE"] = f"{name}=planted; {name}={value}"
    assert transactions.take(request, KEY) is None


def test_forgetting(browser):
    browser.put(KEY, Done("/beers/"), secure=True)
    response = HttpResponse()
    transactions.forget(browser.request(secure=True), response, KEY)
    (cookie,) = response.cookies.values()
    assert cookie["secure"] and cookie["path"] == "/"
    browser.receive(response)
    assert not browser.cookies


# SE-04
@pytest.mark.parametrize("secure", [False, True])
def test_three_sign_ins_in_half_a_minute_are_a_circle(browser, monkeypatch, secure):
    now = transactions.time.time()
    for seconds, expected in [(0, False), (10, False), (29, True), (45, False), (58, True)]:
        monkeypatch.setattr(transactions.time, "time", lambda seconds=seconds: now + seconds)
        browser.sign_in(secure=secure)
        assert transactions.goes_in_circles(browser.request(secure=secure)) is expected
    monkeypatch.setattr(transactions.time, "time", lambda: now + 80)
    assert not transactions.goes_in_circles(browser.request(secure=secure))


# SE-04
def test_a_circle_is_forgotten(browser):
    for _ in range(5):
        browser.sign_in()
    response = HttpResponse()
    transactions.forget_sign_ins(browser.request(), response)
    browser.receive(response)
    assert not transactions.goes_in_circles(browser.request())


def test_where_nobody_signed_in_there_is_nothing_to_forget(browser):
    response = HttpResponse()
    transactions.forget_sign_ins(browser.request(), response)
    assert not response.cookies


# SE-04
def test_no_other_record_counts_as_a_sign_in(browser):
    for number in range(7):
        browser.put(Key("keycloak", f"{number:02}" + "x" * 41), Done("/"))
    assert not transactions.goes_in_circles(browser.request())
    (moved, *_) = browser.cookies.values()
    browser.cookies["relyant-sign-ins"] = moved
    assert not transactions.goes_in_circles(browser.request())


def test_an_answer_with_two_records_keeps_the_bounds(browser, monkeypatch):
    """The oldest of eight tabs comes back: its done record and the sign-ins are one more than there is room for."""
    now = transactions.time.time()
    states = [f"{number:02}" + "x" * 41 for number in range(transactions.MAX_RECORDS)]
    for number, state in enumerate(states):
        monkeypatch.setattr(transactions.time, "time", lambda number=number: now + number)
        browser.put(Key("keycloak", state), Pending(TRANSACTION, "/"))
    browser.sign_in(states[0])
    assert len(browser.cookies) == transactions.MAX_RECORDS
    assert transactions.take(browser.request(), Key("keycloak", states[0])) == Done("/beers/")
    assert "relyant-sign-ins" in browser.cookies
    assert transactions.take(browser.request(), Key("keycloak", states[1])) is None
    assert transactions.take(browser.request(), Key("keycloak", states[2])) is not None


# SE-04
def test_a_circle_within_one_second_is_noticed(browser, monkeypatch):
    now = transactions.time.time()
    monkeypatch.setattr(transactions.time, "time", lambda: now)
    for number in range(30):
        state = f"{number:02}" + "x" * 41
        browser.put(Key("keycloak", state), Pending(TRANSACTION, "/members/"))
        assert transactions.goes_in_circles(browser.request()) is (number >= 3)
        browser.sign_in(state)
        # Browsers send cookies in whatever order.
        browser.cookies["relyant-sign-ins"] = browser.cookies.pop("relyant-sign-ins")


def test_an_answer_with_two_records_clears_away_no_more_than_one_with_one(browser):
    browser.cookies.update({f"relyant-{number:016}": "6.x" for number in range(120)})
    response = browser.sign_in()
    assert len(response.cookies) == 2 + transactions.MAX_DELETIONS


def test_a_state_that_is_no_cookie_name_finds_nothing(browser):
    for state in ("", "a;b", "é" * 43, "\n" * 43, "x" * 100_000):
        assert transactions.take(browser.request(), Key("keycloak", state)) is None


# AR-15
@pytest.mark.parametrize("secure", [False, True])
def test_a_record_for_a_form_goes_with_other_sites_forms_and_any_other_does_not(rf, secure):
    request = rf.get("/", secure=secure)
    attributes = {}
    for cross_site in (False, True):
        response = HttpResponse()
        transactions.put(request, response, KEY, Done("/"), cross_site=cross_site)
        (cookie,) = response.cookies.values()
        attributes[cross_site] = (cookie["samesite"], bool(cookie["secure"]), bool(cookie["httponly"]))
    # Browsers take no `SameSite=None` that isn't `Secure`; of loopback they take that over plain http.
    assert attributes == {False: ("Lax", secure, True), True: ("None", True, True)}


def test_to_ask_anew_is_of_one_provider(browser):
    def is_to_ask(provider):
        return transactions.is_to_ask_anew(browser.request(), provider)

    response = HttpResponse()
    transactions.ask_anew(browser.request(), response, "keycloak")
    browser.receive(response)
    assert is_to_ask("keycloak") and not is_to_ask("other")
    transactions.forget_to_ask_anew(browser.request(), response, "keycloak")
    browser.receive(response)
    assert not is_to_ask("keycloak")


def test_what_another_version_sealed_and_this_one_does_not_know_is_no_record(browser, monkeypatch):
    monkeypatch.setattr(transactions, "_to_bytes", lambda _record: b"?of another version")
    browser.put(KEY, Done("/beers/"))
    assert transactions.take(browser.request(), KEY) is None
