//! `config/admission-plugins`: unknown admission plugins, and plugins that are both enabled and disabled.

use crate::catalog::components::{Fate, admission_plugins, is_beyond};
use crate::finding::Safety;
use crate::rke2::node::is_stand_in;
use crate::rule::arguments::{Given, given};
use crate::rule::{Context, Draft, Target};
use crate::spelling::nearest;

const ON: &str = "enable-admission-plugins";
const OFF: &str = "disable-admission-plugins";

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Target::Config(node) = context.target else { return };
    let given: Vec<Given<'_>> = given(node)
        .filter(|given| given.component == "kube-apiserver")
        .filter(|given| matches!(given.name().as_str(), ON | OFF | "admission-control"))
        .collect();
    for element in &given {
        let Some(value) = element.argument().value.filter(|value| !is_stand_in(value)) else { continue };
        for plugin in plugins(value) {
            let draft = fault(context, element, plugin).or_else(|| {
                let off = given.iter().find(|other| other.name() == OFF && names(other, plugin));
                off.filter(|_| element.name() == ON).map(|off| {
                    Draft::new(
                        element.node.span(),
                        format!("admission plugin `{plugin}` is both enabled and disabled; kube-apiserver fails to start"),
                    )
                    .related(off.node.span(), "disabled here")
                    .help(format!("remove `{plugin}` from one of the two lists"))
                })
            });
            drafts.extend(draft);
        }
    }
}

fn names(given: &Given<'_>, plugin: &str) -> bool {
    given.argument().value.is_some_and(|value| plugins(value).any(|part| part == plugin))
}

/// The plugins of a list. kube-apiserver parses the list as CSV, so each name may be quoted.
fn plugins(value: &str) -> impl Iterator<Item = &str> {
    value
        .split(',')
        .map(|plugin| plugin.strip_prefix('"').and_then(|plugin| plugin.strip_suffix('"')).unwrap_or(plugin))
        .filter(|plugin| !plugin.is_empty())
}

fn fault(context: &Context<'_, '_>, given: &Given<'_>, plugin: &str) -> Option<Draft> {
    let target = &context.cluster.target;
    let mut meant = None;
    let (fact, help) = match admission_plugins().get(plugin) {
        Some(known) => match known.minors.fate(target) {
            Fate::Removed(minor) => {
                let help = match plugin {
                    "PodSecurityPolicy" => {
                        "remove it; use Pod Security admission (`pod-security-admission-config-file`) instead"
                            .to_owned()
                    }
                    _ => format!("remove `{plugin}`"),
                };
                (format!("admission plugin `{plugin}` was removed in Kubernetes 1.{minor}"), help)
            }
            Fate::Added(minor) => (
                format!("admission plugin `{plugin}` was added in Kubernetes 1.{minor}"),
                format!("remove `{plugin}`, or upgrade RKE2 first"),
            ),
            Fate::Possible => return None,
        },
        None if is_beyond(target) => return None,
        None => {
            meant = nearest(plugin.trim(), admission_plugins().keys().copied(), 3);
            let help = match meant {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("remove `{plugin}`"),
            };
            (format!("unknown admission plugin `{plugin}`"), help)
        }
    };
    let edit = meant.and_then(|near| given.reworded(&given.text.replacen(plugin, near, 1)));
    let draft = Draft::new(given.node.span(), format!("{fact}; kube-apiserver fails to start"));
    Some(draft.fixed(Safety::Safe, "correct the name", edit).help(help))
}
