//! What the user wants of a run. This module must not lint.

use crate::finding::{RuleId, Severity};
use crate::rule::Rule;

/// What to do with the findings of a rule or category.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// Not reported.
    Off,
    /// Reported with this severity.
    At(Severity),
    /// Reported with the severity that the rule gives.
    Default,
}

/// Levels of rules and categories; a rule beats a category, a later entry an earlier one.
#[derive(Clone, Debug, Default)]
pub struct Levels {
    entries: Vec<(String, Level)>,
    /// When not empty, only these rules and categories are reported.
    selected: Vec<String>,
}

impl Levels {
    /// Sets the level of a rule (`category/name`) or category (`category`, `category/*`).
    pub fn set(&mut self, name: &str, level: Level) {
        self.entries.push((name.strip_suffix("/*").unwrap_or(name).to_owned(), level));
    }

    /// Reports only this rule or category, and others that are selected.
    pub fn select(&mut self, name: &str) {
        self.selected.push(name.strip_suffix("/*").unwrap_or(name).to_owned());
    }

    /// The severity of a rule's finding; `None` when it is not to be reported.
    pub fn severity(&self, rule: &Rule, found: Severity) -> Option<Severity> {
        let id = &rule.info.id;
        let names = |entry: &String| entry == id.as_str() || entry == id.category();
        let explicitly_selected = self.selected.iter().any(|entry| entry == id.as_str());
        if !self.selected.is_empty() && !self.selected.iter().any(names) {
            return None;
        }
        let entry = |wanted: &str| {
            self.entries.iter().rev().find(|(name, _)| name == wanted).map(|(_, level)| *level)
        };
        let level = entry(id.as_str()).or_else(|| entry(id.category()));
        match level {
            Some(Level::Off) => None,
            Some(Level::At(severity)) => Some(severity),
            Some(Level::Default) => Some(found),
            None if rule.off_by_default && !explicitly_selected => None,
            None => Some(found),
        }
    }
}

/// Says that a name is neither a rule nor a category, with the nearest one.
///
/// # Errors
/// The sentence that says so.
pub fn check_name(name: &str, rules: &[Rule]) -> Result<(), String> {
    let plain = name.strip_suffix("/*").unwrap_or(name);
    let ids: Vec<&RuleId> = rules.iter().map(|rule| &rule.info.id).collect();
    if ids.iter().any(|id| id.as_str() == plain || id.category() == plain) {
        return Ok(());
    }
    let words = ids.iter().flat_map(|id| [id.as_str(), id.category()]);
    let nearest = words
        .map(|word| (strsim::damerau_levenshtein(word, plain), word))
        .min()
        .filter(|(distance, word)| *distance * 3 <= word.len());
    Err(match nearest {
        Some((_, word)) => format!("`{name}` is neither a rule nor a category: did you mean `{word}`?"),
        None => format!("`{name}` is neither a rule nor a category: `rke2-lint rules` lists them"),
    })
}
