//! What the doctor asks without a login, and what each answer means.

use relyant_oidc::diagnosis::probe::{Admission, Credentials, PageAnswer, Probe, judge_client};
use relyant_oidc::diagnosis::{Diagnosis, Symptom, facts};
use relyant_oidc::error::Configuration;
use relyant_oidc::provider_metadata::ProviderMetadata;
use relyant_oidc::registration::ClientRegistration;
use serde_json::{Value, json};

use crate::brewery::{
    CLIENT_SECRET, NOW, REDIRECT_URI, RSA_KEY, answer, clipped, exchange, form, freshness, keys,
    keys_of, metadata, metadata_with, ok_json, registration, remove,
};

fn probe<'a>(metadata: &'a ProviderMetadata, registration: &'a ClientRegistration) -> Probe<'a> {
    Probe::new(metadata, registration, [7; 32], NOW)
}

fn error(status: u16, name: &str) -> relyant_oidc::http::HttpResponse {
    let body = json!({ "error": name });
    answer(status, "application/json", &body.to_string())
}

fn diagnoses(symptoms: &[Symptom]) -> Vec<Diagnosis> {
    symptoms.iter().map(|symptom| symptom.diagnosis).collect()
}

fn invalid_client() -> relyant_oidc::Error {
    let description = clipped("");
    Configuration::InvalidClient { description }.into()
}

#[test]
fn the_token_endpoint_is_asked_with_our_credentials_and_a_code_that_nobody_issued() {
    let (metadata, registration) = (metadata(), registration());
    let request = probe(&metadata, &registration)
        .credentials_request(REDIRECT_URI, freshness())
        .unwrap();
    let body = request.body.as_deref().unwrap();
    assert!(body.contains("code=relyant-doctor-asks-whether-the-client-is-known"));
    assert!(!body.contains(CLIENT_SECRET) && !format!("{request:?}").contains(CLIENT_SECRET));
    assert!(
        request
            .headers
            .iter()
            .any(|(name, _)| *name == "authorization")
    );
}

#[test]
fn what_the_token_endpoint_says_to_it_tells_whether_the_client_is_known() {
    let (metadata, registration) = (metadata(), registration());
    let probe = probe(&metadata, &registration);
    let process = |response| probe.process_credentials_response(&exchange(), &response);
    assert_eq!(process(error(400, "invalid_grant")), Credentials::Taken);
    for name in ["invalid_client", "unauthorized_client"] {
        let answered = process(error(401, name));
        assert!(matches!(answered, Credentials::Refused(_)), "{name}");
    }
    for unclear in [
        error(400, "invalid_request"),
        error(400, "access_denied"),
        answer(401, "text/html", "<p>no"),
        ok_json(&json!({})),
    ] {
        assert_eq!(process(unclear), Credentials::Unclear);
    }
}

#[test]
fn a_page_a_redirect_and_a_refusal_of_the_authorization_endpoint_are_told_apart() {
    let (metadata, registration) = (metadata(), registration());
    let probe = probe(&metadata, &registration);
    let state = probe.authorization_url(REDIRECT_URI).unwrap();
    let state = state
        .query_pairs()
        .find(|(name, _)| name == "state")
        .unwrap()
        .1
        .into_owned();
    let process = |status, location: Option<String>| {
        probe.process_authorization_page(REDIRECT_URI, &PageAnswer { status, location })
    };
    assert_eq!(process(200, None), Admission::Open);
    assert_eq!(
        process(
            302,
            Some("https://sso.example.com/login?error=1".to_owned())
        ),
        Admission::Open
    );
    for status in [400, 401, 403, 404, 422] {
        assert_eq!(process(status, None), Admission::RefusedByPage(status));
    }
    for status in [405, 429, 500, 503] {
        assert_eq!(
            process(status, None),
            Admission::Open,
            "{status} is about the moment"
        );
    }
    let iss = "iss=https%3A%2F%2Fsso.example.com%2Frealms%2Fbrewery";
    let refused = format!("{REDIRECT_URI}?error=invalid_scope&state={state}&{iss}");
    let description = clipped("");
    let expected = Configuration::InvalidScope { description }.into();
    assert_eq!(process(302, Some(refused)), Admission::Refused(expected));
}

#[test]
fn both_answers_together_tell_a_client_from_its_secret_and_its_address() {
    let refused = || Credentials::Refused(invalid_client());
    let description = clipped("");
    let no_flow = Admission::Refused(Configuration::UnauthorizedClient { description }.into());
    for (credentials, admission, expected) in [
        (Credentials::Taken, Some(Admission::Open), None),
        (Credentials::Taken, None, None),
        (Credentials::Unclear, Some(Admission::Open), None),
        (
            refused(),
            Some(Admission::RefusedByPage(400)),
            Some(Diagnosis::ClientUnknown),
        ),
        (
            refused(),
            Some(Admission::Open),
            Some(Diagnosis::ClientSecretRefused),
        ),
        (refused(), None, Some(Diagnosis::ClientSecretRefused)),
        (
            Credentials::Taken,
            Some(Admission::RefusedByPage(400)),
            Some(Diagnosis::RedirectUriRefused),
        ),
        (
            Credentials::Unclear,
            Some(Admission::RefusedByPage(400)),
            Some(Diagnosis::RedirectUriRefused),
        ),
        (
            Credentials::Taken,
            Some(no_flow),
            Some(Diagnosis::CodeFlowNotAllowed),
        ),
    ] {
        let symptom = judge_client(&credentials, admission.as_ref(), REDIRECT_URI);
        let got = symptom.map(|symptom| symptom.diagnosis);
        assert_eq!(got, expected, "{credentials:?} {admission:?}");
    }
}

// RP-Initiated Logout §4
#[test]
fn an_end_session_page_that_refuses_names_the_address() {
    let (metadata, registration) = (metadata(), registration());
    let probe = probe(&metadata, &registration);
    let uri = "https://beer.example.com/oidc/logged-out/";
    let url = probe.end_session_url(uri).unwrap().unwrap();
    assert!(
        url.query_pairs()
            .any(|(name, value)| name == "post_logout_redirect_uri" && value == uri)
    );
    let page = |status| PageAnswer {
        status,
        location: None,
    };
    assert_eq!(probe.process_end_session_page(uri, &page(200)), None);
    let symptom = probe.process_end_session_page(uri, &page(400)).unwrap();
    assert_eq!(symptom.diagnosis, Diagnosis::PostLogoutRedirectUriRefused);
    assert!(symptom.detail.contains(uri));
}

// RFC 9207 §3
#[test]
fn metadata_tell_what_a_login_would_use() {
    let (facts, symptoms) = facts::of_metadata(&metadata(), &registration());
    assert_eq!(symptoms, []);
    assert_eq!(facts.algorithms, ["RS256", "ES256", "PS256"]);
    assert_eq!(facts.client_authentication, Some("client_secret_basic"));
    assert!(facts.callback_names_issuer);
    assert_eq!(facts.endpoints.len(), 5);
}

#[test]
fn each_lack_of_the_metadata_is_a_symptom() {
    type Mutation = fn(&mut Value);
    let cases: [(Mutation, Diagnosis); 3] = [
        (
            |document| document["id_token_signing_alg_values_supported"] = json!(["HS256", "none"]),
            Diagnosis::AlgorithmNotOffered,
        ),
        (
            |document| {
                document["token_endpoint_auth_methods_supported"] = json!(["tls_client_auth"]);
            },
            Diagnosis::ClientAuthenticationNotOffered,
        ),
        (
            |document| remove(document, "end_session_endpoint"),
            Diagnosis::NoEndSessionEndpoint,
        ),
    ];
    for (mutation, expected) in cases {
        let (_, symptoms) = facts::of_metadata(&metadata_with(mutation).unwrap(), &registration());
        assert_eq!(diagnoses(&symptoms), [expected]);
    }
}

#[test]
fn keys_are_told_by_what_they_can_verify_of_this_provider() {
    let (facts, symptoms) = facts::of_keys(&keys(), &metadata(), &registration()).unwrap();
    assert_eq!(symptoms, []);
    let algorithms: Vec<_> = facts
        .usable
        .iter()
        .map(|key| key.algorithms.clone())
        .collect();
    assert_eq!(algorithms, [vec!["ES256"], vec!["RS256"]]);

    let only_es256 = metadata_with(|document| {
        document["id_token_signing_alg_values_supported"] = json!(["ES256"]);
    })
    .unwrap();
    let (_, symptoms) =
        facts::of_keys(&keys_of(&[&RSA_KEY]), &only_es256, &registration()).unwrap();
    assert_eq!(diagnoses(&symptoms), [Diagnosis::NoFittingKey]);
}

// RFC 9126 §2.1, §2.2
#[test]
fn where_requests_are_pushed_the_doctor_pushes_what_its_login_would_ask_for() {
    let registration = registration();
    let plain = metadata();
    let nothing_to_push = probe(&plain, &registration)
        .pushed_request(REDIRECT_URI, freshness())
        .unwrap();
    assert_eq!(nothing_to_push, None);

    let metadata = metadata_with(|document| {
        document["pushed_authorization_request_endpoint"] = json!("https://sso.example.com/par");
    })
    .unwrap();
    let probe = probe(&metadata, &registration);
    let request = probe
        .pushed_request(REDIRECT_URI, freshness())
        .unwrap()
        .unwrap();
    assert_eq!(request.url.as_str(), "https://sso.example.com/par");
    let plain = probe.authorization_url(REDIRECT_URI).unwrap();
    assert_eq!(form(&request), plain.query_pairs().into_owned().collect());

    let body = json!({"request_uri": "urn:beer:1", "expires_in": 60});
    let created = answer(201, "application/json", &body.to_string());
    let url = probe.process_pushed_response(&request, &created).unwrap();
    let expected =
        "https://sso.example.com/realms/brewery/auth?client_id=beer&request_uri=urn%3Abeer%3A1";
    assert_eq!(url.as_str(), expected);
    let refused = probe.process_pushed_response(&request, &error(400, "invalid_scope"));
    let symptom = Symptom::of(&refused.unwrap_err());
    assert_eq!(symptom.diagnosis, Diagnosis::ScopeRefused);
}
