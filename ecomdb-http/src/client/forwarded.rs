//! The client named by a proxy: `Forwarded` (RFC 7239) and `X-Forwarded-For`.
//!
//! Clients can send these headers too, so only entries that trusted proxies added count: they are read from the right,
//! and the first address that is not a trusted proxy is the client.

use std::net::{IpAddr, SocketAddr};

use axum::http::header::{FORWARDED, HeaderMap, HeaderName, HeaderValue};
use ipnet::IpNet;

const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// The network of proxies that are trusted to name the client: `10.0.0.0/8`, or one address.
///
/// ```
/// use ecomdb_http::TrustedProxy;
///
/// assert_eq!("10.0.0.7".parse::<TrustedProxy>()?.to_string(), "10.0.0.7/32");
/// assert!("0.0.0.0/0".parse::<TrustedProxy>().unwrap_err().contains("everyone"));
/// # Ok::<(), String>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TrustedProxy(IpNet);

impl TrustedProxy {
    pub(crate) fn is(&self, address: IpAddr) -> bool {
        self.0.contains(&address)
    }
}

impl std::str::FromStr for TrustedProxy {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let network = text.parse::<IpAddr>().map(IpNet::from).or_else(|_| text.parse::<IpNet>());
        match network {
            Ok(network) if network.prefix_len() == 0 => {
                Err(format!("{text} would trust everyone; name the addresses of the proxies, such as 10.0.0.0/8"))
            }
            Ok(network) => Ok(Self(network.trunc())),
            Err(_) => Err("must be an address or a network, such as 10.0.0.7 or 10.0.0.0/8".to_owned()),
        }
    }
}

impl std::fmt::Display for TrustedProxy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

/// The two headers name different clients.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Contradiction;

/// The client of a request from this peer: the peer itself, unless it is a trusted proxy with valid headers.
pub(super) fn client(peer: IpAddr, headers: &HeaderMap, proxies: &[TrustedProxy]) -> Result<IpAddr, Contradiction> {
    let is_trusted = |address: IpAddr| proxies.iter().any(|proxy| proxy.is(address));
    if !is_trusted(peer) {
        return Ok(peer);
    }
    let of = |name: &HeaderName| headers.contains_key(name).then(|| nodes(headers, name));
    let named = match (of(&FORWARDED), of(&X_FORWARDED_FOR)) {
        (Some(nodes), None) | (None, Some(nodes)) => rightmost(nodes, is_trusted),
        // A proxy that writes one header may pass on the client's own version of the other.
        (Some(one), Some(other)) => {
            let named = rightmost(one, is_trusted);
            if named != rightmost(other, is_trusted) {
                return Err(Contradiction);
            }
            named
        }
        (None, None) => None,
    };
    Ok(named.unwrap_or(peer))
}

/// The last untrusted address, or the first address if all are trusted. `None` if an invalid entry comes first.
fn rightmost(nodes: Vec<Option<IpAddr>>, is_trusted: impl Fn(IpAddr) -> bool) -> Option<IpAddr> {
    let mut client = None;
    for node in nodes.into_iter().rev() {
        let address = node?;
        client = Some(address);
        if !is_trusted(address) {
            break;
        }
    }
    client
}

/// The entries of the header, from the client's to the last proxy's; `None` for one that is not an address.
fn nodes(headers: &HeaderMap, name: &HeaderName) -> Vec<Option<IpAddr>> {
    let lines = headers.get_all(name).iter().map(readable);
    let entries = lines.flat_map(|line| split(line, ','));
    match *name {
        FORWARDED => entries.map(forwarded_for).collect(),
        _ => entries.map(|entry| address(entry.trim())).collect(),
    }
}

/// The part of a line after its last non-ASCII byte. Proxies do not write such bytes, so everything before comes from
/// the client and must not make the rest unreadable.
fn readable(line: &HeaderValue) -> &str {
    let bytes = line.as_bytes();
    let start = bytes.iter().rposition(|byte| !byte.is_ascii()).map_or(0, |last| last + 1);
    std::str::from_utf8(&bytes[start..]).unwrap_or_default()
}

/// Splits at separators outside of quotes.
fn split(text: &str, separator: char) -> impl Iterator<Item = &str> {
    let (mut is_quoted, mut is_escaped) = (false, false);
    text.split(move |char| {
        let is_literal = std::mem::take(&mut is_escaped);
        match char {
            '"' if !is_literal => is_quoted = !is_quoted,
            '\\' if is_quoted && !is_literal => is_escaped = true,
            _ => {}
        }
        char == separator && !is_quoted
    })
}

/// The address of `for=192.0.2.43;proto=https` or `for="[2001:db8::1]:4711"`.
fn forwarded_for(element: &str) -> Option<IpAddr> {
    let pairs = split(element, ';').filter_map(|pair| pair.trim().split_once('='));
    let mut named = pairs.filter(|(name, _)| name.eq_ignore_ascii_case("for")).map(|(_, node)| node);
    let node = named.next().filter(|_| named.next().is_none())?;
    // An address contains nothing that needs escaping.
    address(node.strip_prefix('"').and_then(|node| node.strip_suffix('"')).unwrap_or(node))
}

/// An address with an optional port.
fn address(node: &str) -> Option<IpAddr> {
    let bracketed = || node.strip_prefix('[')?.strip_suffix(']')?.parse::<std::net::Ipv6Addr>().ok().map(IpAddr::from);
    let address = node.parse::<IpAddr>().ok().or_else(bracketed);
    let address = address.or_else(|| node.parse::<SocketAddr>().ok().map(|node| node.ip()))?;
    Some(address.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The client that a proxy at 10.0.0.1 names with these headers; 10.0.0.0/8 and fd00::/8 are trusted.
    fn named(lines: &[(&HeaderName, &str)]) -> String {
        let proxies = ["10.0.0.0/8", "fd00::/8"].map(|network| network.parse().unwrap());
        client("10.0.0.1".parse().unwrap(), &headers(lines), &proxies)
            .map_or(CONTRADICTION.to_owned(), |c| c.to_string())
    }

    fn headers(lines: &[(&HeaderName, &str)]) -> HeaderMap {
        lines.iter().map(|(name, line)| ((*name).clone(), line.parse().unwrap())).collect()
    }

    const PEER: &str = "10.0.0.1";
    const CONTRADICTION: &str = "a contradiction";

    #[test]
    fn the_client_is_the_last_address_that_no_trusted_proxy_has() {
        for (line, client) in [
            ("203.0.113.7", "203.0.113.7"),
            ("198.51.100.1, 203.0.113.7", "203.0.113.7"),
            ("203.0.113.7, 10.1.2.3", "203.0.113.7"),
            ("garbage, 203.0.113.7, 10.1.2.3", "203.0.113.7"),
            ("\u{fc}, 203.0.113.7, 10.1.2.3", "203.0.113.7"),
            ("203.0.113.7:4711", "203.0.113.7"),
            ("2001:db8::7, fd00::1", "2001:db8::7"),
            ("[2001:db8::7]:4711", "2001:db8::7"),
            ("::ffff:203.0.113.7", "203.0.113.7"),
            ("10.1.2.3, 10.1.2.4", "10.1.2.3"),
        ] {
            assert_eq!(named(&[(&X_FORWARDED_FOR, line)]), client, "{line}");
        }
        assert_eq!(named(&[(&X_FORWARDED_FOR, "198.51.100.1"), (&X_FORWARDED_FOR, "203.0.113.7")]), "203.0.113.7");
    }

    #[test]
    fn the_standard_header_is_read_as_the_other_one() {
        for (line, client) in [
            ("for=203.0.113.7", "203.0.113.7"),
            ("For=203.0.113.7;proto=https;by=10.0.0.1", "203.0.113.7"),
            ("for=198.51.100.1, for=203.0.113.7;host=shop, for=10.1.2.3", "203.0.113.7"),
            ("for=\"[2001:db8::7]:4711\"", "2001:db8::7"),
            ("for=\"203.0.113.7\";host=\"a,for=1.1.1.1\"", "203.0.113.7"),
            ("for=\"203.0.113.7\";host=\"a\\\",for=1.1.1.1\"", "203.0.113.7"),
        ] {
            assert_eq!(named(&[(&FORWARDED, line)]), client, "{line}");
        }
    }

    #[test]
    fn headers_that_are_not_valid_name_no_client() {
        for line in ["", "unknown", "_hidden", "203.0.113.7, unknown, 10.1.2.3", "203.0.113.999", "a b", "203.0.113.7,"]
        {
            assert_eq!(named(&[(&X_FORWARDED_FOR, line)]), PEER, "{line}");
        }
        for line in ["for=unknown", "proto=https", "for=1.1.1.1;for=203.0.113.7", "203.0.113.7", "for=\"203.0.113.7"] {
            assert_eq!(named(&[(&FORWARDED, line)]), PEER, "{line}");
        }
        assert_eq!(named(&[]), PEER);
    }

    #[test]
    fn two_headers_that_contradict_each_other_name_no_client() {
        let both = |one: &str, other: &str| named(&[(&FORWARDED, one), (&X_FORWARDED_FOR, other)]);
        assert_eq!(both("for=203.0.113.7", "203.0.113.7"), "203.0.113.7");
        assert_eq!(both("for=198.51.100.1", "203.0.113.7"), CONTRADICTION);
        assert_eq!(both("for=203.0.113.7", "unknown"), CONTRADICTION);
        assert_eq!(both("for=unknown", "unknown"), PEER);
    }

    #[test]
    fn a_peer_that_is_no_trusted_proxy_speaks_for_itself_only() {
        let headers = headers(&[(&X_FORWARDED_FOR, "203.0.113.7")]);
        let peer = "192.0.2.1".parse().unwrap();
        for proxies in [vec![], vec!["10.0.0.0/8".parse().unwrap()]] {
            assert_eq!(client(peer, &headers, &proxies), Ok(peer));
        }
    }

    #[test]
    fn what_is_no_network_or_all_of_them_is_refused() {
        for text in ["", "proxy.example.com", "10.0.0.0/33", "10.0.0.0/", "0.0.0.0/0", "::/0"] {
            assert!(text.parse::<TrustedProxy>().is_err(), "{text}");
        }
        assert_eq!("10.1.2.3/8".parse::<TrustedProxy>().unwrap().to_string(), "10.0.0.0/8");
        assert_eq!("fd00::1".parse::<TrustedProxy>().unwrap().to_string(), "fd00::1/128");
    }
}
