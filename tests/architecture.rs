//! Checks the `use crate::` lines of `src/` against the table of layers in CONTRIBUTING.md, and the size of files.

#![allow(clippy::unwrap_used, reason = "a helper that fails is a test that fails")]

mod common;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use common::{files_below, root};

/// Modules with their layer. A module may use modules of the same layer and of lower ones.
const LAYERS: &[(&str, u32)] = &[
    ("source", 0),
    ("read", 0),
    ("write", 0),
    ("prose", 0),
    ("spelling", 0),
    ("words", 0),
    ("threads", 0),
    ("yaml", 1),
    ("finding", 1),
    ("fingerprint", 1),
    ("probe", 1),
    ("release", 1),
    ("catalog", 2),
    ("rke2", 3),
    ("unit", 3),
    ("cluster", 4),
    ("schema", 4),
    ("rule", 5),
    ("settings", 6),
    ("suppress", 6),
    ("engine", 7),
    ("fix", 8),
    ("upgrade", 8),
    ("output", 8),
    ("show", 8),
    ("server", 9),
    ("docs", 8),
    ("cli", 9),
    ("lib", 10),
    ("main", 10),
];

/// Modules that must not use certain others, regardless of layers.
const FORBIDDEN: &[(&str, &[&str])] = &[("output", &["engine", "settings", "suppress", "rule", "cluster"])];

fn layer(module: &str) -> u32 {
    LAYERS
        .iter()
        .find(|(name, _)| *name == module)
        .map_or_else(|| panic!("no layer for `{module}`"), |(_, layer)| *layer)
}

/// Each use of another top-level module in `src/`, without tests: place, user, used module.
fn uses() -> Vec<(String, String, String)> {
    let source = root().join("src");
    let mut found = Vec::new();
    for path in files_below(&source) {
        let relative = path.strip_prefix(&source).unwrap().to_string_lossy().replace('\\', "/");
        let module = relative.split('/').next().unwrap().trim_end_matches(".rs").to_owned();
        let text = fs::read_to_string(&path).unwrap();
        // Tests may use any module.
        let lines = text.lines().take_while(|line| line.trim() != "#[cfg(test)]");
        for (index, line) in lines.enumerate() {
            let place = format!("src/{relative}:{}", index + 1);
            let used = modules_used(line).into_iter().filter(|used| *used != module);
            found.extend(used.map(|used| (place.clone(), module.clone(), used)));
        }
    }
    found
}

#[test]
fn layers_are_kept() {
    let is_forbidden = |module: &str, used: &str| {
        FORBIDDEN.iter().any(|(name, others)| *name == module && others.contains(&used))
    };
    let wrong: Vec<String> = uses()
        .into_iter()
        .filter(|(_, module, used)| layer(used) > layer(module) || is_forbidden(module, used))
        .map(|(place, module, used)| format!("{place}: `{module}` uses `{used}`"))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn modules_of_a_layer_do_not_use_each_other_in_circles() {
    let mut graph: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (_, module, used) in uses() {
        graph.entry(module).or_default().insert(used);
    }
    for module in graph.keys() {
        let mut reached = BTreeSet::new();
        let mut next: Vec<&String> = graph[module].iter().collect();
        while let Some(used) = next.pop() {
            if reached.insert(used) {
                next.extend(graph.get(used).into_iter().flatten());
            }
        }
        assert!(!reached.contains(module), "`{module}` uses itself by way of {reached:?}");
    }
}

#[test]
fn errors_have_types() {
    let is_text = |result: &str| result.strip_suffix("String").is_some_and(|ok| ok.trim_end().ends_with(','));
    for path in files_below(&root().join("src")) {
        let text = fs::read_to_string(&path).unwrap();
        let found: Vec<&str> = results(&text).filter(|result| is_text(result)).collect();
        assert!(found.is_empty(), "{}: an error that is a `String`: {found:?}", path.display());
        assert!(!text.contains("type Err = String"), "{}: an error that is a `String`", path.display());
    }
    let wrapped = "fn a() -> Result<\n    Vec<u8>,\n    String,\n>\nwhere";
    assert!(results(wrapped).all(is_text));
}

/// The arguments of each `Result<…>` in a text.
fn results(text: &str) -> impl Iterator<Item = &str> {
    text.match_indices("Result<").map(|(at, word)| {
        let arguments = &text[at + word.len()..];
        let mut depth = 1;
        let end = arguments.char_indices().find(|(at, c)| {
            depth += match c {
                '<' => 1,
                // The arrow of a function's type.
                '>' if !arguments[..*at].ends_with('-') => -1,
                _ => 0,
            };
            depth == 0
        });
        arguments[..end.map_or(0, |(at, _)| at)].trim().trim_end_matches(',')
    })
}

/// The modules after `crate::` in a line, outside comments.
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
