//! What a rule in data consists of: names to bind, conditions, and cases with what each reports.

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

/// The body of a rule in data.
#[derive(Clone, Debug, Default)]
pub struct Data {
    /// What is bound, one after the other; each multiplies.
    pub binders: Vec<Binder>,
    /// All must be true.
    pub when: Vec<Asked>,
    /// What is reported: the first that holds.
    pub cases: Vec<Case>,
    /// Every case that holds, not only the first.
    pub all: bool,
    /// Whether something depends on a host.
    pub asks_hosts: bool,
}

/// A condition of the whole rule.
#[derive(Clone, Debug)]
pub struct Asked {
    /// How many binders must have bound their names.
    pub needs: usize,
    /// Its index in `when` of the rule file.
    pub index: usize,
    /// The condition.
    pub condition: Condition,
}

/// One thing that a rule may report.
#[derive(Clone, Debug)]
pub struct Case {
    /// All must be true. An unknown one ends the search: a later case could contradict it.
    pub when: Vec<Condition>,
    /// What every release that counts must be.
    pub releases: Option<CaseReleases>,
    /// Every version of the subject chart that counts must be one of these.
    pub chart_versions: Option<VersionRange>,
    /// Another severity than the rule's.
    pub severity: Option<Severity>,
    /// What is said.
    pub report: ReportTemplate,
}

/// The releases that a case is for.
#[derive(Clone, Debug)]
pub enum CaseReleases {
    /// Those in a range.
    Range(ReleaseRange),
    /// Those with a change of behavior that the catalogue names.
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
    /// Every release that counts is one of these; false where none is.
    Releases(ReleaseRange),
    /// Every release that counts is at least the one that an operand names; false where none is.
    ReleaseAtLeast(Expr),
    /// Every version of the subject chart is in a range; false where none is.
    ChartVersions(VersionRange),
    /// Over other things of the cluster.
    Quantified(Box<Quantified>),
}

/// A condition over other things of the cluster.
#[derive(Clone, Debug)]
pub struct Quantified {
    /// How many of them.
    pub how: Quantifier,
    /// Of what.
    pub over: Collection,
    /// The name that each is bound to.
    pub slot: Slot,
    /// What each is asked.
    pub when: Vec<Condition>,
}

/// How many things must fulfil a condition.
#[derive(Clone, Debug)]
pub enum Quantifier {
    /// At least one.
    Some,
    /// None; unknown where not all can be seen.
    None,
    /// The number fulfils a predicate.
    Count(Predicate),
    /// No two have the same value at a path.
    Unique(Path),
}

/// Things of a cluster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Collection {
    /// Objects of the manifests; of one kind, where that is known.
    Objects(Option<String>),
    /// Configurations of nodes.
    Nodes,
    /// Machines of which facts are known.
    Hosts,
    /// registries.yaml files.
    Registries,
}

/// What binds names, once for each of several things.
#[derive(Clone, Debug)]
pub enum Binder {
    /// The rows of a table.
    Rows {
        /// The names of the columns.
        slots: Vec<Slot>,
        /// The rows.
        rows: Vec<Vec<Datum<'static>>>,
        /// How a row is found without trying all.
        index: Option<RowIndex>,
    },
    /// Dotted paths.
    Paths(Slot, Vec<(String, Vec<Step>)>),
    /// The elements of a list, or the entries of a mapping.
    Each(Slot, Path),
    /// The comma-separated parts of a value, spaces kept.
    Parts(Slot, Path),
    /// The arguments of a list for a component; of all such lists without a path.
    Arguments(Slot, Option<Path>),
    /// Other things of the cluster.
    Things(Slot, Collection),
    /// One computed value.
    Let(Slot, Expr),
}

/// The rows of a table by one of their columns, which a condition compares with an operand.
#[derive(Clone, Debug)]
pub struct RowIndex {
    /// The index of the condition in `when` of the rule file.
    pub asked: usize,
    /// The operand.
    pub operand: Expr,
    /// The column.
    pub column: usize,
    /// The rows by its text, built when it is first needed.
    pub rows: OnceLock<HashMap<String, Vec<usize>>>,
}

/// What a rule says when it fires.
#[derive(Clone, Debug)]
pub struct ReportTemplate {
    /// The place.
    pub at: At,
    /// What was found.
    pub message: Message,
    /// Other places.
    pub related: Vec<(At, Message)>,
    /// What to do about it.
    pub help: Option<Message>,
    /// The edits that do it.
    pub fix: Option<FixTemplate>,
}

/// What a rule changes.
#[derive(Clone, Debug)]
pub struct FixTemplate {
    /// How far that may be trusted.
    pub safety: Safety,
    /// What it does, in words; made from the edits where there are none.
    pub message: Option<Message>,
    /// What is changed.
    pub edits: Vec<EditTemplate>,
}

/// One edit of a fix.
#[derive(Clone, Debug)]
pub enum EditTemplate {
    /// A scalar at a path, added where it is missing.
    Set(Path, Literal),
    /// The same with a text that is put together.
    SetText(Path, Message),
    /// A value replaced by YAML as it is.
    Replace(Path, Message),
    /// A string replaced by another, in the quotes that it has.
    Reword(Path, Message),
    /// A scalar without quotes put into quotes.
    Quote(Path),
    /// A key or an element removed.
    Remove(Path),
    /// A key renamed.
    Rename(Path, Message),
    /// A key moved with all that is under it.
    Move(Path, Path),
    /// Lines added before the entry at a path, in its indentation.
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
