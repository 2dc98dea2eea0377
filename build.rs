//! Embeds the rule files, and generates a module for each file in `src/rule/checks` and `src/unit/formats`, so that
//! adding a rule or a host format only adds files, without editing a list.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

#[path = "src/rule/head.rs"]
mod head;
#[path = "src/rule/needs.rs"]
mod needs;
#[path = "src/rule/raw.rs"]
mod raw;

use head::{Applies, Head};
use raw::{Entry, Raw};

/// The fields of a rule that define what it reports and when; all other fields are its head.
const BODY: &[&str] = &["for-each", "let", "when", "cases", "report", "fix", "all"];

/// The prefix of the comment in a rule file that explains why its check is in Rust.
const REASON: &str = "# Rust: ";

fn main() {
    let root = PathBuf::from(std::env::var("CARGO_MANIFEST_DIR").expect("cargo sets it"));
    let out = PathBuf::from(std::env::var("OUT_DIR").expect("cargo sets it"));
    println!("cargo::rerun-if-changed=rules");
    println!("cargo::rerun-if-changed=src/rule/checks");
    println!("cargo::rerun-if-changed=src/unit/formats");
    println!("cargo::rerun-if-changed=docs/rules");
    let (rules, explanations) = rules(&root.join("rules"));
    fs::write(out.join("rules.bin"), rules).expect("OUT_DIR is writable");
    fs::write(out.join("explanations.txt"), explanations).expect("OUT_DIR is writable");
    fs::write(out.join("pages.rs"), pages(&root.join("docs/rules"))).expect("OUT_DIR is writable");
    fs::write(out.join("checks.rs"), checks(&root.join("src/rule/checks"))).expect("OUT_DIR is writable");
    fs::write(out.join("formats.rs"), formats(&root.join("src/unit/formats"))).expect("OUT_DIR is writable");
    for (name, table) in tables(&root.join("src/unit/formats")) {
        fs::write(out.join(name), table).expect("OUT_DIR is writable");
    }
}

/// The number of rule files followed by all files in a compact encoding, and the explanations of all rules.
fn rules(folder: &Path) -> (Vec<u8>, String) {
    let mut files = Vec::new();
    collect(folder, &mut files);
    let id = |path: &PathBuf| {
        let id = path.strip_prefix(folder).expect("below the folder").with_extension("");
        id.to_string_lossy().replace('\\', "/")
    };
    files.sort();
    let mut coded = postcard::to_allocvec(&files.len()).expect("a number can be coded");
    let mut explanations = String::new();
    for path in files {
        let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let value: serde_yaml::Value =
            serde_yaml::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let Raw::Map(fields) = Raw::from(value) else { panic!("{}: not a map", path.display()) };
        let needs = needs::needs(&fields);
        let (mut body, head): (Vec<_>, Vec<_>) =
            fields.into_iter().partition(|field| BODY.contains(&field.key.as_ref()));
        if let Some(reason) = text.lines().find_map(|line| line.strip_prefix(REASON)) {
            let value = Raw::Text(reason.trim().to_owned().into());
            body.push(Entry { key: raw::REASON_KEY.into(), value });
        }
        let leading = leading(&body).map(|raw| postcard::to_allocvec(raw).expect("a condition can be coded"));
        let leading: Vec<u8> = leading.flatten().collect();
        let body = postcard::to_allocvec(&body).expect("a body can be coded");
        let id = id(&path);
        let url = format!("{}/blob/main/docs/rules/{id}.md", env!("CARGO_PKG_REPOSITORY"));
        let needs = needs.iter().map(String::as_str).collect();
        let fields = HeadFields { entries: &head, path: &path };
        let head = Head { leading: &leading, needs, ..fields.head(&id, &url, &body, &mut explanations) };
        coded.extend(postcard::to_allocvec(&head).expect("a head can be coded"));
    }
    (coded, explanations)
}

/// The first conditions of a body, up to one that contains names or wildcards, which become names.
fn leading(body: &[Entry]) -> impl Iterator<Item = &Raw> {
    fn has_names(raw: &Raw) -> bool {
        let is_name = |text: &str| text.contains('$') || text.contains("[*]");
        match raw {
            Raw::Text(text) => is_name(text),
            Raw::List(items) => items.iter().any(has_names),
            Raw::Map(entries) => entries.iter().any(|entry| is_name(&entry.key) || has_names(&entry.value)),
            Raw::Null | Raw::Bool(_) | Raw::Int(_) | Raw::Float(_) => false,
        }
    }
    let when = body.iter().find(|field| field.key == "when").map(|field| &field.value);
    let conditions = match when {
        Some(Raw::List(conditions)) => conditions.as_slice(),
        _ => &[],
    };
    conditions.iter().take_while(|condition| !has_names(condition))
}

/// The fields of a head. An error in one of them fails the build here, or is found by the test that compiles all rule
/// files.
struct HeadFields<'h> {
    entries: &'h [Entry],
    path: &'h Path,
}

impl<'h> HeadFields<'h> {
    fn head(&self, id: &'h str, url: &'h str, body: &'h [u8], explanations: &mut String) -> Head<'h> {
        let start = explanations.len();
        explanations.push_str(self.required("explanation"));
        let applies = match self.raw("applies") {
            Some(Raw::Map(entries)) => Self { entries, path: self.path },
            _ => Self { entries: &[], path: self.path },
        };
        Head {
            id,
            severity: self.required("severity"),
            summary: self.required("summary"),
            explanation: (start, explanations.len()),
            references: self.texts("references"),
            url,
            since: self.required("since"),
            yields_to: self.texts("yields-to"),
            aliases: self.texts("aliases"),
            fixable: self.raw("fixable") == Some(&Raw::Bool(true)),
            off_by_default: self.text("default") == Some("off"),
            check: self.text("check"),
            verdict: self.text("verdict"),
            rke2: applies.texts("rke2"),
            chart_version: applies.text("chart-version"),
            applies: applies.subject(),
            leading: &[],
            needs: Vec::new(),
            body,
        }
    }

    fn subject(&self) -> Applies<'h> {
        let Some(first) = self.entries.iter().find(|entry| !matches!(&*entry.key, "rke2" | "chart-version"))
        else {
            return Applies::Engine;
        };
        match &*first.key {
            "chart" => Applies::Charts(self.texts("chart")),
            "kind" => Applies::Kinds(self.texts("kind")),
            "config" => Applies::Config(self.required("config")),
            "registries" => Applies::Registries,
            "manifest-file" => Applies::ManifestFile,
            "cluster" => Applies::Cluster,
            other => panic!("{}: applies: unknown field `{other}`", self.path.display()),
        }
    }

    fn raw(&self, key: &str) -> Option<&'h Raw> {
        self.entries.iter().find(|entry| entry.key == key).map(|entry| &entry.value)
    }

    fn text(&self, key: &str) -> Option<&'h str> {
        self.texts(key).first().copied()
    }

    fn required(&self, key: &str) -> &'h str {
        self.text(key).unwrap_or_else(|| panic!("{}: missing field `{key}`", self.path.display()))
    }

    /// A string or a list of strings; empty if the key is missing.
    fn texts(&self, key: &str) -> Vec<&'h str> {
        let one = |raw: &'h Raw| match raw {
            Raw::Text(text) => &**text,
            _ => panic!("{}: {key}: expected a string", self.path.display()),
        };
        match self.raw(key) {
            None => Vec::new(),
            Some(Raw::List(items)) => items.iter().map(one).collect(),
            Some(raw) => vec![one(raw)],
        }
    }
}

/// A module for each check, and a table of all checks by name.
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

/// A module for each host format, and a table of all formats.
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

/// The tables of host formats as JSON, which is parsed many times faster than YAML.
fn tables(folder: &Path) -> Vec<(String, String)> {
    let mut files = Vec::new();
    collect(folder, &mut files);
    files.retain(|path| path.extension().is_some_and(|extension| extension == "yaml"));
    let table = |path: PathBuf| {
        let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let value: serde_yaml::Value =
            serde_yaml::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let name = path.with_extension("json").file_name().expect("a file").to_string_lossy().into_owned();
        (name, serde_json::to_string(&value).expect("keys of tables are texts"))
    };
    files.into_iter().map(table).collect()
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
