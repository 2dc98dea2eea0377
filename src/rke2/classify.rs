//! The kind of a file, by its content and its own name. Its place and the files next to it are considered later, when
//! all files are known.

use super::addon::has_manifest_extension;
use super::evidence::Evidence;
use super::object::{HELM_GROUP, MISTAKEN_HELM_GROUPS, group_of};
use crate::catalog;
use crate::source::{self, SourceFile, Sources};
use crate::words::{Word, Words};
use crate::yaml::{Document, Kind, NodeRef, Stream, looks_templated};

/// The kind of a file according to its content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Content {
    /// Kubernetes objects.
    Manifest {
        /// Whether a HelmChart or HelmChartConfig is among them.
        helm: bool,
    },
    /// A map with top-level keys of a server or agent configuration. Whether it is one depends on the number of these
    /// keys, on its place and on the files next to it.
    Config(Evidence),
    /// `mirrors` or `configs` of a registries.yaml.
    Registries,
    /// A kustomization, which may change names and namespaces of the files it lists.
    Kustomization,
    /// A `fleet.yaml`, which may set the namespace of the files next to it.
    Fleet,
    /// Not YAML, but a template with placeholders.
    Templated,
    /// Not YAML.
    Broken {
        /// Whether the text contains `helm.cattle.io`.
        helm: bool,
    },
    /// Empty: blank lines and comments only.
    Empty,
    /// A symbolic link without a target.
    DanglingLink,
    /// A symbolic link that has its target on the node only.
    OnNode,
    /// A `NAME.skip` file.
    SkipMark,
    /// Not UTF-8.
    NotText,
    /// A template of a Helm chart.
    OfChart,
    /// Not RKE2's.
    Other,
}

/// Words that require a closer look: a chart object may lack its apiVersion, and a configuration may refer to a policy
/// of kube-apiserver.
const OURS: [&str; 4] = [HELM_GROUP, "HelmChart", "audit.k8s.io", ".config.k8s.io"];

/// The name of a node's configuration.
const CONFIG_NAME: &str = "config.yaml";

/// Whether a file with this name may change the objects of other files.
pub fn is_overlay_name(name: &str) -> bool {
    matches!(name, "kustomization.yaml" | "kustomization.yml" | "Kustomization" | "fleet.yaml")
}

/// Determines the kind of a parsed file.
pub fn classify(source: &SourceFile, stream: &Stream) -> Content {
    match source.file_name() {
        "kustomization.yaml" | "kustomization.yml" | "Kustomization" => return Content::Kustomization,
        "fleet.yaml" => return Content::Fleet,
        _ => {}
    }
    let speaks_of_helm = speaks_of_helm(source.text());
    let broken = stream.first_error().is_some();
    if broken && looks_templated(source.text()) {
        return Content::Templated;
    }
    let is_head_broken = stream.head.as_ref().is_some_and(|head| head.error.is_some());
    let salvaged = (broken || is_head_broken).then(|| salvage(source.text()));
    let roots: Vec<_> = stream.documents().filter_map(Document::root).collect();
    let first =
        salvaged.as_ref().and_then(|stream| stream.documents().next()?.root()).or(roots.first().copied());
    if roots.iter().copied().chain(first).any(is_object) {
        if broken {
            return Content::Broken { helm: speaks_of_helm };
        }
        return Content::Manifest { helm: roots.iter().any(|root| is_helm(*root)) };
    }
    let config = first.and_then(|root| config_content(root, source.file_name()));
    match (config, broken) {
        (Some(config), _) => config,
        (None, true) => Content::Broken { helm: speaks_of_helm },
        (None, false) if roots.is_empty() && has_manifest_extension(source.file_name()) => Content::Empty,
        (None, false) => Content::Other,
    }
}

/// The top-level entries of a text that cannot be parsed, as far as each of them can. They show what the text is
/// despite the error.
fn salvage(text: &str) -> Stream {
    let parse = |text: &str| Stream::parse(Sources::id_at(0), &text.into());
    let is_entry = |text: &str| {
        let stream = parse(text);
        let mut roots = stream.documents().filter_map(Document::root);
        stream.first_error().is_none() && roots.next().is_some_and(|root| root.kind() == Kind::Mapping)
    };
    let mut kept = String::new();
    let mut lines = text.split_inclusive(['\n', '\r']).peekable();
    while let Some(first) = lines.next() {
        if first.starts_with("---") && !kept.is_empty() {
            break;
        }
        let mut entry = first.to_owned();
        while let Some(line) = lines.next_if(|line| line.starts_with([' ', '\t', '-', '#', '\n', '\r'])) {
            if line.starts_with("---") {
                break;
            }
            entry.push_str(line);
        }
        let starts_entry = !first.starts_with([' ', '\t', '-', '#', '?', '.', '%', '{', '[', '&', '*', '!']);
        if starts_entry && first.contains(':') {
            let whole = [entry.as_str(), first].into_iter().find(|text| is_entry(text));
            kept.extend(whole);
        }
    }
    parse(&kept)
}

/// Whether a text may be RKE2's, determined without parsing: most files of a repository are not.
pub fn may_be_rke2(path: &str, text: &str) -> bool {
    let name = source::file_name(path);
    if is_overlay_name(name) || speaks_of_us(text) {
        return true;
    }
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    // A flow map at the top level does not have one key per line, and all keys of a config.yaml may be misspelled.
    name == CONFIG_NAME || text.trim_start().starts_with('{') || text.lines().any(is_line_of_config)
}

/// The kind of a text as far as it matters for grouping, determined without parsing; `None` if parsing is needed. The
/// text may contain errors.
pub fn sniff(path: &str, text: &str) -> Option<Content> {
    static VERSION: Word = Word::new("apiVersion:");
    static KIND: Word = Word::new("kind:");
    if is_overlay_name(source::file_name(path)) || looks_templated(text) {
        return None;
    }
    let mut versions = values_at_left(text, &VERSION).peekable();
    if versions.peek().is_none() || values_at_left(text, &KIND).next().is_none() {
        return None;
    }
    let helm = versions.any(|group| group.trim_start_matches([' ', '"', '\'']).starts_with(HELM_GROUP));
    (helm || !speaks_of_us(text)).then_some(Content::Manifest { helm })
}

/// Whether a text with this content has a `HelmChartConfig` for a packaged chart, determined without parsing.
pub fn overrides_packaged_chart(content: Content, text: &str) -> bool {
    static OVERRIDE: Word = Word::new("HelmChartConfig");
    static PREFIX: Word = Word::new("rke2-");
    if !matches!(content, Content::Manifest { helm: true } | Content::Broken { helm: true }) {
        return false;
    }
    let bytes = text.as_bytes();
    let is_name = |at: usize| {
        let before = text[..at].trim_end_matches(['"', '\'']).trim_end_matches(' ');
        let name = &text[at..];
        let end = name.find(|c: char| !(c.is_ascii_alphanumeric() || c == '-')).unwrap_or(name.len());
        before.ends_with("name:") && catalog::charts().any(|chart| chart == &name[..end])
    };
    OVERRIDE.is_in(bytes) && PREFIX.places(bytes).any(is_name)
}

/// The text after each occurrence of a key at the start of a line.
fn values_at_left<'t>(text: &'t str, key: &'static Word) -> impl Iterator<Item = &'t str> {
    key.places(text.as_bytes())
        .filter(|&at| at == 0 || text.as_bytes()[at - 1] == b'\n')
        .map(|at| &text[at + key.len()..])
}

/// Whether a text mentions helm-controller's group.
pub fn speaks_of_helm(text: &str) -> bool {
    static GROUP: Word = Word::new(HELM_GROUP);
    GROUP.is_in(text.as_bytes())
}

/// Whether a text contains one of the words that require a closer look.
fn speaks_of_us(text: &str) -> bool {
    static WORDS: Words = Words::new(|| OURS.to_vec());
    WORDS.is_in(text.as_bytes())
}

/// Whether a line may be a top-level entry of a config.yaml or registries.yaml.
fn is_line_of_config(line: &str) -> bool {
    if line.starts_with([' ', '#', '-']) {
        return false;
    }
    let key = line.split(':').next().unwrap_or(line).trim_end_matches([' ', '+']).trim_matches(['"', '\'']);
    matches!(key, "mirrors" | "configs" | "auths") || catalog::config_key(key).is_some()
}

fn is_object(root: NodeRef<'_>) -> bool {
    if root.kind() != Kind::Mapping {
        return false;
    }
    (root.get("kind").is_some() && root.get("apiVersion").is_some()) || is_helm(root)
}

fn is_helm(root: NodeRef<'_>) -> bool {
    let group_is_helm = |node: NodeRef<'_>| {
        node.get("apiVersion").and_then(NodeRef::text).is_some_and(|version| version.starts_with(HELM_GROUP))
    };
    // A chart object without an apiVersion, or with one that is a common mistake, is still meant for helm-controller.
    let kind_is_helm = |node: NodeRef<'_>| {
        let version = node.get("apiVersion").map(NodeRef::text);
        version.is_none_or(|version| {
            version.is_some_and(|version| MISTAKEN_HELM_GROUPS.contains(&group_of(version)))
        }) && node.get("kind").and_then(NodeRef::text).is_some_and(|kind| kind.starts_with("HelmChart"))
            && node.get("spec").is_some()
    };
    group_is_helm(root)
        || kind_is_helm(root)
        || root.get("items").is_some_and(|items| items.items().any(group_is_helm))
}

fn config_content(root: NodeRef<'_>, name: &str) -> Option<Content> {
    if root.kind() != Kind::Mapping {
        return None;
    }
    if is_registries(root, name) {
        return Some(Content::Registries);
    }
    let evidence = Evidence::of(root, name);
    evidence.has_keys().then_some(Content::Config(evidence))
}

fn is_registries(root: NodeRef<'_>, name: &str) -> bool {
    let named = name.ends_with("registries.yaml") || name.ends_with("registries.yml");
    let section =
        |key: &str| root.get(key).is_some_and(|node| node.kind() == Kind::Mapping || node.is_null());
    let mirrors = root.get("mirrors").is_some_and(|mirrors| {
        mirrors.kind() == Kind::Mapping
            && mirrors.entries().any(|entry| entry.value.get("endpoint").is_some())
    });
    mirrors || (named && (section("mirrors") || section("configs") || section("auths")))
}
