//! `windows/windows-vxlan-port`: Flannel's VXLAN settings other than those of Windows agents.

use crate::cluster::fact::{Datum, Fact, Found};
use crate::finding::{Edit, Safety};
use crate::rule::{Context, Draft, Target};

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Target::Chart { object, values, .. } = context.target else { return };
    let cni = context.cluster.cni(context.server);
    let flannel = cni.value().is_some_and(|cni| cni.as_text().as_deref() == Some("flannel"));
    let Fact::Known(Found { at: Some(windows), .. }) = context.cluster.windows() else { return };
    if !flannel {
        return;
    }
    for (key, fixed) in [("backendPort", 4789), ("vni", 4096)] {
        let fact = context.cluster.value_fact(values, &object.name, &["flannel", key]);
        let Fact::Known(Found { value: Datum::Int(number), at: Some(at) }) = fact else { continue };
        if number != fixed {
            drafts.push(
                Draft::new(
                    at,
                    format!(
                        "`flannel.{key}` is `{number}`, but RKE2's Windows agents always use `{fixed}`; packets between them are lost"
                    ),
                )
                .related(windows, "Windows agent configured here")
                .help(format!("set `flannel.{key}` to `{fixed}`, or remove it"))
                .fixed(
                    Safety::Unsafe,
                    format!("write `{fixed}`"),
                    Some(Edit { span: at, replacement: fixed.to_string() }),
                ),
            );
        }
    }
}
