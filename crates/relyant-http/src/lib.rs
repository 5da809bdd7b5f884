//! The only crate that opens a connection: drives relyant-oidc over ureq and rustls.
