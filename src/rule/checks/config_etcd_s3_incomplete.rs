//! `config/etcd-s3-incomplete`: uploads without a bucket, and a bucket without uploads.

use crate::cluster::fact::Fact;
use crate::finding::Severity;
use crate::rule::{Context, Draft, Target};

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Target::Config(node) = context.target else { return };
    // There are no snapshots with an external datastore.
    let external = node.setting("datastore-endpoint").is_some();
    if external || !node.is_complete() || node.fact("etcd-disable-snapshots").is_true() != Some(false) {
        return;
    }
    let Fact::Known(s3) = node.fact("etcd-s3") else { return };
    let has = |key: &str| node.setting(key).is_some_and(|setting| !setting.values.is_empty());
    match (s3.value.as_bool(), s3.at) {
        (Some(true), Some(at)) if !has("etcd-s3-bucket") && !has("etcd-s3-config-secret") => drafts.push(
            Draft::new(at, "`etcd-s3` needs `etcd-s3-bucket` or `etcd-s3-config-secret`; every upload fails")
                .help("add `etcd-s3-bucket`, or `etcd-s3-config-secret` with the name of a Secret"),
        ),
        (Some(false), None) => {
            let set = node.merged.settings.iter().find(|setting| setting.key.starts_with("etcd-s3-"));
            let Some(entry) = set.and_then(|setting| setting.entries.last()) else { return };
            drafts.push(
                Draft::new(
                    entry.key.span(),
                    format!(
                        "`{}` is set without `etcd-s3: true`; scheduled snapshots are not uploaded",
                        entry.name()
                    ),
                )
                .help("add `etcd-s3: true`, unless you upload manually with `rke2 etcd-snapshot save --s3`")
                .severity(Severity::Warning),
            );
        }
        _ => {}
    }
}
