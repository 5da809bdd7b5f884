"""One registration after the other: what its operator switches on there, and the setting that it takes here."""

from __future__ import annotations

import pytest

# What is registered at the provider, which asks for PKCE each time, and what the site's settings say besides issuer and
# client; nothing where they needn't.
REGISTRATIONS = {
    **{
        f"id_token_{algorithm}": {
            "algorithms": ["RS256", algorithm],
            "registered": {"id_token_signed_response_alg": algorithm},
            "enabledJWA": {"idTokenSigningAlgValues": ["RS256", algorithm]},
        }
        for algorithm in ("PS256", "ES256", "ES384", "ES512", "EdDSA", "Ed25519")
    },
    **{
        f"id_token_{algorithm}": {
            "registered": {"id_token_signed_response_alg": algorithm},
            "enabledJWA": {"idTokenSigningAlgValues": ["RS256", algorithm]},
            "settings": {"ID_TOKEN_ALGORITHMS": [algorithm]},
        }
        for algorithm in ("HS256", "HS512")
    },
    **{
        f"id_token_encrypted_{alg}_{enc}": {
            "features": {"encryption": {"enabled": True}},
            "registered": {"id_token_encrypted_response_alg": alg, "id_token_encrypted_response_enc": enc},
            "keys": kind,
            "settings": {"REQUIRE_ENCRYPTED_ID_TOKEN": True},
            "enabledJWA": {
                "idTokenEncryptionAlgValues": [alg],
                "idTokenEncryptionEncValues": [enc],
            },
        }
        for kind, alg, enc in (
            ("RSA-OAEP", "RSA-OAEP", "A128CBC-HS256"),
            ("RSA-OAEP-256", "RSA-OAEP-256", "A256GCM"),
            ("ECDH-ES", "ECDH-ES", "A128GCM"),
            ("ECDH-ES+A256KW", "ECDH-ES+A256KW", "A256CBC-HS512"),
            ("X25519", "ECDH-ES", "A192GCM"),
        )
    },
    "id_token_encrypted_dir": {
        "features": {"encryption": {"enabled": True}},
        "registered": {
            "id_token_encrypted_response_alg": "dir",
            "id_token_encrypted_response_enc": "A256GCM",
        },
        "settings": {"DECRYPT_WITH_SECRET": True, "REQUIRE_ENCRYPTED_ID_TOKEN": True},
        "enabledJWA": {"idTokenEncryptionAlgValues": ["dir"], "idTokenEncryptionEncValues": ["A256GCM"]},
    },
    "userinfo_signed": {
        "features": {"jwtUserinfo": {"enabled": True}},
        "registered": {"userinfo_signed_response_alg": "ES256"},
        "algorithms": ["RS256", "ES256"],
    },
    "userinfo_signed_and_required": {
        "features": {"jwtUserinfo": {"enabled": True}},
        "registered": {"userinfo_signed_response_alg": "RS256"},
        "settings": {"REQUIRE_SIGNED_USERINFO": True},
    },
    "userinfo_signed_and_encrypted": {
        "features": {"jwtUserinfo": {"enabled": True}, "encryption": {"enabled": True}},
        "registered": {
            "userinfo_signed_response_alg": "RS256",
            "userinfo_encrypted_response_alg": "RSA-OAEP-256",
            "userinfo_encrypted_response_enc": "A256GCM",
        },
        "keys": "RSA-OAEP-256",
        "settings": {"REQUIRE_SIGNED_USERINFO": True},
        "enabledJWA": {
            "userinfoEncryptionAlgValues": ["RSA-OAEP-256"],
            "userinfoEncryptionEncValues": ["A256GCM"],
        },
    },
    **{
        f"private_key_jwt_{kind}": {
            "registered": {
                "token_endpoint_auth_method": "private_key_jwt",
                "token_endpoint_auth_signing_alg": kind,
                "client_secret": None,
            },
            "keys": kind,
            "settings": {"CLIENT_SECRET": None, "CLIENT_AUTH": "private_key_jwt"},
        }
        for kind in ("RS256", "PS256", "ES256", "EdDSA")
    },
    "pushed_authorization_requests_required": {
        "features": {
            "pushedAuthorizationRequests": {"enabled": True, "requirePushedAuthorizationRequests": True}
        },
    },
    "pushed_authorization_requests_not_offered": {
        "features": {"pushedAuthorizationRequests": {"enabled": False}},
    },
    "client_secret_post": {
        "registered": {"token_endpoint_auth_method": "client_secret_post"},
        "settings": {"CLIENT_AUTH": "client_secret_post"},
    },
    "client_secret_jwt": {
        "registered": {"token_endpoint_auth_method": "client_secret_jwt"},
        "settings": {"CLIENT_AUTH": "client_secret_jwt"},
    },
    "a_public_client": {
        "registered": {"token_endpoint_auth_method": "none", "client_secret": None},
        "settings": {"CLIENT_SECRET": None},
    },
}


@pytest.mark.parametrize("registration", REGISTRATIONS.values(), ids=REGISTRATIONS)
def test_people_sign_in_and_out(brewery, registration):
    """ID-01, UI-02, TK-04, AR-19, JO-18: whatever is switched on, by its setting or by none."""
    brewery.start(**registration)
    visitor = brewery.visit()
    page = visitor.open_as("chris", "/admin/beers/beer/")
    assert page.status == 200, f"{page.text}\n{brewery.log()}\n{brewery.provider.log()}"
    assert visitor.rights() == {"view", "add", "change"}
    assert visitor.sign_out("/admin/").url.startswith(brewery.site.post_logout_redirect_uri)
