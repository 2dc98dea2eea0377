//! Suppresses findings: comments in the linted files, and a baseline. This layer must not lint or print.

pub mod baseline;
mod comment;

use std::collections::{BTreeMap, HashMap};
use std::ops::Range;

use comment::{Directive, MARK, directive};

use crate::finding::{Finding, Label, RuleId, Severity};
use crate::rke2::file::RkeFile;
use crate::rule::Rule;
use crate::settings::check_name;
use crate::source::{FileId, SourceFile, Sources, Span};
use crate::words::Word;
use crate::yaml::comment_ranges;

const UNUSED: &str = "suppress/unused-ignore";
const MALFORMED: &str = "suppress/malformed-ignore";
const HELP: &str = "write `# rke2-lint: ignore[category/name] reason` on the line or above it, or \
                    `# rke2-lint: ignore-file[category/name] reason` at the top of the file";

/// The ignore comments of all files.
#[derive(Debug, Default)]
pub struct Ignores {
    by_file: BTreeMap<FileId, FileIgnores>,
    malformed: Vec<Finding>,
}

/// The ignores of one file.
#[derive(Debug, Default)]
struct FileIgnores {
    all: Vec<Ignore>,
    /// Indices of ignores for the whole file.
    whole: Vec<usize>,
    /// Indices of the others, by line: a file may have one on every line.
    by_line: HashMap<usize, Vec<usize>>,
}

impl FileIgnores {
    fn add(&mut self, ignore: Ignore) {
        let index = self.all.len();
        match ignore.scope {
            Scope::File => self.whole.push(index),
            Scope::Lines(own, below) => {
                self.by_line.entry(own).or_default().push(index);
                if below != own {
                    self.by_line.entry(below).or_default().push(index);
                }
            }
        }
        self.all.push(ignore);
    }

    /// Marks the ignores that match a finding on a line as used; returns false if there are none.
    fn hit(&mut self, rule: &RuleId, line: usize) -> bool {
        let mut hit = false;
        for index in self.whole.iter().chain(self.by_line.get(&line).into_iter().flatten()) {
            let ignore = &mut self.all[*index];
            if ignore.holds(rule) {
                ignore.used = true;
                hit = true;
            }
        }
        hit
    }
}

/// One rule or category in an ignore comment.
#[derive(Debug)]
struct Ignore {
    at: Span,
    name: String,
    scope: Scope,
    used: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Scope {
    File,
    /// The comment's own line, and the first line after it that is not only a comment.
    Lines(usize, usize),
}

/// Whether a text may contain a comment for this program.
pub fn is_addressed(text: &[u8]) -> bool {
    static WORD: Word = Word::new(MARK);
    WORD.is_in(text)
}

impl Ignores {
    /// Reads the comments of files. Almost free if no text mentions this program. In files that contain units, comments
    /// in any language count, since only their line matters.
    pub fn of<'a>(
        files: impl IntoIterator<Item = &'a RkeFile>,
        is_host: impl Fn(FileId) -> bool,
        rules: &[Rule],
    ) -> Self {
        let mut ignores = Self::default();
        for file in files {
            if is_addressed(file.source.text().as_bytes()) {
                ignores.read(file, is_host(file.id), rules);
            }
        }
        ignores
    }

    /// Whether a comment suppresses a finding. If so, the comment is marked as used.
    pub fn hit(&mut self, finding: &Finding, sources: &Sources) -> bool {
        let span = finding.primary.span;
        let Some(ignores) = self.by_file.get_mut(&span.file) else { return false };
        let line = sources.get(span.file).position(span.start as usize).line;
        ignores.hit(&finding.rule, line)
    }

    /// The findings about the comments themselves; to be called after all other findings were matched. The flag is true
    /// for findings that are themselves suppressed by a comment.
    pub fn findings(&mut self, sources: &Sources) -> Vec<(Finding, bool)> {
        let about_us = |ignore: &&Ignore| category(&ignore.name) == category(UNUSED);
        let mut findings = std::mem::take(&mut self.malformed);
        findings.extend(self.unused(|ignore| !about_us(&ignore)));
        let mut findings: Vec<(Finding, bool)> = findings
            .into_iter()
            .map(|finding| {
                let hit = self.hit(&finding, sources);
                (finding, hit)
            })
            .collect();
        findings.extend(self.unused(|ignore| about_us(&ignore)).into_iter().map(|finding| (finding, false)));
        findings
    }

    fn unused(&self, wanted: impl Fn(&Ignore) -> bool) -> Vec<Finding> {
        let all = self.by_file.values().flat_map(|file| &file.all);
        let unused = all.filter(|ignore| !ignore.used && wanted(ignore));
        unused
            .map(|ignore| {
                let place = if ignore.scope == Scope::File { "in this file" } else { "here" };
                let message = format!("unused ignore: `{}` is not reported {place}", ignore.name);
                finding(UNUSED, Severity::Info, ignore.at, message, "remove the name from the comment")
            })
            .collect()
    }

    fn read(&mut self, file: &RkeFile, is_host: bool, rules: &[Rule]) {
        if file.unit.is_some() {
            // Its host is read instead.
            return;
        }
        let text = file.source.text();
        let broken = is_host || file.stream.first_error().is_some();
        let top = top_of(text);
        let mut block = Block::default();
        for range in comments(text, broken) {
            let place =
                |part: Range<usize>| Span::new(file.id, range.start + part.start, range.start + part.end);
            self.add(&text[range.clone()], range.start < top, place, &file.source, &mut block, rules);
        }
        for values in file.values.iter().filter(|_| !is_host) {
            let text = values.text.text();
            for range in comments(text, values.stream.first_error().is_some()) {
                let place =
                    |part: Range<usize>| values.text.span(range.start + part.start, range.start + part.end);
                self.add(&text[range.clone()], false, place, &file.source, &mut block, rules);
            }
        }
    }

    fn add(
        &mut self,
        comment: &str,
        at_top: bool,
        place: impl Fn(Range<usize>) -> Span,
        source: &SourceFile,
        block: &mut Block,
        rules: &[Rule],
    ) {
        let Some(directive) = directive(comment) else { return };
        let mut malformed = |at, message: String, help: &str| {
            self.malformed.push(finding(MALFORMED, Severity::Warning, at, message, help));
        };
        let (file, names) = match directive {
            Directive::Malformed { at, message } => {
                return malformed(place(at), format!("{message}; the ignore comment has no effect"), HELP);
            }
            Directive::Ignore { file, names } => (file, names),
        };
        if file && !at_top {
            let all = place(0..comment.trim_end().len());
            let message = "`ignore-file` has no effect here; it must be at the top of the file";
            return malformed(all, message.to_owned(), "move the comment to the first line of the file");
        }
        for (range, name) in names {
            let at = place(range);
            if let Err(error) = check_name(&name, rules) {
                malformed(at, error.to_string(), "use a rule or category listed by `rke2-lint rules`");
                continue;
            }
            let scope = if file { Scope::File } else { block.lines(at, source) };
            let name = match rules.iter().find(|rule| rule.is_called(&name)) {
                Some(rule) => rule.info.id.as_str().to_owned(),
                None => name,
            };
            self.by_file.entry(at.file).or_default().add(Ignore { at, name, scope, used: false });
        }
    }
}

impl Ignore {
    fn holds(&self, rule: &RuleId) -> bool {
        let name = self.name.strip_suffix("/*").unwrap_or(&self.name);
        name == rule.as_str() || name == rule.category()
    }
}

fn category(name: &str) -> &str {
    name.split('/').next().unwrap_or(name)
}

fn finding(rule: &str, severity: Severity, at: Span, message: String, help: &str) -> Finding {
    Finding {
        rule: RuleId::new(rule),
        severity,
        message,
        primary: Label { span: at, message: String::new() },
        related: Vec::new(),
        help: Some(help.to_owned()),
        fix: None,
        notes: Vec::new(),
        unit: None,
        effect: None,
        subject: None,
    }
}

/// The lines of consecutive comments that were examined last.
#[derive(Debug, Default)]
struct Block(Range<usize>);

impl Block {
    /// The lines that a comment applies to: only its own if something precedes it there, otherwise also the next line
    /// that is not a comment.
    fn lines(&mut self, at: Span, source: &SourceFile) -> Scope {
        let own = source.position(at.start as usize).line;
        let text = |line: usize| source.line_range(line).map(|range| source.text()[range].trim());
        // `{# … #}` is a Jinja comment.
        let is_comment = |text: &str| {
            text.starts_with('#') || (text.starts_with("{#") && text.find("#}") == Some(text.len() - 2))
        };
        let alone =
            |line: usize| text(line).is_some_and(|text| is_comment(text.trim_start_matches('\u{feff}')));
        if !alone(own) {
            return Scope::Lines(own, own);
        }
        if !self.0.contains(&own) {
            let mut below = own + 1;
            while alone(below) {
                below += 1;
            }
            self.0 = own..below;
        }
        Scope::Lines(own, self.0.end)
    }
}

/// The comments of a text. In a text that is not YAML, a comment starts at the last `#` before our mark and ends with
/// the line.
fn comments(text: &str, broken: bool) -> Vec<Range<usize>> {
    if !is_addressed(text.as_bytes()) {
        return Vec::new();
    }
    if !broken {
        return comment_ranges(text);
    }
    let mut comments = Vec::new();
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let hash = line.find(MARK).and_then(|mark| line[..mark].rfind('#'));
        if let Some(hash) = hash {
            comments.push(start + hash..start + line.trim_end().len());
        }
        start += line.len();
    }
    comments
}

/// The offset of the first line that is neither a comment nor `---`.
fn top_of(text: &str) -> usize {
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let plain = line.trim_start_matches('\u{feff}').trim();
        let separator = plain.strip_prefix("---").map(str::trim_start);
        if !plain.is_empty()
            && !plain.starts_with('#')
            && !separator.is_some_and(|rest| rest.is_empty() || rest.starts_with('#'))
        {
            break;
        }
        at += line.len();
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_top_ends_with_the_first_content() {
        assert_eq!(top_of("# a\n\n---\n# b\na: 1\n# c\n"), 13);
        assert_eq!(top_of("a: 1\n"), 0);
        assert_eq!(top_of("# a"), 3);
    }

    #[test]
    fn broken_texts_are_read_line_by_line() {
        let text = "a: [\n  b # rke2-lint: ignore[a/b]\r\nc: d\n";
        let found: Vec<_> = comments(text, true).into_iter().map(|range| &text[range]).collect();
        assert_eq!(found, ["# rke2-lint: ignore[a/b]"]);
    }
}
