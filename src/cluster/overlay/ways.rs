//! All ways by which the objects of a base reach a cluster, with the patches on each that replace `spec.valuesContent`.
//! A text that is replaced on every way has no effect. Must not look at texts.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::kustomization::Kustomization;
use crate::rke2::first_look::PatchTarget;

/// The patch targets whose values are replaced on one way.
pub type Way = Vec<PatchTarget>;

/// In trees with more or longer ways, nothing is treated as replaced.
const MAX_WAYS: usize = 10_000;
const MAX_LENGTH: usize = 64;

/// What Flux or Argo CD deploy: a folder or kustomization, with the targets of patches that replace values.
pub type Delivered = BTreeMap<String, Vec<Way>>;

/// The ways of each file that a kustomization lists, by path. Empty when no patch replaces values.
pub fn ways(
    all: &BTreeMap<String, Kustomization>,
    replaced: &BTreeMap<&str, Way>,
    delivered: &Delivered,
) -> HashMap<String, Vec<Way>> {
    let mut ways = HashMap::new();
    let is_any = replaced.values().chain(delivered.values().flatten()).any(|way| !way.is_empty());
    if !is_any {
        return ways;
    }
    let listed: BTreeSet<&str> = all
        .iter()
        .flat_map(|(place, one)| one.listed().filter(move |path| *path != place))
        .map(String::as_str)
        .collect();
    let mut walk = Walk { all, replaced, ways: &mut ways, steps: 0 };
    for (place, one) in all {
        match delivered.get(place) {
            Some(deliveries) => {
                for way in deliveries {
                    walk.down(place, one, way, &mut vec![place]);
                }
            }
            None if listed.contains(place.as_str()) => {}
            None => walk.down(place, one, &[], &mut vec![place]),
        }
    }
    let is_too_large = walk.steps > MAX_WAYS;
    // Flux generates a kustomization for a folder without one.
    for (folder, deliveries) in delivered.iter().filter(|(folder, _)| !all.contains_key(*folder)) {
        ways.entry(folder.clone()).or_insert_with(Vec::new).extend(deliveries.iter().cloned());
    }
    if is_too_large {
        ways.clear();
    }
    ways
}

struct Walk<'w, 'k> {
    all: &'k BTreeMap<String, Kustomization>,
    replaced: &'w BTreeMap<&'k str, Way>,
    ways: &'w mut HashMap<String, Vec<Way>>,
    steps: usize,
}

impl<'k> Walk<'_, 'k> {
    /// Descends from a kustomization, the last one of `trail`. `above`: the targets replaced by those above it.
    fn down(
        &mut self,
        place: &'k str,
        one: &'k Kustomization,
        above: &[PatchTarget],
        trail: &mut Vec<&'k str>,
    ) {
        if trail.len() > MAX_LENGTH {
            self.steps = MAX_WAYS;
        }
        self.steps += 1;
        if self.steps > MAX_WAYS {
            return;
        }
        let mut way = above.to_vec();
        way.extend(self.replaced.get(place).into_iter().flatten().cloned());
        for path in one.listed() {
            match self.all.get_key_value(path) {
                // Kustomize rejects cycles.
                Some((below, _)) if trail.contains(&below.as_str()) => {}
                Some((below, next)) => {
                    trail.push(below);
                    self.down(below, next, &way, trail);
                    trail.pop();
                }
                None => {
                    self.steps += 1;
                    if self.steps > MAX_WAYS {
                        return;
                    }
                    self.ways.entry(path.clone()).or_default().push(way.clone());
                }
            }
        }
    }
}
