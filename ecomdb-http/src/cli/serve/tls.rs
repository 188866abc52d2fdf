//! TLS with certificate files.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use ecomdb_http::Tls;

use crate::cli::permissions::warn_of_readers;
use crate::cli::{Failure, Outcome, on_or_off};

#[derive(Debug, Args)]
#[command(next_help_heading = "TLS")]
pub(super) struct Files {
    /// The certificate chain in PEM format, the server's certificate first; enables TLS.
    #[arg(long, value_name = "FILE", env = "ECOMDB_TLS_CERTIFICATE")]
    tls_certificate: Option<PathBuf>,

    /// The private key of the certificate, in PEM format.
    #[arg(long, value_name = "FILE", env = "ECOMDB_TLS_KEY")]
    tls_key: Option<PathBuf>,

    /// The server is reachable only through a TLS-terminating proxy: treat every request as one over TLS.
    #[arg(long, env = "ECOMDB_BEHIND_TLS_PROXY", value_parser = on_or_off)]
    pub(super) behind_tls_proxy: bool,

    /// Send Strict-Transport-Security with this max-age in seconds, such as 31536000 for a year. Requires TLS.
    #[arg(long, value_name = "SECONDS", env = "ECOMDB_HSTS", value_parser = clap::value_parser!(u64).range(0..=MOST_HSTS))]
    hsts: Option<u64>,
}

/// A hundred years.
const MOST_HSTS: u64 = 100 * 365 * 86_400;

impl Files {
    /// Browsers ignore the header over plain HTTP, so the setting would have no effect.
    pub(super) fn refuse_hsts_without_tls(&self) -> Outcome {
        if self.hsts.is_none() || self.tls_certificate.is_some() || self.behind_tls_proxy {
            return Ok(());
        }
        let words = "--hsts needs TLS: --tls-certificate FILE and --tls-key FILE, or --behind-tls-proxy";
        Err(Failure::Usage(words.to_owned()))
    }

    pub(super) fn app(&self, app: ecomdb_http::App) -> ecomdb_http::App {
        let app = app.behind_tls_proxy(self.behind_tls_proxy);
        self.hsts.into_iter().fold(app, |app, seconds| app.strict_transport(Duration::from_secs(seconds)))
    }

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
