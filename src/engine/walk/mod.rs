//! Finds the files to lint, in one pass, sorted. Must not read them.

mod context;
mod names;

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use walkdir::WalkDir;

pub use context::context_roots;
pub use names::absolute;

use names::{Names, is_above_working};

use super::asked::{Asked, Reach, is_below, is_candidate, reason};
use super::ignores::{Ignores, Verdict};
use super::names::{push_name, shown, text_of};
use super::site::repository;

use crate::finding::Problem;
use crate::settings::{FILE_NAMES, Paths};
use crate::threads;

/// Folders that never contain RKE2 files.
pub(super) const SKIPPED_FOLDERS: &[&str] =
    &[".git", ".hg", ".svn", ".terraform", ".venv", "node_modules", "target"];

const EXCLUDED: &str = "excluded by a pattern";
const NOT_REGULAR: &str = "not a regular file";
const IGNORED: &str = "ignored by .gitignore (`--no-ignore` lints it)";
const OF_CHART: &str = "part of a Helm chart";
const OF_NODE: &str = "absolute symlink that the node resolves in its own file system";
/// The folder of a chart with the objects that it installs, which may be Rancher clusters or objects of
/// helm-controller.
const TEMPLATES: &str = "templates";

/// Number of folders in one level from which several threads read them.
const MANY_FOLDERS: usize = 8;

/// Where the system shows devices and its own state as files. A link from a repository to one of these would expose
/// secrets of this machine.
const SYSTEM: &[&str] = &["/dev", "/proc", "/sys"];

/// A file to lint.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Candidate {
    /// The name as shown to the user, with `/`.
    pub shown: String,
    /// The path to open.
    pub path: PathBuf,
    /// The folder that contains it, absolute, with `/`.
    pub place: Arc<str>,
    /// The target, if it is a symbolic link.
    pub link: Option<Arc<str>>,
    /// Whether it is a symbolic link without a target.
    pub dangling: bool,
    /// Whether it is a symbolic link to a part of config.yaml that is on the node only.
    pub on_node: bool,
    /// Whether it is a template of a Helm chart.
    pub of_chart: bool,
}

impl Candidate {
    /// A file that was not found by a walk, by the name that the user gave.
    pub fn at(shown: &str) -> Self {
        let path = absolute(Path::new(shown));
        let place = path.parent().map(text_of).unwrap_or_default().into();
        let of_chart = path.parent().is_some_and(context::is_template_of_chart);
        Self { shown: shown.to_owned(), path, place, link: None, dangling: false, on_node: false, of_chart }
    }
}

/// What a walk found.
#[derive(Debug, Default)]
pub struct Walk {
    /// Sorted by the name shown, each once.
    pub candidates: Vec<Candidate>,
    /// What the user asked for; `None` for everything that was found.
    pub asked: Option<Asked>,
    /// Number of files that are not YAML, among those that the user asked for.
    pub other: usize,
    /// Skipped paths, each with the reason.
    pub skipped: Vec<(String, String)>,
    /// Paths that the user named and that were skipped nevertheless, each with the reason.
    pub passed_over: Vec<(String, String)>,
    /// Paths that could not be walked.
    pub problems: Vec<Problem>,
    /// The folders that were walked completely.
    pub roots: Vec<PathBuf>,
}

/// Walks the paths that the user named, and the folders with the rest of their clusters. `given` returns whether the
/// text of a name is given, so that the file need not exist.
pub fn walk(paths: &[PathBuf], exclude: &[Paths], reach: Reach, given: impl Fn(&str) -> bool) -> Walk {
    let mut walk = Walk::default();
    let mut names = Names::new();
    let mut asked = Asked::default();
    let mut roots: BTreeSet<PathBuf> = BTreeSet::new();
    let mut folders: BTreeSet<PathBuf> = BTreeSet::new();
    let mut files: Vec<(PathBuf, String)> = Vec::new();
    for path in paths {
        let name = shown(path);
        match std::fs::metadata(path) {
            Ok(metadata) if metadata.is_dir() => {
                let folder = std::fs::canonicalize(path).unwrap_or_else(|_| absolute(path));
                names.add(&folder, path);
                let name = names.of(&folder);
                match context::part_of_chart(&folder).filter(|_| repository(&folder).is_none()) {
                    Some(reason) => walk.passed_over.push((name.clone(), reason.to_owned())),
                    None => roots.extend(context_roots(&folder)),
                }
                asked.folders.insert(name);
                if is_above_working(&folder) {
                    asked.folders.insert(".".to_owned());
                }
                folders.insert(folder);
            }
            Ok(metadata) if !metadata.is_file() && !given(&name) => {
                let message = "not a regular file; pipe it to `rke2-lint check -`".to_owned();
                walk.problems.push(Problem { path: name, message });
            }
            result if result.is_ok() || given(&name) => {
                // Files are often named by a program that does not know what the settings exclude.
                if exclude.iter().any(|exclude| exclude.matches(&name)) {
                    asked.files.insert(name.clone());
                    walk.skipped.push((name, EXCLUDED.to_owned()));
                    continue;
                }
                let file = absolute(path);
                let folder = file.parent().unwrap_or(Path::new("/"));
                if let Some(reason) = context::part_of_chart(folder) {
                    walk.passed_over.push((name, reason.to_owned()));
                    continue;
                }
                roots.extend(context_roots(folder));
                asked.files.insert(name.clone());
                files.push((file, name));
            }
            Ok(_) => {}
            Err(error) => walk.problems.push(Problem { path: name, message: reason(&error) }),
        }
    }
    let mistaken = std::mem::take(&mut walk.problems);
    let is_all = files.is_empty() && roots.iter().all(|root| folders.contains(root));
    let mut walked: Option<&PathBuf> = None;
    for root in &roots {
        // It is below a root that was already walked.
        if walked.is_some_and(|above| root.starts_with(above)) {
            continue;
        }
        walk.folder(root, &names, exclude, reach, &folders);
        walk.roots.push(root.clone());
        walked = Some(root);
    }
    walk.add_named(files);
    walk.say_what_is_missing(&asked);
    if !is_all {
        walk.keep_to(&asked);
        walk.asked = Some(asked);
    }
    walk.problems.extend(mistaken);
    threads::sort(&mut walk.candidates);
    walk.candidates.dedup_by(|later, earlier| later.shown == earlier.shown);
    walk
}

/// Walks one folder, and nothing around it.
pub fn below(folder: &Path, reach: Reach) -> Walk {
    let mut walk = Walk::default();
    let mut names = Names::new();
    let root = std::fs::canonicalize(folder).unwrap_or_else(|_| absolute(folder));
    names.add(&root, folder);
    walk.folder(&root, &names, &[], reach, &BTreeSet::from([root.clone()]));
    walk.candidates.sort_unstable();
    walk
}

/// A folder that has not been read yet, with its name as shown to the user.
struct Folder {
    path: PathBuf,
    shown: String,
    place: Arc<str>,
    /// Whether the user asked for its contents.
    asked: bool,
    /// Whether it contains the templates of a Helm chart.
    of_chart: bool,
    /// The ignore patterns of the folder above; `None` without any.
    above: Option<Arc<Ignores>>,
}

/// The contents of a folder.
#[derive(Default)]
struct Content {
    walk: Walk,
    folders: Vec<Folder>,
}

impl Walk {
    /// Reads a folder and everything below it: level by level, with the folders of a level in parallel.
    fn folder(
        &mut self,
        root: &Path,
        names: &Names,
        exclude: &[Paths],
        reach: Reach,
        asked: &BTreeSet<PathBuf>,
    ) {
        let repository = OnceLock::new();
        let repository = || repository.get_or_init(|| repository_of(root)).as_deref();
        let is_asked = |folder: &Path| folder.ancestors().any(|above| asked.contains(above));
        let mut level = vec![Folder {
            path: root.to_owned(),
            shown: names.of(root),
            place: text_of(root).into(),
            asked: is_asked(root),
            of_chart: context::is_template_of_chart(root),
            above: reach.ignores.then(|| Ignores::above(root)).flatten(),
        }];
        while !level.is_empty() {
            let read = |folder: Folder| read(&folder, names, exclude, reach, asked, &repository);
            let is_large = level.len() >= MANY_FOLDERS;
            let contents = threads::map(std::mem::take(&mut level), is_large, read);
            for content in contents {
                self.candidates.extend(content.walk.candidates);
                self.other += content.walk.other;
                self.skipped.extend(content.walk.skipped);
                self.problems.extend(content.walk.problems);
                level.extend(content.folders);
            }
        }
    }
}

fn read<'r>(
    folder: &Folder,
    names: &Names,
    exclude: &[Paths],
    reach: Reach,
    asked: &BTreeSet<PathBuf>,
    repository: &dyn Fn() -> Option<&'r Path>,
) -> Content {
    let Content { mut walk, mut folders } = Content::default();
    let is_chart = OnceLock::new();
    let is_chart = || *is_chart.get_or_init(|| folder.path.join("Chart.yaml").exists());
    let ignores = reach.ignores.then(|| Ignores::with(&folder.path, folder.above.as_ref())).flatten();
    for entry in WalkDir::new(&folder.path).min_depth(1).max_depth(1) {
        let entry = match entry {
            Ok(entry) => entry,
            Err(error) => {
                let path = error.path().map_or_else(|| folder.shown.clone(), |path| names.of(path));
                let message = error.io_error().map_or_else(|| error.to_string(), reason);
                walk.problems.push(Problem { path, message });
                continue;
            }
        };
        let name = entry.file_name().to_string_lossy();
        let shown = folder.entry(entry.file_name());
        let file_type = entry.file_type();
        if let Some(reason) = skip(file_type.is_dir(), &name, &shown, exclude, &is_chart) {
            walk.skipped.push((shown, reason));
            continue;
        }
        let is_candidate = file_type.is_dir() || is_candidate(&name, reach.docs);
        let verdict = ignores.as_ref().filter(|_| is_candidate).map_or(Verdict::Kept, |ignores| {
            ignores.verdict(&folder.path, entry.file_name(), file_type.is_dir())
        });
        if verdict == Verdict::Ignored {
            walk.skipped.push((shown, IGNORED.to_owned()));
            continue;
        }
        if file_type.is_dir() {
            let path = entry.path().to_owned();
            let shown = names.own(&path).map_or(shown, str::to_owned);
            let mut place = String::with_capacity(folder.place.len() + 16);
            place.push_str(folder.place.trim_end_matches('/'));
            place.push('/');
            push_name(&mut place, path.file_name().unwrap_or_default());
            let asked = folder.asked || asked.contains(&path);
            let of_chart = folder.of_chart || (name == TEMPLATES && is_chart());
            let above = match &ignores {
                Some(ignores) if verdict == Verdict::Tracked => Some(Ignores::untracked(&path, ignores)),
                _ => ignores.clone(),
            };
            folders.push(Folder { path, shown, place: place.into(), asked, of_chart, above });
            continue;
        }
        if FILE_NAMES.contains(&name.as_ref()) {
            continue;
        }
        if !is_candidate {
            walk.other += usize::from(folder.asked);
            continue;
        }
        if file_type.is_file() {
            walk.candidates.push(folder.candidate(shown, entry.into_path()));
        } else if file_type.is_symlink() {
            walk.link(folder.candidate(shown, entry.into_path()), repository);
        } else {
            walk.skipped.push((shown, NOT_REGULAR.to_owned()));
        }
    }
    Content { walk, folders }
}

impl Folder {
    fn candidate(&self, shown: String, path: PathBuf) -> Candidate {
        Candidate {
            shown,
            path,
            place: Arc::clone(&self.place),
            link: None,
            dangling: false,
            on_node: false,
            of_chart: self.of_chart,
        }
    }

    /// The name of an entry as shown to the user.
    fn entry(&self, name: &OsStr) -> String {
        let mut shown = String::with_capacity(self.shown.len() + 1 + name.len());
        if self.shown != "." {
            shown.push_str(&self.shown);
            if !shown.ends_with('/') {
                shown.push('/');
            }
        }
        push_name(&mut shown, name);
        shown
    }
}

impl Walk {
    /// Adds files that the user named and the walk did not find, for example because of their extension.
    fn add_named(&mut self, files: Vec<(PathBuf, String)>) {
        if files.is_empty() {
            return;
        }
        // Both are absolute paths without links. There are many of them, so they are compared byte by byte instead of
        // by component.
        let mut missed: BTreeMap<OsString, String> =
            files.into_iter().map(|(path, name)| (path.into_os_string(), name)).collect();
        for candidate in &mut self.candidates {
            // A file is shown as the user wrote it.
            if let Some(name) = missed.remove(candidate.path.as_os_str()) {
                candidate.shown = name;
            }
        }
        for (path, shown) in missed {
            let passed =
                self.skipped.iter().find(|(skipped, _)| *skipped == shown || is_below(&shown, skipped));
            if let Some((_, reason)) = passed {
                self.passed_over.push((shown, reason.clone()));
                continue;
            }
            self.candidates.push(Candidate { shown, ..Candidate::at(&text_of(Path::new(&path))) });
        }
    }

    /// Records why a folder that the user named is skipped, if it is.
    fn say_what_is_missing(&mut self, asked: &Asked) {
        for folder in &asked.folders {
            let passed =
                self.skipped.iter().find(|(skipped, _)| skipped == folder || is_below(folder, skipped));
            if let Some((_, reason)) = passed {
                self.passed_over.push((folder.clone(), reason.clone()));
            }
        }
    }

    /// Drops notes about files that the user did not ask for.
    fn keep_to(&mut self, asked: &Asked) {
        self.skipped.retain(|(path, _)| asked.holds(path));
        let problems = std::mem::take(&mut self.problems).into_iter();
        let (own, around): (Vec<Problem>, Vec<Problem>) =
            problems.partition(|problem| asked.is_touched_by(&problem.path));
        self.problems = own;
        self.skipped.extend(around.into_iter().map(|problem| (problem.path, problem.message)));
    }

    /// Adds the target of a symbolic link, if the link may be followed.
    fn link<'r>(&mut self, link: Candidate, repository: &dyn Fn() -> Option<&'r Path>) {
        match std::fs::metadata(&link.path) {
            Ok(metadata) if metadata.is_file() => {
                if let Some(reason) = leads_out(&link.path, repository()) {
                    self.skipped.push((link.shown, reason.to_owned()));
                } else {
                    let target = std::fs::canonicalize(&link.path).ok();
                    let target = target.map(|target| text_of(&target).into());
                    self.candidates.push(Candidate { link: target, ..link });
                }
            }
            Ok(_) => self.skipped.push((link.shown, NOT_REGULAR.to_owned())),
            Err(_) if is_resolved_elsewhere(&link) => {
                if is_of_config(&link) {
                    self.candidates.push(Candidate { on_node: true, ..link });
                } else {
                    self.skipped.push((link.shown, OF_NODE.to_owned()));
                }
            }
            Err(_) => self.candidates.push(Candidate { dangling: true, ..link }),
        }
    }
}

/// Whether the missing target of a link exists on the node: the link is absolute, and is in a copy of a node's files
/// rather than on the node itself.
fn is_resolved_elsewhere(link: &Candidate) -> bool {
    let is_on_node = ["/etc/rancher", "/var/lib/rancher"].iter().any(|folder| link.place.starts_with(folder));
    !is_on_node && std::fs::read_link(&link.path).is_ok_and(|target| target.is_absolute())
}

/// Whether a link is config.yaml or one of its drop-ins.
fn is_of_config(link: &Candidate) -> bool {
    let name = crate::source::file_name(&link.shown);
    let place = link.place.trim_end_matches('/');
    place.ends_with("/config.yaml.d") || (name == "config.yaml" && place.ends_with("/rancher/rke2"))
}

/// Why an entry is skipped, if it is.
fn skip(
    is_folder: bool,
    name: &str,
    shown: &str,
    exclude: &[Paths],
    is_chart: &dyn Fn() -> bool,
) -> Option<String> {
    if exclude.iter().any(|exclude| exclude.matches(shown)) {
        return Some(EXCLUDED.to_owned());
    }
    if !is_folder {
        return None;
    }
    if SKIPPED_FOLDERS.contains(&name) {
        return Some(format!("`{name}` folders contain no RKE2 files"));
    }
    (is_chart_part(name) && is_chart()).then(|| OF_CHART.to_owned())
}

/// Whether a folder of a chart with this name is internal to the chart.
fn is_chart_part(name: &str) -> bool {
    matches!(name, "charts" | "crds")
}

/// The outermost repository that contains a folder.
fn repository_of(folder: &Path) -> Option<PathBuf> {
    let real = std::fs::canonicalize(folder).ok()?;
    real.ancestors().filter(|ancestor| ancestor.join(".git").exists()).last().map(Path::to_owned)
}

/// Why a link to a file is not followed, if it is not. On a node, RKE2 follows links to any target. In a repository, a
/// target outside belongs to the machine that runs the check, and a finding could quote its contents.
fn leads_out(link: &Path, repository: Option<&Path>) -> Option<&'static str> {
    let target = std::fs::canonicalize(link).ok()?;
    if SYSTEM.iter().any(|folder| target.starts_with(folder)) {
        return Some("symlink to a system file");
    }
    let repository = repository?;
    let inside = target.strip_prefix(repository).is_ok_and(|rest| !rest.starts_with(".git"));
    (!inside).then_some("symlink out of the repository")
}
