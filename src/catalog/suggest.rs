//! Suggestions for an unknown key: similar names, and the same name in another place. Must not decide whether a key is
//! wrong.

use serde::Serialize;
use strsim::osa_distance;

use super::attr::{Attr, Flags};
use super::chart::{ANY, ChartView, Lookup, Node};
use super::config_key::{ConfigKey, Role};
use super::config_keys;
use crate::release::Release;

/// Maximum number of suggestions.
const MOST: usize = 5;
/// Maximum cost of a suggestion; worse ones do not help.
const WORST: usize = 60;

/// Why a path is suggested.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reason {
    /// The key differs only in case or separators.
    Case,
    /// A key with a similar spelling.
    Spelling,
    /// The key exists at a higher level: it is nested too deep.
    TooDeep,
    /// The key exists at a lower level: it is not nested deep enough.
    TooShallow,
    /// The key exists under another parent.
    OtherParent,
}

/// A path that may have been meant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Suggestion {
    /// The full path of the key that replaces the unknown one; `*` is any key.
    pub path: Vec<String>,
    /// Why it is suggested.
    pub reason: Reason,
    /// Lower is better; only meaningful in comparison.
    pub cost: usize,
}

/// Suggestions for an unknown path, best first.
///
/// Elements after the unknown key are used to rank suggestions. Under an open path, only a sibling with one edit is
/// suggested; for a known path, nothing is suggested.
pub fn suggest<S: AsRef<str>>(view: ChartView<'_>, path: &[S]) -> Vec<Suggestion> {
    let path: Vec<&str> = path.iter().map(AsRef::as_ref).collect();
    let (depth, open) = match view.lookup(&path) {
        Lookup::Known(_) => return Vec::new(),
        Lookup::Unknown { depth, .. } => (depth, false),
        Lookup::Open => {
            let known = (0..path.len()).rev();
            let known = known.filter(|length| matches!(view.lookup(&path[..*length]), Lookup::Known(_)));
            (known.max().unwrap_or(0), true)
        }
    };
    let Some((key, rest)) = path.get(depth).zip(path.get(depth + 1..)) else { return Vec::new() };
    let mut search = Search { view, prefix: &path[..depth], key, rest, found: Vec::new() };
    if open {
        let siblings: Vec<&str> = view.children(search.prefix).map(|(key, _)| key).collect();
        for sibling in siblings {
            if let Some((cost, reason)) = spelling(key, sibling).filter(|(cost, _)| *cost < FAR) {
                search.found.push(Suggestion { path: joined(&path[..depth], &[sibling]), reason, cost });
            }
        }
    } else if let Some(root) = view.root() {
        search.walk(root, &mut Vec::new(), 0);
    }
    let mut found = search.found;
    found.sort_by(|a, b| (a.cost, a.path.len(), &a.path).cmp(&(b.cost, b.path.len(), &b.path)));
    found.truncate(MOST);
    found
}

/// The sibling of an unknown key that has a similar spelling and is read by templates, if there is exactly one: a typo,
/// in a map whose keys are not all known.
pub fn near_sibling<'a, S: AsRef<str>>(view: ChartView<'a>, parents: &[S], key: &str) -> Option<&'a str> {
    let siblings = view.siblings(parents);
    let mut near: Vec<(usize, &str)> = siblings
        .into_iter()
        .filter(|(_, attr)| attr.is_read() || attr.flags.contains(Flags::VALUES))
        .filter_map(|(sibling, _)| Some((spelling(key, sibling)?.0, sibling)))
        .filter(|(cost, _)| *cost < FAR)
        .collect();
    near.sort_unstable();
    near.dedup();
    match near.as_slice() {
        [(_, only)] => Some(only),
        [(best, sibling), (next, _), ..] if best < next => Some(sibling),
        _ => None,
    }
}

/// Keys of config.yaml that nodes with this role accept and that a name may be a misspelling of, best first.
pub fn suggest_config_key(name: &str, role: Role, release: Release) -> Vec<&'static ConfigKey> {
    let accepted = config_keys().iter().filter(|key| key.is_accepted(role, release));
    let mut near: Vec<(usize, &ConfigKey)> =
        accepted.filter_map(|key| Some((spelling(name, &key.name)?.0, key))).collect();
    near.sort_by_key(|(cost, key)| (*cost, key.name.as_str()));
    near.into_iter().take(MOST).map(|(_, key)| key).collect()
}

struct Search<'a> {
    view: ChartView<'a>,
    prefix: &'a [&'a str],
    key: &'a str,
    rest: &'a [&'a str],
    found: Vec<Suggestion>,
}

impl<'a> Search<'a> {
    /// Searches all keys of the chart; `shared` is the number of leading elements that match the written path.
    fn walk(&mut self, node: &Node, path: &mut Vec<&'a str>, shared: usize) {
        let up = self.prefix.len() - shared;
        let down = path.len() - shared;
        for child in self.view.chart.children(node) {
            let Some(attr) = self.view.attr(child) else { continue };
            let key = self.view.chart.key(child);
            if key != ANY && !attr.is_guard_only() && !attr.flags.contains(Flags::INJECTED) {
                self.consider(key, attr, path, up, down);
            }
            // Whether this is the written element, or the chart accepts any key here.
            let written = self.prefix.get(shared).copied().filter(|_| shared == path.len());
            let same = written.is_some_and(|written| written == key || key == ANY);
            path.push(if same { written.unwrap_or(key) } else { key });
            self.walk(child, path, shared + usize::from(same));
            path.pop();
        }
    }

    fn consider(&mut self, key: &str, attr: &Attr, parents: &[&str], up: usize, down: usize) {
        let moved = up + down;
        let (spelt, reason) = if key == self.key && moved > 0 {
            let reason = match (up, down) {
                (_, 0) => Reason::TooDeep,
                (0, _) => Reason::TooShallow,
                _ => Reason::OtherParent,
            };
            (0, reason)
        } else {
            match spelling(self.key, key) {
                Some(near) if moved == 0 || (moved == 1 && near.0 < FAR) => near,
                _ => return,
            }
        };
        let across = if up > 0 && down > 0 { 4 } else { 0 };
        let wild = 3 * parents.iter().filter(|key| **key == ANY).count();
        // A key that occurs only in a comment may be part of an example.
        let unread = match attr.is_read() {
            true => 0,
            false if attr.is_only_commented() => 8,
            false => 1,
        };
        let cost = spelt + 12 * up + 14 * down + across + wild + unread;
        if cost > WORST {
            return;
        }
        let path = joined(parents, &[key]);
        let cost = self.fit(&path, cost);
        if cost <= WORST {
            self.found.push(Suggestion { path, reason, cost });
        }
    }

    /// Raises the cost if the elements after the unknown key do not exist under the suggested key.
    fn fit(&self, path: &[String], cost: usize) -> usize {
        if self.rest.is_empty() {
            return cost;
        }
        let whole: Vec<&str> = path.iter().map(String::as_str).chain(self.rest.iter().copied()).collect();
        match self.view.lookup(&whole) {
            Lookup::Known(_) => cost.saturating_sub(5),
            Lookup::Open => cost,
            Lookup::Unknown { depth, .. } => cost + 15 * (whole.len() - depth),
        }
    }
}

fn joined(parents: &[&str], rest: &[&str]) -> Vec<String> {
    parents.iter().chain(rest).map(ToString::to_string).collect()
}

/// The cost of two or more edits.
const FAR: usize = 20;

/// The cost of replacing a written key with a known one, if they are similar.
fn spelling(written: &str, known: &str) -> Option<(usize, Reason)> {
    if written == known || written.is_empty() {
        return None;
    }
    if written.eq_ignore_ascii_case(known) {
        return Some((0, Reason::Case));
    }
    let (short, long) = (written.len().min(known.len()), written.len().max(known.len()));
    if long - short > 3 || long > 256 {
        return None;
    }
    let plain = |text: &str| {
        let letters = text.chars().filter(|c| !matches!(c, '-' | '_' | '.'));
        letters.flat_map(char::to_lowercase).collect::<String>()
    };
    let (a, b) = (plain(written), plain(known));
    if a == b {
        return Some((2, Reason::Case));
    }
    // An inserted, missing or swapped letter is more likely than a replaced one.
    let replaced = usize::from(short == long && !same_letters(&a, &b));
    match osa_distance(&a, &b) {
        1 if short >= 2 => Some((if long <= 4 { 9 } else { 6 } + replaced, Reason::Spelling)),
        2 if short >= 6 => Some((FAR + 5, Reason::Spelling)),
        3 if short >= 11 => Some((FAR + 15, Reason::Spelling)),
        _ => None,
    }
}

fn same_letters(a: &str, b: &str) -> bool {
    let sorted = |text: &str| {
        let mut letters: Vec<char> = text.chars().collect();
        letters.sort_unstable();
        letters
    };
    sorted(a) == sorted(b)
}
