//! `config/disable-redundant`: entries of `disable` that RKE2 adds by itself.

use crate::catalog::config_values;
use crate::cluster::fact::Fact;
use crate::finding::{Safety, Severity};
use crate::rule::{Context, Draft, Target};

const DELETE: &str = "remove the entry";

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
            "coredns" => {
                redundant("`coredns` is the K3s name and disables nothing; RKE2's chart is `rke2-coredns`")
            }
            "servicelb" => match &lb {
                Fact::Known(found) if found.value.as_bool() == Some(true) => {
                    let mut draft = Draft::new(value.span(), "`servicelb` is disabled here although `enable-servicelb` enables it; ServiceLB stays off")
                        .help("remove `servicelb` here, or remove `enable-servicelb`")
                        .severity(Severity::Warning);
                    if let Some(at) = found.at {
                        draft = draft.related(at, "enabled here");
                    }
                    draft
                }
                Fact::Known(_) => redundant("redundant: ServiceLB is off unless `enable-servicelb` is set"),
                Fact::Absent(_) | Fact::Unknown => continue,
            },
            _ => {
                let plugin = part.strip_prefix("rke2-").unwrap_or_default();
                let plugin = plugin.strip_suffix("-crd").unwrap_or(plugin);
                let known = context.cluster.target.newest().and_then(config_values);
                let is_plugin = known.is_some_and(|values| values.cni.iter().any(|cni| cni == plugin))
                    && plugin != "multus";
                match &chosen {
                    Some(chosen) if is_plugin && chosen != plugin => {
                        redundant(&format!("redundant: `{part}` is not deployed with `cni: {chosen}`"))
                    }
                    _ => continue,
                }
            }
        };
        drafts.push(draft);
    }
}
