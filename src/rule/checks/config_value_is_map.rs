//! `config/value-is-map`: a map, or a nested list, where a string is expected.

use crate::finding::Safety;
use crate::rule::{Context, Draft, Target};
use crate::yaml::{Entry, Kind, NodeRef, Style, template_mark};

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Target::Config(node) = context.target else { return };
    for (setting, key) in node.accepted(&context.cluster.target) {
        for entry in &setting.entries {
            let written = entry.value;
            if written.kind() == Kind::Mapping {
                report(*entry, written, &key.name, false, drafts);
            }
            for item in written.items() {
                match item.kind() {
                    Kind::Mapping => report(*entry, item, &key.name, true, drafts),
                    Kind::Sequence
                        if item.items().len() > 1 && template_mark(item.source_text()).is_none() =>
                    {
                        drafts.push(
                            Draft::new(
                                item.span(),
                                format!("nested list in `{}`; RKE2 keeps only its first element", key.name),
                            )
                            .help("write one element per line"),
                        );
                    }
                    _ => {}
                }
            }
        }
    }
}

fn report(entry: Entry<'_>, map: NodeRef<'_>, name: &str, in_list: bool, drafts: &mut Vec<Draft>) {
    if template_mark(map.source_text()).is_some() {
        return;
    }
    let pairs: Vec<_> = map.entries().collect();
    // `{token}` is filled in by a program.
    if let [pair] = pairs.as_slice()
        && map.source_text().starts_with('{')
        && pair.value.is_null()
        && !map.source_text().contains(':')
    {
        return;
    }
    let shown: Vec<String> =
        pairs.iter().map(|pair| format!("{{{} {}}}", text(pair.key), text(pair.value))).collect();
    let wanted = pairs.first().map(|pair| wanted(map, *pair));
    let at = pairs.first().filter(|_| in_list).map_or(entry.key.span(), |pair| pair.key.span());
    let mut draft = Draft::new(
        at,
        format!("`{name}`: expected a string, found a map; RKE2 passes `[{}]`", shown.join(" ")),
    );
    if let Some(wanted) = wanted {
        draft = draft.help(format!("write a string as the list element: `- {wanted}`"));
        if let ([pair], true) = (pairs.as_slice(), in_list) {
            let plain = |node: NodeRef<'_>| node.style() == Some(Style::Plain) && !node.is_alias();
            if plain(pair.key) && plain(pair.value) && !map.source_text().starts_with('{') {
                let span = map.document().span(pair.key.span().range().start, pair.value.span().range().end);
                draft = draft.edit(Safety::Safe, span, wanted);
            }
        }
    }
    drafts.push(draft);
}

fn text(node: NodeRef<'_>) -> String {
    node.text().unwrap_or("…").trim().to_owned()
}

/// The string that is meant, as it is written in YAML.
fn wanted(map: NodeRef<'_>, pair: Entry<'_>) -> String {
    let (key, value) = (text(pair.key), text(pair.value));
    // `oidc-username-prefix=oidc:` is a key because of its last colon. The text is right, but needs quotes.
    let is_quotable = |text: &str| !text.contains(['"', '\\']);
    let is_one = map.entries().len() == 1 && pair.value.kind() == Kind::Scalar;
    if is_one && key.contains('=') && is_quotable(&key) && is_quotable(&value) {
        let rest = if pair.value.is_null() { String::new() } else { format!(" {value}") };
        return format!("\"{key}:{rest}\"");
    }
    format!("{key}={value}")
}
