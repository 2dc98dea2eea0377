//! `cni-canal/unknown-backend`: backends that flanneld does not have.

use crate::cluster::fact::{Datum, Fact, Found};
use crate::finding::{Edit, Fix, Safety, Severity};
use crate::rule::{Context, Draft};

/// Compiled into some release of flanneld; it compares in lower case.
const BACKENDS: &[&str] = &[
    "vxlan",
    "wireguard",
    "host-gw",
    "ipip",
    "udp",
    "alloc",
    "extension",
    "tencent-vpc",
    "ali-vpc",
    "aws-vpc",
    "gce",
];

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Fact::Known(Found { value: Datum::Text(backend), at: Some(at) }) =
        context.value(&["flannel", "backend"])
    else {
        return;
    };
    let lower = backend.to_ascii_lowercase();
    if backend.trim().is_empty() || BACKENDS.contains(&lower.as_str()) {
        return;
    }
    if lower == "ipsec" {
        let message =
            "`ipsec` does not work with rke2-canal; the chart provides neither a key nor the IPsec daemon";
        let draft = Draft::new(at, message).help("use `backend: wireguard` for encryption, or `vxlan`");
        drafts.push(draft.severity(Severity::Warning));
        return;
    }
    let message = format!("unknown Flannel backend `{backend}`; flanneld exits and pods get no network");
    let mut draft = Draft::new(at, message);
    if lower == "wireguard-native" {
        draft = draft.help("write `backend: wireguard`; `wireguard-native` is the K3s name");
        let edits = vec![Edit { span: at, replacement: "wireguard".to_owned() }];
        draft.fix = Some(Fix { safety: Safety::Safe, message: "write `wireguard`".to_owned(), edits });
    } else if lower == "none" {
        draft = draft
            .help("set `cni: none` in config.yaml to run without a packaged CNI, or use `backend: vxlan`");
    } else {
        draft = draft.help("use `backend: vxlan` or `backend: wireguard`");
    }
    drafts.push(draft);
}
