//! `registries/auth-format`: encoded credentials that containerd cannot decode.

use base64::alphabet::STANDARD;
use base64::engine::{GeneralPurpose, GeneralPurposeConfig};
use base64::{DecodeError, Engine};

use crate::rke2::node::is_stand_in;
use crate::rke2::registries::configs;
use crate::rule::{Context, Draft, Target};
use crate::yaml::{NodeRef, template_mark};

/// The decoder of Go, which ignores the bits after the last byte.
const DECODER: GeneralPurpose =
    GeneralPurpose::new(&STANDARD, GeneralPurposeConfig::new().with_decode_allow_trailing_bits(true));

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Target::Registries(file) = context.target else { return };
    for config in configs(file) {
        let Some(auth) = config.value.get("auth") else { continue };
        // containerd prefers these.
        let is_set = |key: &str| auth.get(key).is_some_and(|node| !node.is_null() && node.text() != Some(""));
        if is_set("username") || is_set("identity_token") || auth.entries().any(|entry| entry.is_merge()) {
            continue;
        }
        let Some(entry) = auth.entry("auth").filter(|entry| !entry.value.is_opaque()) else { continue };
        let text = entry.value.text().filter(|text| !text.is_empty() && !is_placeholder(text));
        let Some(reason) = text.and_then(refusal) else { continue };
        let message = format!("`auth` is {reason}; containerd fails to pull from this registry");
        let help = "write `username` and `password`, or the output of `printf 'USER:PASSWORD' | base64 -w0`";
        drafts.push(Draft::new(place(entry.value, entry.key), message).help(help));
    }
}

/// Secrets are not part of a label, so a text of several lines is reported at its key.
fn place(value: NodeRef<'_>, key: NodeRef<'_>) -> crate::source::Span {
    if value.source_text().contains('\n') { key.span() } else { value.span() }
}

/// Words of texts that people write instead of a secret.
const MASKS: [&str; 12] = [
    "base64",
    "changeme",
    "dummy",
    "example",
    "hidden",
    "masked",
    "omitted",
    "password",
    "placeholder",
    "redacted",
    "removed",
    "secret",
];

fn is_placeholder(text: &str) -> bool {
    let repeats = text.bytes().all(|byte| Some(byte) == text.bytes().next());
    let words = text.to_ascii_lowercase().replace(['-', '_'], "");
    repeats
        || is_stand_in(text)
        || template_mark(text).is_some()
        || text.contains(['*', '…', ' ', '[', ']', '(', ')'])
        || text.contains("...")
        || MASKS.iter().any(|mask| words.contains(mask))
}

/// Why containerd rejects a text.
fn refusal(text: &str) -> Option<&'static str> {
    // Go's decoder skips line breaks.
    let mut text = text.replace(['\r', '\n'], "");
    let decoded = DECODER.decode(&text);
    if decoded == Err(DecodeError::InvalidPadding) {
        text.push_str(&"==="[..3 - (text.len() + 3) % 4]);
        let is_cut = DECODER.decode(&text).is_ok_and(|decoded| decoded.contains(&b':'));
        return Some(if is_cut { "base64 without its last `=`" } else { "not base64" });
    }
    match decoded {
        Err(_) => Some("not base64"),
        Ok(decoded) if !decoded.contains(&b':') => Some("not `USER:PASSWORD` in base64"),
        Ok(_) => None,
    }
}
