//! `cloud-provider/config-without-name`: a cloud provider's configuration without the provider.

use crate::cluster::fact::Datum;
use crate::rule::{Context, Draft, Target};

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Target::Config(node) = context.target else { return };
    // Every node decides this for itself, so its main file is all there is to see.
    if node.main.is_none_or(|main| main.stream.first_error().is_some()) {
        return;
    }
    let path = node.fact("cloud-provider-config");
    let is_path = path.value().is_some_and(|value| matches!(value, Datum::Text(text) if !text.is_empty()));
    let (true, Some(at)) = (is_path, path.span()) else { return };
    let name = node.fact("cloud-provider-name");
    let is_empty = name.value().is_some_and(|value| matches!(value, Datum::Text(text) if text.is_empty()));
    let unnamed = node.setting("cloud-provider-name").is_none() || is_empty;
    if unnamed {
        let message = "`cloud-provider-config` is set without `cloud-provider-name`; RKE2 fails to start";
        drafts.push(
            Draft::new(at, message).help("add `cloud-provider-name`, or remove `cloud-provider-config`"),
        );
    }
}
