//! TLS, with a certificate from files.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::ServerConfig;
use rustls::pki_types::pem::{self, PemObject};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

/// A certificate and its key, for TLS 1.2 and 1.3 with HTTP/2 and HTTP/1.1.
#[derive(Clone)]
pub struct Tls(TlsAcceptor);

/// Why the certificate or key files cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TlsError {
    /// A file cannot be read.
    #[error("the file {} cannot be read: {cause}", file.display())]
    Unreadable {
        /// Path of the file.
        file: PathBuf,
        /// The I/O error.
        cause: io::Error,
    },
    /// A file contains no PEM block of the expected kind.
    #[error("the file {} has no {wanted} in PEM form (-----BEGIN ...-----)", file.display())]
    Empty {
        /// Path of the file.
        file: PathBuf,
        /// `certificate` or `private key`.
        wanted: &'static str,
    },
    /// The certificate and the key cannot be used together.
    #[error("the certificate in {} and the key in {} cannot be used: {cause}", certificate.display(), key.display())]
    Unusable {
        /// Path of the certificate.
        certificate: PathBuf,
        /// Path of the private key.
        key: PathBuf,
        /// The reason, such as a key that does not match the certificate.
        cause: rustls::Error,
    },
}

impl Tls {
    /// Reads the certificate chain (the server's certificate first) and its private key, both in PEM format.
    ///
    /// # Errors
    /// [`TlsError`] names the file.
    pub fn from_files(certificate: &Path, key: &Path) -> Result<Self, TlsError> {
        let chain = chain(certificate)?;
        let private = private(key)?;
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
        let config = config.and_then(|config| config.with_no_client_auth().with_single_cert(chain, private));
        let mut config = config.map_err(|cause| TlsError::Unusable {
            certificate: certificate.to_owned(),
            key: key.to_owned(),
            cause,
        })?;
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Ok(Self(TlsAcceptor::from(Arc::new(config))))
    }

    pub(super) async fn accept<S: AsyncRead + AsyncWrite + Unpin>(&self, stream: S) -> io::Result<TlsStream<S>> {
        self.0.accept(stream).await
    }

    pub(super) fn is_http2<S>(stream: &TlsStream<S>) -> bool {
        stream.get_ref().1.alpn_protocol() == Some(b"h2")
    }
}

impl std::fmt::Debug for Tls {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Tls")
    }
}

fn chain(file: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&read(file)?).collect();
    chain.ok().filter(|chain| !chain.is_empty()).ok_or(TlsError::Empty { file: file.to_owned(), wanted: "certificate" })
}

fn private(file: &Path) -> Result<PrivateKeyDer<'static>, TlsError> {
    let key: Result<_, pem::Error> = PrivateKeyDer::from_pem_slice(&read(file)?);
    key.map_err(|_| TlsError::Empty { file: file.to_owned(), wanted: "private key" })
}

fn read(file: &Path) -> Result<Vec<u8>, TlsError> {
    std::fs::read(file).map_err(|cause| TlsError::Unreadable { file: file.to_owned(), cause })
}
