//! Flags, feature gates and admission plugins of the Kubernetes components that RKE2 starts, by Kubernetes minor. Plain
//! text under `catalog/components`, parsed on first use. Produces no findings.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use super::{Basis, Target};

const FLAGS: &str = include_str!("../../catalog/components/flags.txt");
const GATES: &str = include_str!("../../catalog/components/gates.txt");
const PLUGINS: &str = include_str!("../../catalog/components/admission.txt");

/// The keys of config.yaml that list arguments, each with its component.
pub const LISTS: [(&str, &str); 7] = [
    ("kubelet-arg", "kubelet"),
    ("kube-apiserver-arg", "kube-apiserver"),
    ("kube-controller-manager-arg", "kube-controller-manager"),
    ("kube-scheduler-arg", "kube-scheduler"),
    ("kube-proxy-arg", "kube-proxy"),
    ("etcd-arg", "etcd"),
    ("kube-cloud-controller-manager-arg", "cloud-controller-manager"),
];

/// The oldest minor that a table can contain.
const OLDEST: u16 = 16;
/// The newest minor that all tables cover.
pub const NEWEST_MINOR: u16 = 36;

/// The Kubernetes minors that have a flag, gate or plugin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Minors {
    /// A bit set; bit 0 is minor 16.
    Verified(u32),
    /// It exists in some minors, but which ones was not verified.
    Unverified,
}

/// Whether the target releases have a flag, gate or plugin that exists only in some minors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// Some target release has it, or this is unknown.
    Possible,
    /// All target releases are too new; this is the first minor without it.
    Removed(u16),
    /// All target releases are too old; this is the first minor with it.
    Added(u16),
}

/// The type of a flag, as far as its value can be checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FlagType {
    /// `strconv.ParseBool`.
    Bool,
    /// `strconv.ParseInt`.
    Int,
    /// `strconv.ParseUint`.
    Uint,
    /// `strconv.ParseFloat`.
    Float,
    /// `time.ParseDuration`.
    Duration,
    /// `key=value` pairs.
    Map,
    /// A single string.
    Text,
    /// Several strings, or a value with its own syntax.
    Other,
}

/// One flag of one component.
#[derive(Clone, Copy, Debug)]
pub struct Flag {
    /// The name, with dashes.
    pub name: &'static str,
    /// Its type.
    pub kind: FlagType,
    /// The minors that have it.
    pub minors: Minors,
}

/// One feature gate.
#[derive(Clone, Copy, Debug)]
pub struct Gate {
    /// The name.
    pub name: &'static str,
    /// The minors that have it.
    pub minors: Minors,
    /// The minors in which it cannot be disabled.
    pub locked_on: Minors,
    /// The minors in which it cannot be enabled.
    pub locked_off: Minors,
}

/// An admission plugin.
#[derive(Clone, Copy, Debug)]
pub struct Plugin {
    /// The name.
    pub name: &'static str,
    /// The minors that have it.
    pub minors: Minors,
}

impl Minors {
    const NONE: Self = Self::Verified(0);

    fn parse(text: &str) -> Option<Self> {
        if text == "?" {
            return Some(Self::Unverified);
        }
        let mut bits = 0_u32;
        for range in text.split(',') {
            let (first, last) = range.split_once('-').unwrap_or((range, range));
            for minor in first.parse().ok()?..=last.parse::<u16>().ok()? {
                bits |= 1_u32.checked_shl(u32::from(minor.checked_sub(OLDEST)?))?;
            }
        }
        Some(Self::Verified(bits))
    }

    /// Whether a minor has it; `None` when this was not verified.
    pub fn has(self, minor: u16) -> Option<bool> {
        let Self::Verified(bits) = self else { return None };
        let bit = u32::from(minor.checked_sub(OLDEST)?);
        (minor <= NEWEST_MINOR).then(|| bits.checked_shr(bit).is_some_and(|bits| bits & 1 == 1))
    }

    /// Whether the target releases have it.
    pub fn fate(self, target: &Target) -> Fate {
        let Self::Verified(bits) = self else { return Fate::Possible };
        let minors = || target.releases().iter().map(|release| release.minor);
        if bits == 0 || !minors().all(|minor| self.has(minor) == Some(false)) {
            return Fate::Possible;
        }
        let first = OLDEST + bits.trailing_zeros() as u16;
        let last = OLDEST + bits.ilog2() as u16;
        match (minors().min(), minors().max()) {
            (Some(oldest), _) if last < oldest => Fate::Removed(last + 1),
            (_, Some(newest)) if first > newest && !is_beyond(target) => Fate::Added(first),
            _ => Fate::Possible,
        }
    }

    /// Whether all target releases are known to have it.
    pub fn in_all(self, target: &Target) -> bool {
        !target.releases().is_empty()
            && !is_beyond(target)
            && target.all(|release| self.has(release.minor) == Some(true))
    }
}

/// Whether a target is a release of a minor that the tables do not cover.
pub fn is_beyond(target: &Target) -> bool {
    target.resolved().is_some_and(|resolved| {
        matches!(resolved.basis, Basis::Newer | Basis::Candidate) && resolved.asked.minor > NEWEST_MINOR
    })
}

/// The flags of a component, sorted by name.
pub fn flags(component: &str) -> impl Iterator<Item = Flag> {
    flag_rows(component).iter().filter_map(|row| flag_of(row))
}

/// A flag of a component; the name may be written with underscores.
pub fn flag(component: &str, name: &str) -> Option<Flag> {
    let rows = flag_rows(component);
    let find = |name: &str| {
        let of_row = |row: &&str| row.split(' ').next().unwrap_or_default().cmp(name);
        rows.binary_search_by(of_row).ok().and_then(|at| flag_of(rows[at]))
    };
    find(name).or_else(|| find(&name.replace('_', "-")))
}

/// The rows of a component's flags, sorted by name. Rows are parsed only when they are looked up, because there are
/// hundreds.
fn flag_rows(component: &str) -> &'static [&'static str] {
    static TABLE: LazyLock<Vec<(&'static str, Vec<&'static str>)>> = LazyLock::new(|| {
        let mut table: Vec<(&str, Vec<&str>)> = Vec::new();
        for line in rows(FLAGS) {
            if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
                table.push((name, Vec::new()));
            } else if let Some((_, rows)) = table.last_mut() {
                rows.push(line);
            }
        }
        table
    });
    TABLE.iter().find(|(known, _)| *known == component).map_or(&[], |(_, rows)| rows)
}

/// The components that have a flag, each with the key of config.yaml that lists its arguments.
pub fn owners(name: &str) -> impl Iterator<Item = (&'static str, &'static str)> {
    LISTS.into_iter().filter(move |(_, component)| flag(component, name).is_some())
}

/// The argument list of the component that has a flag, if there is only one.
pub fn sole_owner(name: &str) -> Option<&'static str> {
    let mut owners = owners(name);
    let (list, _) = owners.next()?;
    owners.next().is_none().then_some(list)
}

/// All feature gates, by name.
pub fn gates() -> &'static BTreeMap<&'static str, Gate> {
    static TABLE: LazyLock<BTreeMap<&'static str, Gate>> =
        LazyLock::new(|| rows(GATES).filter_map(gate_of).map(|gate| (gate.name, gate)).collect());
    &TABLE
}

/// All admission plugins of kube-apiserver, by name.
pub fn admission_plugins() -> &'static BTreeMap<&'static str, Plugin> {
    static TABLE: LazyLock<BTreeMap<&'static str, Plugin>> = LazyLock::new(|| {
        let plugin = |line: &'static str| {
            let (name, minors) = line.split_once(' ')?;
            Some((name, Plugin { name, minors: Minors::parse(minors)? }))
        };
        rows(PLUGINS).filter_map(plugin).collect()
    });
    &TABLE
}

/// The rows of a table: its lines without comments.
pub(super) fn rows(text: &'static str) -> impl Iterator<Item = &'static str> {
    text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'))
}

fn flag_of(line: &'static str) -> Option<Flag> {
    let mut words = line.split(' ');
    let (name, kind, minors) = (words.next()?, words.next()?, words.next()?);
    let kind = match kind {
        "bool" => FlagType::Bool,
        "int" => FlagType::Int,
        "uint" => FlagType::Uint,
        "float" => FlagType::Float,
        "duration" => FlagType::Duration,
        "map" => FlagType::Map,
        "string" => FlagType::Text,
        "list" | "other" => FlagType::Other,
        _ => return None,
    };
    Some(Flag { name, kind, minors: Minors::parse(minors)? })
}

fn gate_of(line: &'static str) -> Option<Gate> {
    let mut words = line.split(' ');
    let (name, minors) = (words.next()?, Minors::parse(words.next()?)?);
    let mut gate = Gate { name, minors, locked_on: Minors::NONE, locked_off: Minors::NONE };
    for word in words {
        match word.split_once(':')? {
            ("on", minors) => gate.locked_on = Minors::parse(minors)?,
            ("off", minors) => gate.locked_off = Minors::parse(minors)?,
            _ => return None,
        }
    }
    Some(gate)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::{releases, resolve};

    fn target(release: &str) -> Target {
        Target::one(resolve(release.parse().unwrap()).unwrap())
    }

    #[test]
    fn every_row_is_read() {
        let of_flags = LISTS.iter().map(|(_, component)| flags(component).count()).sum::<usize>();
        assert_eq!(of_flags, rows(FLAGS).filter(|line| !line.starts_with('[')).count());
        for (_, component) in LISTS {
            assert!(flags(component).is_sorted_by_key(|flag| flag.name), "{component}");
        }
        assert_eq!(gates().len(), rows(GATES).count());
        assert_eq!(admission_plugins().len(), rows(PLUGINS).count());
    }

    #[test]
    fn every_known_minor_is_complete() {
        let mut minors: Vec<u16> = releases().iter().map(|release| release.minor).collect();
        minors.dedup();
        assert_eq!(minors.last(), Some(&NEWEST_MINOR), "read the tables for the newest minor");
        for minor in minors.into_iter().filter(|minor| *minor >= 24) {
            // The smallest number of flags that any release of the component had: fewer flags mean that a source was
            // missed.
            for (component, least) in [
                ("kube-apiserver", 150),
                ("kube-controller-manager", 140),
                ("kube-scheduler", 54),
                ("kubelet", 145),
                ("cloud-controller-manager", 65),
            ] {
                let count = flags(component).filter(|flag| flag.minors.has(minor) == Some(true)).count();
                assert!(count >= least, "{component} has {count} flags in 1.{minor}");
            }
            let gates = gates().values().filter(|gate| gate.minors.has(minor) == Some(true)).count();
            assert!(gates >= 120, "{gates} feature gates in 1.{minor}");
            let plugins = admission_plugins().values();
            assert!(plugins.filter(|plugin| plugin.minors.has(minor) == Some(true)).count() >= 33);
        }
    }

    #[test]
    fn a_fate_must_hold_for_every_release() {
        let pod_eviction = flag("kube-controller-manager", "pod_eviction_timeout").unwrap().minors;
        assert_eq!(pod_eviction.fate(&target("v1.27")), Fate::Removed(27));
        assert_eq!(pod_eviction.fate(&target("v1.26")), Fate::Possible);
        let debug = flag("kube-apiserver", "debug-socket-path").unwrap().minors;
        assert_eq!(debug.fate(&target("v1.26")), Fate::Added(27));
        assert_eq!(debug.fate(&Target::unknown()), Fate::Possible);
        let curves = flag("kube-apiserver", "tls-curve-preferences").unwrap().minors;
        assert_eq!(curves.fate(&Target::unknown()), Fate::Possible);
        assert!(flag("kube-proxy", "proxy-mode").unwrap().minors.has(30).is_none());
        assert_eq!(owners("event-qps").map(|(list, _)| list).collect::<Vec<_>>(), ["kubelet-arg"]);
    }

    #[test]
    fn gates_are_locked_for_some_time() {
        let ephemeral = gates()["EphemeralContainers"];
        assert!(
            ephemeral.locked_on.in_all(&target("v1.25")) && !ephemeral.locked_on.in_all(&target("v1.24"))
        );
        assert_eq!(ephemeral.minors.fate(&target("v1.27")), Fate::Removed(27));
        assert!(!gates()["NodeSwap"].locked_on.in_all(&Target::unknown()));
    }
}
