//! `upgrade/removed-component-flag`: arguments of Kubernetes components that the release no longer has.

use crate::rule::{Context, Draft, Target};
use crate::yaml::template_mark;

/// Key of config.yaml, flag, the minor that removed it, what to do.
const REMOVED: &[(&str, &str, u16, &str)] = &[
    ("kube-scheduler-arg", "address", 24, "write `bind-address` in its place"),
    ("kube-scheduler-arg", "port", 24, "delete it: the secure port has a flag of its own, `secure-port`"),
    ("kube-scheduler-arg", "policy-config-file", 23, "move the settings to a file for `config`"),
    ("kube-controller-manager-arg", "address", 24, "write `bind-address` in its place"),
    (
        "kube-controller-manager-arg",
        "port",
        24,
        "delete it: the secure port has a flag of its own, \
                                                 `secure-port`",
    ),
    ("kube-controller-manager-arg", "pod-eviction-timeout", 27, POD_EVICTION),
    ("kube-controller-manager-arg", "enable-taint-manager", 27, "delete it: taints always evict"),
    ("kube-apiserver-arg", "insecure-port", 24, "delete it: there is no insecure port any more"),
    ("kube-apiserver-arg", "insecure-bind-address", 24, "delete it: there is no insecure port any more"),
    ("kube-apiserver-arg", "master-service-namespace", 27, "delete it: it had no effect"),
    ("kubelet-arg", "network-plugin", 24, "delete it: containerd reads the CNI configuration by itself"),
    ("kubelet-arg", "cni-conf-dir", 24, "delete it: containerd reads the CNI configuration by itself"),
    ("kubelet-arg", "cni-bin-dir", 24, "delete it: containerd reads the CNI configuration by itself"),
    ("kubelet-arg", "container-runtime", 27, "delete it: only `container-runtime-endpoint` is left"),
    ("kubelet-arg", "keep-terminated-pod-volumes", 31, "delete it"),
    (
        "kubelet-arg",
        "pod-infra-container-image",
        35,
        "delete it, and set `pause-image` in config.yaml \
                                                      if needed",
    ),
];

const POD_EVICTION: &str = "set the apiserver's `default-not-ready-toleration-seconds` and \
                            `default-unreachable-toleration-seconds` in its place";

/// Flags of the old logging library, which all components lost in 1.26.
const LOGGING: &[&str] = &[
    "add-dir-header",
    "alsologtostderr",
    "log-backtrace-at",
    "log-dir",
    "log-file",
    "log-file-max-size",
    "logtostderr",
    "one-output",
    "skip-headers",
    "skip-log-headers",
    "stderrthreshold",
];
const LOGGING_MINOR: u16 = 26;
const COMPONENTS: &[(&str, &str)] = &[
    ("kube-apiserver-arg", "kube-apiserver"),
    ("kube-controller-manager-arg", "kube-controller-manager"),
    ("kube-scheduler-arg", "kube-scheduler"),
    ("kubelet-arg", "the kubelet"),
];

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Target::Config(node) = context.target else { return };
    let target = &context.cluster.target;
    for (key, component) in COMPONENTS {
        let Some(setting) = node.setting(key) else { continue };
        for (value, text) in setting.arguments() {
            let Some(text) = text.filter(|text| template_mark(text).is_none()) else { continue };
            let name = text.trim_start_matches('-').split('=').next().unwrap_or_default();
            let name = name.trim_end_matches(['+', '-']);
            let Some((minor, help)) = removed(key, name) else { continue };
            if target.releases().is_empty() || !target.all(|release| release.minor >= minor) {
                continue;
            }
            drafts.push(
                Draft::new(
                    value.span(),
                    format!(
                        "`{name}` was removed in Kubernetes 1.{minor}: {component} exits with an \
                             unknown flag"
                    ),
                )
                .help(help),
            );
        }
    }
}

fn removed(key: &str, name: &str) -> Option<(u16, &'static str)> {
    // The flag package takes `_` for `-`.
    let name = name.replace('_', "-");
    if LOGGING.contains(&name.as_str()) {
        return Some((LOGGING_MINOR, "delete it: components log to standard error, and RKE2 keeps that"));
    }
    REMOVED.iter().find(|(of, flag, ..)| *of == key && *flag == name).map(|(.., minor, help)| (*minor, *help))
}
