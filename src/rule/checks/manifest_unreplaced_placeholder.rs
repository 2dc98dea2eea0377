//! `manifest/unreplaced-placeholder`: placeholders and shell variables that were not replaced.

use crate::cluster::charts::{Manifest, is_packaged};
use crate::cluster::grouping::words::home;
use crate::cluster::server::NodeConfig;
use crate::finding::Severity;
use crate::rke2::classify::Content;
use crate::rke2::file::RkeFile;
use crate::rule::{Context, Draft};
use crate::source::{Span, file_name, folder};
use crate::unit::is_model_name;
use crate::yaml::{Document, Kind, MarkKind, NodeRef, TemplateMark, Value, may_hold_mark, template_mark};

/// The maximum number of related places. A file with more is a template that was not rendered at all.
const SHOWN: usize = 100;

/// Suffixes of keys whose value is an address, a token or the like, so that `$name` or `xxx` can only be a placeholder.
/// Other strings, such as dashboards and nginx settings, have their own variables.
const EXACT: &[&str] = &[
    "address",
    "addresses",
    "cidr",
    "cidrs",
    "cidrlist",
    "domain",
    "endpoint",
    "endpoints",
    "host",
    "hostname",
    "iface",
    "interface",
    "ip",
    "ips",
    "mtu",
    "password",
    "port",
    "registry",
    "server",
    "token",
    "url",
];

/// Placeholders in the default values of packaged charts, which a copy of values.yaml repeats: Cilium does not read its
/// `etcd.endpoints` unless `etcd.enabled` is set.
const DEFAULTS: [&str; 1] = ["https://CHANGE-ME:2379"];

/// How certain it is that RKE2 reads the file unmodified.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Place {
    /// Another tool may still process the file.
    Loose,
    /// Its name or folder is one that RKE2 reads.
    Likely,
    /// It is at a path that RKE2 reads.
    Certain,
}

/// A scalar with an unreplaced placeholder.
struct Found<'a> {
    at: Span,
    token: &'a str,
    kind: MarkKind,
}

/// The kind of document, which determines what its strings may contain.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Source {
    /// config.yaml, registries.yaml.
    Settings,
    /// A HelmChartConfig or HelmChart for a packaged chart, with its values.
    Packaged,
    /// Another HelmChart, whose strings may be meant for any program.
    Own,
}

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let cluster = context.cluster;
    for manifest in cluster.manifests.iter().filter(|manifest| !manifest.overlay.patch) {
        // Other kinds may contain documentation, scripts and web pages.
        if matches!(manifest.file.content, Content::Manifest { helm: true }) {
            check_charts(manifest, drafts);
        }
    }
    let configs = cluster.own_nodes().iter().flat_map(NodeConfig::files);
    for file in configs.chain(cluster.registries.iter().copied()) {
        let Some(document) = file.stream.documents().next() else { continue };
        let place = if file.unit.is_some() && is_model_file(file) {
            continue;
        } else if format!("/{}", file.full_path()).contains("/etc/rancher/rke2/") {
            Place::Certain
        } else if is_model_file(file) {
            continue;
        } else if matches!(file.name(), "config.yaml" | "registries.yaml") {
            Place::Likely
        } else {
            Place::Loose
        };
        report(found(document, Source::Settings, place, |_| true), place, drafts);
    }
}

fn check_charts(manifest: &Manifest<'_>, drafts: &mut Vec<Draft>) {
    let file: &RkeFile = manifest.file;
    let is_model = (file.unit.is_some() || !manifest.is_certain()) && is_model_file(file);
    if !may_hold_mark(file.source.text()) || is_model {
        return;
    }
    let place = if manifest.is_certain() {
        Place::Certain
    } else if manifest.is_deployed_as_is() {
        Place::Likely
    } else {
        Place::Loose
    };
    let is_host = |span: Span| file.values.binary_search_by_key(&span, |values| values.host).is_ok();
    let mut all = Vec::new();
    for object in file.objects().filter(|object| object.helm_kind().is_some()) {
        let source =
            if object.name().is_some_and(|name| is_packaged(&name)) { Source::Packaged } else { Source::Own };
        // Embedded documents are checked separately, without their comments.
        let inside = |span: Span| object.node.span().contains(span) && !is_host(span);
        all.extend(found(object.node.document(), source, place, inside));
        if let Some(values) = object.values_document().filter(|values| !values.templated) {
            for inner in values.stream.documents() {
                all.extend(found(inner, source, place, |_| true));
            }
        }
    }
    report(all, place, drafts);
}

/// Whether the name of a file, or of the folder that describes its contents, says that it is an example: its placeholders
/// are there on purpose. Folders further up may be those of the user. The name of a unit is that of its host.
fn is_model_file(file: &RkeFile) -> bool {
    let (place, name) = match &file.unit {
        Some(unit) => (folder(&unit.host), file_name(&unit.host)),
        None => (&*file.place, file.name()),
    };
    [file_name(home(place)), name].into_iter().any(is_model_name)
}

/// The placeholders of a document that are reported.
fn found(document: &Document, source: Source, place: Place, wanted: impl Fn(Span) -> bool) -> Vec<Found<'_>> {
    let mut found = Vec::new();
    // In rewrites, `$1` and `$name` refer to groups of the pattern.
    let rewrites: Vec<Span> = document
        .mappings()
        .flat_map(NodeRef::entries)
        .filter(|entry| entry.key.text() == Some("rewrite"))
        .map(|entry| entry.value.span())
        .collect();
    for mapping in document.mappings() {
        let is_on = mapping.get("enabled").and_then(NodeRef::value) == Some(Value::Bool(true));
        for entry in mapping.entries() {
            let name = entry.name();
            let values = match entry.value.kind() {
                _ if entry.value.is_alias() => Vec::new(),
                Kind::Sequence => entry.value.items().collect(),
                _ => vec![entry.value],
            };
            let scalars = std::iter::once(("", entry.key))
                .chain(values.into_iter().map(|value| (name.as_ref(), value)));
            for (key, scalar) in scalars {
                if scalar.kind() != Kind::Scalar || scalar.is_alias() || !wanted(scalar.span()) {
                    continue;
                }
                let Some((mark, token)) = plain_mark(scalar) else { continue };
                let is_default = scalar.text().is_some_and(|text| DEFAULTS.contains(&text));
                if source != Source::Settings && is_default && !is_on {
                    continue;
                }
                let group =
                    mark.kind != MarkKind::Token && rewrites.iter().any(|span| span.contains(scalar.span()));
                if !group && is_reported(source, place, key, &mark, token) {
                    found.push(Found { at: scalar.span(), token, kind: mark.kind });
                }
            }
        }
    }
    found
}

/// The placeholder in a scalar that is otherwise only an address, a name or a path.
fn plain_mark(scalar: NodeRef<'_>) -> Option<(TemplateMark, &str)> {
    let text = scalar.text()?;
    let mark = template_mark(text)?;
    let around = [text.get(..mark.range.start)?, text.get(mark.range.end..)?];
    let token = text.get(mark.range.clone())?;
    around.iter().all(|part| !part.contains(char::is_whitespace)).then_some((mark, token))
}

fn is_reported(source: Source, place: Place, key: &str, mark: &TemplateMark, token: &str) -> bool {
    let exact = || {
        let key = key.to_ascii_lowercase();
        EXACT.iter().any(|ending| key.ends_with(ending))
    };
    // A redacted secret was replaced on purpose.
    if token.to_ascii_lowercase().contains("redacted") || token.starts_with('*') {
        return false;
    }
    match mark.kind {
        MarkKind::Token => match source {
            Source::Settings => true,
            Source::Packaged => token.starts_with('<') || !is_hidden(token) || exact(),
            Source::Own => is_shouted(token) || exact(),
        },
        // The kubelet replaces `$(NAME)` in the arguments of a static pod.
        MarkKind::Shell if token.starts_with("$(") && !token.contains(|c: char| c.is_ascii_lowercase()) => {
            false
        }
        MarkKind::Shell => match source {
            Source::Settings => place >= Place::Likely,
            Source::Packaged => place >= Place::Likely && exact(),
            Source::Own => false,
        },
        // Terraform, Flux and envsubst replace these before the file is deployed.
        MarkKind::Dollar => match source {
            Source::Settings => place == Place::Certain,
            Source::Packaged => place == Place::Certain && exact(),
            Source::Own => false,
        },
        MarkKind::Braces
        | MarkKind::Statement
        | MarkKind::Percent
        | MarkKind::Erb
        | MarkKind::Mask
        | MarkKind::Sealed => false,
    }
}

/// `xxxx`, `192.0.2.x`.
fn is_hidden(token: &str) -> bool {
    token.bytes().all(|byte| matches!(byte, b'x' | b'X' | b'.') || byte.is_ascii_digit())
}

/// `<API_SERVER>`, `CHANGEME_…`, `YOUR_TOKEN`: words in capitals that are not part of any syntax.
fn is_shouted(token: &str) -> bool {
    let upper = !token.contains(|c: char| c.is_ascii_lowercase());
    let asks = token.starts_with(['<', 'C', 'R']) || token.contains("YOUR");
    (upper && asks && token != "REDACTED") || (token.starts_with("your-") && token.ends_with("-here"))
}

/// Reports one finding per file, with the further places as related.
fn report(mut found: Vec<Found<'_>>, place: Place, drafts: &mut Vec<Draft>) {
    found.sort_by_key(|found| found.at);
    found.dedup_by_key(|found| found.at);
    let Some((first, more)) = found.split_first() else { return };
    let (what, uses) = match more.len() {
        0 => (String::new(), "it"),
        1 => (" and one more".to_owned(), "them"),
        count => (format!(" and {count} more"), "them"),
    };
    let kind = if first.kind == MarkKind::Token { "placeholder" } else { "variable" };
    let message = format!("unreplaced {kind} `{}`{what}; RKE2 uses {uses} literally", first.token);
    let certain = place == Place::Certain && found.iter().any(|found| found.kind == MarkKind::Token);
    let severity = if certain { Severity::Error } else { Severity::Warning };
    let mut draft = Draft::new(first.at, message)
        .help(format!(
            "replace `{}` with the real value, or list the file under `exclude` if it is a template",
            first.token
        ))
        .severity(severity);
    for other in more.iter().take(SHOWN) {
        draft = draft.related(other.at, "also unreplaced");
    }
    drafts.push(draft);
}
