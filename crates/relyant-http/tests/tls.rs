//! Certificates are verified, always and against the right name, and a CA file adds trust.

#![allow(clippy::unwrap_used, reason = "a test that can't set itself up fails")]

mod loopback;

use std::io::Write;
use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;

use loopback::authority::{Authority, PemFile, serve, server_config, wrap};
use loopback::{Loopback, REDIRECT_URI, failure, metadata, options, registration, respond_json};
use rcgen::{CertificateParams, KeyPair};
use relyant_http::{Addresses, ClientOptions, Provider};
use relyant_oidc::diagnosis::Diagnosis;
use serde_json::json;

fn provider(issuer: &str, ca_file: Option<&PemFile>) -> Provider {
    let ca_file = ca_file.map(PemFile::path);
    Provider::new(
        issuer,
        registration(),
        ClientOptions {
            ca_file,
            ..options()
        },
    )
    .unwrap()
}

#[test]
fn a_private_authority_is_trusted_by_its_file_alone() {
    let authority = Authority::new();
    let file = PemFile::new("private", &authority.pem);
    for host in ["localhost", "127.0.0.1"] {
        let server = serve(host, authority.server(host, 2090));
        let trusting = provider(&server.url(""), Some(&file));
        assert_eq!(failure(&trusting).0, "none", "{host}");
        let error = provider(&server.url(""), None)
            .begin_login(REDIRECT_URI)
            .unwrap_err();
        assert_eq!(error.code(), "unavailable.tls");
        assert!(error.to_string().contains("CA_FILE"), "{error}");
    }
}

// DK-10
#[test]
fn a_certificate_for_another_name_or_time_is_refused() {
    let authority = Authority::new();
    let file = PemFile::new("wrong", &authority.pem);
    for (name, year, reason) in [
        ("other.example", 2090, "not valid for"),
        ("localhost", 2021, "expired"),
    ] {
        let server = serve("localhost", authority.server(name, year));
        let error = provider(&server.url(""), Some(&file))
            .begin_login(REDIRECT_URI)
            .unwrap_err();
        assert_eq!(error.code(), "unavailable.tls", "{name} {year}");
        assert!(error.to_string().contains(reason), "{error}");
        assert_eq!(server.count(""), 0);
    }
}

// DK-10
#[test]
fn a_self_signed_certificate_is_refused_beside_a_trusted_authority() {
    let file = PemFile::new("beside", &Authority::new().pem);
    let key = KeyPair::generate().unwrap();
    let params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    let server = serve(
        "localhost",
        server_config(params.self_signed(&key).unwrap().der().clone(), &key),
    );
    assert_eq!(
        failure(&provider(&server.url(""), Some(&file))).0,
        "unavailable.tls"
    );
}

// FT-01
#[test]
fn a_handshake_that_hangs_costs_the_deadline() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let issuer = format!("https://{}", listener.local_addr().unwrap());
    let (code, took) = failure(&provider(&issuer, None));
    assert_eq!(code, "unavailable.timeout");
    assert!(took < Duration::from_secs(3), "{took:?}");
}

// FT-03
#[test]
fn a_server_without_tls_fails() {
    let server = Loopback::start_wrapped(
        "localhost",
        |mut stream| {
            let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n");
            Box::new(stream)
        },
        |_, _| {},
    );
    assert_eq!(
        failure(&provider(&server.url(""), None)).0,
        "unavailable.tls"
    );
}

#[test]
fn a_file_that_is_no_authority_is_found_at_start() {
    let broken = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n";
    for (name, text) in [
        ("empty", ""),
        ("text", "hello"),
        ("broken", broken),
        ("der", "\u{30}\u{1}"),
    ] {
        let file = PemFile::new(name, text);
        let options = ClientOptions {
            ca_file: Some(file.path()),
            ..options()
        };
        let error = Provider::new("https://sso.example", registration(), options).unwrap_err();
        assert_eq!(error.code(), "configuration.ca_file", "{name}");
        assert!(error.to_string().contains(name), "{error}");
    }
    let directory = ClientOptions {
        ca_file: Some(std::env::temp_dir()),
        ..options()
    };
    let error = Provider::new("https://sso.example", registration(), directory).unwrap_err();
    assert_eq!(error.code(), "configuration.ca_file");
}

// FT-17, DK-05
#[test]
fn a_host_of_the_metadata_proves_its_name_wherever_that_leads() {
    let authority = Authority::new();
    let file = PemFile::new("moved", &authority.pem);
    for (name, asked) in [("localhost", 1), ("keys.example", 0)] {
        // The name leads to this very machine, as one that was moved there would.
        let moved = serve("localhost", authority.server(name, 2090));
        let mut document = metadata("https://sso.example");
        document["jwks_uri"] = json!(moved.url("/jwks"));
        let config = Arc::new(authority.server("127.0.0.1", 2090));
        let issuer = Loopback::start_wrapped(
            "127.0.0.1",
            move |stream| wrap(&config, stream),
            move |request, wire| {
                let mut document = document.clone();
                let base = format!("https://{}", request.header("host").unwrap());
                document["issuer"] = json!(base);
                respond_json(wire, &document);
            },
        );
        provider(&issuer.url(""), Some(&file)).examine(Addresses::default());
        assert_eq!(moved.count("/jwks"), asked, "{name}");
        // The certificate is what is looked at, not the address.
        assert!(moved.connections() > 0);
    }
}

#[test]
fn an_examination_tells_what_is_wrong_with_a_certificate() {
    let authority = Authority::new();
    let file = PemFile::new("examined", &authority.pem);
    for (name, year, ca_file, expected) in [
        ("localhost", 2030, None, Diagnosis::TlsUnknownAuthority),
        ("localhost", 2021, Some(&file), Diagnosis::TlsExpired),
        ("sso.example", 2030, Some(&file), Diagnosis::TlsWrongHost),
    ] {
        let server = serve("localhost", authority.server(name, year));
        let examination = provider(&server.url(""), ca_file).examine(Addresses::default());
        let found: Vec<_> = examination
            .symptoms
            .iter()
            .map(|symptom| (symptom.diagnosis, symptom.code))
            .collect();
        assert_eq!(found, [(expected, Some("unavailable.tls"))]);
    }
}
