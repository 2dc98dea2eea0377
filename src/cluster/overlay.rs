//! What a kustomization, Fleet, Flux or Argo CD may change in a manifest: such parts are unknown, not absent. Produces
//! no findings.

mod kustomization;
mod ways;

use std::cell::LazyCell;
use std::collections::{BTreeMap, HashMap, HashSet};

use kustomization::{FileValues, Kustomization};
use ways::{Delivered, Way, ways};

use super::tree::ancestors;
use crate::rke2::classify::Content;
use crate::rke2::file::{Listed, RkeFile, join, resolve};
use crate::rke2::first_look::{Facts, PatchTarget};

/// What may change in a manifest file before it reaches the cluster.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[allow(clippy::struct_excessive_bools, reason = "each may be so whatever the others are")]
pub struct Overlay {
    /// The namespace may be set or replaced.
    pub namespace: bool,
    /// The namespace may be replaced even where an object names it.
    pub moved: bool,
    /// Names may get a prefix or suffix.
    pub name: bool,
    /// The file is a patch, and therefore incomplete on purpose.
    pub patch: bool,
    /// Objects that are not in the tree are deployed together with it.
    pub unseen: bool,
    /// The targets of patches in other files.
    pub patches: Vec<PatchTarget>,
    /// The ways by which it reaches a cluster; collected only if some of them replace values or namespaces.
    ways: Vec<Way>,
}

impl Overlay {
    /// Whether patches replace `spec.valuesContent` of an object on every way to a cluster.
    pub fn replaces_values(&self, kind: &str, name: &str) -> bool {
        let replaces = |way: &Way| way.replaced.iter().any(|target| target.may_mean(kind, name));
        !self.ways.is_empty() && self.ways.iter().all(replaces)
    }

    /// The namespaces into which objects are moved, if they are moved into a known one on every way to a cluster.
    pub fn moved_to(&self) -> Option<Vec<&str>> {
        let names: Option<Vec<&str>> = self.ways.iter().map(|way| way.moved.as_ref()?.as_deref()).collect();
        names.filter(|names| !names.is_empty())
    }

    /// Whether a patch may complete or change an object.
    pub fn changes(&self, kind: &str, name: &str) -> bool {
        self.patches.iter().any(|target| target.may_mean(kind, name))
    }
}

/// The changes that are made to the files of a tree, by place.
#[derive(Debug, Default)]
pub struct Overlays {
    effects: Vec<Effect>,
    /// Changes to a file, or to everything below a folder; indices into `effects`.
    by_place: HashMap<String, Vec<usize>>,
    /// The ways of a file to a cluster, or of everything in a folder without a kustomization.
    ways: HashMap<String, Vec<Way>>,
}

/// What one file changes in others.
#[derive(Clone, Debug, Default)]
#[allow(clippy::struct_excessive_bools, reason = "each may be so whatever the others are")]
struct Effect {
    namespace: bool,
    moved: bool,
    name: bool,
    patch: bool,
    unseen: bool,
    patches: Vec<PatchTarget>,
}

impl Overlays {
    /// Collects the files of a tree that change others. `awake` holds the kustomizations and Fleet files, which are
    /// parsed.
    pub fn of<'a>(awake: impl IntoIterator<Item = &'a RkeFile>, listed: &[Listed]) -> Self {
        let mut overlays = Self::default();
        let mut kustomizations: BTreeMap<String, Kustomization> = BTreeMap::new();
        let mut fleets: Vec<String> = Vec::new();
        for file in awake {
            match file.content {
                Content::Kustomization => {
                    kustomizations.insert(file.place.to_string(), Kustomization::of(file));
                }
                Content::Fleet => fleets.push(file.place.to_string()),
                _ => {}
            }
        }
        if !kustomizations.is_empty() {
            overlays.add_kustomizations(&kustomizations, listed);
        }
        if !fleets.is_empty() {
            overlays.add_fleets(&fleets, listed);
        }
        overlays.add_deliveries(&kustomizations, listed);
        overlays.ways = ways_in(&kustomizations, listed);
        overlays
    }

    fn add_kustomizations(&mut self, all: &BTreeMap<String, Kustomization>, listed: &[Listed]) {
        let patch_files: HashSet<&str> =
            all.values().flat_map(|one| &one.patch_files).map(String::as_str).collect();
        let mut targets: HashMap<String, Vec<PatchTarget>> = HashMap::new();
        for file in listed.iter().filter(|_| !patch_files.is_empty()) {
            let path = file.full_path();
            if let Some(Facts::Objects { objects, .. }) = &file.facts
                && patch_files.contains(path.as_str())
            {
                targets.insert(path, objects.iter().map(PatchTarget::from).collect());
            }
        }
        for (place, one) in all {
            let anything = || vec![PatchTarget::default()];
            let named = one.patches_with(all);
            let mut patches: Vec<PatchTarget> = named.targets;
            for path in &named.files {
                patches.extend(targets.get(path).cloned().unwrap_or_else(anything));
            }
            // A kustomization in a folder above may list the one that lists this file, so each may set the namespace.
            let inside = Effect {
                namespace: true,
                name: one.name,
                patch: one.may_patch,
                unseen: one.unseen,
                ..Effect::default()
            };
            self.add(place.clone(), inside);
            let patch = Effect { patch: true, ..Effect::default() };
            for path in &one.patch_files {
                self.add(path.clone(), patch.clone());
            }
            let outside = Effect {
                namespace: one.namespace,
                moved: one.moves.is_some(),
                name: one.name,
                patch: false,
                unseen: one.unseen,
                patches,
            };
            if outside.is_something() {
                for path in one.reach(place, all) {
                    self.add(path, outside.clone());
                }
            }
        }
    }

    fn add_fleets(&mut self, fleets: &[String], listed: &[Listed]) {
        for place in fleets {
            self.add(place.clone(), Effect { namespace: true, moved: true, ..Effect::default() });
        }
        // In Fleet, `overlays/NAME/…` replaces or patches the file with the same path.
        for file in listed {
            let path = file.full_path();
            let Some((above, rest)) =
                path.split_once("/overlays/").or_else(|| Some(("", path.strip_prefix("overlays/")?)))
            else {
                continue;
            };
            let Some((_, rest)) = rest.split_once('/').filter(|_| fleets.iter().any(|fleet| fleet == above))
            else {
                continue;
            };
            let original = ["_patch.yaml", "_patch.yml", "_patch.json"]
                .iter()
                .find_map(|end| Some(format!("{}{}", rest.strip_suffix(end)?, &end["_patch".len()..])));
            if original.is_some() {
                self.add(path.clone(), Effect { patch: true, ..Effect::default() });
            }
            let replaced = join(above, original.as_deref().unwrap_or(rest));
            self.add(replaced, Effect { patches: vec![PatchTarget::default()], ..Effect::default() });
        }
    }

    fn add_deliveries(&mut self, kustomizations: &BTreeMap<String, Kustomization>, listed: &[Listed]) {
        for file in listed {
            let Some(Facts::Objects { deliveries, .. }) = &file.facts else { continue };
            for delivery in deliveries {
                let effect = Effect {
                    namespace: delivery.namespace,
                    moved: delivery.moves.is_some(),
                    patches: delivery.patches.to_vec(),
                    ..Effect::default()
                };
                if !effect.is_something() {
                    continue;
                }
                // The path is relative to the root of the repository, which is one of the folders above.
                let Some(path) = delivery.path.as_deref().filter(|path| !path.is_empty()) else {
                    self.add(String::new(), effect);
                    continue;
                };
                for place in ancestors(&file.place).map(|above| resolve(above, path)) {
                    if let Some(one) = kustomizations.get(&place) {
                        for path in one.reach(&place, kustomizations) {
                            self.add(path, effect.clone());
                        }
                    }
                    self.add(place, effect.clone());
                }
            }
        }
    }

    fn add(&mut self, place: String, effect: Effect) {
        self.by_place.entry(place).or_default().push(self.effects.len());
        self.effects.push(effect);
    }

    /// The changes that may be made to a file.
    pub fn on(&self, file: &RkeFile) -> Overlay {
        let mut overlay = Overlay::default();
        if self.by_place.is_empty() {
            return overlay;
        }
        for place in ancestors(&file.full_path()) {
            for effect in self.by_place.get(place).into_iter().flatten().map(|&index| &self.effects[index]) {
                overlay.namespace |= effect.namespace;
                overlay.moved |= effect.moved;
                overlay.name |= effect.name;
                overlay.patch |= effect.patch;
                overlay.unseen |= effect.unseen;
                overlay.patches.extend(effect.patches.iter().cloned());
            }
        }
        if !self.ways.is_empty() {
            let path = file.full_path();
            let ways = ancestors(&path).filter_map(|place| self.ways.get(place));
            overlay.ways = ways.flatten().cloned().collect();
        }
        overlay
    }
}

/// The ways by which files reach a cluster.
fn ways_in(all: &BTreeMap<String, Kustomization>, listed: &[Listed]) -> HashMap<String, Vec<Way>> {
    let patch_files: HashSet<&str> =
        all.values().flat_map(|one| &one.patch_files).map(String::as_str).collect();
    let mut in_files: HashMap<String, FileValues> = HashMap::new();
    let mut delivered = Delivered::new();
    let folders =
        LazyCell::new(|| listed.iter().flat_map(|file| ancestors(&file.place)).collect::<HashSet<&str>>());
    for file in listed {
        if let Some(Facts::Objects { deliveries, .. }) = &file.facts {
            for delivery in deliveries {
                let Some(path) = delivery.path.as_deref().filter(|path| !path.is_empty()) else { continue };
                let replaced = delivery.patches.iter().filter(|target| target.replaces).cloned().collect();
                let mut way = Way { replaced, moved: delivery.moves.clone() };
                let places: Vec<String> = ancestors(&file.place).map(|above| resolve(above, path)).collect();
                // Where several folders have the path, it is not known which of them is meant.
                if matches!(way.moved, Some(Some(_)))
                    && places.iter().filter(|place| folders.contains(place.as_str())).count() > 1
                {
                    way.moved = Some(None);
                }
                for place in places {
                    delivered.entry(place).or_default().push(way.clone());
                }
            }
        }
        // Most trees have no patch files, so the path is built only if needed.
        if patch_files.is_empty() || !patch_files.contains(file.full_path().as_str()) {
            continue;
        }
        let values = match &file.facts {
            Some(Facts::ValuesPatch) => FileValues::Operations,
            Some(Facts::Objects { objects, .. }) => {
                FileValues::Of(objects.iter().filter(|one| one.has_values).map(PatchTarget::from).collect())
            }
            _ => continue,
        };
        in_files.insert(file.full_path(), values);
    }
    // One that may list any other may set the namespace last, and so may a component.
    let is_open = all.values().any(|one| one.is_open || one.has_components());
    let own = |one: &Kustomization| Way {
        replaced: one.replaced(all, |path| in_files.get(path).cloned()),
        moved: one.moves.clone().map(|moved| moved.filter(|_| !is_open)),
    };
    let own: BTreeMap<&str, Way> = all.iter().map(|(place, one)| (place.as_str(), own(one))).collect();
    ways(all, &own, &delivered)
}

impl Effect {
    fn is_something(&self) -> bool {
        self.namespace || self.name || self.patch || self.unseen || !self.patches.is_empty()
    }
}

/// Whether a file may change others.
pub fn is_overlay(content: Content) -> bool {
    matches!(content, Content::Kustomization | Content::Fleet)
}
