//! Reads the user's own rules. Must not compile them itself.

use std::path::{Path, PathBuf};

use walkdir::WalkDir;

use super::Settings;
use crate::read;
use crate::rule::{self, Rule};

/// The rules in a folder: `category/name.yaml` below it, without the example trees in `category/name/`. `shown` turns a path into the name for messages.
///
/// # Errors
/// What is wrong, with the place in the rule file where there is one.
pub fn rules_below(folder: &Path, shown: impl Fn(&Path) -> String) -> Result<Vec<Rule>, String> {
    let mut rules = Vec::new();
    let walk = WalkDir::new(folder).sort_by_file_name().into_iter();
    for entry in walk.filter_entry(|entry| !is_of_rule(entry.path())) {
        let entry = entry.map_err(|error| match error.io_error() {
            Some(io) => format!("cannot read the rules folder {}: {io}", shown(folder)),
            None => format!("cannot read the rules folder {}: {error}", shown(folder)),
        })?;
        let is_rule =
            entry.path().extension().is_some_and(|extension| extension == "yaml" || extension == "yml");
        if !entry.file_type().is_file() || !is_rule {
            continue;
        }
        let name = shown(entry.path());
        let text = read::text(entry.path(), read::MAX_OWN_BYTES)
            .map_err(|error| format!("cannot read the rule file {name}: {error}"))?;
        let id = entry.path().strip_prefix(folder).unwrap_or(entry.path()).with_extension("");
        let id = id.to_string_lossy().replace('\\', "/");
        rules.push(rule::compile_file(&id, &name, &text).map_err(|error| error.to_string())?);
    }
    if rules.is_empty() {
        return Err(format!("no rule files in {}", shown(folder)));
    }
    Ok(rules)
}

/// Whether a folder holds the example trees of the rule next to it: `name/` of `name.yaml`.
fn is_of_rule(folder: &Path) -> bool {
    folder.is_dir() && ["yaml", "yml"].iter().any(|extension| folder.with_extension(extension).is_file())
}

/// The built-in rules, those in the folders that settings name, and those in `more`, which `--rules` names.
///
/// # Errors
/// What is wrong with a rule of the user's own, or two rules have one identifier.
pub fn all_rules(
    settings: &Settings,
    more: &[PathBuf],
    shown: impl Fn(&Path) -> String,
) -> Result<Vec<Rule>, String> {
    let mut rules = rule::built_in();
    let of_settings = settings
        .rule_paths
        .iter()
        .map(|folder| (&folder.value, format!("{}: rule-paths: ", settings.place(folder.at))));
    let folders = of_settings.chain(more.iter().map(|folder| (folder, "--rules: ".to_owned())));
    for (folder, origin) in folders {
        // A mistake in a rule file names the file and needs no more.
        let own = rules_below(folder, &shown).map_err(|error| {
            let place = if error.starts_with("no rule") || error.starts_with("cannot") {
                origin.as_str()
            } else {
                ""
            };
            format!("{place}{error}")
        })?;
        for rule in own {
            let names = rule.aliases.iter().chain([&rule.info.id]);
            if let Some(id) =
                names.into_iter().find(|id| rules.iter().any(|other| other.is_called(id.as_str())))
            {
                return Err(format!("{origin}duplicate rule `{id}`; use another category for your own rule"));
            }
            rules.push(rule);
        }
    }
    Ok(rules)
}
