//! `config/etcd-s3-secret-ignored`: an S3 Secret that other S3 settings disable.

use crate::cluster::fact::Fact;
use crate::cluster::server::scalar;
use crate::rule::{Context, Draft, Target};

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Target::Config(node) = context.target else { return };
    let Some(secret) = node
        .setting("etcd-s3-config-secret")
        .filter(|setting| setting.literals().any(|(_, text)| !text.is_empty()))
    else {
        return;
    };
    let other = node.accepted(&context.cluster.target).find(|(_, key)| {
        let counts = key.name.starts_with("etcd-s3-")
            && !matches!(
                key.name.as_str(),
                "etcd-s3-config-secret" | "etcd-s3-retention" | "etcd-s3-timeout"
            );
        let Fact::Known(found) = node.fact(&key.name) else { return false };
        let unset = match &key.default {
            Some(default) => found.value == scalar(default),
            None => found.value.as_text().is_some_and(|text| text.is_empty()),
        };
        counts && !unset
    });
    let (Some((other, _)), Some(entry)) = (other, secret.entries.last()) else { return };
    let mut draft = Draft::new(
        entry.label_span(),
        format!("`etcd-s3-config-secret` is ignored because `{}` is set", other.key),
    )
    .help("move all S3 settings into the Secret, or remove `etcd-s3-config-secret`");
    if let Some(entry) = other.entries.last() {
        draft = draft.related(entry.key.span(), "set here");
    }
    drafts.push(draft);
}
