//! Certificates are verified, always and against the right name, and a CA file adds trust.

#![allow(clippy::unwrap_used, reason = "a test that can't set itself up fails")]

mod loopback;

use std::fs;
use std::io::Write;
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process;
use std::sync::Arc;
use std::time::Duration;

use loopback::{Loopback, REDIRECT_URI, failure, metadata, options, registration, respond_json};
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair, date_time_ymd};
use relyant_http::{ClientOptions, Provider};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

/// A certificate authority of the test's own.
struct Authority {
    issuer: Issuer<'static, KeyPair>,
    pem: String,
}

impl Authority {
    fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        let pem = params.self_signed(&key).unwrap().pem();
        Self {
            issuer: Issuer::new(params, key),
            pem,
        }
    }

    /// The configuration of a server with a certificate for `name` that holds until `year`.
    fn server(&self, name: &str, year: i32) -> ServerConfig {
        let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        params.not_before = date_time_ymd(2020, 1, 1);
        params.not_after = date_time_ymd(year, 1, 1);
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        server_config(certificate.der().clone(), &key)
    }
}

fn server_config(certificate: CertificateDer<'static>, key: &KeyPair) -> ServerConfig {
    let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    ServerConfig::builder_with_provider(Arc::new(rustls::crypto::aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .unwrap()
}

fn serve(host: &'static str, config: ServerConfig) -> Loopback {
    let config = Arc::new(config);
    let wrap = move |stream: TcpStream| -> Box<dyn loopback::Wire> {
        Box::new(StreamOwned::new(
            ServerConnection::new(Arc::clone(&config)).unwrap(),
            stream,
        ))
    };
    Loopback::start_wrapped(host, wrap, |request, wire| {
        let base = format!("https://{}", request.header("host").unwrap());
        respond_json(wire, &metadata(&base));
    })
}

/// A file in the system's place for temporary ones; gone when dropped.
struct PemFile(PathBuf);

impl PemFile {
    fn new(name: &str, text: &str) -> Self {
        let path = std::env::temp_dir().join(format!("relyant-{}-{name}.pem", process::id()));
        fs::write(&path, text).unwrap();
        Self(path)
    }
}

impl Drop for PemFile {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

fn provider(issuer: &str, ca_file: Option<&PemFile>) -> Provider {
    let ca_file = ca_file.map(|file| file.0.clone());
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
            ca_file: Some(file.0.clone()),
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
