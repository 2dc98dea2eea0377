//! Files that the configuration refers to: policies that RKE2 passes to kube-apiserver. Produces no findings.

use super::fact::Fact;
use super::grouping::words::home;
use super::server::NodeConfig;
use crate::rke2::file::RkeFile;
use crate::source::Span;
use crate::yaml::NodeRef;

/// The key for the Pod Security admission configuration.
pub const POD_SECURITY: &str = "pod-security-admission-config-file";
/// The key for the audit policy.
pub const AUDIT_POLICY: &str = "audit-policy-file";

/// The flag of kube-apiserver that RKE2 sets from [`POD_SECURITY`].
pub const ADMISSION_FLAG: &str = "admission-control-config-file";

/// A file that a configuration refers to.
#[derive(Clone, Copy, Debug)]
pub struct NamedFile<'a> {
    /// The key that refers to it.
    pub key: &'static str,
    /// Where the configuration refers to it.
    pub at: Span,
    /// The file in the tree.
    pub file: &'a RkeFile,
}

/// The API groups of policies.
const GROUPS: [&str; 3] = ["apiserver.config.k8s.io", "pod-security.admission.config.k8s.io", "audit.k8s.io"];
/// The kinds of policies.
const KINDS: [&str; 3] = ["Policy", "AdmissionConfiguration", "PodSecurityConfiguration"];

/// Levels that a rule of an audit policy may have.
const LEVELS: [&str; 4] = ["None", "Metadata", "Request", "RequestResponse"];

/// Whether a file is a policy of kube-apiserver, possibly with a wrong or missing API version. A configuration may
/// refer to it regardless of where it is.
pub fn is_policy(file: &RkeFile) -> bool {
    let text = |key| file.first_root().and_then(|root| root.get(key)).and_then(NodeRef::text);
    let has_levels = || {
        let rules = file.first_root().and_then(|root| root.get("rules"));
        let mut levels =
            rules.into_iter().flat_map(NodeRef::items).filter_map(|rule| rule.get("level")?.text());
        levels.any(|level| LEVELS.contains(&level))
    };
    match text("apiVersion").map(|version| version.split_once('/').unwrap_or((version, ""))) {
        Some((group, _)) if GROUPS.contains(&group) => true,
        // No other resource with one of these kinds is in the core group.
        None | Some((_, "")) => text("kind").map_or_else(has_levels, |kind| KINDS.contains(&kind)),
        Some(_) => false,
    }
}

/// The files of a tree that the configurations of nodes refer to.
pub(super) fn named_files<'a>(files: &[&'a RkeFile], nodes: &[NodeConfig<'a>]) -> Vec<NamedFile<'a>> {
    let mut named: Vec<NamedFile<'a>> = Vec::new();
    for node in nodes {
        for (key, argument) in [(POD_SECURITY, ADMISSION_FLAG), (AUDIT_POLICY, AUDIT_POLICY)] {
            let facts = [node.fact(key), node.argument("kube-apiserver-arg", argument)];
            for fact in facts {
                let Fact::Known(found) = fact else { continue };
                let (Some(path), Some(at)) = (found.value.as_text(), found.at) else { continue };
                if let Some(file) = find(files, &path, node)
                    && !named.iter().any(|other| other.file.id == file.id && other.key == key)
                {
                    named.push(NamedFile { key, at, file });
                }
            }
        }
    }
    named
}

/// The file that a path on the node refers to, among those with the same home as the configuration: the only one whose
/// path ends with it, or else the only one with this name.
fn find<'a>(files: &[&'a RkeFile], path: &str, node: &NodeConfig<'a>) -> Option<&'a RkeFile> {
    let place = &*node.files().next()?.place;
    // Drop-ins are in a separate folder.
    let place = place.strip_suffix("config.yaml.d").unwrap_or(place);
    let whose = home(place.trim_end_matches('/'));
    let only = |fits: &dyn Fn(&RkeFile) -> bool| {
        let mut found = files.iter().copied().filter(|file| fits(file) && is_policy(file));
        found.next().filter(|_| found.next().is_none())
    };
    let name = path.rsplit('/').next().filter(|name| !name.is_empty())?;
    let inside = path.trim_start_matches('/');
    let below_root = |file: &RkeFile| {
        let full = file.full_path();
        let root = full
            .strip_suffix(inside)
            .and_then(|rest| rest.strip_suffix('/').or(rest.is_empty().then_some("")));
        root.is_some_and(|root| home(root) == whose)
    };
    only(&below_root).or_else(|| only(&|file| file.name() == name && home(&file.place) == whose))
}
