//! Keys that no version has: which mistake that is, and what was meant.

use super::cascade::Misplaced;
use super::walk::{Walk, scalar};
use super::{Fault, Verdict, foreign, moved, words};
use crate::catalog::{self, Attr, ChartView, Flags, Lookup, Reason, Suggestion, Types, compare_versions};
use crate::finding::Severity;
use crate::rke2::release::Release;
use crate::rule::Draft;
use crate::source::Span;
use crate::yaml::{Entry, Kind, NodeRef};

/// Up to here a suggestion is a slip of the pen rather than another key.
const NEAR: usize = 12;
/// Unknown keys of one object for which the chart is searched for what was meant. That takes long, and who has more
/// of them has made another mistake.
const MOST_SEARCHED: usize = 500;
/// How far down the values of an unknown key help to find its place.
const DEEPEST: usize = 6;

/// The one thing that is wrong with a key that no version has; the most telling explanation first.
pub(super) fn judge(walk: &Walk<'_, '_>, field: Entry<'_>, path: &[String]) -> Option<Fault> {
    moved::canal_mtu(walk, field, path)
        .or_else(|| foreign::wrapper(walk, field, path))
        .or_else(|| dotted(walk, field, path))
        .or_else(|| moved::nginx_provider(walk, field, path))
        .or_else(|| moved::gone(walk, field, path))
        .or_else(|| silent(walk, field, path))
        .or_else(|| {
            let rest = first_leaf(field.value);
            (!asks_for_default(walk, field.value, path))
                .then(|| generic(walk, field.key.span(), path, &rest, Some(field.value.kind())))
        })
}

/// A key of `spec.set` of which `length` elements are enough to be unknown.
pub(super) fn of_set(walk: &Walk<'_, '_>, entry: Entry<'_>, path: &[String], length: usize) -> Fault {
    let kind = (length == path.len()).then_some(Kind::Scalar);
    generic(walk, entry.key.span(), &path[..length], &path[length..], kind)
}

/// The last release before those that count which had a key by its name.
pub(super) fn last_release<S: AsRef<str>>(walk: &Walk<'_, '_>, path: &[S]) -> Option<Release> {
    let first = *walk.cluster.target.releases().first()?;
    catalog::releases()
        .iter()
        .rev()
        .copied()
        .find(|release| *release < first && has_named(walk, *release, path))
}

fn has_named<S: AsRef<str>>(walk: &Walk<'_, '_>, release: Release, path: &[S]) -> bool {
    let attr = catalog::chart_at(release, &walk.object.name).and_then(|view| view.lookup(path).attr());
    attr.is_some_and(|attr| {
        (attr.is_read() || attr.flags.intersects(Flags::VALUES | Flags::SCHEMA)) && !attr.is_guard_only()
    })
}

/// `hubble.relay.enabled: true` in one line: dots mean something in `--set` only.
fn dotted(walk: &Walk<'_, '_>, field: Entry<'_>, path: &[String]) -> Option<Fault> {
    let (key, parents) = path.split_last()?;
    if !key.contains('.') || key.split('.').any(str::is_empty) {
        return None;
    }
    let expanded: Vec<&str> = parents.iter().map(String::as_str).chain(key.split('.')).collect();
    if !walk.is_named(&expanded) {
        return None;
    }
    let message = format!(
        "`{key}` is one key with dots in a values file, which nothing reads: Helm ignores it in silence"
    );
    let below: Vec<&str> = key.split('.').collect();
    let text = field.value.text().filter(|text| field.value.kind() == Kind::Scalar && !text.contains('\n'));
    let help = match text {
        Some(text) => format!("write nested maps: `{}`", words::flow(&below, &written(field.value, text))),
        None => format!("write nested maps: `{}: …`", below.join(": {")),
    };
    Some(Fault::new(Verdict::Dotted, Draft::new(field.key.span(), message).help(help)))
}

fn written(value: NodeRef<'_>, text: &str) -> String {
    match value.style() {
        Some(crate::yaml::Style::Plain) => text.to_owned(),
        _ => format!("{text:?}"),
    }
}

/// A setting of the chart among those of nginx, which are in kebab-case and go into its configuration as they are.
pub(super) fn nginx_setting(walk: &Walk<'_, '_>, field: Entry<'_>, path: &[String]) -> Option<Fault> {
    let [controller, config, key] = path else { return None };
    let ours = walk.object.name == "rke2-ingress-nginx" && controller == "controller" && config == "config";
    let place = [controller.as_str(), key.as_str()];
    if !ours || !key.contains(|c: char| c.is_ascii_uppercase()) || !walk.is_named(&place) {
        return None;
    }
    let message =
        format!("`{}` goes into the ConfigMap of nginx, which has no such setting", words::path(path));
    let help = format!("did you mean `{}`? move it there", words::path(&place));
    Some(Fault::new(Verdict::UnknownKey, Draft::new(field.key.span(), message).help(help)))
}

/// A key on its way from value to failure: the versions in between ignore it.
fn silent(walk: &Walk<'_, '_>, field: Entry<'_>, path: &[String]) -> Option<Fault> {
    let fail = walk.hard_fail(path)?;
    if !walk.views.iter().all(|view| fail.is_silent_at(view.version())) || field.value.is_null() {
        return None;
    }
    let shown = words::path(path);
    let message = format!(
        "`{shown}` was removed after {} {}: {} ignores it in silence, and newer charts fail to install with it",
        walk.object.name,
        fail.last_valid,
        walk.every_chart()
    );
    let help =
        moved::advice(&walk.object.name, path, field.value).unwrap_or_else(|| format!("remove `{shown}`"));
    let fault = Fault::new(Verdict::Removed, Draft::new(field.key.span(), message).help(help));
    // Without `tunnel: disabled` or `geneve` the default encapsulation comes back: a setting is lost.
    let lost = shown == "tunnel" && matches!(field.value.text(), Some("disabled" | "geneve"));
    Some(if lost { fault } else { fault.severity(Severity::Warning) })
}

fn generic(walk: &Walk<'_, '_>, at: Span, path: &[String], rest: &[String], kind: Option<Kind>) -> Fault {
    let shown = words::path(path);
    let name = &walk.object.name;
    let whole: Vec<&str> = path.iter().chain(rest).map(String::as_str).collect();
    let suggestion = best(walk, &whole, kind);
    let history = history(walk, path);
    let misplaced = match (&history, &suggestion) {
        (None, Some(suggestion)) => Misplaced::of(path, &suggestion.path),
        _ => None,
    };
    let (message, help) = match (history, suggestion) {
        (Some(Known::Until(release)), suggestion) => (
            format!(
                "`{shown}` was a value of {name} up to {release}: {} ignores it in silence",
                walk.every_chart()
            ),
            match suggestion.filter(is_same_name) {
                Some(suggestion) => {
                    format!("remove it, or see whether `{}` is meant", words::path(&suggestion.path))
                }
                None => "remove it".to_owned(),
            },
        ),
        (Some(Known::Since(release)), suggestion) => (
            format!(
                "`{shown}` is a value of {name} from {release} on: {} ignores it in silence",
                walk.every_chart()
            ),
            match suggestion.filter(|suggestion| suggestion.cost <= NEAR) {
                Some(suggestion) => format!("upgrade RKE2, or write `{}`", words::path(&suggestion.path)),
                None => "upgrade RKE2, or remove it".to_owned(),
            },
        ),
        (None, Some(suggestion)) => {
            let target = words::path(&suggestion.path);
            let help = match suggestion.reason {
                Reason::Case | Reason::Spelling => format!("did you mean `{target}`?"),
                Reason::TooDeep | Reason::TooShallow | Reason::OtherParent => {
                    format!("did you mean `{target}`? move it there")
                }
            };
            (format!("`{shown}` is no value of {}: Helm ignores it in silence", walk.any_chart()), help)
        }
        (None, None) => (
            format!("`{shown}` is no value of {}: Helm ignores it in silence", walk.any_chart()),
            match path.split_last() {
                Some((_, parents)) if !parents.is_empty() => {
                    format!(
                        "remove it; `rke2-lint catalog values {name} {}` lists what the chart accepts",
                        words::path(parents)
                    )
                }
                _ => format!("remove it; `rke2-lint catalog values {name}` lists what the chart accepts"),
            },
        ),
    };
    let fault = Fault::new(Verdict::UnknownKey, Draft::new(at, message).help(help));
    Fault { misplaced, ..fault }
}

fn is_same_name(suggestion: &Suggestion) -> bool {
    !matches!(suggestion.reason, Reason::Spelling) && suggestion.cost <= 2 * NEAR
}

/// The best suggestion that every version accepts.
fn best(walk: &Walk<'_, '_>, path: &[&str], kind: Option<Kind>) -> Option<Suggestion> {
    let view = *walk.views.last()?;
    let searched = walk.searched.get();
    if searched >= MOST_SEARCHED {
        return None;
    }
    walk.searched.set(searched + 1);
    catalog::suggest(view, path).into_iter().find(|suggestion| {
        let accepted = |view: &ChartView<'_>| match view.lookup(&suggestion.path) {
            Lookup::Known(attr) => kind.is_none_or(|kind| takes(attr, kind)),
            Lookup::Open => true,
            Lookup::Unknown { .. } => false,
        };
        walk.views.iter().all(accepted) && suggestion.path.last().is_some_and(|key| key != "*")
    })
}

/// Whether a value of such a kind may stand at a key.
fn takes(attr: &Attr, kind: Kind) -> bool {
    let types = match kind {
        Kind::Mapping => Types::MAP,
        Kind::Sequence => Types::LIST,
        Kind::Scalar => Types::NULL | Types::BOOL | Types::INT | Types::FLOAT | Types::STRING,
    };
    attr.types.is_unknown() || attr.types == Types::NULL || attr.types.intersects(types)
}

/// Whether a slip of the pen explains a path.
pub(super) fn has_near(walk: &Walk<'_, '_>, path: &[&str]) -> bool {
    best(walk, path, None).is_some_and(|suggestion| suggestion.cost <= NEAR)
}

/// Whether a value is the default of the releases that have the key: then nothing is lost where it is ignored.
fn asks_for_default(walk: &Walk<'_, '_>, value: NodeRef<'_>, path: &[String]) -> bool {
    let Some(Known::Until(release) | Known::Since(release)) = history(walk, path) else { return false };
    let view = catalog::chart_at(release, &walk.object.name);
    let default = view.and_then(|view| catalog::default_value(view, path));
    default.is_some() && scalar(value) == default
}

enum Known {
    Until(Release),
    Since(Release),
}

/// Where else a key is known by its name: in releases with an older chart, or with a newer one.
fn history(walk: &Walk<'_, '_>, path: &[String]) -> Option<Known> {
    let name = &walk.object.name;
    // Most unknown keys never were a value: that takes one look instead of one for each release.
    if !catalog::chart(name).is_some_and(|chart| chart.has(path)) {
        return None;
    }
    // What a release may run that no release ships has no before and after.
    if walk.views.iter().any(|view| catalog::chart(name).and_then(|chart| chart.at(view.version())).is_none())
    {
        return None;
    }
    let releases = walk.cluster.target.releases();
    let (first, last) = (*releases.first()?, *releases.last()?);
    let having: Vec<Release> =
        catalog::releases().iter().copied().filter(|release| has_named(walk, *release, path)).collect();
    let newest = walk.views.iter().map(|view| view.version()).max_by(|a, b| compare_versions(a, b))?;
    let oldest = walk.views.iter().map(|view| view.version()).min_by(|a, b| compare_versions(a, b))?;
    // Minors interleave: a release of an older minor may have the newer chart.
    let with = |release: &Release, newer: bool| {
        catalog::chart_version(*release, name).is_some_and(|version| {
            if newer {
                compare_versions(version, newest).is_gt()
            } else {
                compare_versions(version, oldest).is_lt()
            }
        })
    };
    let since = having.iter().filter(|release| with(release, true)).find(|release| **release > last);
    let until = || {
        let older = || having.iter().rev().filter(|release| with(release, false));
        older().find(|release| **release < first).or_else(|| older().next())
    };
    match since {
        Some(release) => Some(Known::Since(*release)),
        None => until().map(|release| Known::Until(*release)),
    }
}

/// The keys down to the first value below a node.
pub(super) fn first_leaf(value: NodeRef<'_>) -> Vec<String> {
    let mut path = Vec::new();
    let mut node = value;
    while path.len() < DEEPEST {
        let first = node.entries().find(|entry| entry.key.kind() == Kind::Scalar && !entry.is_merge());
        let Some(entry) = first.filter(|_| node.kind() == Kind::Mapping) else { break };
        path.push(entry.name().into_owned());
        node = entry.value;
    }
    path
}
