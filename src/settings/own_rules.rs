//! Reads the user's own rules. Must not compile them itself.

use std::path::Path;

use walkdir::WalkDir;

use crate::read;
use crate::rule::{self, Rule};

/// The rules in a folder: `category/name.yaml` below it. `shown` turns a path into the name for messages.
///
/// # Errors
/// What is wrong, with the place in the rule file where there is one.
pub fn rules_below(folder: &Path, shown: impl Fn(&Path) -> String) -> Result<Vec<Rule>, String> {
    let mut rules = Vec::new();
    for entry in WalkDir::new(folder).sort_by_file_name() {
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
