//! One JSON document for scripts, described by `docs/report.schema.json`. Nothing is shortened or altered.

use std::io::{self, Write};

use serde::Serialize;

use super::place::Place;
use super::{RenderOptions, visible};
use crate::finding::{Finding, Fix, Fixed, Group, Member, Report, Safety, Severity, UnitName};
use crate::source::{Position, Span};

/// Incremented when a field is removed or changes its meaning, but not for a new field.
const VERSION: u32 = 1;

/// Writes the whole report as one document.
pub fn render(report: &Report, _options: &RenderOptions, out: &mut dyn Write) -> io::Result<()> {
    let document = Document {
        version: VERSION,
        summary: SummaryDocument::of(report),
        clusters: report.groups.iter().map(|group| ClusterDocument::of(group)).collect(),
        problems: report
            .problems
            .iter()
            .map(|problem| ProblemDocument { path: &problem.path, message: &problem.message })
            .collect(),
        findings: report.findings.iter().map(|finding| FindingDocument::of(report, finding)).collect(),
    };
    write_pretty(&document, out)
}

/// Writes a pretty-printed document with hidden characters escaped.
pub fn write_pretty(document: &impl Serialize, out: &mut dyn Write) -> io::Result<()> {
    let text = serde_json::to_string_pretty(document)?;
    writeln!(out, "{}", visible::json(&text))
}

/// The serialized form of a finding.
#[derive(Serialize)]
pub struct FindingDocument<'a> {
    rule: &'a str,
    severity: Severity,
    message: &'a str,
    help: Option<&'a str>,
    url: Option<&'a str>,
    location: Location<'a>,
    related: Vec<Related<'a>>,
    fix: Option<FixDocument<'a>>,
    notes: &'a [String],
    unit: Option<UnitDocument<'a>>,
}

/// The embedded part of a file to which a finding refers.
#[derive(Serialize)]
struct UnitDocument<'a> {
    host: &'a str,
    path: &'a str,
    kind: &'a str,
    written_by: &'a str,
}

impl<'a> UnitDocument<'a> {
    fn of(unit: &'a UnitName) -> Self {
        Self { host: &unit.host, path: &unit.path, kind: unit.kind, written_by: &unit.written_by }
    }
}

impl<'a> FindingDocument<'a> {
    /// Resolves the references of a finding.
    pub fn of(report: &'a Report, finding: &'a Finding) -> Self {
        let related = |label: &'a crate::finding::Label| Related {
            location: Location::of(report, label.span),
            message: &label.message,
        };
        Self {
            rule: finding.rule.as_str(),
            severity: finding.severity,
            message: &finding.message,
            help: finding.help.as_deref(),
            url: report.rules.get(&finding.rule).and_then(|rule| rule.url.as_deref()),
            location: Location::of(report, finding.primary.span),
            related: finding.related.iter().map(related).collect(),
            fix: finding.fix.as_ref().map(|fix| FixDocument::of(report, fix)),
            notes: &finding.notes,
            unit: finding.unit.as_deref().map(UnitDocument::of),
        }
    }
}

#[derive(Serialize)]
struct Document<'a> {
    version: u32,
    summary: SummaryDocument<'a>,
    clusters: Vec<ClusterDocument<'a>>,
    problems: Vec<ProblemDocument<'a>>,
    findings: Vec<FindingDocument<'a>>,
}

#[derive(Serialize)]
struct ClusterDocument<'a> {
    name: &'a str,
    release: &'a str,
    members: Vec<MemberDocument<'a>>,
    #[serde(rename = "left-out")]
    left_out: Vec<LeftOut<'a>>,
}

#[derive(Serialize)]
struct MemberDocument<'a> {
    path: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    unit: Option<&'a str>,
    role: &'a str,
    tie: Option<&'a str>,
}

#[derive(Serialize)]
struct LeftOut<'a> {
    path: &'a str,
    reason: &'a str,
}

impl<'a> ClusterDocument<'a> {
    fn of(group: &'a Group) -> Self {
        let member = |member: &'a Member| MemberDocument {
            path: &member.path,
            unit: member.unit.as_deref(),
            role: member.role,
            tie: member.tie.as_deref(),
        };
        Self {
            name: &group.name,
            release: &group.release,
            members: group.members.iter().map(member).collect(),
            left_out: group.left_out.iter().map(|(path, reason)| LeftOut { path, reason }).collect(),
        }
    }
}

#[derive(Serialize)]
struct SummaryDocument<'a> {
    errors: usize,
    warnings: usize,
    infos: usize,
    suppressed: usize,
    files: usize,
    templates: usize,
    other: usize,
    clusters: usize,
    release: &'a str,
    fixable: Fixable,
    #[serde(skip_serializing_if = "Option::is_none")]
    fixed: Option<Fixed>,
}

#[derive(Serialize)]
struct Fixable {
    safe: usize,
    r#unsafe: usize,
}

impl<'a> SummaryDocument<'a> {
    fn of(report: &'a Report) -> Self {
        let summary = &report.summary;
        Self {
            errors: report.count(Severity::Error),
            warnings: report.count(Severity::Warning),
            infos: report.count(Severity::Info),
            suppressed: summary.suppressed,
            files: summary.linted,
            templates: summary.templated,
            other: summary.other,
            clusters: summary.clusters,
            release: &summary.release,
            fixable: Fixable { safe: report.fixable(Safety::Safe), r#unsafe: report.fixable(Safety::Unsafe) },
            fixed: summary.fixed,
        }
    }
}

#[derive(Serialize)]
struct ProblemDocument<'a> {
    path: &'a str,
    message: &'a str,
}

#[derive(Serialize)]
struct Related<'a> {
    location: Location<'a>,
    message: &'a str,
}

#[derive(Serialize)]
struct FixDocument<'a> {
    safety: Safety,
    message: &'a str,
    edits: Vec<EditDocument<'a>>,
}

impl<'a> FixDocument<'a> {
    fn of(report: &'a Report, fix: &'a Fix) -> Self {
        let edit = |edit: &'a crate::finding::Edit| EditDocument {
            location: Location::of(report, edit.span),
            replacement: &edit.replacement,
        };
        Self { safety: fix.safety, message: &fix.message, edits: fix.edits.iter().map(edit).collect() }
    }
}

#[derive(Serialize)]
struct EditDocument<'a> {
    location: Location<'a>,
    replacement: &'a str,
}

#[derive(Serialize)]
struct Location<'a> {
    path: &'a str,
    start: Point,
    end: Point,
}

impl<'a> Location<'a> {
    fn of(report: &'a Report, span: Span) -> Self {
        let Place { path, start, end } = Place::of(report, span);
        Self { path, start: start.into(), end: end.into() }
    }
}

#[derive(Serialize)]
struct Point {
    line: usize,
    column: usize,
    byte: usize,
}

impl From<Position> for Point {
    fn from(Position { line, column, byte }: Position) -> Self {
        Self { line, column, byte }
    }
}
