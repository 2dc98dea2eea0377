//! The parts of a URL, such as the address that a node joins: `https://host:9345`. Produces no findings.

/// The port of RKE2's supervisor.
pub const SUPERVISOR_PORT: &str = "9345";

/// The parts of the value of `server`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct JoinUrl<'t> {
    /// The part before `://`; `None` if missing.
    pub scheme: Option<&'t str>,
    /// Name or address, without the brackets of IPv6.
    pub host: &'t str,
    /// The port as written; two ports in `host:1:2`.
    pub port: Option<&'t str>,
    /// From the first slash on.
    pub path: &'t str,
}

impl<'t> JoinUrl<'t> {
    /// Splits a URL into its parts, without user and password; `None` when it does not contain a host.
    pub fn parse(text: &'t str) -> Option<Self> {
        let (scheme, rest) = match text.split_once("://") {
            Some((scheme, rest)) => (Some(scheme), rest),
            None => (None, text),
        };
        let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        // `@HOST@` is a placeholder, not a user name.
        let authority = match authority.rsplit_once('@') {
            Some((_, host)) if !host.is_empty() && !host.starts_with(':') => host,
            _ => authority,
        };
        let (host, port) = match authority.strip_prefix('[').and_then(|inner| inner.split_once(']')) {
            Some((host, after)) => (host, after.strip_prefix(':')),
            None => match (authority.split_once(':'), authority.rsplit_once(':')) {
                (_, Some((host, SUPERVISOR_PORT))) if is_ipv6(host) => (host, Some(SUPERVISOR_PORT)),
                _ if is_ipv6(authority) => (authority, None),
                (_, Some((host, port))) if is_ipv6(host) => (host, Some(port)),
                (Some((host, port)), _) if !port.contains(':') || is_ports(port) => (host, Some(port)),
                _ => (authority, None),
            },
        };
        (!host.is_empty()).then_some(Self { scheme, host, port, path })
    }

    /// Whether the host is an IPv6 address, perhaps with a zone.
    pub fn is_ipv6(&self) -> bool {
        is_ipv6(self.host)
    }

    /// Whether the host always refers to the node itself.
    pub fn is_loopback(&self) -> bool {
        self.host == "localhost"
            || self
                .host
                .parse::<std::net::IpAddr>()
                .is_ok_and(|address| address.is_loopback() || address.is_unspecified())
    }
}

/// Whether a text has no more than digits between colons, as in the port of a URL.
fn is_ports(text: &str) -> bool {
    text.split(':').all(|port| port.bytes().all(|byte| byte.is_ascii_digit()))
}

/// Whether a text is an IPv6 address, perhaps with a zone.
fn is_ipv6(text: &str) -> bool {
    let address = text.split_once('%').map_or(text, |(address, _)| address);
    address.parse::<std::net::Ipv6Addr>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_are_taken_apart() {
        let url = JoinUrl::parse("https://[fd00::1]:9345/").unwrap();
        assert_eq!((url.host, url.port, url.path), ("fd00::1", Some("9345"), "/"));
        let url = JoinUrl::parse("10.0.0.1:6443").unwrap();
        assert_eq!((url.scheme, url.host, url.port), (None, "10.0.0.1", Some("6443")));
        assert!(JoinUrl::parse("https://127.0.0.1:9345").unwrap().is_loopback());
        assert!(JoinUrl::parse("https://0.0.0.0:9345").unwrap().is_loopback());
        for text in ["https://user:pw@h.example:9345", "https://a@b:pw@h.example:9345/x"] {
            let url = JoinUrl::parse(text).unwrap();
            assert_eq!((url.host, url.port), ("h.example", Some("9345")), "{text}");
        }
        let url = JoinUrl::parse("https://@HOST@:9345").unwrap();
        assert_eq!((url.host, url.port), ("@HOST@", Some("9345")));
        assert_eq!(JoinUrl::parse("https://"), None);
        for (text, host, port) in [
            ("https://fd00::1", "fd00::1", None),
            ("https://fd00:1:2:3:4:5:6:7:9345", "fd00:1:2:3:4:5:6:7", Some("9345")),
            ("https://fd00::1:9345", "fd00::1", Some("9345")),
            ("https://fe80::1%eth0:9345", "fe80::1%eth0", Some("9345")),
            ("https://HOST:PORT:9345", "HOST:PORT:9345", None),
            ("https://10.0.0.1:9345:9345", "10.0.0.1", Some("9345:9345")),
        ] {
            let url = JoinUrl::parse(text).unwrap();
            assert_eq!((url.host, url.port), (host, port), "{text}");
        }
    }
}
