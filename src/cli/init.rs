//! `rke2-lint init`.

use std::fmt::Write as _;
use std::fs::OpenOptions;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use clap::Args;

use super::check::{TreeArguments, prepare};
use super::{CLEAN, Failure, unless_closed};
use crate::engine::{Options, lint};
use crate::finding::Problem;
use crate::rule;
use crate::settings::shape::TOP;
use crate::settings::{self, FILE_NAMES};
use crate::show::views;
use crate::suppress::baseline;

const BASELINE: &str = ".rke2-lint-baseline.json";
/// The width of a comment in columns.
const WIDTH: usize = 100;

/// The commented-out examples of keys without a value.
const EXAMPLES: &[(&str, &str)] = &[
    ("rke2-version", "rke2-version: v1.34.2+rke2r1"),
    ("catalog", "catalog: lint/embedded.bin"),
    ("exclude", "exclude: [vendor/**]"),
    ("rules", "rules:\n  config/even-number-of-servers: off"),
    ("overrides", "overrides:\n  - paths: [lab/**]\n    rules: {security: off}"),
    (
        "clusters",
        "clusters:\n  - name: prod\n    paths: [clusters/prod/**]\n    rke2-version: v1.34.2+rke2r1\n    config: {cni: cilium}",
    ),
    ("rule-paths", "rule-paths: [lint/rules]"),
    ("baseline", "baseline: .rke2-lint-baseline.json"),
];

/// Arguments of `init`.
#[derive(Debug, Args)]
pub struct InitArguments {
    /// Also write what is found now to a baseline, so that only new findings are reported
    #[arg(long)]
    baseline: bool,
    /// RKE2 release to record [default: the release that the files use]
    #[arg(long, value_name = "V")]
    rke2_version: Option<String>,
}

/// Writes a settings file to the working directory. Fails if there already is one.
pub fn run(arguments: &InitArguments) -> Result<u8, Failure> {
    let working = prepare::working_folder()?;
    if let Some(file) = settings::find(&working).file {
        let shown = crate::engine::shown(&file);
        return Err(Failure::Message(format!("{shown} exists already: edit it, or remove it first")));
    }
    let tree = TreeArguments { rke2_version: arguments.rke2_version.clone(), ..TreeArguments::default() };
    let mut options = prepare::tree_options(&tree, &settings::Settings::default(), rule::built_in())?;
    let paths = [PathBuf::from(".")];
    let release = match &arguments.rke2_version {
        Some(release) => Some(release.clone()),
        None => release(&paths, &options),
    };
    if arguments.baseline {
        options.record = true;
        write_baseline(&paths, &options)?;
    }
    let file = Path::new(FILE_NAMES[0]);
    let text = text(release.as_deref(), arguments.baseline);
    let mut opened = OpenOptions::new().write(true).create_new(true).open(file);
    let written = opened.as_mut().map_err(|error| io::Error::new(error.kind(), error.to_string()));
    written
        .and_then(|opened| opened.write_all(text.as_bytes()))
        .map_err(|error| Failure::Message(format!("cannot write {}: {error}", file.display())))?;
    unless_closed(writeln!(io::stderr(), "wrote {}{}", file.display(), about(release.as_deref())))?;
    Ok(CLEAN)
}

fn about(release: Option<&str>) -> String {
    match release {
        Some(release) => format!(" for release {release}"),
        None => "; the files name no single release: set `rke2-version` in it for more findings".to_owned(),
    }
}

/// The release that the files use, if they determine one.
fn release(paths: &[PathBuf], options: &Options) -> Option<String> {
    let (views, _) = views(paths, options);
    let mut releases = views.iter().map(|view| view.release.as_ref());
    let first = releases.next()??;
    releases.all(|release| release == Some(first)).then(|| first.clone())
}

fn write_baseline(paths: &[PathBuf], options: &Options) -> Result<(), Failure> {
    let report = lint(paths, Vec::new(), options);
    if let Some(Problem { path, message }) = report.problems.first() {
        return Err(Failure::Message(format!("nothing was written: {path}: {message}")));
    }
    let tree = prepare::tree()?;
    baseline::write(Path::new(BASELINE), &tree, &baseline::render(&report.recorded))
        .map_err(|error| Failure::Message(format!("cannot write the baseline {BASELINE}: {error}")))?;
    let count = report.recorded.len();
    let words = if count == 1 { "finding" } else { "findings" };
    unless_closed(writeln!(io::stderr(), "wrote {BASELINE}: {count} {words}"))
}

/// The text of the settings file: every key with a comment; keys without a value are commented out.
fn text(release: Option<&str>, has_baseline: bool) -> String {
    let mut text = format!(
        "# yaml-language-server: $schema={}/main/docs/settings.schema.json\n\
         # Settings of rke2-lint. Paths are relative to this file. All keys: {}/blob/main/docs/settings.md\n",
        env!("CARGO_PKG_REPOSITORY").replace("github.com", "raw.githubusercontent.com"),
        env!("CARGO_PKG_REPOSITORY"),
    );
    for key in TOP {
        text.push('\n');
        for line in textwrap::wrap(key.about, WIDTH) {
            let _ = writeln!(text, "# {line}");
        }
        let example = EXAMPLES.iter().find(|(name, _)| *name == key.name).map_or("", |(_, example)| example);
        match (key.name, release) {
            ("rke2-version", Some(release)) => {
                let _ = writeln!(text, "rke2-version: {release}");
            }
            ("baseline", _) if has_baseline => {
                let _ = writeln!(text, "baseline: {BASELINE}");
            }
            _ => {
                for line in example.lines() {
                    let _ = writeln!(text, "#{line}");
                }
            }
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::settings::{Base, parse};
    use crate::source::SourceFile;

    fn read(text: String) -> settings::Settings {
        parse(Arc::new(SourceFile::new(FILE_NAMES[0], text)), Base::default()).unwrap()
    }

    #[test]
    fn every_key_is_shown_and_can_be_switched_on() {
        let text = text(None, false);
        assert!(read(text.clone()).release.is_none());
        let on: Vec<&str> = text
            .lines()
            .map(|line| {
                line.strip_prefix('#')
                    .filter(|rest| !rest.starts_with("# ") && !is_prose(line))
                    .unwrap_or(line)
            })
            .collect();
        let settings = read(on.join("\n"));
        assert!(settings.release.is_some() && settings.baseline.is_some() && settings.catalog.is_some());
        assert_eq!((settings.rules.len(), settings.overrides.len(), settings.clusters.len()), (1, 1, 1));
        settings.check_rules(&rule::built_in()).unwrap();
        for key in TOP {
            assert!(EXAMPLES.iter().any(|(name, _)| *name == key.name), "{}", key.name);
        }
    }

    /// Prose has exactly one space after the `#`; examples have none, or as many as their indentation.
    fn is_prose(line: &str) -> bool {
        line.starts_with("# ") && !line.starts_with("#  ")
    }

    #[test]
    fn what_is_known_is_set() {
        let settings = read(text(Some("v1.34.2+rke2r1"), true));
        assert_eq!(settings.release.unwrap().value.to_string(), "v1.34.2+rke2r1");
        assert_eq!(settings.baseline.unwrap().value, Path::new(BASELINE));
    }
}
