//! registries.yaml: its keys, and endpoints as used in containerd's configuration. See docs/internals/semantics.md.
//! Produces no findings.

use std::borrow::Cow;

use super::file::RkeFile;
use crate::yaml::{Entry, Kind, NodeRef};

/// The top-level keys; RKE2 reads `auths` but never uses it.
pub const TOP_KEYS: &[&str] = &["mirrors", "configs", "auths"];
/// The keys of a mirror.
pub const MIRROR_KEYS: &[&str] = &["endpoint", "rewrite"];
/// The keys of a host's configuration.
pub const CONFIG_KEYS: &[&str] = &["auth", "tls"];
/// The keys of `auth`.
pub const AUTH_KEYS: &[&str] = &["username", "password", "auth", "identity_token"];
/// The keys of `tls`.
pub const TLS_KEYS: &[&str] = &["ca_file", "cert_file", "key_file", "insecure_skip_verify"];

/// The hosts under `mirrors`, without duplicates.
pub fn mirrors(file: &RkeFile) -> Vec<Entry<'_>> {
    section(file, "mirrors")
}

/// The hosts under `configs`, without duplicates.
pub fn configs(file: &RkeFile) -> Vec<Entry<'_>> {
    section(file, "configs")
}

/// Whether RKE2 can read the file: no syntax error, and a map or nothing at the top level.
pub fn is_readable(file: &RkeFile) -> bool {
    file.first_document_error().is_none()
        && file.first_root().is_none_or(|root| root.kind() == Kind::Mapping || root.is_null())
}

/// The endpoints of a mirror with their texts.
pub fn endpoints(mirror: Entry<'_>) -> Vec<(NodeRef<'_>, &str)> {
    let list = mirror.value.get("endpoint").filter(|list| list.kind() == Kind::Sequence);
    list.map(|list| list.items().filter_map(|item| Some((item, item.text()?))).collect()).unwrap_or_default()
}

/// The parts of an endpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint<'a> {
    /// In lower case; `None` if missing.
    pub scheme: Option<String>,
    /// Host and port as written.
    pub authority: &'a str,
    /// From the first slash on; may be empty.
    pub path: &'a str,
}

impl<'a> Endpoint<'a> {
    /// Splits an endpoint into its parts.
    pub fn parse(text: &'a str) -> Self {
        let (scheme, rest) = match text.split_once("://") {
            Some((scheme, rest)) => (Some(scheme.to_ascii_lowercase()), rest),
            None => (None, text),
        };
        let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        // A user and password before the host are removed.
        let authority = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
        Self { scheme, authority, path }
    }

    /// The host without its port.
    pub fn host(&self) -> &'a str {
        host_and_port(self.authority).0
    }

    /// The port; `None` if missing.
    pub fn port(&self) -> Option<&'a str> {
        host_and_port(self.authority).1
    }
}

/// Splits `host:port`; an IPv6 address keeps its brackets.
pub fn host_and_port(authority: &str) -> (&str, Option<&str>) {
    match authority.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') && (!host.contains(':') || host.ends_with(']')) => {
            (host, Some(port))
        }
        _ => (authority, None),
    }
}

/// The host that serves a registry's images when no mirror does.
pub fn default_host(registry: &str) -> &str {
    if registry == "docker.io" { "registry-1.docker.io" } else { registry }
}

/// Whether a registry's host is the local machine.
pub fn is_localhost(registry: &str) -> bool {
    let host = host_and_port(registry).0;
    host == "localhost" || host.starts_with("127.") || host == "[::1]"
}

/// The canonical name of a registry: Docker Hub has two names.
pub fn canonical(registry: &str) -> &str {
    if registry == "registry-1.docker.io" { "docker.io" } else { registry }
}

/// The name of a host's entry.
pub fn host_name<'a>(entry: &Entry<'a>) -> Cow<'a, str> {
    entry.key.text().map_or_else(|| entry.name(), Cow::Borrowed)
}

fn section<'a>(file: &'a RkeFile, key: &str) -> Vec<Entry<'a>> {
    if !is_readable(file) {
        return Vec::new();
    }
    file.first_root().and_then(|root| root.get(key)).map(NodeRef::fields).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endpoints_have_parts() {
        let endpoint = Endpoint::parse("HTTPS://u:p@r.example:5000/v2/x");
        assert_eq!(endpoint.scheme.as_deref(), Some("https"));
        assert_eq!((endpoint.host(), endpoint.port(), endpoint.path), ("r.example", Some("5000"), "/v2/x"));
        let bare = Endpoint::parse("r.example");
        assert_eq!((bare.scheme, bare.authority, bare.path), (None, "r.example", ""));
        assert_eq!(Endpoint::parse("http://[::1]:80").host(), "[::1]");
        assert_eq!(host_and_port("[::1]"), ("[::1]", None));
        assert_eq!(Endpoint::parse("https://").authority, "");
    }

    #[test]
    fn this_machine_has_names() {
        assert!(is_localhost("localhost:5000") && is_localhost("127.0.0.1") && !is_localhost("docker.io"));
    }
}
