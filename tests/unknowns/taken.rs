//! Removes values, keys and files one at a time.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use rayon::prelude::*;
use rke2_lint::engine::Input;

use super::common::{Fixture, SETTINGS};
use super::exceptions::{EXCEPTIONS, covers, matches, shown_by};
use super::mutations::{Mutation, Taken, of_text};
use super::trees::{Place, TREES, Tree, found, found_anywhere, is_sampled, options};

/// By default, one in this many mutations is tested.
const ONE_IN: u64 = 4;

/// A finding that only appears because something was removed.
struct New {
    rule: String,
    taken: Taken,
    key: String,
    /// The tree, the file that was changed, and the place of the finding.
    words: String,
}

#[test]
fn what_is_taken_away_adds_no_finding() {
    let tried = AtomicUsize::new(0);
    let new: Mutex<Vec<New>> = Mutex::default();
    TREES.par_iter().for_each(|tree| {
        let found = try_tree(tree, &tried, |number, _| is_sampled(&[&tree.name], number, ONE_IN));
        new.lock().unwrap().extend(found);
    });
    let new = new.into_inner().unwrap();
    let is_right = |new: &&New| {
        let rows = EXCEPTIONS.iter().filter(|exceptions| exceptions.taken == new.taken);
        rows.flat_map(|exceptions| exceptions.rows).any(|row| covers(*row, &new.rule, &new.key))
    };
    let mut lost: BTreeMap<(&str, Taken, &str), (usize, &str)> = BTreeMap::new();
    for new in new.iter().filter(|new| !is_right(new)) {
        lost.entry((&new.rule, new.taken, &new.key)).or_insert((0, &new.words)).0 += 1;
    }
    eprintln!("{} trees, {} mutations, {} new findings", TREES.len(), tried.into_inner(), new.len());
    let line = |((rule, taken, key), (count, words)): (&(&str, Taken, &str), &(usize, &str))| {
        format!("{rule}\t{taken:?}\t{key}\t{count}\t{words}\n")
    };
    let lines: String = lost.iter().map(line).collect();
    assert!(lines.is_empty(), "findings that rest on what was taken away:\n{lines}");
}

#[test]
fn every_exception_is_needed() {
    for exceptions in EXCEPTIONS {
        assert!(!exceptions.reason.is_empty());
        for (rule, key, witness) in exceptions.rows {
            let tree = TREES.iter().find(|tree| tree.name == *witness);
            let tree = tree.unwrap_or_else(|| panic!("{rule}: there is no tree {witness}"));
            let wanted = |_, mutation: &Mutation| {
                mutation.taken == exceptions.taken && matches(shown_by(key), &mutation.key)
            };
            let new = try_tree(tree, &AtomicUsize::new(0), wanted);
            assert!(
                new.iter().any(|new| new.rule == *rule),
                "{rule} without `{key}` of {witness} needs no exception"
            );
        }
    }
}

/// Tests the wanted mutations of a tree, selected by number or by content, and returns the new findings.
fn try_tree(tree: &Tree, tried: &AtomicUsize, is_wanted: impl Fn(usize, &Mutation) -> bool) -> Vec<New> {
    let mut new = Vec::new();
    let mut number = 0;
    let mut wanted = |mutation: &Mutation| {
        number += 1;
        is_wanted(number, mutation)
    };
    let mut before: Option<BTreeSet<Place>> = None;
    let mut attempt = |changed: &Fixture, path: &str, mutation: &Mutation| {
        tried.fetch_add(1, Ordering::Relaxed);
        let before = before.get_or_insert_with(|| found_anywhere(&tree.fixture, &options(&tree.fixture)));
        let now = found(changed, &options(changed));
        let count = |places: &BTreeSet<Place>, rule: &str, file: &str| {
            places.iter().filter(|(other, path, _)| other == rule && path == file).count()
        };
        for (rule, file, start) in &now {
            // A good tree shows what prevents its rule from firing; without that, it is a bad one.
            let shows = mutation.taken != Taken::Value && tree.name.starts_with(&format!("{rule}/good"));
            let at = if file == path { mutation.back(*start) } else { [*start; 2] };
            let known = at.iter().any(|at| before.contains(&(rule.clone(), file.clone(), *at)));
            let marked = mutation.taken == Taken::Value && file == path && mutation.range.contains(&at[0]);
            // A finding about something as a whole may point at another part of it.
            let moved = mutation.taken == Taken::Key && count(&now, rule, file) <= count(before, rule, file);
            if (known && !marked) || moved || shows {
                continue;
            }
            let kept = if known { "kept: " } else { "" };
            let words = format!("{kept}{} {path} {:?} -> {file}:{}", tree.name, mutation.replacement, at[0]);
            new.push(New { rule: rule.clone(), taken: mutation.taken, key: mutation.key.clone(), words });
        }
    };
    for file in files(&tree.fixture) {
        let path = file.path();
        let all = Mutation { taken: Taken::File, key: path.clone(), range: 0..0, replacement: String::new() };
        if !matches!(file, File::Settings) && wanted(&all) {
            attempt(&file.without(&tree.fixture), &path, &all);
        }
        let Some(text) = file.text(&tree.fixture) else { continue };
        for mutation in of_text(&text) {
            if file.allows(&mutation) && wanted(&mutation) {
                attempt(&file.with(&tree.fixture, mutation.apply(&text)), &path, &mutation);
            }
        }
    }
    new
}

/// A file of a tree.
enum File {
    Source(String),
    Before(usize, String),
    Settings,
}

fn files(fixture: &Fixture) -> Vec<File> {
    let sources = fixture.sources.keys().cloned().map(File::Source);
    let before = fixture.before.iter().flatten().enumerate();
    let before = before.map(|(index, file)| File::Before(index, file.shown.clone()));
    sources.chain(before).chain(fixture.settings.source.as_ref().map(|_| File::Settings)).collect()
}

impl File {
    fn path(&self) -> String {
        match self {
            Self::Source(path) | Self::Before(_, path) => path.clone(),
            Self::Settings => SETTINGS.to_owned(),
        }
    }

    fn text(&self, fixture: &Fixture) -> Option<String> {
        let input = match self {
            Self::Source(path) => &fixture.sources[path],
            Self::Before(index, _) => &fixture.before.as_ref()?[*index].input,
            Self::Settings => return fixture.settings.source.as_ref().map(|source| source.text().to_owned()),
        };
        match input {
            Input::Bytes(bytes) => String::from_utf8(bytes.clone()).ok(),
            Input::DanglingLink => None,
        }
    }

    /// In settings, only facts about hosts and configurations may be removed; the rest are the user's requests.
    fn allows(&self, mutation: &Mutation) -> bool {
        let fact =
            ["clusters.*.host.", "clusters.*.config."].iter().any(|fact| mutation.key.starts_with(fact));
        !matches!(self, Self::Settings) || mutation.taken == Taken::Key && fact
    }

    fn without(&self, fixture: &Fixture) -> Fixture {
        let mut fixture = fixture.clone();
        match self {
            Self::Source(path) => {
                fixture.sources.remove(path);
            }
            Self::Before(index, _) => {
                fixture.before.as_mut().unwrap().remove(*index);
            }
            Self::Settings => {}
        }
        fixture
    }

    fn with(&self, fixture: &Fixture, text: String) -> Fixture {
        let mut fixture = fixture.clone();
        match self {
            Self::Source(path) => {
                fixture.sources.insert(path.clone(), Input::Bytes(text.into_bytes()));
            }
            Self::Before(index, _) => {
                fixture.before.as_mut().unwrap()[*index].input = Input::Bytes(text.into_bytes());
            }
            Self::Settings => fixture.settings = Fixture::settings(text),
        }
        fixture
    }
}
