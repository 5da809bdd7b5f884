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
    brewery.start(**registration)
    visitor = brewery.visit()
    page = visitor.open_as("chris", "/admin/beers/beer/")
    assert page.status == 200, f"{page.text}\n{brewery.log()}\n{brewery.provider.log()}"
    assert visitor.rights() == {"view", "add", "change"}
    assert visitor.sign_out("/admin/").url.startswith(brewery.site.post_logout_redirect_uri)
