//! TLS options in a URL, named as by PostgreSQL's clients.

use std::env;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::ClientConnection;
use rustls::pki_types::{CertificateDer, ServerName};

use super::options::{TlsMode, TlsOptions};
use crate::engine::tls::{self, Trusted};

/// TLS client state for a host, before its first message.
pub(super) fn connection(options: &TlsOptions, host: &str) -> Result<ClientConnection, String> {
    let name = ServerName::try_from(host.to_owned());
    let name = name.map_err(|_| format!("{host} is not a valid host name for a certificate"))?;
    let trusted = match options.mode {
        TlsMode::VerifyCa | TlsMode::VerifyFull => Some(trusted(options.root.as_deref())?),
        TlsMode::Disable | TlsMode::Allow | TlsMode::Prefer | TlsMode::Require => None,
    };
    let identity = match (&options.certificate, &options.key) {
        (Some(certificate), Some(key)) => {
            let certificates = certificates("sslcert", certificate)?;
            let key = tls::private_key(key)
                .map_err(|why| format!("the private key in {} (sslkey) cannot be used: {why}", key.display()))?;
            Some((certificates, key))
        }
        _ => None,
    };
    let config = tls::config(trusted, options.mode == TlsMode::VerifyFull, identity);
    let config = config.map_err(|error| format!("sslcert and sslkey cannot be used: {error}"))?;
    ClientConnection::new(Arc::new(config), name).map_err(|error| error.to_string())
}

fn trusted(root: Option<&str>) -> Result<Trusted, String> {
    let certificates = match root {
        Some("system") => rustls_native_certs::load_native_certs().certs,
        Some(file) => certificates("sslrootcert", Path::new(file))?,
        None => certificates("sslrootcert", &usual_root()?)?,
    };
    Trusted::new(certificates).ok_or_else(|| "no certificate that could be trusted was found (sslrootcert)".to_owned())
}

/// Default location of PostgreSQL's own tools.
fn usual_root() -> Result<PathBuf, String> {
    let file = env::home_dir().map(|home| home.join(".postgresql/root.crt"));
    file.filter(|file| file.exists()).ok_or_else(|| {
        "sslmode=verify-ca and verify-full need the certificates that are to be trusted: sslrootcert=FILE, or \
         sslrootcert=system for those that the system trusts"
            .to_owned()
    })
}

fn certificates(parameter: &str, file: &Path) -> Result<Vec<CertificateDer<'static>>, String> {
    tls::certificates(file)
        .map_err(|why| format!("the certificates in {} ({parameter}) cannot be used: {why}", file.display()))
}
