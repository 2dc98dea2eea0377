//! Templates of RKE2's files: Jinja, Go (Helm), Terraform, ERB and `%%NAME%%` tokens. Nothing is rendered: placeholders
//! are masked, and each combination of branches is a separate text.

use crate::rke2::classify::{Content, classify};
use crate::rke2::place::{Owner, is_config_alone, owner};
use crate::source::SourceFile;
use crate::unit::mask::{Dialect, Masked, masked_script, masked_with};
use crate::unit::{Format, Found, Host, Kind, View};
use crate::yaml::{Stream, looks_templated};

/// Templates that become YAML.
pub const FORMAT: Format = Format {
    name: "template",
    files: &[".epp", ".erb", ".gotmpl", ".j2", ".jinja", ".jinja2", ".tftpl", ".tmpl", ".tpl"],
    marks: &[
        "rke2",
        "helm.cattle.io",
        ":9345",
        "tls-san",
        "node-label",
        "node-taint",
        "-arg:",
        "write-kubeconfig",
        "cluster-cidr",
        "service-cidr",
        "disable-kube-proxy",
        "cni:",
        "etcd-",
        "mirrors:",
    ],
    is_program: true,
    fits,
    read,
};

/// Extensions of templates, each with its dialect; `None` if the text determines it.
const ENDINGS: &[(&str, Option<Dialect>)] = &[
    (".j2", Some(Dialect::Jinja)),
    (".jinja", Some(Dialect::Jinja)),
    (".jinja2", Some(Dialect::Jinja)),
    (".tftpl", Some(Dialect::Terraform)),
    (".erb", Some(Dialect::Erb)),
    (".epp", Some(Dialect::Erb)),
    (".gotmpl", Some(Dialect::Go)),
    (".tmpl", None),
    (".tpl", None),
];

/// Extensions of files that are not YAML. Of these, only scripts can write RKE2's files.
const NO_YAML: &[&str] = &[
    "bash", "cfg", "conf", "hcl", "ini", "md", "network", "ps1", "py", "rules", "service", "sh", "tf",
    "timer", "toml", "xml",
];

/// The extension of a template's name, with its dialect.
pub fn ending(name: &str) -> Option<&'static (&'static str, Option<Dialect>)> {
    ENDINGS.iter().find(|(ending, _)| name.ends_with(ending))
}

fn fits(host: &Host<'_>) -> bool {
    if host.is_nested() {
        return false;
    }
    if ending(host.name()).is_some() {
        // Files of named templates are not documents.
        return !host.name().starts_with('_');
    }
    (host.has_extension(&["yaml", "yml"]) || is_cloud_config(host.text()))
        && (host.is_of_chart() || looks_templated(host.text()) && host.stream().first_error().is_some())
}

fn read(host: &Host<'_>, found: &mut Found) {
    let (path, named) = match ending(host.name()) {
        Some((ending, dialect)) => (host.path().trim_end_matches(ending), *dialect),
        None => (host.path(), None),
    };
    if !is_document(path) && !is_cloud_config(host.text()) || is_script(host.text()) {
        return script(host, path, named, found);
    }
    let guess = || if host.is_of_chart() { Dialect::Go } else { Dialect::guess(host.text()) };
    let dialect = named.unwrap_or_else(guess);
    let given = host.given();
    let Masked { ways, open } = match masked_with(host.view(), dialect, &given.values) {
        Ok(masked) => masked,
        Err(reason) => return give_up(host, found, reason),
    };
    // The destination of the template determines its kind.
    match given.place.as_deref() {
        Some(place) if place.contains("rancher/rke2/") => {
            if is_config(place) {
                found.loops(&Kind::Config, host.view(), dialect);
            }
            return found.ways(path, ways, |found, _, way| {
                if is_agent(path) {
                    found.agent();
                }
                if open {
                    found.part_of_file("", place, way.clone());
                } else {
                    found.file("", place, way.clone());
                }
            });
        }
        Some(place) if place.contains("rancher/k3s/") => return,
        _ => {}
    }
    // The kind found for one way applies to all of them, even if little of the text is left there.
    let kind = ways.iter().find_map(|way| kind(path, way));
    if let Some(kind) = &kind {
        found.loops(kind, host.view(), dialect);
    }
    found.ways(path, ways, |found, path, way| match &kind {
        Some(Kind::Config) if open || is_agent(path) => {
            let name = if is_agent(path) { "agent" } else { "server" };
            let place = format!("/etc/rancher/rke2/config.yaml.d/{name}.yaml");
            found.add(String::new(), Kind::Config, &place, way.clone(), true);
        }
        Some(Kind::Config) => found.file("", "/etc/rancher/rke2/config.yaml", way.clone()),
        Some(Kind::Registries) => {
            found.add(
                String::new(),
                Kind::Registries,
                "/etc/rancher/rke2/registries.yaml",
                way.clone(),
                open,
            );
        }
        Some(_) => {
            let name = crate::source::file_name(path);
            let place = match name.rsplit_once('.') {
                Some((_, "yaml" | "yml" | "json")) => name.to_owned(),
                _ => format!("{name}.yaml"),
            };
            found.add(String::new(), Kind::Manifests, &place, way.clone(), open);
        }
        None => found.look(path, way),
    });
}

/// Whether a path on the node is that of config.yaml, or of a drop-in.
fn is_config(place: &str) -> bool {
    place.ends_with("/config.yaml") || place.contains("/config.yaml.d/")
}

/// Whether a text is cloud-init user data, regardless of its name.
fn is_cloud_config(text: &str) -> bool {
    text.trim_start().starts_with("#cloud-config")
}

/// Whether a text has an interpreter line (`#!`).
pub(super) fn is_script(text: &str) -> bool {
    text.trim_start_matches('\u{feff}').trim_start().starts_with("#!")
}

/// Whether a template contains branches or expressions that are not shell syntax, so that it must not be read as a
/// script directly.
pub fn has_statements(text: &str) -> bool {
    ["{{", "{%", "<%"].iter().any(|start| text.contains(start)) || has_terraform_statements(text)
}

/// Whether a text has a Terraform statement. `%{http_code}`, which scripts also contain, is a variable of curl.
fn has_terraform_statements(text: &str) -> bool {
    text.match_indices("%{").any(|(at, start)| {
        let rest = text[at + start.len()..].trim_start_matches(['~', ' ']);
        ["if ", "for ", "else", "endif", "endfor"].iter().any(|word| rest.starts_with(word))
    })
}

/// Whether a template renders to YAML, according to its name without the template extension.
fn is_document(path: &str) -> bool {
    let name = crate::source::file_name(path);
    name.rsplit_once('.').is_none_or(|(_, extension)| !NO_YAML.contains(&extension))
}

/// Reads the template of a script: each way through its branches is a script. Templates of other files are skipped.
fn script(host: &Host<'_>, path: &str, named: Option<Dialect>, found: &mut Found) {
    let extension = path.rsplit_once('.').map(|(_, extension)| extension);
    if !matches!(extension, Some("sh" | "bash" | "service" | "env" | "conf")) && !is_script(host.text()) {
        return;
    }
    match masked_script(host.view(), named.unwrap_or_else(|| Dialect::guess(host.text()))) {
        Ok(masked) => found.ways(path, masked.ways, Found::look),
        Err(reason) => give_up(host, found, reason),
    }
}

/// Records that a template was not read, if it mentions RKE2.
fn give_up(host: &Host<'_>, found: &mut Found, reason: &str) {
    let words = ["rancher/rke2", "helm.cattle.io", "rke2-", "rkeConfig", "RKE2ControlPlane"];
    let speaks = words.iter().any(|word| host.text().contains(word));
    if speaks || host.path().contains("rke2") {
        found.unread("template", reason);
    }
}

fn is_agent(path: &str) -> bool {
    let name = crate::source::file_name(path).to_ascii_lowercase();
    name.split(|c: char| !c.is_ascii_alphabetic())
        .any(|word| matches!(word, "agent" | "agents" | "worker" | "workers"))
}

/// The kind of a masked text, determined from its content.
fn kind(path: &str, way: &View) -> Option<Kind> {
    let source = SourceFile::new(path, way.shared_text());
    let stream = Stream::parse(View::id(), &source.shared_text());
    match classify(&source, &stream) {
        Content::Config(evidence) if is_config_alone(evidence, path) => Some(Kind::Config),
        Content::Registries if owner(path) != Some(Owner::K3s) => Some(Kind::Registries),
        Content::Manifest { helm: true } => Some(Kind::Manifests),
        _ => None,
    }
}
