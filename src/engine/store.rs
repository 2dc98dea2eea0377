//! All files of the tree. Most are only listed, and are parsed on demand when their cluster is checked. Produces no
//! findings.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::asked::Asked;
use super::is_below;
use super::load::{self, First, Raw};
use super::neighbours;
use super::options::Options;
use super::reader::Reader;
use super::units::UnitMap;
use crate::cluster::{Shared, Stated};
use crate::finding::Problem;
use crate::rke2::classify::{Content, overrides_packaged_chart};
use crate::rke2::file::{Listed, RkeFile};
use crate::rke2::first_look::Facts;
use crate::source::{self, FileId, SourceFile, Sources};
use crate::suppress;
use crate::threads;
use crate::unit::{self, Units};

/// The maximum number of bytes of text kept between the first look and the check. A repository of usual size is read
/// once. In a larger one, files that exceed this are read again, so that memory does not grow with the repository.
const KEPT_BYTES: usize = 24 * 1024 * 1024;

/// A file of a tree that has not been read yet.
#[derive(Clone, Debug)]
pub struct Entry {
    /// As shown to the user.
    pub path: Arc<str>,
    /// The folder that contains it, absolute where that is known.
    pub place: Arc<str>,
    /// The target, if it is a symbolic link.
    pub link: Option<Arc<str>>,
    /// Whether it is a template of a Helm chart, which is read only for the units in it.
    pub of_chart: bool,
    /// Whether it is a symbolic link without a target.
    pub dangling: bool,
    /// Whether it is a symbolic link that has its target on the node only.
    pub on_node: bool,
    /// The path to open.
    pub file: PathBuf,
}

/// The files of a tree.
#[derive(Debug, Default)]
pub struct Store {
    /// All files that could be read, in the order of their identifiers.
    pub listed: Vec<Listed>,
    /// Parsed files: those that affect more than one cluster, and those with comments for this program.
    pub awake: Vec<RkeFile>,
    /// Files that could not be read.
    pub problems: Vec<Problem>,
    /// The units of the files. In `listed` and `awake`, units come last.
    pub units: UnitMap,
    held: Vec<Mutex<Held>>,
    /// The path from which each file is read, without the units; `None` for the path shown.
    paths: Vec<Option<Box<Path>>>,
    /// Number of bytes of text that are kept.
    kept: AtomicUsize,
    /// Files that state something about the units of others, or that are affected by such a file.
    linked: BTreeSet<FileId>,
    /// What hosts state about plain files.
    pub stated: Stated,
}

/// The effects of a changed file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// The texts of a file and its units have changed.
    Texts {
        /// The indices of the file and its units.
        files: Vec<usize>,
        /// Whether the listing of one of them changed, so that it may belong to another cluster now.
        is_listed_anew: bool,
        /// Whether the file affects more than one cluster, or did before.
        is_shared: bool,
    },
    /// The file is gone, or contains a different number of units: indices are no longer valid.
    Indices,
}

/// What is kept of a file that is not parsed.
#[derive(Clone, Debug)]
enum Held {
    /// Nothing: it is in `awake`, or its text does not matter.
    Nothing,
    Text(Arc<str>),
    Bytes(Arc<[u8]>),
    /// Nothing: it has to be read again.
    Unread,
}

impl Held {
    /// The number of bytes that are kept.
    fn len(&self) -> usize {
        match self {
            Self::Text(text) => text.len(),
            Self::Bytes(bytes) => bytes.len(),
            Self::Nothing | Self::Unread => 0,
        }
    }

    /// Takes the stored content. The next request reads the file again.
    fn give_away(&mut self) -> Self {
        if matches!(self, Self::Nothing) { Self::Nothing } else { std::mem::replace(self, Self::Unread) }
    }
}

/// The result of a first look at one file.
struct Looked {
    listed: Listed,
    held: Held,
    // Boxed, since most files have neither, and there is one `Looked` for each file.
    awake: Option<Box<RkeFile>>,
    units: Option<Box<Hosted>>,
}

/// The units of a file, with its text.
struct Hosted {
    source: Arc<SourceFile>,
    full_path: Arc<str>,
    units: Units,
    /// The file itself, if it is read only for its units and has comments for this program.
    host: Option<RkeFile>,
}

thread_local! {
    /// Files are read one by one, so one buffer for each thread is enough.
    static BUFFER: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

impl Store {
    /// Takes a first look at every file. Each one gets the identifier of its index in `sources`. If `asked` is given, only
    /// texts of the files in it are kept: most of the others are never checked.
    pub fn open(
        entries: Vec<Entry>,
        asked: Option<&Asked>,
        options: &Options,
        reader: &dyn Reader,
        sources: &mut Sources,
    ) -> Self {
        let first = sources.len();
        sources.reserve(entries.len());
        for entry in &entries {
            sources.add(Arc::new(SourceFile::new(Arc::clone(&entry.path), Arc::default())));
        }
        let mut store = Self {
            listed: Vec::with_capacity(entries.len()),
            held: Vec::with_capacity(entries.len()),
            paths: Vec::with_capacity(entries.len()),
            ..Self::default()
        };
        let look = |index: usize| {
            let (id, entry) = (Sources::id_at(first + index), &entries[index]);
            let is_kept = asked.is_none_or(|asked| asked.holds(&entry.path));
            let looked = look_at(id, entry, options, reader, is_kept.then_some(&store.kept));
            if let Some(progress) = &options.progress {
                progress.reading().advance();
            }
            looked
        };
        let looked = threads::map(0..entries.len(), entries.len() >= threads::MANY_FILES, look);
        let mut hosts = Vec::new();
        for (entry, looked) in entries.into_iter().zip(looked) {
            match looked {
                Ok(looked) => {
                    hosts.extend(looked.units.map(|hosted| (looked.listed.id, *hosted)));
                    if let Some(file) = looked.awake {
                        sources.set(file.id, Arc::clone(&file.source));
                        store.awake.push(*file);
                    }
                    // Usually equal, so the path is stored only if it differs.
                    let file = entry.file.as_os_str().as_encoded_bytes();
                    let is_shown = file.strip_prefix(b"./").unwrap_or(file) == entry.path.as_bytes();
                    store.paths.push((!is_shown).then(|| entry.file.into_boxed_path()));
                    store.listed.push(looked.listed);
                    store.held.push(Mutex::new(looked.held));
                }
                Err(problem) => store.problems.push(problem),
            }
        }
        let mut units = Vec::new();
        for (id, hosted) in store.linked(hosts) {
            sources.set(id, hosted.source);
            store.awake.extend(hosted.host);
            units.push((id, hosted.units));
        }
        store.awake.sort_by_key(|file| file.id);
        for (file, island) in store.units.add(units, &[], sources) {
            store.listed.push(Listed { island: Some(island), ..file.listed() });
            store.held.push(Mutex::new(Held::Nothing));
            store.awake.push(file);
        }
        store
    }

    /// Links the units of files, and returns the files that have any.
    fn linked(&mut self, hosts: Vec<(FileId, Hosted)>) -> Vec<(FileId, Hosted)> {
        let (mut files, mut rest) = (Vec::new(), Vec::new());
        for (id, Hosted { source, full_path, units, host }) in hosts {
            if !units.links.is_empty() {
                self.linked.insert(id);
            }
            self.stated.configurations.extend(units.links.configurations.iter().cloned());
            self.stated.drop_ins.extend(units.links.drop_ins.iter().cloned());
            files.push(unit::File { path: full_path, units });
            rest.push((id, source, host));
        }
        let paths: Vec<Arc<str>> = files.iter().map(|file| Arc::clone(&file.path)).collect();
        let heeding = unit::link(&mut files, |index, given| {
            let source = &rest[index].1;
            let (path, text) = (source.shared_path(), source.shared_text());
            unit::units_given(&unit::Source { path, full_path: Arc::clone(&paths[index]), text }, given)
        });
        self.linked.extend(heeding.into_iter().map(|index| rest[index].0));
        let found = files.into_iter().zip(rest).filter(|(file, _)| !file.units.is_empty());
        found
            .map(|(unit::File { path, units }, (id, source, host))| {
                (id, Hosted { source, full_path: path, units, host })
            })
            .collect()
    }

    /// The index of a file, by the name shown.
    pub fn index(&self, shown: &str) -> Option<usize> {
        self.files().binary_search_by(|file| (*file.path).cmp(shown)).ok()
    }

    /// Whether a folder contains a file, by the name shown.
    pub fn has_below(&self, folder: &str) -> bool {
        self.files().iter().any(|file| is_below(&file.path, folder))
    }

    /// The listed files without their units.
    fn files(&self) -> &[Listed] {
        &self.listed[..self.paths.len()]
    }

    /// The path that a file is read from.
    fn path(&self, index: usize) -> &Path {
        self.paths[index].as_deref().unwrap_or_else(|| Path::new(&*self.listed[index].path))
    }

    /// The entry from which a file was read.
    fn entry(&self, index: usize) -> Entry {
        let Listed { path, place, link, content, .. } = &self.listed[index];
        Entry {
            path: Arc::clone(path),
            place: Arc::clone(place),
            link: link.clone(),
            of_chart: *content == Content::OfChart,
            dangling: *content == Content::DanglingLink,
            on_node: *content == Content::OnNode,
            file: self.path(index).to_owned(),
        }
    }

    /// Looks at a file again. After [`Change::Indices`], the store must be opened again.
    pub fn look_again(
        &mut self,
        index: usize,
        options: &Options,
        reader: &dyn Reader,
        sources: &mut Sources,
    ) -> Change {
        let id = self.listed[index].id;
        self.kept.fetch_sub(lock(&self.held[index]).len(), Ordering::Relaxed);
        let Ok(looked) = look_at(id, &self.entry(index), options, reader, Some(&self.kept)) else {
            return Change::Indices;
        };
        sources.set(id, Arc::new(SourceFile::new(Arc::clone(&looked.listed.path), Arc::default())));
        let old: Vec<FileId> = self.units.of_host(id);
        let units = looked.units.as_ref().map(|hosted| &hosted.units);
        let may_pin = self.units.pins_others(id) || units.is_some_and(|units| !units.pins.is_empty());
        let may_link = self.linked.contains(&id) || units.is_some_and(|units| !units.links.is_empty());
        if may_pin || may_link || units.map_or(0, |units| units.units.len()) != old.len() {
            return Change::Indices;
        }
        let mut is_listed_anew = !looked.listed.is_grouped_like(&self.listed[index]);
        let mut is_shared = self.awake(index).is_some_and(Shared::concerns);
        let mut files = vec![index];
        self.listed[index] = looked.listed;
        self.held[index] = Mutex::new(looked.held);
        let at = self.awake.binary_search_by_key(&id, |file| file.id);
        if let Ok(at) = at {
            self.awake.remove(at);
        }
        let (mut awake, mut hosted) = (looked.awake, looked.units.map(|hosted| *hosted));
        let host =
            hosted.as_mut().filter(|hosted| !hosted.units.is_empty()).and_then(|hosted| hosted.host.take());
        awake = awake.or(host.map(Box::new));
        if let Some(file) = awake {
            is_shared |= Shared::concerns(&file);
            sources.set(id, Arc::clone(&file.source));
            self.awake.insert(at.unwrap_or_else(|at| at), *file);
        }
        match hosted.filter(|hosted| !hosted.units.is_empty()) {
            Some(Hosted { source, units, .. }) => {
                sources.set(id, source);
                for (file, island) in self.units.add(vec![(id, units)], &old, sources) {
                    let Some(index) = self.listed.iter().position(|listed| listed.id == file.id) else {
                        return Change::Indices;
                    };
                    let listed = Listed { island: Some(island), ..file.listed() };
                    if self.listed[index].island != listed.island {
                        return Change::Indices;
                    }
                    is_listed_anew |= !listed.is_grouped_like(&self.listed[index]);
                    files.push(index);
                    self.listed[index] = listed;
                    if let Ok(at) = self.awake.binary_search_by_key(&file.id, |file| file.id) {
                        self.awake[at] = file;
                    }
                }
            }
            None => self.units.forget(id),
        }
        Change::Texts { files, is_listed_anew, is_shared }
    }

    /// A file by its index, if it is in `awake`.
    pub fn awake(&self, index: usize) -> Option<&RkeFile> {
        find(&self.awake, self.listed[index].id)
    }

    /// A file by its index, in `awake` or in `woken`.
    pub fn file<'f>(&'f self, index: usize, woken: &'f [RkeFile]) -> Option<&'f RkeFile> {
        self.awake(index).or_else(|| find(woken, self.listed[index].id))
    }

    /// The path of a file in the folder that really contains it.
    pub fn full_path(&self, id: FileId) -> String {
        let at = self.listed.binary_search_by_key(&id, |file| file.id);
        at.map(|at| self.listed[at].full_path()).unwrap_or_default()
    }

    /// The path of the file that contains a unit; `None` for a file.
    pub fn host(&self, id: FileId) -> Option<&str> {
        self.units.name(id).map(|unit| &*unit.host)
    }

    /// Reads and parses those of these files that are not in `awake`; the result is sorted. Files that can no longer be
    /// read are left out and reported as problems. `single_use`: by index, whether
    /// the text will not be needed again, and is not kept.
    pub fn wake(
        &self,
        indices: impl Iterator<Item = usize>,
        reader: &dyn Reader,
        single_use: &[bool],
    ) -> (Vec<RkeFile>, Vec<Problem>) {
        let mut indices: Vec<usize> = indices.filter(|&index| self.awake(index).is_none()).collect();
        indices.sort_unstable();
        indices.dedup();
        let is_large = indices.len() >= super::LARGE;
        let files = threads::map(indices, is_large, |index| self.load(index, reader, single_use));
        let mut problems = Vec::new();
        let files = files.into_iter().filter_map(|file| file.map_err(|problem| problems.push(problem)).ok());
        (files.collect(), problems)
    }

    fn load(&self, index: usize, reader: &dyn Reader, single_use: &[bool]) -> Result<RkeFile, Problem> {
        let mut file = self.parse(index, reader, single_use)?;
        file.beside_k3s = neighbours::may_be_for_k3s(file.source.text())
            && neighbours::speak_of_k3s(Path::new(file.path()), reader);
        Ok(file)
    }

    fn parse(&self, index: usize, reader: &dyn Reader, single_use: &[bool]) -> Result<RkeFile, Problem> {
        let Listed { id, path, place, content, .. } = &self.listed[index];
        let held = {
            let mut held = lock(&self.held[index]);
            if single_use.get(index) == Some(&true) { held.give_away() } else { held.clone() }
        };
        match held {
            // A skip mark, or a link without a target.
            Held::Nothing => Ok(RkeFile::without_text(*id, Arc::clone(path), *content).placed(place)),
            Held::Text(text) => {
                let source = Arc::new(SourceFile::new(Arc::clone(path), text));
                Ok(RkeFile::read(*id, source).placed(place))
            }
            Held::Bytes(bytes) => Ok(load::parse(*id, path, place, Raw::new(&bytes))),
            Held::Unread => BUFFER.with_borrow_mut(|buffer| {
                load::read(reader, path, self.path(index), buffer)?;
                Ok(load::parse(*id, path, place, Raw::new(buffer)))
            }),
        }
    }
}

/// Locks what is kept of a file. A poisoned lock is ignored, because nothing panics while it is held.
fn lock(held: &Mutex<Held>) -> MutexGuard<'_, Held> {
    held.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Finds a file by its identifier; `files` must be sorted by it.
pub fn find(files: &[RkeFile], id: FileId) -> Option<&RkeFile> {
    files.binary_search_by_key(&id, |file| file.id).ok().map(|at| &files[at])
}

fn look_at(
    id: FileId,
    entry: &Entry,
    options: &Options,
    reader: &dyn Reader,
    kept: Option<&AtomicUsize>,
) -> Result<Looked, Problem> {
    let Entry { path, place, link, of_chart, dangling, on_node, file } = entry;
    let listed = Listed {
        id,
        path: Arc::clone(path),
        place: Arc::clone(place),
        content: if *of_chart { Content::OfChart } else { Content::Other },
        facts: None,
        link: link.clone(),
        packaged: false,
        island: None,
    };
    if *dangling || *on_node {
        let content = if *on_node { Content::OnNode } else { Content::DanglingLink };
        return Ok(Looked::asleep(listed, content, None, Held::Nothing));
    }
    BUFFER.with_borrow_mut(|buffer| {
        load::read(reader, path, file, buffer)?;
        let fits = |bytes: &[u8]| {
            kept.is_some_and(|kept| {
                let fits = kept.fetch_add(bytes.len(), Ordering::Relaxed) + bytes.len() <= KEPT_BYTES;
                if !fits {
                    kept.fetch_sub(bytes.len(), Ordering::Relaxed);
                }
                fits
            })
        };
        Ok(examine(listed, buffer, options, |bytes, text| match text {
            _ if !fits(bytes) => Held::Unread,
            Some(text) => Held::Text(text.into()),
            None => Held::Bytes(bytes.into()),
        }))
    })
}

/// Looks at a file, and decides what to keep of it; `hold` gets the text if it is UTF-8.
fn examine(
    listed: Listed,
    bytes: &[u8],
    options: &Options,
    hold: impl FnOnce(&[u8], Option<&str>) -> Held,
) -> Looked {
    let raw = Raw::new(bytes);
    let text = raw.text.ok().filter(|text| unit::is_marked(text));
    let (id, path) = (listed.id, Arc::clone(&listed.path));
    let of_chart = listed.content == Content::OfChart;
    let name = source::file_name(&path);
    let mut looked = if of_chart || unit::may_host(name) || unit::is_page(name) {
        let content = listed.content;
        Looked::asleep(listed, content, None, Held::Nothing)
    } else {
        examine_plain(listed, raw, options, hold)
    };
    let Some(text) = text else { return looked };
    let source = Arc::new(SourceFile::new(path, text));
    let plain = looked.awake.is_some() || !matches!(looked.held, Held::Nothing);
    let units = if of_chart { unit::units_of_chart } else { unit::units };
    let full_path: Arc<str> = looked.listed.full_path().into();
    let (path, text) = (source.shared_path(), source.shared_text());
    let units = units(&unit::Source { path, full_path: Arc::clone(&full_path), text });
    // Another file may determine how its texts are used.
    if units.is_empty() && units.links.is_empty() && !unit::heeds_others(source::file_name(source.path())) {
        return looked;
    }
    let is_addressed = !plain && suppress::is_addressed(bytes);
    let host = is_addressed.then(|| RkeFile::host(id, Arc::clone(&source), looked.listed.content));
    looked.units = Some(Box::new(Hosted { source, full_path, units, host }));
    looked
}

fn examine_plain(
    listed: Listed,
    raw: Raw<'_>,
    options: &Options,
    hold: impl FnOnce(&[u8], Option<&str>) -> Held,
) -> Looked {
    let (id, path, place) = (listed.id, &listed.path, &listed.place);
    let named = options.manifest_roots([(&**path, &**place)]);
    let (bytes, text) = (raw.bytes, raw.text.ok());
    let file = match load::look(id, path, place, raw, &named, options.is_config(path)) {
        First::Foreign(content, facts) => return Looked::asleep(listed, content, facts, Held::Nothing),
        First::Sniffed(content @ Content::SkipMark, facts) => {
            return Looked::asleep(listed, content, facts, Held::Nothing);
        }
        First::Sniffed(content, facts) if !suppress::is_addressed(bytes) => {
            let packaged = text.is_some_and(|text| overrides_packaged_chart(content, text));
            return Looked::asleep(Listed { packaged, ..listed }, content, facts, hold(bytes, text));
        }
        First::Sniffed(..) => load::parse(id, path, place, raw),
        First::Parsed(file) => file,
    };
    let (content, facts) = (file.content, Facts::of(&file));
    let listed = Listed { packaged: overrides_packaged_chart(content, file.source.text()), ..listed };
    if Shared::concerns(&file) || suppress::is_addressed(bytes) {
        let listed = Listed { content, facts, ..listed };
        Looked { listed, held: Held::Nothing, awake: Some(Box::new(file)), units: None }
    } else {
        Looked::asleep(listed, content, facts, hold(bytes, text))
    }
}

impl Looked {
    fn asleep(listed: Listed, content: Content, facts: Option<Facts>, held: Held) -> Self {
        Self { listed: Listed { content, facts, ..listed }, held, awake: None, units: None }
    }
}
