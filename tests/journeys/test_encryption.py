"""Tokens and userinfo as a provider's operator has them signed and encrypted: told apart without a setting, but for the key."""

from __future__ import annotations

import base64
import hashlib
import urllib.request
from urllib.parse import parse_qs, urlsplit

import pytest
from django.core.management import call_command

from relyant import registry
from relyant.testing import DevelopmentProvider
from tests.journeys.conftest import signed_in

LONG_SECRET = "a client secret of sixty-four characters, as SHA-512 would want it"
KINDS = ("RSA-OAEP", "RSA-OAEP-256", "ECDH-ES", "ECDH-ES+A128KW", "ECDH-ES+A256KW")


@pytest.fixture
def configure(site):
    """Change the settings of the one provider."""

    def change(**settings):
        ((name, provider),) = site.RELYANT["PROVIDERS"].items()
        site.RELYANT = {**site.RELYANT, "PROVIDERS": {name: {**provider, **settings}}}

    return change


@pytest.fixture
def register(live_server, relyant_provider, configure, tmp_path):
    """Give the site a key and let the provider encrypt to it; `kind` is the key's, keywords are what is registered."""
    file = tmp_path / "keys.json"

    def provide(kind="ECDH-ES", **registered):
        file.unlink(missing_ok=True)
        call_command("relyant_keys", "make", file, algorithm=kind, verbosity=0)
        configure(PRIVATE_KEY=file)
        keys = f"{live_server.url}/oidc/jwks/keycloak/"
        relyant_provider.set_response_algorithms(encryption_jwks_uri=keys, **registered)

    return provide


@pytest.fixture
def secretive(relyant_provider, site):
    """A provider whose client has a secret that is long enough to sign with, in the place of the other."""
    with DevelopmentProvider(client_secret=LONG_SECRET) as provider:
        site.RELYANT = provider.settings(site.RELYANT)
        yield provider


@pytest.fixture
def code(browser, relyant_provider):
    """The code that a sign-in ends in; None where it comes in."""

    def sign_in(provider=relyant_provider):
        page = provider.sign_in(browser, "carol", next="/members/")
        if page.status_code == 302:
            assert signed_in(browser) == "carol"
            browser.logout()
            return None
        assert signed_in(browser) is None
        return page.content.decode().partition("<code>")[2].partition("</code>")[0]

    return sign_in


@pytest.mark.parametrize("kind", KINDS)
def test_an_encrypted_id_token_needs_the_key_alone(register, code, kind):
    """ID-01"""
    register(kind, id_token_encrypted_response_alg=kind, id_token_encrypted_response_enc="A256GCM")
    assert code() is None


@pytest.mark.parametrize("enc", ["A128GCM", "A192GCM", "A128CBC-HS256", "A192CBC-HS384", "A256CBC-HS512"])
def test_its_content_may_be_encrypted_by_each_algorithm(register, code, enc):
    register(id_token_encrypted_response_alg="ECDH-ES", id_token_encrypted_response_enc=enc)
    assert code() is None


def test_where_encryption_is_required_a_plain_one_is_refused(register, configure, relyant_provider, code):
    """ID-01"""
    register(id_token_encrypted_response_alg="ECDH-ES")
    configure(REQUIRE_ENCRYPTED_ID_TOKEN=True)
    assert code() is None
    relyant_provider.set_response_algorithms()
    assert code() == "invalid_token.not_encrypted"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("encrypted-to-nobody", "invalid_token.not_decrypted"),
        ("encrypted-unsigned", "invalid_token.encryption_malformed"),
        ("encrypted-tampered", "invalid_token.not_decrypted"),
        ("encrypted-rsa1-5", "incompatible.encryption_algorithm"),
        ("encrypted-unknown-kid", "invalid_token.encryption_key_unknown"),
        ("alg-none", "invalid_token.algorithm_not_allowed"),
        ("alg-hs256", "invalid_token.algorithm_not_allowed"),
        ("tampered-signature", "invalid_token.bad_signature"),
        ("wrong-nonce", "invalid_token.nonce_mismatch"),
        ("userinfo-encrypted", "invalid_token.not_decrypted"),
    ],
)
def test_what_is_opened_is_held_to_all_the_rest(register, relyant_provider, code, name, expected):
    """ID-01, JO-13, JO-14, JO-18"""
    register(id_token_encrypted_response_alg="ECDH-ES")
    relyant_provider.misbehave(name)
    assert code() == expected


def test_what_is_refused_on_purpose_names_the_knob(register, relyant_provider, code, caplog):
    """JO-13"""
    register(id_token_encrypted_response_alg="ECDH-ES")
    relyant_provider.misbehave("encrypted-rsa1-5")
    caplog.set_level("INFO", logger="relyant")
    assert code() == "incompatible.encryption_algorithm"
    assert "the ID token is encrypted with `RSA1_5`, expected RSA-OAEP" in caplog.text
    assert "at the provider, where its encryption is set" in caplog.text


def test_a_refresh_and_a_logout_token_are_opened_too(register, configure, relyant_provider, db):
    """ID-01: required once, it is required of a refresh."""
    register(id_token_encrypted_response_alg="ECDH-ES")
    configure(REQUIRE_ENCRYPTED_ID_TOKEN=True)
    party = registry.provider().relying_party
    redirect_uri = "http://testserver/oidc/callback/keycloak/"
    login = party.begin_login(redirect_uri)
    query = urlsplit(relyant_provider.callback(login.url, "carol")).query
    identity = party.complete_login(query, login.transaction, redirect_uri)
    assert party.refresh(identity.tokens).identity().subject == identity.subject
    (session,) = relyant_provider.sign_out("carol")
    assert session["logout_token"].count(".") == 4
    assert party.validate_logout_token(session["logout_token"]).sid == identity.sid


def test_the_hint_of_a_logout_is_what_the_provider_can_read(browser, register, relyant_provider):
    """RP-Initiated Logout §2: out of its encryption, so that nobody is asked whether to log out."""
    register(id_token_encrypted_response_alg="ECDH-ES")
    relyant_provider.sign_in(browser, "carol")
    location = browser.post("/oidc/logout/")["Location"]
    assert parse_qs(urlsplit(location).query)["id_token_hint"][0].count(".") == 2

    class Stop(urllib.request.HTTPRedirectHandler):
        def redirect_request(self, *_):
            return None

    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), Stop())
    with pytest.raises(urllib.request.HTTPError) as redirected:
        opener.open(location, timeout=5)
    assert redirected.value.headers["Location"].startswith("http://testserver/oidc/logged-out/")
    redirected.value.close()


SIGNED = {"userinfo_signed_response_alg": "RS256"}
ENCRYPTED = {"userinfo_encrypted_response_alg": "ECDH-ES"}


@pytest.mark.parametrize(
    ("registered", "strict"),
    [
        ({}, "invalid_token.userinfo_unsigned"),
        (SIGNED, None),
        (ENCRYPTED, "invalid_token.userinfo_unsigned"),
        (SIGNED | ENCRYPTED, None),
    ],
    ids=["plain", "signed", "encrypted", "both"],
)
def test_userinfo_is_told_by_its_content_type(register, configure, code, registered, strict):
    """UI-02, JO-18: whatever it is, without a setting; encrypted alone it never counts as signed."""
    register(**registered)
    assert code() is None
    configure(REQUIRE_SIGNED_USERINFO=True)
    assert code() == strict


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("userinfo-wrong-sub", "misbehaved.userinfo_subject_mismatch"),
        ("userinfo-alg-none", "invalid_token.userinfo_algorithm_not_allowed"),
        ("userinfo-wrong-issuer", "invalid_token.userinfo_issuer_mismatch"),
        ("userinfo-wrong-audience", "invalid_token.userinfo_audience_mismatch"),
        ("userinfo-forged", "invalid_token.userinfo_unknown_key"),
        ("encrypted-unsigned", "invalid_token.encryption_malformed"),
        ("encrypted-tampered", "invalid_token.not_decrypted"),
        ("encrypted-rsa1-5", "incompatible.encryption_algorithm"),
        ("encrypted-unknown-kid", "invalid_token.encryption_key_unknown"),
    ],
)
@pytest.mark.parametrize("required", [False, True])
def test_encryption_hides_no_fault_of_userinfo(
    register, configure, relyant_provider, code, name, expected, required
):
    """UI-01, UI-02, JO-18"""
    register(**SIGNED, **ENCRYPTED)
    configure(REQUIRE_SIGNED_USERINFO=required)
    relyant_provider.misbehave(name)
    assert code() == expected


def test_somebody_elses_userinfo_is_refused_where_nobody_signed_it(register, relyant_provider, code):
    """UI-01"""
    register(**ENCRYPTED)
    relyant_provider.misbehave("userinfo-wrong-sub")
    assert code() == "misbehaved.userinfo_subject_mismatch"


def test_a_key_that_signs_userinfo_since_a_moment_is_fetched(register, relyant_provider, code):
    register(**SIGNED)
    assert code() is None
    relyant_provider.rotate_keys()
    fetched = relyant_provider.requests()["jwks"]
    assert code() is None
    assert relyant_provider.requests()["jwks"] == fetched + 1


@pytest.mark.parametrize("algorithm", ["HS256", "HS384", "HS512"])
def test_the_secret_signs_where_a_setting_names_it_and_then_nothing_else_does(
    secretive, configure, browser, code, algorithm
):
    """ID-06, ID-08"""
    secretive.set_response_algorithms(id_token_signed_response_alg=algorithm)
    assert code(secretive) == "invalid_token.algorithm_not_allowed"
    configure(ID_TOKEN_ALGORITHMS=[algorithm])
    assert code(secretive) is None
    secretive.set_response_algorithms()
    assert code(secretive) == "invalid_token.algorithm_not_allowed"


def test_a_secret_of_another_client_signs_nothing(secretive, configure, code):
    """ID-08"""
    configure(ID_TOKEN_ALGORITHMS=["HS256"])
    secretive.set_response_algorithms(id_token_signed_response_alg="HS512")
    assert code(secretive) == "invalid_token.no_fitting_key"


def test_the_secret_opens_where_a_setting_says_so(secretive, configure, code):
    secretive.set_response_algorithms(
        id_token_encrypted_response_alg="dir", id_token_encrypted_response_enc="A256CBC-HS512"
    )
    assert code(secretive) == "incompatible.encrypted_id_token"
    configure(DECRYPT_WITH_SECRET=True, REQUIRE_ENCRYPTED_ID_TOKEN=True)
    assert code(secretive) is None


def test_a_shared_key_may_be_given_as_it_is(secretive, configure, code):
    secretive.set_response_algorithms(
        id_token_encrypted_response_alg="dir", id_token_encrypted_response_enc="A256GCM"
    )
    for secret, expected in ((LONG_SECRET, None), (f"{LONG_SECRET}!", "invalid_token.not_decrypted")):
        octets = hashlib.sha256(secret.encode()).digest()
        key = base64.urlsafe_b64encode(octets).decode().rstrip("=")
        configure(PRIVATE_KEY={"kty": "oct", "use": "enc", "k": key})
        assert code(secretive) == expected
