//! A fault-injecting proxy between a shop and its server.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};

/// Forwards everything, unless told otherwise.
pub(crate) struct Network {
    pub(crate) url: String,
    wire: Arc<Wire>,
}

struct Wire {
    state: Mutex<State>,
    changed: Condvar,
}

struct State {
    /// Whether new connections are served.
    accepts: bool,
    /// Connections with a smaller number get no more bytes.
    hangs_before: usize,
    connections: Vec<[TcpStream; 2]>,
    /// Accepted connections that are not served.
    held: Vec<TcpStream>,
    asked: usize,
    /// For each connection, whether the client was the last to send.
    client_spoke: Vec<bool>,
    round_trips: usize,
}

impl Network {
    /// A proxy to the server of the URL; its address is [`Network::url`].
    pub(crate) fn to(url: &str) -> Self {
        let (user, place) = url.rsplit_once('@').unwrap();
        let (server, name) = place.split_once('/').unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("{user}@{}/{name}", listener.local_addr().unwrap());
        let state = State {
            accepts: true,
            hangs_before: 0,
            connections: Vec::new(),
            held: Vec::new(),
            asked: 0,
            client_spoke: Vec::new(),
            round_trips: 0,
        };
        let wire = Arc::new(Wire { state: Mutex::new(state), changed: Condvar::new() });
        let (server, own) = (server.to_owned(), Arc::clone(&wire));
        std::thread::spawn(move || {
            for client in listener.incoming().map(Result::unwrap) {
                own.connect(client, &server);
            }
        });
        Self { url, wire }
    }

    /// New connections are accepted, but not served.
    pub(crate) fn accept_no_more(&self) {
        self.wire.state().accepts = false;
    }

    /// New connections are not served, and open ones carry no more bytes.
    pub(crate) fn go_dead(&self) {
        let mut state = self.wire.state();
        state.accepts = false;
        state.hangs_before = state.connections.len();
    }

    /// New connections are served again; old ones stay dead.
    pub(crate) fn come_back(&self) {
        let mut state = self.wire.state();
        state.accepts = true;
        state.held.clear();
    }

    /// Closes all connections.
    pub(crate) fn cut(&self) {
        let mut state = self.wire.state();
        state.held.clear();
        for end in state.connections.iter().flatten() {
            // Either end may be closed already.
            let _ = end.shutdown(Shutdown::Both);
        }
        state.hangs_before = 0;
        self.wire.changed.notify_all();
    }

    /// The number of connections so far, served or not.
    pub(crate) fn asked(&self) -> usize {
        self.wire.state().asked
    }

    /// Number of times that a client has sent something and waited for a response.
    pub(crate) fn round_trips(&self) -> usize {
        self.wire.state().round_trips
    }
}

impl Drop for Network {
    fn drop(&mut self) {
        self.cut();
    }
}

impl Wire {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    fn connect(self: &Arc<Self>, client: TcpStream, server: &str) {
        let mut state = self.state();
        state.asked += 1;
        if !state.accepts {
            state.held.push(client);
            return;
        }
        let server = TcpStream::connect(server).unwrap();
        for end in [&client, &server] {
            end.set_nodelay(true).unwrap();
        }
        let place = state.connections.len();
        for (is_client, from, to) in [(true, &client, &server), (false, &server, &client)] {
            let (from, to, wire) = (from.try_clone().unwrap(), to.try_clone().unwrap(), Arc::clone(self));
            std::thread::spawn(move || wire.relay(place, is_client, from, to));
        }
        state.client_spoke.push(false);
        state.connections.push([client, server]);
    }

    fn relay(&self, place: usize, is_client: bool, mut from: TcpStream, mut to: TcpStream) {
        let mut bytes = [0; 16_384];
        // Either end may be closed already.
        while let Ok(count @ 1..) = from.read(&mut bytes) {
            let mut state = self.changed.wait_while(self.state(), |state| place < state.hangs_before).unwrap();
            let spoke = std::mem::replace(&mut state.client_spoke[place], is_client);
            state.round_trips += usize::from(is_client && !spoke);
            drop(state);
            if to.write_all(&bytes[..count]).is_err() {
                break;
            }
        }
        let _ = to.shutdown(Shutdown::Both);
    }
}
