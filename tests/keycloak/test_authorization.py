"""What a site may ask of a sign-in, at a real Keycloak: by a form, pushed, fresh, with a second factor."""

from __future__ import annotations

import hashlib
import hmac
import json
import struct
import time
from urllib.parse import parse_qs, urlsplit

import pytest

from realm import CLIENT_ID, NAME
from tests.docs import pages
from tests.keycloak.knobs import Knobs

MANAGE = """import os, sys

sys.path += [{root!r}, {beer!r}]
os.environ["DJANGO_SETTINGS_MODULE"] = "tests.browser.settings"
from django.core.management import execute_from_command_line

execute_from_command_line(sys.argv)
"""
PAGE = "how-to/second-factor.md"
PERSON, TOTP_SECRET = "otto", "a secret of twenty b"


@pytest.fixture
def site(start_site, tmp_path):
    """Start a Beer site whose provider has further settings."""
    manage = tmp_path / "manage.py"
    root = pages.DOCS.parent
    manage.write_text(MANAGE.format(root=str(root), beer=str(root / "demo" / "beer")))

    def start(**provider):
        changes = {"provider": provider, "settings": {"ALLOWED_HOSTS": ["127.0.0.1"]}}
        return start_site(manage, BEER_CHANGES=json.dumps(changes))

    return start


def asked(page):
    """The authorization request on the way to a page."""
    (request,) = [url for url in page.trail if "/protocol/openid-connect/auth" in url]
    return parse_qs(urlsplit(request).query)


def post_back(visitor, page):
    """Send Keycloak's form on, as its script does."""
    return visitor.browser.submit(page.form(to="/oidc/callback/keycloak/"))


# AR-15, AR-19
def test_a_login_is_pushed_and_answered_by_a_form(site, visit, knobs):
    website = site(RESPONSE_MODE="form_post")
    knobs.turn(attributes={"require.pushed.authorization.requests": "true"})
    visitor = visit(website)
    page = visitor.open("/admin/")
    assert set(asked(page)) == {"client_id", "request_uri"}
    answer = post_back(visitor, visitor.sign_in("carol", page))
    assert (answer.status, answer.url) == (200, f"{website.base_url}/admin/")
    assert not [url for url in answer.trail if "code=" in url]


def test_a_sign_in_is_asked_for_each_time(site, visit):
    website = site(PROMPT="login")
    visitor = visit(website)
    visitor.open_as("carol", "/admin/")
    again = reopen(visitor)
    assert visitor.browser.submit(again.form(having="password"), password="carol").status == 200


# AR-18
def test_a_sign_in_that_is_too_old_is_asked_for_again(site, visit):
    website = site(MAX_AGE=1)
    visitor = visit(website)
    visitor.open_as("carol", "/admin/")
    # Keycloak counts whole seconds: until one has passed it lets her in as she is.
    deadline = time.monotonic() + 30
    while (page := reopen(visitor)).url.startswith(website.base_url):
        assert time.monotonic() < deadline
    assert visitor.browser.submit(page.form(having="password"), password="carol").status == 200


def reopen(visitor):
    """Open the admin without a cookie of the site; Keycloak's own have the realm's path."""
    visitor.browser.cookies.clear("127.0.0.1", "/")
    return visitor.open("/admin/")


@pytest.fixture
def second_factor(realm):
    """The flow that the how-to makes: a password is `silver`, a one-time code beside it `gold`; and who has one."""
    ask = realm._admin
    flows = f"/{NAME}/authentication/flows"

    def add(parent, kind, **members):
        ask("POST", f"{flows}/{parent.replace(' ', '%20')}/executions/{kind}", members)
        (made,) = [
            one
            for one in ask("GET", f"{flows}/step-up/executions")
            if members.get("alias", members.get("provider"))
            in (one.get("displayName"), one.get("providerId"))
            and one["id"] not in known
        ]
        known.add(made["id"])
        return made

    def require(execution, word):
        ask("PUT", f"{flows}/step-up/executions", {**execution, "requirement": word})

    known = set()
    top = {"alias": "step-up", "providerId": "basic-flow", "topLevel": True, "builtIn": False}
    ask("POST", flows, top)
    require(add("step-up", "execution", provider="auth-cookie"), "ALTERNATIVE")
    require(add("step-up", "flow", alias="levels", type="basic-flow"), "ALTERNATIVE")
    for level, step in ((1, "auth-username-password-form"), (2, "auth-otp-form")):
        require(add("levels", "flow", alias=f"level {level}", type="basic-flow"), "CONDITIONAL")
        condition = add(f"level {level}", "execution", provider="conditional-level-of-authentication")
        require(condition, "REQUIRED")
        config = {"loa-condition-level": str(level), "loa-max-age": "36000"}
        ask(
            "POST",
            f"/{NAME}/authentication/executions/{condition['id']}/config",
            {"alias": f"level {level}", "config": config},
        )
        require(add(f"level {level}", "execution", provider=step), "REQUIRED")
    (flow,) = [one["id"] for one in ask("GET", flows) if one["alias"] == "step-up"]
    otp = {
        "type": "otp",
        "secretData": json.dumps({"value": TOTP_SECRET}),
        "credentialData": json.dumps(
            {"subType": "totp", "digits": 6, "period": 30, "counter": 0, "algorithm": "HmacSHA1"}
        ),
    }
    user = {
        "username": PERSON,
        "email": f"{PERSON}@brewery.example",
        "firstName": "Otto",
        "lastName": "Oat",
        "enabled": True,
        "credentials": [{"type": "password", "value": PERSON, "temporary": False}, otp],
    }
    ask("POST", f"/{NAME}/users", user)
    realm.set_roles(PERSON, ["customers"])
    knobs = Knobs(realm)
    knobs.turn(
        attributes={"acr.loa.map": json.dumps({"silver": "1", "gold": "2"})},
        authenticationFlowBindingOverrides={"browser": flow},
    )
    yield knobs
    knobs.undo()
    (client,) = ask("GET", f"/{NAME}/clients?clientId={CLIENT_ID}")
    ask(
        "PUT",
        f"/{NAME}/clients/{client['id']}",
        {**client, "authenticationFlowBindingOverrides": {"browser": ""}},
    )
    ask("DELETE", f"/{NAME}/users/{realm._user_id(PERSON)}")
    ask("DELETE", f"{flows}/{flow}")


def one_time_code():
    """RFC 6238, as an authenticator app computes it."""
    digest = hmac.new(TOTP_SECRET.encode(), struct.pack(">Q", int(time.time()) // 30), hashlib.sha1).digest()
    (number,) = struct.unpack_from(">I", digest, digest[-1] & 0xF)
    return f"{(number & 0x7FFFFFFF) % 10**6:06}"


# AR-18
def test_a_second_factor_is_asked_for_and_shown(site, visit, second_factor):
    website = site(ACR_VALUES=["gold"])
    visitor = visit(website)
    page = visitor.open_as(PERSON, "/admin/")
    answer = visitor.browser.submit(page.form(having="otp"), otp=one_time_code())
    assert (answer.status, answer.url) == (200, f"{website.base_url}/admin/")


# AR-18
def test_who_struck_the_second_factor_out_is_refused_and_asked_for_it(site, visit, second_factor):
    website = site(ACR_VALUES=["gold"])
    second_factor.turn(attributes={"require.pushed.authorization.requests": "false"})
    visitor = visit(website)
    # As if the visitor had taken the parameter away: Keycloak is told that nobody maps it.
    second_factor.turn(attributes={"acr.loa.map": json.dumps({"silver": "1"})})
    refused = visitor.open_as(PERSON, "/admin/")
    assert refused.status == 403 and "invalid_token.acr_mismatch" in refused.text
    second_factor.turn(attributes={"acr.loa.map": json.dumps({"silver": "1", "gold": "2"})})
    again = visitor.browser.get(refused.link("Sign in again"))
    assert again.form(having="password")
    page = visitor.browser.submit(again.form(having="password"), password=PERSON)
    answer = visitor.browser.submit(page.form(having="otp"), otp=one_time_code())
    assert (answer.status, answer.url) == (200, f"{website.base_url}/admin/")
