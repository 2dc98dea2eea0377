//! Classifies unknown keys and finds suggestions for them.

use super::cascade::Misplaced;
use super::upstream::is_of_image;
use super::walk::{Walk, is_set, scalar, way_out};
use super::{Fault, Verdict, foreign, moved, words};
use crate::catalog::{
    self, Attr, ChartView, Flags, Lookup, Reason, Shapes, Suggestion, Types, compare_versions,
};
use crate::finding::{self, Edit, Safety, Severity};
use crate::release::Release;
use crate::rule::{Draft, edit};
use crate::source::Span;
use crate::yaml::{Entry, Kind, NodeRef};

/// The highest cost at which a suggestion counts as a typo rather than as a different key.
const NEAR: usize = 12;
/// The maximum number of unknown keys per object for which suggestions are searched. The search is slow, and more
/// unknown keys point to a different mistake.
const MOST_SEARCHED: usize = 500;
/// The maximum number of keys of a map that are compared with those that the templates read from it.
const MOST_KEYS: usize = 32;
/// The maximum depth to which the values under an unknown key are used to find its place.
const DEEPEST: usize = 6;

/// The best explanation for a key that no version has. The most specific explanations are tried first.
pub(super) fn judge(walk: &Walk<'_, '_>, field: Entry<'_>, path: &[String]) -> Option<Fault> {
    moved::canal_mtu(walk, field, path)
        .or_else(|| foreign::wrapper(walk, field, path))
        .or_else(|| dotted(walk, field, path))
        .or_else(|| moved::nginx_provider(walk, field, path))
        .or_else(|| moved::gone(walk, field, path))
        .or_else(|| silent(walk, field, path))
        .or_else(|| {
            let rest = first_leaf(field.value);
            if asks_for_default(walk, field.value, path) {
                return None;
            }
            let kind = (!field.value.is_opaque()).then(|| field.value.kind());
            generic(walk, Written::Field(field), path, &rest, kind)
        })
}

/// Reports a key of `spec.set` whose first `length` elements already form an unknown path.
pub(super) fn of_set(walk: &Walk<'_, '_>, entry: Entry<'_>, path: &[String], length: usize) -> Option<Fault> {
    let kind = (length == path.len()).then_some(Kind::Scalar);
    generic(walk, Written::Set(entry.key.span()), &path[..length], &path[length..], kind)
}

/// The last release before the possible ones that had a key by name.
pub(super) fn last_release<S: AsRef<str>>(walk: &Walk<'_, '_>, path: &[S]) -> Option<Release> {
    let first = *walk.cluster.target.releases().first()?;
    let before = |release: &Release| *release < first && has_named(walk, *release, path);
    let last = catalog::announced().rev().find(before);
    last.or_else(|| catalog::releases().iter().rev().copied().find(before))
}

fn has_named<S: AsRef<str>>(walk: &Walk<'_, '_>, release: Release, path: &[S]) -> bool {
    let attr = catalog::chart_at(release, walk.name).and_then(|view| view.lookup(path).attr());
    attr.is_some_and(|attr| {
        (attr.is_read() || attr.flags.intersects(Flags::VALUES | Flags::SCHEMA)) && !attr.is_guard_only()
    })
}

/// `hubble.relay.enabled: true` as a single key: dots separate keys only in `--set`.
fn dotted(walk: &Walk<'_, '_>, field: Entry<'_>, path: &[String]) -> Option<Fault> {
    let (key, parents) = path.split_last()?;
    if !key.contains('.') || key.split('.').any(str::is_empty) {
        return None;
    }
    let expanded: Vec<&str> = parents.iter().map(String::as_str).chain(key.split('.')).collect();
    if !walk.is_named(&expanded) {
        return None;
    }
    let message = format!("`{key}` is a single key here, not a path{}", ignored(walk));
    let below: Vec<&str> = key.split('.').collect();
    let text = field.value.text().filter(|text| field.value.kind() == Kind::Scalar && !text.contains('\n'));
    let help = match text {
        Some(text) => format!("write nested maps: `{}`", words::flow(&below, &written(field.value, text))),
        None => format!("write nested maps: `{}: …`", below.join(": {")),
    };
    let nested = walk.relocate(path, &expanded);
    let draft = Draft::new(field.key.span(), message).help(help);
    Some(Fault::new(Verdict::Dotted, draft.fixed(Safety::Safe, "write nested maps", nested)))
}

fn written(value: NodeRef<'_>, text: &str) -> String {
    match value.style() {
        Some(crate::yaml::Style::Plain) => text.to_owned(),
        _ => format!("{text:?}"),
    }
}

/// A chart value among the nginx settings of `controller.config`, which are in kebab-case and copied verbatim.
pub(super) fn nginx_setting(walk: &Walk<'_, '_>, field: Entry<'_>, path: &[String]) -> Option<Fault> {
    let [controller, config, key] = path else { return None };
    let ours = walk.name == "rke2-ingress-nginx" && controller == "controller" && config == "config";
    let place = [controller.as_str(), key.as_str()];
    if !ours || !key.contains(|c: char| c.is_ascii_uppercase()) || !walk.is_named(&place) {
        return None;
    }
    let message =
        format!("`{}` goes into the ConfigMap of nginx, which has no such setting", words::path(path));
    let help = format!("did you mean `{}`? move it there", words::path(&place));
    let moved = walk.relocate(path, &place);
    let draft = Draft::new(field.key.span(), message).help(help);
    Some(Fault::new(Verdict::UnknownKey, draft.fixed(Safety::Unsafe, "move the value", moved)))
}

/// A removed key that current versions silently ignore, while newer ones fail to install with it.
fn silent(walk: &Walk<'_, '_>, field: Entry<'_>, path: &[String]) -> Option<Fault> {
    let fail = walk.hard_fail(path).filter(|_| walk.source.is_none())?;
    if !walk.views.iter().all(|view| fail.is_silent_at(view.version())) || field.value.is_null() {
        return None;
    }
    let shown = words::path(path);
    let breaks_later = is_set(fail, field.value);
    let later = if breaks_later { ", newer charts fail to install" } else { "" };
    let message = format!(
        "`{shown}` was removed after {} {}; {} silently ignores it{later}",
        walk.name,
        fail.last_valid,
        walk.chart()
    );
    let (help, way) = way_out(walk, field, path);
    let draft = Draft::new(field.key.span(), message).help(help).effect(finding::Effect::Ignored);
    let draft = way.attach(draft, walk.safety_of_moves());
    let fault = Fault::new(walk.removed(), draft);
    // If `tunnel: disabled` or `geneve` is ignored, Cilium falls back to its default encapsulation.
    let lost = shown == "tunnel" && matches!(field.value.text(), Some("disabled" | "geneve"));
    Some(match (lost, breaks_later) {
        (true, _) => fault,
        (false, true) => fault.severity(Severity::Warning),
        // An empty value asks for what the newer chart does anyway.
        (false, false) => fault.severity(Severity::Info),
    })
}

/// The effect of a key that no template reads by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Effect {
    /// Nothing.
    None,
    /// A template uses the parent map as a whole, for example prints all of its keys.
    Whole,
    /// It becomes a field of a custom resource whose definition does not have it.
    Resource,
    /// Helm fails.
    Fails,
}

/// The effect of an unknown key, derived from its parent; `Whole`, which claims the least, where versions differ.
fn effect(walk: &Walk<'_, '_>, path: &[String]) -> Effect {
    let Some((_, parents)) = path.split_last() else { return Effect::None };
    let of = |lookup: Lookup<'_>| match lookup.attr() {
        Some(attr) if attr.flags.contains(Flags::CRD) => Effect::Resource,
        Some(attr) if attr.fails.by_default.contains(Shapes::UNKNOWN_KEY) => Effect::Fails,
        Some(attr) if attr.flags.contains(Flags::WHOLE) => Effect::Whole,
        // The chart has no map there, so a template may print whatever it finds. Not measured with Helm.
        Some(attr) if attr.flags.contains(Flags::READ) && !attr.flags.contains(Flags::VALUES) => {
            Effect::Whole
        }
        Some(attr) if attr.flags.contains(Flags::VALUES) && !attr.types.contains(Types::MAP) => Effect::Whole,
        _ => Effect::None,
    };
    let mut effects = walk.lookups(parents).into_iter().map(of);
    let Some(first) = effects.next() else { return Effect::None };
    // Where the versions differ, the message only says that the chart has no such value.
    if effects.all(|effect| effect == first) { first } else { Effect::Whole }
}

/// Where an unknown key is written.
#[derive(Clone, Copy)]
enum Written<'a> {
    /// In a map of values.
    Field(Entry<'a>),
    /// As a part of a dotted key of `spec.set`.
    Set(Span),
}

/// The edits that rename a key or move it to the suggested place.
fn corrected(
    walk: &Walk<'_, '_>,
    field: Entry<'_>,
    path: &[String],
    meant: &Suggestion,
) -> Option<(Safety, Vec<Edit>)> {
    let ((_, parents), (name, to)) = (path.split_last()?, meant.path.split_last()?);
    if walk.is_written(&meant.path) {
        return None;
    }
    if is_spelling(meant) {
        // RKE2 applies a changed manifest at once, so a value that was ignored so far takes effect.
        let safety = if meant.reason == Reason::Case { Safety::Safe } else { Safety::Unsafe };
        let certain = is_near(meant) && parents == to;
        return certain.then(|| Some((safety, vec![edit::rename(field, name)?])))?;
    }
    let same_name = path.last() == Some(name);
    same_name.then(|| Some((Safety::Unsafe, walk.relocate(path, &meant.path)?)))?
}

fn generic(
    walk: &Walk<'_, '_>,
    written: Written<'_>,
    path: &[String],
    rest: &[String],
    kind: Option<Kind>,
) -> Option<Fault> {
    let whole: Vec<&str> = path.iter().chain(rest).map(String::as_str).collect();
    let suggestion = best(walk, &whole, kind);
    let near = suggestion.as_ref().is_some_and(is_near);
    if walk.source.is_some() && (!near || !was_never_a_value(walk, path)) {
        return None;
    }
    // A release newer than the catalogue may have values that are not known here.
    let newer = walk.cluster.target.beyond_catalogue().is_some();
    if newer && !near {
        return None;
    }
    let effect = effect(walk, path);
    // Today's chart may lack the parent, so that the upgrade changes nothing.
    if effect == Effect::None && walk.was_ignored(path) {
        return None;
    }
    let all_helm_4 = walk.cluster.target.all(catalog::runs_helm_4);
    let at = match written {
        Written::Field(field) => field.key.span(),
        Written::Set(at) => at,
    };
    let history = history(walk, path).filter(|_| !newer);
    let edits = match (written, &history, &suggestion) {
        (Written::Field(field), None, Some(meant)) => corrected(walk, field, path, meant),
        (Written::Field(_), Some(Known::Until(_)), None) => {
            walk.remove(path).map(|edit| (Safety::Unsafe, vec![edit]))
        }
        _ => None,
    };
    let misplaced = match (&history, &suggestion) {
        (None, Some(suggestion)) => Misplaced::of(path, &suggestion.path),
        _ => None,
    };
    let (sentence, help) = sentence(walk, path, history, suggestion);
    let message = sentence + &consequence(walk, effect, path, all_helm_4);
    let broken = near || effect == Effect::Fails || (effect == Effect::Resource && all_helm_4);
    let severity = if broken { Severity::Error } else { Severity::Warning };
    let (safety, edits) = edits.unwrap_or((Safety::Display, Vec::new()));
    let mut draft = Draft::new(at, message).fixed(safety, help.clone(), Some(edits)).help(help);
    draft.effect = match effect {
        Effect::None => Some(finding::Effect::Ignored),
        Effect::Fails => Some(finding::Effect::Refused),
        Effect::Whole | Effect::Resource => None,
    };
    let fault = Fault::new(Verdict::UnknownKey, draft).severity(severity);
    Some(Fault { misplaced, ..fault })
}

/// What is wrong with a key, without the consequence, and the help.
fn sentence(
    walk: &Walk<'_, '_>,
    path: &[String],
    history: Option<Known>,
    suggestion: Option<Suggestion>,
) -> (String, String) {
    let (shown, name) = (words::path(path), walk.name);
    match (history, suggestion) {
        (Some(Known::Until(release)), suggestion) => {
            let help = match suggestion.filter(is_same_name) {
                Some(suggestion) => {
                    format!("remove it, or write `{}` if you meant that value", words::path(&suggestion.path))
                }
                None => "remove it".to_owned(),
            };
            (format!("`{shown}` was removed from {name} after {release}"), help)
        }
        (Some(Known::Since(release)), suggestion) => {
            let help = match suggestion.filter(|suggestion| suggestion.cost <= NEAR) {
                Some(suggestion) => format!("upgrade RKE2, or write `{}`", words::path(&suggestion.path)),
                None => "upgrade RKE2, or remove it".to_owned(),
            };
            (format!("`{shown}` is not a value of {name} before {release}"), help)
        }
        (None, suggestion) => {
            let help = match suggestion {
                Some(suggestion) => {
                    let target = words::path(&suggestion.path);
                    match suggestion.reason {
                        Reason::Case | Reason::Spelling => format!("did you mean `{target}`?"),
                        Reason::TooDeep | Reason::TooShallow | Reason::OtherParent => {
                            format!("did you mean `{target}`? move it there")
                        }
                    }
                }
                None => match path.split_last() {
                    Some((_, parents)) if !parents.is_empty() => {
                        let parents = words::path(parents);
                        format!(
                            "remove it; `rke2-lint catalog values {name} {parents}` lists what the chart accepts"
                        )
                    }
                    _ => format!("remove it; `rke2-lint catalog values {name}` lists what the chart accepts"),
                },
            };
            (format!("`{shown}` is not a value of {}", walk.chart()), help)
        }
    }
}

/// What an unknown key does, as the end of a message. `helm_4`: every release in question installs with Helm 4.
fn consequence(walk: &Walk<'_, '_>, effect: Effect, path: &[String], helm_4: bool) -> String {
    match effect {
        Effect::None => ignored(walk).to_owned(),
        Effect::Whole => String::new(),
        Effect::Resource if helm_4 => "; the API server rejects the field on a new install".to_owned(),
        Effect::Resource => "; the API server silently drops it".to_owned(),
        Effect::Fails => {
            let parent = words::path(&path[..path.len() - 1]);
            format!("; the templates use every key of `{parent}`, and the install fails")
        }
    }
}

/// What Helm does with a key that no template reads, as the end of a message.
fn ignored(walk: &Walk<'_, '_>) -> &'static str {
    if walk.source.is_some_and(|source| source.may_reject) { "" } else { "; Helm silently ignores it" }
}

/// Reports a typo under an open parent. Not all of the parent's keys are known, so an unknown key may also be one that
/// the catalogue lacks; only a near miss of a known key is reported.
pub(super) fn near_of_open(walk: &Walk<'_, '_>, field: Entry<'_>, path: &[String]) -> Option<Fault> {
    let (key, parents) = path.split_last()?;
    if parents.is_empty() {
        return None;
    }
    let by_key = walk.views.iter().all(|view| view.is_read_by_key(parents));
    let is_judged = (by_key || walk.is_partly_known(parents)) && walk.was_known(path);
    // The last, because it searches all values.
    if !is_judged || walk.is_aside(key, field.value) {
        return None;
    }
    let view = *walk.views.last()?;
    let alone = by_key && is_without_known_key(walk, parents);
    let fails = alone && fails_with_unknown_key(walk, field, parents);
    let Some(near) = catalog::near_sibling(view, parents, key) else {
        return fails.then(|| without_known_key(walk, field, path));
    };
    let mut meant = parents.to_vec();
    meant.push(near.to_owned());
    let used = |attr: &Attr| attr.is_read() || attr.flags.contains(Flags::VALUES);
    if !walk.views.iter().all(|view| view.lookup(&meant).attr().is_some_and(used)) {
        return None;
    }
    let consequence = match (fails, alone) {
        (true, _) => "; the install fails",
        // Not measured: the templates may need one of the keys.
        (false, true) => "",
        (false, false) => ignored(walk),
    };
    let message = format!("`{}` is not a value of {}{consequence}", words::path(path), walk.chart());
    let help = format!("did you mean `{}`?", words::path(&meant));
    let name = edit::rename(field, near).filter(|_| !walk.is_written(&meant));
    let draft =
        Draft::new(field.key.span(), message).help(help).fixed(Safety::Unsafe, "rename the key", name);
    Some(Fault::new(Verdict::UnknownKey, draft).severity(Severity::Error))
}

/// Whether Helm fails with a map that has an unknown key alone (measured).
fn fails_with_unknown_key(walk: &Walk<'_, '_>, field: Entry<'_>, parents: &[String]) -> bool {
    let fails = |attr: &Attr| attr.fails.by_default.contains(Shapes::UNKNOWN_KEY);
    walk.source.is_none()
        && walk.lookups(parents).into_iter().all(|lookup| lookup.attr().is_some_and(fails))
        && !walk.switches_something_off(field)
}

/// Whether a map has none of the keys that the templates read from it.
fn is_without_known_key(walk: &Walk<'_, '_>, parents: &[String]) -> bool {
    let keys: Vec<&str> = parents.iter().map(String::as_str).collect();
    // Each key of the map asks.
    let Some(map) = walk.root.and_then(|root| root.at(&keys)).filter(|map| map.entries().len() <= MOST_KEYS)
    else {
        return false;
    };
    let known: Vec<&str> =
        walk.views.iter().flat_map(|view| view.siblings(parents)).map(|(name, _)| name).collect();
    map.entries().all(|entry| !entry.is_merge() && !known.contains(&&*entry.name()))
}

/// Reports a key of a map of which the templates read other keys, and fail without any of them.
fn without_known_key(walk: &Walk<'_, '_>, field: Entry<'_>, path: &[String]) -> Fault {
    let parents = &path[..path.len() - 1];
    let siblings = walk.views.last().map(|view| view.siblings(parents)).unwrap_or_default();
    let names: Vec<&str> =
        siblings.iter().filter(|(_, attr)| attr.is_read()).map(|(name, _)| *name).collect();
    let message = format!("`{}` is not a value of {}; the install fails", words::path(path), walk.chart());
    let help = format!("set `{}` under `{}`", names.join("`, `"), words::path(parents));
    let draft = Draft::new(field.key.span(), message).help(help).effect(finding::Effect::Refused);
    Fault::new(Verdict::UnknownKey, draft).severity(Severity::Error)
}

fn is_spelling(suggestion: &Suggestion) -> bool {
    matches!(suggestion.reason, Reason::Case | Reason::Spelling)
}

/// Whether a misplaced key, with the keys under it, fits at exactly one place of the chart. Keys such as `metrics` and
/// `enabled` occur in many places, none of which is more likely than another.
fn is_only_place(view: ChartView<'_>, written: &[&str], suggestion: &Suggestion) -> bool {
    let Some(key) = suggestion.path.last() else { return false };
    let rest = written.iter().position(|element| element == key).map_or(&[][..], |at| &written[at + 1..]);
    let places = view.paths().into_iter().filter(|(path, attr)| {
        let named = path.last().is_some_and(|last| last == key) && !attr.is_only_commented();
        named && {
            let whole: Vec<&str> = path.iter().chain(rest).copied().collect();
            matches!(view.lookup(&whole), Lookup::Known(attr) if !attr.is_guard_only())
        }
    });
    places.take(2).count() == 1
}

/// Whether a suggestion differs from the written key only by a typo.
fn is_near(suggestion: &Suggestion) -> bool {
    is_spelling(suggestion) && suggestion.cost <= NEAR
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
        walk.views.iter().all(accepted)
            && suggestion.path.last().is_some_and(|key| key != "*")
            && (is_spelling(suggestion) || is_only_place(view, path, suggestion))
    })
}

/// Whether a key accepts values of a kind.
pub(super) fn takes(attr: &Attr, kind: Kind) -> bool {
    let types = match kind {
        Kind::Mapping => Types::MAP,
        Kind::Sequence => Types::LIST,
        Kind::Scalar => Types::NULL | Types::BOOL | Types::INT | Types::FLOAT | Types::STRING,
    };
    attr.types.is_unknown() || attr.types == Types::NULL || attr.types.intersects(types)
}

/// Whether a typo explains an unknown path.
pub(super) fn has_near(walk: &Walk<'_, '_>, path: &[&str]) -> bool {
    best(walk, path, None).is_some_and(|suggestion| suggestion.cost <= NEAR)
}

/// Whether a value is, or may be, the default of the releases that have the key, so that nothing is lost if it is
/// ignored.
fn asks_for_default(walk: &Walk<'_, '_>, value: NodeRef<'_>, path: &[String]) -> bool {
    let Some(Known::Until(release) | Known::Since(release)) = history(walk, path) else { return false };
    catalog::chart_at(release, walk.name).is_some_and(|view| repeats_defaults(view, value, path))
}

/// Whether a value, or each value under it, is or may be the default of a version.
pub(super) fn repeats_defaults(view: ChartView<'_>, value: NodeRef<'_>, path: &[String]) -> bool {
    match value.kind() {
        _ if value.is_opaque() => true,
        Kind::Scalar => {
            let default = catalog::default_value(view, path);
            default.is_some() && scalar(value) == default
        }
        Kind::Sequence => value.items().next().is_none(),
        Kind::Mapping => value.fields().into_iter().all(|field| {
            let below = [path, &[field.name().into_owned()]].concat();
            repeats_defaults(view, field.value, &below)
        }),
    }
}

/// Whether no packaged version ever accepted a key. The upstream chart is then assumed not to have it either.
fn was_never_a_value(walk: &Walk<'_, '_>, path: &[String]) -> bool {
    let Some(chart) = catalog::chart(walk.name) else { return false };
    let mut views = chart.versions().filter_map(|version| chart.at(version));
    let is_own = walk.source.is_some_and(|source| source.has_own(path));
    !is_own && !is_of_image(path) && views.all(|view| !view.lookup(path).is_accepted())
}

enum Known {
    Until(Release),
    Since(Release),
}

/// Whether releases with an older or a newer chart know a key by name.
fn history(walk: &Walk<'_, '_>, path: &[String]) -> Option<Known> {
    let name = walk.name;
    // Most unknown keys never were a value. One lookup rules them out instead of one per release.
    if !catalog::chart(name).is_some_and(|chart| chart.has(path)) {
        return None;
    }
    // A chart version that no release ships has no place in the history.
    if walk.views.iter().any(|view| catalog::chart(name).and_then(|chart| chart.at(view.version())).is_none())
    {
        return None;
    }
    let releases = walk.cluster.target.releases();
    let (first, last) = (*releases.first()?, *releases.last()?);
    let mut having: Vec<Release> =
        catalog::announced().filter(|release| has_named(walk, *release, path)).collect();
    // A tag without release notes is used only if no other release has the key.
    if having.is_empty() {
        having.extend(catalog::releases().iter().filter(|release| has_named(walk, **release, path)));
    }
    let newest = walk.views.iter().map(|view| view.version()).max_by(|a, b| compare_versions(a, b))?;
    let oldest = walk.views.iter().map(|view| view.version()).min_by(|a, b| compare_versions(a, b))?;
    // Minors overlap in time: a release of an older minor may have a newer chart.
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

/// The keys that lead to the first leaf under a node, at most [`DEEPEST`].
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
