//! `security/audit-policy-content`: an audit policy that kube-apiserver rejects.

use crate::cluster::named::{AUDIT_POLICY, NamedFile};
use crate::finding::Safety;
use crate::rule::{Context, Draft, edit};
use crate::spelling::nearest;
use crate::yaml::{Entry, Kind, NodeRef};

const VERSION: &str = "audit.k8s.io/v1";
const LEVELS: [&str; 4] = ["None", "Metadata", "Request", "RequestResponse"];
const STAGES: [&str; 4] = ["RequestReceived", "ResponseStarted", "ResponseComplete", "Panic"];

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
            return;
        }
    }
    if let Some(kind) = root.entry("kind") {
        let text = kind.value.text().unwrap_or_default();
        if text != "Policy" && !kind.value.is_opaque() {
            let message = format!("kind `{text}` is not an audit policy; kube-apiserver fails to start");
            let edit = edit::reword(kind.value, "Policy");
            let draft = Draft::new(kind.label_span(), message).help("write `kind: Policy`");
            drafts.push(draft.fixed(Safety::Safe, "write `Policy`", edit));
            return;
        }
    }
    stages(root, drafts);
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
        match rule.entry("level") {
            Some(level) => {
                let text = level.value.text().unwrap_or_default();
                if !level.value.is_opaque() {
                    drafts.extend(word(&level, level.value, text, &LEVELS, "audit level"));
                }
            }
            None if rule.entries().len() > 0 && !rule.entries().any(|entry| entry.is_merge()) => {
                let at = rule.entries().next().map_or_else(|| rule.span(), |entry| entry.key.span());
                drafts.push(
                    Draft::new(at, "audit rule without `level`; kube-apiserver fails to start")
                        .help("add `level: Metadata`, or another level"),
                );
            }
            None => {}
        }
    }
}

fn no_rules(at: crate::source::Span) -> Draft {
    Draft::new(at, "audit policy without rules; kube-apiserver fails to start")
        .help("add a rule, for example `- level: Metadata`")
}

/// `omitStages` of a policy or a rule.
fn stages(node: NodeRef<'_>, drafts: &mut Vec<Draft>) {
    let Some(entry) = node.entry("omitStages") else { return };
    for stage in entry.value.items() {
        let text = stage.text().unwrap_or_default();
        if !stage.is_opaque() {
            drafts.extend(word(&entry, stage, text, &STAGES, "audit stage"));
        }
    }
}

fn word(
    entry: &Entry<'_>,
    node: NodeRef<'_>,
    text: &str,
    words: &[&'static str],
    what: &str,
) -> Option<Draft> {
    if words.contains(&text) {
        return None;
    }
    let at = if node.kind() == Kind::Scalar { node.span() } else { entry.key.span() };
    let help = match nearest(text, words.iter().copied(), 3) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("use one of `{}`", words.join("`, `")),
    };
    Some(Draft::new(at, format!("unknown {what} `{text}`; kube-apiserver fails to start")).help(help))
}
