//! Commented-out keys of values.yaml: `#mtu: 0`. They are hints only, since the place of a commented example is a
//! guess. Must not decide which hint is used.

use serde_json::Value;

use crate::catalog::chart::ANY;

/// A line that contains a key.
struct Line<'a> {
    column: usize,
    key: &'a str,
    value: &'a str,
}

/// The keys in comments with their values. The parents of a key are the keys above it with less indentation.
pub(super) fn hints(text: &str) -> Vec<(Vec<String>, Value)> {
    let mut found = Vec::new();
    let mut written: Vec<(usize, &str)> = Vec::new();
    let mut commented: Vec<(usize, &str)> = Vec::new();
    for text in text.lines() {
        let indent = text.len() - text.trim_start().len();
        let Some(comment) = text.trim_start().strip_prefix('#') else {
            commented.clear();
            if let Some(line) = line(text.trim_start(), indent) {
                written.retain(|(column, _)| *column < line.column);
                written.push((line.column, line.key));
            }
            continue;
        };
        // For `# key` and `#key`, the column is that of the `#`; further spaces indent the key.
        let comment = comment.strip_prefix(' ').unwrap_or(comment);
        let mut column = indent + comment.len() - comment.trim_start().len();
        let mut entry = comment.trim_start();
        while let Some(element) = entry.strip_prefix("- ") {
            commented.retain(|(outer, key)| *outer < column || (*outer == column && *key != ANY));
            commented.push((column, ANY));
            column += entry.len() - element.trim_start().len();
            entry = element.trim_start();
        }
        let Some(line) = line(entry, column) else { continue };
        commented.retain(|(column, _)| *column < line.column);
        // A list item may have the same indentation as the list's key.
        let outer = commented.first().map_or(line.column, |(column, key)| column + usize::from(*key == ANY));
        let above = written.iter().filter(|(column, _)| *column < outer);
        let path = above.chain(&commented).map(|(_, key)| (*key).to_owned());
        let path: Vec<String> = path.chain(std::iter::once(line.key.to_owned())).collect();
        commented.push((line.column, line.key));
        if let Ok(value) = serde_yaml::from_str::<Value>(line.value)
            && !value.is_null()
        {
            found.push((path, value));
        }
    }
    found
}

/// Parses `key: value`, if the line consists of nothing else.
fn line(text: &str, column: usize) -> Option<Line<'_>> {
    let (key, value) = text.split_once(':')?;
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | '/');
    let is_key = key.starts_with(|c: char| c.is_ascii_alphabetic()) && key.chars().all(plain);
    let is_pair = value.is_empty() || value.starts_with(' ');
    (is_key && is_pair).then_some(Line { column, key, value: value.trim() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commented_keys_stand_where_they_would_be_written() {
        let text = "\
flannel:
  iface: eth0
  # MTU of the interface: the default is its own
  #mtu: 0
  # backend:
  #   port: 8472
  vni: 1
zones: []
#  - name: a
#    files:
#    - path: /b
hosts: []
#- name: c
# profile: \"small\"
";
        let found: Vec<(String, Value)> =
            hints(text).into_iter().map(|(path, value)| (path.join("."), value)).collect();
        assert_eq!(
            found,
            [
                ("flannel.mtu".to_owned(), Value::from(0)),
                ("flannel.backend.port".to_owned(), Value::from(8472)),
                ("zones.*.name".to_owned(), Value::from("a")),
                ("zones.*.files.*.path".to_owned(), Value::from("/b")),
                ("hosts.*.name".to_owned(), Value::from("c")),
                ("profile".to_owned(), Value::from("small")),
            ]
        );
    }
}
