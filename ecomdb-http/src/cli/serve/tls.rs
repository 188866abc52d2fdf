//! TLS by the files of a certificate.

use std::path::PathBuf;

use clap::Args;
use ecomdb_http::Tls;

use crate::cli::Failure;

#[derive(Debug, Args)]
#[command(next_help_heading = "TLS")]
pub(super) struct Files {
    /// The server's certificate, and behind it those that lead to a known authority, in PEM form; with it, the server
    /// speaks TLS.
    #[arg(long, value_name = "FILE", env = "ECOMDB_TLS_CERTIFICATE", requires = "tls_key")]
    tls_certificate: Option<PathBuf>,

    /// The private key of the certificate, in PEM form.
    #[arg(long, value_name = "FILE", env = "ECOMDB_TLS_KEY", requires = "tls_certificate")]
    tls_key: Option<PathBuf>,
}

impl Files {
    /// `None` without files: no TLS.
    pub(super) fn read(&self) -> Result<Option<Tls>, Failure> {
        let (Some(certificate), Some(key)) = (&self.tls_certificate, &self.tls_key) else { return Ok(None) };
        Tls::from_files(certificate, key).map(Some).map_err(|error| Failure::Failed(error.to_string()))
    }
}
