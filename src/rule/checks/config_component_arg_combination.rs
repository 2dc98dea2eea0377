//! `config/component-arg-combination`: kubelet arguments that require or exclude another one.

use crate::cluster::server::NodeConfig;
use crate::rke2::node::is_stand_in;
use crate::rule::arguments::{Given, given};
use crate::rule::{Context, Draft, Target};
use crate::source::Span;

const LIST: &str = "kubelet-arg";
/// The default thresholds of the kubelet, in percent.
const IMAGE_GC: [(&str, i64); 2] = [("image-gc-low-threshold", 80), ("image-gc-high-threshold", 85)];
/// The values of `enforce-node-allocatable`, and the flag that each requires.
const ENFORCED: [(&str, &str); 4] = [
    ("kube-reserved", "kube-reserved-cgroup"),
    ("kube-reserved-compressible", "kube-reserved-cgroup"),
    ("system-reserved", "system-reserved-cgroup"),
    ("system-reserved-compressible", "system-reserved-cgroup"),
];

/// Sources: `ValidateKubeletConfiguration` (pkg/kubelet/apis/config/validation), `ParseThresholdConfig`
/// (pkg/kubelet/eviction), `NewManager` (pkg/kubelet/cm/cpumanager) and `NewPolicyStatic` (pkg/kubelet/cm/memorymanager)
/// of kubernetes/kubernetes.
pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Target::Config(node) = context.target else { return };
    let Some(flags) = Flags::of(node) else { return };
    let mut report = |at: Span, fault: String, help: String| {
        drafts.push(Draft::new(at, format!("{fault}; the kubelet fails to start")).help(help));
    };
    let timed: Vec<&str> = flags.pairs("eviction-soft-grace-period").map(|(signal, _, _)| signal).collect();
    for (signal, _, at) in flags.pairs("eviction-soft").filter(|(signal, ..)| !timed.contains(signal)) {
        let fault = format!("`eviction-soft` sets `{signal}` without a grace period");
        report(at, fault, format!("add `eviction-soft-grace-period={signal}=1m30s`"));
    }
    let [low, high] = IMAGE_GC.map(|(flag, default)| match flags.last(flag) {
        Some((text, at)) => text.trim().parse::<i64>().ok().map(|value| (value, Some(at))),
        None => Some((default, None)),
    });
    if let (Some((low, of_low)), Some((high, of_high))) = (low, high)
        && let Some(at) = of_high.or(of_low).filter(|_| low >= high)
    {
        let fault = format!("`image-gc-high-threshold` {high} is not above `image-gc-low-threshold` {low}");
        let missing = if of_high.is_none() { "image-gc-high-threshold" } else { "image-gc-low-threshold" };
        report(at, fault, format!("set `{missing}` so that the high threshold is above the low one"));
    }
    let reserves_cpu = flags.last("reserved-cpus").is_some_and(|(cpus, _)| !cpus.is_empty())
        || ["kube-reserved", "system-reserved"]
            .iter()
            .any(|flag| flags.pairs(flag).any(|(resource, amount, _)| resource == "cpu" && !is_zero(amount)));
    if let Some((_, at)) =
        flags.last("cpu-manager-policy").filter(|(policy, _)| *policy == "static" && !reserves_cpu)
    {
        let fault = "`cpu-manager-policy=static` needs reserved CPUs".to_owned();
        report(at, fault, "add `kube-reserved=cpu=500m`, or `reserved-cpus`".to_owned());
    }
    let reserves_memory = flags.last("reserved-memory").is_some();
    if let Some((_, at)) =
        flags.last("memory-manager-policy").filter(|(policy, _)| *policy == "Static" && !reserves_memory)
    {
        let fault = "`memory-manager-policy=Static` needs `reserved-memory`".to_owned();
        report(
            at,
            fault,
            "add `reserved-memory=0:memory=…` with what is reserved on each NUMA node".to_owned(),
        );
    }
    enforced(&flags, &mut report);
}

fn enforced(flags: &Flags<'_>, report: &mut impl FnMut(Span, String, String)) {
    let enforced: Vec<(&str, Span)> = flags.parts("enforce-node-allocatable").collect();
    for (what, at) in &enforced {
        let needed = ENFORCED.iter().find(|(name, _)| name == what).map(|(_, needed)| *needed);
        if let Some(needed) =
            needed.filter(|needed| flags.last(needed).is_none_or(|(group, _)| group.is_empty()))
        {
            let fault = format!("`enforce-node-allocatable` has `{what}` without `{needed}`");
            report(*at, fault, format!("add `{needed}=…` with the cgroup, or remove `{what}`"));
        }
        if *what == "none" && enforced.len() > 1 {
            let fault = "`enforce-node-allocatable` has `none` together with other values".to_owned();
            report(*at, fault, "remove `none`, or everything else".to_owned());
        }
    }
    if let Some((_, at)) = flags.last("reserved-cpus").filter(|(cpus, _)| !cpus.is_empty()) {
        let groups = ["kube-reserved-cgroup", "system-reserved-cgroup"];
        let group =
            groups.into_iter().find(|group| flags.last(group).is_some_and(|(value, _)| !value.is_empty()));
        if let Some(group) = group {
            let fault = format!("`reserved-cpus` is not allowed together with `{group}`");
            report(at, fault, "remove one of the two".to_owned());
        }
    }
}

/// The arguments of a kubelet; built only if all of them are known.
struct Flags<'a> {
    given: Vec<(String, Given<'a>)>,
}

impl<'a> Flags<'a> {
    fn of(node: &NodeConfig<'a>) -> Option<Self> {
        let setting = node.setting(LIST)?;
        let is_whole =
            node.main.is_some() && !node.is_completed_elsewhere && node.files().all(|file| !file.is_open());
        let given: Vec<_> =
            given(node).filter(|given| given.list == LIST).map(|given| (given.name(), given)).collect();
        let is_known = is_whole
            && setting.is_literal()
            && given.iter().all(|(_, given)| given.argument().value.is_none_or(|value| !is_open(value)))
            && given.iter().all(|(name, _)| !matches!(name.as_str(), "config" | "config-dir"));
        is_known.then_some(Self { given })
    }

    fn all(&self, flag: &str) -> impl DoubleEndedIterator<Item = (&str, Span)> {
        self.given.iter().filter(move |(name, _)| name == flag).filter_map(|(_, given)| {
            let (_, value) = given.text.split_once('=')?;
            Some((value, given.node.span()))
        })
    }

    /// The effective value of a single-value flag: the last one.
    fn last(&self, flag: &str) -> Option<(&str, Span)> {
        self.all(flag).next_back()
    }

    /// The parts of a flag whose occurrences accumulate.
    fn parts(&self, flag: &str) -> impl Iterator<Item = (&str, Span)> {
        self.all(flag).flat_map(|(value, at)| value.split(',').map(move |part| (part.trim(), at)))
    }

    /// The `KEY=VALUE` parts of a flag.
    fn pairs(&self, flag: &str) -> impl Iterator<Item = (&str, &str, Span)> {
        self.parts(flag).filter_map(|(part, at)| {
            let (name, value) = part.split_once(['<', '='])?;
            Some((name.trim(), value.trim(), at))
        })
    }
}

/// Whether a value is a placeholder. A `<` may also be the operator of a threshold.
fn is_open(value: &str) -> bool {
    is_stand_in(&value.replace('<', "="))
}

/// Whether a quantity is zero, in any unit.
fn is_zero(amount: &str) -> bool {
    amount.chars().filter(char::is_ascii_digit).all(|digit| digit == '0')
}
