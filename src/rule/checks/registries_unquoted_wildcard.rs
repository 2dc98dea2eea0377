//! `registries/unquoted-wildcard`: a `*` key without quotes, which YAML takes for an alias.

use crate::finding::{Edit, Fix, Safety};
use crate::rke2::classify::Content;
use crate::rule::{Context, Draft, Target};
use crate::source::Span;

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Target::Registries(file) = context.target else { return };
    if file.content == Content::Templated || file.stream.first_error().is_none() {
        return;
    }
    let mut start = 0;
    for line in file.source.text().split_inclusive('\n') {
        let trimmed = line.trim_start();
        if let Some(rest) = trimmed.strip_prefix('*')
            && rest.trim_start().starts_with(':')
        {
            let at = start + line.len() - trimmed.len();
            let span = Span::new(file.id, at, at + 1);
            let mut draft = Draft::new(
                span,
                "`*` without quotes is an alias to YAML: RKE2 cannot read the file, and the node waits \
                 without end for its agent configuration",
            )
            .help("put it in quotes: `\"*\":`");
            draft.fix = Some(Fix {
                safety: Safety::Safe,
                message: "put the key in quotes".to_owned(),
                edits: vec![Edit { span, replacement: "\"*\"".to_owned() }],
            });
            drafts.push(draft);
        }
        start += line.len();
    }
}
