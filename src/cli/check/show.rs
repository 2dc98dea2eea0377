//! `check --show-settings`: the effective settings and their sources.

use std::io::{self, Write as _};

use super::arguments::{CheckArguments, SeverityArgument};
use super::prepare::Prepared;
use crate::cli::{Failure, unless_closed};
use crate::settings::{Level, Placed, Settings};

/// Prints the effective settings, in the order of the settings file.
pub fn show(prepared: &Prepared, arguments: &CheckArguments) -> Result<(), Failure> {
    let text = lines(prepared, arguments).join("\n") + "\n";
    unless_closed(io::stdout().lock().write_all(text.as_bytes()))
}

fn lines(prepared: &Prepared, arguments: &CheckArguments) -> Vec<String> {
    let settings = &prepared.settings;
    let mut lines = vec![format!("settings: {}", origin(prepared, arguments))];
    lines.push(match &prepared.options.release {
        Some((target, origin)) => format!("rke2-version: {target}  # {origin}"),
        None => "rke2-version: not given".to_owned(),
    });
    heading(&mut lines, "exclude", || {
        let mut lines = Vec::new();
        if let Some(exclude) = &settings.exclude {
            let place = settings.place(exclude.at);
            lines.extend(exclude.value.patterns().iter().map(|pattern| format!("- {pattern}  # {place}")));
        }
        lines.extend(arguments.tree.files.exclude.iter().map(|pattern| format!("- {pattern}  # --exclude")));
        lines
    });
    heading(&mut lines, "rules", || {
        let mut lines = levels(settings, &settings.rules);
        let argument =
            |name: &str, level: Level, option: &str| format!("{name}: {}  # {option}", level.as_str());
        let severities = arguments.severity.iter();
        lines.extend(severities.map(|SeverityArgument(name, level)| argument(name, *level, "--severity")));
        lines.extend(arguments.ignore.iter().map(|name| argument(name, Level::Off, "--ignore")));
        lines
    });
    heading(&mut lines, "only these rules", || {
        arguments.select.iter().map(|name| format!("- {name}  # --select")).collect()
    });
    for over in &settings.overrides {
        heading(&mut lines, &format!("rules in {}", over.paths.patterns().join(", ")), || {
            levels(settings, &over.rules)
        });
    }
    for (cluster, in_force) in settings.clusters.iter().zip(&prepared.options.clusters) {
        let patterns =
            cluster.paths.as_ref().map_or("all files".to_owned(), |paths| paths.patterns().join(", "));
        let release = match &in_force.release {
            Some(release) => format!("; release {}  # {}", release.value, settings.place(release.at)),
            None => String::new(),
        };
        lines.push(format!("cluster {}: {patterns}{release}", cluster.name));
        if let Some(configs) = &cluster.configs {
            lines.push(format!("  configs: {}", configs.patterns().join(", ")));
        }
        if !cluster.manifests.is_empty() {
            lines.push(format!("  manifests: {}", cluster.manifests.join(", ")));
        }
    }
    heading(&mut lines, "rule-paths", || {
        let shown = |folder: &Placed<std::path::PathBuf>| {
            format!("- {}  # {}", crate::engine::shown(&folder.value), settings.place(folder.at))
        };
        let mut lines: Vec<String> = settings.rule_paths.iter().map(shown).collect();
        lines.extend(
            arguments.rules.iter().map(|folder| format!("- {}  # --rules", crate::engine::shown(folder))),
        );
        lines
    });
    if let Some(baseline) = &prepared.baseline {
        let place = match &settings.baseline {
            Some(written) if arguments.baseline.is_none() => settings.place(written.at),
            _ => "--baseline".to_owned(),
        };
        lines.push(format!("baseline: {baseline}  # {place}"));
    }
    lines
}

fn origin(prepared: &Prepared, arguments: &CheckArguments) -> String {
    match (&prepared.found.file, arguments.tree.files.no_config) {
        (_, true) => "none  # --no-config".to_owned(),
        (Some(file), _) if arguments.tree.files.config.is_some() => {
            format!(
                "{}  # --config; patterns are relative to the working directory",
                crate::engine::shown(file)
            )
        }
        (Some(file), _) => format!("{}  # patterns are relative to its folder", crate::engine::shown(file)),
        (None, _) => {
            format!("none  # no .rke2-lint.yaml here or above, up to {}", prepared.found.last.display())
        }
    }
}

fn levels(settings: &Settings, rules: &[Placed<(String, Level)>]) -> Vec<String> {
    let line = |rule: &Placed<(String, Level)>| {
        let (name, level) = &rule.value;
        format!("{name}: {}  # {}", level.as_str(), settings.place(rule.at))
    };
    rules.iter().map(line).collect()
}

fn heading(lines: &mut Vec<String>, name: &str, below: impl FnOnce() -> Vec<String>) {
    let below = below();
    if !below.is_empty() {
        lines.push(format!("{name}:"));
        lines.extend(below.into_iter().map(|line| format!("  {line}")));
    }
}
