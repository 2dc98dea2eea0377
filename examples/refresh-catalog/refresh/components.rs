//! The versions of a release's components, from its Dockerfile and its scripts.

use std::collections::BTreeMap;

use regex::Regex;

use super::RefreshError;
use super::git::Repository;
use super::go::pattern;

/// Where the version of a component is written: its name, the file, and a pattern that captures the version.
const PLACES: &[(&str, &str, &str)] = &[
    ("containerd", "Dockerfile", r"(?m)^FROM (?:--platform=\S+ )?\S*hardened-containerd:(\S+)"),
    ("crictl", "Dockerfile", r"(?m)^FROM (?:--platform=\S+ )?\S*hardened-crictl:(\S+)"),
    ("runc", "Dockerfile", r"(?m)^FROM (?:--platform=\S+ )?\S*hardened-runc:(\S+)"),
    ("kubernetes", "scripts/version.sh", r"(?m)^KUBERNETES_VERSION=\$\{KUBERNETES_VERSION:-(\S+?)\}"),
    ("etcd", "scripts/version.sh", r"(?m)^ETCD_VERSION=\$\{ETCD_VERSION:-(\S+?)\}"),
    ("klipper-helm", "scripts/version.sh", r"(?m)^KLIPPERHELM_VERSION=\$\{KLIPPERHELM_VERSION:-(\S+?)\}"),
    ("klipper-helm", "scripts/build-images", r"rancher/klipper-helm:(v\S+)"),
    ("coredns", "scripts/build-images", r"hardened-coredns:(\S+)"),
    ("traefik", "scripts/build-images", r"(?:hardened|mirrored-library)-traefik:(\S+)"),
];

/// Reads the components of releases.
pub struct Components<'a> {
    places: Vec<(&'static str, &'static str, Regex)>,
    klipper_helm: Option<&'a Repository>,
    helm: Regex,
}

impl<'a> Components<'a> {
    /// With a clone of klipper-helm, the version of Helm is also read.
    pub fn new(klipper_helm: Option<&'a Repository>) -> Self {
        Self {
            places: PLACES.iter().map(|(name, file, text)| (*name, *file, pattern(text))).collect(),
            klipper_helm,
            helm: pattern(r"HELM_VERSION[ =]v?(\d+\.\d+\.\d+)"),
        }
    }

    /// The versions at a tag of rancher/rke2, without build numbers.
    pub fn at(&self, rke2: &Repository, tag: &str) -> Result<BTreeMap<String, String>, RefreshError> {
        let mut files: BTreeMap<&str, String> = BTreeMap::new();
        let mut versions = BTreeMap::new();
        for (name, file, pattern) in &self.places {
            if !files.contains_key(file) {
                files.insert(file, rke2.text(tag, file)?.unwrap_or_default());
            }
            let Some(found) = files.get(file).and_then(|text| pattern.captures(text)) else { continue };
            versions.entry((*name).to_owned()).or_insert_with(|| found[1].to_owned());
        }
        if let Some(helm) =
            versions.get("klipper-helm").map(|image| self.helm_of(image)).transpose()?.flatten()
        {
            versions.insert("helm".to_owned(), helm);
        }
        for version in versions.values_mut() {
            let bare = version.split("-build").next().unwrap_or_default();
            *version = bare.strip_prefix('v').unwrap_or(bare).to_owned();
        }
        Ok(versions)
    }

    fn helm_of(&self, image: &str) -> Result<Option<String>, RefreshError> {
        let Some(klipper) = self.klipper_helm else { return Ok(None) };
        // Older images install Helm from Alpine's packages, without stating a version.
        let text = klipper.text(image, "Dockerfile")?.unwrap_or_default();
        Ok(self.helm.captures(&text).map(|found| found[1].to_owned()))
    }
}
