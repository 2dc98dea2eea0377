//! The rule engine: rule files become rules, rules become findings. This layer must not read files or print.

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
mod net;
mod path;
mod place;
mod predicate;
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
use crate::yaml::{Kind, NodeRef, Stream, SyntaxError, SyntaxErrorKind};

/// A finding in the making: what a check says, before settings decide on its severity.
#[derive(Clone, Debug)]
pub struct Draft {
    /// The place.
    pub at: Span,
    /// What was found and what RKE2 does with it.
    pub message: String,
    /// Words at the place itself.
    pub label: String,
    /// Other places.
    pub related: Vec<Label>,
    /// What to do about it.
    pub help: Option<String>,
    /// Another severity than the rule's.
    pub severity: Option<Severity>,
    /// Edits that fix it.
    pub fix: Option<Fix>,
    /// What becomes of a value that was removed.
    pub effect: Option<Effect>,
    /// Distinguishes findings at the same place.
    pub subject: Option<Arc<str>>,
}

impl Draft {
    /// A finding at a place.
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

    /// A finding about a text that cannot be parsed, with the consequence. A text that only exceeds our own limits may
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

    /// With a help.
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// With another place.
    pub fn related(mut self, span: Span, message: impl Into<String>) -> Self {
        self.related.push(Label { span, message: message.into() });
        self
    }

    /// With an edit that fixes it.
    pub fn edit(mut self, safety: Safety, span: Span, replacement: impl Into<String>) -> Self {
        let replacement = replacement.into();
        let message = format!("write `{replacement}`");
        self.fix = Some(Fix { safety, message, edits: vec![Edit { span, replacement }] });
        self
    }

    /// With edits, where the layout allows them.
    pub fn fixed(mut self, safety: Safety, message: impl Into<String>, edits: impl Into<Edits>) -> Self {
        let Edits(edits) = edits.into();
        if !edits.is_empty() {
            self.fix = Some(Fix { safety, message: message.into(), edits });
        }
        self
    }

    /// With what becomes of a value that was removed.
    pub fn effect(mut self, effect: Effect) -> Self {
        self.effect = Some(effect);
        self
    }

    /// With a subject that distinguishes it from other findings at the same place.
    pub fn about(mut self, subject: impl Into<Arc<str>>) -> Self {
        self.subject = Some(subject.into());
        self
    }

    /// With another severity than the rule's.
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

/// Edits of a fix; none where the layout allows no exact edit.
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

/// A rule file with a mistake, at its place.
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

/// The rules that are part of the program, by category and name.
pub fn built_in() -> Vec<Rule> {
    let (count, heads) = heads();
    let mut rules = Vec::with_capacity(count);
    // A test compares each with its file: none is left out.
    rules.extend(heads.filter_map(compile::built_in));
    rules
}

/// How many rule files there are, and their heads as the build script wrote them.
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

/// Compiles a user's rule file. `id` is what its place below the rules folder says.
///
/// # Errors
/// The first mistake, with its place in the file.
pub fn compile_file(id: &str, path: &str, text: &str) -> Result<Rule, RuleFileError> {
    let value: serde_yaml::Value = serde_yaml::from_str(text).map_err(|error| {
        // Only the byte: the parser takes more characters for line breaks than other tools do.
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

/// A mistake at its place in the file.
fn locate(path: &str, text: &str, error: &CompileError) -> RuleFileError {
    let position = position(path, text, &error.path);
    RuleFileError {
        path: path.to_owned(),
        line: position.line,
        column: position.column,
        message: error.message.clone(),
    }
}

/// The place in a rule file that keys and indices lead to, as far as there is one.
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
