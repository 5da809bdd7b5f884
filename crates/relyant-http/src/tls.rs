//! TLS to a provider: whom we trust, and the connector that speaks it.
//!
//! Certificates are always verified; there is no setting that turns that off. The system's roots are trusted, as the system
//! says (on Linux also through `SSL_CERT_FILE`); `CA_FILE` adds to them, for a provider with a certificate of the
//! organisation's own.

use std::fmt;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use rustls_platform_verifier::Verifier;
use ureq::Error;
use ureq::unversioned::transport::{
    Buffers, ConnectionDetails, Connector, Either, LazyBuffers, NextTimeout, Transport,
    TransportAdapter,
};

use crate::time_left::time_left;

/// Certificates that are trusted besides the system's.
#[derive(Clone, Default)]
pub(crate) struct ExtraRoots(Vec<CertificateDer<'static>>);

/// Why a `CA_FILE` can't be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CaFileError {
    pub(crate) path: PathBuf,
    pub(crate) reason: &'static str,
}

impl ExtraRoots {
    /// The certificates of a PEM file: at least one, each fit to be a trust anchor.
    pub(crate) fn from_pem_file(path: &Path) -> Result<Self, CaFileError> {
        let because = |reason| CaFileError {
            path: path.to_owned(),
            reason,
        };
        let pem = std::fs::read(path).map_err(|error| because(reading_failed(&error)))?;
        let certificates: Vec<_> = CertificateDer::pem_slice_iter(&pem)
            .collect::<Result<_, _>>()
            .map_err(|_| because("it has a PEM section that can't be decoded"))?;
        if certificates.is_empty() {
            return Err(because(
                "it has no PEM certificate (-----BEGIN CERTIFICATE-----)",
            ));
        }
        for certificate in &certificates {
            let added = RootCertStore::empty().add(certificate.clone());
            added.map_err(|_| because("it has a certificate that can't be parsed"))?;
        }
        Ok(Self(certificates))
    }
}

fn reading_failed(error: &std::io::Error) -> &'static str {
    match error.kind() {
        std::io::ErrorKind::NotFound => "there is no such file",
        std::io::ErrorKind::PermissionDenied => "it may not be read",
        _ => "it can't be read",
    }
}

/// Wraps a connection to an https address in TLS.
///
/// The verifier, which reads the system's roots, is made with the first such connection: plain loopback needs none.
pub(crate) struct TlsConnector {
    extra_roots: ExtraRoots,
    config: OnceLock<Arc<ClientConfig>>,
}

impl TlsConnector {
    /// A connector that trusts the system's roots and `extra_roots`.
    pub(crate) fn new(extra_roots: ExtraRoots) -> Self {
        Self {
            extra_roots,
            config: OnceLock::new(),
        }
    }

    fn config(&self) -> Result<Arc<ClientConfig>, rustls::Error> {
        if let Some(config) = self.config.get() {
            return Ok(Arc::clone(config));
        }
        let config = Arc::new(client_config(&self.extra_roots)?);
        Ok(Arc::clone(self.config.get_or_init(|| config)))
    }
}

fn client_config(extra_roots: &ExtraRoots) -> Result<ClientConfig, rustls::Error> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let verifier =
        Verifier::new_with_extra_roots(extra_roots.0.iter().cloned(), Arc::clone(&provider))?;
    Ok(ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        // The builder calls each verifier that isn't its own dangerous; this one is the platform's.
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_no_client_auth())
}

impl<In: Transport> Connector<In> for TlsConnector {
    type Out = Either<In, TlsTransport>;

    fn connect(
        &self,
        details: &ConnectionDetails,
        chained: Option<In>,
    ) -> Result<Option<Self::Out>, Error> {
        let Some(transport) = chained else {
            return Ok(None);
        };
        if !details.needs_tls() || transport.is_tls() {
            return Ok(Some(Either::A(transport)));
        }
        let host = details
            .uri
            .host()
            .unwrap_or_default()
            .trim_matches(['[', ']']);
        let name = ServerName::try_from(host.to_owned()).map_err(|_| Error::HostNotFound)?;
        let mut connection = ClientConnection::new(self.config()?, name)?;
        let mut socket =
            TransportAdapter::new(transport.boxed(), Arc::clone(&details.current_time));
        socket.set_timeout(time_left(details));
        connection.complete_io(&mut socket)?;
        let buffers = LazyBuffers::new(
            details.config.input_buffer_size(),
            details.config.output_buffer_size(),
        );
        Ok(Some(Either::B(TlsTransport {
            buffers,
            stream: StreamOwned::new(connection, socket),
        })))
    }
}

impl fmt::Debug for TlsConnector {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("TlsConnector")
            .finish_non_exhaustive()
    }
}

/// A connection inside TLS.
pub(crate) struct TlsTransport {
    buffers: LazyBuffers,
    stream: StreamOwned<ClientConnection, TransportAdapter>,
}

impl Transport for TlsTransport {
    fn buffers(&mut self) -> &mut dyn Buffers {
        &mut self.buffers
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), Error> {
        self.stream.get_mut().set_timeout(timeout);
        let output = self.buffers.output().get(..amount).unwrap_or_default();
        self.stream.write_all(output)?;
        Ok(())
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, Error> {
        self.stream.get_mut().set_timeout(timeout);
        let amount = self.stream.read(self.buffers.input_append_buf())?;
        self.buffers.input_appended(amount);
        Ok(amount > 0)
    }

    fn is_open(&mut self) -> bool {
        self.stream.get_mut().get_mut().is_open()
    }

    fn is_tls(&self) -> bool {
        true
    }
}

impl fmt::Debug for TlsTransport {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("TlsTransport")
            .finish_non_exhaustive()
    }
}
