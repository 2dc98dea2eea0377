//! `config/disable-redundant`: entries of `disable` that RKE2 adds by itself.

use crate::catalog::config_values;
use crate::cluster::fact::Fact;
use crate::finding::{Safety, Severity};
use crate::rule::{Context, Draft, Target};

const DELETE: &str = "delete the entry";

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Target::Config(node) = context.target else { return };
    let Some(disable) = node.setting("disable") else { return };
    let lb = node.fact("enable-servicelb");
    let cni = context.cluster.cni(Some(node));
    let chosen = cni.value().and_then(|value| value.as_text().map(std::borrow::Cow::into_owned));
    for (value, part) in disable.raw_parts() {
        let part = part.trim();
        let redundant = |message: &str| {
            let edit = context.without_element(disable, value);
            Draft::new(value.span(), message).help(DELETE).fixed(Safety::Safe, DELETE, edit)
        };
        let draft = match part {
            "coredns" => redundant(
                "`coredns` is K3s' manifest, which RKE2 never has: cluster DNS (`rke2-coredns`) stays",
            ),
            "servicelb" => {
                match &lb {
                    Fact::Known(found) if found.value.as_bool() == Some(true) => {
                        let mut draft = Draft::new(value.span(), "`servicelb` is disabled here and switched on by `enable-servicelb`: it stays off")
                        .help("keep one of the two")
                        .severity(Severity::Warning);
                        if let Some(at) = found.at {
                            draft = draft.related(at, "switched on here");
                        }
                        draft
                    }
                    Fact::Known(_) => redundant("ServiceLB is off in RKE2 unless `enable-servicelb` is set"),
                    Fact::Absent(_) | Fact::Unknown => continue,
                }
            }
            _ => {
                let plugin = part.strip_prefix("rke2-").unwrap_or_default();
                let plugin = plugin.strip_suffix("-crd").unwrap_or(plugin);
                let known = context.cluster.target.newest().and_then(config_values);
                let is_plugin = known.is_some_and(|values| values.cni.iter().any(|cni| cni == plugin))
                    && plugin != "multus";
                match &chosen {
                    Some(chosen) if is_plugin && chosen != plugin => {
                        redundant(&format!("`{part}` is not installed anyway: `cni` is `{chosen}`"))
                    }
                    _ => continue,
                }
            }
        };
        drafts.push(draft);
    }
}
