//! `security/psa-file`: a Pod Security admission file that kube-apiserver rejects or ignores.

use crate::cluster::named::{NamedFile, POD_SECURITY};
use crate::finding::{Edit, Fix, Safety};
use crate::rule::{Context, Draft};
use crate::yaml::{Kind, NodeRef, template_mark};

const PLUGIN: &str = "PodSecurity";
const LEVELS: &[&str] = &["privileged", "baseline", "restricted"];
const EXEMPTIONS: &[&str] = &["usernames", "runtimeClasses", "namespaces"];

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    for named in context.cluster.named.iter().filter(|named| named.key == POD_SECURITY) {
        let Some(root) = named.file.first_root() else { continue };
        let from = drafts.len();
        match root.entry("kind") {
            Some(kind) if kind.value.is_opaque() => {}
            Some(kind) if kind.value.text().is_some_and(|kind| kind != "AdmissionConfiguration") => {
                let found = kind.value.text().unwrap_or_default();
                drafts.push(
                    Draft::new(
                        kind.label_span(),
                        format!("expected kind `AdmissionConfiguration`, found `{found}`; kube-apiserver fails to start"),
                    )
                    .help("wrap it in an AdmissionConfiguration with the plugin `PodSecurity`"),
                );
            }
            _ => plugins(root, drafts),
        }
        relate(named, &mut drafts[from..]);
    }
}

fn plugins(root: NodeRef<'_>, drafts: &mut Vec<Draft>) {
    let Some(plugins) = root.get("plugins").filter(|plugins| plugins.kind() == Kind::Sequence) else {
        return;
    };
    let mut found = false;
    for plugin in plugins.items() {
        let Some(name) = plugin.entry("name") else { continue };
        match name.value.text() {
            Some(PLUGIN) => {
                found = true;
                if let Some(configuration) = plugin.get("configuration") {
                    configured(configuration, drafts);
                }
            }
            Some(other) if other.to_ascii_lowercase().contains("podsecurity") && !found => {
                let mut draft = Draft::new(
                    name.label_span(),
                    format!(
                        "unknown admission plugin `{other}`; kube-apiserver ignores its configuration and checks no pod"
                    ),
                )
                .help(format!("write `name: {PLUGIN}`"));
                draft.fix = Some(Fix {
                    safety: Safety::Safe,
                    message: format!("set `name` to `{PLUGIN}`"),
                    edits: vec![Edit { span: name.label_span(), replacement: PLUGIN.to_owned() }],
                });
                drafts.push(draft);
            }
            _ => {}
        }
    }
}

fn configured(configuration: NodeRef<'_>, drafts: &mut Vec<Draft>) {
    for mode in ["enforce", "audit", "warn"] {
        let Some(entry) = configuration.get("defaults").and_then(|defaults| defaults.entry(mode)) else {
            continue;
        };
        let Some(level) = entry.value.text() else { continue };
        if !level.is_empty() && !LEVELS.contains(&level) && template_mark(level).is_none() {
            drafts.push(
                Draft::new(
                    entry.label_span(),
                    format!("unknown Pod Security level `{mode}: {level}`; kube-apiserver fails to start"),
                )
                .help(format!("use one of `{}`", LEVELS.join("`, `"))),
            );
        }
    }
    let exemptions = configuration.get("exemptions").map(NodeRef::fields).unwrap_or_default();
    for entry in exemptions {
        let name = entry.name();
        if entry.key.kind() == Kind::Scalar
            && !EXEMPTIONS.contains(&name.as_ref())
            && template_mark(&name).is_none()
        {
            drafts.push(
                Draft::new(
                    entry.key.span(),
                    format!("unknown field `exemptions.{name}`; kube-apiserver fails to start"),
                )
                .help(format!("use one of `{}`", EXEMPTIONS.join("`, `"))),
            );
        }
    }
}

fn relate(named: &NamedFile<'_>, drafts: &mut [Draft]) {
    for draft in drafts {
        *draft = draft.clone().related(named.at, "set in the configuration here");
    }
}
