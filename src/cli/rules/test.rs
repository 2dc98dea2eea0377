//! `rke2-lint rules test`: tests the user's own rules with the example trees next to them.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;
use walkdir::WalkDir;

use super::super::{CLEAN, FINDINGS, Failure};
use super::why::{self, At};
use crate::engine::{Input, Options, Previous, PreviousFile, Workspace, lint_sources};
use crate::finding::Report;
use crate::output::visible_line;
use crate::read;
use crate::rule::Rule;
use crate::rule::why::{Question, RuleSource, Trace};
use crate::settings::{self, Base, Level, Settings, rules_below};
use crate::source::SourceFile;

/// Examples for the help.
pub const EXAMPLES: &str = "Examples:
  rke2-lint rules test lint/rules

Each folder `bad*` in `category/name/` must make the rule `category/name.yaml` fire, and each `good*` must not:
  reported   the rule fires on a bad tree
  validated  the rule does not fire on a good tree
  missing    the rule does not fire on a bad tree
  noisy      the rule fires on a good tree
For a missing or noisy tree, the condition that decided is printed with its line.

Why a rule fires at a place, or does not:
  rke2-lint rules test lint/rules --why lint/rules/team/name/bad/config.yaml:3
  rke2-lint rules test --rule config/server-url --why config.yaml:3

In an example tree, the tree's own rule is used; elsewhere, name a built-in rule or your own with `--rule`.
Exit codes: 0 none is missing or noisy, 1 some are, 2 error.";

/// The settings file of an example tree.
const SETTINGS: &str = ".rke2-lint.yaml";
/// The folder within an example tree that contains the previous tree.
const BEFORE: &str = ".before";

/// Arguments of `rules test`.
#[derive(Debug, Args)]
pub struct TestArguments {
    /// Folder with your own rules
    #[arg(value_name = "DIR", default_value = "lint/rules")]
    folder: PathBuf,
    /// Test only this rule
    #[arg(long, value_name = "RULE")]
    rule: Option<String>,
    /// Show the value and source of each condition of a rule for the subject at a line
    #[arg(long, value_name = "PATH:LINE")]
    why: Option<At>,
}

/// The result of an example tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    Reported,
    Validated,
    Missing,
    Noisy,
}

impl Outcome {
    fn of(is_bad: bool, fires: bool) -> Self {
        match (is_bad, fires) {
            (true, true) => Self::Reported,
            (true, false) => Self::Missing,
            (false, true) => Self::Noisy,
            (false, false) => Self::Validated,
        }
    }

    fn word(self) -> &'static str {
        match self {
            Self::Reported => "reported",
            Self::Validated => "validated",
            Self::Missing => "missing",
            Self::Noisy => "noisy",
        }
    }
}

/// Tests every rule in a folder, or explains why one fires at a place.
pub fn run(arguments: &TestArguments) -> Result<u8, Failure> {
    if let Some(why) = &arguments.why {
        return why::run(&arguments.folder, arguments.rule.as_deref(), why);
    }
    let folder = &arguments.folder;
    let mut rules = rules_below(folder, |path| path.display().to_string())?;
    if let Some(id) = &arguments.rule {
        rules.retain(|rule| rule.is_called(id));
        if rules.is_empty() {
            return Err(Failure::Message(format!("no rule `{id}` in {}", folder.display())));
        }
    }
    let mut out = io::BufWriter::new(io::stdout().lock());
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for rule in &rules {
        let id = rule.info.id.as_str();
        let trees = trees(&folder.join(id))?;
        if trees.is_empty() {
            writeln!(out, "{id}: no example trees; add {id}/bad and {id}/good")?;
        }
        for (name, is_bad, folder_of_tree) in trees {
            let tree = Tree::read(rule, &folder_of_tree)?;
            let report = tree.lint();
            let findings = || report.findings.iter().filter(|finding| finding.rule.as_str() == id);
            let outcome = Outcome::of(is_bad, findings().next().is_some());
            *counts.entry(outcome.word()).or_default() += 1;
            writeln!(out, "{id}/{name}: {}", outcome.word())?;
            for finding in findings() {
                let span = finding.primary.span;
                let file = report.sources.get(span.file);
                let at = file.position(span.start as usize);
                writeln!(
                    out,
                    "  {}:{}:{}: {}: {}",
                    file.path(),
                    at.line,
                    at.column,
                    finding.severity,
                    finding.message
                )?;
            }
            for problem in &report.problems {
                writeln!(out, "  {}: {}", problem.path, problem.message)?;
            }
            if matches!(outcome, Outcome::Missing | Outcome::Noisy) {
                let source = why::source_of(folder, rule)?;
                for line in why::deciders(&tree.why(rule, &source, None), &source) {
                    writeln!(out, "  {}", visible_line(&line))?;
                }
            }
        }
    }
    let words: Vec<String> = counts.iter().map(|(word, count)| format!("{count} {word}")).collect();
    let words = if words.is_empty() { "no example trees".to_owned() } else { words.join(", ") };
    let count = rules.len();
    writeln!(out, "{count} {}: {words}", if count == 1 { "rule" } else { "rules" })?;
    out.flush()?;
    let failed = counts.contains_key("missing") || counts.contains_key("noisy");
    Ok(if failed { FINDINGS } else { CLEAN })
}

/// The example trees of a rule: name, whether the rule must fire, and folder.
fn trees(folder: &Path) -> Result<Vec<(String, bool, PathBuf)>, Failure> {
    if !folder.is_dir() {
        return Ok(Vec::new());
    }
    let mut trees = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let is_bad = name.starts_with("bad");
        if entry.path().is_dir() && (is_bad || name.starts_with("good")) {
            trees.push((name, is_bad, entry.path()));
        }
    }
    trees.sort();
    Ok(trees)
}

/// An example tree, treated as the working directory.
pub struct Tree {
    sources: BTreeMap<String, Input>,
    options: Options,
}

impl Tree {
    /// Reads a tree to check with a single rule.
    pub fn read(rule: &Rule, folder: &Path) -> Result<Self, Failure> {
        let mut sources = BTreeMap::new();
        let mut before = Vec::new();
        let mut settings = Settings::default();
        for entry in WalkDir::new(folder).sort_by_file_name() {
            let entry = entry.map_err(|error| Failure::Message(error.to_string()))?;
            if !entry.file_type().is_file() {
                continue;
            }
            let shown = entry
                .path()
                .strip_prefix(folder)
                .unwrap_or(entry.path())
                .to_string_lossy()
                .replace('\\', "/");
            if shown == SETTINGS {
                let text = read::text(entry.path(), read::MAX_OWN_BYTES)
                    .map_err(|error| Failure::Message(format!("{}: {error}", entry.path().display())))?;
                let source = Arc::new(SourceFile::new(SETTINGS, text));
                settings = settings::parse(source, Base::default())
                    .map_err(|error| Failure::Message(format!("{}: {error}", entry.path().display())))?;
                continue;
            }
            let input = Input::Bytes(fs::read(entry.path())?);
            match shown.strip_prefix(BEFORE).and_then(|rest| rest.strip_prefix('/')) {
                Some(path) => before.push(PreviousFile { path: path.to_owned(), shown, input }),
                None => {
                    sources.insert(shown, input);
                }
            }
        }
        let mut options = Options::new(&settings, [rule.clone()]);
        options.levels.set(rule.info.id.as_str(), Level::Default);
        options.previous = (!before.is_empty()).then_some(Previous { files: before });
        Ok(Self { sources, options })
    }

    fn lint(&self) -> Report {
        lint_sources(self.sources.clone(), None, &self.options)
    }

    /// Explains what each condition of the rule evaluates to.
    pub fn why(&self, rule: &Rule, source: &RuleSource, at: Option<(&str, usize)>) -> Vec<Trace> {
        let mut workspace = Workspace::of_texts(self.sources.clone(), None, &self.options);
        workspace.why(&Question { rule, source, at })
    }
}
