//! Plans of the system-upgrade controller: the releases that servers and agents are upgraded to.

use std::ops::Range;

use crate::unit::{Format, Found, Host, Plan};
use crate::words::Word;
use crate::yaml::{NodeRef, template_mark};

/// Upgrade plans.
pub const FORMAT: Format =
    Format { name: "upgrade-plan", files: &[], marks: &["rke2-upgrade"], is_program: false, fits, read };

fn fits(host: &Host<'_>) -> bool {
    static GROUP: Word = Word::new("upgrade.cattle.io");
    GROUP.is_in(host.text().as_bytes())
}

fn read(host: &Host<'_>, found: &mut Found) {
    for root in host.roots() {
        if let Some((plan, at)) = plan(root) {
            found.plan(host.view(), at, plan);
        }
    }
}

/// A plan that upgrades RKE2, with the place of its release.
fn plan(root: NodeRef<'_>) -> Option<(Plan, Range<usize>)> {
    let text = |path: &[&str]| root.at(path).and_then(NodeRef::text).unwrap_or_default();
    let is_plan = text(&["apiVersion"]).starts_with("upgrade.cattle.io/") && text(&["kind"]) == "Plan";
    if !is_plan || !text(&["spec", "upgrade", "image"]).contains("rke2-upgrade") {
        return None;
    }
    let spec = root.get("spec")?;
    let key = ["version", "channel"].into_iter().find(|key| spec.get(key).is_some())?;
    let name = text(&["metadata", "name"]);
    let node = spec.get(key)?;
    let text = node.text().filter(|text| template_mark(text).is_none() && !text.contains('$'));
    // An image tag contains `-` instead of `+`.
    let release =
        text.map(|text| if key == "version" { text.replace("-rke2", "+rke2") } else { text.to_owned() });
    let range = node.span().range();
    let is_agent = is_agent(spec, name);
    Some((Plan { name: name.to_owned(), is_agent, key, release, range: range.clone() }, range))
}

/// Labels of control plane nodes.
const CONTROL_PLANE: &[&str] = &[
    "node-role.kubernetes.io/control-plane",
    "node-role.kubernetes.io/controlplane",
    "node-role.kubernetes.io/master",
];

/// Whether a plan is for agents, according to how its selector treats the label of the control plane. `None` where the
/// selector does not show it.
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
