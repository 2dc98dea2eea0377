//! Which maps with RKE2's keys are RKE2 configurations. Files that can be decided by their content and place come
//! first, then those that depend on the files next to them. Must not look into files.

use std::collections::BTreeSet;
use std::fmt;

use super::Plan;
use crate::rke2::classify::Content;
use crate::rke2::evidence::{Evidence, Leaning};
use crate::rke2::file::Listed;
use crate::rke2::place::{Owner, above_roles, is_of_image_builder, owner};
use crate::source::{file_name, folder};
use crate::threads;

/// How a file with keys of config.yaml or registries.yaml is treated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// As RKE2's.
    Ours,
    /// As not RKE2's.
    Foreign(Foreign),
    /// It does not have such keys.
    NoKeys,
}

/// Why a file with such keys is not treated as RKE2's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Foreign {
    /// Its keys or its place are those of K3s.
    K3s,
    /// It joins at port 6443, as K3s nodes do.
    JoinsApiPort,
    /// Too few of its keys are RKE2's: other programs have such keys, too.
    TooFew {
        /// Number of keys that RKE2 knows.
        known: u16,
        /// Number of keys in the file.
        total: u16,
    },
}

impl fmt::Display for Foreign {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::K3s => f.write_str("K3s configuration"),
            Self::JoinsApiPort => {
                f.write_str("joins at port 6443, as K3s nodes do, and no RKE2 file is nearby")
            }
            Self::TooFew { known, total } => {
                let (key, verb) = if *total == 1 {
                    ("key", "is")
                } else {
                    ("keys", if *known == 1 { "is" } else { "are" })
                };
                write!(f, "{known} of {total} top-level {key} {verb} RKE2's, too few to identify a config")
            }
        }
    }
}

/// Determines how each file is treated.
pub fn verdicts(files: &[Listed], plan: &Plan<'_>) -> Vec<Verdict> {
    let of_file = |index: usize| {
        let file = &files[index];
        alone(file.content, plan.is_config(index), plan.site(index, file))
    };
    let mut verdicts = threads::map(0..files.len(), files.len() >= threads::MANY_FILES, of_file);
    if verdicts.iter().any(Option::is_none) {
        let around = Around::of(files, &verdicts, plan);
        for (index, file) in files.iter().enumerate() {
            if let (None, Content::Config(evidence)) = (verdicts[index], file.content) {
                verdicts[index] = Some(around.decide(evidence, plan.site(index, file)));
            }
        }
    }
    verdicts.into_iter().map(|verdict| verdict.unwrap_or(Verdict::NoKeys)).collect()
}

/// The verdict if the file alone determines it; `None` if it depends on the files next to it.
fn alone(content: Content, declared: bool, place: &str) -> Option<Verdict> {
    let k3s = Verdict::Foreign(Foreign::K3s);
    if declared {
        return Some(Verdict::Ours);
    }
    let evidence = match content {
        Content::Registries if owner(place) == Some(Owner::K3s) => return Some(k3s),
        Content::Registries => return Some(Verdict::Ours),
        Content::Config(evidence) => evidence,
        _ => return Some(Verdict::NoKeys),
    };
    Some(match (evidence.leaning(), owner(place)) {
        (Leaning::Other, _) => too_few(evidence),
        (Leaning::Rke2Only, _) => Verdict::Ours,
        (_, Some(Owner::K3s)) | (Leaning::K3s, None) => k3s,
        (Leaning::Rke2, _) | (Leaning::K3s | Leaning::JoinsApiPort, Some(Owner::Rke2)) => Verdict::Ours,
        (Leaning::Unsure, of) if of.is_some() || is_of_image_builder(place) => {
            let values = file_name(place).starts_with("values.");
            if evidence.fits_named_place() && !values { Verdict::Ours } else { too_few(evidence) }
        }
        (Leaning::Unsure | Leaning::JoinsApiPort, _) => return None,
    })
}

fn too_few(evidence: Evidence) -> Verdict {
    Verdict::Foreign(Foreign::TooFew { known: evidence.known, total: evidence.total })
}

/// The folders that contain files which are known to be RKE2's.
struct Around<'f> {
    /// Folders with any RKE2 file.
    rke2: BTreeSet<&'f str>,
    /// Folders with an override of a packaged chart, and folders above a `manifests` folder with one.
    charts: BTreeSet<&'f str>,
}

impl<'f> Around<'f> {
    fn of(files: &'f [Listed], verdicts: &[Option<Verdict>], plan: &'f Plan<'_>) -> Self {
        let mut around = Self { rke2: BTreeSet::new(), charts: BTreeSet::new() };
        for (index, file) in files.iter().enumerate() {
            let folder = folder(plan.site(index, file));
            if file.packaged {
                around.rke2.insert(folder);
                around.charts.insert(folder);
                around.charts.extend(above_manifests(folder));
            } else if verdicts[index] == Some(Verdict::Ours) {
                around.rke2.insert(folder);
            }
        }
        around
    }

    fn decide(&self, evidence: Evidence, place: &str) -> Verdict {
        let folder = folder(place);
        let is_ours = match evidence.leaning() {
            Leaning::JoinsApiPort => self.holds_below(above_roles(folder)),
            _ => {
                matches!(file_name(place), "config.yaml" | "config.yml")
                    && self.charts.contains(folder)
                    && evidence.fits_neighbour()
            }
        };
        match evidence.leaning() {
            _ if is_ours => Verdict::Ours,
            Leaning::JoinsApiPort => Verdict::Foreign(Foreign::JoinsApiPort),
            _ => too_few(evidence),
        }
    }

    fn holds_below(&self, folder: &str) -> bool {
        if folder.is_empty() {
            return !self.rke2.is_empty();
        }
        self.rke2.contains(folder) || {
            let below = format!("{folder}/");
            self.rke2.range(below.as_str()..).next().is_some_and(|next| next.starts_with(&below))
        }
    }
}

/// The folder above the outermost `manifests` folder on a path.
fn above_manifests(folder: &str) -> Option<&str> {
    let mut end = 0;
    for part in folder.split('/') {
        if part == "manifests" {
            return Some(folder[..end].trim_end_matches('/'));
        }
        end += part.len() + 1;
    }
    None
}
