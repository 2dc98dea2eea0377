//! `config/feature-gates`: gates that do not exist, are locked, or are not written as `Name=true`.

use crate::catalog::components::{Fate, Gate, LISTS, gates, is_beyond};
use crate::finding::Safety;
use crate::rke2::node::is_stand_in;
use crate::rule::arguments::{Given, given, program};
use crate::rule::{Context, Draft, Target};
use crate::spelling::nearest;

/// Components that register all gates of Kubernetes.
const COMPONENTS: [&str; 5] =
    ["kube-apiserver", "kube-controller-manager", "kube-scheduler", "kubelet", "kube-proxy"];

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Target::Config(node) = context.target else { return };
    let given: Vec<Given<'_>> = given(node).collect();
    // A component that emulates an older version knows that version's gates. An unresolved template may enable the
    // emulation.
    let is_emulated = |list: &str| {
        node.setting(list).is_some_and(|arguments| !arguments.is_literal())
            || given.iter().any(|given| given.list == list && given.name() == "emulated-version")
    };
    let emulated: Vec<&str> =
        LISTS.into_iter().map(|(list, _)| list).filter(|list| is_emulated(list)).collect();
    for given in given.iter().filter(|given| given.name() == "feature-gates") {
        let Some(value) = given.argument().value else { continue };
        if !COMPONENTS.contains(&given.component) || is_stand_in(value) || emulated.contains(&given.list) {
            continue;
        }
        for pair in value.split(',').filter(|pair| !pair.is_empty()) {
            drafts.extend(fault(context, given, pair));
        }
    }
}

fn fault(context: &Context<'_, '_>, given: &Given<'_>, pair: &str) -> Option<Draft> {
    let target = &context.cluster.target;
    let fails = format!("{} fails to start", program(given.component));
    let draft = |message: String, help: String| Some(Draft::new(given.node.span(), message).help(help));
    let Some((name, value)) = pair.split_once('=').map(|(name, value)| (name.trim(), value.trim())) else {
        return draft(
            format!("feature gate `{pair}` has no value; {fails}"),
            format!("write `{}=true` or `{}=false`", pair.trim(), pair.trim()),
        );
    };
    let Some(gate) = gates().get(name) else {
        if is_beyond(target) {
            return None;
        }
        let near = nearest(name, gates().keys().copied(), 3);
        let help = match near {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("remove `{pair}`"),
        };
        let edit = near.and_then(|near| given.reworded(&given.text.replacen(name, near, 1)));
        let draft = draft(format!("unknown feature gate `{name}`; {fails}"), help)?;
        return Some(draft.fixed(Safety::Safe, "correct the name", edit));
    };
    let on = match value {
        "1" | "t" | "T" | "TRUE" | "true" | "True" => true,
        "0" | "f" | "F" | "FALSE" | "false" | "False" => false,
        _ => {
            return draft(
                format!("feature gate `{name}` expects `true` or `false`, found `{value}`; {fails}"),
                format!("write `{name}=true` or `{name}=false`"),
            );
        }
    };
    match gate.minors.fate(target) {
        Fate::Removed(minor) => draft(
            format!("feature gate `{name}` was removed in Kubernetes 1.{minor}; {fails}"),
            format!("remove `{pair}`"),
        ),
        Fate::Added(minor) => draft(
            format!("feature gate `{name}` was added in Kubernetes 1.{minor}; {fails}"),
            format!("remove `{pair}`, or upgrade RKE2 first"),
        ),
        Fate::Possible if is_locked(gate, on, context) => draft(
            format!("feature gate `{name}` is locked to `{}`; {fails} with `{pair}`", !on),
            format!("remove `{pair}`"),
        ),
        Fate::Possible => None,
    }
}

fn is_locked(gate: &Gate, on: bool, context: &Context<'_, '_>) -> bool {
    let locked = if on { gate.locked_off } else { gate.locked_on };
    locked.in_all(&context.cluster.target)
}
