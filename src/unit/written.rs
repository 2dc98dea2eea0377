//! The files that the texts which a script writes make up: what is appended, in which branch, and what is changed later.
//! Must not know how the texts are written.

use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap, HashSet};
use std::ops::Range;

use super::branches::{Branches, Path, are_alternatives};
use super::paths::Paths;
use super::removed::removed;
use super::{Found, View, sed};
use crate::rke2::classify::{Content, classify};
use crate::source::{SourceFile, file_name};
use crate::yaml::{Document, NodeRef, Stream};

/// A text that is written to a file.
pub struct Text<'t> {
    /// Where the command is in the script.
    pub at: usize,
    /// What it is, for users.
    pub part: String,
    /// The path of the file.
    pub path: Cow<'t, str>,
    /// Whether it is appended to the file.
    pub appends: bool,
    /// The text.
    pub view: View,
}

/// The script whose texts are read.
pub struct Script<'t> {
    /// The script.
    pub view: &'t View,
    /// The variables and moves of paths in it.
    pub paths: &'t Paths<'t>,
    /// Its here-documents.
    pub bodies: &'t [Range<usize>],
    /// Whether it writes or reads files of RKE2.
    pub is_ours: bool,
}

/// A file that texts make up.
struct File<'t> {
    part: String,
    path: Cow<'t, str>,
    /// Whether there may be more in it.
    is_part: bool,
    /// Whether its first text is added to one that is elsewhere.
    is_added: bool,
    /// Whether it may have been removed before the first text.
    is_begun_again: bool,
    pieces: Vec<(Path, View)>,
}

/// Adds the files that texts make up, which are in the order of the script. A file that is overwritten later is for
/// another node: the two writes are in different branches.
pub fn files(texts: Vec<Text<'_>>, script: &Script<'_>, found: &mut Found) {
    let edits = sed::edits(script.view);
    let end = |path: &str| script.paths.end(path).into_owned();
    let mut seen: HashSet<Cow<'_, str>> = HashSet::new();
    let files = assembled(texts, script);
    let is_guessed = |path: &str| (script.is_ours || path.contains('$')) && !is_fixed(path);
    let configs = files.iter().filter(|file| file.path.contains("rancher/rke2/config.yaml")).count();
    let guessed = files.iter().filter(|file| is_guessed(&file.path) && file.is_config()).count();
    for file in files {
        let steps = sed::steps_of(&edits, &file.path, end);
        let views = file.views(found);
        // Of several configurations, each with a name of its own may be for another node.
        let is_for_another = || configs + guessed > 1 && is_guessed(&file.path) && file.is_config();
        let mut is_other = !seen.insert(file.path.clone()) || is_for_another();
        for view in views {
            let edited = sed::edited(&view, &steps);
            let view = edited.unwrap_or_else(|| view.unknown_line(0..view.text().len()));
            let is_part = file.is_part || !steps.is_empty();
            let take = |found: &mut Found| match &*file.path {
                // The folder is a variable, or the file is copied later, so its kind follows from its text.
                path if is_guessed(path) => {
                    let name = path.trim_end_matches(['"', '\'']);
                    found.guess(&file.part, file_name(name), view.clone());
                }
                path if file.is_added => found.added_to_file(&file.part, path, &view),
                path if is_part => found.part_of_file(&file.part, path, view.clone()),
                path => found.misnamed(&file.part, path, view.clone(), script.view.text()),
            };
            if is_other {
                found.apart(take);
            } else {
                take(found);
            }
            is_other = true;
        }
    }
}

/// The files that texts make up.
fn assembled<'t>(texts: Vec<Text<'t>>, script: &Script<'_>) -> Vec<File<'t>> {
    let text = script.view.text();
    let branches = Branches::of(text, script.bodies);
    let mut removed = removed(text, script.bodies).into_iter().peekable();
    let mut files: Vec<File<'t>> = Vec::new();
    // The files with a path; the last of them is the one to which texts are appended.
    let mut known: HashMap<Cow<'t, str>, Vec<usize>> = HashMap::new();
    let mut gone: HashSet<Cow<'_, str>> = HashSet::new();
    for text in texts {
        while let Some((_, path)) = removed.next_if(|(at, _)| *at < text.at) {
            // A file that is moved to its place is still known by its first name.
            if script.paths.is_moved(path) {
                continue;
            }
            gone.insert(Cow::Owned(script.paths.end(path).into_owned()));
        }
        let path = branches.around(text.at);
        let of_path = known.entry(text.path.clone()).or_default();
        // A list that has only begun shows that the file is not removed on this way.
        let ends_open = |index: &usize| ends_open(&files[*index].whole());
        let is_begun_again = gone.remove(&text.path) && of_path.last().is_some_and(|last| !ends_open(last));
        let begun = |index: &&usize| {
            let first = files[**index].pieces.first();
            first.is_none_or(|(first, _)| !are_alternatives(first, &path))
        };
        let last = of_path.iter().rev().take(MAX_TRIED).find(begun).copied();
        if text.appends {
            // Those in other branches may get the text, too.
            for &index in of_path.iter().rev().take(MAX_TRIED) {
                files[index].is_part = true;
            }
        }
        if let Some(index) = last.filter(|_| text.appends && !is_begun_again) {
            files[index].pieces.push((path, text.view));
            continue;
        }
        of_path.push(files.len());
        let (part, is_added) = (text.part, text.appends);
        let (path, pieces) = (text.path, vec![(path, text.view)]);
        files.push(File { part, path, is_part: is_added, is_added, is_begun_again, pieces });
    }
    files
}

/// How many files with one path a text is compared with.
const MAX_TRIED: usize = 16;

impl File<'_> {
    /// Whether its first text is one of config.yaml, whatever its path is.
    fn is_config(&self) -> bool {
        let Some((_, view)) = self.pieces.first() else { return false };
        let source = SourceFile::new(file_name(&self.path), view.shared_text());
        let stream = Stream::parse(View::id(), &source.shared_text());
        matches!(classify(&source, &stream), Content::Config(_))
    }

    /// All its texts, one after the other.
    fn whole(&self) -> View {
        View::chained(self.pieces.iter().map(|(_, view)| view))
    }

    /// The texts that are read.
    fn views(&self, found: &mut Found) -> Vec<View> {
        let whole = self.whole();
        if self.is_begun_again && self.is_part && !is_map(&whole) {
            // It belongs to what was there before, because the file was not removed in this branch.
            return Vec::new();
        }
        let [(_, base), appended @ ..] = &self.pieces[..] else { return Vec::new() };
        if appended.is_empty() {
            return vec![whole];
        }
        if let Some(views) = self.alternatives() {
            return views;
        }
        if fits_together(&whole) {
            return vec![whole];
        }
        // The base is read, and each piece that is complete by itself.
        found.unread(format!("{} {}", self.part, self.path), "what is appended to it depends on branches");
        let mut views: Vec<View> =
            appended.iter().map(|(_, piece)| piece).filter(|piece| is_complete(piece)).cloned().collect();
        if is_complete(base) || !self.is_part && fits_together(base) && !ends_open(base) {
            views.insert(0, base.clone());
        }
        views
    }

    /// What does not depend on branches, and the text of each branch of which only one is reached; `None` without such
    /// branches, or if a text is the continuation of another one.
    fn alternatives(&self) -> Option<Vec<View>> {
        let mut branch_of: HashMap<usize, usize> = HashMap::new();
        let mut split: HashSet<usize> = HashSet::new();
        for (block, branch) in self.pieces.iter().flat_map(|(path, _)| path.iter()) {
            if branch_of.insert(*block, *branch).is_some_and(|known| known != *branch) {
                split.insert(*block);
            }
        }
        let is_split = |path: &Path| path.iter().any(|(block, _)| split.contains(block));
        let (others, always): (Vec<_>, Vec<_>) = self.pieces.iter().partition(|(path, _)| is_split(path));
        if others.is_empty() {
            return None;
        }
        let mut views = Vec::new();
        if !always.is_empty() {
            views.push(View::chained(always.iter().map(|(_, view)| view)));
        }
        for same in others.chunk_by(|(one, _), (other, _)| one == other) {
            views.push(View::chained(same.iter().map(|(_, view)| view)));
        }
        views.iter().all(is_complete).then_some(views)
    }
}

/// Whether a path is one that RKE2 or its services read, so that the file is not only copied from there.
fn is_fixed(path: &str) -> bool {
    ["rancher/", "/etc/default/rke2-", "/etc/sysconfig/rke2-"].iter().any(|folder| path.contains(folder))
}

/// Whether a text is a map.
fn is_map(view: &View) -> bool {
    let stream = Stream::parse(View::id(), &view.shared_text());
    let mut roots = stream.documents().filter_map(Document::root);
    stream.first_error().is_none() && roots.all(|root| root.entries().len() > 0)
}

/// Whether a text is a map whose keys all have values, so that nothing that follows it belongs to them. With an
/// indentation, it continues what is before it.
fn is_complete(view: &View) -> bool {
    let is_indented = |line: &str| line.starts_with([' ', '\t']);
    let is_code = |line: &&str| !line.trim().is_empty() && !line.trim_start().starts_with('#');
    if view.text().lines().find(is_code).is_some_and(is_indented) {
        return false;
    }
    let stream = Stream::parse(View::id(), &view.shared_text());
    let mut roots = stream.documents().filter_map(Document::root);
    let has_values =
        |root: NodeRef<'_>| root.entries().len() > 0 && root.entries().all(|entry| !entry.value.is_null());
    is_one(&stream) && roots.all(has_values)
}

/// Whether the last key of a text has no value, so that what follows it may belong to it.
fn ends_open(view: &View) -> bool {
    let stream = Stream::parse(View::id(), &view.shared_text());
    let root = stream.documents().filter_map(Document::root).last();
    root.and_then(|root| root.entries().last()).is_some_and(|entry| entry.value.is_null())
}

/// Whether the parts form one text: it is valid YAML without duplicate keys at the top level, and a line of which nothing
/// is known is not a document of its own.
fn fits_together(view: &View) -> bool {
    is_one(&Stream::parse(View::id(), &view.shared_text()))
}

fn is_one(stream: &Stream) -> bool {
    let roots: Vec<NodeRef<'_>> = stream.documents().filter_map(Document::root).collect();
    let is_distinct = |root: &NodeRef<'_>| {
        let mut names = BTreeSet::new();
        root.entries().all(|entry| names.insert(entry.name().to_string()))
    };
    let are_maps = || roots.iter().all(|root| root.entries().len() > 0);
    stream.first_error().is_none()
        && stream.chunks.iter().all(|chunk| chunk.trailing.is_none())
        && roots.iter().all(is_distinct)
        && (roots.len() < 2 || are_maps())
}
