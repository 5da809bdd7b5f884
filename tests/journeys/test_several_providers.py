"""A site with two providers: who is asked which, who isn't, and that one's answer never counts as the other's."""

from __future__ import annotations

import re
from html import unescape
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client
from django.test.utils import override_script_prefix

from relyant.models import LinkedIdentity
from relyant.testing import DevelopmentProvider
from tests.journeys.conftest import signed_in

LOGIN = "/oidc/login/"
HEADING = "How do you want to sign in?"
LINK = re.compile(r'<a class="button" href="([^"]*)">([^<]*)</a>')
UNKNOWN = "That address leads to no sign-in service."


@pytest.fixture(scope="module")
def _guests_process():
    with DevelopmentProvider() as running:
        yield running


@pytest.fixture
def guests(_guests_process):
    """The second provider, as it was at its start."""
    _guests_process.reset()
    return _guests_process


@pytest.fixture
def staff(relyant_provider):
    """The first one."""
    return relyant_provider


@pytest.fixture
def two(site, staff, guests):
    """Change the settings of a site with both: `two(guests={"HOSTS": […]}, REMEMBER_PROVIDER=False)`."""
    one = site.RELYANT["PROVIDERS"]["keycloak"]
    second = {**one, "ISSUER": guests.issuer, "LABEL": "Guests & friends", "USERNAME_COLLISION": "suffix"}

    def change(keycloak=(), guests=(), **relyant):
        providers = {
            "keycloak": {**one, "LABEL": "Keycloak", **dict(keycloak)},
            "guests": {**second, **dict(guests)},
        }
        site.RELYANT = {**site.RELYANT, "PROVIDERS": providers, **relyant}

    change()
    return change


def choices(answer):
    """Where the buttons of the page lead, by what they say."""
    assert answer.status_code == 200
    text = answer.content.decode()
    assert HEADING in text
    return {unescape(words): unescape(address) for address, words in LINK.findall(text)}


def choose(browser, label, **query):
    """Press a button of the page: the address that the browser is sent to."""
    return browser.get(choices(browser.get(LOGIN, query))[f"Sign in with {label}"])["Location"]


def query_of(location):
    return parse_qs(urlsplit(location).query)


def another_way(answer):
    """Where the page leads who wants another provider; None where it doesn't."""
    found = re.search(r'<a href="([^"]*)">Sign in another way</a>', answer.content.decode())
    return unescape(found[1]) if found else None


def test_who_may_come_by_either_is_asked_and_comes_to_where_she_wanted(browser, two, guests):
    assert browser.get("/members/")["Location"] == f"{LOGIN}?next=/members/"
    location = choose(browser, "Guests & friends", next="/members/")
    assert location.startswith(guests.issuer)
    assert query_of(location)["redirect_uri"] == ["http://testserver/oidc/callback/guests/"]
    assert browser.get(guests.callback(location, "carol"))["Location"] == "/members/"
    assert signed_in(browser) == "carol"
    assert LinkedIdentity.objects.get().issuer == guests.issuer


def test_one_person_at_two_providers_is_two_users(two, staff, guests, db):
    for provider in (staff, guests):
        assert provider.sign_in(Client(), "carol").status_code == 302
    issuers = LinkedIdentity.objects.values_list("issuer", flat=True)
    assert set(issuers) == {staff.issuer, guests.issuer}
    assert LinkedIdentity.objects.values("user").distinct().count() == 2


def test_with_one_provider_nobody_is_asked_and_nothing_remembered(browser, staff):
    for query in ({}, {"choose": "1"}, {"email": "carol@brewery.example"}):
        location = browser.get(LOGIN, query)["Location"]
        assert location.startswith(staff.issuer) and "login_hint" not in query_of(location)
    back = browser.get(staff.callback(browser.get(LOGIN, {"chosen": "1"})["Location"], "carol"))
    assert back.status_code == 302 and signed_in(browser) == "carol"
    assert "relyant-provider" not in browser.cookies


def test_the_page_costs_no_statement_and_no_cookie(client, two, django_assert_num_queries, db):
    with django_assert_num_queries(0):
        answer = client.get(LOGIN, {"next": "/members/"})
    assert choices(answer) and not client.cookies
    assert "no-store" in answer["Cache-Control"]


def test_who_is_signed_in_is_not_asked(browser, two, staff):
    staff.sign_in(browser, "carol")
    for query in ({}, {"choose": "1"}, {"email": "x@y.example"}, {"provider": "guests"}):
        other = {"next": f"/beers/?{len(query)}{''.join(query)}", **query}
        assert browser.get(LOGIN, other)["Location"] == other["next"]
    assert signed_in(browser) == "carol"


# AR-11
@pytest.mark.parametrize(
    "payload",
    ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)", "/" + "x" * 600],
)
def test_a_next_that_leads_away_is_on_no_button(client, two, payload, db):
    answer = client.get(LOGIN, {"next": payload})
    assert list(choices(answer).values()) == [
        f"{LOGIN}?provider=keycloak&chosen=1",
        f"{LOGIN}?provider=guests&chosen=1",
    ]


# AR-06, AR-08
@pytest.mark.parametrize(("begun_at", "answered_at"), [("keycloak", "guests"), ("guests", "keycloak")])
def test_an_answer_of_one_provider_is_none_to_a_login_at_the_other(
    browser, two, staff, guests, begun_at, answered_at
):
    """The hostile one of two begins a login of its own, and delivers its answer where the other's is awaited."""
    providers = {"keycloak": staff, "guests": guests}
    awaited = browser.get(LOGIN, {"provider": begun_at})["Location"]
    theirs = Client().get(LOGIN, {"provider": answered_at})["Location"]
    state = query_of(awaited)["state"][0]
    answer = query_of(providers[answered_at].callback(theirs, "carol"))
    answer["state"] = [state]
    for provider in (begun_at, answered_at):
        response = browser.get(f"/oidc/callback/{provider}/", {key: one[0] for key, one in answer.items()})
        assert response.status_code in (400, 502)
        assert signed_in(browser) is None
    for provider in providers.values():
        assert provider.requests()["token"] == 0
    # The login that is under way goes on as if nothing had been.
    assert browser.get(providers[begun_at].callback(awaited, "carol")).status_code == 302
    assert signed_in(browser) == "carol"


# AR-08
def test_a_login_counts_at_its_own_redirect_uri_alone(browser, two, staff, guests):
    """Without `iss` the redirect URI is what tells the providers apart."""
    guests.misbehave("callback-missing-iss")
    callback = guests.callback(browser.get(LOGIN, {"provider": "guests"})["Location"], "carol")
    moved = browser.get(callback.replace("/guests/", "/keycloak/"))
    assert moved.status_code == 400 and "transaction.not_found" in moved.content.decode()
    assert staff.requests()["token"] == guests.requests()["token"] == 0


def test_the_host_that_one_provider_has_leads_there(client, two, guests, site, db):
    site.ALLOWED_HOSTS = ["*"]
    two(guests={"HOSTS": ["Guests.brewery.example", "localhost"]})
    for host in ("guests.brewery.example", "GUESTS.brewery.example:8000", "localhost"):
        assert client.get(LOGIN, HTTP_HOST=host)["Location"].startswith(guests.issuer)
    for host in ("brewery.example", "my.guests.brewery.example"):
        assert choices(client.get(LOGIN, HTTP_HOST=host))
    # Whoever asks for the page, or for the other one, gets it.
    assert choices(client.get(LOGIN, {"choose": "1"}, HTTP_HOST="localhost"))
    assert not client.get(LOGIN, {"provider": "keycloak"}, HTTP_HOST="localhost")["Location"].startswith(
        guests.issuer
    )


def test_a_host_of_both_decides_nothing(client, two, db):
    two(keycloak={"HOSTS": ["testserver"]}, guests={"HOSTS": ["testserver"]})
    assert choices(client.get(LOGIN))


@pytest.mark.parametrize(
    "address",
    [
        "carol@friends.example",
        " Carol@FRIENDS.Example ",
        "carol@xn--mller-kva.example",
        "carol@m\u00fcller.example",
        "carol@MU\u0308LLER.example",
    ],
)
def test_the_domain_of_an_address_leads_to_its_provider_with_a_hint(client, two, guests, address, db):
    two(guests={"EMAIL_DOMAINS": ["Friends.example", "xn--mller-kva.example"]})
    location = client.get(LOGIN, {"email": address, "choose": "1"})["Location"]
    assert location.startswith(guests.issuer)
    assert query_of(location)["login_hint"] == [address.strip()]


@pytest.mark.parametrize(
    "address",
    [
        "carol@elsewhere.example",
        "carol@sub.friends.example",
        "carol@friends.example.evil.example",
        "carol@friends.example@evil.example",
        "carol@fa\u00df.example",
        "carol@\uff46riends.example",
        "carol@fri\u200bends.example",
        "carol@friends.example\n",
        "@friends.example",
        "friends.example",
        "\x00@friends.example",
        "a" * 255 + "@friends.example",
        "carol@" + "\u00fc" * 300,
        '"><script>@x',
        "",
    ],
)
def test_any_other_address_is_told_the_same(client, two, address, db):
    two(guests={"EMAIL_DOMAINS": ["friends.example", "fass.example"]})
    answer = client.get(LOGIN, {"email": address, "choose": "1", "next": "/members/"})
    if address == "carol@friends.example\n":
        # A blank around it is what a person pastes.
        assert answer.status_code == 302
        return
    text = answer.content.decode()
    assert choices(answer) and text.count(UNKNOWN) == 1
    assert "<script>" not in text and 'name="next" value="/members/"' in text
    same = client.get(LOGIN, {"email": "x@y.example", "choose": "1", "next": "/members/"})
    value = re.compile(r' value="[^"]*" maxlength')
    assert value.sub("", text) == value.sub("", same.content.decode())


def test_an_address_that_two_providers_have_decides_nothing(client, two, db):
    two(keycloak={"EMAIL_DOMAINS": ["friends.example"]}, guests={"EMAIL_DOMAINS": ["friends.example"]})
    assert UNKNOWN in client.get(LOGIN, {"email": "carol@friends.example"}).content.decode()


def test_the_field_is_there_where_an_address_may_decide(client, two, db):
    assert 'type="email"' not in client.get(LOGIN).content.decode()
    two(guests={"EMAIL_DOMAINS": ["friends.example"]})
    text = client.get(LOGIN, {"next": "/members/"}).content.decode()
    assert '<label for="email">' in text and 'type="email" id="email"' in text and UNKNOWN not in text


def test_what_she_chose_and_came_in_by_is_remembered(browser, two, staff, guests):
    location = choose(browser, "Guests & friends", next="/members/")
    # Not before she is in: she may have missed the button.
    assert "relyant-provider" not in browser.cookies and choices(browser.get(LOGIN))
    browser.get(guests.callback(location, "carol"))
    cookie = browser.cookies["relyant-provider"]
    assert (cookie["samesite"], cookie["httponly"], cookie["path"]) == ("Lax", True, "/")
    assert cookie["max-age"] == 365 * 24 * 3600
    browser.post("/oidc/logout/")
    location = browser.get(LOGIN, {"next": "/members/"})["Location"]
    assert location.startswith(guests.issuer)
    # It is renewed by each sign-in, and another choice takes its place.
    before = browser.cookies["relyant-provider"].value
    browser.get(guests.callback(location, "carol"))
    assert browser.cookies["relyant-provider"].value != before
    browser.post("/oidc/logout/")
    browser.get(staff.callback(choose(browser, "Keycloak", choose="1"), "chris"))
    browser.post("/oidc/logout/")
    assert browser.get(LOGIN)["Location"].startswith(staff.issuer)


def test_an_address_is_a_choice_too(browser, two, guests):
    two(guests={"EMAIL_DOMAINS": ["friends.example"]})
    location = browser.get(LOGIN, {"email": "carol@friends.example"})["Location"]
    browser.get(guests.callback(location, "carol"))
    browser.post("/oidc/logout/")
    assert browser.get(LOGIN)["Location"].startswith(guests.issuer)


@pytest.mark.parametrize("how", ["named by the site", "by the host", "by a setting"])
def test_what_she_did_not_choose_is_not_remembered(browser, two, guests, how):
    two(
        guests={"HOSTS": ["testserver"]} if how == "by the host" else {},
        REMEMBER_PROVIDER=how != "by a setting",
    )
    query = {
        "named by the site": {"provider": "guests"},
        "by the host": {},
        "by a setting": {"provider": "guests", "chosen": "1"},
    }[how]
    browser.get(guests.callback(browser.get(LOGIN, query)["Location"], "carol"))
    assert signed_in(browser) == "carol"
    assert "relyant-provider" not in browser.cookies


def test_a_remembered_provider_that_the_settings_have_no_more_is_asked_for_again(browser, two, site, guests):
    browser.get(guests.callback(choose(browser, "Guests & friends"), "carol"))
    browser.post("/oidc/logout/")
    two(REMEMBER_PROVIDER=False)
    assert choices(browser.get(LOGIN))
    two(REMEMBER_PROVIDER=True)
    assert browser.get(LOGIN)["Location"].startswith(guests.issuer)
    providers = site.RELYANT["PROVIDERS"]
    site.RELYANT = {
        **site.RELYANT,
        "PROVIDERS": {"keycloak": providers["keycloak"], "partners": providers["guests"]},
    }
    assert choices(browser.get(LOGIN))


def test_over_https_the_choice_has_a_host_cookie(browser, two, guests):
    page = browser.get(LOGIN, secure=True)
    location = browser.get(choices(page)["Sign in with Guests & friends"], secure=True)["Location"]
    browser.get(guests.callback(location, "carol"), secure=True)
    assert browser.cookies["__Host-relyant-provider"]["secure"]


# AR-17
def test_a_choice_outlives_the_tabs_and_fits_beside_them(browser, two, guests):
    browser.get(guests.callback(choose(browser, "Guests & friends"), "carol"))
    browser.post("/oidc/logout/")
    for number in range(30):
        browser.get(LOGIN, {"provider": "keycloak", "next": f"/members/?{number}{'x' * 400}"})
        # What a browser does, and the test client doesn't.
        for name in [name for name, one in browser.cookies.items() if not one.value]:
            del browser.cookies[name]
    held = [one for name, one in browser.cookies.items() if name.startswith("relyant-") and one.value]
    assert sum(len(one.key) + len(one.value) + 3 for one in held) <= 4096 and len(held) <= 8
    assert browser.get(LOGIN)["Location"].startswith(guests.issuer)


def test_who_is_refused_may_take_another_way(browser, two, guests):
    two(guests={"POLICY": {"ALLOW": ["owners"]}})
    refused = browser.get(guests.callback(choose(browser, "Guests & friends", next="/members/"), "carol"))
    assert refused.status_code == 403
    assert another_way(refused) == f"{LOGIN}?next=%2Fmembers%2F&choose=1"
    assert choices(browser.get(another_way(refused)))


def test_a_provider_that_is_down_is_not_the_only_way(browser, two, guests):
    guests.misbehave("error-500@metadata")
    answer = browser.get(LOGIN, {"provider": "guests", "next": "/members/", "chosen": "1"})
    if answer.status_code == 302:
        answer = browser.get(guests.callback(answer["Location"], "carol"))
    assert another_way(answer) == f"{LOGIN}?next=%2Fmembers%2F&choose=1"


def test_who_signed_out_may_come_back_another_way(browser, two, staff):
    staff.sign_in(browser, "carol")
    browser.post("/oidc/logout/")
    assert another_way(browser.get("/oidc/logged-out/")) == f"{LOGIN}?choose=1"


def test_with_one_provider_no_page_speaks_of_another(browser, staff, site):
    assert another_way(browser.get("/oidc/logged-out/")) is None
    keycloak = {**site.RELYANT["PROVIDERS"]["keycloak"], "POLICY": {"ALLOW": ["owners"]}}
    site.RELYANT = {**site.RELYANT, "PROVIDERS": {"keycloak": keycloak}}
    assert another_way(staff.sign_in(browser, "carol")) is None


def test_the_admin_asks_unless_the_settings_name_its_provider(browser, two, guests):
    address = browser.get("/admin/login/", {"next": "/admin/auth/"})["Location"]
    assert choices(browser.get(address))
    two(ADMIN_PROVIDERS={"admin": "guests"})
    address = browser.get("/admin/login/", {"next": "/admin/auth/"})["Location"]
    assert browser.get(address)["Location"].startswith(guests.issuer)
    assert choices(browser.get(browser.get("/brewery/office/login/")["Location"]))


@pytest.mark.parametrize("wanted", ["/admin/", "/admin/auth/user/", "http://testserver/admin/auth/?q=1"])
def test_whoever_wants_to_the_admin_goes_by_its_provider(client, two, guests, wanted, db):
    two(ADMIN_PROVIDERS={"admin": "guests"}, keycloak={"HOSTS": ["testserver"]})
    assert client.get(LOGIN, {"next": wanted})["Location"].startswith(guests.issuer)
    for other in ("/beers/", "/brewery/office/", "/nowhere/", "https://evil.example/admin/"):
        assert not client.get(LOGIN, {"next": other})["Location"].startswith(guests.issuer)


def test_the_admins_button_leads_to_the_provider_of_its_site(client, two, db):
    two(ADMIN_LOGIN="button", ADMIN_PROVIDERS={"admin": "guests"})
    links = re.compile(r'<a class="relyant-admin-link" href="([^"]*)">')
    assert [unescape(one) for one in links.findall(client.get("/admin/login/").content.decode())] == [
        f"{LOGIN}?next=%2Fadmin%2F&provider=guests"
    ]
    assert len(links.findall(client.get("/brewery/office/login/").content.decode())) == 2


def test_under_a_prefix_the_admin_is_still_found(client, two, guests, db):
    two(ADMIN_PROVIDERS={"admin": "guests"})
    with override_script_prefix("/app/"):
        answer = client.get(LOGIN, {"next": "/app/admin/auth/"})
    assert answer["Location"].startswith(guests.issuer)
