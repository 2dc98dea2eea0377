//! The rule engine: compiles rule files to rules, and runs rules to get findings. This layer must not read files or
//! print.

mod arguments;
mod before;
mod body;
mod chart_values;
pub mod checks;
mod compile;
mod context;
pub mod edit;
mod eval;
mod expr;
mod facts;
mod firing;
mod fixes;
mod follow;
mod functions;
mod grammar;
mod head;
mod language_error;
mod message;
mod names;
mod needs;
mod net;
mod path;
mod place;
mod predicate;
mod present;
mod raw;
pub mod reference;
mod removal;
mod shape;
mod tables;
mod truth;
pub mod why;

use std::sync::Arc;

pub use chart_values::Verdict;
use compile::CompileError;
pub use compile::{Body, ConfigSubject, Rule, Subject};
pub use context::{Context, Target, UpgradedChart};
pub use eval::{Selection, run};

use crate::finding::{Edit, Effect, Finding, Fix, Label, RuleInfo, Safety, Severity};
use crate::source::{Position, SourceFile, Sources, Span};
use crate::yaml::{Entry, Kind, NodeRef, Stream, SyntaxError, SyntaxErrorKind};

/// A finding before settings are applied: its rule and final severity are still open.
#[derive(Clone, Debug)]
pub struct Draft {
    /// The primary location.
    pub at: Span,
    /// The message: the fact, and what RKE2 does with it.
    pub message: String,
    /// The label at the primary location.
    pub label: String,
    /// Related locations with their labels.
    pub related: Vec<Label>,
    /// The help: what to do about it.
    pub help: Option<String>,
    /// The severity, if it differs from the rule's.
    pub severity: Option<Severity>,
    /// The fix.
    pub fix: Option<Fix>,
    /// For a removed value: whether it is ignored or makes the install fail.
    pub effect: Option<Effect>,
    /// Distinguishes findings at the same place.
    pub subject: Option<Arc<str>>,
}

impl Draft {
    /// A draft with a primary location and a message.
    pub fn new(at: Span, message: impl Into<String>) -> Self {
        Self {
            at,
            message: message.into(),
            label: String::new(),
            related: Vec::new(),
            help: None,
            severity: None,
            fix: None,
            effect: None,
            subject: None,
        }
    }

    /// A draft about a text that cannot be parsed, with the consequence. A text that merely exceeds our own limits may
    /// be valid, so that is a warning.
    pub fn unreadable(error: &SyntaxError, problem: &str, consequence: &str) -> Self {
        if error.kind != SyntaxErrorKind::Limit {
            return Self::new(error.span, format!("{problem}; {consequence}"));
        }
        Self::new(
            error.span,
            format!("{problem}; it exceeds a limit of rke2-lint, which does not check it further"),
        )
        .severity(Severity::Warning)
        .help("reduce the nesting and the aliases")
    }

    /// Sets the help.
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Adds a related location.
    pub fn related(mut self, span: Span, message: impl Into<String>) -> Self {
        self.related.push(Label { span, message: message.into() });
        self
    }

    /// Sets a fix that renames a key and keeps its quotes.
    pub fn renamed(self, safety: Safety, entry: Entry<'_>, name: &str) -> Self {
        self.fixed(safety, format!("write `{name}`"), edit::rename(entry, name))
    }

    /// Sets a fix that replaces the string of a scalar and keeps its quotes.
    pub fn reworded(self, safety: Safety, node: NodeRef<'_>, text: &str) -> Self {
        self.fixed(safety, format!("write `{text}`"), edit::reword(node, text))
    }

    /// Sets a fix with a single edit.
    pub fn edit(mut self, safety: Safety, span: Span, replacement: impl Into<String>) -> Self {
        let replacement = replacement.into();
        let message = format!("write `{replacement}`");
        self.fix = Some(Fix { safety, message, edits: vec![Edit { span, replacement }] });
        self
    }

    /// Sets a fix, if the layout allows the edits.
    pub fn fixed(mut self, safety: Safety, message: impl Into<String>, edits: impl Into<Edits>) -> Self {
        let Edits(edits) = edits.into();
        if !edits.is_empty() {
            self.fix = Some(Fix { safety, message: message.into(), edits });
        }
        self
    }

    /// Sets the effect of a removed value.
    pub fn effect(mut self, effect: Effect) -> Self {
        self.effect = Some(effect);
        self
    }

    /// Sets the subject that distinguishes it from other findings at the same place.
    pub fn about(mut self, subject: impl Into<Arc<str>>) -> Self {
        self.subject = Some(subject.into());
        self
    }

    /// Sets a severity that differs from the rule's.
    pub fn severity(mut self, severity: Severity) -> Self {
        self.severity = Some(severity);
        self
    }

    fn finish(self, rule: &RuleInfo) -> Finding {
        Finding {
            rule: rule.id.clone(),
            severity: self.severity.unwrap_or(rule.severity),
            message: self.message,
            primary: Label { span: self.at, message: self.label },
            related: self.related,
            help: self.help,
            fix: self.fix,
            notes: Vec::new(),
            unit: None,
            effect: self.effect,
            subject: self.subject,
        }
    }
}

/// The edits of a fix; empty where the layout allows no exact edit.
#[derive(Debug, Default)]
pub struct Edits(Vec<Edit>);

impl From<Option<Edit>> for Edits {
    fn from(edit: Option<Edit>) -> Self {
        Self(edit.into_iter().collect())
    }
}

impl From<Option<Vec<Edit>>> for Edits {
    fn from(edits: Option<Vec<Edit>>) -> Self {
        Self(edits.unwrap_or_default())
    }
}

/// A mistake in a rule file, with its location.
#[derive(Debug, thiserror::Error)]
#[error("{path}:{line}:{column}: {message}")]
pub struct RuleFileError {
    /// The file.
    pub path: String,
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// What is wrong.
    pub message: String,
}

/// The built-in rules, sorted by category and name.
pub fn built_in() -> Vec<Rule> {
    let (count, heads) = heads();
    let mut rules = Vec::with_capacity(count);
    // A test compares each rule with its file, so none is dropped here.
    rules.extend(heads.filter_map(compile::built_in));
    rules
}

/// The number of rule files, and their heads as serialized by the build script.
fn heads() -> (usize, impl Iterator<Item = head::Head<'static>>) {
    static HEADS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/rules.bin"));
    let (count, mut rest) = postcard::take_from_bytes(HEADS).unwrap_or_default();
    let heads = std::iter::from_fn(move || {
        let (head, after) = postcard::take_from_bytes(rest).ok()?;
        rest = after;
        Some(head)
    });
    (count, heads)
}

/// Compiles a user's rule file. `id` is the identifier implied by its path under the rules folder.
///
/// # Errors
/// The first mistake, with its location in the file.
pub fn compile_file(id: &str, path: &str, text: &str) -> Result<Rule, RuleFileError> {
    let value: serde_yaml::Value = serde_yaml::from_str(text).map_err(|error| {
        // Only the byte offset is used, because the parser counts more characters as line breaks than other tools do.
        let byte = error.location().map_or(0, |place| place.index());
        let position = SourceFile::new(path, text).position(byte);
        RuleFileError {
            path: path.to_owned(),
            line: position.line,
            column: position.column,
            message: error.to_string(),
        }
    })?;
    compile::compile_strictly(id, &raw::Raw::from(value)).map_err(|error| locate(path, text, &error))
}

/// Locates a mistake in its file.
fn locate(path: &str, text: &str, error: &CompileError) -> RuleFileError {
    let position = position(path, text, &error.path);
    RuleFileError {
        path: path.to_owned(),
        line: position.line,
        column: position.column,
        message: error.message.clone(),
    }
}

/// The position in a rule file to which keys and indices lead, as far as they exist.
fn position(path: &str, text: &str, keys: &[String]) -> Position {
    let source = Arc::new(SourceFile::new(path, text));
    let id = Sources::default().add(Arc::clone(&source));
    let stream = Stream::parse(id, &source.shared_text());
    let mut byte = 0;
    let mut node: Option<NodeRef<'_>> = stream.documents().next().and_then(crate::yaml::Document::root);
    for step in keys {
        let Some(current) = node else { break };
        let (span, next) = match current.kind() {
            Kind::Sequence => match step.parse().ok().and_then(|index: usize| current.items().nth(index)) {
                Some(item) => (item.span(), item),
                None => break,
            },
            _ => match current.entry(step) {
                Some(entry) => (entry.key.span(), entry.value),
                None => break,
            },
        };
        byte = span.start as usize;
        node = Some(next);
    }
    source.position(byte)
}
