//! TLS for both drivers: trusted certificates, and verification of the server's certificate. The engines' folders
//! define the URL parameters.

use std::path::Path;
use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{verify_server_cert_signed_by_trust_anchor, verify_server_name};
use rustls::crypto::{WebPkiSupportedAlgorithms, ring, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme};

/// Client certificate with its chain, and the private key.
pub(super) type Identity = (Vec<CertificateDer<'static>>, PrivateKeyDer<'static>);

/// TLS configuration. Without trusted certificates, any server certificate is accepted.
pub(super) fn config(
    trusted: Option<Trusted>,
    checks_name: bool,
    identity: Option<Identity>,
) -> Result<ClientConfig, Error> {
    let provider = ring::default_provider();
    let verifier = Verifier { trusted, checks_name, algorithms: provider.signature_verification_algorithms };
    let config = ClientConfig::builder_with_provider(Arc::new(provider)).with_safe_default_protocol_versions()?;
    let config = config.dangerous().with_custom_certificate_verifier(Arc::new(verifier));
    match identity {
        Some((certificates, key)) => config.with_client_auth_cert(certificates, key),
        None => Ok(config.with_no_client_auth()),
    }
}

/// Certificates in a PEM file; at least one.
pub(super) fn certificates(file: &Path) -> Result<Vec<CertificateDer<'static>>, String> {
    let read = CertificateDer::pem_file_iter(file).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    match read {
        Ok(certificates) if certificates.is_empty() => Err("it has no certificate".to_owned()),
        Ok(certificates) => Ok(certificates),
        Err(error) => Err(error.to_string()),
    }
}

/// Private key in a PEM file.
pub(super) fn private_key(file: &Path) -> Result<PrivateKeyDer<'static>, String> {
    PrivateKeyDer::from_pem_file(file).map_err(|error| format!("{error} (a key must not be encrypted)"))
}

/// Trusted certificates.
#[derive(Debug)]
pub(super) struct Trusted {
    authorities: RootCertStore,
    /// All trusted certificates, which may include the server's own.
    certificates: Vec<CertificateDer<'static>>,
}

impl Trusted {
    /// `None` if no certificate is usable. A system's bundle may contain some that cannot be parsed.
    pub(super) fn new(certificates: Vec<CertificateDer<'static>>) -> Option<Self> {
        let mut authorities = RootCertStore::empty();
        authorities.add_parsable_certificates(certificates.iter().cloned());
        (!authorities.is_empty()).then_some(Self { authorities, certificates })
    }
}

/// Verifies the server's certificate to the requested degree. Possession of its private key is always verified.
#[derive(Debug)]
struct Verifier {
    trusted: Option<Trusted>,
    checks_name: bool,
    algorithms: WebPkiSupportedAlgorithms,
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        _ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let Some(trusted) = &self.trusted else { return Ok(ServerCertVerified::assertion()) };
        let parsed = ParsedCertificate::try_from(certificate)?;
        let (authorities, algorithms) = (&trusted.authorities, self.algorithms.all);
        let signed = verify_server_cert_signed_by_trust_anchor(&parsed, authorities, intermediates, now, algorithms);
        // A self-signed server certificate is also an authority's, which webpki rejects for a server. Accept it if it
        // is itself trusted.
        if !trusted.certificates.contains(certificate) {
            signed?;
        }
        if self.checks_name {
            verify_server_name(&parsed, name)?;
        }
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, certificate, signature, &self.algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, certificate, signature, &self.algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}
