//! Embeds the rule files, and makes one module of each file in `src/rule/checks` and `src/unit/formats`, so that
//! adding a rule or a host format adds files and edits no list.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

#[path = "src/rule/raw.rs"]
mod raw;

/// The fields of a rule that say what it reports and when; the others are its head.
const BODY: &[&str] = &["for-each", "let", "when", "cases", "report", "fix", "all"];

/// The comment of a rule file that says why its check is in Rust.
const REASON: &str = "# Rust: ";

fn main() {
    let root = PathBuf::from(std::env::var("CARGO_MANIFEST_DIR").expect("cargo sets it"));
    let out = PathBuf::from(std::env::var("OUT_DIR").expect("cargo sets it"));
    println!("cargo::rerun-if-changed=rules");
    println!("cargo::rerun-if-changed=src/rule/checks");
    println!("cargo::rerun-if-changed=src/unit/formats");
    println!("cargo::rerun-if-changed=docs/rules");
    fs::write(out.join("rules.bin"), rules(&root.join("rules"))).expect("OUT_DIR is writable");
    fs::write(out.join("pages.rs"), pages(&root.join("docs/rules"))).expect("OUT_DIR is writable");
    fs::write(out.join("checks.rs"), checks(&root.join("src/rule/checks"))).expect("OUT_DIR is writable");
    fs::write(out.join("formats.rs"), formats(&root.join("src/unit/formats"))).expect("OUT_DIR is writable");
}

/// Every rule file, coded compactly, one after the other: its identifier, its head, and its body as bytes, so that a body
/// is decoded when a subject of its rule is found.
fn rules(folder: &Path) -> Vec<u8> {
    let mut files = Vec::new();
    collect(folder, &mut files);
    files.sort();
    files
        .iter()
        .flat_map(|path| {
            let text = fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            let value: serde_yaml::Value =
                serde_yaml::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            let id = path.strip_prefix(folder).expect("below the folder").with_extension("");
            let raw::Raw::Map(fields) = raw::Raw::from(value) else {
                panic!("{}: not a map", path.display())
            };
            let (mut body, head): (Vec<_>, Vec<_>) =
                fields.into_iter().partition(|field| BODY.contains(&field.key.as_ref()));
            if let Some(reason) = text.lines().find_map(|line| line.strip_prefix(REASON)) {
                let value = raw::Raw::Text(reason.trim().to_owned().into());
                body.push(raw::Entry { key: raw::REASON_KEY.into(), value });
            }
            let body = postcard::to_allocvec(&body).expect("a body can be coded");
            let rule = (id.to_string_lossy().replace('\\', "/"), head, body);
            postcard::to_allocvec(&rule).expect("a rule can be coded")
        })
        .collect()
}

/// A module for each check, and the table that finds them by name.
fn checks(folder: &Path) -> String {
    let mut files = Vec::new();
    collect(folder, &mut files);
    files.sort();
    let mut modules = String::new();
    let mut table = String::from("pub(super) const CHECKS: &[(&str, super::CheckFn)] = &[\n");
    for path in files {
        let name = path.file_stem().expect("a file").to_string_lossy().into_owned();
        writeln!(modules, "#[path = {:?}]\nmod {name};", path.display().to_string()).expect("text");
        writeln!(table, "    ({name:?}, {name}::check),").expect("text");
    }
    table.push_str("];\n");
    modules + &table
}

/// A module for each host format, and the table of all.
fn formats(folder: &Path) -> String {
    let mut files = Vec::new();
    collect(folder, &mut files);
    files.retain(|path| path.extension().is_some_and(|extension| extension == "rs"));
    files.sort();
    let mut modules = String::new();
    let mut table = String::from("pub const FORMATS: &[Format] = &[\n");
    for path in files {
        let name = path.file_stem().expect("a file").to_string_lossy().into_owned();
        writeln!(modules, "#[path = {:?}]\npub mod {name};", path.display().to_string()).expect("text");
        writeln!(table, "    {name}::FORMAT,").expect("text");
    }
    table.push_str("];\n");
    modules + &table
}

/// The generated page of each rule, for `explain`.
fn pages(folder: &Path) -> String {
    let mut files = Vec::new();
    collect(folder, &mut files);
    files.sort();
    let mut table = String::from("const PAGES: &[(&str, &str)] = &[\n");
    for path in files {
        let id = path.strip_prefix(folder).expect("below the folder").with_extension("");
        let id = id.to_string_lossy().replace('\\', "/");
        if id.contains('/') {
            writeln!(table, "    ({id:?}, include_str!({:?})),", path.display().to_string()).expect("text");
        }
    }
    table.push_str("];\n");
    table
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    println!("cargo::rerun-if-changed={}", folder.display());
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let path = entry.path();
        if path.is_dir() {
            collect(&path, files);
        } else if path
            .extension()
            .is_some_and(|extension| extension == "yaml" || extension == "rs" || extension == "md")
        {
            files.push(path);
        }
    }
}
