//! `config/dropin-ignored-file`: settings that RKE2 never reads.

use crate::cluster::server::unread_reason;
use crate::rule::{Context, Draft};
use crate::source::Span;

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    for file in &context.cluster.unread {
        let Some(reason) = unread_reason(file) else { continue };
        let first = file.first_root().and_then(|root| root.entries().next());
        let at = first.map_or_else(|| Span::file_start(file.id), |entry| entry.key.span());
        drafts.push(
            Draft::new(at, format!("RKE2 does not read this file; {reason}"))
                .help("move it to `/etc/rancher/rke2/config.yaml.d/`, with a name that ends in `.yaml`"),
        );
    }
}
