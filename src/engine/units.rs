//! Units of files: gives them identifiers like files, and maps findings in them to the files that contain them. Must
//! not read texts.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::Arc;

use crate::catalog::{Target, resolve};
use crate::cluster::Pin;
use crate::finding::{Finding, Label, Report, RuleId, Safety, UnitName};
use crate::release::ReleaseSpec;
use crate::rke2::file::{Island, RkeFile, UnitFacts};
use crate::rule::Rule;
use crate::source::{FileId, SourceFile, Sources, Span};
use crate::unit::{Plan, Relation, Release, Remark, Unit, Units, Way, moves_data};
use crate::yaml::is_mask;

/// Rules that do not depend on the release. If a file pins a release that the catalogue does not know, only these
/// apply.
const TIMELESS: &[&str] = &[
    "config/append-scalar",
    "config/cidr-overlap",
    "config/comma-list-blank",
    "config/duplicate-key",
    "config/invisible-blank",
    "config/key-value-line",
    "config/not-a-mapping",
    "config/not-yaml",
    "config/numeric-string",
    "config/octal-mode",
    "config/second-document",
    "config/top-level-merge",
    "config/value-is-map",
    "helm-chart-config/values-duplicate-key",
    "helm-chart-config/values-parse-error",
    "helm-chart-config/wrong-namespace",
    "manifest/duplicate-key",
    "manifest/yaml-parse-error",
    "node/label-syntax",
    "security/kubeconfig-mode-open",
];

/// Rules about the files of a repository rather than of a node. In a host, such properties may change when it is
/// processed.
const OF_FILES_ONLY: &[&str] = &[
    "manifest/hidden-folder",
    "manifest/secret-in-plain-text",
    "manifest/stale-copy",
    "manifest/unreplaced-placeholder",
    "security/weak-token",
];

/// The units of all files, by identifier.
#[derive(Debug, Default)]
pub struct UnitMap {
    units: BTreeMap<FileId, Placed>,
    hosts: BTreeMap<FileId, HostFile>,
    /// The releases that apply to the files in some folders.
    pub pins: Vec<Pin>,
}

/// The release that a host pins, and where it does so.
type Named = Option<(Target, String)>;

#[derive(Debug)]
struct Placed {
    unit: Unit,
    name: Arc<UnitName>,
    host: FileId,
}

/// A file that contains units, or was expected to.
#[derive(Debug)]
struct HostFile {
    path: Arc<str>,
    /// The ways through its branches.
    ways: Vec<Way>,
    /// Whether it pins a release that the catalogue does not know.
    is_timeless: bool,
    /// Whether it pins the releases of files next to it.
    pins_others: bool,
    /// Whether it may link, mount or copy the default data directory to another one.
    moves_data: bool,
    unread: Vec<String>,
    remarks: Vec<Remark>,
    /// Its upgrade plans.
    plans: Vec<Plan>,
}

impl UnitMap {
    /// Gives identifiers to the units of files: those in `old`, which they replace, or else new ones at the end of
    /// `sources`. The units of one node are adjacent. Each unit is returned with its node.
    pub fn add(
        &mut self,
        hosts: Vec<(FileId, Units)>,
        old: &[FileId],
        sources: &mut Sources,
    ) -> Vec<(RkeFile, Island)> {
        let mut all: Vec<(Unit, FileId, Named)> = Vec::new();
        for (host, units) in hosts {
            let pins_others = !units.pins.is_empty();
            for pin in units.pins {
                let (target, is_unknown) = target(&pin.release);
                let crate::unit::Pin { folder, is_deep, is_partial, .. } = pin;
                self.pins.push(Pin { folder, is_deep, is_partial, target, is_unknown });
            }
            let (target, is_timeless) = target(&units.release);
            let unread = units.unread.iter().map(|unread| match unread.part.as_str() {
                "" => format!("not read: {}", unread.reason),
                part => format!("{part} not read: {}", unread.reason),
            });
            let file = HostFile {
                path: sources.get(host).shared_path(),
                ways: units.ways,
                is_timeless,
                pins_others,
                moves_data: moves_data(sources.get(host).text()),
                unread: unread.collect(),
                remarks: units.remarks,
                plans: units.links.plans,
            };
            self.hosts.insert(host, file);
            all.extend(units.units.into_iter().map(|unit| (unit, host, target.clone())));
        }
        all.sort_by(|(one, ..), (other, ..)| one.island().cmp(other.island()));
        let numbered = all.into_iter().enumerate();
        numbered
            .map(|(index, (unit, host, target))| {
                let source = Arc::new(SourceFile::new(unit.path.as_str(), unit.view.shared_text()));
                let id = match old.get(index) {
                    Some(&id) => {
                        sources.set(id, Arc::clone(&source));
                        id
                    }
                    None => sources.add(Arc::clone(&source)),
                };
                let facts = UnitFacts {
                    host: Arc::clone(&unit.origin.full_path),
                    open: unit.open,
                    adds: unit.adds.clone(),
                    target,
                    agent: unit.agent,
                    of_program: unit.of_program,
                    moves_data: self.hosts.get(&host).is_some_and(|host| host.moves_data),
                };
                let island = Island {
                    folder: unit.island().into(),
                    joined: unit.relation == Relation::Joined,
                    completes: (unit.relation == Relation::Completes).then_some(host),
                };
                let origin = &unit.origin;
                let name = UnitName {
                    host: Arc::clone(&origin.host),
                    path: origin.path.clone(),
                    kind: origin.kind.as_str(),
                    written_by: origin.written_by.clone(),
                };
                self.units.insert(id, Placed { unit, name: Arc::new(name), host });
                (RkeFile::read_unit(id, source, facts), island)
            })
            .collect()
    }

    /// The units of a file, in their order.
    pub fn of_host(&self, host: FileId) -> Vec<FileId> {
        if !self.is_host(host) {
            return Vec::new();
        }
        self.units.iter().filter(|(_, placed)| placed.host == host).map(|(&id, _)| id).collect()
    }

    /// Whether a file pins the releases of files next to it.
    pub fn pins_others(&self, host: FileId) -> bool {
        self.hosts.get(&host).is_some_and(|host| host.pins_others)
    }

    /// Compares upgrade plans with those of the same names in the previous tree. `old` holds the files of that tree,
    /// with their paths in the current one.
    pub fn follow_plans(&mut self, old: &BTreeMap<FileId, Arc<str>>) {
        let before: BTreeMap<(&str, &str), &Plan> = old
            .iter()
            .filter_map(|(id, path)| Some((path, self.hosts.get(id)?)))
            .flat_map(|(path, host)| host.plans.iter().map(move |plan| ((&**path, &*plan.name), plan)))
            .collect();
        let remarks = |host: &HostFile| -> Vec<Remark> {
            let follows = |plan: &Plan| plan.follows(before.get(&(&*host.path, &*plan.name))?);
            host.plans.iter().filter_map(follows).collect()
        };
        let found: Vec<(FileId, Vec<Remark>)> = self
            .hosts
            .iter()
            .filter(|(id, _)| !old.contains_key(id))
            .map(|(id, host)| (*id, remarks(host)))
            .collect();
        for (id, remarks) in found {
            if let Some(host) = self.hosts.get_mut(&id) {
                host.remarks.extend(remarks);
            }
        }
    }

    /// Removes a file that no longer contains units.
    pub fn forget(&mut self, host: FileId) {
        self.hosts.remove(&host);
    }

    /// The name of a unit; `None` for a file.
    pub fn name(&self, id: FileId) -> Option<&UnitName> {
        self.units.get(&id).map(|placed| placed.name.as_ref())
    }

    /// The place of a unit in words. Units of one template differ in their branches, which are numbered.
    pub fn words(&self, id: FileId, name: &UnitName) -> String {
        let Some(placed) = self.units.get(&id) else { return name.to_string() };
        let ways = &self.hosts[&placed.host].ways;
        let Some(way) = placed.unit.way else { return name.to_string() };
        let count = |ways: &[Way], text| ways.iter().filter(|way| way.text == text).count();
        match count(ways, ways[way].text) {
            1 => name.to_string(),
            all => {
                let number = count(&ways[..=way], ways[way].text);
                format!("{name}, combination {number} of {all} of its branches")
            }
        }
    }

    /// Whether a file contains units.
    pub fn is_host(&self, id: FileId) -> bool {
        self.hosts.contains_key(&id)
    }

    /// The files that contain these files and units: a file itself, or the host of a unit.
    pub fn hosts_of(&self, files: BTreeSet<FileId>) -> BTreeSet<FileId> {
        files.into_iter().map(|id| self.units.get(&id).map_or(id, |placed| placed.host)).collect()
    }

    /// Adds findings about hosts themselves.
    pub fn remark(&self, rules: &[Rule], report: &mut Report) {
        for (id, host) in &self.hosts {
            for (index, remark) in host.remarks.iter().enumerate() {
                let is_same = |other: &&Remark| other.rule == remark.rule && other.range == remark.range;
                let is_first = !host.remarks[..index].iter().any(|other| is_same(&other));
                let holds = |way| host.remarks.iter().filter(is_same).any(|other| other.way == Some(way));
                if !is_first || !holds_on_all(&host.ways, remark.way, remark.range.start, holds) {
                    continue;
                }
                let Some(rule) = rules.iter().find(|rule| rule.info.id.as_str() == remark.rule) else {
                    continue;
                };
                report.findings.push(Finding {
                    rule: rule.info.id.clone(),
                    severity: rule.info.severity,
                    message: remark.message.clone(),
                    primary: Label {
                        span: Span::new(*id, remark.range.start, remark.range.end),
                        message: String::new(),
                    },
                    related: Vec::new(),
                    help: Some(remark.help.clone()),
                    fix: None,
                    notes: Vec::new(),
                    unit: None,
                    effect: None,
                    subject: None,
                });
            }
        }
    }

    /// What looked like RKE2 configuration and was not read: path and reason.
    pub fn unread(&self) -> impl Iterator<Item = (String, String)> {
        self.hosts
            .values()
            .flat_map(|host| host.unread.iter().map(|reason| (host.path.to_string(), reason.clone())))
    }

    /// Moves every finding in a unit to its place in the host. Findings that depend on text that is filled in later, or
    /// that hold only on some ways through a file, are dropped. `full_path`: the path of a file in the folder that really
    /// contains it.
    pub fn place(&self, report: &mut Report, full_path: impl Fn(FileId) -> String) {
        if self.units.is_empty() && self.pins.is_empty() {
            return;
        }
        let mut seen: BTreeMap<(RuleId, Span), BTreeSet<Option<usize>>> = BTreeMap::new();
        let mut placed: Vec<(Finding, &Placed)> = Vec::new();
        // An alias in the host is written out in its unit, so that two places there are one in the host.
        let mut inner: BTreeMap<(RuleId, Span, FileId), Span> = BTreeMap::new();
        for finding in std::mem::take(&mut report.findings) {
            let Some(unit) = self.unit_of(&finding) else {
                let mut unknown = self.pins.iter().filter(|pin| pin.is_unknown).peekable();
                let is_unknown = unknown.peek().is_some() && {
                    let path = full_path(finding.primary.span.file);
                    unknown.any(|pin| pin.holds(&path))
                };
                if !is_unknown || TIMELESS.contains(&finding.rule.as_str()) {
                    report.findings.push(finding);
                }
                continue;
            };
            let own = finding.primary.span;
            if let Some(finding) = self.translated(finding, unit) {
                let key = (finding.rule.clone(), finding.primary.span, own.file);
                if self.is_exact(own) && *inner.entry(key).or_insert(own) != own {
                    continue;
                }
                seen.entry((finding.rule.clone(), finding.primary.span)).or_default().insert(unit.unit.way);
                placed.push((finding, unit));
            }
        }
        let mut taken: BTreeSet<(RuleId, Span, String)> = BTreeSet::new();
        for (finding, unit) in placed {
            let ways = &self.hosts[&unit.host].ways;
            let span = finding.primary.span;
            let held = &seen[&(finding.rule.clone(), span)];
            let start = span.start as usize;
            // Report the finding of the first way only, and report it once if two units have the same text.
            let first = held.first() == Some(&unit.unit.way);
            if first
                && holds_on_all(ways, unit.unit.way, start, |way| held.contains(&Some(way)))
                && taken.insert((finding.rule.clone(), span, finding.message.clone()))
            {
                report.findings.push(finding);
            }
        }
    }

    fn unit_of(&self, finding: &Finding) -> Option<&Placed> {
        self.units.get(&finding.primary.span.file)
    }

    /// A finding translated to the host of its unit; `None` when it has no place there, or is uncertain.
    fn translated(&self, mut finding: Finding, unit: &Placed) -> Option<Finding> {
        let rule = finding.rule.as_str();
        let timeless = self.hosts[&unit.host].is_timeless;
        if OF_FILES_ONLY.contains(&rule) || (timeless && !TIMELESS.contains(&rule)) {
            return None;
        }
        let uncertain = |text: &str| text.contains(is_mask);
        if uncertain(&finding.message) || finding.related.iter().any(|label| self.is_masked(label.span)) {
            return None;
        }
        if self.is_masked(finding.primary.span) {
            return None;
        }
        finding.primary.span = self.outer(finding.primary.span)?;
        finding.related = finding
            .related
            .into_iter()
            .filter(|label| !uncertain(&label.message))
            .filter_map(|label| Some(Label { span: self.outer(label.span)?, ..label }))
            .collect();
        finding.help = finding.help.filter(|help| !uncertain(help));
        if let Some(fix) = &mut finding.fix {
            let is_template = !self.hosts[&unit.host].ways.is_empty() || unit.unit.view.has_masks();
            let can_be_made = !is_template
                && fix.edits.iter().all(|edit| self.is_exact(edit.span) && is_plain(&edit.replacement));
            if can_be_made {
                for edit in &mut fix.edits {
                    edit.span = self.outer(edit.span)?;
                }
            } else {
                fix.edits.clear();
                fix.safety = Safety::Display;
            }
        }
        finding.fix = finding.fix.filter(|fix| !uncertain(&fix.message));
        finding.unit = Some(Arc::clone(&unit.name));
        Some(finding)
    }

    fn is_masked(&self, span: Span) -> bool {
        self.units.get(&span.file).is_some_and(|placed| placed.unit.view.is_masked(&span.range()))
    }

    fn is_exact(&self, span: Span) -> bool {
        self.units.get(&span.file).is_none_or(|placed| placed.unit.view.is_exact(&span.range()))
    }

    /// The file that contains a unit; `None` for a file.
    pub fn host_of(&self, id: FileId) -> Option<FileId> {
        self.units.get(&id).map(|placed| placed.host)
    }

    /// A place in the outermost file; `None` where the text was made up.
    pub fn outer(&self, span: Span) -> Option<Span> {
        let Some(placed) = self.units.get(&span.file) else { return Some(span) };
        let Range { start, end } = placed.unit.view.outer(&span.range())?;
        Some(Span::new(placed.host, start, end))
    }
}

/// Whether something at a place on one way through a text holds on all ways of that text that include the place.
fn holds_on_all(ways: &[Way], way: Option<usize>, place: usize, holds: impl Fn(usize) -> bool) -> bool {
    let Some(text) = way.map(|way| ways[way].text) else { return true };
    let others = ways.iter().enumerate().filter(|(_, way)| way.text == text);
    others.into_iter().all(|(number, way)| holds(number) || !way.view.shows(place))
}

/// Whether a replacement can be inserted into any host unchanged.
fn is_plain(text: &str) -> bool {
    text.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_' | '.' | '/' | ':' | '+'))
}

/// The release that a host pins, and where; and whether that release is unknown.
fn target(release: &Release) -> (Named, bool) {
    let Release::One { text, key } = release else { return (None, false) };
    let resolved = text.parse::<ReleaseSpec>().ok().and_then(|spec| resolve(spec).ok());
    match resolved {
        Some(resolved) => (Some((Target::one(resolved), format!("`{key}`"))), false),
        // `stable`, `latest`: not a specific release.
        None => (None, text.chars().any(|c| c.is_ascii_digit())),
    }
}
