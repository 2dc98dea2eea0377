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
use super::units::UnitMap;
use crate::cluster::Shared;
use crate::finding::Problem;
use crate::rke2::classify::{Content, overrides_packaged_chart};
use crate::rke2::file::{Listed, RkeFile};
use crate::rke2::first_look::Facts;
use crate::source::{self, FileId, SourceFile, Sources};
use crate::suppress;
use crate::unit::{self, Units};

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

/// A file of a tree, before it is looked at.
#[derive(Clone, Debug)]
pub struct Entry {
    /// As shown to the user.
    pub path: Arc<str>,
    /// The folder that it lies in, absolute where that is known.
    pub place: Arc<str>,
    /// The file that it is a link to.
    pub link: Option<Arc<str>>,
    /// It is a template of a Helm chart: only what it installs is looked at.
    pub of_chart: bool,
    /// Where its text is.
    pub origin: Origin,
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
    /// The units of the files: they are the last ones of those that are listed and awake.
    pub units: UnitMap,
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
struct Looked {
    listed: Listed,
    held: Held,
    // Apart, as most files have neither, and there is one of these for each file.
    awake: Option<Box<RkeFile>>,
    units: Option<Box<Hosted>>,
}

/// The units of a file, with its text.
struct Hosted {
    source: Arc<SourceFile>,
    units: Units,
    /// The file itself, where it is read only for the units it holds and its comments speak to this program.
    host: Option<RkeFile>,
}

thread_local! {
    /// Files are read one after the other: one buffer a thread is enough.
    static BUFFER: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

impl Store {
    /// Takes a first look at every file. Each takes the place in `sources` that its index says.
    pub fn open(inputs: Vec<Entry>, options: &Options, sources: &mut Sources) -> Self {
        let kept = AtomicUsize::new(0);
        let on_disk = inputs.iter().any(|input| matches!(input.origin, Origin::Disk(_)));
        let first = sources.len();
        for input in &inputs {
            sources.add(Arc::new(SourceFile::new(Arc::clone(&input.path), Arc::default())));
        }
        let entries: Vec<Result<Looked, Problem>> = inputs
            .into_par_iter()
            .enumerate()
            .map(|(index, input)| {
                let entry = look_at(Sources::id_at(first + index), input, options, &kept);
                if let Some(progress) = &options.progress {
                    progress.reading().advance();
                }
                entry
            })
            .collect();
        let mut store = Self { on_disk, ..Self::default() };
        let mut hosts = Vec::new();
        for entry in entries {
            match entry {
                Ok(entry) => {
                    hosts.extend(entry.units.map(|hosted| (entry.listed.id, *hosted)));
                    if let Some(file) = entry.awake {
                        sources.set(file.id, Arc::clone(&file.source));
                        store.awake.push(*file);
                    }
                    store.listed.push(entry.listed);
                    store.held.push(entry.held);
                }
                Err(problem) => store.problems.push(problem),
            }
        }
        let mut units = Vec::new();
        for (id, hosted) in linked(hosts) {
            sources.set(id, hosted.source);
            store.awake.extend(hosted.host);
            units.push((id, hosted.units));
        }
        store.awake.sort_by_key(|file| file.id);
        for (file, island) in store.units.add(units, sources) {
            store.listed.push(Listed { island: Some(island), ..file.listed() });
            store.held.push(Held::Nothing);
            store.awake.push(file);
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
        let Listed { id, path, place, content, .. } = &self.listed[index];
        match &self.held[index] {
            // A skip mark, a link to nothing.
            Held::Nothing => Ok(RkeFile::without_text(*id, Arc::clone(path), *content).placed(place)),
            Held::Text(text) => {
                let source = Arc::new(SourceFile::new(Arc::clone(path), Arc::clone(text)));
                Ok(RkeFile::read(*id, source).placed(place))
            }
            Held::Bytes(bytes) => Ok(load::parse(*id, path, place, bytes)),
            Held::Disk(file) => BUFFER.with_borrow_mut(|buffer| {
                load::read(path, file, buffer)?;
                Ok(load::parse(*id, path, place, buffer))
            }),
        }
    }
}

/// The files that have units once each knows what the others say of it.
fn linked(hosts: Vec<(FileId, Hosted)>) -> Vec<(FileId, Hosted)> {
    let (mut files, mut rest) = (Vec::new(), Vec::new());
    for (id, Hosted { source, units, host }) in hosts {
        files.push(unit::File { path: source.shared_path(), units });
        rest.push((id, source, host));
    }
    unit::link(&mut files, |index, given| {
        let source = &rest[index].1;
        unit::units_given(&source.shared_path(), &source.shared_text(), given)
    });
    let found = files.into_iter().zip(rest).filter(|(file, _)| !file.units.is_empty());
    found.map(|(file, (id, source, host))| (id, Hosted { source, units: file.units, host })).collect()
}

/// Finds a file by its name in spans.
pub fn find(files: &[RkeFile], id: FileId) -> Option<&RkeFile> {
    files.binary_search_by_key(&id, |file| file.id).ok().map(|at| &files[at])
}

fn look_at(id: FileId, input: Entry, options: &Options, kept: &AtomicUsize) -> Result<Looked, Problem> {
    let Entry { path, place, link, of_chart, origin } = input;
    let content = if of_chart { Content::OfChart } else { Content::Other };
    let listed = Listed { id, path, place, content, facts: None, link, packaged: false, island: None };
    match origin {
        Origin::Given(Input::DanglingLink) => {
            Ok(Looked::asleep(listed, Content::DanglingLink, None, Held::Nothing))
        }
        Origin::Given(Input::Bytes(bytes)) => Ok(examine(listed, &bytes, options, |text| match text {
            Some(text) => Held::Text(text.into()),
            None => Held::Bytes(bytes.clone()),
        })),
        Origin::Disk(file) => BUFFER.with_borrow_mut(|buffer| {
            load::read(&listed.path, &file, buffer)?;
            Ok(examine(listed, buffer, options, |text| match text {
                Some(text) if kept.fetch_add(text.len(), Ordering::Relaxed) + text.len() <= KEPT_BYTES => {
                    Held::Text(text.into())
                }
                _ => Held::Disk(file),
            }))
        }),
    }
}

/// Looks at a file, and decides what is kept of it; `hold` is handed the text, if it is one.
fn examine(
    listed: Listed,
    bytes: &[u8],
    options: &Options,
    hold: impl FnOnce(Option<&str>) -> Held,
) -> Looked {
    let text = std::str::from_utf8(bytes).ok().filter(|text| unit::is_marked(text));
    let (id, path) = (listed.id, Arc::clone(&listed.path));
    let of_chart = listed.content == Content::OfChart;
    let mut looked = if of_chart || unit::may_host(source::file_name(&path)) {
        let content = listed.content;
        Looked::asleep(listed, content, None, Held::Nothing)
    } else {
        examine_plain(listed, bytes, options, hold)
    };
    let Some(text) = text else { return looked };
    let source = Arc::new(SourceFile::new(path, text));
    let plain = looked.awake.is_some() || !matches!(looked.held, Held::Nothing);
    let units = if of_chart { unit::units_of_chart } else { unit::units };
    let units = units(&source.shared_path(), &source.shared_text());
    // Another file may say what becomes of it, and it may name the release of others.
    let speaks = !units.links.is_empty()
        || units.release != unit::Release::Absent
        || unit::heeds_others(source::file_name(source.path()));
    if units.is_empty() && !speaks {
        return looked;
    }
    let is_addressed = !plain && suppress::is_addressed(bytes);
    let host = is_addressed.then(|| RkeFile::host(id, Arc::clone(&source), looked.listed.content));
    looked.units = Some(Box::new(Hosted { source, units, host }));
    looked
}

fn examine_plain(
    listed: Listed,
    bytes: &[u8],
    options: &Options,
    hold: impl FnOnce(Option<&str>) -> Held,
) -> Looked {
    let (id, path, place) = (listed.id, &listed.path, &listed.place);
    let named = options.manifest_roots([(&**path, &**place)]);
    let file = match load::look(id, path, place, bytes, &named, options.is_config(path)) {
        First::Foreign(content, facts) => return Looked::asleep(listed, content, facts, Held::Nothing),
        First::Sniffed(content @ Content::SkipMark, facts) => {
            return Looked::asleep(listed, content, facts, Held::Nothing);
        }
        First::Sniffed(content, facts) if !suppress::is_addressed(bytes) => {
            let text = std::str::from_utf8(bytes).ok();
            let packaged = text.is_some_and(|text| overrides_packaged_chart(content, text));
            return Looked::asleep(Listed { packaged, ..listed }, content, facts, hold(text));
        }
        First::Sniffed(..) => load::parse(id, path, place, bytes),
        First::Parsed(file) => file,
    };
    let (content, facts) = (file.content, Facts::of(&file));
    let listed = Listed { packaged: overrides_packaged_chart(content, file.source.text()), ..listed };
    if Shared::concerns(&file) || suppress::is_addressed(bytes) {
        let listed = Listed { content, facts, ..listed };
        Looked { listed, held: Held::Nothing, awake: Some(Box::new(file)), units: None }
    } else {
        let text = std::str::from_utf8(bytes).ok();
        Looked::asleep(listed, content, facts, hold(text))
    }
}

impl Looked {
    fn asleep(listed: Listed, content: Content, facts: Option<Facts>, held: Held) -> Self {
        Self { listed: Listed { content, facts, ..listed }, held, awake: None, units: None }
    }
}
