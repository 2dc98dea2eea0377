//! One element of a component's argument list, as K3s' `GetArgs` takes it apart, and which component has which
//! flag. This module must not judge.

/// The lists of arguments, each with its component.
pub const LISTS: [(&str, &str); 6] = [
    ("kubelet-arg", "kubelet"),
    ("kube-apiserver-arg", "kube-apiserver"),
    ("kube-controller-manager-arg", "kube-controller-manager"),
    ("kube-scheduler-arg", "kube-scheduler"),
    ("kube-proxy-arg", "kube-proxy"),
    ("etcd-arg", "etcd"),
];

/// An element of such a list: `name=value`, `--name=value`, `name` for `name=true`, `name+=value`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Argument<'t> {
    /// How many dashes lead.
    pub dashes: usize,
    /// The name, blanks around it kept.
    pub name: &'t str,
    /// What follows the first `=`.
    pub value: Option<&'t str>,
}

impl<'t> Argument<'t> {
    /// Takes an element apart.
    pub fn parse(text: &'t str) -> Self {
        let bare = text.trim_start_matches('-');
        let (name, value) = match bare.split_once('=') {
            Some((name, value)) => (name.strip_suffix(['+', '-']).unwrap_or(name), Some(value)),
            None => (bare, None),
        };
        Self { dashes: text.len() - bare.len(), name, value }
    }
}

/// The list that a flag belongs to, for flags that exactly one component has.
pub fn list_of(flag: &str) -> Option<&'static str> {
    FLAGS.iter().find(|(_, flags)| flags.contains(&flag)).map(|(list, _)| *list)
}

const FLAGS: [(&str, &[&str]); 5] = [
    (
        "kubelet-arg",
        &[
            "allowed-unsafe-sysctls",
            "cgroup-driver",
            "container-log-max-files",
            "container-log-max-size",
            "cpu-manager-policy",
            "eviction-hard",
            "eviction-max-pod-grace-period",
            "eviction-minimum-reclaim",
            "eviction-soft",
            "eviction-soft-grace-period",
            "fail-swap-on",
            "image-gc-high-threshold",
            "image-gc-low-threshold",
            "kube-reserved",
            "make-iptables-util-chains",
            "max-pods",
            "node-status-update-frequency",
            "pod-max-pids",
            "rotate-server-certificates",
            "serialize-image-pulls",
            "streaming-connection-idle-timeout",
            "system-reserved",
            "topology-manager-policy",
        ],
    ),
    (
        "kube-apiserver-arg",
        &[
            "admission-control-config-file",
            "audit-log-format",
            "audit-log-maxage",
            "audit-log-maxbackup",
            "audit-log-maxsize",
            "audit-log-path",
            "audit-policy-file",
            "default-not-ready-toleration-seconds",
            "default-unreachable-toleration-seconds",
            "disable-admission-plugins",
            "enable-admission-plugins",
            "encryption-provider-config",
            "event-ttl",
            "max-mutating-requests-inflight",
            "max-requests-inflight",
            "oidc-client-id",
            "oidc-groups-claim",
            "oidc-issuer-url",
            "oidc-username-claim",
            "runtime-config",
        ],
    ),
    (
        "kube-controller-manager-arg",
        &[
            "allocate-node-cidrs",
            "cluster-signing-duration",
            "node-cidr-mask-size",
            "node-cidr-mask-size-ipv4",
            "node-cidr-mask-size-ipv6",
            "node-monitor-grace-period",
            "node-monitor-period",
            "terminated-pod-gc-threshold",
            "use-service-account-credentials",
        ],
    ),
    (
        "kube-proxy-arg",
        &["conntrack-max-per-core", "conntrack-min", "ipvs-scheduler", "ipvs-strict-arp", "proxy-mode"],
    ),
    (
        "etcd-arg",
        &[
            "auto-compaction-mode",
            "auto-compaction-retention",
            "election-timeout",
            "heartbeat-interval",
            "listen-metrics-urls",
            "max-request-bytes",
            "quota-backend-bytes",
            "snapshot-count",
        ],
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_are_taken_apart() {
        assert_eq!(Argument::parse("a=b=c"), Argument { dashes: 0, name: "a", value: Some("b=c") });
        assert_eq!(Argument::parse("--a+=b"), Argument { dashes: 2, name: "a", value: Some("b") });
        assert_eq!(Argument::parse("a"), Argument { dashes: 0, name: "a", value: None });
        assert_eq!(list_of("max-pods"), Some("kubelet-arg"));
        assert_eq!(list_of("authorization-mode"), None);
    }
}
