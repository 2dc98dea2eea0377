//! Plans of the system-upgrade controller: the releases that servers and agents are upgraded to.

use crate::unit::{Format, Found, Host};
use crate::yaml::{NodeRef, template_mark};

/// Upgrade plans.
pub const FORMAT: Format = Format { name: "upgrade-plan", marks: &["rke2-upgrade"], fits, read };

fn fits(host: &Host<'_>) -> bool {
    host.text().contains("upgrade.cattle.io")
}

/// A plan that upgrades RKE2.
struct Plan<'p> {
    name: &'p str,
    /// Whether it is for agents; `None` when that is not certain.
    is_agent: Option<bool>,
    /// The key of the release: `version` or `channel`.
    key: &'static str,
    release: NodeRef<'p>,
}

fn read(host: &Host<'_>, found: &mut Found) {
    let plans: Vec<Plan<'_>> = host.roots().filter_map(Plan::of).collect();
    let of = |is_agent: bool| {
        let mut plans = plans.iter().filter(move |plan| plan.is_agent == Some(is_agent));
        // Of several plans for one role each may be for nodes of its own.
        plans.next().filter(|_| plans.next().is_none())
    };
    let (Some(server), Some(agent)) = (of(false), of(true)) else { return };
    if plans.len() != 2 || server.key != agent.key {
        return;
    }
    let (Some(of_server), Some(of_agent)) = (server.release(), agent.release()) else { return };
    if of_server != of_agent {
        let key = server.key;
        let message =
            format!("`{}` upgrades agents to `{of_agent}`, but servers to `{of_server}`", agent.name);
        let help = format!("use the same `{key}` in both plans");
        found.remark("upgrade/plans-differ", host.view(), agent.release.span().range(), message, &help);
    }
}

impl<'p> Plan<'p> {
    fn of(root: NodeRef<'p>) -> Option<Self> {
        let text = |path: &[&str]| root.at(path).and_then(NodeRef::text).unwrap_or_default();
        let is_plan = text(&["apiVersion"]).starts_with("upgrade.cattle.io/") && text(&["kind"]) == "Plan";
        if !is_plan || !text(&["spec", "upgrade", "image"]).contains("rke2-upgrade") {
            return None;
        }
        let spec = root.get("spec")?;
        let key = ["version", "channel"].into_iter().find(|key| spec.get(key).is_some())?;
        let name = text(&["metadata", "name"]);
        Some(Self { name, is_agent: is_agent(spec, name), key, release: spec.get(key)? })
    }

    /// The release as RKE2 writes it: in the tag of an image `-` stands for `+`. `None` when it is filled in later.
    fn release(&self) -> Option<String> {
        let text = self.release.text().filter(|text| template_mark(text).is_none() && !text.contains('$'))?;
        Some(if self.key == "version" { text.replace("-rke2", "+rke2") } else { text.to_owned() })
    }
}

/// Labels of nodes of the control plane.
const CONTROL_PLANE: &[&str] = &[
    "node-role.kubernetes.io/control-plane",
    "node-role.kubernetes.io/controlplane",
    "node-role.kubernetes.io/master",
];

/// For which nodes a plan is: it selects nodes by whether they have the label of the control plane. `None` where that
/// does not tell.
fn is_agent(spec: NodeRef<'_>, name: &str) -> Option<bool> {
    let selector = spec.get("nodeSelector")?;
    let labels = selector.get("matchLabels").into_iter().flat_map(NodeRef::fields);
    let by_label = labels
        .filter(|label| CONTROL_PLANE.contains(&&*label.name()))
        .map(|label| (label.value.text() == Some("true")).then_some(false));
    let expressions = selector.get("matchExpressions").into_iter().flat_map(NodeRef::items);
    let by_expression = expressions
        .filter(|one| one.get("key").and_then(NodeRef::text).is_some_and(|key| CONTROL_PLANE.contains(&key)))
        .map(|one| {
            let is_true = || {
                let values = one.get("values").into_iter().flat_map(NodeRef::items);
                values.map(NodeRef::text).eq([Some("true")])
            };
            match one.get("operator").and_then(NodeRef::text)? {
                "Exists" => Some(false),
                "DoesNotExist" => Some(true),
                "In" if is_true() => Some(false),
                "NotIn" if is_true() => Some(true),
                _ => None,
            }
        });
    let mut said = by_label.chain(by_expression);
    match said.next() {
        Some(first) => first.filter(|_| said.all(|other| other == first)),
        None => (name.contains("agent") || name.contains("worker")).then_some(true),
    }
}
