//! Parsing of server URLs: `scheme://user:password@host:port,host:port/database?name=value&name=value`.
//!
//! The crate `url` supports only one host. Each part is percent-decoded after splitting.

use percent_encoding::percent_decode_str;

use super::redacted::split_scheme;

/// Percent-decoded parts of a server URL.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct ServerUrl {
    pub(super) user: Option<String>,
    pub(super) password: Option<String>,
    /// Hosts in the order of connection attempts; empty if the URL has none.
    pub(super) hosts: Vec<Host>,
    pub(super) database: String,
    pub(super) parameters: Vec<(String, String)>,
}

/// A host (an IPv6 address without brackets) and its port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Host {
    pub(super) name: String,
    pub(super) port: Option<u16>,
}

impl ServerUrl {
    /// Parses a URL. The error continues the sentence "the database URL ...", and contains no part of the password.
    pub(super) fn parse(url: &str) -> Result<Self, String> {
        let (_, rest) = split_scheme(url);
        let (authority, path) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
        if path.contains(['@', '#']) {
            return Err("has an @ or a # behind its host. In a user name, password or parameter, / is %2F, ? is %3F, \
                        # is %23 and @ is %40"
                .to_owned());
        }
        // A password may contain an unescaped @.
        let (login, hosts) =
            authority.rsplit_once('@').map_or((None, authority), |(login, hosts)| (Some(login), hosts));
        let (user, password) = match login.map(|login| login.split_once(':').unwrap_or((login, ""))) {
            Some((user, password)) => (some(decoded("user name", user)?), some(decoded("password", password)?)),
            None => (None, None),
        };
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let parameter = |pair: &str| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            Ok((decoded("name of a parameter", name)?, decoded("value of a parameter", value)?))
        };
        Ok(Self {
            user,
            password,
            hosts: hosts.split(',').filter(|_| !hosts.is_empty()).map(host).collect::<Result<_, _>>()?,
            database: decoded("name of the database", path.trim_matches('/'))?,
            parameters: query
                .split('&')
                .filter(|pair| !pair.is_empty())
                .map(parameter)
                .collect::<Result<_, String>>()?,
        })
    }

    /// Value of a parameter; the last one if it is repeated.
    pub(super) fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters.iter().rev().find(|(given, _)| given == name).map(|(_, value)| value.as_str())
    }
}

/// The URL with these hosts in place of its own. The error continues the sentence "the database URL ...".
pub(super) fn with_hosts(url: &str, hosts: &[String]) -> Result<String, String> {
    if let Some(text) = hosts.iter().find(|text| text.is_empty() || text.contains(['/', '?', '#', '@', ','])) {
        return Err(format!("has the host {text:?}; a host is like db1, 10.0.0.1:3306 or [::1]:3306"));
    }
    let (scheme, rest) = split_scheme(url);
    let (authority, path) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
    let login = authority.rfind('@').map_or("", |end| &authority[..=end]);
    Ok(format!("{scheme}{login}{}{path}", hosts.join(",")))
}

fn some(text: String) -> Option<String> {
    Some(text).filter(|text| !text.is_empty())
}

fn decoded(what: &str, text: &str) -> Result<String, String> {
    let text = percent_decode_str(text).decode_utf8().map_err(|_| format!("has a {what} that is not UTF-8"))?;
    if text.contains('\0') {
        return Err(format!("has a {what} with a NUL byte"));
    }
    Ok(text.into_owned())
}

/// Parses `shop.example.com`, `127.0.0.1:5433`, `[::1]:5433`, or the folder of a Unix socket as `%2Frun%2Fpostgresql`.
fn host(text: &str) -> Result<Host, String> {
    // Do not quote the text: without an @, it may contain a part of the password.
    let malformed = || "has a host that is neither a name nor an address such as 10.0.0.1 or [::1]".to_owned();
    let (name, port) = match text.strip_prefix('[').map(|rest| rest.split_once(']')) {
        Some(Some((address, port))) if address.parse::<std::net::Ipv6Addr>().is_ok() => (address, port),
        Some(_) => return Err(malformed()),
        None => text.split_at(text.find(':').unwrap_or(text.len())),
    };
    let port = match (port.strip_prefix(':'), port) {
        (None, "") | (Some(""), _) => None,
        (Some(digits), _) => match digits.parse() {
            Ok(port) if port > 0 && digits.bytes().all(|byte| byte.is_ascii_digit()) => Some(port),
            _ => return Err("has a port that is not a number from 1 to 65535".to_owned()),
        },
        (None, _) => return Err(malformed()),
    };
    let name = decoded("host", name)?;
    if name.is_empty() || name.contains(char::is_whitespace) {
        return Err(malformed());
    }
    Ok(Host { name, port })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn hosts(url: &str) -> Vec<(String, Option<u16>)> {
        ServerUrl::parse(url).unwrap().hosts.into_iter().map(|host| (host.name, host.port)).collect()
    }

    #[test]
    fn every_part_is_percent_decoded() {
        let url = ServerUrl::parse("mysql://an%40na:p%2F%3Aw@db%2D1:3307/my%20shop?a%3D=b%26c&d").unwrap();
        assert_eq!(url.user.as_deref(), Some("an@na"));
        assert_eq!(url.password.as_deref(), Some("p/:w"));
        assert_eq!(url.hosts, [Host { name: "db-1".to_owned(), port: Some(3307) }]);
        assert_eq!(url.database, "my shop");
        assert_eq!(url.parameter("a="), Some("b&c"));
        assert_eq!(url.parameter("d"), Some(""));
        assert_eq!(url.parameter("e"), None);
    }

    #[test]
    fn several_hosts_have_ports_of_their_own() {
        let own = |list: &[(&str, Option<u16>)]| {
            list.iter().map(|(name, port)| ((*name).to_owned(), *port)).collect::<Vec<_>>()
        };
        assert_eq!(hosts("postgres://a,b:5433/shop"), own(&[("a", None), ("b", Some(5433))]));
        assert_eq!(
            hosts("mysql://u:p@a:3306,[::1]:3307,c/shop"),
            own(&[("a", Some(3306)), ("::1", Some(3307)), ("c", None)])
        );
        assert_eq!(hosts("postgres://%2Frun%2Fpostgresql/shop"), own(&[("/run/postgresql", None)]));
        assert_eq!(hosts("postgres:///shop?host=/run/postgresql"), own(&[]));
    }

    #[test]
    fn hosts_that_are_given_apart_replace_those_of_the_url() {
        let given = ["a:3306".to_owned(), "[::1]".to_owned()];
        for (url, replaced) in [
            ("mysql://u:p@w@old:1/shop?x=y", "mysql://u:p@w@a:3306,[::1]/shop?x=y"),
            ("postgres:///shop", "postgres://a:3306,[::1]/shop"),
            ("mysql://u@old", "mysql://u@a:3306,[::1]"),
        ] {
            assert_eq!(with_hosts(url, &given).as_deref(), Ok(replaced));
        }
        for wrong in ["", "a,b", "u@a", "a/b", "a?b", "a#b"] {
            let error = with_hosts("mysql://a/shop", &[wrong.to_owned()]).unwrap_err();
            assert!(error.starts_with(&format!("has the host {wrong:?}; a host is like")), "{error}");
        }
    }

    #[test]
    fn what_is_wrong_is_said() {
        for (url, says) in [
            ("mysql://a:b@c:port/d", "has a port that is not a number"),
            ("mysql://c:0/d", "has a port"),
            ("mysql://c:+5/d", "has a port"),
            ("mysql://a,,b/d", "has a host that is neither"),
            ("mysql://[::1/d", "has a host"),
            ("mysql://a:b/c@d/e", "has an @ or a # behind its host"),
            ("mysql://a/b#c", "has an @ or a # behind its host"),
            ("mysql://a%FF@b/c", "has a user name that is not UTF-8"),
            ("mysql://a:%00@b/c", "has a password with a NUL byte"),
        ] {
            let error = ServerUrl::parse(url).err().unwrap();
            assert!(error.starts_with(says), "{error}");
        }
    }

    proptest! {
        #[test]
        fn any_text_can_be_parsed_or_refused(text: String, url in "[a-z]{1,3}://[a-z@:,/?#&=%0-9\\[\\]]{0,20}") {
            let _ = ServerUrl::parse(&text);
            let _ = ServerUrl::parse(&url);
        }

        #[test]
        fn no_refusal_has_a_part_of_a_password(around in "[a-z0-9/?@:,&=%;]{0,4}") {
            for end in ["@localhost/shop", "/shop", ""] {
                let refused = ServerUrl::parse(&format!("postgres://shop:{around}GEHEIM{around}{end}")).err();
                prop_assert!(!refused.as_ref().is_some_and(|why| why.contains("GEHEIM")), "{:?}", refused);
            }
        }
    }
}
