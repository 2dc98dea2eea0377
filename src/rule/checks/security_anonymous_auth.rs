//! `security/anonymous-auth`: arguments that open the APIs of a node to anyone who can reach them.

use crate::cluster::fact::{Fact, Found};
use crate::rule::{Context, Draft, Target};

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Target::Config(node) = context.target else { return };
    let mut open = |key: &str, name: &str, is_open: &dyn Fn(&str) -> bool, effect: &str| {
        let Fact::Known(Found { value, at: Some(at) }) = node.argument(key, name) else { return };
        if value.as_text().is_some_and(|text| is_open(&text)) {
            drafts.push(
                Draft::new(at, format!("`{name}={value}` in `{key}`: {effect}"))
                    .help(format!("remove `{name}` from `{key}`: RKE2 sets a safe value by itself")),
            );
        }
    };
    let always = |text: &str| text.split(',').any(|mode| mode == "AlwaysAllow");
    let nobody = "every request that reaches it is allowed, whoever sends it";
    open("kube-apiserver-arg", "authorization-mode", &always, nobody);
    open("kubelet-arg", "authorization-mode", &always, nobody);
    open(
        "kubelet-arg",
        "read-only-port",
        &|text| text.parse::<u16>().is_ok_and(|port| port != 0),
        "the kubelet tells anyone who asks about its pods, without authentication",
    );
}
