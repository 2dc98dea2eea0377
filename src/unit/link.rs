//! Relations between units of a repository: which objects form one cluster, where a template is installed and with
//! which values, and which release another file pins. Must not read texts itself.

mod cluster;
mod project;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::Arc;

use super::{Release, Remark, Units};
use crate::source::folder;
use crate::yaml::{is_mask, template_mark};

pub use project::{inventory_folders, is_for_some};

/// What a file states about the units of other files.
#[derive(Debug, Default)]
pub struct Links {
    /// Named objects, each with the folder that represents its node.
    pub objects: Vec<Object>,
    /// References from one object to another.
    pub references: Vec<Reference>,
    /// Templates that are rendered.
    pub calls: Vec<Call>,
    /// Values of Ansible variables.
    pub variables: Vec<Variable>,
    /// Terraform locals, each with the path on the node to which its text is written.
    pub locals: Vec<(String, String)>,
    /// Whether it pins the release of other files of its project.
    pub pins: bool,
    /// Upgrade plans; usually one for servers and one for agents.
    pub plans: Vec<Plan>,
    /// The release that is installed unless another one is set.
    pub default_release: Release,
    /// Whether it patches or renames objects of other files, so that what is wrong there may be set right.
    pub patches: bool,
    /// Patches in other files, each with its target.
    pub aims: Vec<Aim>,
    /// Files with the values of kpt setters, which do not contain fragments.
    pub setters: Vec<String>,
    /// Findings that hold unless another file patches the objects.
    pub absences: Vec<Remark>,
    /// Names of variables that it expands.
    pub expands: BTreeSet<String>,
    /// Paths of configurations with which it starts RKE2.
    pub configurations: BTreeSet<String>,
    /// Possible paths of files that it copies to the folder of drop-ins.
    pub drop_ins: BTreeSet<String>,
    /// Findings about variables that nothing expands, each with the name.
    pub unread: Vec<(String, Remark)>,
}

impl Links {
    /// Whether the file states nothing about others.
    pub fn is_empty(&self) -> bool {
        self.objects.is_empty()
            && self.references.is_empty()
            && self.calls.is_empty()
            && self.variables.is_empty()
            && self.locals.is_empty()
            && !self.pins
            && self.plans.is_empty()
            && !self.patches
            && self.aims.is_empty()
            && self.setters.is_empty()
            && self.absences.is_empty()
            && self.expands.is_empty()
            && self.configurations.is_empty()
            && self.drop_ins.is_empty()
            && self.unread.is_empty()
            && self.default_release == Release::Absent
    }
}

/// An object by its kind and name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ObjectName {
    /// The kind.
    pub kind: &'static str,
    /// The name.
    pub name: String,
}

/// An object that contains units.
#[derive(Clone, Debug)]
pub struct Object {
    /// What it is called.
    pub name: ObjectName,
    /// The folder that represents its node.
    pub island: String,
}

/// A reference from one object to another.
#[derive(Clone, Debug)]
pub struct Reference {
    /// The object with the reference.
    pub from: ObjectName,
    /// The object that is referred to.
    pub to: ObjectName,
}

/// A template that is rendered and written to a file.
#[derive(Clone, Debug)]
pub struct Call {
    /// Possible paths of the template, most likely first.
    pub templates: Vec<String>,
    /// The destination on the node, if it is literal.
    pub place: Option<String>,
    /// The values it is rendered with; `None` for values that are not literal.
    pub values: BTreeMap<String, Option<String>>,
    /// The folder that represents the node that gets the text, if it also gets the other texts of that folder.
    pub island: Option<String>,
}

/// A patch in a separate file.
#[derive(Clone, Debug)]
pub struct Aim {
    /// The path of the patch.
    pub file: String,
    /// The packaged chart whose HelmChartConfig it changes; `None` when that is not known for certain.
    pub chart: Option<String>,
}

/// An Ansible variable.
#[derive(Clone, Debug)]
pub struct Variable {
    /// The name.
    pub name: String,
    /// The text that a template prints for it, if that is a plain word.
    pub value: Option<String>,
}

/// An upgrade plan for one of the two roles.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Its name.
    pub name: String,
    /// Whether it is for agents; `None` when that is not known for certain.
    pub is_agent: Option<bool>,
    /// The key that sets the release: `version` or `channel`.
    pub key: &'static str,
    /// The release in RKE2's notation; `None` when it is filled in later.
    pub release: Option<String>,
    /// Where the release is in the file.
    pub range: Range<usize>,
    /// The plan that its first container waits for, with the place of that name.
    pub waits_for: Option<(String, Range<usize>)>,
}

impl Plan {
    /// The finding about a plan for agents when servers get another release.
    pub fn differs(&self, servers: &Self) -> Option<Remark> {
        let (own, of_servers) = (self.release.as_ref()?, servers.release.as_ref()?);
        (self.key == servers.key && own != of_servers).then(|| Remark {
            rule: "upgrade/plans-differ",
            range: self.range.clone(),
            message: format!("`{}` upgrades agents to `{own}`, but servers get `{of_servers}`", self.name),
            help: format!("use the same `{}` in both plans", self.key),
            way: None,
        })
    }

    /// The finding about a plan for agents that waits for a plan other than that of the servers.
    pub fn waits_for_nothing(&self, servers: &Self) -> Option<Remark> {
        let (name, range) = self.waits_for.as_ref()?;
        let is_filled_in = |name: &str| template_mark(name).is_some() || name.contains(is_mask);
        (![&servers.name, &self.name].into_iter().any(|own| own == name || is_filled_in(own))).then(|| {
            Remark {
                rule: "upgrade/plan-waits-forever",
                range: range.clone(),
                message: format!("`{}` waits for the plan `{name}`, which does not exist", self.name),
                help: format!("write `{}`, the plan of the servers", servers.name),
                way: None,
            }
        })
    }

    /// The finding about a plan that was changed from an older version of it.
    pub fn follows(&self, before: &Self) -> Option<Remark> {
        let (own, old) = (self.release.as_ref()?, before.release.as_ref()?);
        let (to, from) = (minor(own)?, minor(old)?);
        // Agents follow the servers, and may skip minor releases.
        (self.is_agent == Some(false) && to > from + 1).then(|| Remark {
            rule: "upgrade/plan-skips-minor",
            range: self.range.clone(),
            message: format!("`{}` goes from `{old}` to `{own}`, which skips a minor release", self.name),
            help: format!("upgrade to v1.{} first", from + 1),
            way: None,
        })
    }
}

/// The minor release in `v1.33.4+rke2r1`, or in the address of a channel that ends in `v1.33`.
fn minor(release: &str) -> Option<u32> {
    let rest = release.rsplit('/').next()?.strip_prefix("v1.")?;
    rest.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
}

/// What other files state about a file before it is read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Given {
    /// Where the text is written on the node.
    pub place: Option<String>,
    /// Values of variables, as a template prints them.
    pub values: BTreeMap<String, String>,
    /// Where the text of each local is written on the node.
    pub locals: BTreeMap<String, String>,
    /// The packaged chart whose HelmChartConfig it patches.
    pub chart: Option<String>,
}

impl Given {
    /// Whether other files state nothing about it.
    pub fn is_empty(&self) -> bool {
        self.place.is_none() && self.values.is_empty() && self.locals.is_empty() && self.chart.is_none()
    }
}

/// A file with what was found in it.
#[derive(Debug)]
pub struct File {
    /// The path in the folder that really contains it.
    pub path: Arc<str>,
    /// What was found in it.
    pub units: Units,
}

/// Links the units of several files. `read` reads a file again with what other files state about it. Returns the
/// indices of the files that are affected by others.
pub fn link(files: &mut [File], read: impl Fn(usize, &Given) -> Units) -> BTreeSet<usize> {
    let mut heeding = BTreeSet::new();
    for (index, given) in project::given(files) {
        files[index].units = read(index, &given);
        heeding.insert(index);
    }
    for (index, release) in project::releases(files) {
        let units = &mut files[index].units;
        units.release = release;
        heeding.insert(index);
    }
    project::drop_pins_of_models(files);
    drop_setters(files);
    open_patched(files);
    report_unread(files);
    compare_plans(files);
    project::join(files);
    cluster::join(files);
    heeding
}

/// Drops the units that were found in files with the values of kpt setters.
fn drop_setters(files: &mut [File]) {
    let setters: BTreeSet<String> =
        files.iter().flat_map(|file| &file.units.links.setters).cloned().collect();
    for file in files.iter_mut().filter(|file| setters.contains(&*file.path)) {
        file.units.units.clear();
    }
}

/// Opens objects that may be patched: fields missing there may be set by the patch. Any kustomization of the tree may use
/// any folder, also through others. Without patches, missing fields are reported.
fn open_patched(files: &mut [File]) {
    let is_patched = files.iter().any(|file| file.units.links.patches);
    for file in files {
        let absences = std::mem::take(&mut file.units.links.absences);
        if is_patched {
            file.units.units.iter_mut().for_each(|unit| unit.adds = None);
        } else {
            file.units.remarks.extend(absences);
        }
    }
}

/// Reports variables that RKE2 does not read and that no file expands, either.
fn report_unread(files: &mut [File]) {
    let expanded: BTreeSet<String> =
        files.iter().flat_map(|file| &file.units.links.expands).cloned().collect();
    for file in files {
        let unread = std::mem::take(&mut file.units.links.unread).into_iter();
        let remarks = unread.filter(|(name, _)| !expanded.contains(name)).map(|(_, remark)| remark);
        file.units.remarks.extend(remarks);
    }
}

/// Compares the two plans of a folder, one for servers and one for agents.
fn compare_plans(files: &mut [File]) {
    let is_patched = files.iter().any(|file| file.units.links.patches);
    let all = files.iter().flat_map(|file| &file.units.links.plans);
    let names: BTreeSet<String> = all.map(|plan| plan.name.clone()).collect();
    let mut folders: BTreeMap<String, Vec<(usize, Plan)>> = BTreeMap::new();
    for (index, file) in files.iter().enumerate() {
        for plan in &file.units.links.plans {
            folders.entry(folder(&file.path).to_owned()).or_default().push((index, plan.clone()));
        }
    }
    for plans in folders.into_values() {
        // With several plans for one role, each may be for different nodes.
        let [(one, first), (other, second)] = &plans[..] else { continue };
        let (file, agents, servers) = match (first.is_agent, second.is_agent) {
            (Some(true), Some(false)) => (*one, first, second),
            (Some(false), Some(true)) => (*other, second, first),
            _ => continue,
        };
        // A kustomization may put a prefix before the names.
        let is_known = |(name, _): &(String, Range<usize>)| names.iter().any(|known| name.contains(known));
        let is_certain = !is_patched && !agents.waits_for.as_ref().is_some_and(is_known);
        let remarks = [agents.differs(servers), agents.waits_for_nothing(servers).filter(|_| is_certain)];
        files[file].units.remarks.extend(remarks.into_iter().flatten());
    }
}

/// Whether a text is one word that means the same wherever a template prints it.
pub fn is_word(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '/')
        && !text.ends_with(':')
        && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | ':' | '/' | '+' | '-'))
        && template_mark(text).is_none()
}

/// How many leading folders two paths have in common.
fn common_folders(one: &str, other: &str) -> usize {
    let parts = |path| folder(path).split('/').filter(|part| !part.is_empty());
    parts(one).zip(parts(other)).take_while(|(one, other)| one == other).count()
}
