//! A certificate authority of the tests' own, and servers with certificates of it.

use std::fs;
use std::net::TcpStream;
use std::path::PathBuf;
use std::process;
use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair, date_time_ymd};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use super::{Loopback, Wire, metadata, respond_json};

/// A certificate authority of the test's own.
pub(crate) struct Authority {
    issuer: Issuer<'static, KeyPair>,
    pub(crate) pem: String,
}

impl Authority {
    pub(crate) fn new() -> Self {
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
    pub(crate) fn server(&self, name: &str, year: i32) -> ServerConfig {
        let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        params.not_before = date_time_ymd(2020, 1, 1);
        params.not_after = date_time_ymd(year, 1, 1);
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        server_config(certificate.der().clone(), &key)
    }
}

pub(crate) fn server_config(certificate: CertificateDer<'static>, key: &KeyPair) -> ServerConfig {
    let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    ServerConfig::builder_with_provider(Arc::new(rustls::crypto::aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .unwrap()
}

/// A provider in TLS, which is addressed as `host` and has metadata alone.
pub(crate) fn serve(host: &'static str, config: ServerConfig) -> Loopback {
    serve_behind(host, config, |stream| Box::new(stream))
}

/// As [`serve`], behind what `enter` makes of a connection before TLS with the provider begins.
pub(crate) fn serve_behind(
    host: &'static str,
    config: ServerConfig,
    enter: impl Fn(TcpStream) -> Box<dyn Wire> + Send + Sync + 'static,
) -> Loopback {
    let config = Arc::new(config);
    let wrap = move |stream| wrap(&config, enter(stream));
    Loopback::start_wrapped(host, wrap, |request, wire| {
        let base = format!("https://{}", request.header("host").unwrap());
        respond_json(wire, &metadata(&base));
    })
}

/// The server's side of TLS over a connection.
pub(crate) fn wrap<T: Wire + 'static>(config: &Arc<ServerConfig>, stream: T) -> Box<dyn Wire> {
    let connection = ServerConnection::new(Arc::clone(config)).unwrap();
    Box::new(StreamOwned::new(connection, stream))
}

/// A file in the system's place for temporary ones; gone when dropped.
pub(crate) struct PemFile(PathBuf);

impl PemFile {
    pub(crate) fn new(name: &str, text: &str) -> Self {
        let path = std::env::temp_dir().join(format!("relyant-{}-{name}.pem", process::id()));
        fs::write(&path, text).unwrap();
        Self(path)
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.0.clone()
    }
}

impl Drop for PemFile {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}
