//! Discovery §4.3 and Core §3.1.3.7 (2) where one address stands for several tenants: one mutation, and the exact error.

use relyant_oidc::Error;
use relyant_oidc::access_token::{self, Audience};
use relyant_oidc::discovery::process_discovery_response;
use relyant_oidc::error::{Configuration, InvalidToken};
use relyant_oidc::id_token::{self, ValidIdToken};
use relyant_oidc::issuer::Issuer;
use relyant_oidc::jwks::{IssuerKeys, process_jwks_response};
use relyant_oidc::limits::MAX_TENANT_CHARS;
use relyant_oidc::logout::back_channel;
use relyant_oidc::provider_metadata::ProviderMetadata;
use relyant_oidc::registration::ClientRegistration;
use relyant_oidc::tenants::{TenantRule, issuers_of_tokens};
use relyant_oidc::token::refresh::{FormerIdToken, validate_refreshed};
use relyant_oidc::transport::TransportRules;
use serde_json::{Value, json};

use crate::brewery::{
    KEY, NOW, OPAQUE, RSA_KEY, SUBJECT, access_token_claims, clipped, id_token_claims, login,
    logout_token_claims, metadata_document, metadata_of, ok_json, registration, remove, sign,
    sign_as,
};

const ALL: &str = "https://login.example.com/organizations/v2.0";
const TEMPLATE: &str = "https://login.example.com/{tenantid}/v2.0";
const ALE: &str = "8a1f4c0e-2b56-4d0a-9c0f-3f6c1d2e7b10";
const STOUT: &str = "0b7c5a52-1111-4a52-9b51-0c0a6ce1b001";
const WINE: &str = "9188040d-6c67-4c5b-b112-36a304b66dad";

fn rule() -> TenantRule {
    TenantRule {
        claim: "tid".to_owned(),
        placeholder: "{tenantid}".to_owned(),
        any: vec!["common".to_owned(), "organizations".to_owned()],
    }
}

fn for_tenants(issuer: &str, tenants: &[&str]) -> Result<Issuer, Configuration> {
    let tenants: Vec<String> = tenants.iter().map(|&tenant| tenant.to_owned()).collect();
    let issuer = Issuer::parse(issuer, &TransportRules::default()).unwrap();
    issuer.for_tenants(Some(&rule()), &tenants)
}

fn issuer() -> Issuer {
    for_tenants(ALL, &[ALE, STOUT]).unwrap()
}

fn of(tenant: &str) -> String {
    TEMPLATE.replace("{tenantid}", tenant)
}

fn discover(said: &str) -> Result<ProviderMetadata, Error> {
    let mut document = metadata_document();
    document["issuer"] = json!(said);
    process_discovery_response(&issuer(), &TransportRules::default(), &ok_json(&document))
}

fn metadata() -> ProviderMetadata {
    discover(TEMPLATE).unwrap()
}

/// The provider's keys: the first for `first`, where it says for whom, and the second for all.
fn keys_for(first: Option<Value>) -> IssuerKeys {
    let mut restricted = json!(KEY.public_jwk());
    if let Some(first) = first {
        restricted["issuer"] = first;
    }
    let mut general = json!(RSA_KEY.public_jwk());
    general["issuer"] = json!(TEMPLATE);
    let body = ok_json(&json!({"keys": [restricted, general]}));
    process_jwks_response(&metadata(), &body).unwrap()
}

fn claims_of(tenant: &str) -> Value {
    let mut claims = id_token_claims();
    claims["iss"] = json!(of(tenant));
    claims["tid"] = json!(tenant);
    claims
}

fn validate_with(keys: &IssuerKeys, raw: &str) -> Result<ValidIdToken, Error> {
    id_token::validate(raw, keys, &metadata(), &registration(), &login(), None, NOW)
}

fn validate(claims: &Value) -> Result<ValidIdToken, Error> {
    validate_with(&keys_for(None), &sign(claims))
}

// AZ-07
#[test]
fn the_people_of_each_named_tenant_sign_in_as_people_of_its_own_issuer() {
    for tenant in [ALE, STOUT] {
        let valid = validate(&claims_of(tenant)).unwrap();
        assert_eq!(valid.issuer().as_str(), of(tenant));
        assert_eq!(valid.subject().as_str(), SUBJECT);
    }
    let issuers = |issuer: &str, tenants: &[&str]| {
        let tenants: Vec<String> = tenants.iter().map(|&tenant| tenant.to_owned()).collect();
        issuers_of_tokens(issuer, Some(&rule()), &tenants)
    };
    assert_eq!(issuers(ALL, &[ALE, STOUT]), [of(STOUT), of(ALE)]);
    assert_eq!(issuers(&of(ALE), &[]), [of(ALE)]);
    assert_eq!(issuers(ALL, &["*"]), [ALL]);
}

/// What a token of a person of `ALE` is refused with, with these claims instead of its own; `null`: without that one.
fn refusal_with(changed: &Value) -> Option<Error> {
    let mut claims = claims_of(ALE);
    for (name, value) in changed.as_object().unwrap() {
        if value.is_null() {
            remove(&mut claims, name);
        } else {
            claims[name] = value.clone();
        }
    }
    validate(&claims).err()
}

// AZ-07, ID-02
#[test]
fn the_issuer_is_exactly_that_of_the_tenant() {
    for (tenant, issuer) in [
        (ALE, of(STOUT)),
        (STOUT, of(ALE)),
        (ALE, of(WINE)),
        (ALE, TEMPLATE.to_owned()),
        (ALE, ALL.to_owned()),
        (ALE, format!("https://evil.example/{ALE}/v2.0")),
        (ALE, format!("{}/", of(ALE))),
        (ALE, of(&ALE.to_uppercase())),
    ] {
        let expected = InvalidToken::IssuerMismatch {
            expected: clipped(&of(tenant)),
            got: clipped(&issuer),
        };
        let got = refusal_with(&json!({"tid": tenant, "iss": issuer}));
        assert_eq!(got, Some(expected.into()), "{tenant} {issuer}");
    }
    let got = refusal_with(&json!({ "iss": null }));
    assert_eq!(got, Some(InvalidToken::IssuerMissing.into()));
}

// AZ-07, ID-02
#[test]
fn a_tenant_that_is_not_named_is_refused_whatever_issuer_comes_with_it() {
    for (tenant, issuer) in [
        (WINE, of(WINE)),
        (WINE, of(ALE)),
        ("organizations", ALL.to_owned()),
        ("a", of("a")),
    ] {
        let got = clipped(tenant);
        let expected = InvalidToken::TenantNotAllowed { got };
        let got = refusal_with(&json!({"tid": tenant, "iss": issuer}));
        assert_eq!(got, Some(expected.into()), "{tenant} {issuer}");
    }
}

// AZ-07, ID-02
#[test]
fn what_is_no_tenants_identifier_is_refused() {
    for (tenant, shown) in [
        (json!(null), ""),
        (json!(""), ""),
        (json!(ALE.to_uppercase()), &*ALE.to_uppercase()),
        (json!(format!("{ALE}/../x")), &format!("{ALE}/../x")),
        (json!("{tenantid}"), "{tenantid}"),
        (json!([ALE]), &format!("[\"{ALE}\"]")),
    ] {
        let expected = InvalidToken::TenantInvalid {
            claim: clipped("tid"),
            got: clipped(shown),
        };
        let got = refusal_with(&json!({ "tid": tenant }));
        assert_eq!(got, Some(expected.into()), "{tenant}");
    }
}

// AZ-07
// RFC 8725 §3.8
#[test]
fn a_key_that_names_an_issuer_verifies_for_that_one_alone() {
    let unknown = InvalidToken::UnknownKey {
        kid: clipped("brewery-es256"),
    };
    for (names, tenant, expected) in [
        (None, ALE, Ok(())),
        (Some(json!(TEMPLATE)), ALE, Ok(())),
        (Some(json!(TEMPLATE)), STOUT, Ok(())),
        (Some(json!(of(ALE))), ALE, Ok(())),
        (Some(json!(of(ALE))), STOUT, Err(unknown.clone())),
        (Some(json!(of(WINE))), ALE, Err(unknown.clone())),
        (Some(json!(of(WINE))), WINE, Err(unknown.clone())),
        (Some(json!(ALL)), ALE, Err(unknown.clone())),
        (Some(json!(null)), ALE, Err(unknown.clone())),
        (Some(json!([of(ALE)])), ALE, Err(unknown.clone())),
        (Some(json!("")), ALE, Err(unknown.clone())),
    ] {
        let keys = keys_for(names.clone());
        let got = validate_with(&keys, &sign(&claims_of(tenant))).map(drop);
        assert_eq!(got, expected.map_err(Error::from), "{names:?} {tenant}");
    }
    let general = keys_for(Some(json!(of(STOUT))));
    let raw = sign_as(&RSA_KEY, &claims_of(ALE), &json!({}));
    assert!(validate_with(&general, &raw).is_ok());
}

// AZ-07
#[test]
fn a_key_of_one_tenant_signs_for_no_other_by_the_word_of_the_token() {
    // What the token says chooses the keys: it can't choose those of a tenant whose person it then isn't.
    let keys = keys_for(Some(json!(of(ALE))));
    let mut claims = claims_of(STOUT);
    claims["iss"] = json!(of(ALE));
    let expected = InvalidToken::IssuerMismatch {
        expected: clipped(&of(STOUT)),
        got: clipped(&of(ALE)),
    };
    assert_eq!(validate_with(&keys, &sign(&claims)), Err(expected.into()));
}

// AZ-07
#[test]
fn a_forged_token_is_refused_whatever_tenant_it_says() {
    let stranger = relyant_jose::sign::SigningKey::generate(
        relyant_jose::algorithm::SignatureAlgorithm::Es256,
        "brewery-es256",
    );
    let raw = sign_as(&stranger.unwrap(), &claims_of(ALE), &json!({}));
    let expected = InvalidToken::BadSignature;
    assert_eq!(validate_with(&keys_for(None), &raw), Err(expected.into()));
}

// AZ-07
#[test]
fn the_metadata_are_those_of_the_template_alone() {
    assert_eq!(metadata().issuer(), &issuer());
    for said in [
        ALL,
        &of(ALE),
        "https://login.example.com/{tenant}/v2.0",
        "https://evil.example/{tenantid}/v2.0",
    ] {
        let expected = Configuration::IssuerMismatch {
            expected: clipped(TEMPLATE),
            got: clipped(said),
        };
        assert_eq!(discover(said), Err(expected.into()), "{said}");
    }
}

// AZ-07
#[test]
fn an_address_for_all_needs_the_tenants_and_any_other_refuses_them() {
    let text = |issuer: &str| clipped(issuer);
    let missing = |issuer: &str| Configuration::TenantsMissing {
        issuer: text(issuer),
    };
    let unused = |issuer: &str| Configuration::TenantsUnused {
        issuer: text(issuer),
    };
    let common = "https://login.example.com/common/v2.0";
    let doubled = "https://login.example.com/common/organizations/v2.0";
    let own = of(ALE);
    for (issuer, tenants, expected) in [
        (ALL, vec![ALE], None),
        (common, vec![ALE, STOUT], None),
        (own.as_str(), vec![], None),
        (ALL, vec![], Some(missing(ALL))),
        (common, vec![], Some(missing(common))),
        (own.as_str(), vec![ALE], Some(unused(&own))),
        (doubled, vec![ALE], Some(unused(doubled))),
        (
            "https://login.example.com/Organizations/v2.0",
            vec![ALE],
            Some(unused("https://login.example.com/Organizations/v2.0")),
        ),
    ] {
        let error = for_tenants(issuer, &tenants).err();
        assert_eq!(error, expected, "{issuer} {tenants:?}");
    }
}

// AZ-07
#[test]
fn what_is_no_tenants_identifier_is_found_at_start() {
    let longest = "a".repeat(MAX_TENANT_CHARS);
    let too_long = "a".repeat(MAX_TENANT_CHARS + 1);
    assert!(for_tenants(ALL, &[&longest]).is_ok());
    for tenant in [
        "",
        "*",
        "organizations",
        "common",
        "brewery.example",
        "A",
        "a b",
        "../x",
        "{tenantid}",
        &too_long,
    ] {
        let got = clipped(tenant);
        let expected = Configuration::TenantInvalid { got };
        assert_eq!(for_tenants(ALL, &[ALE, tenant]), Err(expected), "{tenant}");
    }
}

// AZ-07
#[test]
fn without_a_rule_nothing_is_a_tenant() {
    let parsed = Issuer::parse(ALL, &TransportRules::default()).unwrap();
    assert_eq!(parsed.clone().for_tenants(None, &[]), Ok(parsed.clone()));
    let unused = Configuration::TenantsUnused {
        issuer: clipped(ALL),
    };
    assert_eq!(parsed.for_tenants(None, &[ALE.to_owned()]), Err(unused));
    // The `issuer` of a key says nothing where the issuer is one.
    let metadata = metadata_of(ALL);
    let mut key = json!(KEY.public_jwk());
    key["issuer"] = json!("https://op.example");
    let keys = process_jwks_response(&metadata, &ok_json(&json!({ "keys": [key] }))).unwrap();
    let mut claims = claims_of(ALE);
    claims["iss"] = json!(ALL);
    let raw = sign(&claims);
    let valid = id_token::validate(&raw, &keys, &metadata, &registration(), &login(), None, NOW);
    assert_eq!(valid.unwrap().issuer().as_str(), ALL);
}

// AZ-07, TK-07
// Core §12.2
#[test]
fn a_session_of_one_tenant_is_refreshed_by_no_token_of_another() {
    let former = FormerIdToken::of(&validate(&claims_of(ALE)).unwrap());
    let refreshed = |tenant| {
        let (raw, keys) = (sign(&claims_of(tenant)), keys_for(None));
        let (metadata, registration) = (metadata(), registration());
        validate_refreshed(&raw, &keys, &metadata, &registration, &former, OPAQUE, NOW)
    };
    assert!(refreshed(ALE).is_ok());
    let expected = InvalidToken::IssuerMismatch {
        expected: clipped(&of(ALE)),
        got: clipped(&of(STOUT)),
    };
    assert_eq!(refreshed(STOUT), Err(expected.into()));
}

// AZ-07
#[test]
fn access_tokens_and_logout_tokens_of_tenants_are_not_taken() {
    let (keys, metadata) = (keys_for(None), metadata());
    let mut access = access_token_claims();
    access["iss"] = json!(of(ALE));
    access["tid"] = json!(ALE);
    access["aud"] = json!("api");
    access["client_id"] = json!("app");
    access["jti"] = json!("1");
    let raw = sign_as(&KEY, &access, &json!({"typ": "at+jwt"}));
    let audience = Audience::parse("api").unwrap();
    let registration = ClientRegistration {
        claims_from_access_token: None,
        ..registration()
    };
    let got = access_token::validate(&raw, &keys, &metadata, &registration, &audience, NOW);
    assert_eq!(
        got.unwrap_err().code(),
        "invalid_token.access_token_issuer_mismatch"
    );
    let mut logout = logout_token_claims();
    logout["iss"] = json!(of(ALE));
    let raw = sign_as(&KEY, &logout, &json!({"typ": "logout+jwt"}));
    let got = back_channel::validate(&raw, &keys, &metadata, &registration, NOW);
    assert_eq!(
        got.unwrap_err().code(),
        "invalid_token.logout_token_issuer_mismatch"
    );
}
