//! The levels of rules and categories, for all files or for some. Must not know where levels are set.

use super::paths::Paths;
use crate::finding::{Severity, UnknownSeverity};
use crate::rule::Rule;

/// What to do with the findings of a rule or category.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// Not reported.
    Off,
    /// Reported with this severity.
    At(Severity),
    /// Reported with the rule's own severity.
    Default,
}

impl Level {
    /// The word for it in settings.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::At(severity) => severity.as_str(),
            Self::Default => "on",
        }
    }
}

/// A word that is not a level.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown level `{0}`; expected `off`, `info`, `warning`, `error`, or `on` (the rule's default)")]
pub struct UnknownLevel(pub String);

impl std::str::FromStr for Level {
    type Err = UnknownLevel;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            // Tools that use YAML 1.1 replace the words with these when they rewrite a file.
            "off" | "false" => Ok(Self::Off),
            "on" | "true" => Ok(Self::Default),
            text => text.parse().map(Self::At).map_err(|_: UnknownSeverity| UnknownLevel(text.to_owned())),
        }
    }
}

/// Levels in layers. A later layer overrides an earlier one; within a layer, a rule overrides its category, and a later
/// entry an earlier one.
#[derive(Clone, Debug, Default)]
pub struct Levels {
    layers: Vec<Layer>,
    /// Overrides all layers, for all files.
    top: Vec<(String, Level)>,
    /// When not empty, only these rules and categories are reported.
    selected: Vec<String>,
}

#[derive(Clone, Debug)]
struct Layer {
    /// The files it applies to; `None` for all.
    paths: Option<Paths>,
    entries: Vec<(String, Level)>,
}

impl Levels {
    /// Adds a layer that applies to some files, or to all.
    pub fn layer(&mut self, paths: Option<Paths>, entries: impl IntoIterator<Item = (String, Level)>) {
        let entries = entries.into_iter().map(|(name, level)| (plain(&name).to_owned(), level)).collect();
        self.layers.push(Layer { paths, entries });
    }

    /// Adds a layer for all files that all others override.
    pub fn beneath(&mut self, entries: impl IntoIterator<Item = (String, Level)>) {
        self.layer(None, entries);
        self.layers.rotate_right(1);
    }

    /// Sets the level of a rule (`category/name`) or category (`category`, `category/*`), overriding all layers.
    pub fn set(&mut self, name: &str, level: Level) {
        self.top.push((plain(name).to_owned(), level));
    }

    /// Restricts the report to this rule or category, and others that are selected.
    pub fn select(&mut self, name: &str) {
        self.selected.push(plain(name).to_owned());
    }

    /// Whether a rule may be reported in some file.
    pub fn may_enable(&self, rule: &Rule) -> bool {
        let entries = self.layers.iter().flat_map(|layer| &layer.entries).chain(&self.top);
        let mut names = entries.map(|(name, _)| name).chain(&self.selected);
        !rule.off_by_default || names.any(|name| rule.is_called(name))
    }

    /// Whether some levels apply to some files only.
    pub fn have_paths(&self) -> bool {
        self.layers.iter().any(|layer| layer.paths.is_some())
    }

    /// The patterns of layers that match none of these names, which are relative to the folder of the settings.
    pub fn unmatched<'l>(&'l self, names: &[&str]) -> Vec<&'l str> {
        let paths = self.layers.iter().filter_map(|layer| layer.paths.as_ref());
        paths.flat_map(|paths| paths.unmatched(names.iter().copied())).collect()
    }

    /// The severity of a rule's finding in a file; `None` when it is not to be reported.
    pub fn severity(&self, rule: &Rule, found: Severity, path: &str) -> Option<Severity> {
        let category = rule.info.id.category();
        let is_selected = self.selected.iter().any(|name| rule.is_called(name));
        let is_category_selected = self.selected.iter().any(|name| name == category);
        if !self.selected.is_empty() && !is_selected && !is_category_selected {
            return None;
        }
        match self.entry(rule, path) {
            // A rule or category that was selected by name is reported even if settings disable it.
            Some((name, Level::Off)) => {
                (is_selected || (name == category && is_category_selected)).then_some(found)
            }
            // A level for a category does not enable rules that are off by default; only a level for the rule itself
            // does.
            Some((name, _)) if name == category && rule.off_by_default && !is_selected => None,
            Some((_, Level::At(severity))) => Some(severity),
            None if rule.off_by_default && !is_selected => None,
            Some((_, Level::Default)) | None => Some(found),
        }
    }

    fn entry(&self, rule: &Rule, path: &str) -> Option<(&str, Level)> {
        let in_force = |layer: &&Layer| layer.paths.as_ref().is_none_or(|paths| paths.matches(path));
        let layers = self.layers.iter().rev().filter(in_force).map(|layer| &layer.entries);
        [&self.top].into_iter().chain(layers).find_map(|entries| {
            let entry = entries.iter().rev().find(|(name, _)| rule.is_called(name));
            let entry =
                entry.or_else(|| entries.iter().rev().find(|(name, _)| name == rule.info.id.category()));
            entry.map(|(name, level)| (name.as_str(), *level))
        })
    }
}

fn plain(name: &str) -> &str {
    name.strip_suffix("/*").unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rule::built_in;
    use crate::settings::Base;

    const ID: &str = "helm-chart-config/wrong-namespace";

    fn level(levels: &Levels, path: &str) -> Option<Severity> {
        let rules = built_in();
        let rule = rules.iter().find(|rule| rule.info.id.as_str() == ID).unwrap();
        levels.severity(rule, Severity::Error, path)
    }

    #[test]
    fn a_rule_beats_its_category_and_a_layer_the_one_below() {
        let mut levels = Levels::default();
        let entry = |name: &str, level| (name.to_owned(), level);
        levels.layer(None, [entry(ID, Level::At(Severity::Info)), entry("helm-chart-config", Level::Off)]);
        assert_eq!(level(&levels, "a"), Some(Severity::Info));
        let lab = Paths::new(&["lab/**".to_owned()], Base::default()).unwrap();
        levels.layer(Some(lab), [entry("helm-chart-config/*", Level::Off)]);
        assert_eq!(level(&levels, "lab/a"), None);
        assert_eq!(level(&levels, "a"), Some(Severity::Info));
        levels.set(ID, Level::At(Severity::Warning));
        assert_eq!(level(&levels, "lab/a"), Some(Severity::Warning));
    }

    #[test]
    fn what_is_selected_is_not_kept_back() {
        let mut levels = Levels::default();
        levels.layer(None, [("helm-chart-config".to_owned(), Level::Off)]);
        levels.select("helm-chart-config");
        assert_eq!(level(&levels, "a"), Some(Severity::Error));
        let mut levels = Levels::default();
        levels.layer(None, [(ID.to_owned(), Level::Off)]);
        levels.select("helm-chart-config");
        assert_eq!(level(&levels, "a"), None);
        levels.select(ID);
        assert_eq!(level(&levels, "a"), Some(Severity::Error));
    }
}
