//! Lints each tree for the possible releases, for one that is newer than the catalogue, and without a release.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{LazyLock, Mutex};

use rayon::prelude::*;
use rke2_lint::catalog::{Basis, Target, resolve};
use rke2_lint::release::Release;

use super::trees::{Place, TREES, Tree, found, is_all, is_sampled, options, rules};

/// Newer than all releases of its minor in the catalogue.
const NEWER: &str = "v1.36.99+rke2r1";
/// By default, one in this many trees is tested.
const ONE_IN: u64 = 2;

/// Rules that fire for all releases although another rule reports a different place for some of them, each with the
/// reason.
const ELSEWHERE: &[(&str, &str)] = &[(
    "kube-proxy/kernel-too-old-for-kpr",
    "where the kernel is too old for Cilium as a whole, `cni-cilium/kernel-too-old` says so at the configuration",
)];

/// Rules without a release range whose findings depend on the release through the catalogue.
const ASK_THE_CATALOGUE: &[&str] = &[
    "cloud-provider/embedded-and-external",
    "cloud-provider/external-without-ccm",
    "cni-cilium/dead-value",
    "cni-cilium/kernel-too-old",
    "cni-cilium/missing-requirement",
    "cni-cilium/native-routing-cidr-missing",
    "cni-cilium/removed-value",
    "config/flag-not-in-version",
    "coredns/server-block",
    "dual-stack/service-cidr-too-large",
    "helm-chart-config/list-replaced",
    "helm-chart-config/refused-by-chart",
    "helm-chart-config/removed-value",
    "helm-chart-config/server-side-value",
    "helm-chart-config/unknown-spec-field",
    "helm-chart-config/unknown-value-key",
    "helm-chart-config/values-parse-error",
    "helm-chart-config/values-shadowed",
    "helm-chart-config/wrong-value-type",
    "helm-chart/unknown-spec-field",
    "ingress/controller-invalid-value",
    "ingress/traefik-nginx-provider-rename",
    "ingress/traefik-value-renames",
    "kube-proxy/kernel-too-old-for-kpr",
    "kube-proxy/kpr-missing-api-endpoint",
    "manifest/custom-api-not-served",
    "multus/cilium-exclusive",
    "multus/thick-needs-configmap",
    "registries/system-default-registry",
    "security/profile-invalid",
    "upgrade/changed-default",
    "upgrade/new-key",
    "upgrade/new-value",
    "upgrade/redundant-value",
    "upgrade/removed-component-flag",
    "upgrade/second-document",
];

/// The releases that an unknown release may be: the first and the last of each minor, or all.
static MAINTAINED: LazyLock<Vec<Release>> = LazyLock::new(|| {
    let all = Target::unknown().releases().to_vec();
    let is_end = |index: usize| {
        let minor = |at: Option<usize>| at.and_then(|at| all.get(at)).map(|release| release.minor);
        let own = minor(Some(index));
        minor(index.checked_sub(1)) != own || minor(Some(index + 1)) != own
    };
    (0..all.len()).filter(|&index| is_all() || is_end(index)).map(|index| all[index]).collect()
});

fn found_for(tree: &Tree, target: Target) -> BTreeSet<Place> {
    let mut options = options(&tree.fixture);
    options.release = Some((target, "the test".to_owned()));
    for cluster in &mut options.clusters {
        cluster.release = None;
    }
    found(&tree.fixture, &options)
}

fn one(release: &str) -> Target {
    Target::one(resolve(release.parse().unwrap()).unwrap())
}

fn sampled() -> impl ParallelIterator<Item = &'static Tree> {
    TREES.par_iter().filter(|tree| is_sampled(&[&tree.name], 0, ONE_IN))
}

#[test]
fn without_a_release_only_what_is_wrong_in_each_is_found() {
    let is_elsewhere = |rule: &str| ELSEWHERE.iter().any(|(other, _)| *other == rule);
    let lost: Vec<String> = sampled()
        .flat_map_iter(|tree| {
            let mut unknown = found_for(tree, Target::unknown());
            unknown.retain(|(rule, ..)| !is_elsewhere(rule));
            let against = if unknown.is_empty() { &[][..] } else { &MAINTAINED[..] };
            let mut lost = Vec::new();
            for release in against {
                let known = found_for(tree, one(&release.to_string()));
                // Another rule may report the same place for another chart version.
                let places: BTreeSet<(&str, usize)> =
                    known.iter().map(|(_, file, at)| (file.as_str(), *at)).collect();
                let is_lost = |(_, file, at): &&Place| !places.contains(&(file.as_str(), *at));
                lost.extend(
                    unknown
                        .iter()
                        .filter(is_lost)
                        .map(|place| format!("{} at {release}: {place:?}\n", tree.name)),
                );
            }
            lost
        })
        .collect();
    assert!(lost.is_empty(), "not found for one of the releases:\n{}", lost.concat());
}

#[test]
fn a_newer_release_adds_no_finding() {
    let resolved = resolve(NEWER.parse().unwrap()).unwrap();
    assert_eq!(resolved.basis, Basis::Newer);
    let newest = resolved.data;
    let new: Vec<String> = sampled()
        .flat_map_iter(|tree| {
            let newer = found_for(tree, one(NEWER));
            let known =
                if newer.is_empty() { BTreeSet::new() } else { found_for(tree, one(&newest.to_string())) };
            let new: Vec<Place> = newer.difference(&known).cloned().collect();
            new.into_iter().map(|place| format!("{}: {place:?}\n", tree.name))
        })
        .collect();
    assert!(new.is_empty(), "found for {NEWER} and not for {newest}:\n{}", new.concat());
}

/// A rule that fires for one release and not for another must have a range of releases or chart versions, or use the
/// catalogue.
#[test]
fn findings_depend_on_the_release_only_where_rules_say_so() {
    let gated: BTreeSet<String> = rules()
        .iter()
        .filter(|rule| rule.releases.is_some() || rule.chart_versions.is_some())
        .map(|rule| rule.info.id.to_string())
        .collect();
    let differing: Mutex<BTreeMap<String, String>> = Mutex::default();
    sampled().for_each(|tree| {
        let by_release: Vec<_> =
            MAINTAINED.iter().map(|release| (release, found_for(tree, one(&release.to_string())))).collect();
        for pair in by_release.windows(2) {
            let [(one, earlier), (other, later)] = pair else { continue };
            for (rule, file, _) in earlier.symmetric_difference(later) {
                let words = format!("{} {file}, {one} against {other}", tree.name);
                differing.lock().unwrap().entry(rule.clone()).or_insert(words);
            }
        }
    });
    let differing = differing.into_inner().unwrap();
    let said = |rule: &String| gated.contains(rule) || ASK_THE_CATALOGUE.contains(&rule.as_str());
    let unsaid: Vec<String> = differing
        .iter()
        .filter(|(rule, _)| !said(rule))
        .map(|(rule, words)| format!("{rule}: {words}\n"))
        .collect();
    assert!(unsaid.is_empty(), "rules that nobody says depend on the release:\n{}", unsaid.concat());
    let needless: Vec<&&str> = ASK_THE_CATALOGUE
        .iter()
        .filter(|rule| !differing.contains_key(**rule) || gated.contains(**rule))
        .collect();
    assert!(!is_all() || needless.is_empty(), "rules that do not: {needless:?}");
}
