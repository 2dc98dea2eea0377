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

/// The name of a registry in [`ABOUT`].
pub const REGISTRY: &str = "<registry>";
/// The name of a host in [`ABOUT`].
pub const HOST: &str = "<host>";

/// The path, type and purpose of each key that has an effect, and of `auths`.
/// Source: <https://docs.rke2.io/install/private_registry>.
pub const ABOUT: &[(&[&str], &str, &str)] = &[
    (
        &["mirrors"],
        "map",
        "Registries whose images are pulled from other hosts. A key is the name of a registry as in image names, or \
         `\"*\"` for all registries that have no key of their own.",
    ),
    (
        &["mirrors", REGISTRY, "endpoint"],
        "list of strings",
        "URLs that containerd tries in this order. The registry itself is tried last, unless \
         `disable-default-registry-endpoint` is set in config.yaml.",
    ),
    (
        &["mirrors", REGISTRY, "rewrite"],
        "map of strings",
        "Regular expressions in Go's syntax that match repository names, each with its replacement. They apply to the \
         endpoints of the mirror, not to the registry itself.",
    ),
    (
        &["configs"],
        "map",
        "Credentials and TLS settings of hosts. A key is the host and port of an endpoint, without scheme and path.",
    ),
    (&["configs", HOST, "auth"], "map", "Credentials that are sent to the host."),
    (&["configs", HOST, "auth", "username"], "string", "User name for basic authentication."),
    (&["configs", HOST, "auth", "password"], "string", "Password for basic authentication."),
    (
        &["configs", HOST, "auth", "auth"],
        "string",
        "User name and password, joined by a colon and encoded in base64. Used without `username` and `identity_token`.",
    ),
    (
        &["configs", HOST, "auth", "identity_token"],
        "string",
        "Token that the host exchanges for an access token. Used without `username`.",
    ),
    (&["configs", HOST, "tls"], "map", "TLS settings for connections to the host."),
    (
        &["configs", HOST, "tls", "ca_file"],
        "string",
        "Path on the node to the CA certificate with which the host's certificate is verified.",
    ),
    (&["configs", HOST, "tls", "cert_file"], "string", "Path on the node to the client certificate."),
    (
        &["configs", HOST, "tls", "key_file"],
        "string",
        "Path on the node to the private key of the client certificate.",
    ),
    (
        &["configs", HOST, "tls", "insecure_skip_verify"],
        "boolean",
        "Whether the host's certificate is accepted without verification. The default is `false`.",
    ),
    (&["auths"], "map", "Has no effect: RKE2 does not pass it to containerd. Use `configs.<host>.auth`."),
];

/// The description of a key, in Markdown. The name of a registry or host may be any.
pub fn about(path: &[&str]) -> Option<String> {
    let fits = |known: &[&str]| {
        let same = |(known, key): (&&str, &&str)| known == key || known.starts_with('<');
        known.len() == path.len() && known.iter().zip(path).all(same)
    };
    let (path, kind, purpose) = ABOUT.iter().find(|(known, ..)| fits(known))?;
    Some(format!("`{}` of registries.yaml\n\n- type: {kind}\n\n{purpose}\n", path.join(".")))
}

/// The keys that a name refers to, or the one that a path with dots leads to. The name of a registry or host, which may
/// contain dots, may be any.
pub fn keys_named(subject: &str) -> Vec<&'static [&'static str]> {
    let leads_to = |path: &[&str]| {
        let any = path.iter().position(|key| key.starts_with('<'))?;
        let rest = subject.strip_prefix(path[0])?.strip_prefix('.')?;
        let host = rest.strip_suffix(&path[any + 1..].join("."))?.strip_suffix('.')?;
        (!host.is_empty()).then_some(())
    };
    let all = ABOUT.iter().map(|(path, ..)| *path);
    // The last parts of a longer path may look like a name with dots.
    match all.clone().filter(|path| leads_to(path).is_some()).max_by_key(|path| path.len()) {
        Some(path) => vec![path],
        None => all.filter(|path| path.last() == Some(&subject)).collect(),
    }
}

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
    fn each_key_is_described() {
        let (mirrors, configs) = (&["mirrors", REGISTRY][..], &["configs", HOST][..]);
        let (auth, tls) = (["configs", HOST, "auth"], ["configs", HOST, "tls"]);
        let all: [(&[&str], &[&'static str]); 5] = [
            (&[], TOP_KEYS),
            (mirrors, MIRROR_KEYS),
            (configs, CONFIG_KEYS),
            (&auth, AUTH_KEYS),
            (&tls, TLS_KEYS),
        ];
        let keys = all.iter().flat_map(|(path, keys)| keys.iter().map(|key| [path, &[*key][..]].concat()));
        let keys: Vec<Vec<&str>> = keys.collect();
        assert!(keys.iter().all(|path| about(path).is_some()));
        assert_eq!(ABOUT.len(), keys.len());
    }

    #[test]
    fn a_key_is_found_by_its_name_or_path() {
        let found = |subject| keys_named(subject).iter().map(|path| path.join(".")).collect::<Vec<_>>();
        assert_eq!(found("rewrite"), ["mirrors.<registry>.rewrite"]);
        assert_eq!(found("mirrors.docker.io.endpoint"), ["mirrors.<registry>.endpoint"]);
        assert_eq!(found("configs.a.example:5000.tls.ca_file"), ["configs.<host>.tls.ca_file"]);
        assert_eq!(found("configs.<host>.auth.auth"), ["configs.<host>.auth.auth"]);
        assert_eq!(found("auth").len(), 2);
        assert!(
            found("mirrors.endpoint").is_empty() && found("tls.ca_file").is_empty() && found("").is_empty()
        );
    }

    #[test]
    fn this_machine_has_names() {
        assert!(is_localhost("localhost:5000") && is_localhost("127.0.0.1") && !is_localhost("docker.io"));
    }
}
