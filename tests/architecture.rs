//! Holds the `use crate::` lines of `src/` against the table of layers in CONTRIBUTING.md, and files against
//! their limits.

#![allow(clippy::unwrap_used, reason = "a helper that fails is a test that fails")]

mod common;

use std::fs;

use common::{files_below, root};

/// Module and layer; a module may use those of its own and lower layers.
const LAYERS: &[(&str, u32)] = &[
    ("source", 0),
    ("read", 0),
    ("write", 0),
    ("spelling", 0),
    ("words", 0),
    ("threads", 0),
    ("yaml", 1),
    ("finding", 1),
    ("fingerprint", 1),
    ("probe", 1),
    ("rke2", 2),
    ("catalog", 2),
    ("unit", 2),
    ("cluster", 3),
    ("schema", 3),
    ("rule", 4),
    ("settings", 5),
    ("suppress", 5),
    ("engine", 6),
    ("fix", 7),
    ("upgrade", 7),
    ("output", 7),
    ("show", 7),
    ("server", 8),
    ("docs", 7),
    ("cli", 8),
    ("lib", 9),
    ("main", 9),
];

/// Modules that must not look at these, whatever their layer.
const FORBIDDEN: &[(&str, &[&str])] = &[("output", &["engine", "settings", "suppress", "rule", "cluster"])];

fn layer(module: &str) -> u32 {
    LAYERS
        .iter()
        .find(|(name, _)| *name == module)
        .map_or_else(|| panic!("no layer for `{module}`"), |(_, layer)| *layer)
}

#[test]
fn layers_are_kept() {
    let source = root().join("src");
    let mut wrong = Vec::new();
    for path in files_below(&source) {
        let relative = path.strip_prefix(&source).unwrap().to_string_lossy().replace('\\', "/");
        let module = relative.split('/').next().unwrap().trim_end_matches(".rs").to_owned();
        let text = fs::read_to_string(&path).unwrap();
        for (index, line) in text.lines().enumerate() {
            // Tests may use whatever helps them.
            if line.trim() == "#[cfg(test)]" {
                break;
            }
            for used in modules_used(line) {
                let forbidden =
                    FORBIDDEN.iter().any(|(name, others)| *name == module && others.contains(&used.as_str()));
                if layer(&used) > layer(&module) || forbidden {
                    wrong.push(format!("src/{relative}:{}: `{module}` uses `{used}`", index + 1));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The modules that a line names after `crate::`, outside comments.
fn modules_used(line: &str) -> Vec<String> {
    let code = line.split("//").next().unwrap();
    code.match_indices("crate::")
        .map(|(at, text)| {
            code[at + text.len()..].chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect()
        })
        .filter(|module: &String| !module.is_empty())
        .collect()
}

#[test]
fn files_say_what_they_are_and_stay_small() {
    let mut wrong = Vec::new();
    let sources = files_below(&root().join("src"));
    for path in sources.iter().filter(|path| path.extension().is_some_and(|extension| extension == "rs")) {
        let text = fs::read_to_string(path).unwrap();
        let lines = text.lines().count();
        if lines > 600 {
            wrong.push(format!("{}: {lines} lines", path.display()));
        }
        if !text.starts_with("//!") {
            wrong.push(format!("{}: no `//!` line", path.display()));
        }
        let name = path.file_stem().unwrap().to_string_lossy();
        if ["utils", "helpers", "common", "misc"].contains(&name.as_ref()) {
            wrong.push(format!("{}: a drawer", path.display()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn unsafe_code_stays_in_one_module() {
    for path in files_below(&root().join("src")) {
        let text = fs::read_to_string(&path).unwrap();
        let is_unsafe =
            ["unsafe {", "unsafe fn", "unsafe impl", "unsafe_code"].iter().any(|word| text.contains(word));
        assert!(!is_unsafe || path.ends_with("src/yaml/libyaml.rs"), "{} holds unsafe code", path.display());
    }
}

/// Modules that the feature `disk` brings along, or that hold a line of their own for it.
const OF_DISK: &[&str] = &[
    "cli",
    "engine/hosts.rs",
    "engine/ignores.rs",
    "engine/names.rs",
    "engine/previous/",
    "engine/reader.rs",
    "engine/site.rs",
    "engine/survey/walked.rs",
    "engine/traces.rs",
    "engine/walk/",
    "engine/workspace.rs",
    "fix/disk.rs",
    "main.rs",
    "output/",
    "probe",
    "read.rs",
    "server",
    "settings/find.rs",
    "settings/own_rules.rs",
    "settings/paths.rs",
    "show",
    "upgrade",
    "write.rs",
];

#[test]
fn only_modules_of_the_disk_know_files_and_processes() {
    let source = root().join("src");
    let mut wrong = Vec::new();
    for path in files_below(&source) {
        let relative = path.strip_prefix(&source).unwrap().to_string_lossy().replace('\\', "/");
        if OF_DISK.iter().any(|start| relative.starts_with(start)) {
            continue;
        }
        let text = fs::read_to_string(&path).unwrap();
        let code = text.split("#[cfg(test)]").next().unwrap();
        let words =
            ["std::fs", "std::env", "std::process", "std::thread", "walkdir::", ".exists()", ".is_dir()"];
        wrong.extend(
            words.iter().filter(|word| code.contains(**word)).map(|word| format!("src/{relative}: {word}")),
        );
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn nothing_prints_but_the_command_line() {
    for path in files_below(&root().join("src")) {
        let text = fs::read_to_string(&path).unwrap();
        let prints = ["println!", "print!", "dbg!", "io::stdout", "io::stderr"]
            .iter()
            .find(|word| text.contains(**word));
        let allowed = path.strip_prefix(root().join("src")).unwrap().starts_with("cli");
        assert!(allowed || prints.is_none(), "{} uses {prints:?}", path.display());
    }
}
