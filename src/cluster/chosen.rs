//! Which packaged charts the configuration selects, and which ones the files of a cluster mention. Produces no
//! findings.

use std::collections::BTreeSet;

use super::Cluster;
use super::charts::is_packaged;
use super::fact::{Datum, Fact};
use super::server::NodeConfig;
use super::workload::PROVIDER_CHARTS;
use crate::catalog;
use crate::rke2::config::Setting;
use crate::rke2::object::HelmKind;

/// Values of `cni` and `ingress-controller` that deploy the chart `rke2-VALUE`.
const COMPONENTS: [(&str, &str); 7] = [
    ("multus", "cni"),
    ("calico", "cni"),
    ("canal", "cni"),
    ("cilium", "cni"),
    ("flannel", "cni"),
    ("ingress-nginx", "ingress-controller"),
    ("traefik", "ingress-controller"),
];

/// The setting that makes RKE2 deploy a chart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Selector {
    /// The key of config.yaml.
    pub key: &'static str,
    /// The value that selects the chart.
    pub word: &'static str,
}

/// The setting that makes RKE2 deploy a packaged chart; `None` for charts that are deployed in every cluster.
pub fn selector(chart: &str) -> Option<Selector> {
    let chart = chart.strip_suffix("-crd").unwrap_or(chart);
    let provider = PROVIDER_CHARTS.iter().find(|(name, _)| *name == chart);
    let component = || {
        let word = chart.strip_prefix("rke2-")?;
        COMPONENTS.iter().find(|(component, _)| *component == word)
    };
    match provider {
        Some((_, word)) => Some(Selector { key: "cloud-provider-name", word }),
        None => component().map(|(word, key)| Selector { key, word }),
    }
}

impl Cluster<'_> {
    /// The packaged charts that the files select or set values for, sorted. Charts that RKE2 deploys in every cluster
    /// are included only if the files set values for them.
    pub fn chosen_charts(&self) -> Vec<String> {
        let configured = self.charts.iter().filter(|chart| chart.kind == HelmKind::Config);
        let mut chosen: BTreeSet<String> =
            configured.map(|chart| chart.name.clone()).filter(|name| is_packaged(name)).collect();
        for server in self.servers() {
            chosen.extend(selected(server).map(str::to_owned));
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

/// The packaged charts that a server's configuration selects, without their CRD charts.
fn selected<'s>(server: &'s NodeConfig<'_>) -> impl Iterator<Item = &'static str> + 's {
    let parts = |key| server.setting(key).map(Setting::parts).unwrap_or_default();
    catalog::charts().filter(|chart| !chart.ends_with("-crd")).filter(move |chart| {
        selector(chart).is_some_and(|Selector { key, word }| parts(key).iter().any(|(_, part)| part == word))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_selector_is_that_of_a_packaged_chart() {
        for (word, key) in COMPONENTS {
            assert!(is_packaged(&format!("rke2-{word}")), "{word}");
            assert_eq!(selector(&format!("rke2-{word}-crd")), Some(Selector { key, word }));
        }
        for (chart, word) in PROVIDER_CHARTS {
            assert!(is_packaged(chart), "{chart}");
            assert_eq!(selector(chart), Some(Selector { key: "cloud-provider-name", word }));
        }
        assert_eq!(selector("rke2-coredns"), None);
    }
}
