//! Which packaged charts the files of a cluster speak of. This module must not judge.

use std::collections::BTreeSet;

use super::Cluster;
use super::charts::is_packaged;
use super::fact::{Datum, Fact};
use crate::rke2::config::Setting;
use crate::rke2::object::HelmKind;

/// The keys that choose charts, with what stands before their values in the name of the chart.
const CHOOSING: [(&str, &str); 3] =
    [("cni", "rke2-"), ("ingress-controller", "rke2-"), ("cloud-provider-name", "")];

/// Charts that come with a value of `cloud-provider-name`.
const OF_PROVIDER: [(&str, &[&str]); 2] = [
    ("harvester", &["harvester-cloud-provider", "harvester-csi-driver"]),
    ("rancher-vsphere", &["rancher-vsphere-cpi", "rancher-vsphere-csi"]),
];

impl Cluster<'_> {
    /// The packaged charts that the files choose or set values for, sorted. What RKE2 deploys in every cluster is not
    /// among them, unless the files set values for it.
    pub fn chosen_charts(&self) -> Vec<String> {
        let configured = self.charts.iter().filter(|chart| chart.kind == HelmKind::Config);
        let mut chosen: BTreeSet<String> =
            configured.map(|chart| chart.name.clone()).filter(|name| is_packaged(name)).collect();
        for server in self.servers() {
            for (key, prefix) in CHOOSING {
                for (_, part) in server.setting(key).map(Setting::parts).unwrap_or_default() {
                    let own = [format!("{prefix}{part}")];
                    let of_provider = OF_PROVIDER.iter().filter(|(name, _)| *name == part);
                    let names = of_provider.flat_map(|(_, charts)| *charts).map(|name| (*name).to_owned());
                    chosen.extend(own.into_iter().chain(names).filter(|name| is_packaged(name)));
                }
            }
            let defaults = [self.cni(Some(server)), self.ingress(Some(server))];
            let known = defaults.iter().filter_map(Fact::value);
            for value in known {
                let parts = value.elements().into_iter().filter_map(Datum::as_text);
                chosen.extend(parts.map(|part| format!("rke2-{part}")).filter(|name| is_packaged(name)));
            }
            for (_, part) in server.setting("disable").map(Setting::parts).unwrap_or_default() {
                chosen.remove(&part);
            }
        }
        chosen.into_iter().collect()
    }
}
