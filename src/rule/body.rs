//! The compiled form of a declarative rule: names to bind, conditions, and cases with their reports.

use std::collections::HashMap;
use std::sync::OnceLock;

use super::expr::Expr;
use super::grammar::VersionRange;
use super::message::Message;
use super::names::Slot;
use super::path::{Path, Step};
use super::place::At;
use super::predicate::{Literal, Predicate};
use crate::cluster::fact::Datum;
use crate::finding::{Safety, Severity};
use crate::release::ReleaseRange;

/// The body of a declarative rule.
#[derive(Clone, Debug, Default)]
pub struct Data {
    /// The binders, outermost first. Each one multiplies the evaluations of those after it.
    pub binders: Vec<Binder>,
    /// All must be true.
    pub when: Vec<Asked>,
    /// The cases; only the first one that holds is reported, unless `all` is set.
    pub cases: Vec<Case>,
    /// Whether every case that holds is reported, not only the first.
    pub all: bool,
    /// Whether a condition or a report reads facts about a host.
    pub asks_hosts: bool,
}

/// A condition of the whole rule.
#[derive(Clone, Debug)]
pub struct Asked {
    /// The number of binders that must have run before the condition can be evaluated.
    pub needs: usize,
    /// Its index in `when` of the rule file.
    pub index: usize,
    /// The condition.
    pub condition: Condition,
}

/// One of the findings that a rule may report.
#[derive(Clone, Debug)]
pub struct Case {
    /// All must be true. An unknown condition ends the search for a case, because a later case could contradict this
    /// one.
    pub when: Vec<Condition>,
    /// A constraint that every possible release must satisfy.
    pub releases: Option<CaseReleases>,
    /// The range that every possible version of the subject chart must lie in.
    pub chart_versions: Option<VersionRange>,
    /// The severity of this case, if it differs from the rule's.
    pub severity: Option<Severity>,
    /// The finding.
    pub report: ReportTemplate,
}

/// The releases to which a case applies.
#[derive(Clone, Debug)]
pub enum CaseReleases {
    /// Those in a range.
    Range(ReleaseRange),
    /// Those that include a change of behaviour, by its name in the catalogue.
    Change(String),
}

/// A condition of a rule.
#[derive(Clone, Debug)]
pub enum Condition {
    /// A predicate over an operand.
    Test(Expr, Predicate),
    /// Any of these.
    Any(Vec<Condition>),
    /// All of these.
    All(Vec<Condition>),
    /// Not this.
    Not(Box<Condition>),
    /// Every possible release is in a range; false if none is, unknown if only some are.
    Releases(ReleaseRange),
    /// Every possible release is at least the one that an operand names; false if none is, unknown if only some are.
    ReleaseAtLeast(Expr),
    /// Every possible version of the subject chart is in a range; false if none is, unknown if only some are.
    ChartVersions(VersionRange),
    /// A quantifier over other items of the cluster.
    Quantified(Box<Quantified>),
}

/// A condition that ranges over other items of the cluster.
#[derive(Clone, Debug)]
pub struct Quantified {
    /// How many items must fulfil the conditions.
    pub how: Quantifier,
    /// The items.
    pub over: Collection,
    /// The name to which each item is bound.
    pub slot: Slot,
    /// The conditions evaluated for each item.
    pub when: Vec<Condition>,
}

/// How many items must fulfil a condition.
#[derive(Clone, Debug)]
pub enum Quantifier {
    /// At least one.
    Some,
    /// None; unknown if some items may be out of view.
    None,
    /// The number fulfils a predicate.
    Count(Predicate),
    /// No two have the same value at a path.
    Unique(Path),
}

/// Items of a cluster that can be enumerated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Collection {
    /// Objects of the manifests, restricted to one kind if it is known.
    Objects(Option<String>),
    /// Configurations of nodes.
    Nodes,
    /// Machines with known facts.
    Hosts,
    /// registries.yaml files.
    Registries,
}

/// Binds names and evaluates the rest of the rule once for each thing they are bound to.
#[derive(Clone, Debug)]
pub enum Binder {
    /// The rows of a table.
    Rows {
        /// The names of the columns.
        slots: Vec<Slot>,
        /// The rows.
        rows: Vec<Vec<Datum<'static>>>,
        /// An index that finds rows without a scan.
        index: Option<RowIndex>,
    },
    /// Dotted paths.
    Paths(Slot, Vec<(String, Vec<Step>)>),
    /// The elements of a list, or the entries of a mapping.
    Each(Slot, Path),
    /// The comma-separated parts of a value, spaces kept.
    Parts(Slot, Path),
    /// The arguments in one component list, or in all component lists if there is no path.
    Arguments(Slot, Option<Path>),
    /// Other items of the cluster.
    Things(Slot, Collection),
    /// One computed value.
    Let(Slot, Expr),
}

/// An index of the rows of a table by one column, used by a condition that compares that column with an operand.
#[derive(Clone, Debug)]
pub struct RowIndex {
    /// The index of the condition in `when` of the rule file.
    pub asked: usize,
    /// The operand.
    pub operand: Expr,
    /// The column.
    pub column: usize,
    /// The row numbers by the text of the column, built on first use.
    pub rows: OnceLock<HashMap<String, Vec<usize>>>,
}

/// The template of a finding.
#[derive(Clone, Debug)]
pub struct ReportTemplate {
    /// Where the finding is reported.
    pub at: At,
    /// The message.
    pub message: Message,
    /// Related places with their labels.
    pub related: Vec<(At, Message)>,
    /// What to do about it.
    pub help: Option<Message>,
    /// The fix.
    pub fix: Option<FixTemplate>,
}

/// The template of a fix.
#[derive(Clone, Debug)]
pub struct FixTemplate {
    /// Whether the fix may be applied without review.
    pub safety: Safety,
    /// A description of the fix; generated from the edits if it is missing.
    pub message: Option<Message>,
    /// The edits.
    pub edits: Vec<EditTemplate>,
}

/// One edit of a fix.
#[derive(Clone, Debug)]
pub enum EditTemplate {
    /// Sets the scalar at a path, and adds the key if it is missing.
    Set(Path, Literal),
    /// Like `Set`, with a text rendered from a template.
    SetText(Path, Message),
    /// Replaces a value with literal YAML.
    Replace(Path, Message),
    /// Replaces a string and keeps its quotes.
    Reword(Path, Message),
    /// Quotes a plain scalar.
    Quote(Path),
    /// Removes a key or a list element.
    Remove(Path),
    /// Renames a key.
    Rename(Path, Message),
    /// Moves a key together with everything under it.
    Move(Path, Path),
    /// Inserts lines before the entry at a path, with the same indentation.
    Insert(Path, Message),
}

impl Condition {
    /// Calls back for every path in it.
    pub fn visit(&mut self, found: &mut dyn FnMut(&mut Path)) {
        match self {
            Self::Test(expr, predicate) => {
                expr.visit(found);
                predicate.visit(found);
            }
            Self::Any(inner) | Self::All(inner) => inner.iter_mut().for_each(|inner| inner.visit(found)),
            Self::Not(inner) => inner.visit(found),
            Self::ReleaseAtLeast(expr) => expr.visit(found),
            Self::Releases(_) | Self::ChartVersions(_) => {}
            Self::Quantified(quantified) => {
                match &mut quantified.how {
                    Quantifier::Unique(path) => found(path),
                    Quantifier::Count(predicate) => predicate.visit(found),
                    Quantifier::Some | Quantifier::None => {}
                }
                quantified.when.iter_mut().for_each(|inner| inner.visit(found));
            }
        }
    }
}

impl Binder {
    /// The names that it binds.
    pub fn slots(&self) -> &[Slot] {
        match self {
            Self::Rows { slots, .. } => slots,
            Self::Paths(slot, _)
            | Self::Each(slot, _)
            | Self::Parts(slot, _)
            | Self::Arguments(slot, _)
            | Self::Things(slot, _)
            | Self::Let(slot, _) => std::slice::from_ref(slot),
        }
    }

    /// Calls back for every path in it.
    pub fn visit(&mut self, found: &mut dyn FnMut(&mut Path)) {
        match self {
            Self::Each(_, path) | Self::Parts(_, path) | Self::Arguments(_, Some(path)) => found(path),
            Self::Let(_, expr) => expr.visit(found),
            Self::Rows { .. } | Self::Paths(..) | Self::Arguments(_, None) | Self::Things(..) => {}
        }
    }
}

impl Case {
    /// Calls back for every path in it.
    pub fn visit(&mut self, found: &mut dyn FnMut(&mut Path)) {
        self.when.iter_mut().for_each(|condition| condition.visit(found));
        self.report.at.visit(found);
        self.report.message.visit(found);
        for (at, message) in &mut self.report.related {
            at.visit(found);
            message.visit(found);
        }
        if let Some(help) = &mut self.report.help {
            help.visit(found);
        }
        let Some(fix) = &mut self.report.fix else { return };
        if let Some(message) = &mut fix.message {
            message.visit(found);
        }
        for edit in &mut fix.edits {
            match edit {
                EditTemplate::Set(path, _) | EditTemplate::Quote(path) | EditTemplate::Remove(path) => {
                    found(path);
                }
                EditTemplate::SetText(path, text)
                | EditTemplate::Replace(path, text)
                | EditTemplate::Reword(path, text)
                | EditTemplate::Rename(path, text)
                | EditTemplate::Insert(path, text) => {
                    found(path);
                    text.visit(found);
                }
                EditTemplate::Move(from, to) => {
                    found(from);
                    found(to);
                }
            }
        }
    }
}

impl At {
    /// Calls back for every path in it.
    pub fn visit(&mut self, found: &mut dyn FnMut(&mut Path)) {
        self.0.iter_mut().for_each(|(_, path)| found(path));
    }
}
