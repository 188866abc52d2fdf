//! Malicious servers that speak MySQL's protocol.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use diesel::Connection as _;
use ecomdb::MysqlConnection;

/// A greeting without TLS, with this nonce length.
fn greeting(length_of_nonce: u8) -> Vec<u8> {
    let mut greeting = b"\x0a8.0.0\0\x01\0\0\0aaaaaaaa\0".to_vec();
    // Capabilities: protocol 4.1 and pluggable authentication.
    greeting.extend_from_slice(&[0x01, 0x82, 45, 2, 0, 0x08, 0, length_of_nonce]);
    greeting.extend_from_slice(b"\0\0\0\0\0\0\0\0\0\0bbbbbbbbbbbb\0caching_sha2_password\0");
    greeting
}

fn send(client: &mut TcpStream, sequence: u8, payload: &[u8]) -> std::io::Result<()> {
    let [low, high, ..] = payload.len().to_le_bytes();
    client.write_all(&[low, high, 0, sequence])?;
    client.write_all(payload)
}

fn receive(client: &mut TcpStream) -> std::io::Result<Vec<u8>> {
    let mut header = [0; 4];
    client.read_exact(&mut header)?;
    let mut payload = vec![0; usize::from(u16::from_le_bytes([header[0], header[1]]))];
    client.read_exact(&mut payload)?;
    Ok(payload)
}

/// The URL of a server that runs `talk` with each client.
fn serve(talk: impl Fn(TcpStream) + Send + Sync + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("mysql://anna:secret@{}/shop", listener.local_addr().unwrap());
    std::thread::spawn(move || listener.incoming().map(Result::unwrap).for_each(talk));
    url
}

/// The client's error, and what it sent, when a server asks for the plain password.
fn asked_for_password(requests: &'static [&'static [u8]]) -> (String, Receiver<Vec<u8>>) {
    let (heard, hears) = channel();
    let url = serve(move |mut client| {
        let mut sequence = 2;
        let mut talk = || {
            send(&mut client, 0, &greeting(21))?;
            receive(&mut client)?;
            for request in requests {
                send(&mut client, sequence, request)?;
                let _ = heard.send(receive(&mut client)?);
                sequence += 2;
            }
            Ok::<_, std::io::Error>(())
        };
        // The client may have disconnected.
        let _ = talk();
    });
    (MysqlConnection::establish(&url).err().unwrap().to_string(), hears)
}

#[test]
fn a_password_is_not_encrypted_with_a_key_that_an_attacker_sends() {
    // The full-authentication request of caching_sha2_password, and the switch to sha256_password.
    for requests in [
        [&b"\x01\x04"[..], b"\x01not a key"].as_slice(),
        [&b"\xfesha256_password\0aaaaaaaabbbbbbbbbbbb\0"[..], b"\x01not a key"].as_slice(),
    ] {
        let requests: &'static [&'static [u8]] = Box::leak(requests.to_vec().into_boxed_slice());
        let (error, heard) = asked_for_password(requests);
        assert!(error.contains("ssl_mode"), "{error}");
        assert_eq!(heard.try_iter().count(), 0);
    }
}

/// Fast authentication: the client proves that it knows the password without sending it.
#[test]
fn a_password_that_the_server_knows_needs_no_tls() {
    let url = serve(|mut client| {
        let mut talk = || {
            send(&mut client, 0, &greeting(21))?;
            receive(&mut client)?;
            send(&mut client, 2, b"\x01\x03")?;
            send(&mut client, 3, &[0, 0, 0, 2, 0, 0, 0])?;
            // SET NAMES
            receive(&mut client)?;
            send(&mut client, 1, &[0, 0, 0, 2, 0, 0, 0])
        };
        // The assertion is on the client's result.
        let _ = talk();
    });
    MysqlConnection::establish(&url).unwrap();
}

#[test]
fn a_strange_greeting_is_an_error() {
    for length_of_nonce in [0x80, 0x87, 0xff] {
        let url = serve(move |mut client| drop(send(&mut client, 0, &greeting(length_of_nonce))));
        let error = MysqlConnection::establish(&url).err().unwrap().to_string();
        assert!(error.contains("a greeting"), "{error}");
    }
}

/// A server that immediately requests another authentication method each time, without end.
#[test]
fn answers_without_end_do_not_stretch_the_time_to_connect() {
    let url = serve(|mut client| {
        let mut talk = || {
            send(&mut client, 0, &greeting(21))?;
            receive(&mut client)?;
            let mut sequence = 2_u8;
            loop {
                send(&mut client, sequence, b"\xfemysql_native_password\0aaaaaaaabbbbbbbbbbbb\0")?;
                receive(&mut client)?;
                sequence = sequence.wrapping_add(2);
            }
            #[allow(unreachable_code, reason = "says the type of the errors")]
            Ok::<_, std::io::Error>(())
        };
        // The client gives up.
        let _ = talk();
    });
    let error = ecomdb::Database::builder(url).wait(Duration::from_millis(300)).open().unwrap_err();
    assert!(error.to_string().contains("did not answer within"), "{error}");
}

#[test]
fn a_large_packet_before_the_login_is_refused() {
    let url = serve(|mut client| {
        // The header of a 16 MB packet without the packet.
        let _ = client.write_all(&[0xff, 0xff, 0xff, 0]);
        let _ = client.read(&mut [0]);
    });
    let error = MysqlConnection::establish(&url).err().unwrap().to_string();
    assert!(error.contains("too large a packet"), "{error}");
}
