//! Cluster API objects of one cluster: a control plane, the ConfigMap of its manifests, the Cluster that refers to it,
//! and the templates of that cluster's agents. Must not read texts.

use std::collections::{BTreeMap, BTreeSet};

use super::{File, ObjectName, common_folders};
use crate::unit::{Relation, Release, Unread};

/// Kinds of control planes, each with the kind of object that refers to it.
const CONTROL_PLANES: &[(&str, &str)] =
    &[("RKE2ControlPlane", "Cluster"), ("RKE2ControlPlaneTemplate", "ClusterClass")];

/// An object: the index of its file, and its index there.
type At = (usize, usize);

struct Objects<'f> {
    files: &'f [File],
    by_name: BTreeMap<&'f ObjectName, Vec<At>>,
    /// The references from each object, with the index of the file that contains them.
    from: BTreeMap<&'f ObjectName, Vec<(usize, &'f ObjectName)>>,
    /// The references to each object, with the index of the file that contains them.
    to: BTreeMap<&'f ObjectName, Vec<(usize, &'f ObjectName)>>,
}

/// Moves the units of objects that form one cluster into one folder.
pub fn join(files: &mut [File]) {
    let mut moves: Vec<(At, String, String)> = Vec::new();
    let mut releases: Vec<(usize, Release)> = Vec::new();
    let mut missing: Vec<(usize, String)> = Vec::new();
    {
        let objects = Objects::of(files);
        for (file, to) in objects.to.iter().flat_map(|(to, from)| from.iter().map(|(file, _)| (*file, *to))) {
            if to.kind == "ConfigMap" && objects.nearest(file, to).is_none() {
                missing.push((file, to.name.clone()));
            }
        }
        let mut taken = BTreeSet::new();
        for (owner, cluster_kind) in objects.control_planes() {
            let members = objects.members(owner, cluster_kind);
            if members.is_empty() {
                continue;
            }
            let island = objects.island(owner).to_owned();
            moves.push((owner, island.clone(), String::new()));
            for member in members.into_iter().filter(|member| taken.insert(*member)) {
                let name = objects.name(member);
                let node = match name.kind {
                    "RKE2ConfigTemplate" => format!("/agents/{}", name.name),
                    _ => String::new(),
                };
                moves.push((member, island.clone(), node));
                releases.push((member.0, files[owner.0].units.release.clone()));
            }
        }
    }
    for (file, name) in missing {
        let reason = format!("the ConfigMap `{name}` is not in the tree, or has no chart objects");
        let unread = Unread { part: "manifestsConfigMapReference".to_owned(), reason };
        files[file].units.unread.push(unread);
    }
    for (index, release) in releases {
        let own = &mut files[index].units.release;
        *own = std::mem::take(own).and(release);
    }
    for ((file, object), island, node) in moves {
        let units = &mut files[file].units;
        let from = units.links.objects[object].island.clone();
        for unit in
            units.units.iter_mut().filter(|unit| unit.island() == from && unit.relation != Relation::Joined)
        {
            unit.move_to(&island, &node, true);
        }
    }
}

impl<'f> Objects<'f> {
    fn of(files: &'f [File]) -> Self {
        let mut by_name: BTreeMap<&ObjectName, Vec<At>> = BTreeMap::new();
        let mut from: BTreeMap<&ObjectName, Vec<_>> = BTreeMap::new();
        let mut to: BTreeMap<&ObjectName, Vec<_>> = BTreeMap::new();
        for (index, file) in files.iter().enumerate() {
            for (number, object) in file.units.links.objects.iter().enumerate() {
                by_name.entry(&object.name).or_default().push((index, number));
            }
            for reference in &file.units.links.references {
                from.entry(&reference.from).or_default().push((index, &reference.to));
                to.entry(&reference.to).or_default().push((index, &reference.from));
            }
        }
        Self { files, by_name, from, to }
    }

    fn control_planes(&self) -> Vec<(At, &'static str)> {
        let of_kind = |(name, found): (&&ObjectName, &Vec<At>)| {
            let kind = CONTROL_PLANES.iter().find(|(kind, _)| *kind == name.kind)?;
            Some(found.iter().map(|at| (*at, kind.1)).collect::<Vec<_>>())
        };
        self.by_name.iter().filter_map(of_kind).flatten().collect()
    }

    /// The members of a control plane: its manifests, and the objects of the Cluster, if exactly one refers to it.
    fn members(&self, owner: At, cluster_kind: &str) -> Vec<At> {
        let name = self.name(owner);
        let mut members: Vec<At> = self
            .named_by(name, owner.0)
            .filter(|to| to.kind == "ConfigMap")
            .filter_map(|to| self.nearest(owner.0, to))
            .collect();
        let clusters: BTreeSet<(&ObjectName, Option<At>)> = of(&self.to, name)
            .filter(|(file, from)| from.kind == cluster_kind && self.nearest(*file, name) == Some(owner))
            .map(|(file, from)| (*from, self.nearest(*file, from)))
            .collect();
        let [(cluster, at)] = clusters.into_iter().collect::<Vec<_>>()[..] else { return members };
        members.extend(at);
        let near = at.map_or(owner.0, |at| at.0);
        let agents: BTreeSet<&ObjectName> =
            self.named_by(cluster, near).filter(|to| to.kind == "RKE2ConfigTemplate").collect();
        for agent in agents {
            let others = of(&self.to, agent).any(|(_, from)| *from != cluster);
            members.extend(self.nearest(near, agent).filter(|_| !others));
        }
        members
    }

    /// The objects that an object refers to, from the files nearest to `near`.
    fn named_by(&self, name: &ObjectName, near: usize) -> impl Iterator<Item = &'f ObjectName> {
        let best = of(&self.from, name).map(|(file, _)| self.common(near, *file)).max().unwrap_or_default();
        of(&self.from, name).filter(move |(file, _)| self.common(near, *file) == best).map(|(_, to)| *to)
    }

    fn common(&self, one: usize, other: usize) -> usize {
        if one == other {
            return usize::MAX;
        }
        common_folders(&self.files[one].path, &self.files[other].path)
    }

    /// The object with this name that is nearest to a file; `None` if several are.
    fn nearest(&self, file: usize, name: &ObjectName) -> Option<At> {
        let found = self.by_name.get(name)?;
        let best = found.iter().map(|at| self.common(file, at.0)).max()?;
        let mut nearest = found.iter().filter(|at| self.common(file, at.0) == best);
        nearest.next().filter(|_| nearest.next().is_none()).copied()
    }

    fn name(&self, at: At) -> &'f ObjectName {
        &self.files[at.0].units.links.objects[at.1].name
    }

    fn island(&self, at: At) -> &'f str {
        &self.files[at.0].units.links.objects[at.1].island
    }
}

fn of<'o, 'f>(
    references: &'o BTreeMap<&'f ObjectName, Vec<(usize, &'f ObjectName)>>,
    name: &ObjectName,
) -> impl Iterator<Item = &'o (usize, &'f ObjectName)> {
    references.get(name).into_iter().flatten()
}
