"""Faults to seed, each with the one finding that the doctor must name it by."""

from __future__ import annotations

import json

from relyant import _core
from tests.doctor.conftest import verify_email

# What the provider does wrong where no login is needed to see it.
MISBEHAVIOURS = {
    "metadata-wrong-issuer": "issuer_mismatch",
    "metadata-http-endpoint": "endpoint_not_https",
    "metadata-plain-pkce-only": "pkce_not_offered",
    "metadata-hs256-only": "algorithm_not_offered",
    "metadata-other-client-auth": "client_authentication_not_offered",
    "metadata-no-end-session": "no_end_session_endpoint",
    "metadata-html": "metadata_unusable",
    "metadata-redirect": "redirected",
    "jwks-duplicate-kid": "key_set_unusable",
    "jwks-many-keys": "key_set_unusable",
    "jwks-odd-keys": "keys_skipped",
    "jwks-other-keys": "no_fitting_key",
    "token-invalid-client": "client_secret_refused",
    "old-date": "clock_difference",
    "slow": "no_answer",
    "error-503": "provider_down",
    "error-500@token": "provider_down",
    "down": "exchange_broken",
    "gzip-body": "exchange_broken",
    "huge-body@jwks": "exchange_broken",
}
# What it does wrong in a login.
IN_A_LOGIN = {
    "callback-access-denied": "access_denied",
    "callback-pkce-refused": "pkce_refused",
    "callback-flow-refused": "code_flow_not_allowed",
    "callback-invalid-scope": "scope_refused",
    "callback-wrong-iss": "callback_issuer",
    "callback-wrong-state": "callback_of_another_login",
    "callback-code-twice": "callback_malformed",
    "token-html": "token_response_unusable",
    "token-wrong-type": "token_type",
    "token-invalid-grant": "code_refused",
    "missing-id-token": "id_token_missing",
    "wrong-issuer": "id_token_issuer",
    "wrong-audience": "id_token_audience",
    "extra-audience": "id_token_audience",
    "wrong-azp": "id_token_audience",
    "wrong-nonce": "id_token_nonce",
    "expired": "token_times",
    "issued-in-future": "token_times",
    "missing-exp": "id_token_malformed",
    "missing-sub": "id_token_subject",
    "wrong-at-hash": "id_token_access_token_hash",
    "alg-hs256": "id_token_algorithm",
    "unknown-kid": "id_token_signature",
    "typ-at-jwt": "id_token_kind",
    "encrypted-to-nobody": "id_token_encrypted",
    "access-token-wrong-azp": "access_token_of_another",
    "access-token-wrong-type": "access_token_kind",
    "access-token-expired": "token_times",
    "access-token-tampered": "access_token_unusable",
    "access-token-opaque": "access_token_opaque",
    "access-token-lightweight": "access_token_lightweight",
    "access-token-no-sub": "access_token_without_subject",
    "userinfo-wrong-sub": "userinfo_subject",
    "userinfo-html": "userinfo_unusable",
    "userinfo-forged": "userinfo_refused",
    "userinfo-wrong-audience": "userinfo_refused",
    "userinfo-encrypted": "userinfo_encrypted",
}


def _set(**changed):
    def seed(settings, **_):
        for name, value in changed.items():
            setattr(settings, name, value)

    return seed


def _relyant(**changed):
    """Change the settings of Relyant; two underscores stand for the provider's."""

    def seed(configure, **_):
        configure({key.replace("__", "PROVIDERS.keycloak."): value for key, value in changed.items()})

    return seed


def _without_session_middleware(settings, **_):
    settings.MIDDLEWARE = [name for name in settings.MIDDLEWARE if "SessionMiddleware" not in name]


def _without_our_middleware(settings, **_):
    settings.MIDDLEWARE = [name for name in settings.MIDDLEWARE if "relyant" not in name]


def _at_no_issuer(configure, settings, **_):
    issuer = settings.RELYANT["PROVIDERS"]["keycloak"]["ISSUER"]
    configure({"PROVIDERS.keycloak.ISSUER": f"{issuer}-of-another-name"})


def _unusable_proxy(configure, monkeypatch, **_):
    monkeypatch.setenv("https_proxy", "socks5://proxy.example:1080")
    configure({"PROVIDERS.keycloak.ISSUER": "https://sso.brewery.example/realms/brewery"})


def _cache(backend):
    return _set(
        SESSION_ENGINE="django.contrib.sessions.backends.cache",
        CACHES={"default": {"BACKEND": f"django.core.cache.backends.{backend}"}},
    )


def _an_unknown_key(configure, **_):
    key = json.loads(_core.new_private_key("ES256"))
    configure({"PROVIDERS.keycloak.PRIVATE_KEY": key, "PROVIDERS.keycloak.CLIENT_SECRET": ...})


def _a_key_for_a_secret(configure, provider, **_):
    provider.misbehave("metadata-other-client-auth")
    _an_unknown_key(configure)


# What is set wrong in the project.
SETTINGS = {
    "a-secret-of-another-client": ("client_secret_refused", _relyant(__CLIENT_SECRET="not-the-secret")),
    "a-key-that-the-provider-does-not-know": ("client_secret_refused", _an_unknown_key),
    "a-key-where-none-is-offered": ("client_authentication_not_offered", _a_key_for_a_secret),
    "a-client-that-is-not-there": ("client_unknown", _relyant(__CLIENT_ID="beers")),
    "an-issuer-that-is-not-there": ("issuer_not_found", _at_no_issuer),
    "a-port-that-is-not-there": ("no_connection", _relyant(__ISSUER="http://127.0.0.1:9/realms/brewery")),
    "an-issuer-over-http": ("setting_unusable", _relyant(__ISSUER="http://sso.brewery.example/")),
    "a-ca-file-that-is-not-there": ("ca_file", _relyant(__CA_FILE="/nowhere/ca.pem")),
    "a-proxy-of-another-kind": ("proxy_variable", _unusable_proxy),
    "an-empty-rule": ("rule_never_matches", _relyant(__POLICY={"STAFF": []})),
    "a-rule-that-contradicts-itself": (
        "rule_never_matches",
        _relyant(__POLICY={"STAFF": {"all": ["admins", {"not": "admins"}]}}),
    ),
    "a-scope-that-nobody-asks-for": ("rule_never_matches", _relyant(__POLICY={"STAFF": {"scope": "beers"}})),
    "a-cache-that-keeps-nothing": ("session_engine", _cache("dummy.DummyCache")),
    "a-cache-in-one-process": ("session_cache_per_process", _cache("locmem.LocMemCache")),
    "no-session-middleware": ("session_middleware", _without_session_middleware),
    "an-empty-former-key": ("secret_key", _set(SECRET_KEY_FALLBACKS=[""])),
    "a-header-as-http-writes-it": (
        "proxy_ssl_header",
        _set(SECURE_PROXY_SSL_HEADER=("X-Forwarded-Proto", "https")),
    ),
    "another-host-allowed": ("base_url_not_allowed", _set(ALLOWED_HOSTS=["beer.example.com"])),
}


# What is true of the person who signs in.
def _no_roles(provider, **_):
    provider.set_roles("carol", [])


def _other_capitals(provider, **_):
    provider.set_roles("carol", ["/Customers"])


def _roles_as_text(provider, **_):
    verify_email(provider, "carol", realm_access={"roles": "customers"})


def _unverified(provider, **_):
    verify_email(provider, "carol", email_verified=False)


def _only_creators(configure, **_):
    configure({"PROVIDERS.keycloak.POLICY": {"ALLOW": ["creators"]}})


def _overage(provider, **_):
    verify_email(provider, "carol", _claim_names={"realm_access": "elsewhere"})


PEOPLE = {
    "no-roles": ("roles_missing", _no_roles),
    "other-capitals": ("role_name_near", _other_capitals),
    "roles-as-text": ("roles_of_wrong_type", _roles_as_text),
    "an-unverified-address": ("email_unverified", _unverified),
    "not-among-those-allowed": ("not_allowed", _only_creators),
    "too-many-roles": ("roles_withheld", _overage),
}
