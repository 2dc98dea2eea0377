//! Findings that may appear because something was removed, each with the reason and a fixture tree that shows it.

use super::mutations::Taken;

/// Findings that are correct although something was removed, grouped by reason.
pub struct Exceptions {
    /// The kind of thing that was removed.
    pub taken: Taken,
    /// Why the findings are correct.
    pub reason: &'static str,
    /// The rules.
    pub rows: &'static [Row],
}

/// A rule, the removed thing, and a fixture tree in which the removal causes a finding. The removed thing is a path of
/// keys, the path of a file, or [`OBJECT`]; `*` matches anything. A path of keys also covers its parents.
pub type Row = (&'static str, &'static str, &'static str);

/// The identity of an object, without which the object does not exist.
pub const OBJECT: &str = "(object)";

/// The keys to which [`OBJECT`] refers. The last one is removed from the witness.
const IDENTITY: [&str; 5] = ["apiVersion", "metadata", "metadata.namespace", "metadata.name", "kind"];

/// All exceptions.
pub const EXCEPTIONS: &[Exceptions] = &[
    Exceptions {
        taken: Taken::Value,
        reason: "A placeholder in the place of a value is what the rule reports.",
        rows: &[("manifest/unreplaced-placeholder", "*", "config/invisible-blank/bad")],
    },
    Exceptions {
        taken: Taken::Value,
        reason: "The finding is about something else and points at what has a name.",
        rows: &[
            ("helm-chart-config/empty-values", "metadata.name", "helm-chart-config/empty-values/bad"),
            ("helm-chart/manifest-rewritten-on-disk", "metadata.name", "helm-chart/helm-v2/good-old-release"),
            ("manifest/missing-apiversion-or-kind", "kind", "manifest/missing-apiversion-or-kind/bad"),
            ("manifest/secret-in-plain-text", "metadata.name", "helm-chart/wrong-secret-type/bad"),
            ("manifest/wrong-directory", "metadata.name", "manifest/wrong-directory/bad"),
            ("multus/config-without-multus", "metadata.name", "multus/config-without-multus/bad"),
        ],
    },
    Exceptions {
        taken: Taken::Value,
        reason: "A node with an unknown `server` or `token` is one of another cluster: grouping needs them.",
        rows: &[
            ("config/even-number-of-servers", "server", "manifest/pool-with-node/good-nodes"),
            ("config/even-number-of-servers", "token", "config/join-address-not-in-certificate/bad"),
            ("manifest/pool-with-node", "server", "manifest/pool-with-node/good-nodes"),
        ],
    },
    Exceptions {
        taken: Taken::Value,
        reason: "Nothing reads the other key any more.",
        rows: &[(
            "helm-chart-config/unknown-value-key",
            "ingressRoute.dashboard.matchRule",
            "helm-chart-config/unknown-value-key/bad-tpl",
        )],
    },
    Exceptions {
        taken: Taken::Value,
        reason: "What is left of the value beside the mark is wrong, whatever takes the place of the mark.",
        rows: &[("manifest/invisible-characters", "*", "manifest/invisible-characters/bad")],
    },
    Exceptions {
        taken: Taken::Value,
        reason: "Any key of the block counts, whatever its value.",
        rows: &[(
            "ingress/traefik-monitor-without-crd",
            "metrics.prometheus.serviceMonitor.enabled",
            "ingress/traefik-monitor-without-crd/bad-any-key",
        )],
    },
    Exceptions {
        taken: Taken::Value,
        reason: "Of several files with one mistake the first is reported.",
        rows: &[
            (
                "config/join-address-not-in-certificate",
                "server",
                "config/join-address-not-in-certificate/bad-name",
            ),
            ("config/join-address-not-in-certificate", "token", "config/join-address-not-in-certificate/bad"),
        ],
    },
    Exceptions {
        taken: Taken::File,
        reason: "Of three servers two are left.",
        rows: &[(
            "config/even-number-of-servers",
            "servers/*.yaml",
            "config/join-address-not-in-certificate/bad",
        )],
    },
    Exceptions {
        taken: Taken::Value,
        reason: "One finding for one mistake: the rule reports another part of it.",
        rows: &[(
            "dual-stack/enable-on-existing-cluster",
            "cluster-cidr",
            "dual-stack/enable-on-existing-cluster/bad",
        )],
    },
    Exceptions {
        taken: Taken::Value,
        reason: "Without its one chart object the folder is not taken for a manifests folder.",
        rows: &[
            ("config/disable-selected-cni", "apiVersion", "config/disable-selected-cni/good-own-chart"),
            (
                "security/psa-missing-system-exemptions",
                "apiVersion",
                "security/psa-missing-system-exemptions/good-labelled",
            ),
        ],
    },
    Exceptions {
        taken: Taken::Value,
        reason: "Without its K3s values the file may be RKE2's.",
        rows: &[
            ("config/unknown-key", "disable.*", "config/unknown-key/good-foreign"),
            ("security/kubeconfig-mode-open", "disable.*", "config/unknown-key/good-foreign"),
        ],
    },
    Exceptions {
        taken: Taken::Value,
        reason: "An object in another folder counts only if its kind is written and, with quoted keys, if it parses.",
        rows: &[
            ("config/disable-selected-cni", "apiVersion", "config/disable-selected-cni/good-delivered"),
            ("config/disable-selected-cni", "kind", "config/disable-selected-cni/good-delivered"),
            (
                "helm-chart-config/values-secret-not-found",
                "kind",
                "helm-chart-config/values-secret-not-found/good-external",
            ),
            (
                "helm-chart-config/wrong-namespace",
                "apiVersion",
                "helm-chart-config/wrong-namespace/good-flux",
            ),
            ("helm-chart-config/wrong-namespace", "kind", "helm-chart-config/wrong-namespace/good-flux"),
            (
                "helm-chart/target-namespace-not-created",
                "items.*.kind",
                "helm-chart/target-namespace-not-created/good-list",
            ),
            (
                "helm-chart/target-namespace-not-created",
                "kind",
                "helm-chart/target-namespace-not-created/good-json",
            ),
            (
                "helm-chart/target-namespace-not-created",
                "metadata.name",
                "helm-chart/target-namespace-not-created/good-quoted",
            ),
        ],
    },
    Exceptions {
        taken: Taken::Value,
        reason: "A file whose path is filled in belongs to no folder of RKE2, and a resource whose name is filled in to no kustomization.",
        rows: &[
            (
                "helm-chart/target-namespace-not-created",
                "write_files.*.path",
                "helm-chart/target-namespace-not-created/good-filled-in",
            ),
            ("helm-chart-config/empty-values", "resources.*", "helm-chart-config/empty-values/good-patched"),
        ],
    },
    Exceptions {
        taken: Taken::File,
        reason: "The rule reports that the tree lacks something, which it does without the file.",
        rows: &[
            (
                "cni-flannel/no-network-policy",
                "*/policies.yaml",
                "security/cis-with-flannel/good-policy-engine",
            ),
            ("config/disable-unknown-item", "*/50-node.yaml", "projects/broken"),
        ],
    },
    Exceptions {
        taken: Taken::File,
        reason: "A file that is gone since the tree before is what the rule reports.",
        rows: &[(
            "manifest/delete-does-not-uninstall",
            "*",
            "cni-canal/backend-change-on-running-cluster/bad",
        )],
    },
    Exceptions {
        taken: Taken::File,
        reason: "Of several files with one mistake the first is reported.",
        rows: &[
            (
                "config/join-address-not-in-certificate",
                "*/pier-2.yaml",
                "config/join-address-not-in-certificate/bad",
            ),
            ("manifest/hidden-folder", "*/depot.yaml", "manifest/hidden-folder/bad"),
            ("manifest/will-be-deleted-by-disable", "*/one.yaml", "manifest/will-be-deleted-by-disable/bad"),
        ],
    },
    Exceptions {
        taken: Taken::File,
        reason: "Of two that cannot both count, the other one counts now.",
        rows: &[
            ("config/dropin-overrides-list", "*/10-role.yaml", "config/append-broken-by-later-file/bad"),
            (
                "manifest/secret-in-plain-text",
                "etc/rancher/rke2/config.yaml",
                "config/alias-and-long-form/bad",
            ),
            ("security/weak-token", "etc/rancher/rke2/config.yaml", "config/alias-and-long-form/bad"),
        ],
    },
    Exceptions {
        taken: Taken::File,
        reason: "The file said that others are not what they look like: patches, a chart of another release, another tool's folder.",
        rows: &[(
            "helm-chart-config/unknown-value-key",
            "*/rke2-coredns.yaml",
            "helm-chart/broken-chart-content/good",
        )],
    },
    Exceptions {
        taken: Taken::Key,
        reason: "The rule reports that the key is missing.",
        rows: &[
            (
                "manifest/ingress-path",
                "spec.rules.*.http.paths.*.pathType",
                "ingress/class-without-controller/bad",
            ),
            ("upgrade/plan-never-runs", "spec.concurrency", "upgrade/plan-skips-minor/good-stable"),
            ("upgrade/plan-without-image", "spec.version", "upgrade/plan-never-runs/bad"),
            (
                "upgrade/plan-selector",
                "spec.nodeSelector.matchExpressions.*.values",
                "upgrade/plan-skips-minor/bad",
            ),
            ("upgrade/plan-never-runs", "spec.nodeSelector", "upgrade/plan-never-runs/bad-concurrency"),
            ("cloud-provider/config-without-name", "cloud-provider-name", "cloud-provider/in-tree-name/bad"),
            (
                "cloud-provider/embedded-and-external",
                "cloud-provider-name",
                "helm-chart/replaces-packaged-chart/bad-selected-provider",
            ),
            (
                "cni-calico/bpf-needs-api-endpoint",
                "kubernetesServiceEndpoint.host",
                "cni-calico/bpf-endpoint-localhost/bad",
            ),
            ("cni-cilium/cluster-name", "cluster.name", "cni-cilium/eni-cluster-id-bug/bad"),
            (
                "cni-cilium/native-routing-cidr-missing",
                "ipv4NativeRoutingCIDR",
                "cni-cilium/auto-direct-routes-with-tunnel/good",
            ),
            ("config/agent-missing-server-or-token", "server", "dual-stack/cluster-cidr-mask/bad-one-node"),
            ("config/agent-missing-server-or-token", "token", "dual-stack/cluster-cidr-mask/bad-one-node"),
            ("config/append-without-base", "node-label", "config/append-broken-by-later-file/good"),
            ("config/append-without-base", "tls-san", "projects/clean"),
            ("config/etcd-s3-incomplete", "etcd-s3", "config/etcd-s3-endpoint-scheme/bad"),
            ("config/etcd-s3-incomplete", "etcd-s3-bucket", "config/etcd-s3-endpoint-scheme/bad"),
            ("config/etcd-s3-incomplete", "etcd-s3-config-secret", "config/etcd-s3-secret-ignored/good"),
            ("config/joining-server-missing-token", "token", "config/cni-differs-between-servers/bad"),
            (
                "helm-chart-config/cni-without-abort-policy",
                "spec.failurePolicy",
                "cni-calico/ippool-mismatch/good-ipv6-default",
            ),
            ("helm-chart-config/empty-values", "metadata.spec", "helm-chart-config/spec-under-metadata/bad"),
            (
                "helm-chart-config/empty-values",
                "spec.failurePolicy",
                "helm-chart-config/values-parse-error/good",
            ),
            ("helm-chart-config/empty-values", "valuesContent", "helm-chart-config/spec-under-metadata/bad"),
            ("helm-chart-config/spec-under-metadata", "spec", "helm-chart-config/field-outside-spec/bad"),
            (
                "helm-chart-config/values-secret-missing-keys",
                "spec.valuesSecrets.*.keys",
                "helm-chart-config/empty-values/good",
            ),
            (
                "helm-chart/cni-not-bootstrap",
                "spec.bootstrap",
                "cloud-provider/embedded-and-external/bad-1.36",
            ),
            (
                "helm-chart/missing-target-namespace",
                "spec.bootstrap",
                "cloud-provider/embedded-and-external/bad",
            ),
            (
                "helm-chart/missing-target-namespace",
                "spec.targetNamespace",
                "cloud-provider/external-without-ccm/bad",
            ),
            ("helm-chart/no-chart-source", "spec.chart", "cloud-provider/embedded-and-external/bad"),
            ("helm-chart/no-chart-source", "spec.chartContent", "helm-chart/broken-chart-content/bad"),
            (
                "helm-chart/target-namespace-not-created",
                "spec.createNamespace",
                "helm-chart/cni-not-bootstrap/good",
            ),
            ("helm-chart/unpinned-version", "spec.version", "cloud-provider/embedded-and-external/bad"),
            ("kube-proxy/kpr-missing-api-endpoint", "k8sServiceHost", "projects/broken"),
            ("kube-proxy/kpr-missing-api-endpoint", "k8sServicePort", "projects/clean"),
            ("manifest/missing-apiversion-or-kind", "apiVersion", "coredns/cluster-ip-override/bad"),
            ("manifest/missing-apiversion-or-kind", "kind", "coredns/cluster-ip-override/bad"),
            ("security/audit-policy-content", "apiVersion", "security/audit-policy-content/bad-empty"),
            ("security/audit-policy-content", "kind", "security/audit-policy/bad-none"),
            ("security/audit-policy-content", "rules.*.level", "security/audit-policy/good-rules"),
            ("coredns/server-block", "servers.*.plugins.*.parameters", "coredns/servers-list-replaced/good"),
            ("coredns/server-block", "servers.*.port", "coredns/servers-list-replaced/good"),
            ("coredns/servers-list-replaced", "servers.*.plugins", "coredns/server-block/good"),
            ("manifest/missing-name", "items.*.metadata.name", "manifest/missing-apiversion-or-kind/good"),
            ("manifest/missing-name", "metadata.name", "coredns/cluster-ip-override/bad"),
            (
                "registries/embedded-registry-no-mirrors",
                "mirrors.docker.io",
                "registries/mirror-without-effect/good",
            ),
            ("registries/mirror-without-effect", "mirrors.*.endpoint", "projects/clean"),
            (
                "security/psa-missing-system-exemptions",
                "plugins.*.configuration.exemptions.namespaces",
                "security/psa-file/bad-fields",
            ),
            ("helm-chart/alias-in-chart", "spec.repo", "cloud-provider/embedded-and-external/good-1.35"),
        ],
    },
    Exceptions {
        taken: Taken::Key,
        reason: "The key is what made the rest right: a switch, an exemption or another way to the same end.",
        rows: &[
            ("config/disable-selected-cni", OBJECT, "kube-proxy/disabled-without-replacement/good-released"),
            ("helm-chart/second-network-plugin", "disable", "config/disable-selected-cni/good-own-chart"),
            (
                "helm-chart-config/unknown-value-key",
                "ingressRoute.dashboard.matchRule",
                "helm-chart-config/unknown-value-key/bad-tpl",
            ),
            (
                "cloud-provider/embedded-and-external",
                "disable-cloud-controller",
                "helm-chart/cni-not-bootstrap/good-chaining",
            ),
            (
                "cni-calico/no-encapsulation-without-bgp",
                "installation.calicoNetwork.bgp",
                "windows/calico-bgp-settings/good",
            ),
            (
                "helm-chart-config/refused-by-chart",
                "bgp.announce.loadbalancerIP",
                "cni-cilium/dead-value/good",
            ),
            ("config/disable-unknown-item", "disable", "projects/broken"),
            (
                "config/disable-unknown-item",
                "disable-kube-proxy",
                "kube-proxy/disable-list-rke2-kube-proxy/good",
            ),
            (
                "helm-chart-config/unknown-value-key",
                "installation.calicoNetwork.mtu",
                "cni-calico/mtu-location/good-anchor",
            ),
            (
                "helm-chart-config/unknown-value-key",
                "rke2-ingress-nginx.controller",
                "helm-chart-config/chart-name-wrapper/bad",
            ),
            ("manifest/shadows-packaged-component", "apiVersion", "helm-chart/broken-chart-content/bad"),
            ("manifest/shadows-packaged-component", "kind", "helm-chart/broken-chart-content/bad"),
            (
                "manifest/shadows-packaged-component",
                "spec.chartContent",
                "helm-chart/broken-chart-content/bad",
            ),
            ("multus/config-without-multus", "cni", "multus/network-config/bad"),
            ("dual-stack/order-mismatch", "advertise-address", "cni-cilium/ipv6-only-tunnel/good-external"),
        ],
    },
    Exceptions {
        taken: Taken::Key,
        reason: "Without the key its default is in force, and the default is known.",
        rows: &[
            ("helm-chart/second-network-plugin", "cni", "helm-chart/cni-not-bootstrap/bad"),
            (
                "ingress/nginx-service-disabled",
                "controller.service.enabled",
                "helm-chart-config/kubernetes-field/good",
            ),
            (
                "cni-calico/nftables-hostports",
                "installation.calicoNetwork.hostPorts",
                "cni-calico/enum-value/good",
            ),
            ("cni-canal/mtu-mismatch", "calico.vethuMTU", "cni-canal/veth-mtu-key/good"),
            ("cni-canal/mtu-mismatch", "flannel.directRouting", "cni-canal/mtu-value-version/bad"),
            (
                "cni-cilium/auto-direct-routes-with-tunnel",
                "routingMode",
                "cni-cilium/native-cidr-mismatch/bad",
            ),
            ("cni-cilium/encryption-not-enabled", "encryption.enabled", "cni-cilium/encryption-type/bad"),
            (
                "cni-cilium/gateway-needs-kpr",
                "kubeProxyReplacement",
                "cni-cilium/l7proxy-off-with-ingress/bad",
            ),
            ("cni-cilium/hubble-relay-requires-hubble", "hubble.enabled", "projects/clean"),
            ("cni-cilium/hubble-ui-requires-relay", "hubble.relay.enabled", "projects/clean"),
            (
                "cni-cilium/pool-cidr-vs-cluster-cidr",
                "disable-kube-proxy",
                "cni-cilium/native-cidr-mismatch/good-pool",
            ),
            (
                "cni-cilium/pool-cidr-vs-cluster-cidr",
                "ipam.operator.clusterPoolIPv4PodCIDR",
                "cni-cilium/removed-value/bad-cluster-pool",
            ),
            ("config/node-cidr-mask-size", "cluster-cidr", "dual-stack/cluster-cidr-mask/good-mask"),
            ("coredns/nodelocal-lrp-without-cilium", "cni", "coredns/nodelocal-ipvs/good"),
            ("coredns/server-block", "servers.*.zones.*.use_tcp", "coredns/server-block/bad"),
            ("coredns/server-block", "servers.*.zones.*.zone", "coredns/nodelocal-custom-zone/bad"),
            ("config/cidr-overlap", "cluster-cidr", "dual-stack/service-cidr-too-large/bad-ipv4"),
            ("config/disable-redundant", "cni", "config/disable-selected-cni/bad"),
            ("config/disable-selected-cni", "cni", "config/disable-redundant/bad"),
            ("coredns/nodelocal-ipvs", "nodelocal.ipvs", "coredns/nodelocal-ipvs/bad"),
            ("dual-stack/family-mismatch", "cluster-cidr", "projects/clean"),
            ("dual-stack/family-mismatch", "service-cidr", "projects/clean"),
            ("helm-chart-config/unselected-component", "cni", "projects/broken"),
            (
                "helm-chart-config/unselected-component",
                "ingress-controller",
                "ingress/class-without-controller/good-provider",
            ),
            (
                "kube-proxy/bpf-needs-kube-proxy-disabled",
                "disable-kube-proxy",
                "cni-calico/bpf-endpoint-localhost/bad",
            ),
            ("kube-proxy/cilium-kpr-without-disable", "disable-kube-proxy", "projects/broken"),
            ("kube-proxy/disabled-without-replacement", "cni", "projects/broken"),
            (
                "kube-proxy/disabled-without-replacement",
                "installation.calicoNetwork.linuxDataplane",
                "cni-calico/bpf-endpoint-localhost/bad",
            ),
            ("kube-proxy/disabled-without-replacement", "kubeProxyReplacement", "projects/broken"),
            (
                "upgrade/canal-restart-needed",
                "flannel.backend",
                "cni-canal/backend-change-on-running-cluster/bad",
            ),
            ("upgrade/implicit-default", "disable", "upgrade/disable-nginx-installs-traefik/bad"),
            ("upgrade/implicit-default", "ingress-controller", "config/unknown-key/good-newer-release"),
            ("windows/unsupported-cni", "cni", "windows/dual-stack/bad"),
        ],
    },
    Exceptions {
        taken: Taken::Key,
        reason: "The rule reports that the tree lacks something, and the object that was it is gone.",
        rows: &[
            ("cni-flannel/no-network-policy", "apiVersion", "security/cis-with-flannel/good-policy-engine"),
            ("cni-flannel/no-network-policy", "kind", "security/cis-with-flannel/good-policy-engine"),
            (
                "helm-chart-config/wrong-namespace",
                "(object)",
                "helm-chart-config/unknown-value-key/good-own-chart",
            ),
        ],
    },
    Exceptions {
        taken: Taken::Key,
        reason: "A configuration without `server` is the first server's, and complete.",
        rows: &[
            ("config/disable-selected-cni", "server", "config/disable-redundant/good-joins"),
            ("config/even-number-of-servers", "server", "manifest/pool-with-node/good-nodes"),
            ("config/full-token-on-first-server", "server", "config/token-format/bad"),
            ("config/etcd-role-combination", "server", "config/server-points-to-self/bad-no-etcd"),
            ("helm-chart-config/unselected-component", "server", "manifest/unreplaced-placeholder/bad"),
        ],
    },
    Exceptions {
        taken: Taken::Key,
        reason: "Of two that cannot both count, the other one counts now.",
        rows: &[
            ("config/dropin-overrides-list", "node-label+", "config/append-broken-by-later-file/bad"),
            ("config/even-number-of-servers", "token", "config/critical-values-differ/good-other"),
            ("manifest/secret-in-plain-text", "token", "config/alias-and-long-form/bad"),
            ("security/weak-token", "token", "config/alias-and-long-form/bad"),
        ],
    },
    Exceptions {
        taken: Taken::Key,
        reason: "Without the chart in the tree the release's own chart counts.",
        rows: &[("helm-chart-config/unknown-value-key", "(object)", "helm-chart/broken-chart-content/good")],
    },
    Exceptions {
        taken: Taken::Key,
        reason: "Of several files with one mistake the first is reported.",
        rows: &[
            ("config/join-address-not-in-certificate", "token", "config/join-address-not-in-certificate/bad"),
            ("manifest/hidden-folder", "apiVersion", "manifest/hidden-folder/bad"),
            ("manifest/hidden-folder", "kind", "manifest/hidden-folder/bad"),
        ],
    },
    Exceptions {
        taken: Taken::Key,
        reason: "A document without it is another document.",
        rows: &[("security/kubeconfig-mode-open", "disable", "config/unknown-key/good-foreign")],
    },
];

/// Whether a row permits a finding.
pub fn covers((wanted, key, _): Row, rule: &str, taken: &str) -> bool {
    // The values of a chart are under these keys.
    let outer = ["spec", "spec.valuesContent"].contains(&taken) && !key.starts_with("spec.");
    rule == wanted
        && if key == OBJECT {
            IDENTITY.contains(&taken) || taken == "spec"
        } else {
            outer || matches(key, taken) || key.starts_with(&format!("{taken}."))
        }
}

/// The key that is removed from the witness of a row.
pub fn shown_by(key: &str) -> &str {
    if key == OBJECT { IDENTITY[4] } else { key }
}

/// Whether a text matches a pattern with `*`.
pub fn matches(pattern: &str, text: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == text,
        Some((start, rest)) => text.strip_prefix(start).is_some_and(|text| {
            (0..=text.len()).any(|at| text.is_char_boundary(at) && matches(rest, &text[at..]))
        }),
    }
}
