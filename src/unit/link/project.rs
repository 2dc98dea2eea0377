//! Relations between the files of one Ansible project or one Terraform module: where templates are installed, the
//! values of their variables, and the installed release. Must not read texts.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::{Call, File, Given};
use crate::source::{file_name, folder};
use crate::unit::Release;
use crate::unit::formats::{is_template, is_terraform};

/// Folders of an Ansible project, which are directly in its root.
const ANSIBLE: &[&str] = &[
    "defaults",
    "environments",
    "files",
    "group_vars",
    "host_vars",
    "inventories",
    "inventory",
    "playbooks",
    "roles",
    "tasks",
    "templates",
    "vars",
];

/// The scope of a variable's definition.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    /// The default of a role.
    Default,
    /// Defined for all hosts of an inventory.
    All,
    /// Defined for some hosts, or for one play.
    Some,
}

/// What other files state about templates and patches before these are read, by the index of the file.
pub fn given(files: &[File]) -> BTreeMap<usize, Given> {
    let mut given = BTreeMap::new();
    let calls = calls(files);
    let variables = Variables::of(files);
    for (index, file) in files.iter().enumerate().filter(|(_, file)| is_template(file_name(&file.path))) {
        let calls = calls.get(&index).map_or(&[][..], Vec::as_slice);
        let mut own = Given { place: place(calls), ..Given::default() };
        if is_jinja(&file.path) {
            own.values = variables.known(&file.path);
        }
        own.values.extend(values(calls));
        if !own.is_empty() {
            given.insert(index, own);
        }
    }
    for (module, locals) in locals(files) {
        let of_module = |file: &File| is_terraform(&file.path) && folder(&file.path) == module;
        for (index, _) in files.iter().enumerate().filter(|(_, file)| of_module(file)) {
            given.entry(index).or_default().locals.clone_from(&locals);
        }
    }
    for (index, chart) in aimed(files) {
        given.entry(index).or_default().chart = Some(chart.to_owned());
    }
    given
}

/// The target chart of each patch in a separate file, as far as all kustomizations agree.
fn aimed(files: &[File]) -> BTreeMap<usize, &str> {
    let mut charts: BTreeMap<&str, BTreeSet<Option<&str>>> = BTreeMap::new();
    for aim in files.iter().flat_map(|file| &file.units.links.aims) {
        charts.entry(&aim.file).or_default().insert(aim.chart.as_deref());
    }
    let of_file = |(index, file): (usize, &File)| {
        let [chart] = charts.get(&*file.path)?.iter().copied().collect::<Vec<_>>()[..] else { return None };
        Some((index, chart?))
    };
    if charts.is_empty() { BTreeMap::new() } else { files.iter().enumerate().filter_map(of_file).collect() }
}

/// Where the locals of each Terraform module are written, as far as all uses of a local agree.
fn locals(files: &[File]) -> BTreeMap<&str, BTreeMap<String, String>> {
    let mut places: BTreeMap<&str, BTreeMap<&str, BTreeSet<&str>>> = BTreeMap::new();
    for file in files {
        for (name, place) in &file.units.links.locals {
            places.entry(folder(&file.path)).or_default().entry(name).or_default().insert(place);
        }
    }
    let only = |(name, places): (&str, BTreeSet<&str>)| {
        let [place] = places.into_iter().collect::<Vec<_>>()[..] else { return None };
        Some((name.to_owned(), place.to_owned()))
    };
    places.into_iter().map(|(module, names)| (module, names.into_iter().filter_map(only).collect())).collect()
}

/// A call, with the index of the file that makes it.
type Made<'f> = (usize, &'f Call);

/// The calls of each template, by the index of its file.
fn calls(files: &[File]) -> BTreeMap<usize, Vec<Made<'_>>> {
    let mut found: BTreeMap<usize, Vec<Made<'_>>> = BTreeMap::new();
    let mut all = files
        .iter()
        .enumerate()
        .flat_map(|(index, file)| file.units.links.calls.iter().map(move |call| (index, call)))
        .peekable();
    if all.peek().is_none() {
        return found;
    }
    let by_path: HashMap<&str, usize> =
        files.iter().enumerate().map(|(index, file)| (file.path.as_ref(), index)).collect();
    for (caller, call) in all {
        if let Some(index) = call.templates.iter().find_map(|path| by_path.get(path.as_str())) {
            found.entry(*index).or_default().push((caller, call));
        }
    }
    found
}

/// The destination of the text, if all calls agree on it.
fn place(calls: &[Made<'_>]) -> Option<String> {
    let mut places = calls.iter().map(|(_, call)| call.place.as_ref());
    let first = places.next()??;
    places.all(|place| place == Some(first)).then(|| first.clone())
}

/// Moves templates that are rendered for one node to that node.
pub fn join(files: &mut [File]) {
    let mut nodes: BTreeMap<String, Vec<(usize, String)>> = BTreeMap::new();
    for (index, calls) in calls(files) {
        if let [(_, Call { island: Some(island), place: Some(place), .. })] = &calls[..]
            && files[index].units.ways.is_empty()
        {
            nodes.entry(island.clone()).or_default().push((index, place.clone()));
        }
    }
    for (island, members) in nodes {
        let places: BTreeSet<&String> = members.iter().map(|(_, place)| place).collect();
        // Two templates for one destination are alternatives.
        if places.len() == members.len() {
            for (index, _) in members {
                files[index].units.units.iter_mut().for_each(|unit| unit.move_to(&island, "", false));
            }
        }
    }
}

/// The values on which all calls agree.
fn values(calls: &[Made<'_>]) -> BTreeMap<String, String> {
    let Some(((_, first), others)) = calls.split_first() else { return BTreeMap::new() };
    let is_same = |(name, value): &(&String, &Option<String>)| {
        others.iter().all(|(_, call)| call.values.get(*name) == Some(*value))
    };
    let known = first.values.iter().filter(is_same);
    known.filter_map(|(name, value)| Some((name.clone(), value.clone()?))).collect()
}

/// A definition: the path of its file, its scope, and its value if that is a plain word.
type Definition<'f> = (&'f str, Rank, Option<&'f str>);

/// All Ansible variables, by name.
struct Variables<'f>(BTreeMap<&'f str, Vec<Definition<'f>>>);

impl<'f> Variables<'f> {
    fn of(files: &'f [File]) -> Self {
        let mut all: BTreeMap<&str, Vec<Definition<'_>>> = BTreeMap::new();
        for file in files {
            for variable in &file.units.links.variables {
                let definition = (&*file.path, rank(&file.path), variable.value.as_deref());
                all.entry(&variable.name).or_default().push(definition);
            }
        }
        Self(all)
    }

    /// The variables that have the same value wherever the template is rendered.
    fn known(&self, template: &str) -> BTreeMap<String, String> {
        let of = |definitions: &[Definition<'f>]| {
            let own: Vec<&Definition<'_>> =
                definitions.iter().filter(|(path, ..)| are_related(path, template)).collect();
            let highest = own.iter().map(|(_, rank, _)| *rank).max()?;
            // A value for all hosts overrides defaults. A value for some hosts leaves the others as they are.
            let least = if highest == Rank::All { Rank::All } else { Rank::Default };
            let mut values = own.iter().filter(|(_, rank, _)| *rank >= least).map(|(.., value)| *value);
            let first = values.next()??;
            values.all(|value| value == Some(first)).then(|| first.to_owned())
        };
        let known =
            self.0.iter().filter_map(|(name, definitions)| Some(((*name).to_owned(), of(definitions)?)));
        known.collect()
    }
}

/// The scope of the definitions in a file.
fn rank(path: &str) -> Rank {
    let parts: Vec<&str> = path.split('/').collect();
    let stem = |part: &str| part.split('.').next().unwrap_or(part).to_owned();
    let of_all = parts.windows(2).any(|pair| pair[0] == "group_vars" && stem(pair[1]) == "all");
    match () {
        () if parts.contains(&"defaults") => Rank::Default,
        () if of_all => Rank::All,
        () => Rank::Some,
    }
}

/// The root of the Ansible project that a file belongs to.
fn root(path: &str) -> &str {
    let mut start = 0;
    for part in path.split('/') {
        if ANSIBLE.contains(&part) {
            return path[..start].trim_end_matches('/');
        }
        start += part.len() + 1;
    }
    folder(path)
}

/// Whether two files may belong to one project: the root of one is inside the root of the other, or the same.
fn are_related(one: &str, other: &str) -> bool {
    let (one, other) = (root(one), root(other));
    let lies_in = |inner: &str, outer: &str| {
        inner
            .strip_prefix(outer)
            .is_some_and(|rest| outer.is_empty() || rest.is_empty() || rest.starts_with('/'))
    };
    lies_in(one, other) || lies_in(other, one)
}

/// The folders with files for the hosts of an inventory, if the path is that of a file with its variables: the folder of
/// the inventory, or, for the only inventory of a project, the folders of the project.
pub fn inventory_folders(path: &str) -> Vec<String> {
    let mut start = 0;
    for part in path.split('/') {
        if matches!(part, "group_vars" | "host_vars") {
            let inventory = path[..start].trim_end_matches('/');
            let project = root(path);
            return match project {
                _ if inventory != project && !ANSIBLE.contains(&file_name(inventory)) => {
                    vec![inventory.to_owned()]
                }
                "" => ANSIBLE.iter().map(|folder| (*folder).to_owned()).collect(),
                _ => vec![project.to_owned()],
            };
        }
        start += part.len() + 1;
    }
    Vec::new()
}

fn is_jinja(path: &str) -> bool {
    [".j2", ".jinja", ".jinja2"].iter().any(|ending| path.ends_with(ending))
}

/// The releases that other files of a project pin for files that do not name one, by the index of the file.
pub fn releases(files: &[File]) -> Vec<(usize, Release)> {
    let pins = |is_one: fn(&File) -> bool| -> Vec<(&str, &Release)> {
        let pinning = files.iter().filter(|file| file.units.release != Release::Absent && is_one(file));
        pinning.map(|file| (&*file.path, &file.units.release)).collect()
    };
    let mut of_ansible = pins(|file| file.units.links.pins && !is_terraform(&file.path));
    of_ansible.retain(|(path, _)| !is_test(path));
    let of_terraform = pins(|file| {
        let is_known = matches!(file.units.release, Release::One { .. });
        is_terraform(&file.path) && (is_known || file.units.links.pins)
    });
    let defaults = defaults(files);
    let of_variables = of_variables(files);
    if of_ansible.is_empty() && of_terraform.is_empty() && defaults.is_empty() && of_variables.is_empty() {
        return Vec::new();
    }
    let calls = callers(files);
    let open = files.iter().enumerate().filter(|(_, file)| {
        matches!(file.units.release, Release::Absent | Release::Computed) && !file.units.units.is_empty()
    });
    open.filter_map(|(index, file)| {
        let path: &str = &file.path;
        let is_of_ansible =
            is_jinja(path) || file.units.units.iter().any(|unit| unit.origin.format == "ansible");
        let module = if is_terraform(path) { Some(folder(path)) } else { calls.get(&index).copied() };
        let release = if is_of_ansible {
            let holds = |other: &str| are_related(path, other) && !is_example_for(other, path);
            agreed(of_ansible.iter().filter(|(other, _)| holds(other)))
                .or_else(|| agreed(defaults.iter().filter(|(other, _)| are_related(path, other))))
        } else {
            let module = module?;
            let own =
                |pins: &[(&str, &Release)]| agreed(pins.iter().filter(|(other, _)| folder(other) == module));
            match (own(&of_terraform), own(&of_variables)) {
                // Callers of the module, wherever they are, may set another value.
                (None | Some(Release::Computed), Some(default)) => {
                    let set = of_terraform.iter().filter(|(_, release)| **release != Release::Computed);
                    Some(agreed(set.chain(&of_variables)).unwrap_or_default().and(default))
                }
                (set, _) => set,
            }
        };
        Some((index, release?))
    })
    .collect()
}

/// The defaults of Terraform variables that are a release.
fn of_variables(files: &[File]) -> Vec<(&str, &Release)> {
    let of = |file: &&File| is_terraform(&file.path) && file.units.links.default_release != Release::Absent;
    files.iter().filter(of).map(|file| (&*file.path, &file.units.links.default_release)).collect()
}

/// Whether a file belongs to an example of how another project can be used, which does not count for that project.
fn is_example_for(path: &str, other: &str) -> bool {
    let own = root(path);
    let mut words = own.split(|c: char| !c.is_ascii_alphanumeric());
    own != root(other) && words.any(|word| EXAMPLES.contains(&word))
}

/// Words in the names of folders with examples.
const EXAMPLES: &[&str] = &["doc", "docs", "example", "examples", "sample", "samples"];

/// Whether a file belongs to a test with Molecule, which sets a release of its own.
fn is_test(path: &str) -> bool {
    path.split('/').any(|part| part == "molecule")
}

/// The default releases of roles, for roles that a project in the tree uses. A role alone does not count: the project
/// that uses it sets the release.
fn defaults(files: &[File]) -> Vec<(&str, &Release)> {
    let of_role = |path: &str| rank(path) == Rank::Default || path.split('/').any(|part| part == "roles");
    let users: Vec<&str> = files
        .iter()
        .filter(|file| file.units.units.iter().any(|unit| unit.origin.format == "ansible"))
        .map(|file| &*file.path)
        .filter(|path| !of_role(path) && !is_test(path))
        .collect();
    let is_used = |path: &str| users.iter().any(|user| are_related(user, path));
    let of = |file: &File| file.units.links.default_release != Release::Absent && is_used(&file.path);
    files
        .iter()
        .filter(|file| of(file))
        .map(|file| (&*file.path, &file.units.links.default_release))
        .collect()
}

/// The folder of the Terraform module that renders a template, by the index of the template's file.
fn callers(files: &[File]) -> HashMap<usize, &str> {
    let of_module = |(index, made): (usize, Vec<Made<'_>>)| {
        let caller = &files[made.first()?.0].path;
        is_terraform(caller).then(|| (index, folder(caller)))
    };
    calls(files).into_iter().filter_map(of_module).collect()
}

/// What all pins state together; `None` without pins.
fn agreed<'p>(pins: impl Iterator<Item = &'p (&'p str, &'p Release)>) -> Option<Release> {
    pins.map(|(_, release)| (*release).clone()).reduce(Release::and)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn projects_are_told_by_their_folders() {
        for (one, other, related) in [
            ("group_vars/all.yml", "roles/rke2/templates/config.yaml.j2", true),
            ("inventory/prod/group_vars/rke2.yml", "roles/rke2/templates/config.yaml.j2", true),
            ("a/group_vars/all.yml", "b/roles/rke2/templates/config.yaml.j2", false),
            ("a/group_vars/all.yml", "ab/templates/config.yaml.j2", false),
            ("ansible/group_vars/all.yml", "ansible/play/templates/config.yaml.j2", true),
        ] {
            assert_eq!(are_related(one, other), related, "{one} {other}");
        }
    }

    #[test]
    fn inventories_are_told_by_their_folders() {
        for (path, first, count) in [
            ("group_vars/all.yml", "defaults", ANSIBLE.len()),
            ("inventory/group_vars/all.yml", "defaults", ANSIBLE.len()),
            ("inventory/prod/group_vars/all/rke2.yml", "inventory/prod", 1),
            ("ansible/inventory/host_vars/one.yml", "ansible", 1),
        ] {
            let folders = inventory_folders(path);
            assert_eq!((folders[0].as_str(), folders.len()), (first, count), "{path}");
        }
        assert!(inventory_folders("roles/rke2/defaults/main.yml").is_empty());
    }

    #[test]
    fn examples_do_not_count_for_the_role() {
        let role = "roles/rke2/templates/config.yaml.j2";
        for (path, other, is_example) in [
            ("docs/sample_inventory/group_vars/all.yml", role, true),
            ("docs/sample_inventory/group_vars/all.yml", "docs/sample_inventory/site.yml", false),
            ("inventory/group_vars/all.yml.example", role, false),
            ("lab/group_vars/all.yml", role, false),
        ] {
            assert_eq!(is_example_for(path, other), is_example, "{path} {other}");
        }
    }

    #[test]
    fn variables_of_groups_leave_other_hosts() {
        assert!(rank("roles/rke2/defaults/main.yml") == Rank::Default);
        assert!(rank("inventory/group_vars/all.yml") == Rank::All);
        assert!(rank("inventory/group_vars/all/rke2.yml") == Rank::All);
        assert!(rank("inventory/group_vars/servers.yml") == Rank::Some);
    }
}
