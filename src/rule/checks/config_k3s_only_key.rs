//! `config/k3s-only-key`: K3s options that RKE2 ignores.

use crate::cluster::fact::{Datum, Fact};
use crate::cluster::key::{KeyUse, key_use};
use crate::finding::{Edit, Safety, Severity};
use crate::rule::{Context, Draft, Target};
use crate::yaml::Entry;

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Target::Config(node) = context.target else { return };
    // RKE2 has adopted keys of K3s before: `datastore-endpoint`, `with-node-id`.
    if context.cluster.target.beyond_catalogue().is_some() {
        return;
    }
    for setting in &node.merged.settings {
        let KeyUse::K3sOnly(key) = key_use(&setting.key, node.roles(), &context.cluster.target) else {
            continue;
        };
        let Some(last) = setting.entries.last() else { continue };
        let value = match node.fact(&setting.key) {
            Fact::Known(found) => found.value,
            Fact::Absent(_) | Fact::Unknown => Datum::Opaque,
        };
        let name = key.name.as_str();
        let draft = if is_default_of_rke2(name, &value) {
            Draft::new(
                last.key.span(),
                format!("`{name}` is a K3s option; RKE2 ignores it and already behaves this way"),
            )
            .severity(Severity::Info)
            .help("remove the key")
            .fixed(Safety::Safe, "remove the key", context.without(*last))
        } else {
            let help = counterpart(name).map_or_else(|| "remove the key".to_owned(), str::to_owned);
            Draft::new(last.key.span(), format!("`{name}` is a K3s option; RKE2 ignores it"))
                .help(help)
                .fixed(Safety::Unsafe, "use the RKE2 key", replaced(context, name, *last))
        };
        drafts.push(draft);
    }
}

/// Whether RKE2 always does what the key requests.
fn is_default_of_rke2(key: &str, value: &Datum<'_>) -> bool {
    let is = |wanted: bool| value.as_bool() == Some(wanted);
    let text = value.as_text().unwrap_or_default();
    match key {
        "cluster-init" => true,
        "disable-network-policy" | "no-flannel" => is(true),
        "docker"
        | "rootless"
        | "prefer-bundled-bin"
        | "flannel-external-ip"
        | "disable-helm-controller"
        | "disable-apiserver-lb"
        | "disable-selinux" => is(false),
        "flannel-backend" => text == "none",
        "https-listen-port" | "apiserver-port" | "advertise-port" => text == "6443",
        "supervisor-port" => text == "9345",
        _ => *value == Datum::Opaque,
    }
}

/// The edit that replaces the key with the RKE2 key that has the same values, or removes it if there is none.
fn replaced(context: &Context<'_, '_>, key: &str, entry: Entry<'_>) -> Option<Edit> {
    match key {
        "kube-controller-arg" => context.renamed(entry, "kube-controller-manager-arg"),
        "kube-cloud-controller-arg" => context.renamed(entry, "kube-cloud-controller-manager-arg"),
        "no-deploy" => context.renamed(entry, "disable"),
        "docker" | "disable-selinux" => context.without(entry),
        _ if counterpart(key).is_none() => context.without(entry),
        _ => None,
    }
}

fn counterpart(key: &str) -> Option<&'static str> {
    Some(match key {
        "flannel-backend" => {
            "select the network plugin with `cni`, and its mode in a HelmChartConfig for `rke2-canal` or `rke2-flannel`"
        }
        "flannel-iface"
        | "flannel-conf"
        | "flannel-cni-conf"
        | "flannel-ipv6-masq"
        | "flannel-external-ip"
        | "no-flannel" => "configure the network plugin in a HelmChartConfig for its chart",
        "kube-controller-arg" => "write `kube-controller-manager-arg`",
        "kube-cloud-controller-arg" => "write `kube-cloud-controller-manager-arg`",
        "no-deploy" => "write `disable`",
        "cluster-secret" => "write `token`",
        "https-listen-port" | "apiserver-port" | "advertise-port" | "supervisor-port" => {
            "remove the key; RKE2's ports are fixed (6443 API, 9345 supervisor), so map others in a load balancer"
        }
        "docker" => "remove the key; RKE2 always runs containerd",
        "default-local-storage-path" => {
            "install local-path-provisioner with a HelmChart; RKE2 ships no local storage"
        }
        "vpn-auth" | "vpn-auth-file" => {
            "encrypt traffic in the network plugin, for example with WireGuard in Cilium or Calico"
        }
        "disable-selinux" => "remove `selinux`",
        _ => return None,
    })
}
