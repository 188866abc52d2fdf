//! TLS by the files of a certificate.

use std::path::PathBuf;

use clap::Args;
use ecomdb_http::Tls;

use crate::cli::Failure;
use crate::cli::permissions::warn_of_readers;

#[derive(Debug, Args)]
#[command(next_help_heading = "TLS")]
pub(super) struct Files {
    /// The server's certificate, and behind it those that lead to a known authority, in PEM form; with it, the server
    /// speaks TLS.
    #[arg(long, value_name = "FILE", env = "ECOMDB_TLS_CERTIFICATE")]
    tls_certificate: Option<PathBuf>,

    /// The private key of the certificate, in PEM form.
    #[arg(long, value_name = "FILE", env = "ECOMDB_TLS_KEY")]
    tls_key: Option<PathBuf>,
}

impl Files {
    /// `None` without files: no TLS.
    pub(super) fn read(&self) -> Result<Option<Tls>, Failure> {
        let (certificate, key) = match (&self.tls_certificate, &self.tls_key) {
            (Some(certificate), Some(key)) => (certificate, key),
            (None, None) => return Ok(None),
            (Some(_), None) => return Err(Failure::Usage("--tls-certificate needs --tls-key FILE".to_owned())),
            (None, Some(_)) => return Err(Failure::Usage("--tls-key needs --tls-certificate FILE".to_owned())),
        };
        warn_of_readers(key, "a private key");
        Tls::from_files(certificate, key).map(Some).map_err(|error| Failure::Failed(error.to_string()))
    }
}
