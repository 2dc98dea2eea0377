//! The files of a tree, most of them asleep: listed, but neither parsed nor in memory until their cluster is checked.
//! This module must not judge.

use std::cell::RefCell;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use rayon::prelude::*;

use super::load::{self, First, Input};
use super::neighbours;
use super::options::Options;
use crate::cluster::Shared;
use crate::finding::Problem;
use crate::rke2::classify::{Content, overrides_packaged_chart};
use crate::rke2::file::{Listed, RkeFile};
use crate::source::{FileId, SourceFile, Sources};
use crate::suppress;

/// How many bytes of text are kept between the first look and the check. A repository of usual size is read once;
/// of a larger one, what comes later is read again, so that memory does not grow with it.
const KEPT_BYTES: usize = 28 * 1024 * 1024;

/// Where the text of a file is.
#[derive(Clone, Debug)]
pub enum Origin {
    /// In the file system.
    Disk(PathBuf),
    /// It was given.
    Given(Input),
}

/// The files of a tree.
#[derive(Debug, Default)]
pub struct Store {
    /// Every file that could be read, in the order of their names in spans.
    pub listed: Vec<Listed>,
    /// Files that matter beyond one cluster, and those whose comments speak to this program.
    pub awake: Vec<RkeFile>,
    /// What could not be read.
    pub problems: Vec<Problem>,
    held: Vec<Held>,
    /// Whether some of them are in the file system: texts that were given have no neighbours there.
    on_disk: bool,
}

/// What is left of a file that sleeps.
#[derive(Debug)]
enum Held {
    /// It is in `awake`, or has no text that matters.
    Nothing,
    Text(Arc<str>),
    Bytes(Vec<u8>),
    Disk(PathBuf),
}

/// What a first look at one file brought.
struct Entry {
    listed: Listed,
    held: Held,
    awake: Option<RkeFile>,
}

thread_local! {
    /// Files are read one after the other: one buffer a thread is enough.
    static BUFFER: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

impl Store {
    /// Takes a first look at every file. Each takes the place in `sources` that its index says.
    pub fn open(inputs: Vec<(Arc<str>, Origin)>, options: &Options, sources: &mut Sources) -> Self {
        let kept = AtomicUsize::new(0);
        let on_disk = inputs.iter().any(|(_, origin)| matches!(origin, Origin::Disk(_)));
        let first = sources.len();
        for (path, _) in &inputs {
            sources.add(Arc::new(SourceFile::new(Arc::clone(path), Arc::default())));
        }
        let entries: Vec<Result<Entry, Problem>> = inputs
            .into_par_iter()
            .enumerate()
            .map(|(index, (path, origin))| {
                let entry = entry(Sources::id_at(first + index), path, origin, options, &kept);
                if let Some(progress) = &options.progress {
                    progress.reading().advance();
                }
                entry
            })
            .collect();
        let mut store = Self { on_disk, ..Self::default() };
        for entry in entries {
            match entry {
                Ok(entry) => {
                    if let Some(file) = entry.awake {
                        sources.set(file.id, Arc::clone(&file.source));
                        store.awake.push(file);
                    }
                    store.listed.push(entry.listed);
                    store.held.push(entry.held);
                }
                Err(problem) => store.problems.push(problem),
            }
        }
        store
    }

    /// The file of an index, if it is awake.
    pub fn awake(&self, index: usize) -> Option<&RkeFile> {
        find(&self.awake, self.listed[index].id)
    }

    /// Reads and parses what sleeps of these files; sorted. What cannot be read any more is left out, and said.
    pub fn wake(&self, indices: impl Iterator<Item = usize>) -> (Vec<RkeFile>, Vec<Problem>) {
        let mut indices: Vec<usize> = indices.filter(|&index| self.awake(index).is_none()).collect();
        indices.sort_unstable();
        indices.dedup();
        let files: Vec<Result<RkeFile, Problem>> = if indices.len() < super::LARGE {
            indices.into_iter().map(|index| self.load(index)).collect()
        } else {
            indices.into_par_iter().map(|index| self.load(index)).collect()
        };
        let mut problems = Vec::new();
        let files = files.into_iter().filter_map(|file| file.map_err(|problem| problems.push(problem)).ok());
        (files.collect(), problems)
    }

    fn load(&self, index: usize) -> Result<RkeFile, Problem> {
        let mut file = self.parse(index)?;
        file.beside_k3s = self.on_disk
            && neighbours::may_be_for_k3s(file.source.text())
            && neighbours::speak_of_k3s(Path::new(file.path()));
        Ok(file)
    }

    fn parse(&self, index: usize) -> Result<RkeFile, Problem> {
        let Listed { id, path, content, .. } = &self.listed[index];
        match &self.held[index] {
            // A skip mark, a link to nothing.
            Held::Nothing => Ok(RkeFile::without_text(*id, Arc::clone(path), *content)),
            Held::Text(text) => {
                Ok(RkeFile::read(*id, Arc::new(SourceFile::new(Arc::clone(path), Arc::clone(text)))))
            }
            Held::Bytes(bytes) => Ok(load::parse(*id, path, bytes)),
            Held::Disk(place) => BUFFER.with_borrow_mut(|buffer| {
                load::read(path, place, buffer)?;
                Ok(load::parse(*id, path, buffer))
            }),
        }
    }
}

/// Finds a file by its name in spans.
pub fn find(files: &[RkeFile], id: FileId) -> Option<&RkeFile> {
    files.binary_search_by_key(&id, |file| file.id).ok().map(|at| &files[at])
}

fn entry(
    id: FileId,
    path: Arc<str>,
    origin: Origin,
    options: &Options,
    kept: &AtomicUsize,
) -> Result<Entry, Problem> {
    match origin {
        Origin::Given(Input::DanglingLink) => {
            Ok(Entry::asleep(id, path, Content::DanglingLink, Held::Nothing))
        }
        Origin::Given(Input::Bytes(bytes)) => Ok(examine(id, path, &bytes, options, |text| match text {
            Some(text) => Held::Text(text.into()),
            None => Held::Bytes(bytes.clone()),
        })),
        Origin::Disk(place) => BUFFER.with_borrow_mut(|buffer| {
            load::read(&path, &place, buffer)?;
            Ok(examine(id, path, buffer, options, |text| match text {
                Some(text) if kept.fetch_add(text.len(), Ordering::Relaxed) + text.len() <= KEPT_BYTES => {
                    Held::Text(text.into())
                }
                _ => Held::Disk(place),
            }))
        }),
    }
}

/// Looks at a file, and decides what is kept of it; `hold` is handed the text, if it is one.
fn examine(
    id: FileId,
    path: Arc<str>,
    bytes: &[u8],
    options: &Options,
    hold: impl FnOnce(Option<&str>) -> Held,
) -> Entry {
    let file = match load::look(id, &path, bytes, &options.manifest_roots([&*path]), options.is_config(&path))
    {
        First::Foreign(content) | First::Sniffed(content @ Content::SkipMark) => {
            return Entry::asleep(id, path, content, Held::Nothing);
        }
        First::Sniffed(content) if !suppress::is_addressed(bytes) => {
            let text = std::str::from_utf8(bytes).ok();
            let packaged = text.is_some_and(|text| overrides_packaged_chart(content, text));
            let mut entry = Entry::asleep(id, path, content, hold(text));
            entry.listed.packaged = packaged;
            return entry;
        }
        First::Sniffed(_) => load::parse(id, &path, bytes),
        First::Parsed(file) => file,
    };
    if Shared::concerns(&file) || suppress::is_addressed(bytes) {
        Entry { listed: file.listed(), held: Held::Nothing, awake: Some(file) }
    } else {
        Entry { listed: file.listed(), held: hold(std::str::from_utf8(bytes).ok()), awake: None }
    }
}

impl Entry {
    fn asleep(id: FileId, path: Arc<str>, content: Content, held: Held) -> Self {
        Self { listed: Listed { id, path, content, packaged: false }, held, awake: None }
    }
}
