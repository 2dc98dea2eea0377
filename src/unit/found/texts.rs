//! What texts and paths say about themselves. Must not know what was found.

use std::borrow::Cow;

use crate::rke2::addon::is_manifest_name;
use crate::source::file_name;
use crate::unit::heredoc::documents;
use crate::yaml::template_mark;

/// Whether a text has an interpreter line, or a line that is a command with a here-document.
pub fn is_script(text: &str) -> bool {
    text.trim_start().starts_with("#!") || documents(text).next().is_some()
}

/// Whether a file that a configuration may refer to is a policy of kube-apiserver.
pub fn is_policy(path: &str, text: &str) -> bool {
    let groups = ["audit.k8s.io/", "apiserver.config.k8s.io/", "pod-security.admission.config.k8s.io/"];
    is_manifest_name(file_name(path)) && groups.iter().any(|group| text.contains(group))
}

/// Replaces the placeholders in a path with a word: rules about file names check literal names only.
pub fn filled_in(path: &str) -> Cow<'_, str> {
    let mut path = Cow::Borrowed(path);
    while let Some(mark) = template_mark(&path) {
        path.to_mut().replace_range(mark.range, "unknown");
    }
    path
}

/// The absolute paths of configurations with which a text starts RKE2.
pub fn configurations(text: &str) -> impl Iterator<Item = &str> {
    const OPTIONS: [&str; 2] = ["--config", "RKE2_CONFIG_FILE"];
    let places = OPTIONS.into_iter().flat_map(move |option| text.match_indices(option));
    let paths = places.map(move |(at, option)| {
        let value = text[at + option.len()..].trim_start_matches(['=', ' ', '"', '\'']);
        let end = value.find(|c: char| c.is_whitespace() || matches!(c, '"' | '\''));
        &value[..end.unwrap_or(value.len())]
    });
    paths.filter(|path| path.starts_with('/'))
}
