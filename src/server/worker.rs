//! A thread per folder, which holds its workspace and runs a check when the user stops typing. Must not know the
//! protocol.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, unbounded};

use crate::catalog::Target;
use crate::engine::{Cancel, Options, Workspace, absolute, lies_in, shown};
use crate::finding::Report;
use crate::settings::{self, LoadError, Mistake, all_rules};
use crate::suppress::baseline::Baseline;

/// The pause in typing after which a check starts. With the check and the editor's own work, a mistake must be underlined
/// within 100 ms.
const QUIET: Duration = Duration::from_millis(40);

/// A message to a worker.
#[derive(Debug)]
pub enum Order {
    /// The text and version of a file in the editor; `None` if the content on disk applies again.
    Text(String, Option<(String, i32)>),
    /// A file was changed or created on disk.
    Touched(String),
    /// A file was removed from disk.
    Removed(String),
    /// The settings were changed.
    Settings,
}

/// The result of a check.
pub struct Checked {
    /// The index of the worker's root.
    pub root: usize,
    /// The report.
    pub report: Arc<Report>,
    /// The versions of the open documents that were checked, by shown name.
    pub versions: BTreeMap<String, i32>,
    /// The releases against which files are checked, by shown name.
    pub targets: BTreeMap<String, Target>,
    /// The releases against which all other files are checked.
    pub target: Target,
    /// The mistakes in the settings, by the shown name of the file.
    pub mistakes: Vec<(String, Vec<Mistake>)>,
}

/// A thread that checks one folder.
pub struct Worker {
    orders: Sender<Order>,
    cancel: Arc<Mutex<Cancel>>,
}

impl Worker {
    /// Starts a thread that opens these paths with the settings of a folder.
    ///
    /// # Errors
    /// The thread could not be started.
    pub fn start(
        root: usize,
        paths: Vec<PathBuf>,
        folder: PathBuf,
        results: Sender<Checked>,
    ) -> std::io::Result<Self> {
        let (orders, received) = unbounded();
        let cancel = Arc::new(Mutex::new(Cancel::default()));
        let job = Job { root, paths, folder, orders: received, results, cancel: Arc::clone(&cancel) };
        thread::Builder::new().name(format!("check {root}")).spawn(move || job.run())?;
        Ok(Self { orders, cancel })
    }

    /// Sends a message to the thread, and cancels a running check.
    pub fn tell(&self, order: Order) {
        // The thread has ended if its folder was closed, and no answer is needed then.
        let _ = self.orders.send(order);
        self.cancel.lock().unwrap_or_else(PoisonError::into_inner).cancel();
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.cancel.lock().unwrap_or_else(PoisonError::into_inner).cancel();
    }
}

struct Job {
    root: usize,
    paths: Vec<PathBuf>,
    folder: PathBuf,
    orders: Receiver<Order>,
    results: Sender<Checked>,
    cancel: Arc<Mutex<Cancel>>,
}

/// The loaded settings of a folder.
#[derive(Default)]
struct Loaded {
    options: Options,
    /// What is wrong with them: the name shown of a file, and its mistakes.
    mistakes: Vec<(String, Vec<Mistake>)>,
    /// The paths to which the settings refer: the baseline, and the folders of the user's own rules.
    named: Vec<String>,
}

/// The action that orders require.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Next {
    Check,
    Reload,
    End,
}

impl Job {
    fn run(self) {
        let mut texts: BTreeMap<String, (String, i32)> = BTreeMap::new();
        loop {
            let loaded = self.load();
            let mut workspace = Workspace::open(&self.paths, &loaded.options);
            for (path, (text, _)) in &texts {
                workspace.set_text(path, Some(text.clone().into_bytes()));
            }
            // Orders that are already waiting are part of the first check.
            let mut next = Next::Check;
            while let Ok(order) = self.orders.try_recv() {
                next = obey(order, &loaded, &mut workspace, &mut texts).max_of(next);
            }
            while next == Next::Check {
                self.check(&mut workspace, &texts, &loaded.mistakes);
                next = self.wait(&loaded, &mut workspace, &mut texts);
            }
            if next == Next::End {
                return;
            }
        }
    }

    fn check(
        &self,
        workspace: &mut Workspace<'_>,
        texts: &BTreeMap<String, (String, i32)>,
        mistakes: &[(String, Vec<Mistake>)],
    ) {
        let cancel = Cancel::default();
        *self.cancel.lock().unwrap_or_else(PoisonError::into_inner) = cancel.clone();
        // The check was cancelled by a new order, and another one follows.
        if !self.orders.is_empty() {
            return;
        }
        let Some(report) = workspace.check_unless(&cancel) else { return };
        let (target, targets) = workspace.targets();
        let checked = Checked {
            root: self.root,
            report: Arc::new(report),
            versions: texts.iter().map(|(path, (_, version))| (path.clone(), *version)).collect(),
            targets,
            target,
            mistakes: mistakes.to_vec(),
        };
        // The receiver may already be closed.
        let _ = self.results.send(checked);
    }

    /// Waits for orders, and then until no more arrive.
    fn wait(
        &self,
        loaded: &Loaded,
        workspace: &mut Workspace<'_>,
        texts: &mut BTreeMap<String, (String, i32)>,
    ) -> Next {
        let Ok(first) = self.orders.recv() else { return Next::End };
        let mut next = obey(first, loaded, workspace, texts);
        loop {
            match self.orders.recv_timeout(QUIET) {
                Ok(order) => next = obey(order, loaded, workspace, texts).max_of(next),
                Err(RecvTimeoutError::Timeout) => return next,
                Err(RecvTimeoutError::Disconnected) => return Next::End,
            }
        }
    }

    /// Loads the settings. If they are invalid, the defaults apply.
    fn load(&self) -> Loaded {
        let mut named = Vec::new();
        match self.options(&mut named) {
            Ok(options) => Loaded { options, mistakes: Vec::new(), named },
            Err(mistakes) => Loaded { mistakes: vec![mistakes], named, ..Loaded::default() },
        }
    }

    fn options(&self, named: &mut Vec<String>) -> Result<Options, (String, Vec<Mistake>)> {
        let found = settings::find(&self.folder);
        let Some(file) = &found.file else { return Ok(Options::default()) };
        let name = shown(file);
        let whole = |message: String| {
            let at = crate::source::Position { line: 1, column: 1, byte: 0 };
            (name.clone(), vec![Mistake { at, message }])
        };
        let working = std::env::current_dir().map_err(|error| whole(error.to_string()))?;
        let settings = settings::load(file, &name, &found.last, &working).map_err(|error| match error {
            LoadError::Mistakes(errors) => (errors.path, errors.mistakes),
            LoadError::Unreadable(..) => whole(error.to_string()),
        })?;
        let real = |path: &Path| shown(&absolute(path));
        named.extend(settings.baseline.iter().map(|baseline| real(&baseline.value)));
        named.extend(settings.rule_paths.iter().map(|folder| real(&folder.value)));
        let rules = all_rules(&settings, &[], shown).map_err(|error| whole(error.to_string()))?;
        settings.check_rules(&rules).map_err(|errors| (errors.path, errors.mistakes))?;
        let mut options = Options::new(&settings, rules);
        if let Some(baseline) = &settings.baseline {
            let loaded = Baseline::load(&baseline.value, &shown(&baseline.value));
            options.baseline = Some(loaded.map_err(|error| whole(error.to_string()))?);
        }
        Ok(options)
    }
}

impl Loaded {
    /// Whether the settings refer to a file, or to a folder that contains it.
    fn names(&self, shown: &str) -> bool {
        self.named.iter().any(|named| named == shown || lies_in(shown, named))
    }
}

impl Next {
    fn max_of(self, other: Self) -> Self {
        if self == Self::Check { other } else { self }
    }
}

fn obey(
    order: Order,
    loaded: &Loaded,
    workspace: &mut Workspace<'_>,
    texts: &mut BTreeMap<String, (String, i32)>,
) -> Next {
    match order {
        Order::Text(path, Some((text, version))) => {
            workspace.set_text(&path, Some(text.clone().into_bytes()));
            texts.insert(path, (text, version));
        }
        Order::Text(path, None) => {
            workspace.set_text(&path, None);
            texts.remove(&path);
        }
        Order::Touched(path) | Order::Removed(path) if loaded.names(&path) => return Next::Reload,
        Order::Touched(path) => workspace.touch(&path),
        Order::Removed(path) => workspace.remove(&path),
        Order::Settings => return Next::Reload,
    }
    Next::Check
}
