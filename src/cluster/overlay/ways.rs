//! All ways by which the objects of a base reach a cluster, with the patches on each that replace `spec.valuesContent`
//! and the namespace that replaces theirs. What happens on every way is certain. Must not look at texts.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::kustomization::Kustomization;
use crate::rke2::first_look::{Moved, PatchTarget};

/// What happens to objects on one way.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Way {
    /// The patch targets whose values are replaced.
    pub replaced: Vec<PatchTarget>,
    /// The namespace that replaces those that objects name, if any does.
    pub moved: Option<Moved>,
}

impl Way {
    /// Whether it may make a finding about an object wrong or right.
    fn matters(&self) -> bool {
        !self.replaced.is_empty() || matches!(self.moved, Some(Some(_)))
    }
}

/// In trees with more or longer ways, nothing is treated as replaced.
const MAX_WAYS: usize = 10_000;
const MAX_LENGTH: usize = 64;

/// What Flux or Argo CD deploy: a folder or kustomization, with what they change.
pub type Delivered = BTreeMap<String, Vec<Way>>;

/// The ways of each file that a kustomization lists, by path. `own`: what each kustomization changes itself. Empty when
/// none changes anything.
pub fn ways(
    all: &BTreeMap<String, Kustomization>,
    own: &BTreeMap<&str, Way>,
    delivered: &Delivered,
) -> HashMap<String, Vec<Way>> {
    let mut ways = HashMap::new();
    let is_any = own.values().chain(delivered.values().flatten()).any(Way::matters);
    if !is_any {
        return ways;
    }
    let listed: BTreeSet<&str> = all
        .iter()
        .flat_map(|(place, one)| one.listed().filter(move |path| *path != place))
        .map(String::as_str)
        .collect();
    let mut walk = Walk { all, own, ways: &mut ways, steps: 0 };
    for (place, one) in all {
        match delivered.get(place) {
            Some(deliveries) => {
                for way in deliveries {
                    walk.down(place, one, way, &mut vec![place]);
                }
            }
            None if listed.contains(place.as_str()) => {}
            None => walk.down(place, one, &Way::default(), &mut vec![place]),
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
    own: &'w BTreeMap<&'k str, Way>,
    ways: &'w mut HashMap<String, Vec<Way>>,
    steps: usize,
}

impl<'k> Walk<'_, 'k> {
    /// Descends from a kustomization, the last one of `trail`. `above`: what those above it change.
    fn down(&mut self, place: &'k str, one: &'k Kustomization, above: &Way, trail: &mut Vec<&'k str>) {
        if trail.len() > MAX_LENGTH {
            self.steps = MAX_WAYS;
        }
        self.steps += 1;
        if self.steps > MAX_WAYS {
            return;
        }
        let mut way = above.clone();
        if let Some(own) = self.own.get(place) {
            way.replaced.extend(own.replaced.iter().cloned());
            // One above sets the namespace later.
            way.moved = way.moved.or_else(|| own.moved.clone());
        }
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
