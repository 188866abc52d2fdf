//! A network between the benchmark and a server, with a given time for a round trip.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::mpsc::channel;
use std::thread;
use std::time::{Duration, Instant};

/// The URL of a proxy to the server of a URL. It delays what is sent by half of the round trip in each direction.
pub(crate) fn away(url: &str, round_trip: Duration) -> String {
    if round_trip.is_zero() {
        return url.to_owned();
    }
    let (user, place) = url.rsplit_once('@').unwrap();
    let (server, name) = place.split_once('/').unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let away = format!("{user}@{}/{name}", listener.local_addr().unwrap());
    let server = server.to_owned();
    thread::spawn(move || {
        for client in listener.incoming() {
            let (client, server) = (client.unwrap(), TcpStream::connect(&server).unwrap());
            for (from, to) in [(&client, &server), (&server, &client)] {
                relay(from.try_clone().unwrap(), to.try_clone().unwrap(), round_trip / 2);
            }
        }
    });
    away
}

fn relay(mut from: TcpStream, mut to: TcpStream, delay: Duration) {
    to.set_nodelay(true).unwrap();
    let (sent, arrives) = channel::<(Instant, Vec<u8>)>();
    thread::spawn(move || {
        let mut bytes = [0; 65_536];
        while let Ok(count @ 1..) = from.read(&mut bytes) {
            if sent.send((Instant::now() + delay, bytes[..count].to_vec())).is_err() {
                return;
            }
        }
    });
    thread::spawn(move || {
        for (due, bytes) in arrives {
            thread::sleep(due.saturating_duration_since(Instant::now()));
            if to.write_all(&bytes).is_err() {
                break;
            }
        }
        // Either end may be closed already.
        let _ = to.shutdown(Shutdown::Both);
    });
}
