//! Packets over a socket. Each has a header of four bytes: payload length, and sequence number within the command.
//! Payloads of 16 MB and more are split.

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustls::ClientConfig;
use rustls::pki_types::ServerName;

use super::error::Failure;
use super::socket::Stream;

/// A payload of this length is continued in the next packet.
const FULL: usize = 0x00ff_ffff;
const HEADER: usize = 4;
/// Number of bytes to read at once.
const CHUNK: usize = 1 << 14;
/// Larger buffers are not kept.
const KEPT: usize = 1 << 20;
/// Maximum payload: the protocol's limit, and the limit before the login.
const LONGEST: usize = 1 << 30;
const LONGEST_BEFORE_LOGIN: usize = 1 << 16;

/// A connection that sends and receives packets.
pub(super) struct Wire {
    stream: Stream,
    /// Sequence number of the next packet in either direction.
    sequence: u8,
    input: Vec<u8>,
    /// Start of the unread part of `input`.
    start: usize,
    end: usize,
    /// Payload of a split packet.
    joined: Vec<u8>,
    output: Vec<u8>,
    /// Maximum payload accepted from the server.
    longest: usize,
}

impl Wire {
    pub(super) fn tcp(host: &str, port: u16, deadline: Instant) -> Result<Self, Failure> {
        Stream::tcp(host, port, deadline).map(Self::over)
    }

    pub(super) fn unix(path: &Path, deadline: Instant) -> Result<Self, Failure> {
        Stream::unix(path, deadline).map(Self::over)
    }

    fn over(stream: Stream) -> Self {
        Self {
            stream,
            sequence: 0,
            input: vec![0; CHUNK],
            start: 0,
            end: 0,
            joined: Vec::new(),
            output: Vec::new(),
            longest: LONGEST_BEFORE_LOGIN,
        }
    }

    /// Marks the login as complete: from now on, the server may send large packets.
    pub(super) fn trust(&mut self) {
        self.longest = LONGEST;
    }

    /// Frees the memory of large packets that were read.
    pub(super) fn shrink(&mut self) {
        if self.start == self.end && self.input.len() > KEPT {
            (self.start, self.end) = (0, 0);
            self.input = vec![0; CHUNK];
        }
        if self.joined.capacity() > KEPT {
            self.joined = Vec::new();
        }
    }

    /// Switches to TLS, which the server has been told.
    pub(super) fn encrypt(&mut self, config: Arc<ClientConfig>, name: ServerName<'static>) -> Result<(), Failure> {
        if self.start < self.end {
            // Bytes injected into plain text by an attacker would appear to be encrypted.
            return Err(Failure::protocol("more than its greeting before TLS"));
        }
        self.stream.encrypt(config, name)
    }

    pub(super) fn is_encrypted(&self) -> bool {
        self.stream.is_encrypted()
    }

    /// Ends the connection phase, and sets the time limit per read and write; `None` for no limit.
    pub(super) fn settle(&mut self, limit: Option<Duration>) -> Result<(), Failure> {
        Ok(self.stream.settle(limit)?)
    }

    /// Appends the first packet of a command to the output buffer.
    pub(super) fn command(&mut self, payload: &[u8]) {
        self.sequence = 0;
        self.packet(payload);
    }

    /// The number of the next packet; after a command, the number of the first packet of its response.
    pub(super) fn sequence(&self) -> u8 {
        self.sequence
    }

    /// Sets the number of the next packet.
    pub(super) fn expect(&mut self, sequence: u8) {
        self.sequence = sequence;
    }

    /// Appends a packet to the output buffer.
    pub(super) fn packet(&mut self, payload: &[u8]) {
        let mut rest = payload;
        loop {
            let (part, behind) = rest.split_at(rest.len().min(FULL));
            let [a, b, c, ..] = (part.len() as u32).to_le_bytes();
            self.output.extend_from_slice(&[a, b, c, self.sequence]);
            self.output.extend_from_slice(part);
            self.sequence = self.sequence.wrapping_add(1);
            rest = behind;
            if part.len() < FULL {
                return;
            }
        }
    }

    pub(super) fn flush(&mut self) -> Result<(), Failure> {
        if self.output.is_empty() {
            return Ok(());
        }
        let sent = self.stream.write_all(&self.output);
        self.output.clear();
        self.output.shrink_to(KEPT);
        Ok(sent?)
    }

    /// The payload of the next packet, which must not be empty.
    pub(super) fn receive(&mut self) -> Result<&[u8], Failure> {
        let length = self.receive_part()?;
        if length < FULL {
            if length == 0 {
                return Err(Failure::protocol("an empty packet"));
            }
            return Ok(&self.input[self.start - length..self.start]);
        }
        self.joined.clear();
        self.joined.extend_from_slice(&self.input[self.start - length..self.start]);
        loop {
            let length = self.receive_part()?;
            if self.joined.len() + length > self.longest {
                return Err(Failure::protocol("too large a packet"));
            }
            self.joined.extend_from_slice(&self.input[self.start - length..self.start]);
            if length < FULL {
                return Ok(&self.joined);
            }
        }
    }

    /// Reads one packet, and returns the length of its payload, which ends at `start`.
    fn receive_part(&mut self) -> Result<usize, Failure> {
        self.fill(HEADER)?;
        let [a, b, c, sequence] = self.input[self.start..][..HEADER] else {
            return Err(Failure::protocol("no header"));
        };
        if sequence != self.sequence {
            return Err(Failure::protocol("packets out of order"));
        }
        self.sequence = sequence.wrapping_add(1);
        let length = u32::from_le_bytes([a, b, c, 0]) as usize;
        if length > self.longest {
            return Err(Failure::protocol("too large a packet"));
        }
        self.fill(HEADER + length)?;
        self.start += HEADER + length;
        Ok(length)
    }

    /// Reads until `wanted` unread bytes are available.
    fn fill(&mut self, wanted: usize) -> Result<(), Failure> {
        if self.end - self.start >= wanted {
            return Ok(());
        }
        self.input.copy_within(self.start..self.end, 0);
        (self.start, self.end) = (0, self.end - self.start);
        if self.input.len() < wanted {
            self.input.resize(wanted + CHUNK, 0);
        }
        while self.end < wanted {
            match self.stream.read(&mut self.input[self.end..]) {
                Ok(0) => return Err(io::Error::from(io::ErrorKind::UnexpectedEof).into()),
                Ok(count) => self.end += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;
    use std::net::{TcpListener, TcpStream};

    use super::*;

    /// A wire that has received these packets, with payloads of these lengths.
    fn received(lengths: &[usize]) -> Wire {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let mut server = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let mut wire = Wire::over(Stream::accepted(listener.accept().unwrap().0));
        wire.trust();
        lengths.iter().for_each(|length| wire.packet(&vec![1; *length]));
        let sent = std::mem::take(&mut wire.output);
        wire.sequence = 0;
        let sending = std::thread::spawn(move || server.write_all(&sent).unwrap());
        for length in lengths {
            assert_eq!(wire.receive().unwrap().len(), *length);
        }
        sending.join().unwrap();
        wire
    }

    #[test]
    fn the_memory_of_large_packets_is_given_back() {
        // The last payload comes in two packets.
        for length in [KEPT * 2, FULL + 1] {
            let mut wire = received(&[length]);
            assert!(wire.input.len() > KEPT);
            wire.shrink();
            assert_eq!((wire.input.len(), wire.joined.capacity()), (CHUNK, 0), "{length}");
            wire.command(&vec![1; length]);
            assert!(wire.output.capacity() > KEPT);
            // The other end is closed, which makes no difference.
            let _ = wire.flush();
            assert!(wire.output.capacity() <= KEPT, "{length}");
        }
    }

    #[test]
    fn what_was_received_and_not_taken_is_kept() {
        let mut wire = received(&[KEPT * 2]);
        wire.start -= 1;
        wire.shrink();
        assert!(wire.input.len() > KEPT);
    }
}
