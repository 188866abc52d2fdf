//! TLS with PostgreSQL: each `sslmode` does what it promises. A proxy in front of the server speaks TLS.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use ecomdb::{Database, Error, NewUser};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

use crate::shop::Site;

/// How long to wait for a connection that is always refused.
const REFUSED: Duration = Duration::from_secs(2);

/// A certificate authority, and a folder for its files.
struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
    folder: tempfile::TempDir,
}

/// A certificate and its key.
struct Signed {
    certificate: PathBuf,
    key: PathBuf,
}

impl Authority {
    fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("ca.crt"), issuer.pem()).unwrap();
        Self { issuer, folder }
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join("ca.crt")
    }

    fn sign(&self, name: &str) -> Signed {
        let key = KeyPair::generate().unwrap();
        let certificate = CertificateParams::new([name.to_owned()]).unwrap().signed_by(&key, &self.issuer).unwrap();
        self.keep(name, &certificate.pem(), &key)
    }

    /// A self-signed certificate that also serves as the server's.
    fn self_signed(&self, name: &str) -> Signed {
        let mut params = CertificateParams::new([name.to_owned()]).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        self.keep("self", &params.self_signed(&key).unwrap().pem(), &key)
    }

    fn keep(&self, name: &str, certificate: &str, key: &KeyPair) -> Signed {
        let file = |end: &str| self.folder.path().join(format!("{name}.{end}"));
        std::fs::write(file("crt"), certificate).unwrap();
        std::fs::write(file("key"), key.serialize_pem()).unwrap();
        Signed { certificate: file("crt"), key: file("key") }
    }
}

/// A PostgreSQL server behind a TLS proxy.
struct TlsServer {
    site: Site,
    address: SocketAddr,
    /// The number of encrypted connections.
    encrypted: Arc<AtomicUsize>,
}

impl TlsServer {
    fn start(own: &Signed, clients: Option<&Authority>) -> Self {
        let site = Site::postgres();
        let upstream = site.url.rsplit_once('@').unwrap().1.split_once('/').unwrap().0.to_owned();
        let certificates = CertificateDer::pem_file_iter(&own.certificate).unwrap().map(Result::unwrap).collect();
        let key = PrivateKeyDer::from_pem_file(&own.key).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(Arc::clone(&provider)).with_safe_default_protocol_versions();
        let config = match clients {
            None => config.unwrap().with_no_client_auth(),
            Some(authority) => {
                let mut roots = RootCertStore::empty();
                roots.add(CertificateDer::from_pem_file(authority.file()).unwrap()).unwrap();
                let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider).build().unwrap();
                config.unwrap().with_client_cert_verifier(verifier)
            }
        };
        let acceptor = TlsAcceptor::from(Arc::new(config.with_single_cert(certificates, key).unwrap()));
        let encrypted = Arc::new(AtomicUsize::new(0));
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let address = listener.local_addr().unwrap();
        let count = Arc::clone(&encrypted);
        let serve = async move {
            let listener = TcpListener::from_std(listener).unwrap();
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(pass_on(stream, acceptor.clone(), upstream.clone(), Arc::clone(&count)));
            }
        };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build().unwrap();
        std::thread::spawn(move || runtime.block_on(serve));
        Self { site, address, encrypted }
    }

    /// Opens a shop on it under this host name.
    fn open(&self, host: &str, parameters: &str) -> ecomdb::Result<Database> {
        self.open_within(Duration::from_secs(10), host, parameters)
    }

    fn open_within(&self, wait: Duration, host: &str, parameters: &str) -> ecomdb::Result<Database> {
        let (login, rest) = self.site.url.rsplit_once('@').unwrap();
        let database = rest.split_once('/').unwrap().1;
        let url = format!("{login}@{host}:{}/{database}?{parameters}", self.address.port());
        Database::builder(&url).wait(wait).open()
    }

    #[track_caller]
    fn accepts(&self, host: &str, parameters: &str) {
        let before = self.encrypted.load(Ordering::SeqCst);
        let shop = self.open(host, parameters).unwrap_or_else(|error| panic!("{host} {parameters}: {error}"));
        shop.users().list(&ecomdb::UserFilter::default()).unwrap();
        assert!(self.encrypted.load(Ordering::SeqCst) > before, "{parameters}: in plain text");
    }

    #[track_caller]
    fn refuses(&self, host: &str, parameters: &str, says: &str) {
        match self.open_within(REFUSED, host, parameters).err() {
            Some(Error::Unavailable(why)) => assert!(why.to_string().contains(says), "{parameters}: {why}"),
            other => panic!("{host} {parameters}: {other:?}"),
        }
    }
}

/// Accepts TLS and forwards the decrypted stream; forwards plain text too.
async fn pass_on(mut stream: TcpStream, acceptor: TlsAcceptor, upstream: String, count: Arc<AtomicUsize>) {
    const TLS_REQUEST: [u8; 8] = [0, 0, 0, 8, 4, 210, 22, 47];
    let mut first = [0; 8];
    if stream.read_exact(&mut first).await.is_err() {
        return;
    }
    let mut server = TcpStream::connect(upstream).await.unwrap();
    if first == TLS_REQUEST {
        stream.write_all(b"S").await.unwrap();
        // A client that rejects the certificate ends here.
        if let Ok(mut stream) = acceptor.accept(stream).await {
            count.fetch_add(1, Ordering::SeqCst);
            let _ = copy_bidirectional(&mut stream, &mut server).await;
        }
    } else if server.write_all(&first).await.is_ok() {
        let _ = copy_bidirectional(&mut stream, &mut server).await;
    }
}

fn trusting(file: &Path, mode: &str) -> String {
    format!("sslmode={mode}&sslrootcert={}", file.display())
}

#[test]
fn a_server_that_does_not_speak_tls_is_refused_where_it_is_demanded() {
    let (site, authority) = (Site::postgres(), Authority::new());
    for mode in ["require", "verify-ca", "verify-full"] {
        let url = format!("{}?{}", site.url, trusting(&authority.file(), mode));
        match Database::builder(&url).wait(REFUSED).open().err() {
            Some(Error::Unavailable(why)) => assert!(why.to_string().contains("does not support TLS"), "{mode}: {why}"),
            other => panic!("{mode}: {other:?}"),
        }
    }
    for mode in ["disable", "allow", "prefer"] {
        Database::open(&format!("{}?sslmode={mode}", site.url)).unwrap();
    }
}

#[test]
fn a_server_that_speaks_tls_is_spoken_to_in_tls() {
    let authority = Authority::new();
    let server = TlsServer::start(&authority.sign("localhost"), None);
    for mode in ["", "sslmode=prefer", "sslmode=require"] {
        server.accepts("127.0.0.1", mode);
    }
    let before = server.encrypted.load(Ordering::SeqCst);
    let shop = server.open("127.0.0.1", "sslmode=disable").unwrap();
    shop.users().create(NewUser::new("ada@example.com", "Ada", "Lovelace").unwrap()).unwrap();
    assert_eq!(server.encrypted.load(Ordering::SeqCst), before);
}

#[test]
fn a_certificate_is_checked_as_far_as_the_mode_promises() {
    let (authority, other) = (Authority::new(), Authority::new());
    let server = TlsServer::start(&authority.sign("localhost"), None);
    server.accepts("127.0.0.1", &trusting(&authority.file(), "verify-ca"));
    server.accepts("localhost", &trusting(&authority.file(), "verify-full"));
    server.refuses("127.0.0.1", &trusting(&authority.file(), "verify-full"), "not valid for name");
    for mode in ["require", "verify-ca", "verify-full"] {
        server.refuses("localhost", &trusting(&other.file(), mode), "invalid peer certificate");
    }
}

#[test]
fn a_certificate_that_signed_itself_is_trusted_if_it_is_the_one_that_was_named() {
    let authority = Authority::new();
    let own = authority.self_signed("localhost");
    let server = TlsServer::start(&own, None);
    server.accepts("localhost", &trusting(&own.certificate, "verify-full"));
    server.accepts("127.0.0.1", &trusting(&own.certificate, "verify-ca"));
    server.refuses("127.0.0.1", &trusting(&own.certificate, "verify-full"), "not valid for name");
    server.refuses("localhost", &trusting(&authority.file(), "verify-full"), "invalid peer certificate");
}

#[test]
fn a_server_that_asks_for_a_certificate_gets_that_of_the_url() {
    let authority = Authority::new();
    let server = TlsServer::start(&authority.sign("localhost"), Some(&authority));
    let client = authority.sign("ada");
    let own = format!("&sslcert={}&sslkey={}", client.certificate.display(), client.key.display());
    server.accepts("localhost", &(trusting(&authority.file(), "verify-full") + &own));
    server.refuses("localhost", &trusting(&authority.file(), "verify-full"), "");
}

#[test]
fn a_certificate_that_is_not_there_is_an_error_that_names_file_and_parameter() {
    let server = TlsServer::start(&Authority::new().sign("localhost"), None);
    server.refuses("localhost", "sslmode=verify-ca&sslrootcert=/no/such.crt", "/no/such.crt (sslrootcert)");
    server.refuses("localhost", "sslmode=require&sslcert=/no/a.crt&sslkey=/no/a.key", "/no/a.crt (sslcert)");
}
