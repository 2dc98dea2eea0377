//! `config/dangling-link`: dangling symlinks among the files of the configuration.

use crate::rke2::classify::Content;
use crate::rule::{Context, Draft, Target};
use crate::source::Span;

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Target::Config(node) = context.target else { return };
    for file in node.drop_ins.iter().filter(|file| file.content == Content::DanglingLink) {
        drafts.push(
            Draft::new(
                Span::file_start(file.id),
                format!("dangling symlink `{}`; RKE2 silently ignores the whole configuration", file.name()),
            )
            .help("remove the link, or create its target"),
        );
    }
}
