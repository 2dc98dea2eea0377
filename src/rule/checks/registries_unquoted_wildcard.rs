//! `registries/unquoted-wildcard`: an unquoted `*` key, which YAML parses as an alias.

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
                "unquoted `*` is a YAML alias; the node hangs waiting for its agent configuration",
            )
            .help("quote the key: `\"*\":`");
            draft.fix = Some(Fix {
                safety: Safety::Safe,
                message: "quote the key".to_owned(),
                edits: vec![Edit { span, replacement: "\"*\"".to_owned() }],
            });
            drafts.push(draft);
        }
        start += line.len();
    }
}
