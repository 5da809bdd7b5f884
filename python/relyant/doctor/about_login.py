"""The findings of one login that the doctor opened: callback, tokens, userinfo, roles and policy."""

from __future__ import annotations

from relyant.doctor.finding import FindingDoc

_PROVIDERS_FAULT = "Nothing in this project: such an answer can't be trusted. Tell whoever runs the provider."
_FINE_GRAIN = "Clients → your client → Advanced → Fine grain OpenID Connect configuration"
_ROLES_SCOPE = (
    "Clients → your client → Client scopes → Setup: `roles` with Assigned type Default; Client scopes → "
    "roles → Mappers → realm roles → Add to access token: On"
)

LOGIN = {
    "doctor.no_callback": FindingDoc(
        "error",
        "provider",
        "Nobody came back.",
        "The browser was sent to the provider, and no callback came in time: nobody signed in, or the "
        "provider showed an error of its own.",
        "Read what the browser shows. Open the printed address anew with --timeout for more time.",
        "Realm settings → Events → User events settings → Save events, then Events → User events: the reason "
        "of each refusal",
    ),
    "doctor.access_denied": FindingDoc(
        "error",
        "provider",
        "The login was ended at the provider.",
        "The person went back, or the provider's own rules keep her from this client.",
        "Nothing in this project.",
        "Authentication → Flows; Users → the person → Required user actions",
    ),
    "doctor.provider_failed": FindingDoc(
        "error",
        "provider",
        "The provider failed at the login.",
        "It says so itself.",
        "Nothing in this project.",
        "Read Keycloak's log",
    ),
    "doctor.code_refused": FindingDoc(
        "error",
        "provider",
        "The provider refuses the authorization code.",
        "The code was used before, is too old, or was made for another address or client.",
        "Look for a proxy or a browser extension that opens the callback twice. With several nodes of the "
        "provider, they must share their sessions.",
        "Realm settings → Tokens → Client Login Timeout: the life of a code",
    ),
    "doctor.pushed_request_unusable": FindingDoc(
        "error",
        "provider",
        "The answer to a pushed authorization request is none.",
        "The provider offers an endpoint for such requests, so they are used, and none other takes their "
        "place.",
        "Look into the provider's log, and whether a proxy stands before that one endpoint. `CLIENT_ID`, the "
        "client's secret and its redirect URI are checked there.",
        "Clients → your client → Credentials; Settings → Access settings → Valid redirect URIs",
    ),
    "doctor.callback_of_another_login": FindingDoc(
        "error",
        "provider",
        "The callback doesn't belong to this login.",
        "The value that ties it to the browser is missing or another one: the provider or a proxy changed "
        "the address, or somebody else's callback came.",
        "Run the examination again, and open the printed address alone.",
    ),
    "doctor.callback_too_late": FindingDoc(
        "error",
        "site",
        "The callback came too late.",
        "A login may take ten minutes; or a clock was set meanwhile.",
        "Run the examination again.",
    ),
    "doctor.callback_malformed": FindingDoc(
        "error",
        "provider",
        "The callback is malformed.",
        "A parameter is repeated, missing or one that must not pass through a browser.",
        _PROVIDERS_FAULT,
    ),
    "doctor.callback_issuer": FindingDoc(
        "error",
        "provider",
        "The callback names another issuer, or none.",
        "The name tells apart the providers of a site: one must not answer for another.",
        "Compare ISSUER with the provider's address behind each proxy.",
        "Clients → your client → Advanced → OpenID Connect Compatibility Modes → Exclude Issuer From "
        "Authentication Response: Off",
    ),
    "doctor.token_response_unusable": FindingDoc(
        "error",
        "provider",
        "The token endpoint answers with something that is no token response.",
        "Something else than the specified JSON came: a web page, a gateway's message, another status.",
        "Look at what stands between this server and the metadata's `token_endpoint`.",
    ),
    "doctor.id_token_missing": FindingDoc(
        "error",
        "provider",
        "No ID token came.",
        "The provider took the request for one of plain OAuth, which names nobody.",
        "Nothing in this project: Relyant always asks for the scope `openid`.",
        "Client scopes: `openid` isn't to be made there; Clients → your client → Settings: the client's type "
        "is OpenID Connect",
    ),
    "doctor.token_type": FindingDoc(
        "error",
        "provider",
        "The access token needs a proof with each use.",
        "Its type isn't Bearer, which is all that this version presents.",
        "Nothing in this project.",
        "Clients → your client → Settings → Capability config → Require DPoP bound tokens: Off",
    ),
    "doctor.id_token_encrypted": FindingDoc(
        "error",
        "provider",
        "The ID token is encrypted.",
        "This version reads signed ID tokens; TLS already keeps them from others.",
        "Nothing in this project.",
        f"{_FINE_GRAIN} → ID token encryption key management algorithm: empty",
    ),
    "doctor.id_token_algorithm": FindingDoc(
        "error",
        "provider",
        "The ID token is signed with an algorithm that isn't allowed.",
        "The algorithm is one that the metadata don't offer, a shared secret's (HS256), or none at all.",
        "Nothing in this project.",
        f"{_FINE_GRAIN} → ID token signature algorithm: RS256",
    ),
    "doctor.id_token_not_encrypted": FindingDoc(
        "error",
        "provider",
        "The ID token isn't encrypted.",
        "`REQUIRE_ENCRYPTED_ID_TOKEN` is set.",
        "Leave the setting out: TLS keeps the ID token from everybody else.",
        f"{_FINE_GRAIN} → ID token encryption key management algorithm",
    ),
    "doctor.encryption_algorithm": FindingDoc(
        "error",
        "provider",
        "The provider encrypts in a way that is refused.",
        "RSA1_5 lets an attacker open tokens by guesses; A192KW and compression are not there either.",
        "Nothing in this project.",
        f"{_FINE_GRAIN} → ID token encryption key management algorithm: RSA-OAEP-256 or ECDH-ES",
    ),
    "doctor.not_decrypted": FindingDoc(
        "error",
        "site",
        "Something encrypted doesn't open.",
        "The provider encrypts to another key than those of `PRIVATE_KEY`: to a former one, say.",
        "Let the provider read the public keys from `jwks/NAME/` below Relyant's addresses, and keep former "
        "keys for a while: `relyant_keys rotate` does.",
        "Clients → your client → Keys → Use JWKS URL: On",
    ),
    "doctor.id_token_signature": FindingDoc(
        "error",
        "provider",
        "The ID token's signature can't be verified.",
        "It is of a key that the provider doesn't publish, or it doesn't hold.",
        "Look for a proxy or a cache that keeps an old JWK Set. Several nodes must share their keys.",
        "Realm settings → Keys → Keys list: the active key is among those that `jwks_uri` shows",
    ),
    "doctor.sign_in_not_as_asked": FindingDoc(
        "error",
        "provider",
        "The person didn't sign in as was asked.",
        "`PROMPT`, `MAX_AGE`, `ACR_VALUES` or `AMR_VALUES` ask for something that the ID token doesn't show: "
        "the provider doesn't heed it, or the browser changed the request.",
        "Ask for what the provider can do, or switch it on there.",
        "Realm settings → General → ACR to LoA Mapping; Authentication → Flows → browser: Condition - Level "
        "of Authentication",
    ),
    "doctor.id_token_kind": FindingDoc(
        "error",
        "provider",
        "Another kind of token came as the ID token.",
        "Its type is that of an access token or a logout token, which must never sign anybody in.",
        _PROVIDERS_FAULT,
        "Clients → your client → Advanced → OpenID Connect Compatibility Modes; Client scopes → Mappers: no "
        "mapper sets the claim `typ` or `events`",
    ),
    "doctor.id_token_malformed": FindingDoc(
        "error",
        "provider",
        "The ID token is malformed.",
        "Its form is refused, or it lacks a claim that each ID token has.",
        _PROVIDERS_FAULT,
        "Clients → your client → Client scopes → your client-dedicated → Mappers: no mapper overwrites a "
        "claim of the standard",
    ),
    "doctor.id_token_issuer": FindingDoc(
        "error",
        "provider",
        "The ID token is of another issuer.",
        "Its `iss` differs from ISSUER, although the metadata's doesn't: this server reaches the provider "
        "under another name than browsers do.",
        "Let ISSUER be the public address, and INTERNAL_BASE_URL the one that this server connects to.",
        "Realm settings → General → Frontend URL; for the whole server the option `hostname` of `kc.sh "
        "start`",
    ),
    "doctor.id_token_audience": FindingDoc(
        "error",
        "provider",
        "The ID token is for another audience.",
        "Its `aud` or `azp` names another client, or one more that nobody said to trust: a token for "
        "somebody else must not sign in here.",
        "Compare CLIENT_ID with the client that the token was issued to.",
        "Clients → your client → Client scopes → your client-dedicated → Mappers: an Audience mapper has Add "
        "to ID token: Off, and Add to access token: On where an API needs it",
    ),
    "doctor.id_token_subject": FindingDoc(
        "error",
        "provider",
        "The ID token names no subject.",
        "`sub` is who signed in: 1 to 255 characters of ASCII, never changed, never given to somebody else.",
        "Nothing in this project.",
        "Clients → your client → Client scopes → Setup: `basic` with Assigned type Default; no mapper "
        "overwrites the claim `sub`",
    ),
    "doctor.token_times": FindingDoc(
        "error",
        "provider",
        "The times in a token don't fit this server's clock.",
        "It has expired, isn't valid yet or was issued in the future: the clocks differ, or the provider "
        "hands out old tokens.",
        "Synchronise both clocks (NTP).",
        "Realm settings → Tokens → Access Token Lifespan: the life of ID tokens, too",
    ),
    "doctor.id_token_nonce": FindingDoc(
        "error",
        "provider",
        "The ID token is of another login.",
        "Its `nonce` isn't the one that this login sent: it may have been stolen from another.",
        _PROVIDERS_FAULT,
    ),
    "doctor.id_token_access_token_hash": FindingDoc(
        "error",
        "provider",
        "ID token and access token don't belong together.",
        "The ID token's `at_hash` is of another access token.",
        _PROVIDERS_FAULT,
    ),
    "doctor.userinfo_encrypted": FindingDoc(
        "error",
        "site",
        "Userinfo is encrypted, and there is no key to open it.",
        "The provider encrypts it to a key that the client registered.",
        "Set `PRIVATE_KEY` to that key; `manage.py relyant_keys` makes one.",
        f"{_FINE_GRAIN} → User info response encryption key management algorithm: empty, to switch it off",
    ),
    "doctor.userinfo_refused": FindingDoc(
        "error",
        "provider",
        "Userinfo is signed and refused, or isn't signed where that is required.",
        "Its signature, issuer and audience must be this provider's, and for this client. With "
        "`REQUIRE_SIGNED_USERINFO` it must have them.",
        _PROVIDERS_FAULT,
        f"{_FINE_GRAIN} → User info signed response algorithm",
    ),
    "doctor.claim_source_left_out": FindingDoc(
        "warning",
        "provider",
        "Claims that others keep for this provider were not had.",
        "A login goes on without them; where the policy needs them for a right, it refuses.",
        "Look at what the message says of the source. `CLAIMS_PROVIDERS` lists the issuers that are "
        "believed.",
    ),
    "doctor.userinfo_subject": FindingDoc(
        "error",
        "provider",
        "Userinfo is about another person, or about nobody.",
        "Its `sub` must be that of the ID token, else it could be anybody's.",
        "Nothing in this project.",
        "Clients → your client → Client scopes: no mapper overwrites the claim `sub` in userinfo",
    ),
    "doctor.userinfo_unusable": FindingDoc(
        "error",
        "provider",
        "Userinfo can't be read.",
        "Something else than the specified JSON came.",
        "Look at what stands between this server and the metadata's `userinfo_endpoint`.",
    ),
    "doctor.access_token_kind": FindingDoc(
        "error",
        "provider",
        "The access token isn't of the type that PRESET expects.",
        "PRESET says how this kind of provider marks its access tokens, and roles are read from no other.",
        "Set PRESET to the provider that this is.",
        "Clients → your client → Advanced → OpenID Connect Compatibility Modes; no mapper overwrites the "
        "claim `typ`",
    ),
    "doctor.access_token_of_another": FindingDoc(
        "error",
        "provider",
        "The access token is not of this login.",
        "It was issued by another issuer, to another client or for another person.",
        _PROVIDERS_FAULT,
        "Clients → your client → Client scopes: no mapper overwrites the claims `iss`, `azp` or `sub`",
    ),
    "doctor.access_token_unusable": FindingDoc(
        "error",
        "provider",
        "The access token can't be verified.",
        "PRESET looks for roles in it, and its form or its signature doesn't hold.",
        "Nothing in this project.",
        f"{_FINE_GRAIN} → Access token signature algorithm: RS256",
    ),
    "doctor.access_token_too_large": FindingDoc(
        "error",
        "provider",
        "The access token is too large to be sent.",
        "Servers refuse such long headers, so userinfo can't be asked.",
        "Nothing in this project.",
        "Clients → your client → Client scopes → your client-dedicated → Scope → Full scope allowed: Off",
    ),
    "doctor.access_token_opaque": FindingDoc(
        "warning",
        "provider",
        "No claim can be read from the access token.",
        "PRESET looks for roles in it, but it is no JWT.",
        "Let the provider put roles into the ID token or userinfo, or give it JWT access tokens.",
        "Client scopes → roles → Mappers → realm roles → Add to userinfo: On",
    ),
    "doctor.access_token_lightweight": FindingDoc(
        "error",
        "provider",
        "Access tokens are lightweight.",
        "They hold nothing about the person, and so no roles; at Keycloak these are in no other place, and "
        "userinfo is refused to such a token.",
        "Nothing in this project.",
        "Clients → your client → Advanced → Advanced settings → Always use lightweight access token: Off. To "
        "keep them: Client scopes → roles → Mappers → realm roles → Add to lightweight access token: On",
    ),
    "doctor.access_token_without_subject": FindingDoc(
        "warning",
        "provider",
        "The access token names no subject.",
        "A login works without; an API that is called with it can't tell whose it is.",
        "Nothing in this project.",
        "Clients → your client → Client scopes → Setup: `basic` with Assigned type Default",
    ),
    "doctor.email_unverified": FindingDoc(
        "note",
        "provider",
        "The e-mail address is not verified.",
        "Relyant lets the person in all the same, and finds nobody by an address.",
        "Nothing.",
        "Users → the person → Details → Email verified; Realm settings → Login → Email settings → Verify "
        "email",
    ),
    "doctor.roles_missing": FindingDoc(
        "warning",
        "provider",
        "No roles came.",
        "The policy asks for roles, and there was none at the claim paths where it looks.",
        "Give the person a role. Where the provider writes roles at another place, name it in the policy's "
        "ROLES, or set PRESET.",
        f"Users → the person → Role mapping → Assign role. {_ROLES_SCOPE}; your client-dedicated → Scope → "
        "Full scope allowed: On",
    ),
    "doctor.roles_of_wrong_type": FindingDoc(
        "warning",
        "provider",
        "A claim isn't of the form that the policy needs.",
        "Roles are a list of strings; what has another form grants nothing.",
        "Name another claim path in the policy's ROLES or USER.",
        "Client scopes → roles → Mappers → realm roles: Multivalued: On, Claim JSON Type: String",
    ),
    "doctor.role_name_near": FindingDoc(
        "warning",
        "site",
        "A role of the policy is nearly the one that came.",
        "Roles are compared exactly: capital letters, blanks and a slash in front count.",
        "Write the role in the policy as the provider writes it.",
        "A group's path begins with a slash unless its mapper has Full group path: Off",
    ),
    "doctor.not_allowed": FindingDoc(
        "note",
        "provider",
        "The policy doesn't let this person in.",
        "None of the roles that ALLOW names came.",
        "Give her one of them, or widen ALLOW.",
        "Users → the person → Role mapping → Assign role",
    ),
    "doctor.roles_withheld": FindingDoc(
        "error",
        "provider",
        "The provider leaves the roles out, as too many or kept elsewhere.",
        "Nothing can be decided about this person, so she is refused.",
        "Let the provider send only the roles of this client.",
        "Clients → your client → Client scopes → your client-dedicated → Scope → Full scope allowed: Off",
    ),
    "doctor.own_fault": FindingDoc(
        "error",
        "site",
        "A fault of Relyant's own, or a machine without randomness.",
        "This must never come of what a provider answers.",
        "Report it with the message.",
    ),
}
