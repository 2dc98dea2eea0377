//! SARIF 2.1.0 for GitHub code scanning and others. Must not alter the content of a finding.
//!
//! Source: docs.oasis-open.org/sarif/sarif/v2.1.0; the schema is in `testdata/schemas`. The crate `serde-sarif` would
//! add 20 crates (three versions of `syn`, a schema compiler) and only has owned structures.

mod location;
mod uri;

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};

use serde::Serialize;

use self::location::{Artifact, Location, Message, Region};
use super::place::Place;
use super::{RenderOptions, json, text, visible};
use crate::finding::{Finding, Fix, Problem, Report, RuleId, RuleInfo, Severity};
use crate::fingerprint::{Fingerprint, fingerprints};
use crate::source::Span;

/// Increment the number when `crate::fingerprint` changes the input of a fingerprint.
const FINGERPRINT_KEY: &str = "rke2LintFingerprint/v1";

/// The category and tag of security rules.
const SECURITY: &str = "security";
/// Rules of other categories whose findings are vulnerabilities or exposed secrets.
const SECURITY_RULES: &[&str] = &["helm-chart/insecure-source", "manifest/secret-in-plain-text"];

/// Writes the report as a log of one run.
pub fn render(report: &Report, _options: &RenderOptions, out: &mut dyn Write) -> io::Result<()> {
    let fired: BTreeSet<&RuleId> = report.findings.iter().map(|finding| &finding.rule).collect();
    let rules: Vec<&RuleInfo> = fired.into_iter().filter_map(|id| Some(&**report.rules.get(id)?)).collect();
    let indices: BTreeMap<&RuleId, usize> = rules.iter().map(|rule| &rule.id).zip(0..).collect();
    let names = fingerprints(&report.findings, &report.sources);
    let result = |(finding, name)| SarifResult::of(report, &indices, finding, name);
    let run = Run {
        tool: Tool { driver: Driver::of(&rules) },
        invocations: [Invocation::of(&report.problems)],
        column_kind: "unicodeCodePoints",
        results: report.findings.iter().zip(names).map(result).collect(),
    };
    let log = Log { schema: "https://json.schemastore.org/sarif-2.1.0.json", version: "2.1.0", runs: [run] };
    json::write_pretty(&log, out)
}

#[derive(Serialize)]
struct Log<'a> {
    #[serde(rename = "$schema")]
    schema: &'static str,
    version: &'static str,
    runs: [Run<'a>; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Run<'a> {
    tool: Tool<'a>,
    invocations: [Invocation; 1],
    column_kind: &'static str,
    results: Vec<SarifResult<'a>>,
}

#[derive(Serialize)]
struct Tool<'a> {
    driver: Driver<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Driver<'a> {
    name: &'static str,
    semantic_version: &'static str,
    information_uri: &'static str,
    rules: Vec<Rule<'a>>,
}

impl<'a> Driver<'a> {
    fn of(rules: &[&'a RuleInfo]) -> Self {
        Self {
            name: "rke2-lint",
            semantic_version: env!("CARGO_PKG_VERSION"),
            information_uri: env!("CARGO_PKG_REPOSITORY"),
            rules: rules.iter().map(|rule| Rule::of(rule)).collect(),
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Rule<'a> {
    id: &'a str,
    short_description: Message,
    full_description: Message,
    help: Help,
    #[serde(skip_serializing_if = "Option::is_none")]
    help_uri: Option<&'a str>,
    default_configuration: Configuration,
    properties: Properties<'a>,
}

impl<'a> Rule<'a> {
    fn of(rule: &'a RuleInfo) -> Self {
        let mut help = rule.explanation.trim_end().to_owned();
        if !rule.references.is_empty() {
            help = format!("{help}\n\nReferences:\n\n- {}", rule.references.join("\n- "));
        }
        let help = visible::block(&help).into_owned();
        Self {
            id: rule.id.as_str(),
            short_description: Message::line(&rule.summary),
            full_description: Message::line(&rule.summary),
            help: Help { text: help.clone(), markdown: help },
            help_uri: rule.url.as_deref(),
            default_configuration: Configuration { level: level(rule.severity) },
            properties: Properties::of(rule),
        }
    }
}

/// The help as plain text and as Markdown. The explanation is readable as both.
#[derive(Serialize)]
struct Help {
    text: String,
    markdown: String,
}

#[derive(Serialize)]
struct Configuration {
    level: &'static str,
}

/// The properties by which GitHub sorts and filters alerts.
///
/// Source: docs.github.com, "SARIF support for code scanning", section "reportingDescriptor object".
#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Properties<'a> {
    tags: Vec<&'a str>,
    /// The proportion of true positives; not known for a user's own rule.
    #[serde(skip_serializing_if = "Option::is_none")]
    precision: Option<&'static str>,
    /// From 0.0 to 10.0, only for security rules. GitHub lists findings with this property as security alerts.
    #[serde(skip_serializing_if = "Option::is_none")]
    security_severity: Option<&'static str>,
}

impl<'a> Properties<'a> {
    fn of(rule: &'a RuleInfo) -> Self {
        let category = rule.id.category();
        let is_security = category == SECURITY || SECURITY_RULES.contains(&rule.id.as_str());
        let mut tags = vec![category];
        tags.extend((is_security && category != SECURITY).then_some(SECURITY));
        let is_own = rule.url.is_none();
        Self {
            tags,
            precision: (!is_own).then_some(match rule.severity {
                Severity::Error => "very-high",
                Severity::Warning | Severity::Info => "high",
            }),
            // The middle of the ranges that GitHub calls high, medium and low.
            security_severity: is_security.then_some(match rule.severity {
                Severity::Error => "8.0",
                Severity::Warning => "5.5",
                Severity::Info => "2.5",
            }),
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Invocation {
    execution_successful: bool,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tool_execution_notifications: Vec<Notification>,
}

impl Invocation {
    fn of(problems: &[Problem]) -> Self {
        let notification = |problem: &Problem| Notification {
            level: "error",
            message: Message::line(&problem.message),
            locations: [Location::of_path(&problem.path)],
        };
        Self {
            execution_successful: problems.is_empty(),
            tool_execution_notifications: problems.iter().map(notification).collect(),
        }
    }
}

#[derive(Serialize)]
struct Notification {
    level: &'static str,
    message: Message,
    locations: [Location; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SarifResult<'a> {
    rule_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    rule_index: Option<usize>,
    level: &'static str,
    message: Message,
    locations: [Location; 1],
    #[serde(skip_serializing_if = "Vec::is_empty")]
    related_locations: Vec<Location>,
    partial_fingerprints: BTreeMap<&'static str, String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    fixes: Vec<SarifFix>,
}

impl<'a> SarifResult<'a> {
    fn of(
        report: &Report,
        indices: &BTreeMap<&RuleId, usize>,
        finding: &'a Finding,
        name: Fingerprint,
    ) -> Self {
        Self {
            rule_id: finding.rule.as_str(),
            rule_index: indices.get(&finding.rule).copied(),
            level: level(finding.severity),
            message: Message::block(&format!("{}{}", finding.message, text::help_below(finding))),
            locations: [Location::of(report, &finding.primary, None)],
            related_locations: (1..)
                .zip(&finding.related)
                .map(|(id, label)| Location::of(report, label, Some(id)))
                .collect(),
            partial_fingerprints: BTreeMap::from([(FINGERPRINT_KEY, name.to_string())]),
            fixes: finding.fix.iter().filter_map(|fix| SarifFix::of(report, fix)).collect(),
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SarifFix {
    description: Message,
    artifact_changes: Vec<ArtifactChange>,
}

impl SarifFix {
    /// `None` for a fix without edits, because SARIF requires at least one change.
    fn of(report: &Report, fix: &Fix) -> Option<Self> {
        let changes = fix.edits.chunk_by(|a, b| a.span.file == b.span.file).map(|edits| ArtifactChange {
            artifact_location: Artifact::of(Place::of(report, edits[0].span).path),
            replacements: edits
                .iter()
                .map(|edit| Replacement::of(report, edit.span, &edit.replacement))
                .collect(),
        });
        let artifact_changes: Vec<ArtifactChange> = changes.collect();
        let description = Message::line(&fix.message);
        (!artifact_changes.is_empty()).then_some(Self { description, artifact_changes })
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ArtifactChange {
    artifact_location: Artifact,
    replacements: Vec<Replacement>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Replacement {
    deleted_region: Region,
    inserted_content: Content,
}

impl Replacement {
    fn of(report: &Report, span: Span, text: &str) -> Self {
        let deleted_region = Region::of(&Place::of(report, span));
        Self { deleted_region, inserted_content: Content { text: text.to_owned() } }
    }
}

/// The text to insert in a file, which must not be escaped.
#[derive(Serialize)]
struct Content {
    text: String,
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "note",
    }
}
