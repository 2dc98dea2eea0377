//! Programs whose output is RKE2 configuration: Nix, Jsonnet and CUE, and containers of Docker Compose. They are not
//! read, only named.

use crate::unit::{Format, Found, Host};
use crate::yaml::{Kind, NodeRef};

/// Languages that are not read.
pub const FORMAT: Format = Format {
    name: "code",
    files: &[".cue", ".jsonnet", ".libsonnet", ".nix"],
    marks: &["services.rke2", "rke2 = {", "helm.cattle.io", "rancher/rke2"],
    is_program: true,
    fits,
    read,
};

/// Extensions of languages, with their names.
const LANGUAGES: &[(&str, &str)] =
    &[("cue", "CUE"), ("jsonnet", "Jsonnet"), ("libsonnet", "Jsonnet"), ("nix", "Nix")];

/// What a program contains, by a word in it.
const PARTS: &[(&str, &str)] = &[
    ("services.rke2", "services.rke2"),
    ("rke2 = {", "services.rke2"),
    ("helm.cattle.io", "objects of helm.cattle.io"),
    ("rancher/rke2/", "files of RKE2"),
];

fn fits(host: &Host<'_>) -> bool {
    !host.is_nested() && (language(host).is_some() || is_compose(host))
}

fn language(host: &Host<'_>) -> Option<&'static str> {
    LANGUAGES.iter().find(|(extension, _)| host.has_extension(&[extension])).map(|(_, name)| *name)
}

fn is_compose(host: &Host<'_>) -> bool {
    host.name().contains("compose") && host.has_extension(&["yaml", "yml"])
}

fn read(host: &Host<'_>, found: &mut Found) {
    let Some(language) = language(host) else { return compose(host, found) };
    for (word, part) in PARTS {
        if host.text().contains(word) {
            found.unread(*part, format!("{language} is not evaluated"));
        }
    }
}

/// Names the containers that run RKE2 with arguments.
fn compose(host: &Host<'_>, found: &mut Found) {
    let services = host.roots().filter_map(|root| root.get("services"));
    for service in services.flat_map(|services| services.entries().collect::<Vec<_>>()) {
        let image = service.value.get("image").and_then(NodeRef::text).unwrap_or_default();
        let has_arguments = service.value.get("command").is_some_and(|command| {
            command.kind() == Kind::Sequence || command.text().is_some_and(|text| text.contains("--"))
        });
        if image.contains("rancher/rke2") && has_arguments {
            found.unread(
                format!("services.{}.command", service.name()),
                "it is the command line of a container",
            );
        }
    }
}
