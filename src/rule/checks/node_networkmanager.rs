//! `node/networkmanager`: services that conflict with the network plugin.

use crate::cluster::fact::{Datum, Fact};
use crate::rule::{Context, Draft};

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Some(host) = context.host else { return };
    let cni = context.cluster.cni(context.server);
    let Some(name) =
        cni.value().and_then(Datum::as_text).filter(|name| matches!(name.as_ref(), "canal" | "calico"))
    else {
        return;
    };
    let at = cni.span().unwrap_or_else(|| context.subject_place());
    let mut report = |message: String, help: &str, place: Option<crate::source::Span>| {
        let mut draft = Draft::new(at, message).help(help);
        if let Some(place) = place {
            draft = draft.related(place, "node fact");
        }
        drafts.push(draft);
    };
    if host.fact(&["network-manager", "active"]).is_true() == Some(true)
        && let Fact::Known(unmanaged) = host.fact(&["network-manager", "unmanaged"])
        && !unmanaged
            .value
            .elements()
            .iter()
            .any(|entry| entry.as_text().is_none_or(|entry| leaves_alone(&entry)))
    {
        report(
            format!(
                "`cni` is `{name}`, but NetworkManager manages the `cali*` interfaces and may remove their routes"
            ),
            "write `[keyfile]` and `unmanaged-devices=interface-name:flannel*;interface-name:cali*;interface-name:tunl*;\
             interface-name:vxlan.calico` to `/etc/NetworkManager/conf.d/rke2-canal.conf`",
            unmanaged.at,
        );
    }
    if let Fact::Known(services) = host.fact(&["services"])
        && let Some(service) = services
            .value
            .elements()
            .into_iter()
            .filter_map(Datum::as_text)
            .find(|service| matches!(service.as_ref(), "nm-cloud-setup" | "firewalld"))
    {
        let does = if service == "firewalld" {
            "its rules drop pod traffic"
        } else {
            "its routing table breaks pod traffic"
        };
        report(
            format!("`cni` is `{name}`, but the node starts `{service}`; {does}"),
            &format!("run `systemctl disable --now {service}` on the node and restart it"),
            services.at,
        );
    }
}

/// Whether an entry of `unmanaged-devices` may cover the interfaces of pods.
fn leaves_alone(entry: &str) -> bool {
    ["cali", "veth", "except:"].iter().any(|word| entry.contains(word))
        || matches!(entry, "*" | "interface-name:*")
}
