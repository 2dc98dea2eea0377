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
        let message = format!("`{}` upgrades agents to `{of_agent}`, but servers get `{of_server}`", agent.name);
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

/// For which nodes a plan is: it selects nodes by whether they have the label of the control plane.
fn is_agent(spec: NodeRef<'_>, name: &str) -> Option<bool> {
    let selector = spec.get("nodeSelector")?.source_text();
    let role = selector.contains("control-plane") || selector.contains("node-role.kubernetes.io/master");
    let others = selector.contains("DoesNotExist") || selector.contains("NotIn, values: [\"true\"");
    match (role, others) {
        (true, true) => Some(true),
        (true, false) => Some(false),
        _ if name.contains("agent") || name.contains("worker") => Some(true),
        _ => None,
    }
}
