//! Core §5.7: the identity, and where its claims come from.

use relyant_oidc::error::Misuse;
use relyant_oidc::identity::{Claims, ClaimsSource, VerifiedIdentity};
use serde_json::json;

use crate::brewery::{
    NOW, SUBJECT, access_token_as_source, access_token_claims, access_token_rules, id_token_claims,
    issuer, ok_json, process_userinfo, session_tokens, sign, valid_id_token, validate,
};

fn userinfo() -> Claims {
    let body = json!({"sub": SUBJECT, "email": "carol@brewery.example", "preferred_username": "not-carol"});
    process_userinfo(&valid_id_token(), &ok_json(&body)).unwrap()
}

fn access_token() -> Claims {
    let source = access_token_as_source(&access_token_rules(), &sign(&access_token_claims()));
    source.unwrap().unwrap()
}

#[test]
fn sources_stand_in_order_and_are_never_merged() {
    let identity = VerifiedIdentity::receipt(
        valid_id_token(),
        vec![access_token(), userinfo()],
        session_tokens(),
    )
    .unwrap();
    let names: Vec<_> = identity
        .sources()
        .iter()
        .map(|(source, _)| source.name())
        .collect();
    assert_eq!(names, ["id_token", "userinfo", "access_token"]);
    assert_eq!(
        identity.claims(&ClaimsSource::IdToken).unwrap()["preferred_username"],
        "carol"
    );
    assert_eq!(
        identity.claims(&ClaimsSource::Userinfo).unwrap()["preferred_username"],
        "not-carol"
    );
    assert_eq!(
        identity.claims(&ClaimsSource::AccessToken).unwrap()["realm_access"],
        json!({"roles": ["customers"]})
    );
}

// UI-06
// Core §5.1, RFC 7519 §4.1
#[test]
fn what_the_id_token_lacks_no_other_source_supplies() {
    let mut claims = id_token_claims();
    for lacking in ["acr", "amr", "auth_time", "sid"] {
        crate::brewery::remove(&mut claims, lacking);
    }
    let id_token = validate(&sign(&claims)).unwrap();
    let body = json!({"sub": SUBJECT, "acr": "gold", "amr": ["hwk"], "auth_time": 1, "sid": "s", "iss": "x", "aud": "y"});
    let userinfo = process_userinfo(&id_token, &ok_json(&body)).unwrap();
    assert!(userinfo.members().is_empty());
    let identity = VerifiedIdentity::receipt(id_token, vec![userinfo], session_tokens()).unwrap();
    assert_eq!(
        (identity.acr(), identity.sid(), identity.auth_time()),
        (None, None, None)
    );
    assert!(identity.amr().is_empty());
}

#[test]
fn the_identity_is_issuer_and_subject() {
    let raw = sign(&id_token_claims());
    let id_token = validate(&raw).unwrap();
    let identity = VerifiedIdentity::receipt(id_token, Vec::new(), session_tokens()).unwrap();
    assert_eq!(identity.issuer(), &issuer());
    assert_eq!(identity.subject().as_str(), SUBJECT);
    assert_eq!(identity.sid(), Some("session-1"));
    assert_eq!(identity.id_token(), raw);
    assert_eq!(identity.id_token_expires_at(), NOW.plus(300));
    assert_eq!(identity.access_token_expires_at(), Some(NOW.plus(300)));
    assert_eq!(identity.tokens(), &session_tokens());
    assert_eq!(identity.claims(&ClaimsSource::Userinfo), None);
}

#[test]
fn claims_of_another_login_are_our_own_bug() {
    let mut claims = id_token_claims();
    claims["sub"] = json!("somebody-else");
    let other = validate(&sign(&claims)).unwrap();
    let error = VerifiedIdentity::receipt(other, vec![userinfo()], session_tokens()).unwrap_err();
    assert_eq!(error, Misuse::ClaimsOfAnotherLogin.into());
}

// OP-01
#[test]
fn debug_shows_issuer_and_subject_alone() {
    let identity =
        VerifiedIdentity::receipt(valid_id_token(), vec![userinfo()], session_tokens()).unwrap();
    assert_eq!(
        format!("{identity:?}"),
        r#"VerifiedIdentity { issuer: "https://sso.example.com/realms/brewery", subject: "7b1c9a52-carol", .. }"#
    );
}
