//! Helpers of all integration tests: fixtures and the built program.
#![allow(dead_code, reason = "each test program uses its own part")]
#![allow(clippy::unwrap_used, reason = "a helper that fails is a test that fails")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::{Arc, LazyLock};

use rke2_lint::catalog::Target;
use rke2_lint::engine::{Input, Options, Previous, PreviousFile, lint_sources};
use rke2_lint::finding::Report;
use rke2_lint::output::{self, Format, RenderOptions};
use rke2_lint::rke2::addon;
use rke2_lint::rke2::classify::is_overlay_name;
use rke2_lint::rule::{self, Rule};
use rke2_lint::settings::{self, Base, Level, Settings};
use rke2_lint::source::SourceFile;

/// A HelmChartConfig in the wrong namespace: one error, on its fifth line.
pub const WRONG: &str = "apiVersion: helm.cattle.io/v1
kind: HelmChartConfig
metadata:
  name: rke2-cilium
  namespace: default
spec:
  valuesContent: |-
    hubble: {}
";

/// The built-in rules, compiled once for all fixtures.
pub static RULES: LazyLock<Arc<[Rule]>> = LazyLock::new(|| rule::built_in().into());

/// The project's root.
pub fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// The identifiers of all rule files, sorted.
pub fn rule_ids() -> Vec<String> {
    let folder = root().join("rules");
    let mut ids: Vec<String> = files_below(&folder)
        .into_iter()
        .filter(|path| path.extension().is_some_and(|extension| extension == "yaml"))
        .map(|path| {
            path.strip_prefix(&folder).unwrap().with_extension("").to_string_lossy().replace('\\', "/")
        })
        .collect();
    ids.sort();
    ids
}

/// The fixture trees of a rule whose names start with `side` (`bad` or `good`), sorted.
pub fn fixture_sides(id: &str, side: &str) -> Vec<PathBuf> {
    let folder = root().join("testdata/rules").join(id);
    let mut sides: Vec<PathBuf> = fs::read_dir(&folder)
        .map(|entries| entries.flatten().map(|entry| entry.path()).collect())
        .unwrap_or_default();
    sides.retain(|path| path.file_name().unwrap().to_string_lossy().starts_with(side));
    sides.sort();
    sides
}

/// Lints a fixture tree as if it were the working directory, with its `.rke2-lint.yaml`. `rule` is enabled even if it
/// is off by default.
pub fn lint_fixture(tree: &Path, rule: Option<&str>) -> Report {
    let fixture = Fixture::read(tree);
    let mut options = fixture.options(&RULES);
    if let Some(rule) = rule {
        options.levels.set(rule, Level::Default);
    }
    lint_sources(fixture.sources, None, &options)
}

/// A fixture tree in memory.
#[derive(Clone)]
pub struct Fixture {
    /// The files to lint, by path within the tree.
    pub sources: BTreeMap<String, Input>,
    /// The previous tree, if the fixture contains one.
    pub before: Option<Vec<PreviousFile>>,
    /// The target release of an upgrade, if the fixture names one.
    pub upgrade: Option<Target>,
    /// The settings from its `.rke2-lint.yaml`.
    pub settings: Settings,
}

impl Fixture {
    /// Reads a tree.
    pub fn read(tree: &Path) -> Self {
        let settings =
            fs::read_to_string(tree.join(SETTINGS)).map_or_else(|_| Settings::default(), Self::settings);
        let mut sources = sources_below(tree);
        let exclude = settings.exclude.as_ref();
        sources.retain(|shown, _| !exclude.is_some_and(|exclude| exclude.value.matches(shown)));
        let old = tree.join(BEFORE);
        let before = old.is_dir().then(|| {
            sources.retain(|shown, _| !shown.starts_with(BEFORE));
            let old = sources_below(&old).into_iter();
            old.map(|(path, input)| PreviousFile { shown: format!("{BEFORE}/{path}"), path, input }).collect()
        });
        let upgrade = fs::read_to_string(tree.join(UPGRADE)).ok();
        let upgrade = upgrade.map(|text| Target::of(text.trim().parse().unwrap()).unwrap());
        Self { sources, before, upgrade, settings }
    }

    /// Parses settings.
    pub fn settings(text: String) -> Settings {
        settings::parse(Arc::new(SourceFile::new(SETTINGS, text)), Base::default()).unwrap()
    }

    /// The options for a run over the tree.
    pub fn options(&self, rules: &Arc<[Rule]>) -> Options {
        self.settings.check_rules(rules).unwrap();
        let mut options = Options::new(&self.settings, Arc::clone(rules));
        options.upgrade.clone_from(&self.upgrade);
        options.previous = self.before.clone().map(|files| Previous { files });
        options
    }
}

/// The settings file of a fixture tree.
pub const SETTINGS: &str = ".rke2-lint.yaml";
/// The file of a fixture tree that names the target release of an upgrade.
const UPGRADE: &str = ".upgrade-to";
/// The folder of a fixture tree that contains the previous tree.
const BEFORE: &str = ".before";

/// All files of a tree, by path within the tree.
pub fn sources_below(tree: &Path) -> BTreeMap<String, Input> {
    files_below(tree)
        .into_iter()
        .map(|path| {
            let shown = path.strip_prefix(tree).unwrap().to_string_lossy().replace('\\', "/");
            match fs::read(&path) {
                Ok(bytes) => (shown, Input::Bytes(bytes)),
                Err(_) => (shown, Input::DanglingLink),
            }
        })
        .filter(|(shown, _)| {
            let name = shown.rsplit('/').next().unwrap_or(shown);
            let is_read = addon::has_manifest_extension(shown)
                || addon::is_skip_mark(shown)
                || is_overlay_name(name)
                || rke2_lint::unit::may_host(name)
                || rke2_lint::unit::is_page(shown);
            is_read && shown != SETTINGS
        })
        .collect()
}

/// Renders without colour.
pub fn render(report: &Report, format: Format) -> String {
    let mut out = Vec::new();
    output::render(format, report, &RenderOptions::default(), &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

/// Runs the built program in a folder with a neutral environment.
pub fn run_in(folder: &Path, arguments: &[&str]) -> Output {
    program(folder).args(arguments).output().unwrap()
}

/// The command for the built program in a folder with a neutral environment.
pub fn program(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_rke2-lint"));
    command.current_dir(folder).env_clear();
    command
}

/// A temporary folder with these files, and a `.git` folder that makes it a repository.
pub fn tree(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join(".git")).unwrap();
    for (path, text) in files {
        write(folder.path(), path, text);
    }
    folder
}

/// Writes a file and creates its parent folders.
pub fn write(folder: &Path, path: &str, text: &str) {
    let file = folder.join(path);
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    fs::write(file, text).unwrap();
}

/// The result of a run: exit code, standard output, standard error.
pub fn said(folder: &Path, arguments: &[&str]) -> (i32, String, String) {
    let output = run_in(folder, arguments);
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

/// All files and links under a folder, sorted.
pub fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = walkdir::WalkDir::new(folder)
        .into_iter()
        .flatten()
        .filter(|entry| !entry.file_type().is_dir())
        .map(walkdir::DirEntry::into_path)
        .collect();
    files.sort();
    files
}
