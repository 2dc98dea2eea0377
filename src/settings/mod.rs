//! The user's options: `.rke2-lint.yaml`, and the levels of rules. This layer must not lint or print.

#[cfg(feature = "disk")]
#[expect(clippy::disallowed_methods, reason = "looks for a settings file in each folder above")]
mod find;
mod levels;
#[cfg(feature = "disk")]
#[expect(clippy::disallowed_methods, reason = "reads folders of rules")]
mod own_rules;
mod paths;
mod read;
pub mod reference;
pub mod schema;
pub mod shape;

use std::path::PathBuf;
use std::sync::Arc;

#[cfg(feature = "disk")]
pub use find::{Found, LoadError, find, load, load_catalog, start};
pub use levels::{Level, Levels, UnknownLevel};
#[cfg(feature = "disk")]
pub use own_rules::{OwnRulesError, all_rules, rules_below};
pub use paths::{Base, Paths};
pub use read::parse;

use crate::catalog::Target;
use crate::prose;
use crate::rule::Rule;
use crate::source::{Position, SourceFile};
use crate::spelling;
use crate::yaml::{Document, NodeRef, Stream};

/// The names of a settings file, the preferred one first.
pub const FILE_NAMES: &[&str] = &[".rke2-lint.yaml", ".rke2-lint.yml"];

/// The contents of a settings file.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// The file; `None` when there is none.
    pub source: Option<Arc<SourceFile>>,
    /// The folder that its paths are relative to.
    pub base: Base,
    /// The catalogue that replaces the built-in one.
    pub catalog: Option<Placed<PathBuf>>,
    /// The release to check against.
    pub release: Option<Placed<Target>>,
    /// Paths to skip.
    pub exclude: Option<Placed<Paths>>,
    /// Levels of rules and categories.
    pub rules: Vec<Placed<(String, Level)>>,
    /// Levels for some paths only.
    pub overrides: Vec<Override>,
    /// Declared clusters.
    pub clusters: Vec<ClusterSettings>,
    /// Folders with the user's own rules.
    pub rule_paths: Vec<Placed<PathBuf>>,
    /// The baseline.
    pub baseline: Option<Placed<PathBuf>>,
}

/// A setting with its place in the file.
#[derive(Clone, Debug)]
pub struct Placed<T> {
    /// The setting.
    pub value: T,
    /// Where it is written.
    pub at: Position,
}

/// Levels for some paths only.
#[derive(Clone, Debug)]
pub struct Override {
    /// The paths.
    pub paths: Paths,
    /// Levels of rules and categories.
    pub rules: Vec<Placed<(String, Level)>>,
}

/// The settings of a cluster. Its facts stay in the file: see [`facts`].
#[derive(Clone, Debug)]
pub struct ClusterSettings {
    /// The name shown to the user.
    pub name: String,
    /// Its files; `None` for all.
    pub paths: Option<Paths>,
    /// Folders that are manifests directories, relative to the folder of the settings, without a trailing slash.
    pub manifests: Vec<String>,
    /// Its configuration files, which are read as such regardless of their contents.
    pub configs: Option<Paths>,
    /// Its release.
    pub release: Option<Placed<Target>>,
}

impl ClusterSettings {
    /// Whether a file belongs to the cluster. `name` is relative to the folder of the settings; `shown` is matched with
    /// patterns.
    pub fn holds(&self, shown: &str, name: &str) -> bool {
        self.paths.as_ref().is_none_or(|paths| paths.matches(shown))
            || self.configs.as_ref().is_some_and(|configs| configs.matches(shown))
            || self.manifest_folder(name).is_some()
    }

    /// The manifests directory that contains a name, which is relative to the folder of the settings.
    pub fn manifest_folder(&self, name: &str) -> Option<&str> {
        let below =
            |folder: &&String| name.strip_prefix(folder.as_str()).is_some_and(|rest| rest.starts_with('/'));
        self.manifests.iter().find(below).map(String::as_str)
    }
}

/// Facts in the settings about files or hosts of a cluster that are not in the tree.
#[derive(Clone, Copy, Debug)]
pub struct Facts<'a> {
    /// Keys of config.yaml.
    pub config: Option<NodeRef<'a>>,
    /// A map, or a list of maps.
    pub host: Option<NodeRef<'a>>,
}

/// The facts about a cluster, given by its index, from the parsed settings file.
pub fn facts(stream: &Stream, cluster: usize) -> Option<Facts<'_>> {
    let root = stream.documents().next().and_then(Document::root)?;
    let cluster = root.get("clusters")?.items().nth(cluster)?;
    let given = |key: &str| cluster.get(key).filter(|node| !node.is_null());
    Some(Facts { config: given("config"), host: given("host") })
}

impl Settings {
    /// The name of the file, as shown to the user.
    pub fn path(&self) -> Option<&str> {
        self.source.as_deref().map(SourceFile::path)
    }

    /// A place in the file, for messages: `.rke2-lint.yaml:3`.
    pub fn place(&self, at: Position) -> String {
        format!("{}:{}", self.path().unwrap_or_default(), at.line)
    }

    /// The levels in the settings.
    pub fn levels(&self) -> Levels {
        let entries = |rules: &[Placed<(String, Level)>]| -> Vec<(String, Level)> {
            rules.iter().map(|rule| rule.value.clone()).collect()
        };
        let mut levels = Levels::default();
        levels.layer(None, entries(&self.rules));
        for over in &self.overrides {
            levels.layer(Some(over.paths.clone()), entries(&over.rules));
        }
        levels
    }

    /// Checks that all names of rules and categories exist. This is not possible while reading the settings, because
    /// they contain the folders of the user's own rules.
    ///
    /// # Errors
    /// All unknown names, with their places.
    pub fn check_rules(&self, rules: &[Rule]) -> Result<(), SettingsErrors> {
        let named = self.rules.iter().chain(self.overrides.iter().flat_map(|over| &over.rules));
        let mistakes: Vec<Mistake> = named
            .filter_map(|rule| {
                let error = check_name(&rule.value.0, rules).err()?;
                Some(Mistake { at: rule.at, message: error.to_string() })
            })
            .collect();
        if mistakes.is_empty() {
            return Ok(());
        }
        Err(SettingsErrors { path: self.path().unwrap_or_default().to_owned(), mistakes })
    }
}

/// An error in the settings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// The place.
    pub at: Position,
    /// What is wrong, lower-case start.
    pub message: String,
}

/// All errors in a settings file; never empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettingsErrors {
    /// The file.
    pub path: String,
    /// In the order of the file.
    pub mistakes: Vec<Mistake>,
}

impl SettingsErrors {
    /// Each error with its place: `path:line:column: message`.
    pub fn lines(&self) -> impl Iterator<Item = String> {
        self.mistakes
            .iter()
            .map(|Mistake { at, message }| format!("{}:{}:{}: {message}", self.path, at.line, at.column))
    }
}

impl std::fmt::Display for SettingsErrors {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.lines().collect::<Vec<_>>().join("\n"))
    }
}

impl std::error::Error for SettingsErrors {}

/// A name that is neither a rule nor a category.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown rule or category `{name}`; {}", self.advice())]
pub struct UnknownName {
    /// The name.
    pub name: String,
    /// The known names that may be meant, in backticks: a misspelling, or rules of this name without their categories.
    pub near: Vec<String>,
}

impl UnknownName {
    fn advice(&self) -> String {
        match self.near.as_slice() {
            [] => "`rke2-lint rules` lists them".to_owned(),
            near => format!("did you mean {}?", prose::or(near)),
        }
    }
}

/// Checks that a name is a rule or a category.
///
/// # Errors
/// The name is unknown; a similar name is suggested.
pub fn check_name(name: &str, rules: &[Rule]) -> Result<(), UnknownName> {
    let plain = name.strip_suffix("/*").unwrap_or(name);
    if rules.iter().any(|rule| rule.is_named(plain)) {
        return Ok(());
    }
    let ids = || rules.iter().map(|rule| rule.info.id.as_str());
    let near: Vec<&str> = ids().filter(|id| name_of(id) == plain).collect();
    let known = || rules.iter().flat_map(|rule| [rule.info.id.as_str(), rule.info.id.category()]);
    let near = if near.is_empty() { nearest(plain, known()).into_iter().collect() } else { near };
    Err(UnknownName {
        name: name.to_owned(),
        near: near.into_iter().map(|word| format!("`{word}`")).collect(),
    })
}

/// The name of a rule without its category.
pub fn name_of(id: &str) -> &str {
    id.split_once('/').map_or(id, |(_, name)| name)
}

/// The known word that a word of any length may be a misspelling of.
pub fn nearest<'w>(word: &str, known: impl IntoIterator<Item = &'w str>) -> Option<&'w str> {
    spelling::nearest(word, known, word.len())
}
