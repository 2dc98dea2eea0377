//! Records each step of a declarative rule while it runs.

use super::super::Draft;
use super::super::body::{Asked, Binder, Case, Condition, Data, Quantified, Quantifier, RowIndex};
use super::super::context::Context;
use super::super::firing::{self, Observer, Rows, holds};
use super::super::path::{Path, Root};
use super::super::predicate::Predicate;
use super::super::raw::Raw;
use super::super::truth::Truth;
use super::source::{RuleSource, entry, flow};
use super::value::Shown;
use super::{Line, Locate, Place, Step, report};
use crate::cluster::fact::Fact;

/// The maximum number of rows, or of things under a quantifier, that are shown.
const SHOWN: usize = 20;

/// The observer that records a trace.
pub(super) struct Recorder<'r> {
    source: &'r RuleSource,
    locate: &'r Locate<'r>,
    depth: usize,
    shown: Shown,
    names: Vec<Vec<String>>,
    /// The lines so far.
    pub(super) lines: Vec<Line>,
}

impl<'r> Recorder<'r> {
    pub(super) fn new(source: &'r RuleSource, depth: usize, locate: &'r Locate<'r>) -> Self {
        Self { source, locate, depth, shown: Shown::default(), names: source.names(), lines: Vec::new() }
    }

    /// Looks up the names of the binders in the source, because the compiled rule does not keep them.
    fn learn(&mut self, data: &Data) {
        for (index, binder) in data.binders.iter().enumerate() {
            for (column, slot) in binder.slots().iter().enumerate() {
                let written = self.names.get(index).and_then(|names| names.get(column));
                let name = match (written, binder) {
                    (Some(name), _) => format!("${name}"),
                    // A binder that the compiler added for `[*]` in a path.
                    (None, Binder::Each(_, list)) => {
                        format!("{}[*]", self.shown.expr(&super::super::expr::Expr::Path(list.clone())))
                    }
                    (None, _) => continue,
                };
                if self.shown.names.len() <= slot.0 {
                    self.shown.names.resize(slot.0 + 1, None);
                }
                self.shown.names[slot.0] = Some(name);
            }
        }
    }

    /// Notes whether a binder has just bound a secret. Done at run time, since a path may depend on names bound before.
    fn learn_secrets(&mut self, binder: &Binder, context: &Context<'_, '_>) {
        let is_secret = match binder {
            Binder::Let(_, expr) => self.shown.is_secret(expr, context),
            Binder::Each(slot, list) => {
                let element = Path { root: Root::Name(*slot), steps: Vec::new() };
                self.shown.is_secret_path(list, context) || self.shown.is_secret_path(&element, context)
            }
            Binder::Parts(_, path) | Binder::Arguments(_, Some(path)) => {
                self.shown.is_secret_path(path, context)
            }
            Binder::Rows { .. } | Binder::Paths(..) | Binder::Arguments(_, None) | Binder::Things(..) => {
                false
            }
        };
        self.shown.secret.retain(|slot| !binder.slots().contains(slot));
        if is_secret {
            self.shown.secret.extend(binder.slots());
        }
    }

    fn add(&mut self, depth: usize, step: Step, text: String, keys: &[String]) {
        self.lines.push(Line { depth, step, text, keys: keys.to_vec() });
    }

    /// Records conditions in order. The first that is not true decides; those after it are only evaluated for display.
    fn conditions<'x>(
        &mut self,
        conditions: impl IntoIterator<Item = (&'x Condition, Vec<String>)>,
        depth: usize,
        context: &Context<'_, '_>,
    ) {
        let mut is_open = true;
        for (condition, keys) in conditions {
            let decides = is_open && holds(condition, context) != Truth::True;
            is_open &= !decides;
            let raw = self.source.at(&keys).cloned().unwrap_or(Raw::Null);
            self.condition(condition, &raw, &keys, decides, depth, context);
        }
    }

    fn condition(
        &mut self,
        condition: &Condition,
        raw: &Raw,
        keys: &[String],
        decides: bool,
        depth: usize,
        context: &Context<'_, '_>,
    ) {
        let truth = holds(condition, context);
        let entries = match raw {
            Raw::Map(entries) => entries.as_slice(),
            _ => &[],
        };
        let under = |key: &str| [keys, &[key.to_owned()]].concat();
        match (condition, entries) {
            // Each key of a map is a condition.
            (Condition::All(parts), entries) if entries.len() == parts.len() && entries.len() > 1 => {
                let mut is_open = decides;
                for (part, field) in parts.iter().zip(entries) {
                    let decides = is_open && holds(part, context) != Truth::True;
                    is_open &= !decides;
                    let alone = Raw::Map(vec![field.clone()]);
                    self.condition(part, &alone, keys, decides, depth, context);
                }
            }
            (Condition::Any(parts) | Condition::All(parts), [field]) => {
                self.add(depth, Step::Condition(truth, decides), format!("{}:", field.key), keys);
                for (index, part) in parts.iter().enumerate() {
                    let keys = [under(&field.key), vec![index.to_string()]].concat();
                    let raw = self.source.at(&keys).cloned().unwrap_or(Raw::Null);
                    self.condition(part, &raw, &keys, false, depth + 1, context);
                }
            }
            (Condition::Not(inner), [field]) => {
                self.add(depth, Step::Condition(truth, decides), "not:".to_owned(), keys);
                self.condition(inner, &field.value, &under(&field.key), false, depth + 1, context);
            }
            (_, entries) => {
                let text = match entries {
                    [field] => entry(field),
                    _ => flow(raw),
                };
                let keys = match entries {
                    [field] => under(&field.key),
                    _ => keys.to_vec(),
                };
                self.add(depth, Step::Condition(truth, decides), text, &keys);
                self.values(condition, depth + 1, context);
            }
        }
    }

    /// Records the values that a condition reads.
    fn values(&mut self, condition: &Condition, depth: usize, context: &Context<'_, '_>) {
        match condition {
            Condition::Test(operand, predicate) => {
                let text = self.shown.operand(operand, context, self.locate);
                self.add(depth, Step::Value, text, &[]);
                let inner = if operand.path().is_none() { operand.paths() } else { Vec::new() };
                let mut paths: Vec<Path> = inner.into_iter().cloned().collect();
                paths.extend(paths_of(predicate));
                for path in paths {
                    let text =
                        self.shown.operand(&super::super::expr::Expr::Path(path), context, self.locate);
                    self.add(depth, Step::Value, text, &[]);
                }
            }
            Condition::ReleaseAtLeast(operand) => {
                let text = self.shown.operand(operand, context, self.locate);
                self.add(depth, Step::Value, text, &[]);
                self.add(depth, Step::Value, releases(context), &[]);
            }
            Condition::Releases(_) => self.add(depth, Step::Value, releases(context), &[]),
            Condition::ChartVersions(_) => {
                if let super::super::context::Target::Chart { object, .. } = context.target {
                    let versions = context.cluster.versions(&object.name);
                    let words: Vec<&str> = versions.iter().map(|version| version.unwrap_or("none")).collect();
                    let text = format!("{} is {}", object.name, words.join(", "));
                    self.add(depth, Step::Value, text, &[]);
                }
            }
            Condition::Quantified(quantified) => self.quantified(quantified, depth, context),
            Condition::Any(_) | Condition::All(_) | Condition::Not(_) => {}
        }
    }

    /// Records the things that a quantifier ranges over, each with its conditions.
    fn quantified(&mut self, quantified: &Quantified, depth: usize, context: &Context<'_, '_>) {
        let things = firing::things(&quantified.over, context);
        if !firing::is_complete(&quantified.over, context) {
            self.add(depth, Step::Value, "files out of view may hold more".to_owned(), &[]);
        }
        let count = things.len();
        let mut context = context.clone();
        let slot = quantified.slot;
        for thing in things.into_iter().take(SHOWN) {
            context.bind(slot, thing);
            let whole = Path { root: Root::Name(slot), steps: Vec::new() };
            let place = context.fact(&whole).span().map(|at| (self.locate)(at).to_string());
            let place = place.unwrap_or_else(|| "no location".to_owned());
            let text = if let Quantifier::Unique(path) = &quantified.how {
                let fact = context.fact(path);
                format!(
                    "{place}: {}",
                    Shown::fact(&fact, self.shown.is_secret_path(path, &context), self.locate)
                )
            } else {
                let truth = Truth::all(quantified.when.iter().map(|asked| holds(asked, &context)));
                format!("{place}: {}", truth.as_str())
            };
            self.add(depth, Step::Value, text, &[]);
        }
        if count == 0 {
            self.add(depth, Step::Value, "none in view".to_owned(), &[]);
        } else if count > SHOWN {
            self.add(depth, Step::Value, format!("and {} more", count - SHOWN), &[]);
        }
    }

    fn ranges(&mut self, case: &Case, keys: &[String], depth: usize, context: &Context<'_, '_>) {
        if case.releases.is_none() && case.chart_versions.is_none() {
            return;
        }
        let truth = Truth::from(firing::applies(case, context));
        for name in ["rke2", "chart-version"] {
            let keys = [keys, &[name.to_owned()]].concat();
            let Some(range) = self.source.at(&keys).map(flow) else { continue };
            self.add(depth, Step::Condition(truth, truth != Truth::True), format!("{name}: {range}"), &keys);
        }
        self.add(depth + 1, Step::Value, releases(context), &[]);
    }
}

impl Observer for Recorder<'_> {
    fn asks(&mut self, data: &Data, level: usize, context: &Context<'_, '_>) {
        if level == 0 {
            self.learn(data);
        }
        let asked = data.when.iter().filter(|asked| asked.needs == level);
        let keys = |asked: &Asked| vec!["when".to_owned(), asked.index.to_string()];
        let asked = asked.map(|asked| (&asked.condition, keys(asked)));
        self.conditions(asked, self.depth + level, context);
    }

    fn looks_up(&mut self, level: usize, index: &RowIndex, rows: &Rows, context: &Context<'_, '_>) {
        let keys = vec!["when".to_owned(), index.asked.to_string()];
        let found = index.find(rows, context).len();
        let text = match self.source.at(&keys) {
            Some(Raw::Map(entries)) if entries.len() == 1 => entry(&entries[0]),
            raw => raw.map(flow).unwrap_or_default(),
        };
        let depth = self.depth + level;
        let truth = match context.eval(&index.operand) {
            Fact::Unknown => Truth::Unknown,
            _ => Truth::from(found > 0),
        };
        self.add(depth, Step::Condition(truth, truth != Truth::True), text, &keys);
        let value = self.shown.operand(&index.operand, context, self.locate);
        self.add(depth + 1, Step::Value, value, &[]);
        self.add(depth + 1, Step::Value, format!("{found} of {} rows", rows.len()), &[]);
    }

    fn bound(&mut self, level: usize, binder: &Binder, context: &Context<'_, '_>) {
        self.learn_secrets(binder, context);
        let mut place = None;
        let words: Vec<String> = binder
            .slots()
            .iter()
            .map(|slot| {
                let path = Path { root: Root::Name(*slot), steps: Vec::new() };
                let fact = context.fact(&path);
                place = place.take().or_else(|| fact.span().map(self.locate));
                let name = self.shown.names.get(slot.0).cloned().flatten().unwrap_or_default();
                let is_secret = self.shown.secret.contains(slot);
                format!("{name} {}", Shown::fact(&fact, is_secret, self.locate))
            })
            .collect();
        self.add(self.depth + level, Step::Bound(place), words.join(", "), &[]);
    }

    fn case(&mut self, data: &Data, index: usize, draft: Option<&Draft>, context: &Context<'_, '_>) {
        let case = &data.cases[index];
        let depth = self.depth + data.binders.len();
        let of_file = vec!["cases".to_owned(), index.to_string()];
        let has_cases = self.source.at(&of_file).is_some();
        if has_cases {
            let text = format!("case {} of {}", index + 1, data.cases.len());
            self.add(depth, Step::Case, text, &of_file);
            self.ranges(case, &of_file, depth + 1, context);
            let keys =
                |position: usize| [of_file.as_slice(), &["when".to_owned(), position.to_string()]].concat();
            let asked = case.when.iter().enumerate();
            let asked: Vec<_> = asked.map(|(position, condition)| (condition, keys(position))).collect();
            self.conditions(asked, depth + 1, context);
        }
        if let Some(draft) = draft {
            self.lines.push(report(draft, depth, self.locate));
        }
    }
}

/// The lines about things bound at a line of a file. If nothing is bound there: the first rows, and those that report
/// something.
pub(super) fn near(mut lines: Vec<Line>, (path, line): (&str, usize)) -> Vec<Line> {
    let is_here = |place: &Option<Place>| {
        place.as_ref().is_some_and(|place| place.path == path && place.line == Some(line))
    };
    let hit: Vec<bool> =
        lines.iter().map(|line| matches!(&line.step, Step::Bound(place) if is_here(place))).collect();
    let end = |start: usize| {
        let after =
            lines[start + 1..].iter().position(|line| line.depth <= lines[start].depth && is_row(line));
        after.map_or(lines.len(), |after| start + 1 + after)
    };
    let mut kept = vec![true; lines.len()];
    if hit.contains(&true) {
        let mut inside = 0;
        for start in 0..lines.len() {
            if !is_row(&lines[start]) || start < inside {
                continue;
            }
            let end = end(start);
            if hit[start] {
                inside = end;
            } else if !hit[start..end].contains(&true) {
                kept[start..end].fill(false);
                inside = end;
            }
        }
    } else {
        let (mut shown, mut hidden) = (0, 0);
        for start in (0..lines.len()).filter(|&index| is_row(&lines[index])) {
            let inside = start..end(start);
            if shown < SHOWN || lines[inside.clone()].iter().any(|line| line.step == Step::Report) {
                shown += 1;
            } else {
                hidden += 1;
                kept[inside].fill(false);
            }
        }
        if hidden > 0 {
            let words = if hidden == 1 { "row" } else { "rows" };
            lines.push(Line::note(0, format!("{hidden} more {words}; pass the line of one to `--why`")));
            kept.push(true);
        }
    }
    lines.into_iter().zip(kept).filter(|(_, kept)| *kept).map(|(line, _)| line).collect()
}

fn is_row(line: &Line) -> bool {
    matches!(line.step, Step::Bound(_))
}

/// The paths to which a predicate refers.
fn paths_of(predicate: &Predicate) -> Vec<Path> {
    let mut paths = Vec::new();
    predicate.clone().visit(&mut |path| paths.push(path.clone()));
    paths
}

fn releases(context: &Context<'_, '_>) -> String {
    format!("checked against {}", context.cluster.target)
}
