//! Messages over a socket, and their buffers.

use std::io::{self, ErrorKind};

use bytes::BytesMut;
use postgres_protocol::message::backend::{Header, Message};

use super::socket::Socket;

/// Maximum message length: in general, and before the login, when the server is not yet trusted.
const LARGEST: i32 = 1 << 30;
const LARGEST_AT_LOGIN: i32 = 64 << 10;
/// Number of bytes to read at once.
const CHUNK: usize = 16 << 10;
/// Larger buffers are not kept.
const KEPT: usize = 1 << 20;

/// A connection that sends and receives messages.
pub(super) struct Wire {
    pub(super) socket: Socket,
    /// Output buffer.
    pub(super) out: BytesMut,
    /// Received bytes that are not parsed yet.
    input: BytesMut,
    /// Whether `input` has grown for a large message. Its capacity does not show this, because it shrinks as messages
    /// are split off.
    is_large: bool,
    chunk: Box<[u8]>,
    /// Maximum message length accepted from the server.
    largest: i32,
}

impl Wire {
    pub(super) fn new(socket: Socket) -> Self {
        Self {
            socket,
            out: BytesMut::new(),
            input: BytesMut::new(),
            is_large: false,
            chunk: vec![0; CHUNK].into_boxed_slice(),
            largest: LARGEST_AT_LOGIN,
        }
    }

    /// Marks the login as complete: from now on, the server may send large messages.
    pub(super) fn trust(&mut self) {
        self.largest = LARGEST;
    }

    /// Sends the output buffer.
    pub(super) fn transmit(&mut self) -> io::Result<()> {
        let sent = self.socket.write_all(&self.out);
        self.out.clear();
        sent
    }

    /// Receives the next message of a response, skipping notices.
    pub(super) fn receive(&mut self) -> io::Result<Message> {
        loop {
            let length = Header::parse(&self.input)?.map_or(0, |header| header.len());
            if length > self.largest {
                return Err(invalid("the server sent a message that is too long"));
            }
            self.is_large |= usize::try_from(length).is_ok_and(|length| length > KEPT);
            match Message::parse(&mut self.input)? {
                Some(Message::NoticeResponse(_) | Message::NotificationResponse(_) | Message::ParameterStatus(_)) => {}
                Some(message) => return Ok(message),
                None => {
                    let read = self.socket.read(&mut self.chunk)?;
                    if read == 0 {
                        return Err(io::Error::new(ErrorKind::UnexpectedEof, "the server closed it"));
                    }
                    self.input.extend_from_slice(&self.chunk[..read]);
                }
            }
        }
    }

    /// Frees the memory of large messages that were read or sent.
    pub(super) fn shrink(&mut self) {
        if self.out.is_empty() && self.out.capacity() > KEPT {
            self.out = BytesMut::new();
        }
        if self.is_large && self.input.is_empty() {
            self.input = BytesMut::new();
            self.is_large = false;
        }
    }
}

pub(super) fn invalid(what: &str) -> io::Error {
    io::Error::new(ErrorKind::InvalidData, what)
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;
    use std::net::TcpListener;
    use std::time::{Duration, Instant};

    use super::super::options::KeepAlive;
    use super::*;

    /// A wire whose server has sent messages of these lengths.
    fn received(lengths: &[usize]) -> Wire {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let deadline = Instant::now() + Duration::from_secs(600);
        let socket = Socket::connect_tcp(listener.local_addr().unwrap(), &KeepAlive::default(), deadline).unwrap();
        let mut server = listener.accept().unwrap().0;
        let mut sent = Vec::new();
        for length in lengths {
            sent.push(b'd');
            sent.extend(i32::try_from(length + 4).unwrap().to_be_bytes());
            sent.resize(sent.len() + length, 1);
        }
        let sending = std::thread::spawn(move || server.write_all(&sent).unwrap());
        let mut wire = Wire::new(socket);
        wire.trust();
        for length in lengths {
            let Message::CopyData(body) = wire.receive().unwrap() else { panic!("another message") };
            assert_eq!(body.data().len(), *length);
        }
        sending.join().unwrap();
        wire
    }

    /// Number of bytes that can be received without a new allocation.
    fn kept(wire: &mut Wire) -> usize {
        // Memory that needs a new allocation is not counted.
        let _ = wire.input.try_reclaim(KEPT);
        wire.input.capacity()
    }

    #[test]
    fn the_memory_of_large_messages_is_given_back() {
        let mut wire = received(&[2 * KEPT]);
        assert!(kept(&mut wire) > KEPT);
        wire.shrink();
        assert_eq!(kept(&mut wire), 0);
        wire.out.resize(2 * KEPT, 0);
        wire.shrink();
        assert_eq!(wire.out.len(), 2 * KEPT, "what is not sent yet is kept");
        // The other end is closed, which makes no difference.
        let _ = wire.transmit();
        wire.shrink();
        assert_eq!(wire.out.capacity(), 0);
    }
}
