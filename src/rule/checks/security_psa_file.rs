//! `security/psa-file`: a Pod Security admission file that kube-apiserver rejects or ignores.

use std::collections::HashSet;

use crate::cluster::fact::Fact;
use crate::cluster::named::{ADMISSION_FLAG, NamedFile, POD_SECURITY};
use crate::cluster::server::NodeConfig;
use crate::finding::{Edit, Fix, Safety, Severity};
use crate::rke2::node::{is_in_capitals, is_stand_in, is_subdomain};
use crate::rule::arguments::{Given, given};
use crate::rule::shape::{Fault, Shape};
use crate::rule::{Context, Draft};
use crate::yaml::{Kind, NodeRef, Value, template_mark};

const PLUGIN: &str = "PodSecurity";
const FAILS: &str = "kube-apiserver fails to start";
const KIND: &str = "PodSecurityConfiguration";
/// The API versions that define `PodSecurityConfiguration`.
const VERSIONS: [&str; 3] = [
    "pod-security.admission.config.k8s.io/v1",
    "pod-security.admission.config.k8s.io/v1beta1",
    "pod-security.admission.config.k8s.io/v1alpha1",
];
const MODES: [&str; 3] = ["enforce", "audit", "warn"];
const LEVELS: &[&str] = &["privileged", "baseline", "restricted"];
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
            ("enforce", Shape::Word),
            ("enforce-version", Shape::Word),
            ("audit", Shape::Word),
            ("audit-version", Shape::Word),
            ("warn", Shape::Word),
            ("warn-version", Shape::Word),
        ]),
    ),
    (
        "exemptions",
        Shape::Fields(&[
            ("usernames", Shape::TEXTS),
            ("runtimeClasses", Shape::TEXTS),
            ("namespaces", Shape::TEXTS),
        ]),
    ),
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
            _ => {
                admission(context, root, drafts);
                drafts.extend(unmounted(context, named, root));
            }
        }
        relate(named, &mut drafts[from..]);
    }
}

/// More plugins than kube-apiserver has.
const MOST_PLUGINS: usize = 64;
/// More arguments than a configuration has.
const MOST_ARGUMENTS: usize = 256;

/// Plugins that take a configuration and are enabled by default.
const ENABLED: [&str; 4] =
    ["MutatingAdmissionWebhook", "PodSecurity", "ResourceQuota", "ValidatingAdmissionWebhook"];

/// Folders of which RKE2 or the runtime mounts all or a part into the pod of kube-apiserver.
const MOUNTED: [&str; 10] = [
    "/dev/",
    "/proc/",
    "/sys/",
    "/etc/ssl/",
    "/etc/pki/",
    "/etc/ca-certificates/",
    "/usr/local/share/",
    "/usr/share/",
    "/var/lib/",
    "/var/log/",
];

/// Reports files of plugins that the pod of kube-apiserver does not see. RKE2 mounts files that arguments name, but not
/// those that such a file names in turn.
fn unmounted(context: &Context<'_, '_>, named: &NamedFile<'_>, root: NodeRef<'_>) -> Vec<Draft> {
    let path_of = |node: &NodeConfig<'_>| {
        [node.fact(POD_SECURITY), node.argument("kube-apiserver-arg", ADMISSION_FLAG)].into_iter().find_map(
            |fact| {
                let Fact::Known(found) = fact else { return None };
                found.value.as_text().filter(|_| found.at == Some(named.at)).map(std::borrow::Cow::into_owned)
            },
        )
    };
    let node = context.cluster.nodes.iter().find_map(|node| Some((node, path_of(node)?)));
    let Some((node, own)) = node.filter(|(_, path)| path.starts_with('/')) else { return Vec::new() };
    let is_absent = |key: &str| matches!(node.fact(key), Fact::Absent(_));
    // The data directory is mounted, and extra mounts may contain the file.
    let is_open = node.setting("data-dir").is_some() || !is_absent("kube-apiserver-extra-mount");
    let folder = own.rsplit_once('/').map_or("", |(folder, _)| folder);
    let mut drafts = Vec::new();
    for plugin in root.get("plugins").into_iter().flat_map(NodeRef::items).take(MOST_PLUGINS) {
        let (Some(name), Some(entry)) = (plugin.get("name").and_then(NodeRef::text), plugin.entry("path"))
        else {
            continue;
        };
        // kube-apiserver prefers `configuration`, and reads neither for a plugin that is not enabled.
        if plugin.get("configuration").is_some_and(|settings| !settings.is_null()) || !is_enabled(node, name)
        {
            continue;
        }
        let text = entry.value.text().filter(|text| !text.is_empty() && !is_replaced(text));
        let Some(text) = text.filter(|_| !is_open && !entry.value.is_opaque()) else { continue };
        let full = if text.starts_with('/') { text.to_owned() } else { format!("{folder}/{text}") };
        let is_argument = node.setting("kube-apiserver-arg").is_some_and(|list| {
            !list.is_literal() || list.raw_parts().iter().any(|(_, argument)| argument.contains(&full))
        });
        let is_beside_log = match node.argument("kube-apiserver-arg", "audit-log-path") {
            Fact::Known(found) => found.value.as_text().is_none_or(|log| {
                log.rsplit_once('/').is_some_and(|(folder, _)| full.starts_with(&format!("{folder}/")))
            }),
            Fact::Absent(_) => false,
            Fact::Unknown => true,
        };
        if is_argument
            || is_beside_log
            || full == own
            || MOUNTED.iter().any(|mounted| full.starts_with(mounted))
        {
            continue;
        }
        let message = format!(
            "`path` `{text}` of `{name}` is not mounted into the pod of kube-apiserver, which fails to start"
        );
        let place = full.rsplit_once('/').map_or("", |(folder, _)| folder);
        drafts.push(Draft::new(entry.label_span(), message).help(format!(
            "write the settings under `configuration`, or add `kube-apiserver-extra-mount: {place}:{place}:ro`"
        )));
    }
    drafts
}

/// Whether the arguments of kube-apiserver enable a plugin for certain.
fn is_enabled(node: &NodeConfig<'_>, plugin: &str) -> bool {
    let given: Vec<Given<'_>> =
        given(node).filter(|given| given.component == "kube-apiserver").take(MOST_ARGUMENTS).collect();
    let is_listed = |flag: &str| {
        let mut values = given.iter().filter(|given| given.name() == flag);
        values.any(|given| {
            let value = given.argument().value.unwrap_or_default();
            value.split(',').any(|part| part.trim_matches('"') == plugin)
        })
    };
    (ENABLED.contains(&plugin) || is_listed("enable-admission-plugins"))
        && !is_listed("disable-admission-plugins")
}

/// Checks the whole file. From 1.32 on, kube-apiserver rejects unknown fields (kubernetes/kubernetes#128013).
fn admission(context: &Context<'_, '_>, root: NodeRef<'_>, drafts: &mut Vec<Draft>) {
    let versions = ["apiserver.config.k8s.io/v1", "apiserver.k8s.io/v1alpha1"];
    if let Some(version) = root.entry("apiVersion")
        && let Some(text) = version.value.text().filter(|text| template_mark(text).is_none())
        && !versions.contains(&text)
    {
        let message =
            format!("unknown API version `{text}` of AdmissionConfiguration; kube-apiserver fails to start");
        drafts.push(
            Draft::new(version.label_span(), message).help(format!("write `apiVersion: {}`", versions[0])),
        );
    }
    let target = &context.cluster.target;
    let unknown = if target.all(|release| release.minor >= 32) {
        (FAILS, Severity::Error)
    } else if target.all(|release| release.minor < 32) {
        ("kube-apiserver ignores it", Severity::Warning)
    } else {
        ("kube-apiserver ignores it, and fails to start since Kubernetes 1.32", Severity::Warning)
    };
    for misfit in ADMISSION.misfits(root) {
        let (follows, severity) = match misfit.fault {
            Fault::Unknown { .. } => unknown,
            Fault::Type { .. } => (FAILS, Severity::Error),
        };
        drafts.push(misfit.draft(follows).severity(severity));
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
        let message = format!("unknown API version `{text}` of {KIND}; kube-apiserver fails to start");
        drafts.push(
            Draft::new(version.label_span(), message).help(format!("write `apiVersion: {}`", VERSIONS[0])),
        );
    }
    drafts.extend(CONFIGURATION.misfits(configuration).iter().map(|misfit| misfit.draft(FAILS)));
    levels(configuration, drafts);
    exempt(configuration, drafts);
}

/// Checks levels and their versions.
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

/// Checks exemptions: each name must be valid and unique.
fn exempt(configuration: NodeRef<'_>, drafts: &mut Vec<Draft>) {
    for list in ["namespaces", "runtimeClasses", "usernames"] {
        let mut seen = HashSet::new();
        let exemptions = configuration.get("exemptions").and_then(|exemptions| exemptions.get(list));
        for name in exemptions.into_iter().flat_map(NodeRef::items) {
            // Values of the wrong type have already been reported.
            if !name.is_null() && !matches!(name.value(), Some(Value::Str(_))) {
                continue;
            }
            let Some(text) = name.text().filter(|text| !is_replaced(text)) else { continue };
            let valid = match list {
                "namespaces" => text.len() < 64 && !text.contains('.') && is_subdomain(text),
                "runtimeClasses" => is_subdomain(text),
                _ => !text.is_empty(),
            };
            let (problem, help) = if !valid {
                ("is not a valid name", "list each name in full; patterns are not supported".to_owned())
            } else if !seen.insert(text) {
                ("is listed twice", format!("remove the second `{text}`"))
            } else {
                continue;
            };
            let message = format!("`{text}` in `exemptions.{list}` {problem}; kube-apiserver fails to start");
            drafts.push(Draft::new(name.span(), message).help(help));
        }
    }
}

/// Whether a name is a placeholder. Names in capitals are never valid.
fn is_replaced(text: &str) -> bool {
    is_in_capitals(text) || is_stand_in(text) || template_mark(text).is_some()
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
