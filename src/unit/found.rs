//! Collects what host formats find. Must not read any format itself.

mod added;
mod loops;
mod release;
mod texts;

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::Arc;

pub use release::Release;
use texts::{configurations, filled_in, is_policy, is_script};

use super::changes::may_set_more;
use super::link::{Aim, Call, Given, Object, ObjectName, Plan, Reference, Variable};
use super::mask::{Dialect, Masked, is_expression, masked};
use super::{
    Builder, Host, Kind, MAX_BYTES, MAX_DEPTH, MAX_UNITS, Origin, Relation, Source, UNSEEN, Unit, Units,
    View, Way, formats,
};
use crate::rke2::addon::is_manifest_name;
use crate::rke2::classify::{Content, classify, speaks_of_helm};
use crate::rke2::place::{Owner, is_config_alone, owner};
use crate::source::SourceFile;
use crate::yaml::{Stream, is_mask, looks_templated, template_mark};

/// Something that looks like RKE2 configuration and was not read.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Unread {
    /// Its place in the host; may be empty.
    pub part: String,
    /// Why, in words.
    pub reason: String,
}

/// A finding of a rule about what the host's program does with a field.
#[derive(Clone, Debug)]
pub struct Remark {
    /// The rule.
    pub rule: &'static str,
    /// The place in the outermost file.
    pub range: Range<usize>,
    /// The message of the finding.
    pub message: String,
    /// The help of the finding.
    pub help: String,
    /// The way through the branches where it was found.
    pub way: Option<usize>,
}

/// The format that is read.
#[derive(Clone, Copy, Debug, Default)]
struct Reading {
    name: &'static str,
    /// Whether it, or one around it, is a program.
    of_program: bool,
}

/// What was found in a file so far.
#[derive(Debug)]
pub struct Found {
    host: Arc<str>,
    full_path: Arc<str>,
    of_chart: bool,
    format: Reading,
    depth: usize,
    nodes: usize,
    node: String,
    way: Option<usize>,
    bytes: usize,
    prefix: Vec<String>,
    given: Given,
    agent: bool,
    may_set_more: bool,
    all: Units,
    unseen: Vec<Unit>,
    unseen_by_all: Option<Unit>,
}

impl Found {
    pub(super) fn new(file: &Source, of_chart: bool, given: Given) -> Self {
        Self {
            host: Arc::clone(&file.path),
            full_path: Arc::clone(&file.full_path),
            of_chart,
            format: Reading::default(),
            depth: 0,
            nodes: 0,
            node: String::new(),
            way: None,
            bytes: 0,
            prefix: Vec::new(),
            given,
            agent: false,
            may_set_more: false,
            all: Units::default(),
            unseen: Vec::new(),
            unseen_by_all: None,
        }
    }

    /// Starts another node or cluster: later units are not grouped with earlier ones.
    pub fn node(&mut self) {
        self.nodes += 1;
        self.node = format!("{}", self.nodes);
        self.agent = false;
    }

    /// Starts another node, which is an agent.
    pub fn agent(&mut self) {
        self.node();
        self.agent = true;
    }

    /// Reads a part for another node or cluster. What comes after it belongs to the previous node again.
    pub fn apart(&mut self, read: impl FnOnce(&mut Self)) {
        let (node, agent) = (self.node.clone(), self.agent);
        self.node();
        read(self);
        (self.node, self.agent) = (node, agent);
    }

    /// Records the name of the object that describes the current node, so that other objects can refer to it.
    pub fn object(&mut self, kind: &'static str, name: &str) {
        if template_mark(name).is_none() && self.way.is_none() && !name.is_empty() {
            let name = ObjectName { kind, name: name.to_owned() };
            self.all.links.objects.push(Object { name, island: self.island() });
        }
    }

    /// Records that one object refers to another.
    pub fn reference(&mut self, from: (&'static str, &str), to: (&'static str, &str)) {
        let is_plain = |name: &str| template_mark(name).is_none() && !name.is_empty();
        if is_plain(from.1) && is_plain(to.1) && self.way.is_none() {
            let name = |(kind, name): (&'static str, &str)| ObjectName { kind, name: name.to_owned() };
            self.all.links.references.push(Reference { from: name(from), to: name(to) });
        }
    }

    /// Records that a template is rendered.
    pub fn call(&mut self, call: Call) {
        self.all.links.calls.push(call);
    }

    /// Records where the text of a Terraform local is written.
    pub fn local(&mut self, name: &str, place: &str) {
        self.all.links.locals.push((name.to_owned(), place.to_owned()));
    }

    /// Records an upgrade plan whose release is written at a place in the host.
    pub fn plan(&mut self, host: &View, at: Range<usize>, plan: Plan) {
        let release = plan.release.clone().filter(|_| !host.is_masked(&at) && self.way.is_none());
        let waits_for = plan.waits_for.clone().and_then(|(name, at)| {
            let range = host.outer(&at).filter(|_| !host.is_masked(&at) && self.way.is_none())?;
            Some((name, range))
        });
        if let Some(range) = host.outer(&at) {
            self.all.links.plans.push(Plan { release, range, waits_for, ..plan });
        }
    }

    /// Records the target of a patch in another file.
    pub fn aim(&mut self, file: String, chart: Option<&str>) {
        if self.all.links.aims.len() < MAX_UNITS {
            self.all.links.aims.push(Aim { file, chart: chart.map(str::to_owned) });
        }
    }

    /// Records a file of values that a kpt package sets elsewhere.
    pub fn setters(&mut self, file: String) {
        self.all.links.setters.push(file);
    }

    /// Records the value of a variable.
    pub fn variable(&mut self, name: &str, value: Option<String>) {
        if self.all.links.variables.len() < MAX_UNITS {
            self.all.links.variables.push(Variable { name: name.to_owned(), value });
        }
    }

    /// Adds a file that the host writes to a node. Its kind follows from its path, or else from its text.
    pub fn file(&mut self, written_by: impl Into<String>, path: &str, view: View) {
        self.placed(written_by.into(), path, view, false);
    }

    /// Like [`Found::file`], for a file next to config.yaml with a similar name, which RKE2 reads only if a flag names
    /// it. `text` is that of the program that writes the file.
    pub fn misnamed(&mut self, written_by: impl Into<String>, path: &str, view: View, text: &str) {
        let is_named = path.ends_with("/etc/rancher/rke2/config.yml");
        if is_named && !["--config", "CONFIG_FILE", "config.yaml"].iter().any(|word| text.contains(word)) {
            self.template(written_by.into(), Kind::Config, path, view, true);
        } else {
            self.file(written_by, path, view);
        }
    }

    fn placed(&mut self, written_by: String, path: &str, view: View, open: bool) {
        let below = path.split_once("rancher/rke2/").map(|(_, rest)| rest);
        let kind = match below {
            Some("config.yaml") => Some(Kind::Config),
            Some("registries.yaml") => Some(Kind::Registries),
            Some(rest) if rest.starts_with("config.yaml.d/") => Some(Kind::Config),
            Some(rest) if rest.starts_with("server/manifests/") && is_manifest_name(file_name(rest)) => {
                Some(Kind::Manifests)
            }
            _ => None,
        };
        match kind {
            Some(kind) => self.template(written_by, kind, path, view, open),
            None if is_policy(path, view.text()) => {
                self.template(written_by, Kind::Policy, path, view, open);
            }
            None => self.text(written_by, path, view),
        }
    }

    /// Adds a text of a known kind that may still be a template; placeholders are masked.
    fn template(&mut self, written_by: String, kind: Kind, path: &str, view: View, part: bool) {
        if is_expression(view.text()) && matches!(kind, Kind::Config | Kind::Registries) {
            return self.unread(format!("{written_by} {path}"), "a template fills in the content");
        }
        if !looks_templated(view.text()) || formats::parses(&view) {
            self.add(written_by, kind, path, view, part);
            return;
        }
        let dialect = Dialect::guess(view.text());
        self.loops(&kind, &view, dialect);
        match masked(&view, dialect) {
            Ok(Masked { ways, open }) => self.ways(path, ways, |found, path, way| {
                found.add(written_by.clone(), kind.clone(), path, way.clone(), open || part);
            }),
            Err(reason) => self.unread(format!("{written_by} {path}"), reason),
        }
    }

    /// Adds a text whose path on the node is unknown: its kind follows from its content.
    pub fn guess(&mut self, written_by: impl Into<String>, path: &str, view: View) {
        let source = SourceFile::new(path, view.shared_text());
        let stream = Stream::parse(View::id(), &source.shared_text());
        // A script that writes such a file is not valid YAML, but begins or ends like one.
        if stream.first_error().is_some() && is_script(view.text()) {
            return self.text(written_by, path, view);
        }
        match classify(&source, &stream) {
            Content::Config(evidence) if is_config_alone(evidence, path) => {
                self.config(written_by, view);
            }
            Content::Registries if owner(path) != Some(Owner::K3s) => {
                let place = "/etc/rancher/rke2/registries.yaml";
                self.add(written_by.into(), Kind::Registries, place, view, true);
            }
            _ => self.text(written_by, path, view),
        }
    }

    /// Reads a file that is to be copied to a path, and completed.
    pub(super) fn model(&mut self, path: &str, view: View) {
        self.format.name = "model";
        if is_manifest_name(file_name(path)) {
            self.guess("", path, view);
        } else {
            self.look(path, &view);
        }
    }

    /// Adds a text of unknown content: units are searched for inside it, and a text with helm-controller objects is
    /// itself a unit.
    pub fn text(&mut self, written_by: impl Into<String>, path: &str, view: View) {
        let written_by = written_by.into();
        let (node, agent) = (self.node.clone(), self.agent);
        self.prefix.push(written_by.clone());
        self.look(path, &view);
        self.prefix.pop();
        // A script inside the host may be for an agent, while the host itself is not.
        (self.node, self.agent) = (node, agent);
        if speaks_of_helm(view.text()) && formats::is_yaml(&view) {
            let named = if is_manifest_name(file_name(path)) { path } else { "/manifest.yaml" };
            self.add(written_by, Kind::Manifests, named, view, false);
        }
    }

    /// Adds a part of config.yaml that was assembled from fields of the host. It is open: the host's program adds keys
    /// of its own.
    pub fn config(&mut self, written_by: impl Into<String>, view: View) {
        // Several parts are read as several files, in their order.
        let parts = self.all.units.iter().filter(|unit| unit.path.contains("/config.yaml.d/50-host")).count();
        let number = if parts == 0 { String::new() } else { format!("-{parts}") };
        let path = format!("/etc/rancher/rke2/config.yaml.d/50-host{number}.yaml");
        self.part(written_by.into(), &path, view);
    }

    /// Adds a part of config.yaml. Its path only decides the order of reading: the host's program chooses the file, so
    /// users do not see it.
    fn part(&mut self, written_by: String, path: &str, view: View) {
        let before = self.all.units.len();
        self.add(written_by, Kind::Config, path, view, true);
        for unit in self.all.units.iter_mut().skip(before) {
            "config.yaml".clone_into(&mut Arc::make_mut(&mut unit.origin).path);
        }
    }

    /// Like [`Found::config`], where the host's program can add only the keys in `adds`.
    pub fn whole_config(&mut self, written_by: impl Into<String>, view: View, adds: &Arc<[String]>) {
        let before = self.all.units.len();
        self.config(written_by, view);
        if let Some(unit) = self.all.units.get_mut(before) {
            unit.adds = Some(Arc::clone(adds));
        }
    }

    /// Records that the host may set options in config.yaml that are in none of its texts.
    pub fn may_set_more(&mut self) {
        self.may_set_more = true;
    }

    /// Records that the unit added last sets options of a node whose config.yaml may be another file of the tree.
    pub fn completes(&mut self) {
        if let Some(unit) = self.all.units.last_mut() {
            unit.relation = Relation::Completes;
        }
    }

    /// Whether the host is used as it is: neither a template nor a text inside another one.
    pub fn is_plain(&self) -> bool {
        self.depth == 1 && self.way.is_none() && !self.of_chart
    }

    /// Records that the host patches or renames objects of other files.
    pub fn patches(&mut self) {
        self.all.links.patches = true;
    }

    /// Like [`Found::config`], for agents only.
    pub fn agent_config(&mut self, written_by: impl Into<String>, view: View) {
        self.part(written_by.into(), "/etc/rancher/rke2/config.yaml.d/60-host-agent.yaml", view);
    }

    /// Adds the values of a packaged chart, which must be a map. `name` is the place of the chart's name in the host.
    pub fn values(
        &mut self,
        written_by: impl Into<String>,
        host: &View,
        chart: &str,
        name: Range<usize>,
        values: &View,
    ) {
        let mut builder = Builder::new(host);
        builder.made_up("apiVersion: helm.cattle.io/v1\nkind: HelmChartConfig\nmetadata:\n  name: ");
        builder.replaced(chart, name);
        builder
            .made_up("\n  namespace: kube-system\nspec:\n  failurePolicy: reinstall\n  valuesContent: |-\n");
        let mut at = 0;
        let text = values.text();
        let mut lines = Builder::new(values);
        for line in text.split_inclusive('\n') {
            lines.made_up("    ");
            lines.verbatim(at..at + line.len());
            at += line.len();
        }
        let head = builder.finish();
        let view = head.joined(&lines.finish());
        let path = format!("/var/lib/rancher/rke2/server/manifests/{chart}-config.yaml");
        self.add(written_by.into(), Kind::Values(chart.to_owned()), &path, view, true);
    }

    /// Records that the values added last are all that the host sets for the chart.
    pub fn whole_values(&mut self) {
        if let Some(unit) = self.all.units.last_mut() {
            unit.adds = Some(Arc::default());
        }
    }

    /// Records something that looks like RKE2 configuration and is not read.
    pub fn unread(&mut self, part: impl Into<String>, reason: impl Into<String>) {
        let unread = Unread { part: part.into(), reason: reason.into() };
        if !self.all.unread.contains(&unread) && self.all.unread.len() < MAX_UNITS {
            self.all.unread.push(unread);
        }
    }

    /// Records a finding of a rule about a place in the host, unless that place is filled in later.
    pub fn remark(&mut self, rule: &'static str, host: &View, at: Range<usize>, message: String, help: &str) {
        let remark = self.remark_at(rule, host, &at, message, help);
        self.all.remarks.extend(remark.filter(|_| self.all.remarks.len() < MAX_UNITS));
    }

    /// Records a finding about a field that another file may set. It is dropped where the host is not used as it is, and
    /// where another file patches the object.
    pub fn missing(
        &mut self,
        rule: &'static str,
        host: &View,
        at: Range<usize>,
        message: String,
        help: &str,
    ) {
        let remark = self.remark_at(rule, host, &at, message, help);
        let has_room = self.all.links.absences.len() < MAX_UNITS;
        self.all.links.absences.extend(remark.filter(|_| has_room && self.is_plain()));
    }

    /// Records a finding about a variable that RKE2 does not read. It is dropped if some file expands the variable.
    pub fn unread_variable(
        &mut self,
        name: &str,
        host: &View,
        at: Range<usize>,
        message: String,
        help: &str,
    ) {
        let remark = self.remark_at("config/unread-variable", host, &at, message, help);
        let has_room = self.all.links.unread.len() < MAX_UNITS;
        self.all.links.unread.extend(remark.filter(|_| has_room).map(|remark| (name.to_owned(), remark)));
    }

    /// Records that the host expands a variable.
    pub fn expands(&mut self, name: &str) {
        self.all.links.expands.insert(name.to_owned());
    }

    /// Records the paths in a text of configurations with which RKE2 is started.
    pub fn starts_with(&mut self, text: &str) {
        let known = &mut self.all.links.configurations;
        let room = MAX_UNITS.saturating_sub(known.len());
        known.extend(configurations(text).take(room).map(str::to_owned));
    }

    /// The finding about a place in the host, unless that place is filled in later.
    fn remark_at(
        &self,
        rule: &'static str,
        host: &View,
        at: &Range<usize>,
        message: String,
        help: &str,
    ) -> Option<Remark> {
        let is_known = !host.is_masked(at) && !message.contains(is_mask);
        let range = host.outer(at).filter(|_| is_known)?;
        Some(Remark { rule, range, message, help: help.to_owned(), way: self.way })
    }

    /// Searches a text for units, on the current way through the host's branches.
    pub(super) fn look(&mut self, path: &str, view: &View) {
        if self.depth >= MAX_DEPTH || !formats::is_marked(view.text()) {
            return;
        }
        self.bytes += view.text().len();
        if self.bytes > MAX_BYTES {
            return;
        }
        let full_path = Arc::clone(&self.full_path);
        let full_path = if self.depth == 0 { formats::used_path(&full_path) } else { path };
        let mut host = Host::new(path, full_path, view, self.depth, self.of_chart);
        if self.depth == 0 {
            host.given = self.given.clone();
        }
        let outer = self.format;
        let (begin, mut rendered) = (self.all.units.len(), None);
        self.depth += 1;
        for format in formats::fitting(&host) {
            let of_program = outer.of_program || format.is_program;
            self.format = Reading { name: format.name, of_program };
            let first = self.all.units.len();
            (format.read)(&host, self);
            if formats::is_of_templates(format) {
                rendered = Some(first..self.all.units.len());
            }
        }
        self.depth -= 1;
        self.format = outer;
        if let Some(rendered) = rendered {
            self.keep_rendered(begin, &rendered);
        }
    }

    /// Drops the units since `begin` that another format found in a template itself, where what it renders to has the
    /// same unit.
    fn keep_rendered(&mut self, begin: usize, rendered: &Range<usize>) {
        let known: BTreeSet<_> = self.all.units[rendered.clone()].iter().filter_map(Unit::extent).collect();
        let mut indices = 0_usize..;
        self.all.units.retain(|unit| {
            let stays = indices.next().is_some_and(|index| index < begin || rendered.contains(&index));
            stays || unit.extent().is_none_or(|extent| !known.contains(&extent))
        });
    }

    /// Reads each way through a host's branches. A finding is reported if it holds on every way that includes its
    /// place.
    pub fn ways(&mut self, path: &str, ways: Vec<View>, mut read: impl FnMut(&mut Self, &str, &View)) {
        if let [way] = ways.as_slice() {
            return read(self, path, way);
        }
        // Nested branches are skipped: reading only their first way would give wrong results.
        if self.way.is_some() {
            return;
        }
        let text = self.all.ways.len();
        for view in ways {
            self.way = Some(self.all.ways.len());
            self.all.ways.push(Way { text, view: view.clone() });
            read(self, path, &view);
        }
        self.way = None;
    }

    /// What was found in the file with this text.
    pub(super) fn finish(mut self, text: &str) -> Units {
        let mut configs: Vec<&mut Unit> =
            self.all.units.iter_mut().filter(|unit| unit.origin.kind == Kind::Config).collect();
        let drop_ins = configs.iter().filter(|unit| unit.path.contains("config.yaml.d/")).count();
        if self.may_set_more || (!configs.is_empty() && may_set_more(text, drop_ins)) {
            for unit in &mut configs {
                (unit.open, unit.adds) = (true, None);
            }
        }
        if let Some(one) = self.unseen_by_all.take() {
            let islands: BTreeSet<String> =
                self.all.units.iter().map(|unit| unit.island().to_owned()).collect();
            self.unseen.extend(islands.iter().map(|island| one.clone().on(island)));
        }
        let has_units = |unit: &Unit| self.all.units.iter().any(|known| known.island() == unit.island());
        self.unseen.retain(has_units);
        self.unseen.dedup_by(|one, other| one.island() == other.island());
        self.all.units.extend(self.unseen);
        self.all
    }

    /// Notes for all nodes of the host that they may get objects whose text is not known.
    pub fn unseen_by_all(&mut self, host: &View, place: Range<usize>) {
        self.unseen(host, place);
        self.unseen_by_all = self.unseen.pop();
    }

    /// Notes that the current node may get objects whose text is not known, as the place in the host says: nothing is known
    /// to be missing from its cluster.
    pub fn unseen(&mut self, host: &View, place: Range<usize>) {
        let mut text = Builder::new(host);
        text.masked(place);
        let by = "objects from elsewhere".to_owned();
        let unit = self.unit(by, Kind::Manifests, UNSEEN, text.finish(), false);
        self.unseen.push(unit);
    }

    /// Adds a text of a known kind.
    pub fn add(&mut self, written_by: String, kind: Kind, path: &str, view: View, open: bool) {
        self.bytes += view.text().len();
        if self.all.units.len() >= MAX_UNITS || self.bytes > MAX_BYTES {
            return;
        }
        let unit = self.unit(written_by, kind, path, view, open);
        self.all.units.push(unit);
    }

    fn unit(&self, written_by: String, kind: Kind, path: &str, view: View, open: bool) -> Unit {
        let path = format!("/{}", path.trim_start_matches('/'));
        let folder = self.island();
        let by = self.prefix.iter().cloned().chain([written_by]).filter(|part| !part.is_empty());
        let written_by = by.collect::<Vec<_>>().join(" > ");
        let shown = match &kind {
            Kind::Values(chart) => format!("values of {chart}"),
            _ => path.clone(),
        };
        let origin = Origin {
            host: Arc::clone(&self.host),
            full_path: Arc::clone(&self.full_path),
            path: shown,
            kind,
            format: self.format.name,
            written_by,
        };
        Unit {
            origin: Arc::new(origin),
            island: folder.len(),
            path: format!("{folder}{}", filled_in(&path)),
            view,
            open,
            adds: None,
            way: self.way,
            agent: self.agent,
            of_program: self.format.of_program,
            relation: Relation::ByPath,
        }
    }

    /// The folder that represents the current node.
    pub fn island(&self) -> String {
        let way = self.way.map(|way| format!("#{way}")).unwrap_or_default();
        let node = if self.node.is_empty() { String::new() } else { format!("/{}", self.node) };
        format!("{}{way}{node}", self.host)
    }
}

fn file_name(path: &str) -> &str {
    crate::source::file_name(path)
}
