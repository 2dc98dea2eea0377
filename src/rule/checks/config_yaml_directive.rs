//! `config/yaml-directive`: `%YAML 1.2` and the like.

use crate::finding::Safety;
use crate::rule::{Context, Draft, Target, edit};
use crate::yaml::INCOMPATIBLE_DOCUMENT;

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Target::Config(node) = context.target else { return };
    for file in node.files() {
        let Some(at) = file.stream.chunks.iter().find_map(|chunk| chunk.directive) else { continue };
        let line = file.source.text().get(at.range()).unwrap_or_default();
        // A directive without `---` is reported as a syntax error.
        if file.first_document_error().is_some_and(|error| error.message != INCOMPATIBLE_DOCUMENT) {
            continue;
        }
        let Some(version) = line.strip_prefix("%YAML").map(str::trim) else { continue };
        let version = version.split('#').next().unwrap_or(version).trim();
        if version == "1.1" {
            continue;
        }
        drafts.push(
            Draft::new(
                at,
                format!("`%YAML {version}` is not supported; RKE2 reads YAML 1.1 and fails to start"),
            )
            .help("remove the line")
            .fixed(Safety::Safe, "remove the line", edit::line(file.source.text(), at)),
        );
    }
}
