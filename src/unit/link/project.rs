//! Relations between the files of one Ansible project or one Terraform module: where templates are installed, the
//! values of their variables, and the installed release. Must not read texts.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::{Call, File, Given};
use crate::source::{file_name, folder};
use crate::unit::Release;
use crate::unit::formats::{is_model, is_model_name, is_template, is_terraform};

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
struct Variables<'f> {
    all: BTreeMap<&'f str, Vec<Definition<'f>>>,
    /// See [`base`].
    base: usize,
}

impl<'f> Variables<'f> {
    fn of(files: &'f [File]) -> Self {
        let mut all: BTreeMap<&str, Vec<Definition<'_>>> = BTreeMap::new();
        for file in files {
            for variable in &file.units.links.variables {
                let definition = (&*file.path, rank(&file.path), variable.value.as_deref());
                all.entry(&variable.name).or_default().push(definition);
            }
        }
        Self { all, base: base(files) }
    }

    /// The variables that have the same value wherever the template is rendered.
    fn known(&self, template: &str) -> BTreeMap<String, String> {
        let of = |definitions: &[Definition<'f>]| {
            let own: Vec<&Definition<'_>> =
                definitions.iter().filter(|(path, ..)| are_related(path, template, self.base)).collect();
            let highest = own.iter().map(|(_, rank, _)| *rank).max()?;
            // A value for all hosts overrides defaults. A value for some hosts leaves the others as they are.
            let least = if highest == Rank::All { Rank::All } else { Rank::Default };
            let mut values = own.iter().filter(|(_, rank, _)| *rank >= least).map(|(.., value)| *value);
            let first = values.next()??;
            values.all(|value| value == Some(first)).then(|| first.to_owned())
        };
        let known =
            self.all.iter().filter_map(|(name, definitions)| Some(((*name).to_owned(), of(definitions)?)));
        known.collect()
    }
}

/// The scope of the definitions in a file.
fn rank(path: &str) -> Rank {
    match () {
        () if path.split('/').any(|part| part == "defaults") => Rank::Default,
        () if is_of_all(path) => Rank::All,
        () => Rank::Some,
    }
}

/// Whether the path is that of a file with variables for some hosts only, rather than for all of an inventory or a
/// playbook.
pub fn is_for_some(path: &str) -> bool {
    !is_of_all(path) && file_name(folder(path)) != "playbooks"
}

/// Whether the path is that of a file with variables for all hosts of an inventory.
fn is_of_all(path: &str) -> bool {
    let parts = path.split('/');
    let mut pairs = parts.clone().zip(parts.skip(1));
    pairs.any(|(folder, name)| folder == "group_vars" && name.split('.').next() == Some("all"))
}

/// The length of the path of the folder that contains all files, whose own name and place mean nothing.
fn base(files: &[File]) -> usize {
    let mut paths = files.iter().map(|file| folder(&file.path));
    let Some(first) = paths.next() else { return 0 };
    let common = paths.fold(first, |common, path| {
        let mut end = 0;
        for part in common.split_inclusive('/') {
            let is_shared = path[end..]
                .strip_prefix(part.trim_end_matches('/'))
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
            if !is_shared {
                break;
            }
            end = (end + part.len()).min(path.len());
        }
        &common[..end]
    });
    common.len()
}

/// The root of the Ansible project that a file belongs to. `base`: where the names of folders start to count.
fn root(path: &str, base: usize) -> &str {
    let mut start = if base == 0 || path[..base].ends_with('/') { base } else { (base + 1).min(path.len()) };
    for part in path[start..].split('/') {
        if ANSIBLE.contains(&part) {
            return path[..start].trim_end_matches('/');
        }
        start += part.len() + 1;
    }
    folder(path)
}

/// Whether two files may belong to one project: the root of one is inside the root of the other, or the same.
fn are_related(one: &str, other: &str, base: usize) -> bool {
    let (one, other) = (root(one, base), root(other, base));
    let lies_in = |inner: &str, outer: &str| {
        inner
            .strip_prefix(outer)
            .is_some_and(|rest| outer.is_empty() || rest.is_empty() || rest.starts_with('/'))
    };
    lies_in(one, other) || lies_in(other, one)
}

/// The folders with files for the hosts of an inventory, if the full path is that of a file with its variables: the folder
/// of one of several inventories, or, for the only inventory of a project or for a playbook, the folders of the project.
pub fn inventory_folders(path: &str) -> Vec<String> {
    let mut above = folder(path);
    if file_name(above) == "playbooks" {
        return project_folders(folder(above));
    }
    while !matches!(file_name(above), "group_vars" | "host_vars") {
        if above.is_empty() {
            return Vec::new();
        }
        above = folder(above);
    }
    let inventory = folder(above);
    let project = if ANSIBLE.contains(&file_name(inventory)) { folder(inventory) } else { inventory };
    if inventory == project && ANSIBLE.contains(&file_name(folder(inventory))) {
        return vec![inventory.to_owned()];
    }
    project_folders(project)
}

/// The folders of a project.
fn project_folders(project: &str) -> Vec<String> {
    ANSIBLE
        .iter()
        .map(|folder| if project.is_empty() { (*folder).to_owned() } else { format!("{project}/{folder}") })
        .collect()
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
    // A file that is to be copied does not contain the release in use.
    let is_used = |path: &str| !is_model_name(file_name(path));
    of_ansible.retain(|(path, _)| !is_test(path) && is_used(path));
    let of_terraform = pins(|file| {
        let is_known = matches!(file.units.release, Release::One { .. });
        is_terraform(&file.path) && (is_known || file.units.links.pins)
    });
    let defaults = defaults(files);
    let of_variables = of_variables(files);
    if of_ansible.is_empty() && of_terraform.is_empty() && defaults.is_empty() && of_variables.is_empty() {
        return Vec::new();
    }
    let (calls, base) = (callers(files), base(files));
    let open = files.iter().enumerate().filter(|(_, file)| {
        matches!(file.units.release, Release::Absent | Release::Computed) && !file.units.units.is_empty()
    });
    open.filter_map(|(index, file)| {
        let path: &str = &file.path;
        let is_of_ansible =
            is_jinja(path) || file.units.units.iter().any(|unit| unit.origin.format == "ansible");
        let module = if is_terraform(path) { Some(folder(path)) } else { calls.get(&index).copied() };
        let release = if is_of_ansible {
            let holds = |other: &str| are_related(path, other, base) && !is_example_for(other, path, base);
            agreed(of_ansible.iter().filter(|(other, _)| holds(other)))
                .or_else(|| agreed(defaults.iter().filter(|(other, _)| are_related(path, other, base))))
        } else {
            let module = module?;
            let is_own = |other: &str| folder(other) == module && is_used(other);
            let own = |pins: &[(&str, &Release)]| agreed(pins.iter().filter(|(other, _)| is_own(other)));
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

/// Drops the pins of files that are to be copied, or that document something: their releases are not those in use.
pub fn drop_pins_of_models(files: &mut [File]) {
    let base = base(files);
    for file in files.iter_mut().filter(|file| !file.units.pins.is_empty()) {
        if is_model(&file.path[base..]) {
            file.units.pins.clear();
        }
    }
}

/// Whether a file belongs to an example of how another project can be used, which does not count for that project.
fn is_example_for(path: &str, other: &str, base: usize) -> bool {
    let own = root(path, base);
    own != root(other, base) && is_model(&own[base.min(own.len())..])
}

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
    let base = base(files);
    let is_used = |path: &str| users.iter().any(|user| are_related(user, path, base));
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
            assert_eq!(are_related(one, other, 0), related, "{one} {other}");
        }
    }

    #[test]
    fn inventories_are_told_by_their_folders() {
        for (path, first, count) in [
            ("group_vars/all.yml", "defaults", ANSIBLE.len()),
            ("inventory/group_vars/all.yml", "defaults", ANSIBLE.len()),
            ("inventory/prod/group_vars/all/rke2.yml", "inventory/prod", 1),
            ("ansible/inventory/host_vars/one.yml", "ansible/defaults", ANSIBLE.len()),
            ("/srv/files/a/play/group_vars/all.yml", "/srv/files/a/play/defaults", ANSIBLE.len()),
            ("/srv/files/play/inventories/one/group_vars/all.yml", "/srv/files/play/inventories/one", 1),
        ] {
            let folders = inventory_folders(path);
            assert_eq!((folders[0].as_str(), folders.len()), (first, count), "{path}");
        }
        assert!(inventory_folders("roles/rke2/defaults/main.yml").is_empty());
        assert!(inventory_folders("ansible/playbooks/rke2.yml").contains(&"ansible/files".to_owned()));
        assert!(is_for_some("group_vars/workers.yml") && !is_for_some("playbooks/rke2.yml"));
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
            assert_eq!(is_example_for(path, other, 0), is_example, "{path} {other}");
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
