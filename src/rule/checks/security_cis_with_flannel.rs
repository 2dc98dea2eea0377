//! `security/cis-with-flannel`: a hardening profile whose network policies are not enforced.

use crate::cluster::fact::Fact;
use crate::rule::{Context, Draft, Target};

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Target::Config(node) = context.target else { return };
    let Fact::Known(profile) = node.fact("profile") else { return };
    let Some(word) = profile.value.as_text() else { return };
    let hardens = word == "cis" || word.starts_with("cis-1.");
    let Fact::Known(cni) = context.cluster.cni(context.server) else { return };
    let Some(at) = cni.at else { return };
    if !hardens
        || cni.value.as_text().is_none_or(|cni| cni != "flannel")
        || context.cluster.may_have_policy_engine()
    {
        return;
    }
    let mut draft = Draft::new(
        at,
        format!("`flannel` does not enforce network policies, which `profile: {word}` relies on"),
    )
    .help("use `cni: canal`, `calico` or `cilium` with this profile");
    if let Some(at) = profile.at {
        draft = draft.related(at, "profile set here");
    }
    drafts.push(draft);
}
