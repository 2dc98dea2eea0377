//! Facts about a cluster's nodes other than their configuration: kernel, operating system and so on, from settings or a
//! probe. Produces no findings.

use std::cmp::Ordering;

use super::fact::{Datum, Fact, Item};
use super::server::NodeRole;
use crate::source::Span;
use crate::yaml::{Kind, NodeRef};

/// The facts about one node, or about one kind of node.
#[derive(Clone, Debug)]
pub struct Host<'a> {
    /// All facts, as one map.
    facts: Item<'a>,
}

/// The release of a kernel without backports, so that its number shows what the kernel can do: see [`is_backported`].
const UPSTREAM_KERNEL: &str = "upstream-kernel";

/// The expected type of each known fact. Other facts are user-defined.
const SHAPES: &[(&str, Kind)] = &[
    ("os", Kind::Scalar),
    ("kernel", Kind::Scalar),
    ("hostname", Kind::Scalar),
    ("role", Kind::Scalar),
    ("distribution", Kind::Mapping),
    ("addresses", Kind::Sequence),
    ("interfaces", Kind::Mapping),
    ("ipv6-default-route", Kind::Mapping),
    ("localhost", Kind::Sequence),
    ("programs", Kind::Sequence),
    ("modules", Kind::Sequence),
    ("sysctl", Kind::Mapping),
    ("selinux", Kind::Mapping),
    ("users", Kind::Sequence),
    ("groups", Kind::Sequence),
    ("network-manager", Kind::Mapping),
    ("services", Kind::Sequence),
];

/// What follows the numbers in kernels without backported features: Debian, Ubuntu, Flatcar, Talos and the like.
/// Kernels of other vendors may include features of newer ones.
const UPSTREAM_FLAVOURS: &[&str] = &[
    "amd64",
    "arm64",
    "armmp",
    "aws",
    "azure",
    "cloud",
    "flatcar",
    "gcp",
    "generic",
    "gke",
    "ibm",
    "kvm",
    "lowlatency",
    "lts",
    "nvidia",
    "oracle",
    "pve",
    "raspi",
    "rpi",
    "rt",
    "server",
    "talos",
    "virtual",
    "zen",
];
/// Values of `distribution.id` and `distribution.like` of vendors that backport features.
const VENDORS: &[&str] = &["rhel", "centos", "fedora", "suse", "sles", "sle-micro"];
/// Kernel releases that only such vendors still ship.
const VENDOR_RELEASES: &[&[u64]] = &[&[3, 10], &[4, 18]];

impl<'a> Host<'a> {
    /// The hosts that a node describes: a map is one host, a list of maps several.
    pub fn of(node: NodeRef<'a>) -> Vec<Self> {
        let host = |node: NodeRef<'a>| {
            let mut value = Datum::of(node);
            // A kernel release is a string: as a number, 5.10 would be 5.1.
            if let (Datum::Map(entries), Some(text)) =
                (&mut value, node.get("kernel").and_then(NodeRef::text))
                && let Some((_, item)) = entries.iter_mut().find(|(name, _)| name == "kernel")
            {
                item.value = Datum::text(text.into());
            }
            Self { facts: Item { value, at: Some(node.span()) } }
        };
        match node.kind() {
            Kind::Mapping => vec![host(node)],
            _ => node.items().filter(|item| item.kind() == Kind::Mapping).map(host).collect(),
        }
    }

    /// All facts, as one map.
    pub fn all(&self) -> &Item<'a> {
        &self.facts
    }

    /// The errors in the facts of a node: places and messages.
    pub fn mistakes(node: NodeRef<'_>) -> Vec<(Span, String)> {
        if node.kind() == Kind::Sequence {
            return node.items().flat_map(Self::mistakes_of_one).collect();
        }
        Self::mistakes_of_one(node)
    }

    fn mistakes_of_one(node: NodeRef<'_>) -> Vec<(Span, String)> {
        if node.kind() != Kind::Mapping {
            return vec![(node.span(), "expected a map of facts about a host".to_owned())];
        }
        let mut mistakes = Vec::new();
        for field in node.fields() {
            let name = field.name();
            let shape = SHAPES.iter().find(|(known, _)| *known == name).map(|(_, shape)| *shape);
            if field.value.is_null() || shape.is_none_or(|shape| shape == field.value.kind()) {
                continue;
            }
            let wanted = match shape {
                Some(Kind::Mapping) => "a map",
                Some(Kind::Sequence) => "a list",
                _ => "a string",
            };
            mistakes.push((field.label_span(), format!("`{name}`: expected {wanted}")));
        }
        if let Some(role) = node.get("role")
            && role.kind() == Kind::Scalar
            && !role.is_null()
            && !role.text().is_some_and(|role| matches!(role, "server" | "agent"))
        {
            mistakes.push((role.span(), "`role`: expected `server` or `agent`".to_owned()));
        }
        mistakes
    }

    /// The names of the facts that rules can use; other facts are user-defined.
    pub fn names() -> impl Iterator<Item = &'static str> {
        SHAPES.iter().map(|(name, _)| *name).chain([UPSTREAM_KERNEL])
    }

    /// The fact at a path of keys. What is not stated is unknown.
    pub fn fact(&self, path: &[&str]) -> Fact<'a> {
        if path == [UPSTREAM_KERNEL] {
            let fact = self.fact(&["kernel"]);
            return if self.is_backported() { Fact::Unknown } else { fact };
        }
        let mut item = &self.facts;
        for key in path {
            let Datum::Map(entries) = &item.value else { return Fact::Unknown };
            match entries.iter().find(|(name, _)| name == key) {
                Some((_, inner)) => item = inner,
                None => return Fact::Unknown,
            }
        }
        match item.at {
            Some(_) if item.value == Datum::Null => Fact::Unknown,
            Some(at) => Fact::written(item.value.clone(), at),
            None => Fact::default(item.value.clone()),
        }
    }

    /// A fact that is a string, with its place.
    pub fn text(&self, path: &[&str]) -> Option<(String, Option<Span>)> {
        match self.fact(path) {
            Fact::Known(found) => Some((found.value.as_text()?.into_owned(), found.at)),
            _ => None,
        }
    }

    /// The place of a list of facts, if the list is known and does not contain a name.
    pub fn lacks(&self, list: &str, name: &str) -> Option<Option<Span>> {
        match self.fact(&[list]) {
            Fact::Known(found) => {
                let lacks =
                    found.value.elements().iter().all(|item| item.as_text().is_some_and(|item| item != name));
                lacks.then_some(found.at)
            }
            _ => None,
        }
    }

    /// The kernel's release, if it is known to be older than these numbers.
    pub fn kernel_before(&self, numbers: &[u64]) -> Option<(String, Option<Span>)> {
        let kernel = self.text(&[UPSTREAM_KERNEL])?;
        let own = numbers_of(&kernel.0);
        // At least two numbers are needed to compare releases.
        (own.len() > 1 && compare(&own, numbers) == Ordering::Less).then_some(kernel)
    }

    /// Whether the host is known to run another role of RKE2.
    pub fn is_other_than(&self, role: NodeRole) -> bool {
        let other = match role {
            NodeRole::Server => "agent",
            NodeRole::Agent => "server",
            NodeRole::Unknown => return false,
        };
        self.text(&["role"]).is_some_and(|(text, _)| text == other)
    }

    /// Whether the kernel may include features of newer ones, so that its number proves nothing.
    fn is_backported(&self) -> bool {
        let Some((kernel, _)) = self.text(&["kernel"]) else { return false };
        let numbers = numbers_of(&kernel);
        let distribution = ["id", "like"].into_iter().filter_map(|key| self.text(&["distribution", key]));
        !is_upstream(&kernel)
            || VENDOR_RELEASES.iter().any(|release| numbers.starts_with(release))
            || distribution.into_iter().any(|(text, _)| VENDORS.iter().any(|vendor| text.contains(vendor)))
    }
}

/// Whether only suffixes of upstream, or of a distribution that follows it, come after the numbers of a release:
/// `5.15.0-91-generic`, `4.19.37-5-amd64`, `6.1.0`.
fn is_upstream(kernel: &str) -> bool {
    let words = kernel.split(['-', '+', '_']);
    words.filter(|word| !word.is_empty()).all(|word| {
        let numbers = word.strip_prefix("rc").unwrap_or(word);
        numbers.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')
            || UPSTREAM_FLAVOURS.contains(&word)
            // `bpo10`, `deb11u1`, `10.deb11`
            || word.contains("deb")
            || word.starts_with("bpo")
    })
}

/// The leading numbers of a kernel release: 5, 15 and 0 for `5.15.0-91-generic`.
fn numbers_of(text: &str) -> Vec<u64> {
    let end = text.find(|c: char| !(c.is_ascii_digit() || c == '.')).unwrap_or(text.len());
    text[..end].split('.').map_while(|part| part.parse().ok()).collect()
}

/// Compares the numbers that both have: `4.19` may be any `4.19.x`.
fn compare(one: &[u64], other: &[u64]) -> Ordering {
    one.iter().zip(other).map(|(a, b)| a.cmp(b)).find(|order| order.is_ne()).unwrap_or(Ordering::Equal)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Sources;
    use crate::yaml::{Document, Stream};

    fn before(facts: &str, numbers: &[u64]) -> bool {
        let stream = Stream::parse(Sources::id_at(0), &facts.into());
        let root = stream.documents().next().and_then(Document::root).unwrap();
        Host::of(root)[0].kernel_before(numbers).is_some()
    }

    #[test]
    fn kernels_are_compared_where_the_number_tells() {
        assert!(before("kernel: 5.4.0-150-generic", &[5, 8]));
        assert!(before("kernel: 4.19.37-5-amd64", &[4, 19, 57]));
        assert!(before("kernel: 4.19.0-0.deb9.11-cloud-amd64", &[5, 8]));
        assert!(before("kernel: 5.4.0-1128-aws", &[5, 8]));
        // A number, so this is 5.1.
        assert!(!before("kernel: 5.10", &[5, 8]));
        // The patch is unknown.
        assert!(!before("kernel: '4.19'", &[4, 19, 57]));
        assert!(!before("kernel: '5'", &[5, 8]));
        for vendor in [
            "kernel: 4.18.0-553.el8_10.x86_64",
            "kernel: '4.18'",
            "kernel: 5.3.18-150300.59.106-default",
            "kernel: 5.4.17-2136.325.5.el8uek.x86_64",
            "kernel: 4.19.90-2403.3.0.0270.87.uel20.x86_64",
            "kernel: 5.4.250-2-velinux1u1-amd64",
            "kernel: 4.14.336-253.554.amzn2.x86_64",
            "{kernel: 4.19.0, distribution: {id: kylin, like: rhel fedora}}",
        ] {
            assert!(!before(vendor, &[5, 8]), "{vendor}");
        }
    }
}
