"""The how-to on several providers, carried out with two development providers: who is asked, and who isn't."""

from __future__ import annotations

import pytest

from relyant.testing import DevelopmentProvider
from tests.docs import pages

PAGE = "how-to/several-providers.md"
HEADING = "How do you want to sign in?"


@pytest.fixture
def pub(owner):
    with DevelopmentProvider(client_secret="pub-secret") as running:
        owner.changes["https://sso.pub.example/realms/guests"] = running.issuer
        # The name of its host by which a browser is another one to the site.
        owner.changes["guests.example.com"] = "localhost"
        yield running


@pytest.fixture
def site(owner, pub):
    """The project with the blocks of these places in the page."""

    def start(*places):
        found = pages.blocks(PAGE)
        for place in places:
            owner.follow(found[place])
        owner.check()
        owner.start()
        return owner.visitor(owner.base_url)

    return start


SECOND, BUTTONS, HOST, ADDRESS, ADMIN, FORGETFUL = range(6)


def issuer_of(page, pub):
    """At which provider a page is."""
    return "pub" if page.url.startswith(pub.issuer.partition("/realms/")[0]) else "keycloak"


def sign_in(visitor, label, name):
    page = visitor.open("/oidc/login/?next=/admin/")
    assert HEADING in page.text
    (link,) = [link for link in page.links if label in link.text]
    return visitor.choose(name, visitor.browser.get(link.url))


def test_both_and_what_a_browser_remembers(owner, site, pub):
    visitor = site(SECOND, ADDRESS)
    page = sign_in(visitor, "your brewery account", "carol")
    assert (page.status, page.url) == (200, f"{owner.base_url}/admin/")
    visitor.sign_out("/admin/")
    assert issuer_of(visitor.open("/oidc/login/"), pub) == "keycloak"
    assert HEADING in visitor.open("/oidc/login/?choose=1").text
    # The same name at the other one is somebody else, whom this policy makes no staff.
    page = sign_in(owner.visitor(owner.base_url), "your pub account", "carol")
    assert page.status == 403 and "carol-" in page.text
    for address in ("carol@PUB.example", "carol@brauhaus-m\u00fcnchen.example"):
        asked = owner.visitor(owner.base_url).open(
            f"/oidc/login/?email={address.replace(chr(252), '%C3%BC')}"
        )
        assert issuer_of(asked, pub) == "pub"
    for address in ("carol@bar.pub.example", "nobody@elsewhere.example"):
        assert HEADING in owner.visitor(owner.base_url).open(f"/oidc/login/?email={address}").text


def test_by_host_and_by_admin_site(owner, site, pub):
    visitor = site(SECOND, HOST, ADMIN, FORGETFUL)
    # Browsers take the two names of this computer for two sites.
    elsewhere = owner.visitor(owner.base_url.replace("127.0.0.1", "localhost"))
    assert issuer_of(elsewhere.open("/oidc/login/?next=/beers/"), pub) == "pub"
    assert issuer_of(elsewhere.open("/admin/"), pub) == "keycloak"
    assert HEADING in visitor.open("/oidc/login/?next=/beers/").text
    asked = visitor.open("/oidc/login/?provider=pub&chosen=1")
    assert issuer_of(asked, pub) == "pub"
    visitor.choose("chris", asked)
    visitor.sign_out("/oidc/logout/")
    assert HEADING in visitor.open("/oidc/login/?next=/beers/").text


def test_the_buttons_are_addresses_of_the_login():
    text = pages.blocks(PAGE)[BUTTONS].text
    assert "{% url 'relyant:login' %}?provider=pub&amp;next=/beers/" in text
    assert "{% url 'relyant:login' %}?choose=1&amp;next=/beers/" in text
