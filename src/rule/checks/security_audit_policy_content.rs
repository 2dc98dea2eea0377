//! `security/audit-policy-content`: an audit policy that kube-apiserver rejects.

use crate::cluster::named::{AUDIT_POLICY, NamedFile};
use crate::finding::{Safety, Severity};
use crate::rule::shape::{Fault, Shape};
use crate::rule::{Context, Draft, edit};
use crate::spelling::nearest;
use crate::yaml::{Kind, NodeRef, Value, template_mark};

const VERSION: &str = "audit.k8s.io/v1";
const LEVELS: [&str; 4] = ["None", "Metadata", "Request", "RequestResponse"];
const STAGES: [&str; 4] = ["RequestReceived", "ResponseStarted", "ResponseComplete", "Panic"];

/// `audit.k8s.io/v1` (pkg/apis/audit/v1/types.go of k8s.io/apiserver).
const POLICY: Shape = Shape::Fields(&[
    ("apiVersion", Shape::Any),
    ("kind", Shape::Any),
    ("metadata", Shape::Any),
    ("omitStages", Shape::WORDS),
    ("omitManagedFields", Shape::Bool),
    ("rules", Shape::List(&RULE)),
]);
const RULE: Shape = Shape::Fields(&[
    ("level", Shape::Word),
    ("users", Shape::TEXTS),
    ("userGroups", Shape::TEXTS),
    ("verbs", Shape::TEXTS),
    ("resources", Shape::List(&RESOURCES)),
    ("namespaces", Shape::TEXTS),
    ("nonResourceURLs", Shape::TEXTS),
    ("omitStages", Shape::WORDS),
    ("omitManagedFields", Shape::Bool),
]);
const RESOURCES: Shape =
    Shape::Fields(&[("group", Shape::Text), ("resources", Shape::TEXTS), ("resourceNames", Shape::TEXTS)]);

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    for named in context.cluster.named.iter().filter(|named| named.key == AUDIT_POLICY) {
        let Some(root) = named.file.first_root().filter(|root| root.kind() == Kind::Mapping) else {
            continue;
        };
        let mut found = Vec::new();
        policy(context, root, &mut found);
        drafts.extend(found.into_iter().map(|draft| relate(named, draft)));
    }
}

fn relate(named: &NamedFile<'_>, draft: Draft) -> Draft {
    draft.related(named.at, "set in the configuration here")
}

fn policy(context: &Context<'_, '_>, root: NodeRef<'_>, drafts: &mut Vec<Draft>) {
    drafts.extend(["apiVersion", "kind"].into_iter().filter_map(|key| missing(root, key)));
    let removed = matches!(
        root.get("apiVersion").and_then(NodeRef::text),
        Some("audit.k8s.io/v1beta1" | "audit.k8s.io/v1alpha1")
    ) && context.cluster.target.all(|release| release.minor >= 24);
    if let Some(version) = root.entry("apiVersion") {
        let text = version.value.text().unwrap_or_default();
        let unknown = text != VERSION && !text.ends_with("beta1") && !text.ends_with("alpha1");
        if !version.value.is_opaque() && (removed || unknown) {
            let why = if removed { "was removed in Kubernetes 1.24" } else { "does not exist" };
            let message = format!("audit API `{text}` {why}; kube-apiserver fails to start");
            drafts.push(
                Draft::new(version.label_span(), message)
                    .help(format!("write `apiVersion: {VERSION}`"))
                    .fixed(Safety::Safe, format!("write `{VERSION}`"), edit::reword(version.value, VERSION)),
            );
        }
    }
    if let Some(kind) = root.entry("kind") {
        let text = kind.value.text().unwrap_or_default();
        if text != "Policy" && !kind.value.is_opaque() {
            let message = format!("kind `{text}` is not an audit policy; kube-apiserver fails to start");
            let edit = edit::reword(kind.value, "Policy");
            let draft = Draft::new(kind.label_span(), message).help("write `kind: Policy`");
            drafts.push(draft.fixed(Safety::Safe, "write `Policy`", edit));
            if root.entry("rules").is_none() {
                return;
            }
        }
    }
    // Keys such as `x-common` hold anchors.
    for misfit in POLICY.misfits(root).iter().filter(|misfit| !misfit.path.starts_with("x-")) {
        let (follows, severity) = match misfit.fault {
            Fault::Unknown { .. } => ("kube-apiserver ignores it", Severity::Warning),
            Fault::Type { .. } => ("kube-apiserver fails to start", Severity::Error),
        };
        drafts.push(misfit.draft(follows).severity(severity));
    }
    stages(root, drafts);
    rules(root, drafts);
}

fn rules(root: NodeRef<'_>, drafts: &mut Vec<Draft>) {
    let Some(rules) = root.entry("rules") else {
        let at = root.entry("kind").map_or_else(|| root.span(), |kind| kind.label_span());
        drafts.push(no_rules(at));
        return;
    };
    if rules.value.is_null() || (rules.value.kind() == Kind::Sequence && rules.value.items().len() == 0) {
        drafts.push(no_rules(rules.key.span()));
    }
    for rule in rules.value.items().filter(|rule| rule.kind() == Kind::Mapping && !rule.is_opaque()) {
        stages(rule, drafts);
        requests(rule, drafts);
        match rule.entry("level") {
            Some(level) => {
                let text = level.value.text().unwrap_or_default();
                if !level.value.is_opaque() {
                    drafts.extend(word(level.value, text, &LEVELS, "audit level"));
                }
            }
            None if rule.entries().len() > 0 && !rule.entries().any(|entry| entry.is_merge()) => {
                let at = rule.entries().next().map_or_else(|| rule.span(), |entry| entry.key.span());
                drafts.push(
                    Draft::new(at, "audit rule has no `level`; kube-apiserver fails to start")
                        .help("add `level: Metadata`, or another level"),
                );
            }
            None => {}
        }
    }
}

/// Reports a file without `apiVersion` or `kind`.
fn missing(root: NodeRef<'_>, key: &str) -> Option<Draft> {
    let absent =
        root.get(key).is_none() && !root.is_opaque() && !root.entries().any(|entry| entry.is_merge());
    let first = root.entries().next().filter(|_| absent)?;
    let value = if key == "kind" { "Policy" } else { VERSION };
    Some(
        Draft::new(first.key.span(), format!("audit policy without `{key}`; kube-apiserver fails to start"))
            .help(format!("add `{key}: {value}`")),
    )
}

/// Checks `nonResourceURLs` and `resources` (pkg/apis/audit/validation of k8s.io/apiserver).
fn requests(rule: NodeRef<'_>, drafts: &mut Vec<Draft>) {
    const STOPS: &str = "kube-apiserver fails to start";
    if let Some(urls) = rule.entry("nonResourceURLs") {
        for url in urls.value.items() {
            // Values of the wrong type have already been reported.
            let is_text = url.is_null() || matches!(url.value(), Some(Value::Str(_)));
            let fixed = |text: &&str| is_text && *text != "*" && template_mark(text).is_none();
            let Some(text) = url.text().filter(fixed) else { continue };
            let inner = text.char_indices().next_back().is_some_and(|(last, _)| text[..last].contains('*'));
            let (problem, help) = if !text.starts_with('/') {
                ("does not start with `/`", format!("write `/{text}`"))
            } else if inner {
                ("has a `*` before its end", "put `*` at the end only".to_owned())
            } else {
                continue;
            };
            drafts.push(Draft::new(url.span(), format!("URL `{text}` {problem}; {STOPS}")).help(help));
        }
        let filled = |key: &str| rule.get(key).is_some_and(|list| list.items().len() > 0);
        if urls.value.items().len() > 0 && (filled("resources") || filled("namespaces")) {
            let message =
                format!("audit rule has both `nonResourceURLs` and resources or namespaces; {STOPS}");
            drafts.push(Draft::new(urls.key.span(), message).help("write two rules"));
        }
    }
    for resources in rule.get("resources").into_iter().flat_map(NodeRef::items) {
        let names = resources.entry("resourceNames").filter(|names| names.value.items().len() > 0);
        if let Some(names) = names.filter(|_| resources.get("resources").is_none_or(NodeRef::is_null)) {
            let message = format!("`resourceNames` without `resources`; {STOPS}");
            drafts.push(Draft::new(names.key.span(), message).help("add `resources`"));
        }
        if let Some(group) = resources.entry("group")
            && let Some(text) =
                group.value.text().filter(|text| text.contains('/') && template_mark(text).is_none())
        {
            let bare = text.split('/').next().unwrap_or_default();
            let message = format!("group `{text}` has a version; {STOPS}");
            drafts.push(Draft::new(group.label_span(), message).help(format!("write `group: {bare}`")));
        }
    }
}

fn no_rules(at: crate::source::Span) -> Draft {
    Draft::new(at, "audit policy without rules; kube-apiserver fails to start")
        .help("add a rule, for example `- level: Metadata`")
}

/// Checks `omitStages` of a policy or a rule.
fn stages(node: NodeRef<'_>, drafts: &mut Vec<Draft>) {
    let Some(entry) = node.entry("omitStages") else { return };
    for stage in entry.value.items() {
        let text = stage.text().unwrap_or_default();
        if !stage.is_opaque() {
            drafts.extend(word(stage, text, &STAGES, "audit stage"));
        }
    }
}

/// Reports an unknown word. Values of the wrong type have already been reported.
fn word(node: NodeRef<'_>, text: &str, words: &[&'static str], what: &str) -> Option<Draft> {
    if words.contains(&text) || node.kind() != Kind::Scalar {
        return None;
    }
    let help = match nearest(text, words.iter().copied(), 3) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("use one of `{}`", words.join("`, `")),
    };
    Some(
        Draft::new(node.span(), format!("unknown {what} `{text}`; kube-apiserver fails to start")).help(help),
    )
}
