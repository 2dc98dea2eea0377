//! `registries/unknown-key`: unknown keys in registries.yaml.

use crate::finding::{Edit, Fix, Safety, Severity};
use crate::rke2::file::RkeFile;
use crate::rke2::registries::{
    AUTH_KEYS, CONFIG_KEYS, MIRROR_KEYS, TLS_KEYS, TOP_KEYS, configs, is_readable, mirrors,
};
use crate::rule::{Context, Draft, Target};
use crate::spelling::nearest;
use crate::yaml::{Entry, Kind, NodeRef, template_mark};

/// Key names from other tools, with the key that is meant.
const MEANT: &[(&str, &str)] = &[
    ("ca", "ca_file"),
    ("cacert", "ca_file"),
    ("cert", "cert_file"),
    ("key", "key_file"),
    ("insecure", "insecure_skip_verify"),
    ("skipverify", "insecure_skip_verify"),
    ("skiptlsverify", "insecure_skip_verify"),
    ("token", "identity_token"),
    ("user", "username"),
];

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Target::Registries(file) = context.target else { return };
    let Some(root) = file.first_root().filter(|_| is_readable(file)) else { return };
    let mut walk = Walk { file, drafts };
    walk.level(root, TOP_KEYS, "");
    if let Some(auths) = root.entry("auths") {
        walk.drafts.push(
            Draft::new(
                auths.key.span(),
                "`auths` has no effect; RKE2 does not pass these credentials to containerd",
            )
            // A known key, unlike the others.
            .severity(Severity::Warning)
            .help("move them to `configs.<host>.auth`"),
        );
    }
    for mirror in mirrors(file) {
        walk.level(mirror.value, MIRROR_KEYS, "a mirror");
    }
    for config in configs(file) {
        walk.level(config.value, CONFIG_KEYS, "a host's configuration");
        for (key, known) in [("auth", AUTH_KEYS), ("tls", TLS_KEYS)] {
            if let Some(inner) = config.value.get(key) {
                walk.level(inner, known, &format!("`{key}`"));
            }
        }
    }
}

struct Walk<'d, 'a> {
    file: &'a RkeFile,
    drafts: &'d mut Vec<Draft>,
}

impl<'a> Walk<'_, 'a> {
    fn level(&mut self, node: NodeRef<'a>, known: &[&'static str], place: &str) {
        if node.is_opaque() {
            return;
        }
        for entry in node.fields() {
            let name = entry.name();
            // SOPS adds its own key to a file that it encrypts.
            let sealed = place.is_empty() && name == "sops" && entry.value.kind() == Kind::Mapping;
            let skipped = sealed
                || name.starts_with("x-")
                || name.starts_with('.')
                || template_mark(&name).is_some()
                || entry.key.kind() != Kind::Scalar
                || self.holds_anchor(&entry);
            if skipped || known.contains(&name.as_ref()) {
                continue;
            }
            let place = if place.is_empty() { String::new() } else { format!(" in {place}") };
            let mut draft = Draft::new(
                entry.key.span(),
                format!("unknown key `{name}`{place}; RKE2 silently ignores it"),
            );
            if let Some(meant) = meant(&name, known).filter(|meant| node.get(meant).is_none()) {
                draft = draft.help(format!("write `{meant}`"));
                // With the fix, the key of another tool takes effect, which may disable the verification of
                // certificates.
                let foreign = MEANT.iter().any(|(other, _)| *other == plain(&name));
                draft.fix = Some(Fix {
                    safety: if foreign { Safety::Unsafe } else { Safety::Safe },
                    message: format!("rename it to `{meant}`"),
                    edits: vec![Edit { span: entry.key.span(), replacement: meant.to_owned() }],
                });
            } else {
                draft = draft.help(elsewhere(&name, known));
            }
            self.drafts.push(draft);
        }
    }

    /// Whether the key only holds an anchor to which other keys refer.
    fn holds_anchor(&self, entry: &Entry<'_>) -> bool {
        let between = entry.key.span().range().end..entry.value.span().range().start;
        self.file.source.text().get(between).is_some_and(|text| text.contains('&'))
    }
}

fn plain(text: &str) -> String {
    text.to_ascii_lowercase().replace(['-', '_', '"', '\''], "")
}

fn meant(name: &str, known: &[&'static str]) -> Option<&'static str> {
    let written = plain(name);
    if let Some((_, meant)) = MEANT.iter().find(|(other, meant)| *other == written && known.contains(meant)) {
        return Some(meant);
    }
    nearest(&written, known.iter().copied().filter(|known| *known != "auths"), 2)
}

/// Where to move a key that exists on another level.
fn elsewhere(name: &str, known: &[&str]) -> String {
    if AUTH_KEYS.contains(&name) && known == CONFIG_KEYS {
        "move it under `auth`".to_owned()
    } else if TLS_KEYS.contains(&name) && known == CONFIG_KEYS {
        "move it under `tls`".to_owned()
    } else if CONFIG_KEYS.contains(&name) || TLS_KEYS.contains(&name) || AUTH_KEYS.contains(&name) {
        "move it under `configs.<host>`, where the host is that of the endpoint".to_owned()
    } else if MIRROR_KEYS.contains(&name) {
        "move it under `mirrors.<registry>`".to_owned()
    } else {
        format!(
            "use one of `{}`",
            known.iter().filter(|key| **key != "auths").copied().collect::<Vec<_>>().join("`, `")
        )
    }
}
