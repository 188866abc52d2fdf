//! TLS with the server: what is trusted, and how much of a certificate is checked.

use std::env;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{verify_server_cert_signed_by_trust_anchor, verify_server_name};
use rustls::crypto::{WebPkiSupportedAlgorithms, ring, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{ClientConfig, ClientConnection, DigitallySignedStruct, Error, RootCertStore, SignatureScheme};

use super::options::{TlsMode, TlsOptions};

/// The client's side of TLS with a host, before its first message.
pub(super) fn connection(options: &TlsOptions, host: &str) -> Result<ClientConnection, String> {
    let name = ServerName::try_from(host.to_owned());
    let name = name.map_err(|_| format!("{host} is no name that a certificate can be for"))?;
    ClientConnection::new(Arc::new(config(options)?), name).map_err(|error| error.to_string())
}

fn config(options: &TlsOptions) -> Result<ClientConfig, String> {
    let provider = ring::default_provider();
    let verifier = Verifier {
        trusted: match options.mode {
            TlsMode::VerifyCa | TlsMode::VerifyFull => Some(Trusted::read(options.root.as_deref())?),
            TlsMode::Disable | TlsMode::Allow | TlsMode::Prefer | TlsMode::Require => None,
        },
        checks_name: options.mode == TlsMode::VerifyFull,
        algorithms: provider.signature_verification_algorithms,
    };
    let config = ClientConfig::builder_with_provider(Arc::new(provider)).with_safe_default_protocol_versions();
    let config = config.map_err(|error| error.to_string())?;
    let config = config.dangerous().with_custom_certificate_verifier(Arc::new(verifier));
    match (&options.certificate, &options.key) {
        (Some(certificate), Some(key)) => {
            let certificates = read_certificates("sslcert", certificate)?;
            let key = PrivateKeyDer::from_pem_file(key).map_err(|error| {
                format!(
                    "the private key in {} (sslkey) cannot be read: {error}; it must not be encrypted",
                    key.display()
                )
            })?;
            config.with_client_auth_cert(certificates, key).map_err(|error| format!("sslcert and sslkey: {error}"))
        }
        _ => Ok(config.with_no_client_auth()),
    }
}

/// What is trusted.
#[derive(Debug)]
struct Trusted {
    authorities: RootCertStore,
    /// All of them, among which may be the server's own.
    certificates: Vec<CertificateDer<'static>>,
}

impl Trusted {
    fn read(root: Option<&str>) -> Result<Self, String> {
        let certificates = match root {
            Some("system") => rustls_native_certs::load_native_certs().certs,
            Some(file) => read_certificates("sslrootcert", Path::new(file))?,
            None => read_certificates("sslrootcert", &usual_root()?)?,
        };
        let mut authorities = RootCertStore::empty();
        authorities.add_parsable_certificates(certificates.iter().cloned());
        if authorities.is_empty() {
            return Err("no certificate that could be trusted was found (sslrootcert)".to_owned());
        }
        Ok(Self { authorities, certificates })
    }
}

/// Where PostgreSQL's own tools look.
fn usual_root() -> Result<PathBuf, String> {
    let file = env::home_dir().map(|home| home.join(".postgresql/root.crt"));
    file.filter(|file| file.exists()).ok_or_else(|| {
        "sslmode=verify-ca and verify-full need the certificates that are to be trusted: sslrootcert=FILE, or \
         sslrootcert=system for those that the system trusts"
            .to_owned()
    })
}

fn read_certificates(parameter: &str, file: &Path) -> Result<Vec<CertificateDer<'static>>, String> {
    let read = CertificateDer::pem_file_iter(file).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    match read {
        Ok(certificates) if !certificates.is_empty() => Ok(certificates),
        Ok(_) => Err(format!("there is no certificate in {} ({parameter})", file.display())),
        Err(error) => Err(format!("the certificates in {} ({parameter}) cannot be read: {error}", file.display())),
    }
}

#[derive(Debug)]
struct Verifier {
    /// None where any certificate will do.
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
        // A server's certificate that signed itself is one of an authority too, which is not accepted as a server's unless
        // it is the very one that is trusted.
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
