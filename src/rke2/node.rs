//! What the kubelet accepts as labels and taints of its own node. Pure functions of text; produces no findings.

/// Why a label or taint is invalid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flaw {
    /// A label without `=`.
    NoValue,
    /// The key is not a qualified name.
    Key,
    /// The value is not a label value.
    Value,
    /// A taint with an unknown effect; the known effect if only its case is wrong.
    Effect(Option<&'static str>),
}

/// A taint as it is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Taint<'t> {
    /// The key.
    pub key: &'t str,
    /// The effect; empty for a removal without one.
    pub effect: &'t str,
    /// Whether it requests a removal: `key:Effect-`.
    pub removal: bool,
}

const EFFECTS: [&str; 3] = ["NoSchedule", "PreferNoSchedule", "NoExecute"];

/// Labels outside of `kubelet.kubernetes.io` and `node.kubernetes.io` that the kubelet may set on itself.
const KUBELET_LABELS: [&str; 11] = [
    "kubernetes.io/arch",
    "kubernetes.io/os",
    "kubernetes.io/hostname",
    "beta.kubernetes.io/arch",
    "beta.kubernetes.io/os",
    "beta.kubernetes.io/instance-type",
    "node.kubernetes.io/instance-type",
    "failure-domain.beta.kubernetes.io/zone",
    "failure-domain.beta.kubernetes.io/region",
    "topology.kubernetes.io/zone",
    "topology.kubernetes.io/region",
];

/// Splits `key=value` and validates both.
///
/// # Errors
/// The part that is invalid.
pub fn label(text: &str) -> Result<(&str, &str), Flaw> {
    let (key, value) = text.split_once('=').ok_or(Flaw::NoValue)?;
    if !is_qualified_name(key) {
        return Err(Flaw::Key);
    }
    if is_label_value(value) { Ok((key, value)) } else { Err(Flaw::Value) }
}

/// Whether a text is one word in capitals, as examples write it instead of a value: `QTY-COUNT`.
pub fn is_in_capitals(text: &str) -> bool {
    text.len() > 1
        && text.starts_with(|c: char| c.is_ascii_uppercase())
        && text.bytes().all(|byte| byte == b'-' || is_shouted(byte))
}

/// Single words in capitals that examples use instead of a value.
const STAND_INS: &[&str] = &["ADDRESS", "CIDR", "HOST", "NAMESPACE", "PORT", "SERVICE"];

/// Whether a text is a placeholder for a value that a script, a person or a secret store puts in: `$NODE_IP`,
/// `<node-ip>`, `NODE_IP`, `PORT`, `FIRST_PORT,LAST_PORT`, `%NODE_IP%`, `((node-ip))`, `x.x.x.x`,
/// `op://vault/item/field`.
pub fn is_stand_in(text: &str) -> bool {
    let is_name =
        |word: &str| STAND_INS.contains(&word) || (word.contains('_') && word.bytes().all(is_shouted));
    let shouted = text.split(',').all(is_name);
    let between = |open: &str, close: &str| {
        text.split_once(open)
            .and_then(|(_, rest)| rest.split_once(close))
            .is_some_and(|(name, _)| !name.is_empty())
    };
    text.contains(['$', '<', '>', '{', '}'])
        || text.contains("x.x")
        || shouted
        || between("((", "))")
        || between("[[", "]]")
        || ["@", "%"].iter().any(|mark| is_marked(text, mark))
        || is_secret_reference(text)
}

fn is_shouted(byte: u8) -> bool {
    byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_'
}

/// `@node-ip@`, or `node-@NUMBER@` with a word in capital letters.
fn is_marked(text: &str, mark: &str) -> bool {
    let whole = text
        .strip_prefix(mark)
        .and_then(|rest| rest.strip_suffix(mark))
        .is_some_and(|name| !name.is_empty() && !name.contains(mark));
    let mut inner = text.split(mark).skip(1).peekable();
    let mut part = || inner.next().filter(|_| inner.peek().is_some());
    whole
        || std::iter::from_fn(&mut part).any(|name| {
            name.len() > 1
                && name.starts_with(|c: char| c.is_ascii_uppercase())
                && name.bytes().all(is_shouted)
        })
}

/// A reference that 1Password, vals or Bank-Vaults replaces: `op://…`, `ref+vault://…`, `vault:secret/data/s3#bucket`.
fn is_secret_reference(text: &str) -> bool {
    text.starts_with("op://")
        || (text.starts_with("ref+") && text.contains("://"))
        || text.strip_prefix("vault:").is_some_and(|rest| rest.contains('#'))
}

/// Whether the kubelet rejects a label with this key.
pub fn is_reserved_label(key: &str) -> bool {
    let Some((prefix, _)) = key.split_once('/') else { return false };
    let in_domain = |domain: &str| {
        prefix == domain || prefix.strip_suffix(domain).is_some_and(|rest| rest.ends_with('.'))
    };
    let kubernetes = in_domain("kubernetes.io") || in_domain("k8s.io");
    let own = in_domain("kubelet.kubernetes.io") || in_domain("node.kubernetes.io");
    kubernetes && !own && !KUBELET_LABELS.contains(&key)
}

/// Splits `key[=value]:Effect` and validates its parts, as Kubernetes' `ParseTaints` does.
///
/// # Errors
/// The part that is invalid.
pub fn taint(text: &str) -> Result<Taint<'_>, Flaw> {
    let (text, removal) = text.strip_suffix('-').map_or((text, false), |text| (text, true));
    let mut parts = text.split(':');
    let (pair, effect) = match (parts.next(), parts.next(), parts.next()) {
        (Some(pair), Some(effect), None) => (pair, effect),
        (Some(pair), None, _) if removal => (pair, ""),
        _ => return Err(Flaw::Effect(None)),
    };
    let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
    if !is_qualified_name(key) {
        return Err(Flaw::Key);
    }
    if !is_label_value(value) {
        return Err(Flaw::Value);
    }
    if !(EFFECTS.contains(&effect) || removal && effect.is_empty()) {
        return Err(Flaw::Effect(EFFECTS.into_iter().find(|known| known.eq_ignore_ascii_case(effect))));
    }
    Ok(Taint { key, effect, removal })
}

/// Whether a text is a label key: a name of at most 63 characters, with an optional DNS prefix.
pub fn is_qualified_name(text: &str) -> bool {
    match text.split_once('/') {
        Some((prefix, name)) => is_subdomain(prefix) && is_word(name),
        None => is_word(text),
    }
}

/// Whether a text is a label value: empty, or a word of at most 63 characters.
pub fn is_label_value(text: &str) -> bool {
    text.is_empty() || is_word(text)
}

/// Whether a text is a DNS-1123 subdomain, which the API server requires for the name of a node.
pub fn is_subdomain(text: &str) -> bool {
    let is_label = |part: &str| {
        !part.is_empty()
            && part.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
            && !part.starts_with('-')
            && !part.ends_with('-')
    };
    text.len() <= 253 && text.split('.').all(is_label)
}

fn is_word(text: &str) -> bool {
    let bytes = text.as_bytes();
    let edge = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
    text.len() <= 63
        && edge(bytes.first())
        && edge(bytes.last())
        && bytes.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stand_ins() {
        for text in [
            "$NODE_IP",
            "<node-ip>",
            "{{ ip }}",
            "NODE_IP",
            "10.x.x.1",
            "@ip@",
            "node-@NUMBER@",
            "%IP%",
            "a-%ENV%-b",
            "((ip))",
            "[[ip]]",
            "#{IP}#",
            "op://vault/item/field",
            "ref+vault://secret/s3#/bucket",
            "vault:secret/data/s3#bucket",
        ] {
            assert!(is_stand_in(text), "{text}");
        }
        for text in [
            "node-1",
            "NODE",
            "s3://backups",
            "user@host",
            "a@b@c",
            "@",
            "@@",
            "a%20b%20c",
            "5%10%",
            "%",
            "(ip)",
            "[ip]",
            "(())",
            "vault:x",
            "ref+x",
            "fe80::1%eth0",
        ] {
            assert!(!is_stand_in(text), "{text}");
        }
    }

    #[test]
    fn labels() {
        for good in ["a=b", "a=", "example.com/a_b=C.d", "topology.kubernetes.io/zone=eu-1"] {
            assert!(label(good).is_ok(), "{good}");
        }
        assert_eq!(label("a"), Err(Flaw::NoValue));
        assert_eq!(label("a b=c"), Err(Flaw::Key));
        assert_eq!(label("Example.com/a=c"), Err(Flaw::Key));
        assert_eq!(label("a=b,c=d"), Err(Flaw::Value));
        assert_eq!(label("zone: a=b"), Err(Flaw::Key));
    }

    #[test]
    fn labels_that_the_kubelet_may_not_set() {
        for key in [
            "node-role.kubernetes.io/worker",
            "kubernetes.io/role",
            "k8s.io/x",
            "node-restriction.kubernetes.io/x",
            "topology.kubernetes.io/rack",
        ] {
            assert!(is_reserved_label(key), "{key}");
        }
        for key in [
            "topology.kubernetes.io/zone",
            "node.kubernetes.io/exclude-from-external-load-balancers",
            "a.node.kubernetes.io/x",
            "topology.x-k8s.io/rack",
            "example.com/role",
            "role",
        ] {
            assert!(!is_reserved_label(key), "{key}");
        }
    }

    #[test]
    fn taints() {
        for good in ["a=b:NoSchedule", "a:NoExecute", "a=:PreferNoSchedule", "a:NoSchedule-", "a-"] {
            assert!(taint(good).is_ok(), "{good}");
        }
        assert_eq!(taint("a=b:noschedule"), Err(Flaw::Effect(Some("NoSchedule"))));
        assert_eq!(taint("a=b"), Err(Flaw::Effect(None)));
        assert_eq!(taint("a=b:c:NoSchedule"), Err(Flaw::Effect(None)));
        assert_eq!(taint("a b=c:NoSchedule"), Err(Flaw::Key));
        assert_eq!(taint("a=b c:NoSchedule"), Err(Flaw::Value));
    }
}
