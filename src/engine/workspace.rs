//! A tree that is loaded once and checked again after each change: only clusters with a changed file are checked again.
//! Must not decide what is reported.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::Path;
#[cfg(feature = "disk")]
use std::path::PathBuf;

use super::asked::{Asked, is_candidate};
use super::check::{Check, Outcome};
use super::load::Input;
use super::options::Options;
use super::outside::Outside;
use super::plan;
use super::previous::{self, Old};
use super::progress::Cancel;
#[cfg(feature = "disk")]
use super::reader::Disk;
use super::reader::{Overlaid, Reader as _};
use super::site::Site;
use super::store::{Change, Store};
use super::survey::{Origin, Survey};
use super::told::{self, Seen};
use crate::catalog::Target;
use crate::cluster::{Cluster, Layout, Members, Shared};
use crate::finding::{Problem, Report};
use crate::rke2::file::RkeFile;
use crate::rule::Selection;
use crate::rule::why::{self, Place, Question, Trace};
use crate::source::{SourceFile, Sources, Span};
use crate::threads;
use crate::yaml::Stream;

/// A tree of files that stays loaded between checks.
///
/// Paths are names as shown to the user: see [`shown`](super::shown).
///
/// ```
/// use rke2_lint::engine::{Options, Workspace};
///
/// let folder = tempfile::tempdir().unwrap();
/// let config = folder.path().join("config.yaml");
/// std::fs::write(&config, "token: secret\ntls-san: [rke2.example.com]\n").unwrap();
///
/// let options = Options::default();
/// let mut workspace = Workspace::open(&[folder.path().to_owned()], &options);
/// assert!(workspace.check().findings.is_empty());
///
/// let path = rke2_lint::engine::shown(&config);
/// workspace.set_text(&path, Some(b"token: secret\ntls-sans: [rke2.example.com]\n".to_vec()));
/// let report = workspace.check();
/// assert_eq!(report.findings[0].rule.as_str(), "config/unknown-key");
/// ```
pub struct Workspace<'o> {
    options: &'o Options,
    origin: Origin,
    site: Site,
    reader: Overlaid,
    /// `None` if it has to be loaded, for the first time or again.
    loaded: Option<Loaded>,
    /// Files that have changed.
    touched: BTreeSet<String>,
}

/// The loaded tree and its results.
struct Loaded {
    survey: Survey,
    store: Store,
    sources: Sources,
    settings: Option<RkeFile>,
    hosts: Vec<Stream>,
    /// The files of the previous tree.
    old_files: Old,
    layout: Layout,
    /// The results for each cluster of the layout; `None` if it has to be checked.
    outcomes: Vec<Option<Outcome>>,
}

impl<'o> Workspace<'o> {
    /// Opens files and folders, each with the rest of its cluster. The first check loads them.
    #[cfg(feature = "disk")]
    #[expect(clippy::disallowed_methods, reason = "paths are shown relative to the working directory")]
    pub fn open(paths: &[PathBuf], options: &'o Options) -> Self {
        let site = std::env::current_dir().map(|working| Site::at(&working)).unwrap_or_default();
        let reader = Overlaid { texts: BTreeMap::new(), below: Some(Box::new(Disk)) };
        let origin = Origin::Paths(paths.to_owned());
        Self { options, origin, site, reader, loaded: None, touched: BTreeSet::new() }
    }

    /// Opens texts without a file system: see [`lint_sources`](super::lint_sources).
    pub fn of_texts(
        sources: BTreeMap<String, Input>,
        named: Option<&BTreeSet<String>>,
        options: &'o Options,
    ) -> Self {
        let mut texts = BTreeMap::new();
        let mut dangling = BTreeSet::new();
        for (name, input) in sources {
            match input {
                Input::Bytes(bytes) => {
                    texts.insert(name, bytes.into());
                }
                Input::DanglingLink => {
                    dangling.insert(name);
                }
            }
        }
        let asked = named.map(|files| Asked { files: files.clone(), ..Asked::default() });
        let reader = Overlaid { texts, below: None };
        let origin = Origin::Texts { dangling, asked };
        Self { options, origin, site: Site::default(), reader, loaded: None, touched: BTreeSet::new() }
    }

    /// Sets a text that replaces a file on the disk; `None` removes that text.
    pub fn set_text(&mut self, path: &str, text: Option<Vec<u8>>) {
        if self.options.exclude.iter().any(|exclude| exclude.matches(path)) {
            return;
        }
        let is_same = match text {
            Some(text) => {
                let same = self.reader.texts.get(path).is_some_and(|old| **old == *text);
                self.reader.texts.insert(path.to_owned(), text.into());
                same
            }
            None => self.reader.texts.remove(path).is_none(),
        };
        if !is_same {
            self.touched.insert(path.to_owned());
        }
    }

    /// Records that a file or folder was created or changed on the disk.
    pub fn touch(&mut self, path: &str) {
        let name = Path::new(path).file_name().unwrap_or_default().to_string_lossy();
        // Both affect which other files are read.
        if matches!(name.as_ref(), ".gitignore" | "Chart.yaml") {
            self.loaded = None;
        } else if is_candidate(&name, self.options.reach.docs) || self.reader.is_folder(Path::new(path)) {
            self.touched.insert(path.to_owned());
        }
    }

    /// Records that a file or folder was removed from the disk.
    pub fn remove(&mut self, path: &str) {
        if self.loaded.as_ref().is_some_and(|loaded| loaded.store.has_below(path)) {
            self.loaded = None;
        }
        self.touch(path);
    }

    /// Sets other options for the next check. Options that affect which files are read (`exclude`, `reach`, the paths
    /// of `clusters`) must not change.
    pub fn set_options(&mut self, options: &'o Options) {
        self.options = options;
        if let Some(loaded) = &mut self.loaded {
            loaded.forget();
            loaded.arrange(options, &self.site);
        }
    }

    /// Checks the clusters that have changed, and reports on all of them.
    pub fn check(&mut self) -> Report {
        self.check_unless(&Cancel::default()).unwrap_or_default()
    }

    /// Like [`Self::check`]; `None` when it was cancelled. The results so far are kept.
    pub fn check_unless(&mut self, cancel: &Cancel) -> Option<Report> {
        self.report(cancel, false)
    }

    /// Checks for the last time, so that the results are moved instead of copied.
    pub fn finish(mut self) -> Report {
        self.report(&Cancel::default(), true).unwrap_or_default()
    }

    /// `is_last`: whether there will be no further report, so that nothing need be kept.
    fn report(&mut self, cancel: &Cancel, is_last: bool) -> Option<Report> {
        let (options, site) = (self.options, self.site.clone());
        let (reader, loaded) = self.up_to_date();
        let Loaded { survey, store, sources, settings, hosts, old_files, layout, outcomes } = loaded;
        let settings = settings.as_ref();
        let before = previous::clusters(old_files, settings, options, &site);
        let plan = plan::plan(&store.listed, settings, hosts, options, &site);
        let due: Vec<usize> = wanted(survey, store, layout, options)
            .into_iter()
            .filter(|&cluster| outcomes[cluster].is_none())
            .collect();
        if let Some(progress) = &options.progress {
            progress.checking().expect(due.len());
        }
        if !due.is_empty() {
            let rules = options.evaluated(store.awake.iter().chain(settings));
            let check = Check {
                layout,
                shared: Shared::of(&store.awake, &store.listed, &store.units.pins),
                rules: &rules,
                selection: Selection::new(&rules, plan.upgrade.as_ref().unwrap_or(&plan.target.0)),
                store,
                reader,
                plan: &plan,
                before: &before,
                sources,
                single_use: if is_last { single_use(layout, &due, store.listed.len()) } else { Vec::new() },
            };
            let work = |&cluster: &usize| {
                let outcome = (!cancel.is_cancelled()).then(|| check.cluster(&layout.clusters()[cluster]))?;
                if let Some(progress) = &options.progress {
                    progress.checking().advance();
                }
                Some((cluster, outcome))
            };
            let shared = due.len() > 1 && store.listed.len() >= threads::MANY_FILES;
            let found = threads::map(&due, shared, work);
            for (cluster, outcome) in found.into_iter().flatten() {
                outcomes[cluster] = Some(outcome);
            }
        }
        if cancel.is_cancelled() {
            return None;
        }
        let seen = Seen { survey, store, layout, plan: &plan, settings };
        let outcomes = if is_last { std::mem::take(outcomes) } else { outcomes.clone() };
        let outcomes = outcomes.into_iter().flatten();
        Some(told::report(&seen, outcomes, sources.clone(), options))
    }

    /// Builds every cluster, and returns the results of `visit` in the order of the clusters' names.
    pub fn visit<T: Send>(&mut self, visit: impl Fn(&Cluster<'_>, Outside<'_>) -> T + Sync) -> Vec<T> {
        self.visit_with_before(|cluster, _, outside| visit(cluster, outside))
    }

    /// Like [`Self::visit`], with the previous state of each cluster.
    fn visit_with_before<T: Send>(
        &mut self,
        visit: impl for<'a> Fn(&Cluster<'a>, Option<&Cluster<'a>>, Outside<'_>) -> T + Sync,
    ) -> Vec<T> {
        let (options, site) = (self.options, self.site.clone());
        let (reader, loaded) = self.up_to_date();
        let Loaded { store, settings, hosts, layout, sources, old_files, .. } = loaded;
        let settings = settings.as_ref();
        let before = previous::clusters(old_files, settings, options, &site);
        let plan = plan::plan(&store.listed, settings, hosts, options, &site);
        let shared = Shared::of(&store.awake, &store.listed, &store.units.pins);
        let outside = Outside::new(&store.units, sources);
        let one = |members: &Members| {
            let (files, _) = store.wake(members.needed(), reader, &[]);
            let file = |index: usize| store.file(index, &files);
            let cluster = Cluster::assemble(members, layout, file, &shared, &plan)?;
            let before = previous::counterpart(&cluster, &before);
            Some((cluster.name.clone(), visit(&cluster, before, outside)))
        };
        let shared = store.listed.len() >= threads::MANY_FILES;
        let all = threads::map(layout.clusters(), shared, one);
        let mut all: Vec<(String, T)> = all.into_iter().flatten().collect();
        all.sort_by(|(one, _), (other, _)| one.cmp(other));
        all.into_iter().map(|(_, made)| made).collect()
    }

    /// Evaluates one rule again, and returns the value of each of its conditions for the subjects in question.
    pub fn why(&mut self, question: &Question<'_>) -> Vec<Trace> {
        let traces = self.visit_with_before(|cluster, before, outside| {
            let own: BTreeMap<_, _> = cluster.files().into_iter().map(|(file, _)| (file.id, file)).collect();
            let locate = |span: Span| {
                if let Some(file) = own.get(&span.file).filter(|file| file.unit.is_none()) {
                    let line = file.source.position(span.start as usize).line;
                    return Place { path: file.source.path().to_owned(), line: Some(line) };
                }
                let place = outside.place(span);
                Place { path: place.path.to_owned(), line: place.line }
            };
            why::traces(question, cluster, before, &locate)
        });
        traces.into_iter().flatten().collect()
    }

    /// Files that could not be read, and patterns of the settings that match no file.
    pub fn problems(&mut self) -> Vec<Problem> {
        let options = self.options;
        let (_, Loaded { store, settings, survey, .. }) = self.up_to_date();
        let mut problems = store.problems.clone();
        if survey.scope().is_whole {
            problems.extend(plan::unmatched(&store.listed, settings.as_ref(), options));
        }
        problems
    }

    /// The target of files by default, and the targets of files whose cluster has another one, by the name shown. Only
    /// clusters that have been checked are included.
    pub fn targets(&self) -> (Target, BTreeMap<String, Target>) {
        let default =
            self.options.release.as_ref().map_or_else(Target::unknown, |(target, _)| target.clone());
        let mut targets = BTreeMap::new();
        let Some(loaded) = &self.loaded else { return (default, targets) };
        for outcome in loaded.outcomes.iter().flatten() {
            let Some(target) = outcome.target.as_ref().filter(|target| **target != default) else { continue };
            for id in &outcome.linted {
                let path = loaded.store.host(*id).unwrap_or_else(|| loaded.sources.get(*id).path());
                targets.insert(path.to_owned(), target.clone());
            }
        }
        (default, targets)
    }

    /// Loads what is not loaded yet, and looks again at what has changed.
    fn up_to_date(&mut self) -> (&Overlaid, &mut Loaded) {
        let Self { options, origin, site, reader, loaded, touched } = self;
        let touched = std::mem::take(touched);
        let kept = loaded.take().and_then(|mut kept| {
            (touched.is_empty() || kept.look_again(&touched, reader, options, site)).then_some(kept)
        });
        let loaded = loaded.insert(kept.unwrap_or_else(|| Loaded::new(origin, reader, options, site)));
        (reader, loaded)
    }
}

impl Loaded {
    fn new(origin: &Origin, reader: &Overlaid, options: &Options, site: &Site) -> Self {
        let (survey, entries) = Survey::of(origin, reader.texts.keys().map(String::as_str), options);
        if let Some(progress) = &options.progress {
            progress.reading().expect(entries.len());
        }
        let mut sources = Sources::default();
        let mut store = Store::open(entries, survey.asked.as_ref(), options, reader, &mut sources);
        let settings = options.settings.as_ref().map(|source| {
            let id = sources.add(source.clone());
            RkeFile::read(id, source.clone())
        });
        let parse = |source: &std::sync::Arc<SourceFile>| {
            let id = sources.add(source.clone());
            Stream::parse(id, &source.shared_text())
        };
        let hosts = options.hosts.iter().map(parse).collect();
        let previous = options.previous.as_ref();
        let mut old_files =
            previous.map(|tree| tree.parse(&mut sources, &mut store.units, options)).unwrap_or_default();
        store.units.follow_plans(&old_files.hosts);
        previous::leave_out_emptied(&mut old_files, &store.listed);
        let plan = plan::plan(&store.listed, settings.as_ref(), &[], options, site);
        let layout = Layout::new(&store.listed, &plan, &store.stated);
        drop(plan);
        let outcomes = layout.clusters().iter().map(|_| None).collect();
        Self { survey, store, sources, settings, hosts, old_files, layout, outcomes }
    }

    /// Looks again at changed files. Returns false if everything has to be loaded again.
    fn look_again(
        &mut self,
        touched: &BTreeSet<String>,
        reader: &Overlaid,
        options: &Options,
        site: &Site,
    ) -> bool {
        let mut changed: BTreeSet<usize> = BTreeSet::new();
        let (mut anew, mut all) = (false, false);
        for path in touched {
            let Some(index) = self.store.index(path) else { return false };
            match self.store.look_again(index, options, reader, &mut self.sources) {
                Change::Indices => return false,
                Change::Texts { files, is_listed_anew, is_shared } => {
                    changed.extend(files);
                    anew |= is_listed_anew;
                    all |= is_shared;
                }
            }
        }
        // The previous tree was compared with the current listing, so it has to be loaded again, too.
        if anew && options.previous.is_some() {
            return false;
        }
        if all {
            self.forget();
        }
        for (members, outcome) in self.layout.clusters().iter().zip(&mut self.outcomes) {
            if members.needed().any(|index| changed.contains(&index)) {
                *outcome = None;
            }
        }
        if anew {
            self.arrange(options, site);
        }
        true
    }

    fn forget(&mut self) {
        self.outcomes.fill_with(|| None);
    }

    /// Groups the files again, and keeps the results of clusters that are unchanged.
    fn arrange(&mut self, options: &Options, site: &Site) {
        let plan = plan::plan(&self.store.listed, self.settings.as_ref(), &[], options, site);
        let layout = Layout::new(&self.store.listed, &plan, &self.store.stated);
        drop(plan);
        let old_layout = std::mem::replace(&mut self.layout, layout);
        let old_outcomes = std::mem::take(&mut self.outcomes);
        let mut kept: HashMap<usize, (&Members, Option<Outcome>)> = HashMap::new();
        if old_layout.has_same_tree(&self.layout) {
            let old = old_layout.clusters().iter().zip(old_outcomes);
            kept = old
                .filter_map(|(members, found)| Some((members.files().next()?, (members, found))))
                .collect();
        }
        let same = |members: &Members| {
            let (old, outcome) = kept.remove(&members.files().next()?)?;
            let is_same = old == members
                && members.needed().all(|index| old_layout.place(index) == self.layout.place(index));
            outcome.filter(|_| is_same)
        };
        self.outcomes = self.layout.clusters().iter().map(same).collect();
    }
}

/// By the index of a file, whether exactly one of some clusters needs it.
fn single_use(layout: &Layout, clusters: &[usize], files: usize) -> Vec<bool> {
    let mut uses = vec![0_u32; files];
    for &cluster in clusters {
        let mut needed: Vec<usize> = layout.clusters()[cluster].needed().collect();
        needed.sort_unstable();
        needed.dedup();
        for file in needed {
            uses[file] += 1;
        }
    }
    uses.into_iter().map(|uses| uses == 1).collect()
}

/// The clusters whose findings may touch what the user asked for.
fn wanted(survey: &Survey, store: &Store, layout: &Layout, options: &Options) -> Vec<usize> {
    let clusters = layout.clusters();
    let all = || (0..clusters.len()).collect();
    let Some(asked) = &survey.asked else { return all() };
    let holds = |file: &RkeFile| asked.holds(store.host(file.id).unwrap_or(file.path()));
    let shared = store.awake.iter().filter(|file| Shared::concerns(file));
    let given = options.settings.iter().chain(&options.hosts);
    // A finding in any cluster may point into these files.
    if options.previous.is_some()
        || shared.into_iter().any(holds)
        || given.into_iter().any(|source| asked.holds(source.path()))
    {
        return all();
    }
    let is_asked = |index: usize| {
        let listed = &store.listed[index];
        asked.holds(store.host(listed.id).unwrap_or(&listed.path))
    };
    let own = clusters.iter().filter(|members| members.needed().any(is_asked));
    // If several findings are at one place, all of them are needed to decide which is reported.
    let files: BTreeSet<usize> = own.flat_map(Members::needed).collect();
    let is_near = |members: &Members| members.needed().any(|index| files.contains(&index));
    (0..clusters.len()).filter(|&cluster| is_near(&clusters[cluster])).collect()
}
