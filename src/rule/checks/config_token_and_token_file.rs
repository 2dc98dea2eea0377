//! `config/token-and-token-file`: a token that a token file overrides.

use crate::rule::{Context, Draft, Target};

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Target::Config(node) = context.target else { return };
    for (text, file) in [("token", "token-file"), ("agent-token", "agent-token-file")] {
        let filled = |key: &str| {
            let setting = node.setting(key)?;
            setting.arguments().any(|(_, text)| text.is_none_or(|text| !text.is_empty())).then_some(setting)
        };
        let (Some(ignored), Some(used)) = (filled(text), filled(file)) else { continue };
        let (Some(ignored), Some(used)) = (ignored.entries.last(), used.entries.last()) else { continue };
        drafts.push(
            Draft::new(ignored.key.span(), format!("`{text}` is ignored because `{file}` is set"))
                .related(used.key.span(), "used instead")
                .help("remove the ignored key, or remove the file key"),
        );
    }
}
