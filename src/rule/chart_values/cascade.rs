//! Joins the faults of several keys that one wrong indentation has misplaced. Must not know the catalogue.

use super::{Fault, words};
use crate::rule::Draft;

/// A misplaced key: where it is, and where it belongs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Misplaced {
    /// The path of the mapping it is in.
    pub(super) parents: Vec<String>,
    /// Its name.
    pub(super) key: String,
    /// The path of the mapping it belongs to.
    pub(super) to: Vec<String>,
}

impl Misplaced {
    /// The key at `path` if the chart knows the same key under another parent: `eni.ipam`, where the chart has `ipam`.
    pub(super) fn of(path: &[String], known: &[String]) -> Option<Self> {
        let ((key, parents), (name, to)) = (path.split_last()?, known.split_last()?);
        (key == name && to != parents).then(|| Self {
            parents: parents.to_vec(),
            key: key.clone(),
            to: to.to_vec(),
        })
    }
}

/// Joins those faults of one mapping whose keys belong to the same other mapping. `from` is the index of its first
/// fault.
pub(super) fn join(faults: &mut Vec<Fault>, from: usize, path: &[String]) {
    let here = |fault: &Fault| fault.misplaced.as_ref().is_some_and(|misplaced| misplaced.parents == path);
    let mut at = from;
    while at < faults.len() {
        let Some(first) = faults[at].misplaced.clone().filter(|_| here(&faults[at])) else {
            at += 1;
            continue;
        };
        let same = |fault: &Fault| {
            here(fault) && fault.misplaced.as_ref().is_some_and(|misplaced| misplaced.to == first.to)
        };
        let rest: Vec<Fault> = faults.extract_if(at + 1.., |fault| same(fault)).collect();
        if !rest.is_empty() {
            faults[at].draft = joined(&first, &faults[at], &rest);
        }
        at += 1;
    }
}

fn joined(first: &Misplaced, fault: &Fault, rest: &[Fault]) -> Draft {
    let keys = match rest {
        [one] => {
            let other = one.misplaced.as_ref().map_or("", |misplaced| misplaced.key.as_str());
            format!("`{}` and `{other}`", first.key)
        }
        more => format!("`{}` and {} more keys", first.key, more.len()),
    };
    let place = |path: &[String]| match path {
        [] => "at the top level".to_owned(),
        path => format!("under `{}`", words::path(path)),
    };
    let message =
        format!("{keys} belong {}; Helm silently ignores them {}", place(&first.to), place(&first.parents));
    let help = match first.parents.split_last() {
        Some((parent, above)) if above == first.to => {
            format!("dedent these lines to the level of `{parent}`")
        }
        _ if first.to.starts_with(&first.parents) => format!("indent these lines {}", place(&first.to)),
        _ if first.to.is_empty() => "move these lines to the top level".to_owned(),
        _ => format!("move these lines {}", place(&first.to)),
    };
    let mut draft = Draft::new(fault.draft.at, message).help(help);
    draft.severity = std::iter::once(fault).chain(rest).filter_map(|fault| fault.draft.severity).max();
    for other in rest {
        draft = draft.related(other.draft.at, "also misplaced");
    }
    draft
}
