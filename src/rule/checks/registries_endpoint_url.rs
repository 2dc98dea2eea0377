//! `registries/endpoint-url`: endpoints that containerd cannot use.

use crate::rke2::registries::{Endpoint, endpoints, mirrors};
use crate::rule::{Context, Draft, Target};
use crate::yaml::template_mark;

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Target::Registries(file) = context.target else { return };
    for mirror in mirrors(file) {
        for (node, text) in endpoints(mirror) {
            if template_mark(text).is_some() {
                continue;
            }
            let Some((why, help)) = wrong(text) else { continue };
            drafts.push(
                Draft::new(node.span(), format!("endpoint `{text}` {why}; containerd skips it")).help(help),
            );
        }
    }
}

fn wrong(text: &str) -> Option<(String, String)> {
    let usual = || "write `https://host[:port][/path]`".to_owned();
    if text.trim().is_empty() {
        return Some(("is empty".to_owned(), usual()));
    }
    if text.contains(char::is_whitespace) {
        return Some(("contains a space".to_owned(), usual()));
    }
    let endpoint = Endpoint::parse(text);
    match endpoint.scheme.as_deref() {
        None => {
            let slip = ["http:", "https:", "http", "https"]
                .contains(&endpoint.authority.to_ascii_lowercase().as_str())
                && endpoint.path.starts_with('/');
            if slip {
                return Some(("has no `://` after its scheme".to_owned(), usual()));
            }
        }
        Some("http" | "https") => {}
        Some(other) => return Some((format!("has the unsupported scheme `{other}`"), usual())),
    }
    if endpoint.authority.is_empty() {
        return Some(("has no host".to_owned(), usual()));
    }
    let port = endpoint.port()?;
    port.bytes()
        .any(|byte| !byte.is_ascii_digit())
        .then(|| (format!("has the invalid port `{port}`"), usual()))
}
