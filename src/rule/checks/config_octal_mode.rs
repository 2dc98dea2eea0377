//! `config/octal-mode`: an unquoted octal file mode.

use crate::finding::{Safety, Severity};
use crate::rule::{Context, Draft, Target};
use crate::yaml::{Style, Value};

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Target::Config(node) = context.target else { return };
    let Some(&value) = node.setting("write-kubeconfig-mode").and_then(|setting| setting.values.last()) else {
        return;
    };
    let (Some(written), Some(Value::Int(number))) = (value.text(), value.value()) else { return };
    if value.style() != Some(Style::Plain) || written.len() < 2 || !written.starts_with('0') {
        return;
    }
    let quoted = format!("\"0{}\"", written.trim_start_matches("0o").trim_start_matches('0'));
    let decimal = number.to_string();
    let mut draft = if decimal.bytes().all(|digit| digit < b'8') {
        Draft::new(
            value.span(),
            format!(
                "unquoted `{written}` is octal in YAML ({decimal}); RKE2 sets the kubeconfig to mode 0{decimal}"
            ),
        )
    } else {
        Draft::new(
            value.span(),
            format!(
                "unquoted `{written}` is octal in YAML ({decimal}), which is not a valid mode; the kubeconfig keeps mode 0600"
            ),
        )
    };
    if number == 0o600 {
        draft = draft.severity(Severity::Info);
    } else if !decimal.bytes().all(|digit| digit < b'8') {
        draft = draft.severity(Severity::Warning);
    }
    drafts.push(draft.help(format!("quote it: `{quoted}`")).edit(Safety::Safe, value.span(), quoted));
}
