//! `upgrade/removed-component-flag`: removed flags of Kubernetes components.

use crate::catalog::components::{self, Fate};
use crate::finding::Safety;
use crate::rule::arguments::{given, program};
use crate::rule::{Context, Draft, Target};

/// Specific helps: component, flag, help.
const HELP: &[(&str, &str, &str)] = &[
    ("kube-scheduler", "address", "write `bind-address` instead"),
    ("kube-scheduler", "port", "remove it; `secure-port` sets the secure port"),
    ("kube-scheduler", "policy-config-file", "move the settings to the file that `config` names"),
    ("kube-controller-manager", "address", "write `bind-address` instead"),
    ("kube-controller-manager", "port", "remove it; `secure-port` sets the secure port"),
    (
        "kube-controller-manager",
        "pod-eviction-timeout",
        "set `default-not-ready-toleration-seconds` and `default-unreachable-toleration-seconds` in \
         `kube-apiserver-arg` instead",
    ),
    ("kube-controller-manager", "enable-taint-manager", "remove it; taints always evict"),
    ("kube-apiserver", "insecure-port", "remove it; the insecure port no longer exists"),
    ("kube-apiserver", "insecure-bind-address", "remove it; the insecure port no longer exists"),
    ("kubelet", "network-plugin", "remove it; containerd reads the CNI configuration itself"),
    ("kubelet", "cni-conf-dir", "remove it; containerd reads the CNI configuration itself"),
    ("kubelet", "cni-bin-dir", "remove it; containerd reads the CNI configuration itself"),
    ("kubelet", "container-runtime", "remove it; `container-runtime-endpoint` is enough"),
    ("kubelet", "pod-infra-container-image", "remove it, and set `pause-image` in config.yaml if needed"),
];

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Target::Config(node) = context.target else { return };
    for given in given(node) {
        let name = given.name();
        let Some(flag) = components::flag(given.component, &name) else { continue };
        let Fate::Removed(minor) = flag.minors.fate(&context.cluster.target) else { continue };
        let help = HELP.iter().find(|(component, flag, _)| *component == given.component && *flag == name);
        let replaced = help.is_some();
        let setting = node.setting(given.list).filter(|_| !replaced);
        let edit = setting.and_then(|setting| context.without_element(setting, given.node));
        drafts.push(
            Draft::new(
                given.node.span(),
                format!(
                    "flag `{name}` was removed in Kubernetes 1.{minor}; {} fails to start",
                    program(given.component)
                ),
            )
            .help(help.map_or_else(|| format!("remove `{}`", given.text), |(.., help)| (*help).to_owned()))
            .fixed(Safety::Unsafe, "remove the flag", edit),
        );
    }
}
