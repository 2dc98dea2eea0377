//! The purpose of a file, determined first by its content and then by its path. See docs/internals/architecture.md.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use super::Plan;
use super::verdict::{Foreign, Verdict};
use crate::rke2::addon::{has_manifest_extension, is_manifest_name, skip_target};
use crate::rke2::classify::Content;
use crate::rke2::evidence::Leaning;
use crate::rke2::file::Listed;
use crate::threads;

/// The purpose of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// A manifest: in a directory that the deploy controller reads, or an object of helm-controller elsewhere.
    Manifest(Option<ManifestRoot>),
    /// A main configuration file.
    Config,
    /// A drop-in of a main configuration file.
    DropIn {
        /// The path of the main file, which may be missing in the tree.
        main: String,
    },
    /// A registries.yaml.
    Registries,
    /// A `NAME.skip` file in a manifests directory that does not contain `NAME`.
    SkipMark(ManifestRoot),
    /// Not RKE2's.
    None,
}

/// A manifests directory.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ManifestRoot {
    /// Its path, which all of its files share.
    pub path: Arc<str>,
    /// Whether RKE2 is known to read it: the path ends in `rke2/server/manifests`, or settings name it.
    pub certain: bool,
}

/// Determines the purpose of each file. `drop_ins` holds the paths of files that a playbook copies to the folder of
/// drop-ins.
pub fn places(
    files: &[Listed],
    drop_ins: &BTreeSet<String>,
    verdicts: &[Verdict],
    plan: &Plan<'_>,
) -> Vec<Place> {
    let named = &plan.manifest_roots;
    let mut of_folders: HashMap<&str, Option<ManifestRoot>> = HashMap::new();
    let mut root_of =
        |folder| of_folders.entry(folder).or_insert_with(|| manifest_root(folder, named)).clone();
    let candidates: Vec<Option<ManifestRoot>> = files.iter().map(|file| root_of(file.folder())).collect();
    let with_candidates =
        || files.iter().zip(&candidates).filter_map(|(file, root)| Some((file, root.as_ref()?)));
    // A folder that is merely called `manifests` is RKE2's if it contains a chart object.
    let roots: BTreeSet<&ManifestRoot> = with_candidates()
        .filter(|(file, root)| {
            root.certain
                || matches!(file.content, Content::Manifest { helm: true } | Content::Broken { helm: true })
        })
        .map(|(_, root)| root)
        .collect();
    let configs: BTreeSet<String> = files
        .iter()
        .zip(verdicts)
        .filter(|(file, verdict)| {
            (**verdict == Verdict::Ours && file.content != Content::Registries) || is_config(file)
        })
        .map(|(file, _)| file.full_path())
        .collect();
    let skipped: BTreeSet<(&ManifestRoot, &str)> = with_candidates()
        .filter(|(file, _)| file.content == Content::SkipMark)
        .filter_map(|(file, root)| Some((root, skip_target(file.name())?)))
        .collect();
    let marked: BTreeSet<(&ManifestRoot, &str)> = with_candidates()
        .filter(|(file, root)| skipped.contains(&(*root, file.name())))
        .map(|(file, root)| (root, file.name()))
        .collect();
    let place_of = |index: usize| {
        let (file, root) = (&files[index], &candidates[index]);
        if plan.is_config(index) && file.content != Content::Templated {
            return drop_in_of(file, verdicts[index], &configs)
                .map_or(Place::Config, |main| Place::DropIn { main });
        }
        let root = root.as_ref().filter(|root| roots.contains(root));
        // The deploy controller skips files that are named by a `.skip` file anywhere in the directory.
        if let Some(root) = root.filter(|_| file.content == Content::SkipMark) {
            let is_used = skip_target(file.name()).is_some_and(|name| marked.contains(&(root, name)));
            return if is_used { Place::None } else { Place::SkipMark(root.clone()) };
        }
        let is_skipped = root.is_some_and(|root| skipped.contains(&(root, file.name())));
        if is_skipped {
            return Place::None;
        }
        match place(file, verdicts[index], root, &configs) {
            Place::Config if is_copied(file, drop_ins) => {
                Place::DropIn { main: format!("{}/config.yaml", file.full_path()) }
            }
            place => place,
        }
    };
    threads::map(0..files.len(), files.len() >= threads::MANY_FILES, place_of)
}

fn place(file: &Listed, verdict: Verdict, root: Option<&ManifestRoot>, configs: &BTreeSet<String>) -> Place {
    if let Some(main) = drop_in_of(file, verdict, configs) {
        return Place::DropIn { main };
    }
    // A template is not enough evidence.
    if is_config(file) && file.content != Content::Templated {
        return Place::Config;
    }
    if is_registries(file) && !matches!(file.content, Content::Templated | Content::OnNode) {
        return Place::Registries;
    }
    if let Some(root) = root.filter(|_| is_manifest_name(file.name())) {
        let counts = is_manifest(file.content, Some(root));
        return if counts { Place::Manifest(Some(root.clone())) } else { Place::None };
    }
    match file.content {
        content if is_manifest(content, None) && has_manifest_extension(file.name()) => Place::Manifest(None),
        Content::Config(_) if verdict == Verdict::Ours => Place::Config,
        Content::Registries if verdict == Verdict::Ours => Place::Registries,
        _ => Place::None,
    }
}

/// Whether a file outside of RKE2's folder is a copy of a drop-in, which a playbook or script puts into its folder: a
/// playbook does, or the name begins with a number, as those of drop-ins do: `50-cloud.yaml`.
fn is_copied(file: &Listed, drop_ins: &BTreeSet<String>) -> bool {
    let digits = file.name().bytes().take_while(u8::is_ascii_digit).count();
    let is_numbered = (2..=3).contains(&digits) && file.name()[digits..].starts_with(['-', '_']);
    (is_numbered || drop_ins.contains(&file.full_path())) && !file.folder().contains("rancher/rke2")
}

/// Whether a file with this content is deployed from a manifests directory, or is a chart object elsewhere.
pub fn is_manifest(content: Content, root: Option<&ManifestRoot>) -> bool {
    match content {
        Content::Manifest { helm } | Content::Broken { helm } => helm || root.is_some(),
        Content::DanglingLink | Content::NotText => root.is_some(),
        // In the directory that RKE2 reads, every file is a manifest regardless of its purpose.
        Content::Config(_)
        | Content::Registries
        | Content::Other
        | Content::Kustomization
        | Content::Fleet => root.is_some_and(|root| root.certain),
        Content::Templated | Content::Empty | Content::OnNode | Content::SkipMark | Content::OfChart => false,
    }
}

/// The manifests directory that a folder is, or is in.
pub fn manifest_root(folders: &str, named: &[String]) -> Option<ManifestRoot> {
    if let Some(root) = named.iter().find(|root| is_below(folders, root)) {
        return Some(ManifestRoot { path: root.as_str().into(), certain: true });
    }
    let mut end = 0;
    let mut guessed = None;
    for part in folders.split('/') {
        end += part.len();
        if part == "manifests" {
            let prefix = &folders[..end];
            if prefix.ends_with("rke2/server/manifests") {
                return Some(ManifestRoot { path: prefix.into(), certain: true });
            }
            guessed.get_or_insert_with(|| ManifestRoot { path: prefix.into(), certain: false });
        }
        end += 1;
    }
    guessed
}

/// Whether a folder is another one, or below it.
pub(super) fn is_below(folder: &str, root: &str) -> bool {
    folder == root || folder.strip_prefix(root).is_some_and(|rest| rest.starts_with('/'))
}

fn is_config(file: &Listed) -> bool {
    file.name() == "config.yaml" && ends_with_path(file.folder(), "rancher/rke2")
}

fn is_config_place(path: &str) -> bool {
    ends_with_path(path, "rancher/rke2/config.yaml")
}

fn is_registries(file: &Listed) -> bool {
    file.name() == "registries.yaml" && ends_with_path(file.folder(), "rancher/rke2")
}

fn ends_with_path(path: &str, suffix: &str) -> bool {
    path.strip_suffix(suffix).is_some_and(|rest| rest.is_empty() || rest.ends_with('/'))
}

/// The main file that a drop-in belongs to: `config.yaml` for files in `config.yaml.d`.
fn drop_in_of(file: &Listed, verdict: Verdict, configs: &BTreeSet<String>) -> Option<String> {
    let folder = file.folder();
    let main = folder.strip_suffix(".d").filter(|main| has_manifest_extension(main))?;
    // Unlike in a manifests directory, hidden files are read here, and JSON files are not.
    let (_, extension) = file.name().rsplit_once('.')?;
    if !["yaml", "yml"].iter().any(|known| extension.eq_ignore_ascii_case(known)) {
        return None;
    }
    let ours = configs.contains(main)
        || is_config_place(main)
        || is_fragment(file.content, verdict)
            && main.rsplit('/').next().is_some_and(|name| name.starts_with("config."));
    (ours && file.content != Content::Templated).then(|| main.to_owned())
}

/// Whether a file configures a node. The name of a drop-in folder is evidence if its keys are not sufficient.
fn is_fragment(content: Content, verdict: Verdict) -> bool {
    let Content::Config(evidence) = content else { return false };
    match verdict {
        Verdict::Ours => true,
        Verdict::Foreign(Foreign::TooFew { .. }) => evidence.leaning() == Leaning::Unsure,
        Verdict::Foreign(Foreign::K3s | Foreign::JoinsApiPort) | Verdict::NoKeys => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn root(path: &str) -> Option<(String, bool)> {
        manifest_root(crate::source::folder(path), &["deploy/rke2".to_owned()])
            .map(|root| (root.path.to_string(), root.certain))
    }

    #[test]
    fn manifest_roots_are_certain_or_guessed() {
        let certain = "host/var/lib/rancher/rke2/server/manifests";
        assert_eq!(root(&format!("{certain}/a/b.yaml")), Some((certain.to_owned(), true)));
        assert_eq!(root("x/manifests/all/a.yaml"), Some(("x/manifests".to_owned(), false)));
        assert_eq!(root("manifests/a.yaml"), Some(("manifests".to_owned(), false)));
        assert_eq!(root("deploy/rke2/a.yaml"), Some(("deploy/rke2".to_owned(), true)));
        assert_eq!(root("deploy/rke2x/a.yaml"), None);
        assert_eq!(root("manifests.yaml"), None);
    }
}
