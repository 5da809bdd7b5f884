//! Each misbehaviour changes exactly what its name says: one login with it, compared with an honest one.

use std::process::Command;

use crate::authorization;
use crate::claim_sources;
use crate::exchange;
use crate::observation::{differences, observe};
use crate::response_algorithms;
use crate::running::{BINARY, Running};
use crate::tokens;

/// A misbehaviour, and what a relying party sees differently. `ISSUER` stands for the provider's issuer, `-` for nothing.
type Row = (&'static str, &'static [(&'static str, &'static str)]);

const HTML: &str = "text/html; charset=utf-8";

const TABLE: &[Row] = &[
    (
        "metadata-wrong-issuer",
        &[("metadata.body.issuer", "\"ISSUER/\"")],
    ),
    (
        "metadata-http-endpoint",
        &[(
            "metadata.body.token_endpoint",
            "\"http://provider.invalid/token\"",
        )],
    ),
    (
        "metadata-plain-pkce-only",
        &[(
            "metadata.body.code_challenge_methods_supported",
            "[\"plain\"]",
        )],
    ),
    (
        "metadata-hs256-only",
        &[(
            "metadata.body.id_token_signing_alg_values_supported",
            "[\"HS256\"]",
        )],
    ),
    (
        "metadata-other-client-auth",
        &[(
            "metadata.body.token_endpoint_auth_methods_supported",
            "[\"tls_client_auth\"]",
        )],
    ),
    (
        "metadata-no-end-session",
        &[("metadata.body.end_session_endpoint", "-")],
    ),
    (
        "jwks-other-keys",
        &[
            ("access_token.verified", "false"),
            ("id_token.verified", "false"),
        ],
    ),
    (
        "old-date",
        &[
            ("metadata.date", "of 2015"),
            ("token.date", "of 2015"),
            ("userinfo.date", "of 2015"),
        ],
    ),
    (
        "jwks-odd-keys",
        &[("jwks.published", "11"), ("jwks.usable", "2")],
    ),
    (
        "jwks-duplicate-kid",
        &[
            ("jwks.published", "2"),
            ("jwks.usable", "refused"),
            ("access_token.verified", "false"),
            ("id_token.verified", "false"),
        ],
    ),
    (
        "jwks-many-keys",
        &[
            ("jwks.published", "200"),
            ("jwks.usable", "refused"),
            ("access_token.verified", "false"),
            ("id_token.verified", "false"),
        ],
    ),
    (
        "jwks-huge",
        &[
            ("jwks.published", "10000"),
            ("jwks.usable", "refused"),
            ("access_token.verified", "false"),
            ("id_token.verified", "false"),
        ],
    ),
    (
        "callback-wrong-iss",
        &[("callback.iss.0", "https://provider.invalid/realms/brewery")],
    ),
    ("callback-missing-iss", &[("callback.iss.0", "-")]),
    (
        "callback-wrong-state",
        &[("callback.state.0", "another-state")],
    ),
    ("callback-no-state", &[("callback.state.0", "-")]),
    (
        "callback-code-twice",
        &[("callback.code.1", "another-code")],
    ),
    (
        "callback-code-and-error",
        &[("callback.error.0", "access_denied")],
    ),
    (
        "callback-access-denied",
        &[
            ("callback.code.0", "-"),
            ("callback.error.0", "access_denied"),
        ],
    ),
    (
        "callback-pkce-refused",
        &[
            ("callback.code.0", "-"),
            ("callback.error.0", "invalid_request"),
        ],
    ),
    (
        "callback-flow-refused",
        &[
            ("callback.code.0", "-"),
            ("callback.error.0", "unauthorized_client"),
        ],
    ),
    (
        "callback-invalid-scope",
        &[
            ("callback.code.0", "-"),
            ("callback.error.0", "invalid_scope"),
        ],
    ),
    ("token-wrong-type", &[("token.body.token_type", "\"mac\"")]),
    ("token-text-expiry", &[("token.body.expires_in", "\"300\"")]),
    ("token-no-access-token", &[("token.body.access_token", "-")]),
    ("token-status-201", &[("token.status", "201")]),
    ("missing-id-token", &[("token.body.id_token", "-")]),
    ("wrong-issuer", &[("id_token.claims.iss", "\"ISSUER/\"")]),
    (
        "wrong-audience",
        &[("id_token.claims.aud", "\"another-client\"")],
    ),
    (
        "extra-audience",
        &[("id_token.claims.aud", "[\"beer\",\"another-client\"]")],
    ),
    ("missing-audience", &[("id_token.claims.aud", "-")]),
    (
        "wrong-azp",
        &[("id_token.claims.azp", "\"another-client\"")],
    ),
    (
        "wrong-nonce",
        &[("id_token.claims.nonce", "\"another-nonce\"")],
    ),
    ("missing-nonce", &[("id_token.claims.nonce", "-")]),
    ("expired", &[("id_token.claims.exp", "-3600")]),
    ("issued-in-future", &[("id_token.claims.iat", "+3600")]),
    ("issued-long-ago", &[("id_token.claims.iat", "-604800")]),
    ("not-yet-valid", &[("id_token.claims.nbf", "+3600")]),
    ("missing-exp", &[("id_token.claims.exp", "-")]),
    ("missing-iat", &[("id_token.claims.iat", "-")]),
    ("missing-sub", &[("id_token.claims.sub", "-")]),
    ("missing-auth-time", &[("id_token.claims.auth_time", "-")]),
    ("missing-acr", &[("id_token.claims.acr", "-")]),
    ("empty-sub", &[("id_token.claims.sub", "\"\"")]),
    ("numeric-sub", &[("id_token.claims.sub", "4711")]),
    (
        "wrong-at-hash",
        &[("id_token.claims.at_hash", "doesn't fit")],
    ),
    (
        "duplicate-claim",
        &[
            ("id_token.claims.sub", "\"somebody-else\""),
            ("id_token.strict", "false"),
        ],
    ),
    (
        "alg-none",
        &[
            ("id_token.header.alg", "\"none\""),
            ("id_token.header.kid", "-"),
            ("id_token.signature", "0 characters"),
            ("id_token.verified", "false"),
        ],
    ),
    (
        "alg-hs256",
        &[
            ("id_token.header.alg", "\"HS256\""),
            ("id_token.signature", "43 characters"),
            ("id_token.verified", "false"),
        ],
    ),
    (
        "wrong-alg",
        &[
            ("jwks.published", "2"),
            ("jwks.usable", "2"),
            ("id_token.header.alg", "\"ES256\""),
            ("id_token.header.kid", "key 1"),
            ("id_token.signature", "86 characters"),
        ],
    ),
    (
        "unknown-kid",
        &[
            ("id_token.header.kid", "\"of-no-published-key\""),
            ("id_token.verified", "false"),
        ],
    ),
    (
        "missing-kid",
        &[
            ("jwks.published", "2"),
            ("jwks.usable", "2"),
            ("id_token.header.kid", "-"),
            ("id_token.verified", "false"),
        ],
    ),
    ("tampered-signature", &[("id_token.verified", "false")]),
    ("typ-at-jwt", &[("id_token.header.typ", "\"at+jwt\"")]),
    (
        "padded-token",
        &[
            ("id_token.signature", "344 characters"),
            ("id_token.verified", "false"),
        ],
    ),
    (
        "crit-header",
        &[
            ("id_token.header.crit", "[\"urn:example:unknown\"]"),
            ("id_token.header.urn:example:unknown", "true"),
            ("id_token.verified", "false"),
        ],
    ),
    (
        "jwk-header",
        &[
            ("id_token.header.jwk", "there"),
            ("id_token.verified", "false"),
        ],
    ),
    (
        "access-token-wrong-issuer",
        &[("access_token.claims.iss", "\"ISSUER/\"")],
    ),
    (
        "access-token-wrong-azp",
        &[("access_token.claims.azp", "\"another-client\"")],
    ),
    (
        "access-token-wrong-sub",
        &[("access_token.claims.sub", "\"somebody-else\"")],
    ),
    (
        "access-token-wrong-type",
        &[("access_token.claims.typ", "\"Refresh\"")],
    ),
    (
        "access-token-lightweight",
        &[
            ("access_token.claims.acr", "-"),
            ("access_token.claims.aud", "-"),
            ("access_token.claims.auth_time", "-"),
            ("access_token.claims.email", "-"),
            ("access_token.claims.email_verified", "-"),
            ("access_token.claims.family_name", "-"),
            ("access_token.claims.given_name", "-"),
            ("access_token.claims.name", "-"),
            ("access_token.claims.preferred_username", "-"),
            ("access_token.claims.realm_access", "-"),
            ("access_token.claims.sub", "-"),
        ],
    ),
    ("access-token-no-sub", &[("access_token.claims.sub", "-")]),
    (
        "access-token-expired",
        &[("access_token.claims.exp", "-3600")],
    ),
    (
        "access-token-tampered",
        &[("access_token.verified", "false")],
    ),
    (
        "userinfo-wrong-sub",
        &[("userinfo.body.sub", "\"somebody-else\"")],
    ),
];

/// Misbehaviours that put something else in the place of a whole answer, and what its beginning is then.
const REPLACED: &[Row] = &[
    (
        "metadata-html",
        &[
            ("metadata.content-type", HTML),
            ("metadata.body", "not JSON"),
            ("metadata.status", "200"),
        ],
    ),
    (
        "metadata-redirect",
        &[
            (
                "metadata.location",
                "ORIGIN/realms/brewery/.well-known/moved",
            ),
            ("metadata.body", "not JSON"),
            ("metadata.status", "302"),
        ],
    ),
    (
        "token-html",
        &[
            ("token.content-type", HTML),
            ("token.body", "not JSON"),
            ("token.status", "200"),
        ],
    ),
    (
        "token-invalid-client",
        &[
            ("token.body.error", "\"invalid_client\""),
            ("token.status", "401"),
        ],
    ),
    (
        "token-repeats-request",
        &[
            ("token.body.error", "\"invalid_client\""),
            ("token.status", "401"),
        ],
    ),
    (
        "token-invalid-grant",
        &[
            ("token.body.error", "\"invalid_grant\""),
            ("token.status", "400"),
        ],
    ),
    (
        "access-token-opaque",
        &[("access_token.segments", "1"), ("userinfo.status", "200")],
    ),
    ("encrypted-to-nobody", &[("id_token.segments", "5")]),
    (
        "userinfo-array",
        &[
            ("userinfo.body", "not an object"),
            ("userinfo.status", "200"),
        ],
    ),
    (
        "userinfo-html",
        &[
            ("userinfo.content-type", HTML),
            ("userinfo.body", "not JSON"),
            ("userinfo.status", "200"),
        ],
    ),
    (
        "userinfo-signed",
        &[
            ("userinfo.content-type", "application/jwt"),
            ("userinfo.body", "not JSON"),
            ("userinfo.status", "200"),
        ],
    ),
    (
        "userinfo-forged",
        &[
            ("userinfo.content-type", "application/jwt"),
            ("userinfo.body", "not JSON"),
            ("userinfo.status", "200"),
        ],
    ),
    (
        "userinfo-encrypted",
        &[
            ("userinfo.content-type", "application/jwt"),
            ("userinfo.body", "not JSON"),
            ("userinfo.status", "200"),
        ],
    ),
];

#[test]
fn each_changes_exactly_what_its_name_says() {
    let provider = Running::start(&[]);
    let honest = observe(&provider);
    assert_eq!(differences(&honest, &observe(&provider)), []);
    for (name, changes) in TABLE {
        provider.misbehave(&[name]);
        let mut expected: Vec<_> = changes
            .iter()
            .map(|(seen, value)| ((*seen).to_owned(), filled(&provider, value)))
            .collect();
        expected.sort();
        assert_eq!(
            differences(&honest, &observe(&provider)),
            expected,
            "{name}"
        );
    }
    provider.misbehave(&[]);
    assert_eq!(differences(&honest, &observe(&provider)), []);
}

#[test]
fn some_replace_one_answer_and_leave_the_others() {
    let provider = Running::start(&[]);
    let honest = observe(&provider);
    for (name, changes) in REPLACED {
        provider.misbehave(&[name]);
        let seen = observe(&provider);
        for (place, value) in *changes {
            assert_eq!(
                seen.get(*place),
                Some(&filled(&provider, value)),
                "{name}: {place}"
            );
        }
        let part = changes[0].0.split('.').next().unwrap();
        for (place, _) in differences(&honest, &seen) {
            assert!(place.starts_with(part), "{name} changes {place} too");
        }
    }
}

#[test]
fn following_the_redirect_of_the_metadata_is_seen() {
    let provider = Running::start(&["--misbehave", "metadata-redirect"]);
    let location = provider.metadata().header("location").unwrap().to_owned();
    assert_eq!(provider.requests()["moved"], 0);
    let path = url::Url::parse(&location).unwrap().path().to_owned();
    assert_eq!(provider.send(&crate::http::Request::get(&path)).status, 200);
    assert_eq!(provider.requests()["moved"], 1);
}

#[test]
fn the_tables_hold_the_whole_catalogue() {
    let listed = String::from_utf8(
        Command::new(BINARY)
            .arg("misbehaviours")
            .output()
            .unwrap()
            .stdout,
    )
    .unwrap();
    let mut listed: Vec<&str> = listed
        .lines()
        .map(|line| line.split(' ').next().unwrap())
        .collect();
    let mut tested: Vec<&str> = TABLE
        .iter()
        .chain(REPLACED)
        .map(|(name, _)| *name)
        .collect();
    tested.extend(authorization::NAMES);
    tested.extend(claim_sources::NAMES);
    tested.extend(exchange::NAMES);
    tested.extend(response_algorithms::NAMES);
    tested.extend(tokens::names());
    listed.sort_unstable();
    tested.sort_unstable();
    assert_eq!(listed, tested);
}

fn filled(provider: &Running, value: &str) -> String {
    let origin = format!("http://{}", provider.address);
    value
        .replace("ISSUER", provider.issuer())
        .replace("ORIGIN", &origin)
}
