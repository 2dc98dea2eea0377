//! Plans of the system-upgrade controller: the releases that servers and agents are upgraded to, and plans that never
//! run.

use std::ops::Range;

use crate::spelling::nearest;
use crate::unit::selector::Selector;
use crate::unit::{Format, Found, Host, Plan};
use crate::words::Words;
use crate::yaml::{Entry, Kind, NodeRef, template_mark};

/// Upgrade plans.
pub const FORMAT: Format = Format {
    name: "upgrade-plan",
    files: &[],
    marks: &["rke2-upgrade", "upgrade.cattle.io", "kind: Plan"],
    is_program: false,
    fits,
    read,
};

fn fits(host: &Host<'_>) -> bool {
    static PLANS: Words = Words::new(|| vec!["upgrade.cattle.io", "kind: Plan"]);
    PLANS.is_in(host.text().as_bytes())
}

fn read(host: &Host<'_>, found: &mut Found) {
    for root in host.roots() {
        if is_patch(root) {
            found.patches();
        }
        other_image(host, root, found);
        if let Some((plan, at)) = plan(root) {
            if let Some(spec) = root.entry("spec").filter(|spec| is_whole(spec.value)) {
                never_runs(host, spec, &plan.name, found);
                no_image(host, spec.value, found);
            }
            if let Some(selector) = root.at(&["spec", "nodeSelector"]) {
                SELECTOR.check(host.view(), selector, found);
            }
            found.plan(host.view(), at, plan);
        }
    }
}

const SELECTOR: Selector =
    Selector { rule: "upgrade/plan-selector", effect: "the controller upgrades no node" };

/// Whether a document is a part of a plan, which changes a plan of another file.
fn is_patch(root: NodeRef<'_>) -> bool {
    root.get("kind").and_then(NodeRef::text) == Some("Plan")
        && root.at(&["spec", "upgrade", "image"]).is_none()
}

/// Whether all fields are written out.
fn is_whole(spec: NodeRef<'_>) -> bool {
    spec.kind() == Kind::Mapping
        && !spec.entries().any(|entry| entry.is_merge() || template_mark(&entry.name()).is_some())
}

/// Reports a plan for which the controller selects no node.
fn never_runs(host: &Host<'_>, spec: Entry<'_>, name: &str, found: &mut Found) {
    const RULE: &str = "upgrade/plan-never-runs";
    let at = spec.key.span().range();
    if spec.value.get("nodeSelector").is_none_or(NodeRef::is_null) {
        let message = format!("plan `{name}` has no `nodeSelector`; the controller selects no nodes");
        let help = "add `nodeSelector` with the labels of the nodes, or `nodeSelector: {}` for all nodes";
        found.missing(RULE, host.view(), at.clone(), message, help);
    }
    match spec.value.get("concurrency").filter(|number| !number.is_null()) {
        None => {
            let message = format!("plan `{name}` has no `concurrency`; the default of 0 upgrades no node");
            found.missing(RULE, host.view(), at, message, "add `concurrency: 1`");
        }
        Some(number) if number.text() == Some("0") => {
            let message = format!("plan `{name}` has `concurrency: 0`; the controller upgrades no node");
            found.missing(RULE, host.view(), number.span().range(), message, "write `concurrency: 1`");
        }
        Some(_) => {}
    }
}

/// Reports a release for which Rancher publishes no image: a version of Kubernetes, since releases of RKE2 have a
/// suffix, or a release of K3s.
fn no_image(host: &Host<'_>, spec: NodeRef<'_>, found: &mut Found) {
    const RULE: &str = "upgrade/plan-without-image";
    let image = spec.at(&["upgrade", "image"]).and_then(NodeRef::text).unwrap_or_default();
    let text_of = |key: &str| {
        let node = spec.get(key)?;
        Some((node.span().range(), node.text().filter(|text| template_mark(text).is_none())?))
    };
    let channel = text_of("channel").filter(|_| spec.get("version").is_none_or(NodeRef::is_null));
    if let (Some((at, channel)), true) = (channel, IMAGES.contains(&image)) {
        let path = channel.split_once("://").map_or(channel, |(_, path)| path);
        let rest = ["update.rke2.io/v1-release/", "update.k3s.io/v1-release/"]
            .into_iter()
            .find_map(|start| path.strip_prefix(start));
        let (message, help) = match rest {
            Some(_) if path.starts_with("update.k3s.io") => (
                format!("`{channel}` names releases of K3s; there are no images `{image}` of them"),
                format!("write `{}`", channel.replacen("update.k3s.io", "update.rke2.io", 1)),
            ),
            Some(rest) if rest.starts_with("channel/") => (
                format!("there is no channel at `{channel}`; the controller finds no release"),
                format!("write `{}`", channel.replacen("/channel/", "/channels/", 1)),
            ),
            _ => return,
        };
        found.missing(RULE, host.view(), at, message, &help);
        return;
    }
    let (Some(node), true) = (spec.get("version"), IMAGES.contains(&image)) else { return };
    let Some(text) = node.text().filter(|text| template_mark(text).is_none()) else { return };
    let bare = text.strip_prefix('v').unwrap_or(text);
    let is_number = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let numbers = bare.split('.').count();
    if bare.split('.').all(is_number) && (2..=3).contains(&numbers) {
        let message = format!("there is no image `{image}:{text}`; the jobs of this plan cannot start");
        let help = if numbers == 3 {
            format!("write the whole release, for example `v{bare}+rke2r1`")
        } else {
            "write the whole release, for example `v1.34.2+rke2r1`".to_owned()
        };
        found.missing(RULE, host.view(), node.span().range(), message, &help);
    }
}

/// Reports an image that does not upgrade RKE2 to the release of the plan: that of K3s, or a misspelled one.
fn other_image(host: &Host<'_>, root: NodeRef<'_>, found: &mut Found) {
    const RULE: &str = "upgrade/plan-without-image";
    let text = |node: Option<NodeRef<'_>>| {
        let node = node?;
        Some((node.span().range(), node.text().filter(|text| template_mark(text).is_none())?.to_owned()))
    };
    if !is_plan(root) {
        return;
    }
    let Some(spec) = root.get("spec").filter(|spec| is_whole(*spec)) else { return };
    let Some((at, image)) = text(spec.at(&["upgrade", "image"])) else { return };
    let bare = image.split_once(':').map_or(image.as_str(), |(bare, _)| bare);
    let release = text(spec.get("version")).or_else(|| text(spec.get("channel")));
    let is_unset = |key: &str| spec.get(key).is_none_or(NodeRef::is_null);
    if let Some((_, release)) = release.as_ref().filter(|_| K3S_IMAGES.contains(&bare)) {
        let is_rke2 =
            release.contains("+rke2") || release.contains("-rke2") || release.contains("update.rke2.io");
        if is_rke2 {
            let message = format!("`{image}` upgrades K3s; it has no image of `{release}`");
            let help = format!("write `{}`", image.replacen("k3s-upgrade", "rke2-upgrade", 1));
            found.missing(RULE, host.view(), at, message, &help);
        }
    } else if let Some(known) = nearest(bare, IMAGES.iter().copied(), 2).filter(|known| *known != bare) {
        let message = format!("there is no image `{bare}`; the jobs of this plan cannot start");
        found.missing(RULE, host.view(), at, message, &format!("write `{known}`"));
    } else if IMAGES.contains(&bare) && is_unset("version") && is_unset("channel") {
        let message = "the plan has neither `version` nor `channel`; the controller does not resolve it";
        let help =
            "add `channel: https://update.rke2.io/v1-release/channels/stable`, or `version` with a release";
        found.missing(RULE, host.view(), at, message.to_owned(), help);
    }
}

fn is_plan(root: NodeRef<'_>) -> bool {
    let text = |key: &str| root.get(key).and_then(NodeRef::text).unwrap_or_default();
    text("apiVersion").starts_with("upgrade.cattle.io/") && text("kind") == "Plan"
}

/// The image that upgrades K3s.
const K3S_IMAGES: &[&str] =
    &["rancher/k3s-upgrade", "docker.io/rancher/k3s-upgrade", "index.docker.io/rancher/k3s-upgrade"];

/// The image that Rancher publishes, whose tag is the plan's version.
const IMAGES: &[&str] =
    &["rancher/rke2-upgrade", "docker.io/rancher/rke2-upgrade", "index.docker.io/rancher/rke2-upgrade"];

/// A plan that upgrades RKE2, with the place of its release.
fn plan(root: NodeRef<'_>) -> Option<(Plan, Range<usize>)> {
    let text = |path: &[&str]| root.at(path).and_then(NodeRef::text).unwrap_or_default();
    if !is_plan(root) || !text(&["spec", "upgrade", "image"]).contains("rke2-upgrade") {
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
    let waits_for = waits_for(spec);
    Some((Plan { name: name.to_owned(), is_agent, key, release, range: range.clone(), waits_for }, range))
}

/// The plan in `prepare`, whose completion the image of the upgrade waits for.
fn waits_for(spec: NodeRef<'_>) -> Option<(String, Range<usize>)> {
    let prepare = spec.get("prepare")?;
    if !prepare.get("image").and_then(NodeRef::text)?.contains("rke2-upgrade") {
        return None;
    }
    let args: Vec<NodeRef<'_>> = prepare.get("args")?.items().collect();
    let [first, name] = args[..] else { return None };
    let text = name.text().filter(|text| template_mark(text).is_none() && !text.contains('$'))?;
    (first.text() == Some("prepare")).then(|| (text.to_owned(), name.span().range()))
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
