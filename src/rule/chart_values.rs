//! Checks the values of an object against what its packaged chart accepts: a single walk serves all rules and yields
//! one verdict per mistake. Must not know rule identifiers.

mod cascade;
mod foreign;
mod guard;
mod moved;
mod shape;
mod unknown;
pub mod upstream;
mod walk;
mod words;

pub(super) use walk::scalar;
pub(super) use words::path as dotted;

use super::context::{Context, Target};
use super::{Draft, Severity};

/// What is wrong with a value. Each verdict belongs to exactly one rule, so a mistake is never reported twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The chart has no such key.
    UnknownKey,
    /// The values are those of another chart.
    ForeignValues,
    /// All values are nested under the name of the chart.
    Wrapped,
    /// The key is a path with dots, where a values file needs nested maps.
    Dotted,
    /// The chart cannot take a value of this shape.
    WrongType,
    /// RKE2 sets the value itself.
    Injected,
    /// The list replaces a default list of the chart.
    ListReplaced,
    /// An empty key deletes the chart's defaults under it.
    DefaultsDeleted,
    /// The chart has the key, but nothing reads it.
    Unread,
    /// The chart fails to install with the key.
    Removed,
    /// Like `Removed`, for rke2-cilium.
    CiliumRemoved,
    /// A guard of the chart rejects the combination of values.
    Guarded,
    /// A removed key of rke2-cilium whose successor is known.
    CiliumGone,
    /// A key of rke2-traefik that moved to another path.
    TraefikMoved,
    /// Traefik's ingress-nginx compatibility provider under a name that the chart does not read.
    TraefikNginx,
    /// Canal's MTU under a name that the chart does not read.
    CanalMtu,
}

/// One mistake in the values of an object.
#[derive(Clone, Debug)]
pub struct Fault {
    verdict: Verdict,
    draft: Draft,
    /// The right place of the key, if it is only misplaced.
    misplaced: Option<cascade::Misplaced>,
}

impl Verdict {
    /// All verdicts with their names in rule files (`check: chart-values`, `verdict: NAME`).
    pub const NAMES: &'static [(&'static str, Self)] = &[
        ("unknown-key", Self::UnknownKey),
        ("foreign-values", Self::ForeignValues),
        ("wrapped", Self::Wrapped),
        ("dotted", Self::Dotted),
        ("wrong-type", Self::WrongType),
        ("injected", Self::Injected),
        ("list-replaced", Self::ListReplaced),
        ("defaults-deleted", Self::DefaultsDeleted),
        ("unread", Self::Unread),
        ("removed", Self::Removed),
        ("cilium-removed", Self::CiliumRemoved),
        ("guarded", Self::Guarded),
        ("cilium-gone", Self::CiliumGone),
        ("traefik-moved", Self::TraefikMoved),
        ("traefik-nginx", Self::TraefikNginx),
        ("canal-mtu", Self::CanalMtu),
    ];

    /// The name that rule files use.
    pub fn name(self) -> &'static str {
        // A test checks that the table covers the enum.
        Self::NAMES.iter().find(|(_, known)| *known == self).map_or("", |(name, _)| name)
    }

    /// The verdict of a name.
    pub fn named(name: &str) -> Option<Self> {
        Self::NAMES.iter().find(|(known, _)| *known == name).map(|(_, verdict)| *verdict)
    }
}

/// The findings of one verdict.
pub fn drafts(context: &Context<'_, '_>, verdict: Verdict) -> Vec<Draft> {
    let Target::Chart { object, faults, .. } = context.target else { return Vec::new() };
    let faults = faults.get_or_init(|| walk::faults(context.cluster, object, None));
    faults.iter().filter(|fault| fault.verdict == verdict).map(|fault| fault.draft.clone()).collect()
}

impl Fault {
    fn new(verdict: Verdict, draft: Draft) -> Self {
        Self { verdict, draft, misplaced: None }
    }

    fn severity(mut self, severity: Severity) -> Self {
        self.draft.severity = Some(severity);
        self
    }
}
