"""Every misbehaviour of the development provider: refused with its code, no session, no 500; or harmless."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User

from relyant.testing import misbehaviours
from tests.journeys.conftest import misbehave, signed_in

COMES_IN = "comes in"

EXPECTED = {
    "metadata-wrong-issuer": "configuration.issuer_mismatch",
    "metadata-http-endpoint": "misbehaved.metadata_endpoint_not_https",
    "metadata-plain-pkce-only": "incompatible.no_pkce_s256",
    "metadata-hs256-only": "incompatible.no_signature_algorithm",
    "metadata-other-client-auth": "incompatible.no_client_authentication",
    "metadata-no-end-session": COMES_IN,
    "metadata-html": "misbehaved.content_type",
    "metadata-redirect": "unavailable.redirect",
    "jwks-duplicate-kid": "misbehaved.jwk_set_invalid",
    "jwks-odd-keys": COMES_IN,
    "jwks-other-keys": "invalid_token.no_fitting_key",
    "jwks-many-keys": "misbehaved.jwk_set_invalid",
    "jwks-huge": "unavailable.too_large",
    # Only where requests are pushed, or where the sign-in is asked to be of a kind.
    "par-status-200": COMES_IN,
    "par-html": COMES_IN,
    "par-no-request-uri": COMES_IN,
    "par-expires-at-once": COMES_IN,
    "par-refused": COMES_IN,
    "prompt-login-ignored": COMES_IN,
    "max-age-ignored": COMES_IN,
    "acr-values-ignored": COMES_IN,
    "callback-wrong-iss": "misbehaved.callback_issuer_mismatch",
    "callback-missing-iss": "misbehaved.callback_issuer_missing",
    "callback-wrong-state": "transaction.not_found",
    "callback-no-state": "transaction.state_missing",
    "callback-code-twice": "transaction.parameter_repeated",
    "callback-code-and-error": "misbehaved.code_and_error",
    "callback-access-denied": "refused.access_denied",
    "callback-pkce-refused": "configuration.invalid_request",
    "callback-flow-refused": "configuration.unauthorized_client",
    "callback-invalid-scope": "configuration.invalid_scope",
    "token-html": "misbehaved.content_type",
    "token-wrong-type": "incompatible.token_type",
    "token-text-expiry": "misbehaved.token_response_type",
    "token-status-201": "misbehaved.status",
    "token-no-access-token": "misbehaved.token_response_missing",
    "token-invalid-client": "configuration.invalid_client",
    "token-repeats-request": "configuration.invalid_client",
    "token-invalid-grant": "refused.invalid_grant",
    "missing-id-token": "misbehaved.id_token_missing",
    "wrong-issuer": "invalid_token.issuer_mismatch",
    "wrong-audience": "invalid_token.audience_mismatch",
    "extra-audience": "invalid_token.audience_untrusted",
    "missing-audience": "invalid_token.audience_missing",
    "wrong-azp": "invalid_token.authorized_party_mismatch",
    "wrong-nonce": "invalid_token.nonce_mismatch",
    "missing-nonce": "invalid_token.nonce_missing",
    "expired": "invalid_token.expired",
    "issued-in-future": "invalid_token.issued_in_future",
    "issued-long-ago": "invalid_token.issued_too_long_ago",
    "not-yet-valid": "invalid_token.not_yet_valid",
    "missing-exp": "invalid_token.expiry_missing",
    "missing-iat": "invalid_token.issued_at_missing",
    "missing-sub": "invalid_token.subject_missing",
    "missing-auth-time": COMES_IN,
    "missing-acr": COMES_IN,
    "empty-sub": "invalid_token.subject_invalid",
    "numeric-sub": "invalid_token.subject_invalid",
    "wrong-at-hash": "invalid_token.access_token_hash_mismatch",
    "duplicate-claim": "invalid_token.claims_malformed",
    "alg-none": "invalid_token.algorithm_not_allowed",
    "alg-hs256": "invalid_token.algorithm_not_allowed",
    "wrong-alg": "invalid_token.algorithm_not_allowed",
    "unknown-kid": "invalid_token.unknown_key",
    "missing-kid": "invalid_token.ambiguous_key",
    "tampered-signature": "invalid_token.bad_signature",
    "typ-at-jwt": "invalid_token.header_type",
    "padded-token": "invalid_token.malformed",
    "crit-header": "invalid_token.malformed",
    "jwk-header": "invalid_token.malformed",
    "encrypted-to-nobody": "incompatible.encrypted_id_token",
    # Only where the client is registered for encryption; tests/journeys/test_encryption.py.
    "encrypted-unsigned": COMES_IN,
    "encrypted-tampered": COMES_IN,
    "encrypted-rsa1-5": COMES_IN,
    "encrypted-unknown-kid": COMES_IN,
    "access-token-wrong-issuer": "invalid_token.access_token_issuer_mismatch",
    "access-token-wrong-azp": "invalid_token.access_token_authorized_party_mismatch",
    "access-token-wrong-sub": "invalid_token.access_token_subject_mismatch",
    "access-token-wrong-type": "invalid_token.access_token_body_type",
    "access-token-expired": "invalid_token.access_token_expired",
    "access-token-tampered": "invalid_token.access_token_bad_signature",
    # Comes through the protocol, but without a role that ALLOW has.
    "access-token-opaque": "decision.not_allowed",
    "access-token-lightweight": "decision.not_allowed",
    "access-token-no-sub": COMES_IN,
    "userinfo-wrong-sub": "misbehaved.userinfo_subject_mismatch",
    "userinfo-array": "misbehaved.json",
    "userinfo-html": "misbehaved.content_type",
    "userinfo-signed": COMES_IN,
    "userinfo-alg-none": "invalid_token.userinfo_algorithm_not_allowed",
    "userinfo-wrong-issuer": "invalid_token.userinfo_issuer_mismatch",
    "userinfo-wrong-audience": "invalid_token.userinfo_audience_mismatch",
    "userinfo-forged": "invalid_token.userinfo_unknown_key",
    "userinfo-encrypted": "incompatible.encrypted_userinfo",
    # Where nothing that others keep is followed, it makes no difference; tests/journeys/test_claim_sources.py.
    "claims-endpoint-elsewhere": COMES_IN,
    "claims-forged": COMES_IN,
    "claims-unsigned": COMES_IN,
    "claims-wrong-issuer": COMES_IN,
    "claims-wrong-audience": COMES_IN,
    "claims-wrong-sub": COMES_IN,
    "claims-expired": COMES_IN,
    "claims-incomplete": COMES_IN,
    # What comes after a login is for tests/test_core_tokens.py.
    "refreshed-wrong-sub": COMES_IN,
    "refreshed-wrong-auth-time": COMES_IN,
    "refreshed-issued-earlier": COMES_IN,
    "revocation-unsupported": COMES_IN,
    "introspection-signed": COMES_IN,
    "introspection-forged": COMES_IN,
    "introspection-active-text": COMES_IN,
    "introspection-wrong-audience": COMES_IN,
    "logout-token-unsigned": COMES_IN,
    "logout-token-wrong-issuer": COMES_IN,
    "logout-token-wrong-audience": COMES_IN,
    "logout-token-expired": COMES_IN,
    "logout-token-issued-long-ago": COMES_IN,
    "logout-token-no-events": COMES_IN,
    "logout-token-nonce": COMES_IN,
    "logout-token-no-jti": COMES_IN,
    "logout-token-nobody": COMES_IN,
    "old-date": COMES_IN,
    "slow": "unavailable.timeout",
    "dripping": "unavailable.timeout",
    "down": "unavailable.protocol",
    "error-500": "unavailable.http_status",
    "error-503": "unavailable.http_status",
    "huge-body": "unavailable.too_large",
    "endless-headers": "unavailable.headers_too_large",
    "gzip-body": "unavailable.content_encoding",
}
# What spoils any exchange, at whichever endpoint it happens.
OF_THE_EXCHANGE = list(EXPECTED)[-8:]


def test_each_misbehaviour_has_an_expectation():
    assert set(misbehaviours()) == set(EXPECTED)


def assert_refused(browser, response, code):
    assert response.status_code in (400, 403, 502, 503)
    assert f"<code>{code}</code>" in response.content.decode()
    assert ("Retry-After" in response) == (response.status_code == 503)
    assert signed_in(browser) is None
    assert not User.objects.exists()


@pytest.mark.parametrize("name", EXPECTED)
def test_a_misbehaviour_is_refused_with_its_code(browser, site, relyant_provider, name):
    misbehave(site, relyant_provider, name)
    response = relyant_provider.sign_in(browser, "carol", next="/members/")
    if EXPECTED[name] == COMES_IN:
        assert (response.status_code, response["Location"]) == (302, "/members/")
        assert signed_in(browser) == "carol"
    else:
        assert_refused(browser, response, EXPECTED[name])


# One misbehaviour of each kind, and whether what it spoils is over: else the same callback may still succeed.
FINAL = {
    "token-invalid-grant": True,  # refused
    "wrong-nonce": True,  # invalid_token
    "token-wrong-type": True,  # incompatible
    "userinfo-encrypted": True,
    "token-html": False,  # misbehaved
    "token-invalid-client": False,  # configuration
    "down@token": False,  # unavailable
}


@pytest.mark.parametrize("name", FINAL)
def test_a_final_answer_ends_the_login_and_any_other_leaves_it_open(browser, relyant_provider, name):
    request = browser.get("/oidc/login/", {"next": "/members/"})["Location"]
    callback = relyant_provider.callback(request, "carol")
    relyant_provider.misbehave(name)
    code = EXPECTED[name.partition("@")[0]]
    assert_refused(browser, browser.get(callback), code)
    asked = relyant_provider.requests()["token"]
    again = browser.get(callback)
    if FINAL[name]:
        assert "<code>transaction.not_found</code>" in again.content.decode()
        assert 'href="/oidc/login/?next=%2Fmembers%2F' in again.content.decode()
        assert relyant_provider.requests()["token"] == asked
    else:
        assert "transaction.not_found" not in again.content.decode()
        assert relyant_provider.requests()["token"] == asked + 1


@pytest.mark.parametrize("endpoint", ["jwks", "token", "userinfo"])
@pytest.mark.parametrize("name", OF_THE_EXCHANGE)
def test_an_exchange_is_spoiled_at_every_endpoint(browser, site, relyant_provider, name, endpoint):
    misbehave(site, relyant_provider, f"{name}@{endpoint}")
    response = relyant_provider.sign_in(browser, "carol", next="/members/")
    assert_refused(browser, response, EXPECTED[name])


@pytest.mark.parametrize(
    "name", ["metadata-html", "jwks-duplicate-kid", "wrong-nonce", "userinfo-array", "down"]
)
def test_a_provider_that_behaves_again_lets_people_in(browser, relyant_provider, name):
    relyant_provider.misbehave(name)
    relyant_provider.sign_in(browser, "carol")
    relyant_provider.misbehave()
    assert relyant_provider.sign_in(browser, "carol").status_code == 302
    assert signed_in(browser) == "carol"
