"""The findings that need no login: address, transport, metadata, keys, and the client's registration."""

from __future__ import annotations

from relyant.doctor.finding import FindingDoc

_HOSTNAME = (
    "Realm settings → General → Frontend URL; for the whole server the options `hostname` and "
    "`proxy-headers` of `kc.sh start`"
)

PROVIDER = {
    "doctor.setting_unusable": FindingDoc(
        "error",
        "site",
        "A setting of the provider can't be used.",
        "The address, the client or the way to it is written in a form that can't work.",
        "Correct the setting that the message names.",
    ),
    "doctor.ca_file": FindingDoc(
        "error",
        "site",
        "CA_FILE can't be used.",
        "Without the private authority the provider's certificate isn't trusted, and nobody signs in.",
        "Let CA_FILE name a PEM file with the authority's certificate that this process may read.",
    ),
    "doctor.proxy_variable": FindingDoc(
        "error",
        "network",
        "The proxy of the environment can't be used.",
        "https_proxy, http_proxy or all_proxy holds something else than the address of an http proxy.",
        "Correct the variable, or name the provider's host in no_proxy.",
    ),
    "doctor.host_unknown": FindingDoc(
        "error",
        "network",
        "The provider's host name doesn't resolve here.",
        "This server asks the provider itself for metadata, keys and tokens; it doesn't know the address.",
        "Compare ISSUER with the provider's address. Where only browsers know that name, set "
        "INTERNAL_BASE_URL to the address for this server.",
    ),
    "doctor.no_connection": FindingDoc(
        "error",
        "network",
        "Nobody takes a connection at the provider's address.",
        "The provider isn't running, listens on another port, or a firewall is between.",
        "Start the provider; compare the port in ISSUER. In a container, localhost is the container itself: "
        "set INTERNAL_BASE_URL.",
    ),
    "doctor.proxy_refused": FindingDoc(
        "error",
        "network",
        "The proxy opens no way to the provider.",
        "The environment names a proxy, and it doesn't let this server through.",
        "Let the proxy permit the provider's host, or name that host in no_proxy.",
    ),
    "doctor.tls_unknown_authority": FindingDoc(
        "error",
        "site",
        "The provider's certificate is of an authority that isn't trusted here.",
        "A private or self-signed certificate can't be told from an impostor's without its authority.",
        "Name the authority's certificate (PEM) in CA_FILE. Where a public authority issued it, the server "
        "leaves the intermediate certificate out.",
        "Options `https-certificate-file` (the whole chain) and `https-certificate-key-file` of `kc.sh "
        "start`",
    ),
    "doctor.tls_expired": FindingDoc(
        "error",
        "provider",
        "The provider's certificate has expired.",
        "Nobody can sign in until it is renewed; browsers warn of it, too.",
        "Nothing in this project, unless this server's clock is ahead.",
        "Renew the file of `https-certificate-file`, and restart Keycloak or the proxy before it",
    ),
    "doctor.tls_not_yet_valid": FindingDoc(
        "error",
        "site",
        "The provider's certificate doesn't hold yet.",
        "Nearly always this server's clock is behind.",
        "Synchronise this server's clock (NTP).",
    ),
    "doctor.tls_wrong_host": FindingDoc(
        "error",
        "provider",
        "The provider's certificate is for another host.",
        "TLS checks the name that this server connects to: that of INTERNAL_BASE_URL where it is set, else "
        "that of ISSUER.",
        "Use the host name that the certificate has.",
        "Issue the certificate of `https-certificate-file` for the host that is used",
    ),
    "doctor.tls_failed": FindingDoc(
        "error",
        "network",
        "TLS with the provider fails.",
        "Either the port doesn't speak TLS, or both sides have no version of it in common (1.2 and 1.3 "
        "here).",
        "Compare scheme and port of ISSUER with what the provider listens on.",
    ),
    "doctor.no_answer": FindingDoc(
        "error",
        "network",
        "The provider doesn't answer in time.",
        "A visitor waits as long, and is then told to come back later.",
        "Look at the provider's load and at the way to it; TIMEOUT may be raised to 60 seconds.",
    ),
    "doctor.provider_down": FindingDoc(
        "error",
        "provider",
        "The provider answers that it is down or overloaded.",
        "The answer is the provider's own, or that of the proxy before it.",
        "Nothing in this project.",
        "Read Keycloak's log; behind a proxy, see whether the proxy reaches it",
    ),
    "doctor.redirected": FindingDoc(
        "error",
        "site",
        "The provider redirects where an answer is expected.",
        "Redirects are never followed: a secret would go where nobody configured it to go.",
        "Write into ISSUER the address that the redirect leads to, if the provider's metadata say it too: "
        "often https for http, or another path.",
        _HOSTNAME,
    ),
    "doctor.exchange_broken": FindingDoc(
        "error",
        "network",
        "The exchange with the provider breaks.",
        "The connection ends early, or the answer is compressed, too long or no HTTP.",
        "Compare scheme and port of ISSUER; look at the proxy between.",
    ),
    "doctor.issuer_not_found": FindingDoc(
        "error",
        "site",
        "There is no provider at ISSUER.",
        "The well-known address below ISSUER answers 404: the path or the realm's name is wrong.",
        "Copy ISSUER from the provider's metadata. Keycloak's has /realms/NAME, in small and capital letters "
        "as the realm is named, and /auth before it only where it was configured so.",
        "Realm settings → General → Endpoints → OpenID Endpoint Configuration: the value of `issuer`",
    ),
    "doctor.issuer_mismatch": FindingDoc(
        "error",
        "site",
        "The provider calls itself by another issuer.",
        "ISSUER must be equal to the metadata's `issuer` byte for byte: scheme, host, port, path and "
        "trailing slash.",
        "Write the provider's own value into ISSUER if it is its public address. If it is the internal one, "
        "let the provider know its public address; INTERNAL_BASE_URL is for what this server connects to.",
        _HOSTNAME,
    ),
    "doctor.metadata_unusable": FindingDoc(
        "error",
        "site",
        "What answers at ISSUER is no provider's metadata.",
        "A web page, a gateway's message, or metadata with faults came instead.",
        "Open ISSUER + /.well-known/openid-configuration in a browser and compare. Behind a gateway, let "
        "that path through without a login.",
    ),
    "doctor.endpoint_not_https": FindingDoc(
        "error",
        "provider",
        "An endpoint of the provider is plain http.",
        "Codes, secrets and tokens would travel unencrypted. Mostly the proxy in front of the provider "
        "doesn't tell it that browsers come by https.",
        "For a network of containers on one machine alone: ALLOW_INSECURE_HTTP_HOSTS.",
        _HOSTNAME,
    ),
    "doctor.pkce_not_offered": FindingDoc(
        "error",
        "provider",
        "The provider doesn't offer PKCE with S256.",
        "Relyant always proves by PKCE that a code is used by who asked for it, and has no weaker way.",
        "Nothing in this project: take a provider, or a version of it, that has PKCE S256.",
    ),
    "doctor.code_flow_not_offered": FindingDoc(
        "error",
        "provider",
        "The provider doesn't offer the authorization code flow.",
        "It is the only flow in which no token passes through the browser.",
        "Nothing in this project.",
    ),
    "doctor.request_form_required": FindingDoc(
        "error",
        "provider",
        "The provider takes signed authorization requests only.",
        "This version signs none.",
        "Nothing in this project. Pushed authorization requests, which this version sends, are as well "
        "hidden from the browser: let the provider ask for those.",
        "Clients → your client → Advanced → Fine grain OpenID Connect configuration → Request object "
        "required: not required; Realm settings → Client policies",
    ),
    "doctor.response_mode_not_offered": FindingDoc(
        "error",
        "site",
        "The provider doesn't answer in the way that is set.",
        "`RESPONSE_MODE` is not among its `response_modes_supported`.",
        "Leave `RESPONSE_MODE` out: every provider answers in the query.",
    ),
    "doctor.client_authentication_not_offered": FindingDoc(
        "error",
        "provider",
        "The provider offers no way in which this client can show who it is.",
        "The metadata have no method that goes with what the settings have, which is private_key_jwt for "
        "`PRIVATE_KEY`, and client_secret_basic, client_secret_post or client_secret_jwt for "
        "`CLIENT_SECRET`; or they take none of the key's algorithms.",
        "Without private_key_jwt at the provider the client needs a secret, in `CLIENT_SECRET`. For another "
        "algorithm make another key: `manage.py relyant_keys`.",
        "Clients → your client → Credentials → Client Authenticator: Client Id and Secret, or Signed JWT",
    ),
    "doctor.algorithm_not_offered": FindingDoc(
        "error",
        "provider",
        "The provider signs ID tokens with no algorithm that is allowed here.",
        "It must be an asymmetric one: RS, PS or ES with 256, 384 or 512, or EdDSA on Ed25519. HS256 counts "
        "only where `ID_TOKEN_ALGORITHMS` names it alone, `none` never.",
        "Let the provider sign ID tokens with RS256 or ES256.",
        "Clients → your client → Advanced → Fine grain OpenID Connect configuration → ID token signature "
        "algorithm: RS256",
    ),
    "doctor.no_end_session_endpoint": FindingDoc(
        "warning",
        "provider",
        "The provider can't be told of a logout.",
        "A logout ends the session here alone: who signs in again needs no password.",
        "Nothing in this project; people are told so when they sign out.",
    ),
    "doctor.clock_difference": FindingDoc(
        "error",
        "site",
        "The provider's clock and this server's differ.",
        "Tokens carry times: beyond a minute of difference they count as expired, or as issued in the "
        "future.",
        "Synchronise both clocks (NTP).",
        "Synchronise the clock of the machine that Keycloak runs on",
    ),
    "doctor.key_set_unusable": FindingDoc(
        "error",
        "provider",
        "The provider's keys can't be used.",
        "Without them no ID token can be verified.",
        "Open the metadata's `jwks_uri` in a browser and compare with the message.",
        "Realm settings → Keys → Keys list",
    ),
    "doctor.no_fitting_key": FindingDoc(
        "error",
        "provider",
        "No key of the provider fits the algorithms that it signs with.",
        "Whatever it signs, nothing here could verify it.",
        "Nothing in this project.",
        "Realm settings → Keys → Providers → Add provider → rsa-generated, with Enabled and Active on and "
        "Algorithm RS256",
    ),
    "doctor.keys_skipped": FindingDoc(
        "note",
        "provider",
        "Some of the provider's keys are left aside.",
        "They are of a kind that isn't known here, too weak, or broken. Tokens that are signed with them are "
        "refused; the other keys work.",
        "Nothing, as long as ID tokens are signed with another key.",
        "Realm settings → Keys → Keys list",
    ),
    "doctor.client_unknown": FindingDoc(
        "error",
        "site",
        "The provider doesn't know this client.",
        "Both the login page and the token endpoint refuse it.",
        "Compare CLIENT_ID with the provider's console, letter by letter, and ISSUER with the realm that the "
        "client is in.",
        "Clients → Clients list → Client ID; the realm is the one of ISSUER. The client's switch Enabled is "
        "on",
    ),
    "doctor.client_secret_refused": FindingDoc(
        "error",
        "site",
        "The provider refuses the client's secret or key.",
        "People could sign in there, but the code that they bring back can't be exchanged.",
        "Copy CLIENT_SECRET anew, without blanks around it. For a client without a secret leave "
        "CLIENT_SECRET out. CLIENT_AUTH chooses how the secret is shown. With PRIVATE_KEY the provider must "
        "know the public key: let it read the JWKS URL that is printed here.",
        "Clients → your client → Credentials → Client Secret, with Client Authenticator: Client Id and "
        "Secret; Settings → Capability config → Client authentication: On; with PRIVATE_KEY: Keys → Use JWKS "
        "URL: On; with PRIVATE_KEY: Credentials → Client Authenticator: Signed JWT",
    ),
    "doctor.redirect_uri_refused": FindingDoc(
        "error",
        "provider",
        "The redirect URI is not registered at the provider.",
        "The provider shows its own error page instead of a login, and nobody comes back.",
        "Register the exact address that is printed here. If it looks wrong, set BASE_URL.",
        "Clients → your client → Settings → Access settings → Valid redirect URIs",
    ),
    "doctor.post_logout_redirect_uri_refused": FindingDoc(
        "error",
        "provider",
        "The post-logout redirect URI is not registered at the provider.",
        "Who signs out ends on an error page of the provider, still signed in there.",
        "Register the exact address that is printed here.",
        "Clients → your client → Settings → Access settings → Valid post logout redirect URIs",
    ),
    "doctor.code_flow_not_allowed": FindingDoc(
        "error",
        "provider",
        "The client may not use the authorization code flow.",
        "The provider knows the client, but not for logins in a browser.",
        "Nothing in this project.",
        "Clients → your client → Settings → Capability config → Authentication flow: Standard flow",
    ),
    "doctor.pkce_refused": FindingDoc(
        "error",
        "provider",
        "The provider refuses the proof of PKCE.",
        "Relyant sends a code challenge by S256; the client is set to another method.",
        "Nothing in this project.",
        "Clients → your client → Settings → Capability config → PKCE Method: S256",
    ),
    "doctor.scope_refused": FindingDoc(
        "error",
        "site",
        "The provider refuses a scope.",
        "A scope in SCOPES isn't known there, or not to this client.",
        "Take the scope out of SCOPES, or let the provider know it.",
        "Clients → your client → Client scopes → Setup → Add client scope",
    ),
    "doctor.request_refused": FindingDoc(
        "error",
        "provider",
        "The provider refuses the request.",
        "For a reason that its message and its log say.",
        "Compare the message with SCOPES and CLIENT_AUTH.",
        "Realm settings → Events → User events settings → Save events, then Events → User events: the reason "
        "of each refusal",
    ),
}
