//! `config/etcd-role-combination`: role options that exclude each other.

use crate::cluster::fact::Fact;
use crate::finding::Severity;
use crate::rule::{Context, Draft, Target};

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Target::Config(node) = context.target else { return };
    let on = |key: &str| match node.fact(key) {
        Fact::Known(found) => found.at.filter(|_| found.value.as_bool() == Some(true)),
        Fact::Absent(_) | Fact::Unknown => None,
    };
    let datastore = node.setting("datastore-endpoint");
    if let (Some(no_api), Some(setting)) = (on("disable-apiserver"), datastore)
        && setting.literals().any(|(_, text)| !text.is_empty())
    {
        let mut draft = Draft::new(
            no_api,
            "`disable-apiserver` cannot be combined with `datastore-endpoint`; RKE2 fails to start",
        )
        .help("remove `disable-apiserver`");
        if let Some(entry) = setting.entries.last() {
            draft = draft.related(entry.key.span(), "external datastore");
        }
        drafts.push(draft);
    }
    if let Some(no_etcd) = on("disable-etcd").filter(|_| datastore.is_none() && node.is_complete()) {
        drafts.push(
            Draft::new(no_etcd, "`disable-etcd` without `server` or `datastore-endpoint`; RKE2 falls back to a local SQLite database")
                .help("add `server: https://HOST:9345` of a server with etcd, or a `datastore-endpoint`")
                .severity(Severity::Warning),
        );
    }
}
