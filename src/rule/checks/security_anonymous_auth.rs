//! `security/anonymous-auth`: arguments that disable authentication or authorization.

use crate::cluster::fact::{Fact, Found};
use crate::rule::{Context, Draft, Target};

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Target::Config(node) = context.target else { return };
    let mut open = |key: &str, name: &str, is_open: &dyn Fn(&str) -> bool, effect: &str| {
        let Fact::Known(Found { value, at: Some(at) }) = node.argument(key, name) else { return };
        if value.as_text().is_some_and(|text| is_open(&text)) {
            drafts.push(
                Draft::new(at, format!("`{name}={value}` in `{key}` {effect}"))
                    .help(format!("remove `{name}` from `{key}`; RKE2's default is safe")),
            );
        }
    };
    let always = |text: &str| text.split(',').any(|mode| mode == "AlwaysAllow");
    let nobody = "allows every request, authenticated or not";
    open("kube-apiserver-arg", "authorization-mode", &always, nobody);
    open("kubelet-arg", "authorization-mode", &always, nobody);
    open(
        "kubelet-arg",
        "read-only-port",
        &|text| text.parse::<u16>().is_ok_and(|port| port != 0),
        "lets anyone list the node's pods without authentication",
    );
}
