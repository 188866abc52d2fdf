//! Encryption as the URL asks for it, in the words of MySQL's clients.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::verify_server_cert_signed_by_trust_anchor;
use rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme};

/// The parameter `ssl_mode`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    Disabled,
    /// Encrypted if the server can. This is the default, and keeps nobody out who sits on the wire.
    Preferred,
    /// Encrypted, to whatever server answers.
    Required,
    /// To a server whose certificate is signed by the authority in `ssl_ca`.
    VerifyCa,
    /// The same, and it names the host or address of the URL.
    VerifyIdentity,
}

impl Mode {
    pub(super) fn parse(word: &str) -> Result<Self, String> {
        Ok(match word.to_ascii_lowercase().as_str() {
            "disabled" => Self::Disabled,
            "preferred" => Self::Preferred,
            "required" => Self::Required,
            "verify_ca" => Self::VerifyCa,
            "verify_identity" => Self::VerifyIdentity,
            _ => {
                return Err(format!(
                    "has ssl_mode={word}, where it can be disabled, preferred, required, verify_ca or verify_identity"
                ));
            }
        })
    }
}

/// The parameters `ssl_ca`, `ssl_cert` and `ssl_key`: files in PEM.
#[derive(Debug, Default)]
pub(super) struct Files {
    pub(super) authority: Option<PathBuf>,
    pub(super) certificate: Option<PathBuf>,
    pub(super) key: Option<PathBuf>,
}

/// How to encrypt.
pub(super) struct Tls {
    /// Whether a server that cannot is refused.
    pub(super) is_required: bool,
    pub(super) config: Arc<ClientConfig>,
}

impl Tls {
    /// Reads the files. `None` without encryption. A file that would not be used is an error.
    pub(super) fn new(mode: Option<Mode>, files: &Files) -> Result<Option<Self>, String> {
        let mode = mode.unwrap_or(if files.authority.is_some() { Mode::VerifyCa } else { Mode::Preferred });
        let verifies = matches!(mode, Mode::VerifyCa | Mode::VerifyIdentity);
        let roots = match &files.authority {
            Some(path) if verifies => Some(roots(path)?),
            Some(_) => return Err("has ssl_ca, which needs ssl_mode=verify_ca or ssl_mode=verify_identity".to_owned()),
            None if verifies => {
                return Err("verifies the server's certificate without ssl_ca, the file of the authorities to trust \
                            (those of the system are often in /etc/ssl/certs/ca-certificates.crt)"
                    .to_owned());
            }
            None => None,
        };
        let identity = match (&files.certificate, &files.key) {
            (Some(certificate), Some(key)) if mode != Mode::Disabled => Some((chain(certificate)?, private_key(key)?)),
            (None, None) => None,
            (Some(_), Some(_)) => return Err("has ssl_cert and ssl_key with ssl_mode=disabled".to_owned()),
            _ => return Err("has one of ssl_cert and ssl_key, which need each other".to_owned()),
        };
        if mode == Mode::Disabled {
            return Ok(None);
        }
        let provider = Arc::new(ring::default_provider());
        let verifier = Verifier { roots, checks_name: mode == Mode::VerifyIdentity, provider: Arc::clone(&provider) };
        let builder = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| format!("cannot be used with TLS: {error}"))?
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(verifier));
        let config = match identity {
            Some((chain, key)) => builder
                .with_client_auth_cert(chain, key)
                .map_err(|error| format!("has an ssl_cert or ssl_key that cannot be used: {error}"))?,
            None => builder.with_no_client_auth(),
        };
        Ok(Some(Self { is_required: mode != Mode::Preferred, config: Arc::new(config) }))
    }
}

fn roots(path: &Path) -> Result<RootCertStore, String> {
    let mut roots = RootCertStore::empty();
    // A system's bundle may have one that is too odd to be read.
    let (taken, _) = roots.add_parsable_certificates(certificates("ssl_ca", path)?);
    if taken == 0 { Err(unusable("ssl_ca", path, &"it has no certificate")) } else { Ok(roots) }
}

fn chain(path: &Path) -> Result<Vec<CertificateDer<'static>>, String> {
    let chain = certificates("ssl_cert", path)?;
    if chain.is_empty() { Err(unusable("ssl_cert", path, &"it has no certificate")) } else { Ok(chain) }
}

fn certificates(parameter: &str, path: &Path) -> Result<Vec<CertificateDer<'static>>, String> {
    let read = CertificateDer::pem_file_iter(path).and_then(|certificates| certificates.collect::<Result<Vec<_>, _>>());
    read.map_err(|error| unusable(parameter, path, &error))
}

fn private_key(path: &Path) -> Result<PrivateKeyDer<'static>, String> {
    PrivateKeyDer::from_pem_file(path).map_err(|error| unusable("ssl_key", path, &error))
}

fn unusable(parameter: &str, path: &Path, why: &dyn std::fmt::Display) -> String {
    format!("has {parameter}={}, which cannot be used: {why}", path.display())
}

/// Verifies as much of a server's certificate as the mode asks for. That the server has its key is always verified.
#[derive(Debug)]
struct Verifier {
    /// `None` where any certificate will do.
    roots: Option<RootCertStore>,
    checks_name: bool,
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        if let Some(roots) = &self.roots {
            let certificate = ParsedCertificate::try_from(end_entity)?;
            let algorithms = self.provider.signature_verification_algorithms.all;
            verify_server_cert_signed_by_trust_anchor(&certificate, roots, intermediates, now, algorithms)?;
            if self.checks_name {
                rustls::client::verify_server_name(&certificate, server_name)?;
            }
        }
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, certificate, signature, &self.provider.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, certificate, signature, &self.provider.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}
