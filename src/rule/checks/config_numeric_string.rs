//! `config/numeric-string`: unquoted strings that YAML parses as another value.

use std::borrow::Cow;

use crate::catalog::KeyType;
use crate::finding::Safety;
use crate::rke2::config::argument_text;
use crate::rule::{Context, Draft, Target};
use crate::yaml::{Style, Value};

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Target::Config(node) = context.target else { return };
    for (setting, key) in node.accepted(&context.cluster.target) {
        if !matches!(key.kind, KeyType::String | KeyType::List) {
            continue;
        }
        for &value in &setting.values {
            let typed = matches!(
                value.value(),
                Some(Value::Bool(_) | Value::Int(_) | Value::UInt(_) | Value::Float(_))
            );
            let (Some(written), Some(result)) = (value.text(), argument_text(value)) else { continue };
            if value.style() != Some(Style::Plain) || !typed || result.eq_ignore_ascii_case(written) {
                continue;
            }
            let secret = ["token", "key", "password", "secret"].iter().any(|word| key.name.contains(word));
            let shown =
                if secret { Cow::Borrowed("a different string") } else { Cow::Owned(format!("`{result}`")) };
            drafts.push(
                Draft::new(
                    value.span(),
                    format!(
                        "YAML parses unquoted `{written}` as a {}; `{}` becomes {shown}",
                        kind(value.value().as_ref()),
                        key.name
                    ),
                )
                .help(format!("quote it: `\"{written}\"`"))
                // A running cluster has the other token, and its nodes the other names.
                .edit(Safety::Unsafe, value.span(), format!("\"{written}\"")),
            );
        }
    }
}

fn kind(value: Option<&Value<'_>>) -> &'static str {
    if matches!(value, Some(Value::Bool(_))) { "boolean" } else { "number" }
}
