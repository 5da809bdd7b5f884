"""What a Keycloak operator may switch on for a client: each needs its setting here, or none."""

from __future__ import annotations

import base64
import json
from urllib.parse import parse_qs, urlencode, urlsplit
from urllib.request import ProxyHandler, build_opener

import pytest

from realm import CLIENT_ID, NAME
from relyant import _core
from tests.keycloak.bare_login import REDIRECT_URI, sign_in
from tests.test_core import refusal

ID_TOKEN_ALG = "id.token.signed.response.alg"
# Keycloak makes these keys when it is told to; a new realm has RSA alone.
KEY_PROVIDERS = {
    "ES256": {"providerId": "ecdsa-generated", "config": {"ecdsaEllipticCurveKey": ["P-256"]}},
    "ES512": {"providerId": "ecdsa-generated", "config": {"ecdsaEllipticCurveKey": ["P-521"]}},
    "EdDSA": {"providerId": "eddsa-generated", "config": {"eddsaEllipticCurveKey": ["Ed25519"]}},
    "PS256": {"providerId": "rsa-generated", "config": {"algorithm": ["PS256"], "keySize": ["2048"]}},
}


@pytest.fixture
def add_key(realm):
    """Give the realm a key of another algorithm, for one test."""
    made = []

    def add(algorithm):
        (parent,) = (one["id"] for one in realm._admin("GET", "") if one["realm"] == NAME)
        component = {
            "name": f"test-{algorithm}",
            "parentId": parent,
            "providerType": "org.keycloak.keys.KeyProvider",
            **KEY_PROVIDERS[algorithm],
        }
        component["config"] = {
            "priority": ["10"],
            "enabled": ["true"],
            "active": ["true"],
            **component["config"],
        }
        realm._admin("POST", f"/{NAME}/components", component)
        query = f"/{NAME}/components?type=org.keycloak.keys.KeyProvider&name=test-{algorithm}"
        made.extend(one["id"] for one in realm._admin("GET", query))

    yield add
    for component in made:
        realm._admin("DELETE", f"/{NAME}/components/{component}")


def log_in(party, name="chris"):
    """Sign somebody in."""
    identity, _browser = sign_in(party, name)
    return identity


def roles(identity):
    return set(identity.claims("access_token")["realm_access"]["roles"])


@pytest.mark.parametrize("algorithm", KEY_PROVIDERS)
def test_id_tokens_of_every_family(knobs, add_key, party, algorithm):
    """ID-06: what the metadata offer is taken, without a setting."""
    add_key(algorithm)
    knobs.turn(attributes={ID_TOKEN_ALG: algorithm, "access.token.signed.response.alg": algorithm})
    assert "creators" in roles(log_in(party()))


@pytest.mark.parametrize(
    ("alg", "enc"),
    [
        ("RSA-OAEP", "A128CBC-HS256"),
        ("RSA-OAEP-256", "A256GCM"),
        ("ECDH-ES", "A256GCM"),
        ("ECDH-ES+A256KW", "A256CBC-HS512"),
    ],
)
def test_an_encrypted_id_token_needs_the_key_alone(knobs, party, alg, enc):
    """ID-01"""
    private_key = _core.new_private_key(alg)
    knobs.turn(attributes=registered(private_key, {"id.token.encrypted.response": (alg, enc)}))
    identity = log_in(party(private_key=private_key, require_encrypted_id_token=True))
    assert identity.subject
    # The hint of a logout is the signed token, which Keycloak can read.
    assert identity.id_token.count(".") == 2
    assert refusal(log_in, party()).code == "incompatible.encrypted_id_token"
    other = _core.new_private_key(alg)
    assert refusal(log_in, party(private_key=other)).code == "invalid_token.encryption_key_unknown"


def test_a_refresh_brings_an_encrypted_id_token_too(knobs, party):
    """ID-01: required once, it is required of each."""
    private_key = _core.new_private_key("ECDH-ES")
    encrypted = registered(private_key, {"id.token.encrypted.response": ("ECDH-ES", "A256GCM")})
    knobs.turn(attributes=encrypted)
    strict = party(private_key=private_key, require_encrypted_id_token=True)
    identity = log_in(strict)
    assert strict.refresh(identity.tokens).identity().subject == identity.subject
    knobs.turn(attributes=dict.fromkeys(encrypted, ""))
    assert refusal(strict.refresh, identity.tokens).code == "invalid_token.not_encrypted"


def test_a_way_of_encryption_that_is_refused_on_purpose_is_named(knobs, party):
    """JO-13"""
    private_key = _core.new_private_key("RSA-OAEP")
    old = json.loads(_core.public_jwk_set(private_key))
    # Keycloak looks for a key that says the algorithm.
    old["keys"] = [{**key, "alg": "RSA1_5"} for key in old["keys"]]
    for what in ("id.token", "user.info"):
        attributes = registered(private_key, {f"{what}.encrypted.response": ("RSA1_5", "A256GCM")})
        knobs.turn(attributes=attributes | {"jwks.string": json.dumps(old)})
        refused = refusal(log_in, party(private_key=private_key))
        assert refused.code == "incompatible.encryption_algorithm"
        assert "`RSA1_5`" in str(refused) and "choose one of these for the client" in str(refused)
        knobs.undo()
        knobs.turn(redirectUris=[REDIRECT_URI])


def test_an_id_token_by_a_shared_secret_is_by_one_of_the_realm(knobs, party, realm):
    """ID-06, ID-08: Keycloak gives that secret to nobody, so no setting lets such a token in."""
    secret = "s" * 64
    knobs.turn(secret=secret, directAccessGrantsEnabled=True, attributes={ID_TOKEN_ALG: "HS256"})
    assert refusal(log_in, party(client_secret=secret)).code == "invalid_token.algorithm_not_allowed"
    expecting = party(client_secret=secret, id_token_algorithms=["HS256"])
    assert refusal(log_in, expecting).code == "invalid_token.bad_signature"
    header = header_of_an_id_token(realm.issuer, secret)
    ((kid, kind),) = (
        (key["kid"], key["type"])
        for key in realm._admin("GET", f"/{NAME}/keys")["keys"]
        if key.get("algorithm") == "HS256"
    )
    assert (header["alg"], header["kid"], kind) == ("HS256", kid, "OCT")


@pytest.mark.parametrize(("signed", "encrypted"), [(True, False), (False, True), (True, True)])
def test_userinfo_is_told_by_its_content_type(knobs, party, signed, encrypted):
    """UI-02"""
    private_key = _core.new_private_key("ECDH-ES")
    sealed = {"user.info.encrypted.response": ("ECDH-ES", "A256GCM")} if encrypted else {}
    attributes = registered(private_key, sealed)
    if signed:
        attributes["user.info.response.signature.alg"] = "RS256"
    knobs.turn(attributes=attributes)
    key = private_key if encrypted else None
    assert log_in(party(private_key=key)).claims("userinfo")["preferred_username"] == "chris"
    strict = party(private_key=key, require_signed_userinfo=True)
    if signed:
        assert log_in(strict).claims("userinfo")
    else:
        assert refusal(log_in, strict).code == "invalid_token.userinfo_unsigned"
    if encrypted:
        assert refusal(log_in, party()).code == "incompatible.encrypted_userinfo"


def test_pushed_authorization_requests_are_used_whether_they_are_required_or_not(knobs, party):
    """AR-19, AR-20: a new realm offers them."""
    for required in ("false", "true"):
        knobs.turn(attributes={"require.pushed.authorization.requests": required})
        url = party().begin_login(REDIRECT_URI).url
        assert set(parse_qs(urlsplit(url).query)) == {"client_id", "request_uri"}
        assert "creators" in roles(log_in(party()))


def test_a_pushed_request_that_is_refused_names_what_is_wrong(knobs, party):
    wrong = party(client_secret="another")
    assert refusal(wrong.begin_login, REDIRECT_URI).code == "configuration.invalid_client"
    unknown = refusal(party().begin_login, "http://127.0.0.1:2/elsewhere/")
    assert (unknown.code, unknown.diagnosis) == ("configuration.redirect_uri_refused", "redirect_uri_refused")
    assert "http://127.0.0.1:2/elsewhere/" in str(unknown)


def test_pkce_may_be_required(knobs, party):
    knobs.turn(attributes={"pkce.code.challenge.method": "S256"})
    assert "creators" in roles(log_in(party()))


def test_the_answer_may_come_by_a_form(knobs, party):
    """AR-15"""
    options = _core.AuthorizationOptions(response_mode="form_post")
    assert "creators" in roles(log_in(party(authorization=options)))


@pytest.mark.parametrize("kind", ["RS256", "PS256", "ES256", "EdDSA"])
def test_the_client_proves_who_it_is_by_its_private_key(knobs, party, kind):
    """TK-04"""
    private_key = _core.new_private_key(kind)
    knobs.turn(
        clientAuthenticatorType="client-jwt",
        attributes=registered(private_key, {}) | {"token.endpoint.auth.signing.alg": kind},
    )
    assert "creators" in roles(log_in(party(client_secret=None, private_key=private_key)))
    other = party(client_secret=None, private_key=_core.new_private_key(kind))
    assert refusal(other.begin_login, REDIRECT_URI).code == "configuration.invalid_client"


def test_the_client_proves_who_it_is_by_its_secret_unsent(knobs, party):
    knobs.turn(clientAuthenticatorType="client-secret-jwt", secret="s" * 40)
    changed = party(client_secret="s" * 40, client_auth="client_secret_jwt")
    assert "creators" in roles(log_in(changed))


def test_a_fresh_sign_in_is_asked_for_and_shown(knobs, party):
    """ID-13, AR-18"""
    for options in ({"prompt": "login"}, {"max_age": 60}):
        identity = log_in(party(authorization=_core.AuthorizationOptions(**options)))
        assert identity.auth_time
    unheard = _core.AuthorizationOptions(acr_values=["platinum"])
    assert refusal(log_in, party(authorization=unheard)).code == "invalid_token.acr_mismatch"
    plain = log_in(party())
    acr = _core.AuthorizationOptions(acr_values=["platinum", plain.acr])
    assert log_in(party(authorization=acr)).acr == plain.acr


def header_of_an_id_token(issuer, secret):
    """What the ID token of a password grant says of itself."""
    grant = {"grant_type": "password", "username": "chris", "password": "chris", "scope": "openid"}
    form = urlencode({**grant, "client_id": CLIENT_ID, "client_secret": secret}).encode()
    opener = build_opener(ProxyHandler({}))
    with opener.open(f"{issuer}/protocol/openid-connect/token", form, timeout=20) as answer:
        first = json.load(answer)["id_token"].partition(".")[0]
    return json.loads(base64.urlsafe_b64decode(first + "=="))


def registered(private_key, encrypted):
    """The client's attributes with its public key, and what Keycloak encrypts to that."""
    public = _core.public_jwk_set(private_key)
    attributes = {"use.jwks.string": "true", "jwks.string": json.dumps(json.loads(public))}
    for name, (alg, enc) in encrypted.items():
        attributes |= {f"{name}.alg": alg, f"{name}.enc": enc}
    return attributes
