"""One chromium, one development provider and a few Beer sites; each test has visitors of its own."""

from __future__ import annotations

import shutil
from contextlib import ExitStack

import pytest
import trustme
from playwright.sync_api import expect, sync_playwright

from relyant.testing import DevelopmentProvider
from tests.browser import axe
from tests.browser.beer_site import HOST, BeerSite
from tests.browser.complaints import note_complaints
from tests.browser.visitor import Visitor
from tests.lacking import skip_or_fail

ARGUMENTS = (
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    # Loopback only, whatever a page names.
    f"--host-resolver-rules=MAP {HOST} 127.0.0.1, MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
)
STEP_MILLISECONDS = 20_000
SECURE_COOKIES = {"SESSION_COOKIE_SECURE": True, "CSRF_COOKIE_SECURE": True}
STRICT_COOKIES = {"SESSION_COOKIE_SAMESITE": "Strict"}
ADMINISTERED = {
    "relyant": {"EVENTS": "all", "KEEP_CLAIMS": ["email"]},
    "policy": {
        "ALLOW": ["customers", "creators", "admins"],
        "PERMISSIONS": {
            "beers.view_beer": {"claim": "email", "domain": ["brewery.example"]},
            "beers.delete_beer": ["owners", {"all": ["admins", {"scope": "cellar"}]}],
        },
    },
}
BY_FORM = {"RESPONSE_MODE": "form_post"}
# What each site has different from the demo; those whose names begin with `https` have a certificate.
SITES = {
    "redirect": {},
    "members": {"policy": {"ALLOW": ["customers", "admins"]}},
    "button": {"relyant": {"ADMIN_LOGIN": "button"}},
    "strict": {"settings": STRICT_COOKIES},
    # Over http, a browser drops cookies that are for https alone.
    "unkept": {"settings": SECURE_COOKIES},
    "https": {"settings": SECURE_COOKIES},
    "https-strict": {"settings": {**SECURE_COOKIES, **STRICT_COOKIES}},
    "https-form": {"settings": SECURE_COOKIES, "provider": BY_FORM},
    "https-form-strict": {"settings": {**SECURE_COOKIES, **STRICT_COOKIES}, "provider": BY_FORM},
    "form": {"provider": BY_FORM},
    # Under a name of loopback that is another site than the provider's address; it may be in a frame of the provider's.
    "localhost": {},
    "localhost-form": {"provider": BY_FORM},
    # Where people sign in by an identity that is linked to the local superuser: the policy owns her flags then.
    "linked": {},
    # And where one is linked, and nobody has signed in by it.
    "linkable": {},
    "https-linked-strict": {"settings": {**SECURE_COOKIES, **STRICT_COOKIES}},
    "https-linked-form": {"settings": SECURE_COOKIES, "provider": BY_FORM},
    "closed": {"relyant": {"ADMIN_LOGIN": "button", "PASSWORD_LOGIN": False}},
    "stronger": {"provider": {"ACR_VALUES": ["gold"]}},
    "fresh": {"provider": {"MAX_AGE": 600}},
    "step-up": {"relyant": {"STEP_UP": {"admin:*": {"ACR_VALUES": ["gold"]}}}},
    "step-up-fresh": {"relyant": {"STEP_UP": {"admin:*": {"MAX_AGE": 300}}}},
    "https-step-up-strict": {
        "settings": {**SECURE_COOKIES, **STRICT_COOKIES},
        "relyant": {"STEP_UP": {"admin:*": {"ACR_VALUES": ["gold"]}}},
    },
    "https-step-up-form": {
        "settings": SECURE_COOKIES,
        "provider": BY_FORM,
        "relyant": {"STEP_UP": {"admin:*": {"ACR_VALUES": ["gold"]}}},
    },
    "several": {
        "provider": {"LABEL": "your brewery account"},
        "others": {"guests": {"LABEL": "Guests & friends", "EMAIL_DOMAINS": ["friends.example"]}},
    },
    "admin": ADMINISTERED,
    "unfold": {**ADMINISTERED, "theme": "unfold"},
}


def missing():
    """What these tests lack to run; None where all is there."""
    if not find_chromium():
        return "chromium is missing: install the package chromium (as root, `make test-browser` does)"
    if not axe.SCRIPT.is_file():
        return (
            "axe-core is missing: install npm, then run `npm ci` in tests/browser (`make test-browser` does)"
        )
    return None


def find_chromium():
    return shutil.which("chromium") or shutil.which("chromium-browser")


@pytest.fixture(scope="session")
def able_to_browse():
    """Chromium and axe-core are there."""
    if lack := missing():
        skip_or_fail(f"no real browser was tested: {lack}")


@pytest.fixture(scope="session")
def chromium(able_to_browse):
    """The browser; whoever visits has a context of her own in it."""
    with sync_playwright() as playwright:
        expect.set_options(timeout=STEP_MILLISECONDS)
        running = playwright.chromium.launch(
            executable_path=find_chromium(),
            args=ARGUMENTS,
            # The back button may show a page from memory, as it does for everybody.
            ignore_default_args=["--disable-back-forward-cache"],
        )
        yield running
        running.close()


@pytest.fixture(scope="session")
def certificate(tmp_path_factory):
    """A certificate for the sites, with its key; no browser knows who signed it."""
    file = tmp_path_factory.mktemp("certificate") / "site.pem"
    trustme.CA().issue_cert(HOST).private_key_and_cert_chain_pem.write_to_path(file)
    return file


@pytest.fixture(scope="session")
def sites(certificate):
    """All sites by name; they are started by whom they are visited by first."""
    with ExitStack() as closing:
        made = {}
        for name, changes in SITES.items():
            made[name] = BeerSite(
                changes,
                certificate if name.startswith("https") else None,
                host="localhost" if name.startswith("localhost") else HOST,
            )
            closing.callback(made[name].stop)
        yield made


@pytest.fixture(scope="session")
def running_provider(able_to_browse, sites):
    """The development provider, where all sites are registered."""
    arguments = [f"--redirect-uri={uri}" for site in sites.values() for uri in site.redirect_uris]
    arguments += [f"--post-logout-redirect-uri={site.post_logout_redirect_uri}" for site in sites.values()]
    with DevelopmentProvider(*arguments) as running:
        yield running


@pytest.fixture
def provider(running_provider):
    """The provider, behaving again after the test."""
    yield running_provider
    running_provider.reset()


@pytest.fixture
def visit(chromium, running_provider, sites, tmp_path_factory):
    """A new visitor: `visit()`, `visit("https", locale="de-DE")`; no browser may complain of anything."""
    contexts, complaints = [], []

    def begin(name="redirect", **how):
        sites[name].start(running_provider.issuer, tmp_path_factory.mktemp(name))
        context = chromium.new_context(ignore_https_errors=True, **{"locale": "en-GB", **how})
        context.set_default_timeout(STEP_MILLISECONDS)
        contexts.append(context)
        note_complaints(context, complaints)
        visitor = Visitor(context, sites[name].base_url, complaints)
        visitor.site = sites[name]
        return visitor

    yield begin
    for context in contexts:
        context.close()
    assert complaints == []
