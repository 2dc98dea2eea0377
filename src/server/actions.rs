//! Code actions: fixes of findings, ignore comments, the page of a rule. Must not compute fixes.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Range;

use lsp_types::{
    CodeAction, CodeActionKind, CodeActionOrCommand, Command, DocumentChanges, OneOf,
    OptionalVersionedTextDocumentIdentifier, TextDocumentEdit, TextEdit, Uri, WorkspaceEdit,
};

use super::diagnostics::Look;
use super::documents::{Documents, Open};
use crate::finding::{Edit, Finding, Fix, Report, Safety};
use crate::fix::ignore_comment;

/// The command that opens the page of a rule; its argument is the URL.
pub const OPEN_PAGE: &str = "rke2-lint.openPage";
/// The kind of the action that applies all safe fixes of a file.
const FIX_ALL: &str = "source.fixAll.rke2-lint";

/// The input for code actions.
pub struct Offer<'o> {
    /// The report for the current text.
    pub report: &'o Report,
    /// The file.
    pub open: &'o Open,
    /// All documents that are open in the editor.
    pub documents: &'o Documents,
    /// How to convert findings to diagnostics.
    pub look: &'o Look<'o>,
    /// Whether the client supports versioned edits.
    pub versioned: bool,
    /// Whether the client can open a URL.
    pub opens_pages: bool,
}

impl Offer<'_> {
    /// The actions for a range of bytes; `only` limits their kinds.
    pub fn actions(&self, range: &Range<usize>, only: Option<&[CodeActionKind]>) -> Vec<CodeActionOrCommand> {
        let wants = |kind: &str| {
            only.is_none_or(|only| {
                only.iter().any(|wanted| {
                    kind.strip_prefix(wanted.as_str())
                        .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
                })
            })
        };
        let mut actions = Vec::new();
        let own = || self.report.findings.iter().enumerate().filter(|(_, finding)| self.is_own(finding));
        if wants("quickfix") {
            let line = self.lines(range);
            let near = |finding: &Finding| {
                let span = finding.primary.span.range();
                span.start <= line.end && line.start <= span.end
            };
            let here: Vec<(usize, &Finding)> = own().filter(|(_, finding)| near(finding)).collect();
            actions.extend(here.iter().filter_map(|(_, finding)| self.fix(finding)));
            for (index, finding) in &here {
                actions.extend(self.ignore_line(*index, finding));
            }
            let rules: BTreeSet<&str> = here.iter().map(|(_, finding)| finding.rule.as_str()).collect();
            actions.extend(rules.iter().filter_map(|rule| self.ignore_file(rule)));
            let mut pages = BTreeSet::new();
            for (_, finding) in here.iter().filter(|_| self.opens_pages) {
                if pages.insert(&finding.rule) {
                    actions.extend(self.page(finding));
                }
            }
        }
        if wants(FIX_ALL) {
            actions.extend(self.fix_all(own().map(|(_, finding)| finding)));
        }
        actions.into_iter().map(CodeActionOrCommand::CodeAction).collect()
    }

    fn is_own(&self, finding: &Finding) -> bool {
        self.report.sources.get(finding.primary.span.file).path() == self.open.source.path()
    }

    /// The lines of a range, in bytes.
    fn lines(&self, range: &Range<usize>) -> Range<usize> {
        let line = |byte: usize| self.open.source.line_range(self.open.source.position(byte).line);
        line(range.start).map_or(range.start, |line| line.start)
            ..line(range.end).map_or(range.end, |line| line.end)
    }

    fn fix(&self, finding: &Finding) -> Option<CodeAction> {
        let fix = finding.fix.as_ref().filter(|fix| is_made(fix))?;
        let is_safe = fix.safety == Safety::Safe;
        let note = if is_safe { "" } else { " (changes what the cluster does)" };
        let suggested = fix.message.strip_prefix("did you mean ").and_then(|rest| rest.strip_suffix('?'));
        let title = suggested.map_or_else(|| capitalized(&fix.message), |word| format!("Change to {word}"));
        Some(CodeAction {
            title: format!("{title}{note}"),
            kind: Some(CodeActionKind::QUICKFIX),
            diagnostics: Some(vec![self.look.finding(finding, self.report)]),
            edit: Some(self.edit(&fix.edits)?),
            is_preferred: Some(is_safe),
            ..CodeAction::default()
        })
    }

    fn fix_all<'f>(&self, findings: impl Iterator<Item = &'f Finding>) -> Option<CodeAction> {
        let mut edits: Vec<Edit> = Vec::new();
        let fixes = findings.filter_map(|finding| finding.fix.as_ref());
        for fix in fixes.filter(|fix| fix.safety == Safety::Safe && is_made(fix)) {
            let stays = |edit: &Edit| edits.contains(edit) || edits.iter().all(|other| !overlap(other, edit));
            if fix.edits.iter().all(stays) {
                let new: Vec<Edit> = fix.edits.iter().filter(|edit| !edits.contains(edit)).cloned().collect();
                edits.extend(new);
            }
        }
        Some(CodeAction {
            title: "Apply all safe fixes of rke2-lint".to_owned(),
            kind: Some(CodeActionKind::new(FIX_ALL)),
            edit: Some(self.edit(Some(edits).filter(|edits| !edits.is_empty())?.as_slice())?),
            ..CodeAction::default()
        })
    }

    fn ignore_line(&self, index: usize, finding: &Finding) -> Option<CodeAction> {
        let edit = ignore_comment(self.report, index)?;
        Some(Self::quiet(format!("Ignore {} on this line", finding.rule), self.edit(&[edit])?))
    }

    fn ignore_file(&self, rule: &str) -> Option<CodeAction> {
        if rule.starts_with("suppress/")
            || self.open.path.extension().is_some_and(|extension| extension == "json")
        {
            return None;
        }
        // Insert after what must remain first: a byte order mark, `#cloud-config`, `#!`.
        let text = self.open.source.text();
        let mark = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
        let first = text[mark..].split_inclusive('\n').next().unwrap_or_default();
        let keeps_first = first.ends_with('\n') && (first.starts_with('#') || first.starts_with("%YAML"));
        let at = mark + if keeps_first { first.len() } else { 0 };
        let new_text = format!("# rke2-lint: ignore-file[{rule}] TODO: give the reason\n");
        let range = self.look.encoding.range(&self.open.source, at..at);
        let edit = self.changes([(self.open.uri.clone(), vec![TextEdit { range, new_text }])]);
        Some(Self::quiet(format!("Ignore {rule} in this file"), edit))
    }

    fn quiet(title: String, edit: WorkspaceEdit) -> CodeAction {
        let kind = Some(CodeActionKind::QUICKFIX);
        CodeAction { title, kind, edit: Some(edit), is_preferred: Some(false), ..CodeAction::default() }
    }

    fn page(&self, finding: &Finding) -> Option<CodeAction> {
        let url = self.report.rules.get(&finding.rule)?.url.clone()?;
        let title = format!("Open the page of {}", finding.rule);
        let command = Command::new(title.clone(), OPEN_PAGE.to_owned(), Some(vec![url.into()]));
        let kind = Some(CodeActionKind::QUICKFIX);
        Some(CodeAction { title, kind, command: Some(command), ..CodeAction::default() })
    }

    /// Edits in the protocol's form; `None` if a file has no URI.
    fn edit(&self, edits: &[Edit]) -> Option<WorkspaceEdit> {
        let mut by_file: BTreeMap<&str, (Uri, Vec<TextEdit>)> = BTreeMap::new();
        for edit in edits {
            let source = self.report.sources.get(edit.span.file);
            let uri = (self.look.address)(source.path())?;
            let range = self.look.encoding.range(source, edit.span.range());
            let new_text = edit.replacement.clone();
            by_file
                .entry(source.path())
                .or_insert_with(|| (uri, Vec::new()))
                .1
                .push(TextEdit { range, new_text });
        }
        Some(self.changes(by_file.into_values()))
    }

    #[allow(clippy::mutable_key_type, reason = "the protocol's own type")]
    fn changes(&self, edits: impl IntoIterator<Item = (Uri, Vec<TextEdit>)>) -> WorkspaceEdit {
        if !self.versioned {
            let changes: HashMap<Uri, Vec<TextEdit>> = edits.into_iter().collect();
            return WorkspaceEdit { changes: Some(changes), ..WorkspaceEdit::default() };
        }
        let edits = edits.into_iter().map(|(uri, edits)| {
            let version = self.documents.get(&uri).map(|open| open.version);
            TextDocumentEdit {
                text_document: OptionalVersionedTextDocumentIdentifier { uri, version },
                edits: edits.into_iter().map(OneOf::Left).collect(),
            }
        });
        let edits = DocumentChanges::Edits(edits.collect());
        WorkspaceEdit { document_changes: Some(edits), ..WorkspaceEdit::default() }
    }
}

fn is_made(fix: &Fix) -> bool {
    fix.safety != Safety::Display && !fix.edits.is_empty()
}

fn overlap(one: &Edit, other: &Edit) -> bool {
    one.span.file == other.span.file && one.span.start <= other.span.end && other.span.start <= one.span.end
}

fn capitalized(sentence: &str) -> String {
    let mut letters = sentence.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
