//! Front-Channel Logout §2 and §3: one change of a valid query, and the exact error.

use proptest::prelude::*;
use relyant_oidc::Error;
use relyant_oidc::error::InvalidFrontChannelLogout;
use relyant_oidc::issuer::Issuer;
use relyant_oidc::limits::MAX_LOGOUT_QUERY_BYTES;
use relyant_oidc::logout::front_channel::{ValidFrontChannelLogout, framing_origins, validate};
use relyant_oidc::tenants::TenantRule;
use relyant_oidc::transport::TransportRules;
use serde_json::json;

use crate::brewery::{ISSUER, clipped, issuer, metadata, metadata_with, remove};

fn read(query: &str) -> Result<ValidFrontChannelLogout, Error> {
    validate(query, &issuer())
}

fn encoded(pairs: &[(&str, &str)]) -> String {
    url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(pairs)
        .finish()
}

#[test]
fn issuer_and_session_are_read() {
    for query in [
        encoded(&[("iss", ISSUER), ("sid", "session 1")]),
        encoded(&[("sid", "session 1"), ("iss", ISSUER)]),
        // An address that is registered with a query of its own, whatever that is.
        encoded(&[
            ("a", "b"),
            ("a", "c"),
            ("iss", ISSUER),
            ("sid", "session 1"),
            ("", ""),
        ]),
        format!("iss={ISSUER}&sid=session%201"),
    ] {
        let valid = read(&query).unwrap();
        assert_eq!(
            (valid.issuer(), valid.sid()),
            (&issuer(), "session 1"),
            "{query}"
        );
    }
}

// LO-09
#[test]
fn without_issuer_or_session_nobody_is_signed_out() {
    use InvalidFrontChannelLogout::{ParameterMissing, ParameterRepeated};
    for (query, expected) in [
        (String::new(), ParameterMissing { name: "iss" }),
        (
            encoded(&[("iss", ISSUER)]),
            ParameterMissing { name: "sid" },
        ),
        (encoded(&[("sid", "a")]), ParameterMissing { name: "iss" }),
        (
            encoded(&[("ISS", ISSUER), ("sid", "a")]),
            ParameterMissing { name: "iss" },
        ),
        (
            encoded(&[("iss", ISSUER), ("iss", ISSUER), ("sid", "a")]),
            ParameterRepeated { name: "iss" },
        ),
        (
            encoded(&[("iss", ISSUER), ("sid", "a"), ("sid", "a")]),
            ParameterRepeated { name: "sid" },
        ),
    ] {
        assert_eq!(read(&query), Err(expected.into()), "{query}");
    }
}

// LO-09
#[test]
fn the_issuer_is_ours_byte_for_byte() {
    for other in [
        "",
        "https://sso.example.com/realms/brewery/",
        "https://SSO.example.com/realms/brewery",
        "https://sso.example.com/realms/winery",
        "https://sso.example.com/realms/brewer%79",
        " https://sso.example.com/realms/brewery",
    ] {
        let expected = InvalidFrontChannelLogout::IssuerMismatch {
            expected: clipped(ISSUER),
            got: clipped(other),
        };
        let query = encoded(&[("iss", other), ("sid", "a")]);
        assert_eq!(read(&query), Err(expected.into()), "{other}");
    }
}

#[test]
fn of_several_tenants_each_that_is_allowed_is_an_issuer() {
    let rule = TenantRule {
        claim: "tid".to_owned(),
        placeholder: "{tenantid}".to_owned(),
        any: vec!["organizations".to_owned()],
    };
    let issuer = Issuer::parse(
        "https://op.example/organizations/v2.0",
        &TransportRules::default(),
    )
    .unwrap()
    .for_tenants(Some(&rule), &["a-1".to_owned(), "b-2".to_owned()])
    .unwrap();
    let of = |iss: &str| validate(&encoded(&[("iss", iss), ("sid", "s")]), &issuer);
    let valid = of("https://op.example/b-2/v2.0").unwrap();
    assert_eq!(valid.issuer().as_str(), "https://op.example/b-2/v2.0");
    for other in [
        "https://op.example/c-3/v2.0",
        "https://op.example/organizations/v2.0",
        "https://op.example/{tenantid}/v2.0",
    ] {
        let code = of(other).unwrap_err().code();
        assert_eq!(
            code, "transaction.front_channel_logout_issuer_mismatch",
            "{other}"
        );
    }
}

#[test]
fn a_session_is_a_short_text() {
    let long = "a".repeat(256);
    for sid in ["", "a\n", "a\0", "\u{e9}", &long] {
        let query = encoded(&[("iss", ISSUER), ("sid", sid)]);
        assert_eq!(
            read(&query),
            Err(InvalidFrontChannelLogout::SidInvalid.into()),
            "{sid:?}"
        );
    }
    let query = encoded(&[("iss", ISSUER), ("sid", &long[1..])]);
    assert_eq!(read(&query).unwrap().sid().len(), 255);
    let no_utf8 = format!("iss={ISSUER}&sid=%ff");
    assert_eq!(
        read(&no_utf8),
        Err(InvalidFrontChannelLogout::SidInvalid.into())
    );
}

#[test]
fn a_query_has_8192_bytes_at_most() {
    let query = encoded(&[("iss", ISSUER), ("sid", "a")]);
    let of_length = |bytes: usize| format!("{query}&a={}", "a".repeat(bytes - query.len() - 3));
    assert!(read(&of_length(MAX_LOGOUT_QUERY_BYTES)).is_ok());
    assert_eq!(
        read(&of_length(8_193)),
        Err(InvalidFrontChannelLogout::QueryTooLong { bytes: 8_193 }.into())
    );
}

// LO-10
#[test]
fn pages_of_the_issuer_and_of_its_endpoints_for_browsers_may_frame_the_answer() {
    assert_eq!(
        framing_origins(&issuer(), None),
        ["https://sso.example.com"]
    );
    assert_eq!(
        framing_origins(&issuer(), Some(&metadata())),
        ["https://sso.example.com"]
    );
    let elsewhere = metadata_with(|it| {
        it["authorization_endpoint"] = json!("https://login.example.com:8443/auth");
        it["end_session_endpoint"] = json!("https://bye.example.com/logout");
    });
    assert_eq!(
        framing_origins(&issuer(), Some(&elsewhere.unwrap())),
        [
            "https://sso.example.com",
            "https://login.example.com:8443",
            "https://bye.example.com"
        ]
    );
    let without = metadata_with(|it| remove(it, "end_session_endpoint"));
    assert_eq!(framing_origins(&issuer(), Some(&without.unwrap())).len(), 1);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]
    #[test]
    fn what_passes_is_of_this_issuer_and_printable(query in "(iss=https://sso.example.com/realms/brewery|sid=[ -~]{0,9}|&|%[0-9a-f]{2}|.){0,6}") {
        if let Ok(valid) = read(&query) {
            prop_assert_eq!(valid.issuer().as_str(), ISSUER);
            prop_assert!((1..=255).contains(&valid.sid().len()));
            prop_assert!(valid.sid().bytes().all(|byte| (0x20..=0x7e).contains(&byte)));
        }
    }
}
