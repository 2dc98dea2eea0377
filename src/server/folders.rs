//! The folders of a session: those that the editor opens and closes, and those of single files. Must not check them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use lsp_types::{InitializeParams, Uri, WorkspaceFoldersChangeEvent};

use super::place::path_of;
use super::progress::Telling;
use super::session::{Root, ServerError, Session, order};
use super::worker::{Order, Worker};

impl Root {
    /// Sends a message to the worker of an open folder.
    pub fn tell(&self, message: Order) {
        if let Some(worker) = &self.worker {
            worker.tell(message);
        }
    }
}

impl Session {
    #[allow(deprecated, reason = "some editors send nothing but the root")]
    pub fn open_folders(&mut self, params: &InitializeParams) -> Result<(), ServerError> {
        let folders = params.workspace_folders.iter().flatten().map(|folder| &folder.uri);
        let mut paths: Vec<PathBuf> = folders.filter_map(path_of).collect();
        if paths.is_empty() {
            paths.extend(params.root_uri.as_ref().and_then(path_of));
        }
        paths.into_iter().filter(|path| path.is_dir()).try_for_each(|path| self.open_folder(path))
    }

    fn open_folder(&mut self, written: PathBuf) -> Result<(), ServerError> {
        let real = std::fs::canonicalize(&written).unwrap_or_else(|_| written.clone());
        self.add_root(written, real.clone(), real, true)
    }

    fn add_root(
        &mut self,
        written: PathBuf,
        real: PathBuf,
        path: PathBuf,
        is_folder: bool,
    ) -> Result<(), ServerError> {
        let number = self.roots.len();
        let worker = Some(Worker::start(number, vec![path], real.clone(), self.results.clone())?);
        let published = BTreeMap::new();
        self.roots.push(Root {
            written,
            real,
            worker,
            is_folder,
            checked: None,
            published,
            telling: Telling::default(),
        });
        self.announce(number)
    }

    /// The root of a file: the deepest known folder that contains it, or else a new root for its own folder.
    pub fn root_of(&mut self, path: &Path) -> Result<usize, ServerError> {
        if let Some(number) = self.known_root(path) {
            return Ok(number);
        }
        let folder = path.parent().unwrap_or(Path::new("/")).to_owned();
        self.add_root(folder.clone(), folder, path.to_owned(), false)?;
        Ok(self.roots.len() - 1)
    }

    /// The deepest open folder that contains a path.
    pub fn known_root(&self, path: &Path) -> Option<usize> {
        let open = self.roots.iter().enumerate().filter(|(_, root)| root.worker.is_some());
        let around = open.filter(|(_, root)| path.starts_with(&root.real));
        around.max_by_key(|(_, root)| root.real.as_os_str().len()).map(|(number, _)| number)
    }

    /// Opens and closes folders, and checks the open documents in the folder that contains them now.
    pub fn folders_changed(&mut self, event: &WorkspaceFoldersChangeEvent) -> Result<(), ServerError> {
        for path in event.removed.iter().filter_map(|folder| path_of(&folder.uri)) {
            self.close_roots(|root| root.is_folder && root.written == path)?;
        }
        for path in event.added.iter().filter_map(|folder| path_of(&folder.uri)) {
            let is_open = |root: &Root| root.worker.is_some() && root.is_folder && root.written == path;
            if !path.is_dir() || self.roots.iter().any(is_open) {
                continue;
            }
            let real = std::fs::canonicalize(&path).unwrap_or_else(|_| path.clone());
            // A file in the folder may have been open before.
            self.close_roots(|root| !root.is_folder && root.real.starts_with(&real))?;
            self.open_folder(path)?;
        }
        let orders: Vec<(PathBuf, Order)> = self.documents.iter().map(order).collect();
        orders.into_iter().try_for_each(|order| self.tell(order))
    }

    /// Closes folders: their workers end, and their diagnostics disappear.
    fn close_roots(&mut self, is_meant: impl Fn(&Root) -> bool) -> Result<(), ServerError> {
        let mut cleared: Vec<Uri> = Vec::new();
        for root in self.roots.iter_mut().filter(|root| root.worker.is_some() && is_meant(root)) {
            root.worker = None;
            root.checked = None;
            let published = std::mem::take(&mut root.published).into_iter();
            let shown = published.filter(|(_, (_, diagnostics))| !diagnostics.is_empty());
            cleared.extend(shown.filter_map(|(address, _)| address.parse().ok()));
        }
        cleared.into_iter().try_for_each(|uri| self.push(uri, Vec::new(), None))
    }
}
