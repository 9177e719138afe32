//! Encryption, with a server that proves who it is.

use std::path::Path;
use std::sync::Arc;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};
use tokio_postgres_rustls::MakeRustlsConnect;

/// Trusts the authorities in `file` (PEM), or else those that the system trusts. An error says what
/// is wrong with them.
pub(super) fn verifying(file: Option<&Path>) -> Result<MakeRustlsConnect, String> {
    let mut roots = RootCertStore::empty();
    let (trusted, place) = match file {
        Some(file) => (read(file)?, file.display().to_string()),
        None => {
            let found = rustls_native_certs::load_native_certs();
            (found.certs, "the system's store".to_owned())
        }
    };
    roots.add_parsable_certificates(trusted);
    if roots.is_empty() {
        return Err(format!("no certificate of an authority in {place}"));
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(MakeRustlsConnect::new(config))
}

fn read(file: &Path) -> Result<Vec<CertificateDer<'static>>, String> {
    CertificateDer::pem_file_iter(file)
        .and_then(Iterator::collect)
        .map_err(|error| {
            format!(
                "the authorities in {} cannot be read: {error}",
                file.display()
            )
        })
}
