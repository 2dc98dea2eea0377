//! `config/second-document`: documents after the first.

use crate::finding::Severity;
use crate::rule::{Context, Draft, Target};
use crate::yaml::Document;

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Target::Config(node) = context.target else { return };
    for file in node.files().filter(|file| file.first_document_error().is_none()) {
        let Some(first) = file.first_root() else { continue };
        let later = file.stream.chunks.iter().find_map(|chunk| {
            let root = chunk.document.as_ref().and_then(Document::root).filter(|root| !root.is_null())?;
            (root.span().start > first.span().start).then_some(chunk.separator?)
        });
        let trailing = file.stream.first().and_then(|chunk| chunk.trailing).filter(|at| {
            let rest = file.source.text().get(at.start as usize..);
            !rest.is_some_and(|rest| rest.starts_with("---"))
        });
        let Some(at) = later.or(trailing) else { continue };
        let mut draft = Draft::new(at, "second document starts here; RKE2 reads only the first one")
            .help("remove this line, or move the rest to a separate file in `config.yaml.d`");
        // In other places the documents may be intended for two files.
        if !file.full_path().contains("rancher/rke2/") {
            draft = draft.severity(Severity::Warning);
        }
        drafts.push(draft);
    }
}
