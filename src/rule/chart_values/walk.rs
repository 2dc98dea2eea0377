//! Walks the user's values and the catalogue in parallel; each key is looked up in every chart version that
//! the target may run. A key is reported where it is first wrong; nothing under it is checked.

use std::borrow::Cow;
use std::cell::{Cell, OnceCell, RefCell};
use std::collections::HashSet;

use super::upstream::Source;
use super::{Fault, Verdict, cascade, foreign, guard, moved, shape, unknown, words};
use crate::catalog::{self, Attr, ChartView, Flags, HardFail, Lookup, Memo, MovedValue, Scalar};
use crate::cluster::Cluster;
use crate::cluster::charts::ChartObject;
use crate::cluster::effective::Effective;
use crate::cluster::fact::Fact;
use crate::cluster::generated::Generated;
use crate::finding::{Edit, Effect, Safety, Severity};
use crate::rke2::object::HelmKind;
use crate::rke2::values::set_path;
use crate::rule::{Draft, edit};
use crate::source::Span;
use crate::words::Word;
use crate::yaml::{Entry, Kind, NodeRef, Value, template_mark};

/// The faults in the values of an object for a packaged chart, or for the upstream of one.
pub(super) fn faults<'c>(
    cluster: &'c Cluster<'_>,
    object: &'c ChartObject<'_>,
    source: Option<&'c Source>,
) -> Vec<Fault> {
    let Some(spec) = object.object.spec() else { return Vec::new() };
    let mut roots: Vec<NodeRef<'_>> = Vec::new();
    if let Some(document) = object.object.values_document()
        && !document.templated
        && document.stream.first_error().is_none()
    {
        roots.extend(document.roots());
    }
    roots.extend(spec.get("values").filter(|values| values.kind() == Kind::Mapping));
    let set = match object.kind {
        HelmKind::Chart => {
            let mut set = spec.get("set").map(NodeRef::fields).unwrap_or_default();
            // RKE2 writes these itself.
            set.retain(|entry| !entry.name().starts_with("global."));
            set
        }
        HelmKind::Config => Vec::new(),
    };
    if roots.is_empty() && set.is_empty() {
        return Vec::new();
    }
    let mut walk = Walk::new(cluster, object, source);
    if walk.views.is_empty() {
        return Vec::new();
    }
    for root in roots {
        if is_template(root) {
            continue;
        }
        walk.root = Some(root);
        walk.in_templates = OnceCell::new();
        walk.anchored = root.document().aliases().map(|alias| alias.resolved().span()).collect();
        match foreign::values_of_another(&walk, root) {
            Some(fault) => walk.faults.push(fault),
            None => walk.mapping(root, &mut Vec::new()),
        }
    }
    walk.set(&set);
    let guarded = guard::faults(&walk);
    walk.faults.extend(guarded);
    walk.faults
}

/// The state of a walk.
pub(super) struct Walk<'c, 'a> {
    pub(super) cluster: &'c Cluster<'a>,
    pub(super) object: &'c ChartObject<'a>,
    /// The packaged chart whose values are walked in parallel with the user's.
    pub(super) name: &'c str,
    /// The upstream chart, if that is installed instead of the packaged one.
    pub(super) source: Option<&'c Source>,
    /// What each possible version accepts.
    pub(super) views: Cow<'c, [ChartView<'c>]>,
    /// The values of the chart that newer versions have moved.
    pub(super) moves: &'static [MovedValue],
    hard_fails: &'static [HardFail],
    /// The effective values.
    pub(super) effective: Effective<'c, 'a>,
    injected: bool,
    anchored: Vec<Span>,
    /// The map that is being walked.
    pub(super) root: Option<NodeRef<'a>>,
    /// The words of the values that refer to other values.
    in_templates: OnceCell<HashSet<String>>,
    /// The number of unknown keys for which suggestions have been searched.
    pub(super) searched: Cell<usize>,
    /// What was looked up last.
    looked_up: Memo<'c>,
    /// A cache of the last query of [`Walk::is_partly_known`] and its answer, because siblings query in turn.
    partly_known: RefCell<Option<(Vec<String>, bool)>>,
    faults: Vec<Fault>,
}

impl<'c, 'a> Walk<'c, 'a> {
    fn new(cluster: &'c Cluster<'a>, object: &'c ChartObject<'a>, source: Option<&'c Source>) -> Self {
        let name = source.map_or(object.name.as_str(), |source| source.packaged);
        let views = match source {
            Some(source) => Cow::Borrowed(source.views.as_slice()),
            None => cluster.views(name),
        };
        // RKE2 injects values into its own charts only.
        let injected = source.is_none() && cluster.generated(name).is_none_or(Generated::is_injected);
        Self {
            cluster,
            object,
            name,
            source,
            views,
            moves: catalog::moved_values(name),
            hard_fails: catalog::hard_fails(name),
            effective: cluster.effective(object),
            injected,
            anchored: Vec::new(),
            root: None,
            in_templates: OnceCell::new(),
            searched: Cell::new(0),
            looked_up: Memo::default(),
            partly_known: RefCell::default(),
            faults: Vec::new(),
        }
    }

    /// The verdict for a key that makes the install fail. Cilium has its own rule.
    pub(super) fn removed(&self) -> Verdict {
        if self.name == "rke2-cilium" { Verdict::CiliumRemoved } else { Verdict::Removed }
    }

    /// The chart with its version or releases, for messages.
    pub(super) fn chart(&self) -> String {
        match self.source {
            Some(source) => source.label.clone(),
            None => words::chart(self.name, &self.views, &self.cluster.target),
        }
    }

    /// The result of looking up a path in each version.
    pub(super) fn lookups<S: AsRef<str>>(&self, path: &[S]) -> Vec<Lookup<'c>> {
        ChartView::lookup_each(&self.views, path, &self.looked_up)
    }

    /// Whether no version accepts the key.
    pub(super) fn is_unknown<S: AsRef<str>>(&self, path: &[S]) -> bool {
        self.lookups(path).into_iter().all(|lookup| !lookup.is_accepted())
    }

    /// Whether some version accepts any key under a path, and every version knows all keys there that its templates
    /// read.
    pub(super) fn is_partly_known(&self, path: &[String]) -> bool {
        let mut last = self.partly_known.borrow_mut();
        if let Some((_, answer)) = last.as_ref().filter(|(asked, _)| asked == path) {
            return *answer;
        }
        let partly = |view: &ChartView<'_>| {
            (1..=path.len()).all(|length| match view.lookup(&path[..length]) {
                Lookup::Known(attr) => !attr.is_open() || attr.flags.contains(Flags::PARTIAL),
                Lookup::Open | Lookup::Unknown { .. } => false,
            })
        };
        let answer = !self.views.is_empty() && self.views.iter().all(partly);
        *last = Some((path.to_vec(), answer));
        answer
    }

    /// Whether some version knows a path by name.
    pub(super) fn is_named<S: AsRef<str>>(&self, path: &[S]) -> bool {
        let mut attrs = self.lookups(path).into_iter().filter_map(Lookup::attr);
        attrs.any(|attr| !attr.is_guard_only() && !attr.is_only_commented())
    }

    /// Whether the chart knew a path by name before the upgrade; true if there is no upgrade. A key that was not known
    /// has no effect today either.
    pub(super) fn was_known<S: AsRef<str>>(&self, path: &[S]) -> bool {
        let Some(from) = &self.cluster.upgraded_from else { return true };
        let mut attrs = from.views(self.name).iter().filter_map(|view| view.lookup(path).attr());
        attrs.any(|attr| !attr.is_guard_only() && !attr.is_only_commented())
    }

    /// Whether today's chart does not accept the key either, so that the upgrade changes nothing for it.
    pub(super) fn was_ignored<S: AsRef<str>>(&self, path: &[S]) -> bool {
        self.cluster.upgraded_from.as_ref().is_some_and(|from| {
            let views = from.views(&self.object.name);
            !views.is_empty() && views.iter().all(|view| !view.lookup(path).is_accepted())
        })
    }

    /// Whether a value may be moved to its new place without review. Before an upgrade the old place is still in
    /// effect, so the move preserves behaviour; without an upgrade the value only takes effect once it is moved.
    pub(super) fn safety_of_moves(&self) -> Safety {
        if self.cluster.upgraded_from.is_some() { Safety::Safe } else { Safety::Unsafe }
    }

    /// Whether a key is not meant as a value of the chart: an `x-` extension, a holder of anchors used elsewhere, or one
    /// that other values may read.
    pub(super) fn is_aside(&self, name: &str, value: NodeRef<'_>) -> bool {
        let span = value.span();
        name.starts_with("x-")
            || name.starts_with('.')
            || name.is_empty()
            || template_mark(name).is_some()
            || self.anchored.iter().any(|anchored| span.contains(*anchored) || anchored.contains(span))
            || self.is_in_templates(name)
    }

    /// Whether a value refers to a key by name, as in `{{ .Values.domain }}`. Charts pass some values through `tpl`.
    fn is_in_templates(&self, name: &str) -> bool {
        static VALUES: Word = Word::new(".Values");
        let Some(root) = self.root else { return false };
        let words = self.in_templates.get_or_init(|| {
            let is_word = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-');
            let texts = root.document().scalars().filter_map(NodeRef::text);
            let templates = texts.filter(|text| VALUES.is_in(text.as_bytes()) && text.contains("{{"));
            // The text around the actions may have any words.
            let actions = templates
                .flat_map(|text| text.split("{{").skip(1))
                .map(|rest| rest.split_once("}}").map_or(rest, |(action, _)| action));
            actions.flat_map(|action| action.split(|c| !is_word(c))).map(str::to_owned).collect()
        });
        words.contains(name)
    }

    /// Whether other values may prevent the templates from reading a field with which Helm fails.
    pub(super) fn switches_something_off(&self, field: Entry<'_>) -> bool {
        self.effective.may_switch_off_besides(field.key.span())
    }

    pub(super) fn hard_fail(&self, path: &[String]) -> Option<&HardFail> {
        self.hard_fails.iter().find(|fail| fail.path == path)
    }

    /// The edits that move the entry at a path to another path.
    pub(super) fn relocate<S: AsRef<str>>(&self, from: &[String], to: &[S]) -> Option<Vec<Edit>> {
        let from: Vec<&str> = from.iter().map(String::as_str).collect();
        let to: Vec<&str> = to.iter().map(AsRef::as_ref).collect();
        edit::relocate(self.root?, &from, &to)
    }

    /// The edit that removes the entry at a path.
    pub(super) fn remove(&self, path: &[String]) -> Option<Edit> {
        let path: Vec<&str> = path.iter().map(String::as_str).collect();
        edit::remove_at(self.root?, &path)
    }

    /// The edit that replaces a key with the entries under it.
    pub(super) fn unwrap(&self, field: Entry<'_>) -> Option<Edit> {
        edit::unwrap(self.root?, field)
    }

    /// Whether the user already wrote something at a path.
    pub(super) fn is_written(&self, path: &[String]) -> bool {
        let path: Vec<&str> = path.iter().map(String::as_str).collect();
        self.root.is_none_or(|root| root.at(&path).is_some())
    }

    fn mapping(&mut self, node: NodeRef<'a>, path: &mut Vec<String>) {
        // Skip null keys: `values-parse-error` reports them.
        let from = self.faults.len();
        for field in node.fields().into_iter().filter(|field| !field.key.is_null()) {
            path.push(field.name().into_owned());
            self.field(field, path);
            path.pop();
        }
        cascade::join(&mut self.faults, from, path);
    }

    fn field(&mut self, field: Entry<'a>, path: &mut Vec<String>) {
        let value = field.value;
        let lookups = self.lookups(path);
        let fails = self.hard_fail(path).filter(|fail| !fail.is_parent);
        let failing = lookups
            .iter()
            .zip(self.views.iter())
            .filter(|(_, view)| fails.is_some_and(|fail| fail.fails_at(view.version())))
            .count();
        let absent = lookups
            .iter()
            .zip(self.views.iter())
            .filter(|(lookup, view)| {
                !lookup.is_accepted() && !fails.is_some_and(|fail| fail.fails_at(view.version()))
            })
            .count();
        if failing + absent == lookups.len() {
            if self.is_aside(path.last().map_or("", String::as_str), value) {
                return;
            }
            let fault = match fails.filter(|_| failing > 0) {
                Some(fail) => removed(self, fail, absent == 0, field, path),
                None => unknown::judge(self, field, path),
            };
            self.faults.extend(fault);
            return;
        }
        if is_template(value) {
            return;
        }
        if let Some(fault) = self.renamed(field, path) {
            self.faults.push(fault);
            return;
        }
        if let Some(fault) = self.known(field, path, &lookups) {
            self.faults.push(fault);
            return;
        }
        if lookups.iter().all(|lookup| *lookup == Lookup::Open) {
            let fault = unknown::near_of_open(self, field, path);
            self.faults.extend(fault);
            return;
        }
        match value.kind() {
            Kind::Mapping => self.mapping(value, path),
            Kind::Sequence => {
                // Only resource definitions say for certain what the elements are.
                let is_of_resource = lookups.iter().all(shape::is_of_resource);
                let is_walked = |item: &NodeRef<'_>| item.kind() == Kind::Mapping || is_of_resource;
                for (index, item) in value.items().enumerate().filter(|(_, item)| is_walked(item)) {
                    path.push(index.to_string());
                    if is_template(item) || self.is_unknown(path) {
                        // Nothing is known about it.
                    } else if item.kind() == Kind::Mapping {
                        self.mapping(item, path);
                    } else {
                        self.faults.extend(shape::element(self, item, path));
                    }
                    path.pop();
                }
            }
            Kind::Scalar => {}
        }
    }

    /// Reports an accepted key that has a new place or name.
    fn renamed(&self, field: Entry<'a>, path: &[String]) -> Option<Fault> {
        moved::exposed_by_scalar(self, field, path)
            .or_else(|| moved::nginx_provider(self, field, path))
            .or_else(|| {
                moved::gone(self, field, path).filter(|_| {
                    self.views.iter().all(|view| match view.lookup(path) {
                        Lookup::Known(attr) => attr.is_guard_only(),
                        Lookup::Open | Lookup::Unknown { .. } => true,
                    })
                })
            })
            .or_else(|| unknown::nginx_setting(self, field, path))
    }

    /// The fault in the value of a key that some version has.
    fn known(&self, field: Entry<'a>, path: &[String], lookups: &[Lookup<'c>]) -> Option<Fault> {
        let attrs: Vec<&Attr> = lookups.iter().filter_map(|lookup| lookup.attr()).collect();
        let all = |condition: &dyn Fn(&Attr) -> bool| {
            attrs.len() == lookups.len() && attrs.iter().all(|attr| condition(attr))
        };
        if self.injected && all(&|attr| attr.flags.contains(Flags::INJECTED)) {
            // Nothing is lost in a copy of the chart's own values.yaml.
            let is_lost = !is_default(field.value, &attrs) && field.value.text() != Some("");
            return is_lost.then(|| injected(self, field, path));
        }
        if field.value.is_null() {
            return shape::deleted(self, field, path, &attrs)
                .or_else(|| shape::null(self, field, path, &attrs));
        }
        if let Some(fault) = shape::mismatch(self, field, path, lookups) {
            return Some(fault);
        }
        // A key that occurs in a comment of the chart may belong to an example for users.
        let unread = self.cluster.target.beyond_catalogue().is_none()
            && all(&|attr| attr.flags.contains(Flags::VALUES))
            && self.views.iter().all(|view| view.is_unread(path));
        let is_repeated =
            || self.views.iter().all(|view| unknown::repeats_defaults(*view, field.value, path));
        if unread && !is_repeated() {
            let message =
                format!("{} does not read `{}`; setting it has no effect", self.chart(), words::path(path));
            return Some(Fault::new(
                Verdict::Unread,
                Draft::new(field.key.span(), message).help("remove it").fixed(
                    Safety::Unsafe,
                    "remove the key",
                    self.remove(path),
                ),
            ));
        }
        shape::list_replaced(self, field, path, &attrs)
    }

    /// Walks the keys of `spec.set`, which are dotted paths with scalar values.
    fn set(&mut self, set: &[Entry<'a>]) {
        for entry in set {
            let name = entry.name();
            if template_mark(&name).is_some() {
                continue;
            }
            let path = set_path(&name);
            let known = (1..=path.len()).find(|&length| {
                !self.hard_fail(&path[..length]).is_some_and(|fail| fail.is_parent)
                    && self.is_unknown(&path[..length])
            });
            if let Some(length) = known {
                let draft = unknown::of_set(self, *entry, &path, length);
                self.faults.extend(draft);
            } else if let Some(fail) = self
                .hard_fail(&path)
                .filter(|fail| !fail.is_parent && self.views.iter().all(|view| fail.fails_at(view.version())))
            {
                let fault = removed(self, fail, true, *entry, &path);
                self.faults.extend(fault);
            }
        }
    }
}

/// What to do with a removed key: the help, and the edits.
pub(super) fn way_out(walk: &Walk<'_, '_>, field: Entry<'_>, path: &[String]) -> (String, Way) {
    match moved::advice(walk.name, path, field.value) {
        Some(moved::Advice { help, to: Some(to) }) => (help, Way::Move(walk.relocate(path, &to))),
        Some(moved::Advice { help, to: None }) => (
            help,
            moved::native_routing(walk, field, path).map_or(Way::Words, |edits| Way::Move(Some(edits))),
        ),
        None => (format!("remove `{}`", words::path(path)), Way::Remove(walk.remove(path))),
    }
}

/// The fix for a removed key.
pub(super) enum Way {
    Move(Option<Vec<Edit>>),
    Remove(Option<Edit>),
    Words,
}

impl Way {
    fn is_move(&self) -> bool {
        matches!(self, Self::Move(_))
    }

    pub(super) fn attach(self, draft: Draft, safety: Safety) -> Draft {
        match self {
            Self::Move(edits) => draft.fixed(safety, "move the value", edits),
            Self::Remove(edit) => draft.fixed(safety, "remove the key", edit),
            Self::Words => draft,
        }
    }
}

/// Whether the guard of a removed key considers a value set.
pub(super) fn is_set(fail: &HardFail, value: NodeRef<'_>) -> bool {
    match value.kind() {
        Kind::Scalar => scalar(value).is_some_and(|scalar| fail.fails_with(&scalar)),
        Kind::Mapping | Kind::Sequence => value.entries().len() + value.items().len() > 0,
    }
}

/// Reports a key that a guard of the chart rejects. Only values that the guard considers set are known to fail.
fn removed(
    walk: &Walk<'_, '_>,
    fail: &HardFail,
    always: bool,
    field: Entry<'_>,
    path: &[String],
) -> Option<Fault> {
    let value = field.value;
    if value.is_null() || is_template(value) {
        return None;
    }
    let set = is_set(fail, value);
    let shown = words::path(path);
    let chart = walk.chart();
    let (help, way) = way_out(walk, field, path);
    if let Some(when) = fail.when.filter(|_| set) {
        let condition: Vec<&str> = when.path.iter().map(String::as_str).collect();
        let fact = walk.effective.fact(&condition);
        let found = match &fact {
            Fact::Known(found) => found.value.as_text()?,
            Fact::Absent(_) | Fact::Unknown => return None,
        };
        if !when.one_of.iter().any(|word| *word == found) {
            let message = format!(
                "`{shown}` is not a value of {}; Helm silently ignores it while `{}` is `{found}`",
                walk.chart(),
                words::path(&when.path)
            );
            let draft = Draft::new(field.key.span(), message).help(help).effect(Effect::Ignored);
            let draft = way.attach(draft, Safety::Unsafe);
            return Some(Fault::new(walk.removed(), draft).severity(Severity::Warning));
        }
    }
    let (severity, message) = match (set, always) {
        (true, true) => (Severity::Error, format!("`{shown}` was removed; the install of {chart} fails")),
        (true, false) => (
            Severity::Error,
            format!("`{shown}` was removed; {chart} fails to install with it or silently ignores it"),
        ),
        (false, _) => (
            Severity::Info,
            format!("`{shown}` was removed and is not a value of {}; it has no effect", walk.chart()),
        ),
    };
    // A cluster that works cannot have a value that fails the install, so the fix changes nothing there.
    let safety = if set && always && way.is_move() { Safety::Safe } else { Safety::Unsafe };
    let effect = if set { Effect::Refused } else { Effect::Ignored };
    let draft = Draft::new(field.key.span(), message).help(help).effect(effect);
    let mut draft = way.attach(draft, safety);
    if fail.last_valid != fail.first_fail && set {
        draft.label = format!("removed after {} {}", walk.name, fail.last_valid);
    }
    Some(Fault::new(walk.removed(), draft).severity(severity))
}

fn injected(walk: &Walk<'_, '_>, field: Entry<'_>, path: &[String]) -> Fault {
    let key = match path.get(1).map(String::as_str) {
        Some("clusterCIDR" | "clusterCIDRv4" | "clusterCIDRv6") => Some("cluster-cidr"),
        Some("serviceCIDR") => Some("service-cidr"),
        Some("clusterDNS") => Some("cluster-dns"),
        Some("clusterDomain") => Some("cluster-domain"),
        Some("rke2DataDir") => Some("data-dir"),
        Some("systemDefaultRegistry" | "cattle") => Some("system-default-registry"),
        Some("systemDefaultIngressClass") => Some("ingress-controller"),
        _ => None,
    };
    let shown = words::path(path);
    let message = format!("`{shown}` has no effect; RKE2 overrides it through `spec.set`");
    let help = match key {
        Some(key) => format!("remove it, and set `{key}` in config.yaml on every server"),
        None => "remove it".to_owned(),
    };
    let draft = Draft::new(field.label_span(), message).help(help);
    Fault::new(Verdict::Injected, draft.fixed(Safety::Safe, "remove the key", walk.remove(path)))
}

/// Whether a node is a template placeholder, or has keys that a values file cannot have.
pub(super) fn is_template(node: NodeRef<'_>) -> bool {
    match node.kind() {
        Kind::Scalar => node.text().is_some_and(|text| template_mark(text).is_some()),
        // YAML parses an unquoted `{{ name }}` as a map whose key is a map.
        Kind::Mapping => node.entries().any(|entry| entry.key.kind() != Kind::Scalar),
        Kind::Sequence => false,
    }
}

fn is_default(value: NodeRef<'_>, attrs: &[&Attr]) -> bool {
    scalar(value).is_some_and(|value| attrs.iter().all(|attr| attr.default_value().as_ref() == Some(&value)))
}

/// A scalar in the representation of the catalogue.
pub(in crate::rule) fn scalar(node: NodeRef<'_>) -> Option<Scalar> {
    Some(match node.value()? {
        Value::Null => Scalar::Null,
        Value::Bool(value) => Scalar::Bool(value),
        Value::Int(value) => Scalar::Int(value),
        #[allow(clippy::cast_precision_loss, reason = "beyond i64 nothing is compared")]
        Value::UInt(value) => Scalar::Float(value as f64),
        Value::Float(value) => Scalar::Float(value),
        Value::Str(text) => Scalar::String(Cow::Owned(text.into_owned())),
    })
}
