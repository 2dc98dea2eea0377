//! Reads the user's own rules. Must not compile them itself.

use std::io;
use std::path::{Path, PathBuf};

use walkdir::WalkDir;

use super::Settings;
use crate::finding::RuleId;
use crate::read;
use crate::rule::{self, Rule, RuleFileError};

/// Why the user's own rules cannot be loaded.
#[derive(Debug, thiserror::Error)]
pub enum OwnRulesError {
    /// A folder, given as shown, cannot be walked.
    #[error("cannot read the rules folder {0}: {1}")]
    Folder(String, String),
    /// A file, given as shown, cannot be read.
    #[error("cannot read the rule file {0}: {1}")]
    Unreadable(String, io::Error),
    /// A rule file contains an error.
    #[error(transparent)]
    Mistake(#[from] RuleFileError),
    /// A folder, given as shown, does not contain any rule file.
    #[error("no rule files in {0}")]
    Empty(String),
    /// Another rule, built in or not, has the same identifier.
    #[error("duplicate rule `{0}`; use another category for your own rule")]
    Duplicate(RuleId),
    /// An error of a rules folder, prefixed with the setting or option that names it.
    #[error("{0}{1}")]
    Named(String, Box<OwnRulesError>),
}

/// The rules in a folder: the files `category/name.yaml` in it, without the example trees in `category/name/`. `shown`
/// converts a path to its name in messages.
///
/// # Errors
/// The folder or a file cannot be read, there is no rule file, or a rule file contains an error.
pub fn rules_below(folder: &Path, shown: impl Fn(&Path) -> String) -> Result<Vec<Rule>, OwnRulesError> {
    let mut rules = Vec::new();
    let walk = WalkDir::new(folder).sort_by_file_name().into_iter();
    for entry in walk.filter_entry(|entry| !is_of_rule(entry.path())) {
        let entry = entry.map_err(|error| {
            let words = error.io_error().map_or_else(|| error.to_string(), ToString::to_string);
            OwnRulesError::Folder(shown(folder), words)
        })?;
        let is_rule =
            entry.path().extension().is_some_and(|extension| extension == "yaml" || extension == "yml");
        if !entry.file_type().is_file() || !is_rule {
            continue;
        }
        let name = shown(entry.path());
        let text = read::text(entry.path(), read::MAX_OWN_BYTES)
            .map_err(|error| OwnRulesError::Unreadable(name.clone(), error))?;
        let id = entry.path().strip_prefix(folder).unwrap_or(entry.path()).with_extension("");
        let id = id.to_string_lossy().replace('\\', "/");
        rules.push(rule::compile_file(&id, &name, &text)?);
    }
    if rules.is_empty() {
        return Err(OwnRulesError::Empty(shown(folder)));
    }
    Ok(rules)
}

/// Whether a folder contains the example trees of a rule: `name/` next to `name.yaml`.
fn is_of_rule(folder: &Path) -> bool {
    folder.is_dir() && ["yaml", "yml"].iter().any(|extension| folder.with_extension(extension).is_file())
}

/// The built-in rules, those in folders named by settings, and those in `more`, which are named by `--rules`.
///
/// # Errors
/// One of the user's own rules is invalid, or two rules have the same identifier.
pub fn all_rules(
    settings: &Settings,
    more: &[PathBuf],
    shown: impl Fn(&Path) -> String,
) -> Result<Vec<Rule>, OwnRulesError> {
    let mut rules = rule::built_in();
    let of_settings = settings
        .rule_paths
        .iter()
        .map(|folder| (&folder.value, format!("{}: rule-paths: ", settings.place(folder.at))));
    let folders = of_settings.chain(more.iter().map(|folder| (folder, "--rules: ".to_owned())));
    for (folder, origin) in folders {
        let own = rules_below(folder, &shown).map_err(|error| match error {
            // The message already names the file.
            OwnRulesError::Mistake(_) => error,
            error => OwnRulesError::Named(origin.clone(), Box::new(error)),
        })?;
        for rule in own {
            let is_taken = |name: &&RuleId| rules.iter().any(|other| other.is_called(name.as_str()));
            if let Some(name) = rule.aliases.iter().chain([&rule.info.id]).find(is_taken) {
                let duplicate = OwnRulesError::Duplicate(name.clone());
                return Err(OwnRulesError::Named(origin, Box::new(duplicate)));
            }
            rules.push(rule);
        }
    }
    Ok(rules)
}
