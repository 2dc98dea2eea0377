//! `security/psa-file`: a Pod Security admission file that kube-apiserver rejects or ignores.

use crate::cluster::named::{NamedFile, POD_SECURITY};
use crate::finding::{Edit, Fix, Safety};
use crate::rule::{Context, Draft};
use crate::spelling::nearest;
use crate::yaml::{Kind, NodeRef, template_mark};

const PLUGIN: &str = "PodSecurity";
const KIND: &str = "PodSecurityConfiguration";
const MODES: [&str; 3] = ["enforce", "audit", "warn"];
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
    if let Some(kind) = configuration.entry("kind")
        && let Some(found) =
            kind.value.text().filter(|found| *found != KIND && template_mark(found).is_none())
    {
        let message = format!("kind `{found}` is not a {KIND}; kube-apiserver fails to start");
        drafts.push(Draft::new(kind.label_span(), message).help(format!("write `kind: {KIND}`")));
        return;
    }
    defaults(configuration, drafts);
    for mode in MODES {
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
    for list in EXEMPTIONS {
        let Some(entry) = configuration.get("exemptions").and_then(|exemptions| exemptions.entry(list))
        else {
            continue;
        };
        if entry.value.kind() != Kind::Sequence && !entry.value.is_null() && !entry.value.is_opaque() {
            let message = format!("`exemptions.{list}` is not a list; kube-apiserver fails to start");
            let text = entry.value.text().unwrap_or("NAME");
            drafts.push(Draft::new(entry.label_span(), message).help(format!("write `{list}: [{text}]`")));
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

/// Keys below `defaults`, and the versions of their levels.
fn defaults(configuration: NodeRef<'_>, drafts: &mut Vec<Draft>) {
    for entry in configuration.get("defaults").map(NodeRef::fields).unwrap_or_default() {
        let name = entry.name();
        if entry.key.kind() != Kind::Scalar || template_mark(&name).is_some() {
            continue;
        }
        if !MODES
            .iter()
            .any(|mode| name.strip_prefix(mode).is_some_and(|rest| matches!(rest, "" | "-version")))
        {
            let known = ["enforce", "enforce-version", "audit", "audit-version", "warn", "warn-version"];
            let help = nearest(&name, known, 3).map_or_else(
                || format!("use one of `{}`", known.join("`, `")),
                |near| format!("did you mean `{near}`?"),
            );
            let message = format!("unknown field `defaults.{name}`; kube-apiserver fails to start");
            drafts.push(Draft::new(entry.key.span(), message).help(help));
        } else if name.ends_with("-version")
            && let Some(version) = entry.value.text()
            && !is_version(version)
            && template_mark(version).is_none()
        {
            let message = format!("invalid `{name}` `{version}`; kube-apiserver fails to start");
            drafts.push(
                Draft::new(entry.label_span(), message).help("write `latest`, or a minor such as `v1.33`"),
            );
        }
    }
}

/// `api.ParseVersion` of k8s.io/pod-security-admission: `latest`, or `v1.` and a number without leading zeros.
fn is_version(text: &str) -> bool {
    let minor = text.strip_prefix("v1.").unwrap_or_default();
    let is_number = !minor.is_empty() && minor.bytes().all(|byte| byte.is_ascii_digit());
    text.is_empty() || text == "latest" || (is_number && (minor == "0" || !minor.starts_with('0')))
}

fn relate(named: &NamedFile<'_>, drafts: &mut [Draft]) {
    for draft in drafts {
        *draft = draft.clone().related(named.at, "set in the configuration here");
    }
}
