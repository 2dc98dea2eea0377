//! `security/cis-protect-kernel-defaults`: a CIS profile with the kernel check disabled.

use crate::cluster::fact::{Datum, Fact, Found};
use crate::finding::{Edit, Fix, Safety};
use crate::rule::{Context, Draft, Target};

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Target::Config(node) = context.target else { return };
    if node.windows_sign().is_some() {
        return;
    }
    let key = "protect-kernel-defaults";
    let Fact::Known(Found { value: Datum::Bool(false), at: Some(at) }) = node.fact(key) else { return };
    let Fact::Known(Found { value: Datum::Text(profile), at: Some(profile_at) }) = node.fact("profile")
    else {
        return;
    };
    if !profile.starts_with("cis") {
        return;
    }
    let message =
        format!("`{key}` is `false`, but `profile: {profile}` requires `true`; RKE2 exits at startup");
    let mut draft = Draft::new(at, message)
        .related(profile_at, "this profile sets it")
        .help(format!("remove `{key}`, or set it to `true`"));
    draft.fix = Some(Fix {
        safety: Safety::Safe,
        message: format!("set `{key}` to `true`"),
        edits: vec![Edit { span: at, replacement: "true".to_owned() }],
    });
    drafts.push(draft);
}
