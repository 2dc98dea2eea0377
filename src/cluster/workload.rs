//! Workloads that replace an RKE2 component (CCM, kube-proxy, CNI), found by name only: use them to suppress
//! findings, and to raise them only where the name is exact. Produces no findings.

use super::Cluster;
use crate::rke2::file::RkeFile;
use crate::rke2::object::{HelmKind, Object};
use crate::yaml::{Document, NodeRef, template_mark};

/// The charts that RKE2 deploys for one cloud provider only, with the `cloud-provider-name` that selects them.
pub const PROVIDER_CHARTS: [(&str, &str); 5] = [
    ("rancher-vsphere-cpi", "rancher-vsphere"),
    ("rancher-vsphere-csi", "rancher-vsphere"),
    ("harvester-cloud-provider", "harvester"),
    ("harvester-csi-driver", "harvester"),
    ("rke2-ovirt-csi-driver", "ovirt"),
];

/// Parts of names that only cloud controller managers have.
const CONTROLLERS: [&str; 6] = [
    "cloud-controller-manager",
    "vsphere-cpi",
    "cloud-provider-azure",
    "cloud-provider-vsphere",
    "harvester-cloud-provider",
    "ccm-linode",
];

impl<'a> Cluster<'a> {
    /// Whether a workload replaces kube-proxy, or something may install one.
    pub fn may_have_service_proxy(&self) -> bool {
        let words = ["kube-proxy", "kube-router", "cilium", "calico", "tigera", "antrea", "ovn"];
        self.may_have_unseen_objects()
            || self.objects().any(|object| match object.kind().as_deref() {
                _ if object.is_open() => true,
                Some("Installation" | "FelixConfiguration") => true,
                Some("HelmChartConfig") => false,
                Some("DaemonSet" | "Deployment" | "HelmChart") => {
                    may_be_any_chart(object)
                        || names(object).iter().any(|name| words.iter().any(|word| name.contains(word)))
                }
                _ => is_delivery(object),
            })
    }

    /// A cloud controller manager, identified by an unambiguous name.
    pub fn cloud_controller(&self) -> Option<Object<'a>> {
        self.objects().find(|object| {
            is_workload(*object)
                && names(*object).iter().any(|name| {
                    CONTROLLERS.iter().any(|known| name.contains(known)) || name.ends_with("-ccm")
                })
        })
    }

    /// Whether objects may be deployed that are not in the tree: a host is a program, only lists chart values, or deploys
    /// objects from elsewhere, a template generates whole objects, or the definition of an image may name charts and
    /// addresses.
    pub(super) fn may_have_unseen_objects(&self) -> bool {
        let fills_in = |root: NodeRef<'_>| {
            root.is_opaque() || root.entries().any(|entry| template_mark(&entry.name()).is_some())
        };
        let is_of_program = |file: &RkeFile| file.unit.as_ref().is_some_and(|unit| unit.of_program);
        self.is_image
            || self.files().into_iter().any(|(file, _)| is_of_program(file))
            || self.manifests.iter().map(|manifest| manifest.file).any(|file| {
                let mut roots = file.stream.documents().filter_map(Document::root);
                file.is_open() || (file.unit.is_some() && roots.any(fills_in))
            })
    }

    /// Whether a cloud controller manager is in the tree, or something that may install one.
    pub fn may_have_cloud_controller(&self) -> bool {
        let words =
            ["cloud-controller", "ccm", "cloud-provider", "cloud-manager", "cpi", "cluster-api", "hcloud"];
        self.may_have_unseen_objects()
            || self.objects().any(|object| {
                let named = || names(object).iter().any(|name| words.iter().any(|word| name.contains(word)));
                let open = object.is_open() || may_be_any_chart(object);
                object.helm_kind() != Some(HelmKind::Config) && (open || named() || is_delivery(object))
            })
    }

    /// Whether something enforces network policies regardless of the CNI, or may install such a workload.
    pub fn may_have_policy_engine(&self) -> bool {
        let words = ["kube-router", "network-polic", "netpol", "calico", "tigera", "cilium", "antrea"];
        self.may_have_unseen_objects()
            || self.objects().any(|object| {
                let named = || names(object).iter().any(|name| words.iter().any(|word| name.contains(word)));
                let open = object.is_open() || may_be_any_chart(object);
                open || (is_workload(object) && named()) || is_delivery(object)
            })
    }

    /// Whether something installs Multus, or may do so: `KubeVirt`'s network add-ons and Spiderpool have a key for it.
    pub fn may_have_multus(&self) -> bool {
        self.may_have_unseen_objects()
            || self.all_objects().any(|(object, _)| {
                let text = || object.file.source.text().get(object.node.span().range()).unwrap_or_default();
                let named = || {
                    names(object).iter().any(|name| {
                        ["multus", "spiderpool", "network-attachment-definitions."]
                            .iter()
                            .any(|word| name.contains(word))
                    })
                };
                let attachment = object.kind().as_deref() == Some("NetworkAttachmentDefinition");
                let open = || object.is_open() || may_be_any_chart(object);
                !attachment && (named() || open() || is_delivery(object) || text().contains("multus"))
            })
    }

    /// Whether something in the manifests installs a program whose names contain a word, or may install it: a workload, a
    /// chart, the definition of a resource, or something that deploys more than is in the tree.
    pub fn may_install(&self, word: &str) -> bool {
        self.may_have_unseen_objects()
            || self.objects().any(|object| {
                let installs = is_workload(object)
                    || matches!(object.kind().as_deref(), Some("CustomResourceDefinition" | "IngressClass"));
                let named = || names(object).iter().any(|name| name.contains(word));
                let open = object.is_open() || may_be_any_chart(object);
                open || (installs && named()) || is_delivery(object)
            })
    }

    /// Whether another tool deploys something that is not in the tree.
    pub fn has_delivery(&self) -> bool {
        self.objects().any(is_delivery)
    }

    /// `MetalLB`, or an object that only `MetalLB` reads.
    pub fn metallb(&self) -> Option<Object<'a>> {
        self.objects().find(|object| {
            object.api_version().is_some_and(|version| version.starts_with("metallb.io/"))
                || is_workload(*object) && names(*object).iter().any(|name| name.contains("metallb"))
        })
    }
}

fn is_workload(object: Object<'_>) -> bool {
    object.helm_kind() == Some(HelmKind::Chart)
        || matches!(object.kind().as_deref(), Some("DaemonSet" | "Deployment"))
}

/// Whether a template fills in which chart a HelmChart installs.
fn may_be_any_chart(object: Object<'_>) -> bool {
    object.helm_kind() == Some(HelmKind::Chart)
        && object
            .node
            .get("spec")
            .is_some_and(|spec| spec.is_opaque() || spec.get("chart").is_some_and(NodeRef::is_opaque))
}

/// Whether an object makes another tool deploy something that is not in the tree.
fn is_delivery(object: Object<'_>) -> bool {
    let groups = [
        "kustomize.toolkit.fluxcd.io",
        "helm.toolkit.fluxcd.io",
        "source.toolkit.fluxcd.io",
        "argoproj.io",
        "fleet.cattle.io",
        "addons.cluster.x-k8s.io",
    ];
    object
        .api_version()
        .is_some_and(|version| version.split('/').next().is_some_and(|group| groups.contains(&group)))
}

/// The names of an object: its own and, for a HelmChart, those of the chart and its source.
fn names(object: Object<'_>) -> Vec<String> {
    let spec = object.spec();
    let field = |key: &str| spec.and_then(|spec| spec.get(key)).and_then(NodeRef::text);
    let mut names: Vec<String> = object.name().iter().map(|name| name.to_ascii_lowercase()).collect();
    if object.helm_kind() == Some(HelmKind::Chart) {
        names.extend([field("chart"), field("repo")].into_iter().flatten().map(str::to_ascii_lowercase));
    }
    names
}
