//! Turns arguments and settings into options of the engine. Arguments override settings.

use std::io::{self, Read as _};
use std::path::PathBuf;
use std::sync::Arc;

use super::arguments::{CheckArguments, FileArguments, SeverityArgument, TreeArguments};
use crate::catalog::{self, Target};
use crate::cli::Failure;
use crate::engine::{HostFactsError, Options, Overlay, Reach, host_facts, shown};
use crate::read::too_large;
use crate::rule::Rule;
use crate::settings::{self, Base, Found, Level, Levels, Paths, Settings, all_rules, check_name};
use crate::source::{MAX_FILE_BYTES, SourceFile};
use crate::suppress::baseline::Baseline;

/// Everything that is known before linting starts.
pub struct Prepared {
    /// The options of the engine.
    pub options: Options,
    /// The settings.
    pub settings: Settings,
    /// Where the settings file was found.
    pub found: Found,
    /// The effective baseline, as shown to the user.
    pub baseline: Option<String>,
    /// All releases named in arguments or settings.
    pub targets: Vec<Target>,
}

/// Reads settings, rules and baseline, and combines them with the arguments.
pub fn prepare(arguments: &CheckArguments) -> Result<Prepared, Failure> {
    let (settings, found) = settings(&arguments.tree.files)?;
    let rules = all_rules(&settings, &arguments.rules, shown)?;
    settings.check_rules(&rules).map_err(several)?;
    let mut options = tree_options(&arguments.tree, &settings, rules)?;
    options.listing = arguments.verbose;
    let mut levels = std::mem::take(&mut options.levels);
    set_levels(&mut levels, arguments, &options.rules)?;
    options.levels = levels;
    options.min_severity = arguments.min_severity;
    options.record = arguments.write_baseline.is_some();
    options.hosts = hosts(&arguments.host)?;
    let baseline = baseline(arguments, &settings);
    if let Some(file) = &baseline {
        options.baseline = Some(Baseline::load(file, &shown(file))?);
    }
    let clusters = options.clusters.iter().filter_map(|cluster| cluster.release.as_ref());
    let targets =
        options.release.iter().map(|(target, _)| target).chain(clusters.map(|release| &release.value));
    let targets = targets.cloned().collect();
    Ok(Prepared { options, settings, found, baseline: baseline.map(|file| shown(&file)), targets })
}

/// Reads files with node facts.
pub fn hosts(files: &[PathBuf]) -> Result<Vec<Arc<SourceFile>>, Failure> {
    let failed = |error: HostFactsError| Failure::Message(format!("--host: {error}"));
    files.iter().map(|name| host_facts(name).map_err(failed)).collect()
}

/// The effective settings.
pub fn settings(arguments: &FileArguments) -> Result<(Settings, Found), Failure> {
    if arguments.no_config {
        return Ok((Settings::default(), Found::default()));
    }
    settings::start(arguments.config.as_deref(), &working_folder()?, shown).map_err(several)
}

/// The engine options that concern the files and their meaning.
pub fn tree_options(
    arguments: &TreeArguments,
    settings: &Settings,
    rules: Vec<Rule>,
) -> Result<Options, Failure> {
    let mut options = file_options(&arguments.files, settings, rules)?;
    if let Some(text) = arguments.rke2_version.as_deref() {
        options.release = Some((release(text)?, "--rke2-version".to_owned()));
        for cluster in &mut options.clusters {
            cluster.release = None;
        }
    }
    Ok(options)
}

/// Like [`tree_options`], without a release.
pub fn file_options(
    arguments: &FileArguments,
    settings: &Settings,
    rules: Vec<Rule>,
) -> Result<Options, Failure> {
    let mut options = Options::new(settings, rules);
    options.reach = Reach { ignores: !arguments.no_ignore, docs: arguments.include_docs };
    if !arguments.exclude.is_empty() {
        let paths = Paths::new(&arguments.exclude, Base::default());
        options
            .exclude
            .push(paths.map_err(|(_, message)| Failure::Message(format!("--exclude: {message}")))?);
    }
    Ok(options)
}

/// The inputs: paths, and the text from standard input.
pub fn inputs(arguments: &CheckArguments) -> Result<(Vec<PathBuf>, Vec<Overlay>), Failure> {
    let mut paths = arguments.paths.clone();
    let mut overlays = Vec::new();
    if let Some(at) = paths.iter().position(|path| path.as_os_str() == "-") {
        let mut bytes = Vec::new();
        let failed = |error: io::Error| Failure::Message(format!("cannot read standard input: {error}"));
        io::stdin().lock().take(MAX_FILE_BYTES + 1).read_to_end(&mut bytes).map_err(failed)?;
        if bytes.len() as u64 > MAX_FILE_BYTES {
            return Err(failed(too_large(MAX_FILE_BYTES)));
        }
        // With a file name, the text is linted together with the rest of its cluster, even if the file does not exist
        // yet.
        let path = if let Some(file) = &arguments.stdin_filename {
            paths[at].clone_from(file);
            shown(file)
        } else {
            paths.remove(at);
            "stdin.yaml".to_owned()
        };
        overlays.push(Overlay { path, bytes });
    }
    Ok((paths, overlays))
}

/// The folder outside which symbolic links are not followed: the repository, or the working directory.
pub fn tree() -> Result<PathBuf, Failure> {
    let working = working_folder()?;
    let repository = working.ancestors().find(|folder| folder.join(".git").exists());
    Ok(repository.unwrap_or(&working).to_owned())
}

/// The working directory.
pub fn working_folder() -> Result<PathBuf, Failure> {
    std::env::current_dir()
        .map_err(|error| Failure::Message(format!("cannot read the working directory: {error}")))
}

fn release(text: &str) -> Result<Target, Failure> {
    let failed = |error: String| Failure::Message(format!("--rke2-version: {error}"));
    let spec = catalog::spec(text).map_err(|error| failed(error.to_string()))?;
    Target::of(spec).map_err(|error| failed(error.to_string()))
}

fn set_levels(levels: &mut Levels, arguments: &CheckArguments, rules: &[Rule]) -> Result<(), Failure> {
    let known = |option: &str, name: &str| {
        check_name(name, rules).map_err(|error| Failure::Message(format!("{option}: {error}")))
    };
    for name in &arguments.select {
        known("--select", name)?;
        levels.select(name);
    }
    for SeverityArgument(name, level) in &arguments.severity {
        known("--severity", name)?;
        levels.set(name, *level);
    }
    for name in &arguments.ignore {
        known("--ignore", name)?;
        levels.set(name, Level::Off);
    }
    Ok(())
}

/// The baseline with which findings are compared; `None` if a new one is written.
fn baseline(arguments: &CheckArguments, settings: &Settings) -> Option<PathBuf> {
    if arguments.write_baseline.is_some() {
        return None;
    }
    arguments.baseline.clone().or_else(|| settings.baseline.as_ref().map(|file| file.value.clone()))
}

/// An error that may list several mistakes, one per line.
fn several(error: impl std::fmt::Display) -> Failure {
    Failure::Message(error.to_string().replace('\n', "\nerror: "))
}
