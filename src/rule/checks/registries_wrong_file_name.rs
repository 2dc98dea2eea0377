//! `registries/wrong-file-name`: mirrors in a file of RKE2's folder that RKE2 does not read.

use crate::cluster::fact::Fact;
use crate::rke2::file::RkeFile;
use crate::rule::{Context, Draft, Target};
use crate::source::Span;
use crate::spelling::nearest;

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Target::Registries(file) = context.target else { return };
    let name = file.name().to_ascii_lowercase();
    // `registries.yaml.j2` and `registries.prod.yaml` are deployed under another name.
    let (stem, extension) = name.split_once('.').unwrap_or((&name, ""));
    let is_yaml = ["yaml", "yml", "json", "yaml.yaml", "yml.yaml"].contains(&extension);
    let near = ["registries", "registry"].contains(&stem) || nearest(stem, ["registries"], 2).is_some();
    let wrong = is_yaml && near && file.name() != "registries.yaml";
    if !wrong || !file.place.ends_with("etc/rancher/rke2") {
        return;
    }
    let right = format!("{}/registries.yaml", file.folder());
    let is_right = |other: &&RkeFile| other.place == file.place && other.name() == "registries.yaml";
    if context.cluster.registries.iter().any(|other| is_right(&other)) {
        return;
    }
    let names_it = |fact: Fact<'_>| match fact {
        Fact::Known(found) => {
            found.value.as_text().is_some_and(|path| path.rsplit('/').next() == Some(file.name()))
        }
        Fact::Absent(_) => false,
        Fact::Unknown => true,
    };
    if context.cluster.nodes.iter().any(|node| names_it(node.fact("private-registry"))) {
        return;
    }
    let first = file.first_root().and_then(|root| root.entries().next());
    drafts.push(
        Draft::new(
            first.map_or_else(|| Span::file_start(file.id), |entry| entry.key.span()),
            format!(
                "RKE2 reads only `registries.yaml` in this folder and silently ignores `{}`",
                file.name()
            ),
        )
        .help(format!("rename the file to `{right}`")),
    );
}
