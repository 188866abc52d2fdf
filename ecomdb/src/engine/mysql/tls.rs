//! TLS options in a URL, named as by MySQL's clients.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::ClientConfig;

use crate::engine::tls::{self, Trusted};

/// The parameter `ssl_mode`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    Disabled,
    /// Encrypted if the server supports it (default). Does not protect against active attackers.
    Preferred,
    /// Encrypted, without verification of the server.
    Required,
    /// The server's certificate must be signed by the authority in `ssl_ca`.
    VerifyCa,
    /// As `VerifyCa`, and the certificate must match the host of the URL.
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

/// PEM files of the parameters `ssl_ca`, `ssl_cert` and `ssl_key`.
#[derive(Debug, Default)]
pub(super) struct Files {
    pub(super) authority: Option<PathBuf>,
    pub(super) certificate: Option<PathBuf>,
    pub(super) key: Option<PathBuf>,
}

/// TLS configuration.
pub(super) struct Tls {
    /// Whether servers without TLS are refused.
    pub(super) is_required: bool,
    pub(super) config: Arc<ClientConfig>,
}

impl Tls {
    /// Reads the files; `None` without encryption. A file that would not be used is an error.
    pub(super) fn new(mode: Option<Mode>, files: &Files) -> Result<Option<Self>, String> {
        let mode = mode.unwrap_or(if files.authority.is_some() { Mode::VerifyCa } else { Mode::Preferred });
        let verifies = matches!(mode, Mode::VerifyCa | Mode::VerifyIdentity);
        let trusted = match &files.authority {
            Some(path) if verifies => Some(trusted(path)?),
            Some(_) => return Err("has ssl_ca, which needs ssl_mode=verify_ca or ssl_mode=verify_identity".to_owned()),
            None if verifies => {
                return Err("verifies the server's certificate without ssl_ca, the file of the authorities to trust \
                            (those of the system are often in /etc/ssl/certs/ca-certificates.crt)"
                    .to_owned());
            }
            None => None,
        };
        let identity = match (&files.certificate, &files.key) {
            (Some(certificate), Some(key)) if mode != Mode::Disabled => {
                let certificates =
                    tls::certificates(certificate).map_err(|why| unusable("ssl_cert", certificate, &why))?;
                Some((certificates, tls::private_key(key).map_err(|why| unusable("ssl_key", key, &why))?))
            }
            (None, None) => None,
            (Some(_), Some(_)) => return Err("has ssl_cert and ssl_key with ssl_mode=disabled".to_owned()),
            _ => return Err("has one of ssl_cert and ssl_key, which need each other".to_owned()),
        };
        if mode == Mode::Disabled {
            return Ok(None);
        }
        let config = tls::config(trusted, mode == Mode::VerifyIdentity, identity);
        let config = config.map_err(|error| format!("has an ssl_cert or ssl_key that cannot be used: {error}"))?;
        Ok(Some(Self { is_required: mode != Mode::Preferred, config: Arc::new(config) }))
    }
}

fn trusted(path: &Path) -> Result<Trusted, String> {
    let trusted = tls::certificates(path).and_then(|certificates| {
        Trusted::new(certificates).ok_or_else(|| "none of its certificates can be used".to_owned())
    });
    trusted.map_err(|why| unusable("ssl_ca", path, &why))
}

fn unusable(parameter: &str, path: &Path, why: &str) -> String {
    format!("has {parameter}={}, which cannot be used: {why}", path.display())
}
