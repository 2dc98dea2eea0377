//! `security/psa-file`: a Pod Security admission file that kube-apiserver rejects or ignores.

use crate::cluster::named::{NamedFile, POD_SECURITY};
use crate::finding::{Edit, Fix, Safety, Severity};
use crate::rke2::node::is_subdomain;
use crate::rule::shape::{Fault, Shape};
use crate::rule::{Context, Draft};
use crate::yaml::{Kind, NodeRef, template_mark};

const PLUGIN: &str = "PodSecurity";
const KIND: &str = "PodSecurityConfiguration";
/// The API versions that have the kind.
const VERSIONS: [&str; 3] = [
    "pod-security.admission.config.k8s.io/v1",
    "pod-security.admission.config.k8s.io/v1beta1",
    "pod-security.admission.config.k8s.io/v1alpha1",
];
const MODES: [&str; 3] = ["enforce", "audit", "warn"];
const LEVELS: &[&str] = &["privileged", "baseline", "restricted"];
const TEXTS: Shape = Shape::List(&Shape::Text);
/// `apiserver.config.k8s.io/v1`.
const ADMISSION: Shape =
    Shape::Fields(&[("apiVersion", Shape::Any), ("kind", Shape::Any), ("plugins", Shape::List(&PLUGINS))]);
const PLUGINS: Shape =
    Shape::Fields(&[("name", Shape::Text), ("path", Shape::Text), ("configuration", Shape::Any)]);
/// `pod-security.admission.config.k8s.io/v1` (admission/api/v1/types.go of k8s.io/pod-security-admission).
const CONFIGURATION: Shape = Shape::Fields(&[
    ("apiVersion", Shape::Any),
    ("kind", Shape::Any),
    (
        "defaults",
        Shape::Fields(&[
            ("enforce", Shape::Text),
            ("enforce-version", Shape::Text),
            ("audit", Shape::Text),
            ("audit-version", Shape::Text),
            ("warn", Shape::Text),
            ("warn-version", Shape::Text),
        ]),
    ),
    ("exemptions", Shape::Fields(&[("usernames", TEXTS), ("runtimeClasses", TEXTS), ("namespaces", TEXTS)])),
]);

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
            _ => admission(context, root, drafts),
        }
        relate(named, &mut drafts[from..]);
    }
}

/// The file as a whole. From 1.32 on kube-apiserver rejects unknown fields (kubernetes/kubernetes#128013).
fn admission(context: &Context<'_, '_>, root: NodeRef<'_>, drafts: &mut Vec<Draft>) {
    let versions = ["apiserver.config.k8s.io/v1", "apiserver.k8s.io/v1alpha1"];
    if let Some(version) = root.entry("apiVersion")
        && let Some(text) = version.value.text().filter(|text| template_mark(text).is_none())
        && !versions.contains(&text)
    {
        let message = format!("API `{text}` has no AdmissionConfiguration; kube-apiserver fails to start");
        drafts.push(
            Draft::new(version.label_span(), message).help(format!("write `apiVersion: {}`", versions[0])),
        );
        return;
    }
    let strict = context.cluster.target.all(|release| release.minor >= 32);
    for misfit in ADMISSION.misfits(root) {
        let (follows, severity) = match misfit.fault {
            Fault::Unknown { .. } if !strict => {
                ("kube-apiserver ignores it or fails to start", Severity::Warning)
            }
            _ => ("kube-apiserver fails to start", Severity::Error),
        };
        let draft = Draft::new(misfit.at, format!("{}; {follows}", misfit.problem()));
        drafts.push(draft.severity(severity).help(misfit.help()));
    }
    plugins(root, drafts);
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
    if let Some(version) = configuration.entry("apiVersion")
        && let Some(text) = version.value.text().filter(|text| template_mark(text).is_none())
        && !VERSIONS.contains(&text)
    {
        let message = format!("API `{text}` has no {KIND}; kube-apiserver fails to start");
        drafts.push(
            Draft::new(version.label_span(), message).help(format!("write `apiVersion: {}`", VERSIONS[0])),
        );
        return;
    }
    for misfit in CONFIGURATION.misfits(configuration) {
        let message = format!("{}; kube-apiserver fails to start", misfit.problem());
        drafts.push(Draft::new(misfit.at, message).help(misfit.help()));
    }
    levels(configuration, drafts);
    exempt(configuration, drafts);
}

/// Levels and their versions.
fn levels(configuration: NodeRef<'_>, drafts: &mut Vec<Draft>) {
    let Some(defaults) = configuration.get("defaults") else { return };
    for mode in MODES {
        let text = |key: &str| {
            let entry = defaults.entry(key)?;
            let text = entry.value.text().filter(|text| !text.is_empty() && template_mark(text).is_none())?;
            Some((text, entry.label_span()))
        };
        if let Some((level, at)) = text(mode).filter(|(level, _)| !LEVELS.contains(level)) {
            let message =
                format!("unknown Pod Security level `{mode}: {level}`; kube-apiserver fails to start");
            drafts.push(Draft::new(at, message).help(format!("use one of `{}`", LEVELS.join("`, `"))));
        }
        let key = format!("{mode}-version");
        if let Some((version, at)) = text(&key).filter(|(version, _)| !is_version(version)) {
            let message = format!("invalid `{key}` `{version}`; kube-apiserver fails to start");
            drafts.push(Draft::new(at, message).help("write `latest`, or a minor such as `v1.33`"));
        }
    }
}

/// Names that are exempt: valid, and each once.
fn exempt(configuration: NodeRef<'_>, drafts: &mut Vec<Draft>) {
    for list in ["namespaces", "runtimeClasses", "usernames"] {
        let mut seen: Vec<&str> = Vec::new();
        let exemptions = configuration.get("exemptions").and_then(|exemptions| exemptions.get(list));
        for name in exemptions.into_iter().flat_map(NodeRef::items) {
            let Some(text) = name.text().filter(|text| template_mark(text).is_none()) else { continue };
            let valid = match list {
                "namespaces" => text.len() < 64 && !text.contains('.') && is_subdomain(text),
                "runtimeClasses" => is_subdomain(text),
                _ => !text.is_empty(),
            };
            let (problem, help) = if !valid {
                ("is not a valid name", "list each name in full; patterns are not supported".to_owned())
            } else if seen.contains(&text) {
                ("is listed twice", format!("remove the second `{text}`"))
            } else {
                seen.push(text);
                continue;
            };
            let message = format!("`{text}` in `exemptions.{list}` {problem}; kube-apiserver fails to start");
            drafts.push(Draft::new(name.span(), message).help(help));
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
