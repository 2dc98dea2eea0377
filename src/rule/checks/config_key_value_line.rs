//! `config/key-value-line`: command-line syntax instead of YAML.

use crate::rke2::config::{is_command_line, key_name};
use crate::rule::{Context, Draft, Target};
use crate::yaml::{Kind, template_mark};

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Target::Config(node) = context.target else { return };
    for file in node.files().filter(|file| file.first_document_error().is_none()) {
        let Some(root) = file.first_root().filter(|root| root.kind() == Kind::Scalar) else { continue };
        let Some(text) = root.text().filter(|text| is_command_line(text)) else { continue };
        let line = text.lines().next().unwrap_or(text);
        drafts.push(
            Draft::new(
                root.span(),
                "command-line syntax; expected `key: value` lines, so RKE2 fails to start",
            )
            .help(format!("write `{}`", as_yaml(line))),
        );
    }
    for (_, entry) in node.entries() {
        let name = key_name(&entry);
        if !name.starts_with('-') || template_mark(&name).is_some() {
            continue;
        }
        drafts.push(
            Draft::new(
                entry.key.span(),
                format!(
                    "key `{name}` starts with a dash; RKE2 adds two more and exits with `bad flag syntax`"
                ),
            )
            .help(format!("write `{}`", name.trim_start_matches('-'))),
        );
    }
}

fn as_yaml(line: &str) -> String {
    let word = line.trim_start_matches('-');
    let end = word.find(['=', ' ']).unwrap_or(word.len());
    let value = word[end..].trim_start_matches([' ', '=']);
    let value = value.split_whitespace().next().unwrap_or("true");
    format!("{}: {value}", &word[..end])
}
