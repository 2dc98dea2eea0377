//! Runs the body of a declarative rule: binds its names, evaluates its conditions, reports its cases.

use std::borrow::Cow;

use super::Draft;
use super::arguments::program;
use super::body::{
    Asked, Binder, Case, CaseReleases, Collection, Condition, Data, Quantified, Quantifier, RowIndex,
};
use super::context::{Context, Target};
use super::names::{Bound, Slot};
use super::path::{Path, Root, Step};
use super::truth::Truth;
use super::{eval, fixes};
use crate::catalog::components::LISTS;
use crate::catalog::has_change;
use crate::cluster::fact::{Datum, Fact, Found};
use crate::finding::Label;
use crate::release::ReleaseRange;
use crate::rke2::argument::Argument;
use crate::yaml::{Kind, NodeRef, template_mark};

/// Receives an event for each step. `()` ignores them at no cost; `--why` uses the same code with a recorder.
pub(super) trait Observer {
    /// The conditions that need exactly the names of the first `level` binders are evaluated next.
    fn asks(&mut self, _data: &Data, _level: usize, _context: &Context<'_, '_>) {}
    /// An index is about to find rows in the table of a binder.
    fn looks_up(&mut self, _level: usize, _index: &RowIndex, _rows: &Rows, _context: &Context<'_, '_>) {}
    /// The names of a binder have been bound.
    fn bound(&mut self, _level: usize, _binder: &Binder, _context: &Context<'_, '_>) {}
    /// A case was evaluated; `draft` is its finding if it is reported.
    fn case(&mut self, _data: &Data, _index: usize, _draft: Option<&Draft>, _context: &Context<'_, '_>) {}
}

impl Observer for () {}

/// The rows of a table.
pub(super) type Rows = [Vec<Datum<'static>>];

/// Texts with the nodes they come from.
type Texts<'a> = Vec<(NodeRef<'a>, Cow<'a, str>)>;

/// The findings of a rule for a subject whose first `asked` conditions are already known to hold.
pub(super) fn drafts(
    data: &Data,
    asked: usize,
    context: &mut Context<'_, '_>,
    observer: &mut impl Observer,
) -> Vec<Draft> {
    let mut drafts = Vec::new();
    bind(data, data.when.get(asked..).unwrap_or_default(), 0, context, &mut drafts, observer);
    drafts
}

/// Evaluates the conditions that need exactly the names bound so far, then runs the next binder.
fn bind<O: Observer>(
    data: &Data,
    when: &[Asked],
    level: usize,
    context: &mut Context<'_, '_>,
    drafts: &mut Vec<Draft>,
    observer: &mut O,
) {
    observer.asks(data, level, context);
    let asked = when.iter().filter(|asked| asked.needs == level);
    for Asked { condition, .. } in asked {
        if holds(condition, context) != Truth::True {
            return;
        }
    }
    let Some(binder) = data.binders.get(level) else {
        report(data, context, drafts, observer);
        return;
    };
    if let Binder::Rows { rows, index: Some(index), .. } = binder {
        observer.looks_up(level, index, rows, context);
    }
    each(binder, context, &mut |context| {
        observer.bound(level, binder, context);
        bind(data, when, level + 1, context, drafts, observer);
    });
}

/// Binds the names of a binder to one thing after another, and calls `then` each time.
fn each<'c, 'a>(binder: &Binder, context: &mut Context<'c, 'a>, then: &mut dyn FnMut(&mut Context<'c, 'a>)) {
    match binder {
        Binder::Rows { slots, rows, index } => {
            let found: Cow<'_, [usize]> = match index {
                Some(index) => Cow::Borrowed(index.find(rows, context)),
                None => (0..rows.len()).collect(),
            };
            for &row in found.iter() {
                for (slot, value) in slots.iter().zip(&rows[row]) {
                    context.bind(*slot, Bound::Value(Fact::default(value.clone())));
                }
                then(context);
            }
        }
        Binder::Paths(slot, paths) => {
            for (written, steps) in paths {
                context.bind(*slot, Bound::Keys(written.clone(), steps.clone()));
                then(context);
            }
        }
        Binder::Each(slot, list) => {
            let Some(list) = context.resolve(list).map(Cow::into_owned) else { return };
            if matches!(list.root, Root::Fact(..)) {
                for (index, fact) in items(context.fact(&list)).enumerate() {
                    context.bind(*slot, Bound::Item { fact, index });
                    then(context);
                }
                return;
            }
            for (index, step) in elements(&list, context).into_iter().enumerate() {
                let mut path = list.clone();
                path.steps.push(step);
                context.bind(*slot, Bound::Element { path, index });
                then(context);
            }
        }
        Binder::Parts(slot, value) => {
            let texts = texts(value, context);
            let parts = texts.iter().flat_map(|(node, text)| text.split(',').map(|part| (*node, part)));
            for (index, (node, part)) in parts.enumerate() {
                let at = shown(node, value, context);
                let fact = Fact::written(Datum::text(Cow::Owned(part.to_owned())), at);
                context.bind(*slot, Bound::Piece { fact, fields: Vec::new(), node, index });
                then(context);
            }
        }
        Binder::Arguments(slot, list) => {
            for bound in arguments(list.as_ref(), context) {
                context.bind(*slot, bound);
                then(context);
            }
        }
        Binder::Things(slot, collection) => {
            for thing in things(collection, context) {
                context.bind(*slot, thing);
                then(context);
            }
        }
        Binder::Let(slot, expr) => {
            let fact = context.eval(expr);
            context.bind(*slot, Bound::Value(fact));
            then(context);
        }
    }
}

impl RowIndex {
    /// The rows whose column equals the operand; none if the operand is unknown.
    pub(super) fn find(&self, rows: &Rows, context: &Context<'_, '_>) -> &[usize] {
        let fact = context.eval(&self.operand);
        let Some(Datum::Text(text)) = fact.value() else { return &[] };
        let by_text = self.rows.get_or_init(|| {
            let mut by_text = std::collections::HashMap::new();
            for (index, row) in rows.iter().enumerate() {
                if let Datum::Text(text) = &row[self.column] {
                    by_text.entry(text.to_string()).or_insert_with(Vec::new).push(index);
                }
            }
            by_text
        });
        by_text.get(text.as_ref()).map_or(&[], Vec::as_slice)
    }
}

/// The steps that lead to the elements of a list or the values of a mapping.
fn elements(list: &Path, context: &Context<'_, '_>) -> Vec<Step> {
    if let (Root::Values, Target::Chart { values, .. }) = (&list.root, context.target)
        && let Some(keys) = list.plain_keys()
    {
        let names = values.children(&keys);
        if !names.is_empty() {
            return names.into_iter().map(|name| Step::Key(name.into_owned())).collect();
        }
    }
    match context.fact(list) {
        Fact::Known(found) => match found.value {
            Datum::Map(entries) => {
                entries.into_iter().map(|(name, _)| Step::Key(name.into_owned())).collect()
            }
            Datum::List(items) => (0..items.len()).map(Step::Index).collect(),
            _ => Vec::new(),
        },
        _ => Vec::new(),
    }
}

/// The elements of a derived list with their places.
fn items(list: Fact<'_>) -> impl Iterator<Item = Fact<'_>> {
    let (items, near) = match list {
        Fact::Known(Found { value: Datum::List(items), at }) => (items, at),
        _ => (Vec::new(), None),
    };
    items.into_iter().map(move |item| match item.value {
        Datum::Opaque => Fact::Unknown,
        value => Fact::Known(Found { value, at: item.at.or(near) }),
    })
}

/// The strings that make up a value, without template placeholders.
fn texts<'a>(value: &Path, context: &Context<'_, 'a>) -> Texts<'a> {
    let Some(path) = context.resolve(value) else { return Vec::new() };
    let node_key = match (path.root.plain(), path.steps.as_slice()) {
        (Root::Config, [Step::Key(key)]) => context.node().map(|node| (node, key)),
        (Root::Name(slot), [Step::Key(key)]) => match context.bound(*slot) {
            Some(Bound::Node(node)) => Some((*node, key)),
            _ => None,
        },
        _ => None,
    };
    if let Some((node, key)) = node_key {
        if node.ignores(key) {
            return Vec::new();
        }
        return node
            .setting(key)
            .into_iter()
            .flat_map(super::super::rke2::config::Setting::literals)
            .collect();
    }
    let Some(node) = context.node_of(&path) else { return Vec::new() };
    let nodes: Vec<NodeRef<'a>> = match node.kind() {
        Kind::Sequence => node.items().collect(),
        _ => vec![node],
    };
    let text = |node: NodeRef<'a>| Some((node, node.string()?));
    nodes.into_iter().filter_map(text).filter(|(_, text)| template_mark(text).is_none()).collect()
}

/// Where a part is reported: at its text, or at the key if the text is empty.
fn shown(node: NodeRef<'_>, value: &Path, context: &Context<'_, '_>) -> crate::source::Span {
    if node.span().range().is_empty() {
        context.entry_of(value).map_or_else(|| node.span(), |entry| entry.key.span())
    } else {
        node.span()
    }
}

fn arguments<'c, 'a>(list: Option<&Path>, context: &Context<'c, 'a>) -> Vec<Bound<'c, 'a>> {
    let lists: Vec<(String, Texts<'a>)> = match list {
        Some(path) => {
            let Some(path) = context.resolve(path) else { return Vec::new() };
            let name = path.steps.first().and_then(Step::key).unwrap_or_default().to_owned();
            vec![(name, texts(&path, context))]
        }
        None => LISTS
            .iter()
            .map(|(list, _)| {
                let path = Path { root: Root::Config, steps: vec![Step::Key((*list).to_owned())] };
                ((*list).to_owned(), texts(&path, context))
            })
            .collect(),
    };
    let word = |text: &str| Datum::text(Cow::Owned(text.to_owned()));
    lists
        .into_iter()
        .flat_map(|(list, texts)| texts.into_iter().map(move |(node, text)| (list.clone(), node, text)))
        .enumerate()
        .map(|(index, (list, node, text))| {
            let argument = Argument::parse(&text);
            let component =
                LISTS.iter().find(|(known, _)| *known == list).map_or("", |(_, component)| *component);
            let mut fields = vec![
                ("name", word(argument.name)),
                ("dashes", Datum::Int(i64::try_from(argument.dashes).unwrap_or(i64::MAX))),
                ("list", word(&list)),
                ("component", word(component)),
                ("program", word(program(component))),
            ];
            fields.extend(argument.value.map(|value| ("value", word(value))));
            let fact = Fact::written(Datum::text(Cow::Owned(text.into_owned())), node.span());
            Bound::Piece { fact, fields, node, index }
        })
        .collect()
}

pub(super) fn things<'c, 'a>(collection: &Collection, context: &Context<'c, 'a>) -> Vec<Bound<'c, 'a>> {
    let cluster = context.cluster;
    match collection {
        Collection::Nodes => cluster.own_nodes().iter().map(Bound::Node).collect(),
        Collection::Hosts => cluster.hosts.iter().map(Bound::Host).collect(),
        Collection::Registries => cluster.registries.iter().map(|file| Bound::Registries(file)).collect(),
        Collection::Objects(kind) => cluster
            .all_objects()
            .filter(|(object, manifest)| {
                let fits = kind.as_ref().is_none_or(|kind| object.may_be(kind, |_| true));
                fits && !manifest.overlay.patch
            })
            .map(|(object, manifest)| Bound::Object(object, manifest))
            .collect(),
    }
}

/// Whether everything that a quantifier ranges over is in view.
pub(super) fn is_complete(collection: &Collection, context: &Context<'_, '_>) -> bool {
    let cluster = context.cluster;
    match collection {
        Collection::Nodes => !cluster.is_shared && cluster.own_nodes().iter().all(|node| node.main.is_some()),
        Collection::Hosts => !cluster.hosts.is_empty(),
        Collection::Registries => !cluster.registries.is_empty(),
        Collection::Objects(_) => {
            !cluster.manifests.iter().any(|manifest| manifest.file.stream.first_error().is_some())
        }
    }
}

/// Whether a condition holds.
pub(super) fn holds(condition: &Condition, context: &Context<'_, '_>) -> Truth {
    match condition {
        Condition::Test(expr, predicate) => predicate.test(&context.eval(expr), context),
        Condition::Any(inner) => Truth::any(inner.iter().map(|condition| holds(condition, context))),
        Condition::All(inner) => Truth::all(inner.iter().map(|condition| holds(condition, context))),
        Condition::Not(inner) => !holds(inner, context),
        Condition::Releases(range) => of_releases(range, context),
        Condition::ReleaseAtLeast(expr) => {
            let first = context.eval(expr).value().map(|value| format!(">={value}"));
            let range = first.and_then(|first| ReleaseRange::parse([first.as_str()]).ok());
            range.map_or(Truth::Unknown, |range| of_releases(&range, context))
        }
        Condition::ChartVersions(range) => match context.target {
            Target::Chart { object, .. } => {
                let versions = context.cluster.versions(&object.name);
                let inside = |version: Option<&str>| version.and_then(|version| range.contains(version));
                decided(
                    !versions.is_empty() && versions.iter().all(|version| inside(*version) == Some(true)),
                    versions.is_empty() || versions.iter().any(|version| inside(*version) != Some(false)),
                )
            }
            _ => Truth::Unknown,
        },
        Condition::Quantified(quantified) => quantified.holds(context),
    }
}

fn of_releases(range: &ReleaseRange, context: &Context<'_, '_>) -> Truth {
    let target = &context.cluster.target;
    decided(target.all(|release| range.contains(release)), target.any(|release| range.contains(release)))
}

fn decided(all: bool, any: bool) -> Truth {
    match (all, any) {
        (true, _) => Truth::True,
        (_, false) => Truth::False,
        _ => Truth::Unknown,
    }
}

impl Quantified {
    fn holds(&self, context: &Context<'_, '_>) -> Truth {
        let things = things(&self.over, context);
        let mut context = context.clone();
        let complete = is_complete(&self.over, &context);
        let mut ask = |thing| {
            context.bind(self.slot, thing);
            Truth::all(self.when.iter().map(|condition| holds(condition, &context)))
        };
        let mut some = || match Truth::any(things.iter().cloned().map(&mut ask)) {
            Truth::False if !complete => Truth::Unknown,
            some => some,
        };
        match &self.how {
            Quantifier::Some => some(),
            Quantifier::None => !some(),
            Quantifier::Count(predicate) => {
                let truths: Vec<Truth> = things.into_iter().map(ask).collect();
                if !complete || truths.contains(&Truth::Unknown) {
                    return Truth::Unknown;
                }
                let count = truths.iter().filter(|truth| **truth == Truth::True).count();
                i64::try_from(count)
                    .map_or(Truth::Unknown, |count| predicate.holds(&Datum::Int(count), &context))
            }
            Quantifier::Unique(path) => unique(things, self.slot, path, &mut context),
        }
    }
}

/// Whether no two things have the same value at a path. Things without a value are skipped.
fn unique<'c, 'a>(
    things: Vec<Bound<'c, 'a>>,
    slot: Slot,
    path: &Path,
    context: &mut Context<'c, 'a>,
) -> Truth {
    let mut seen: Vec<Datum<'a>> = Vec::new();
    let mut unknown = false;
    for thing in things {
        context.bind(slot, thing);
        match context.fact(path) {
            Fact::Known(found) => {
                for other in &seen {
                    match other.same(&found.value) {
                        Some(true) => return Truth::False,
                        Some(false) => {}
                        None => unknown = true,
                    }
                }
                seen.push(found.value);
            }
            Fact::Absent(_) => {}
            Fact::Unknown => unknown = true,
        }
    }
    if unknown { Truth::Unknown } else { Truth::True }
}

fn report(data: &Data, context: &Context<'_, '_>, drafts: &mut Vec<Draft>, observer: &mut impl Observer) {
    for (index, case) in data.cases.iter().enumerate() {
        let truth = if applies(case, context) {
            Truth::all(case.when.iter().map(|condition| holds(condition, context)))
        } else {
            Truth::False
        };
        let made = (truth == Truth::True).then(|| draft(case, context));
        observer.case(data, index, made.as_ref(), context);
        drafts.extend(made);
        match truth {
            Truth::True => {
                if !data.all {
                    return;
                }
            }
            Truth::Unknown if !data.all => return,
            Truth::Unknown | Truth::False => {}
        }
    }
}

/// Whether a case applies to every possible release and chart version.
pub(super) fn applies(case: &Case, context: &Context<'_, '_>) -> bool {
    let target = &context.cluster.target;
    let released = match &case.releases {
        None => true,
        Some(CaseReleases::Range(range)) => target.all(|release| range.contains(release)),
        Some(CaseReleases::Change(name)) => target.all(|release| has_change(name, release)),
    };
    let of_chart = match (&case.chart_versions, context.target) {
        (None, _) => true,
        (Some(range), Target::Chart { object, .. }) => {
            eval::fits(range, &context.cluster.versions(&object.name))
        }
        (Some(_), _) => false,
    };
    released && of_chart
}

fn draft(case: &Case, context: &Context<'_, '_>) -> Draft {
    let report = &case.report;
    let mut draft = Draft::new(context.place_at(&report.at), fixes::render(&report.message, context));
    for (at, message) in &report.related {
        // A value that is not written has no place to report.
        let missing = at.first().is_some_and(|path| match path.root {
            Root::Before(_) | Root::Fact(..) => context.fact(path).span().is_none(),
            Root::Written(_) => !matches!(context.fact(path), Fact::Known(_)),
            _ => false,
        });
        if missing {
            continue;
        }
        let span = context.place_at(at);
        if span != draft.at {
            draft.related.push(Label { span, message: fixes::render(message, context) });
        }
    }
    draft.severity = case.severity;
    draft.help = report.help.as_ref().map(|help| fixes::render(help, context));
    draft.fix = report.fix.as_ref().and_then(|template| fixes::fix(template, draft.at, context));
    draft
}
