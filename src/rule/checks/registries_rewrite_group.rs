//! `registries/rewrite-group`: replacements that refer to a group the pattern does not have.

use regex::Regex;

use crate::finding::{Edit, Safety};
use crate::rke2::registries::mirrors;
use crate::rule::{Context, Draft, Target, edit};
use crate::yaml::{NodeRef, template_mark};

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Target::Registries(file) = context.target else { return };
    for rewrite in mirrors(file)
        .into_iter()
        .flat_map(|mirror| mirror.value.get("rewrite").map(NodeRef::fields).unwrap_or_default())
    {
        let (Some(pattern), Some(replacement)) = (rewrite.key.text(), rewrite.value.text()) else { continue };
        // Backslashes and quotes are reported by `registries/rewrite-invalid`.
        let broken = [pattern, replacement].iter().any(|text| text.contains(['\\', '"']));
        let Some(regex) = Regex::new(pattern).ok().filter(|_| !broken) else { continue };
        // `$name` is a placeholder, unless the pattern names its groups.
        let has_names = regex.capture_names().flatten().next().is_some();
        if template_mark(pattern).is_some() || (!has_names && template_mark(replacement).is_some()) {
            continue;
        }
        for reference in references(replacement) {
            // `${REGISTRY}` may be a variable of the environment.
            let is_variable =
                template_mark(replacement).is_some() && !reference.contains(|c: char| c.is_ascii_lowercase());
            if has_group(&regex, reference) || is_variable {
                continue;
            }
            // `$1_x` names the group `1_x`.
            let digits = reference.len() - reference.trim_start_matches(|c: char| c.is_ascii_digit()).len();
            let (group, rest) = reference.split_at(digits);
            let meant = !rest.is_empty() && has_group(&regex, group);
            let help = match regex.captures_len() {
                _ if meant => format!("write `${{{group}}}{rest}`"),
                1 => {
                    format!("add a group to the pattern, for example `{}(.*)`", pattern.trim_end_matches('$'))
                }
                _ if has_names => {
                    let names: Vec<String> =
                        regex.capture_names().flatten().map(|name| format!("`${{{name}}}`")).collect();
                    format!("use a group of the pattern: {}", names.join(", "))
                }
                2 => "use `$1`, the only group of the pattern".to_owned(),
                count => format!("use a group of the pattern, `$1` to `${}`", count - 1),
            };
            drafts.push(
                Draft::new(
                    rewrite.value.span(),
                    format!(
                        "`${reference}` refers to a group that the pattern `{pattern}` does not have; it expands to an empty string"
                    ),
                )
                .fixed(
                    Safety::Unsafe,
                    help.clone(),
                    meant.then(|| regrouped(rewrite.value, reference, group, rest)).flatten(),
                )
                .help(help),
            );
        }
    }
}

/// The edit that puts braces around the number of a group.
fn regrouped(value: NodeRef<'_>, reference: &str, group: &str, rest: &str) -> Option<Edit> {
    let text = value.text()?;
    edit::reword(value, &text.replacen(&format!("${reference}"), &format!("${{{group}}}{rest}"), 1))
}

fn has_group(regex: &Regex, reference: &str) -> bool {
    match reference.parse::<usize>() {
        Ok(number) => number < regex.captures_len(),
        Err(_) => regex.capture_names().flatten().any(|name| name == reference),
    }
}

/// The groups to which a replacement refers, as parsed by Go's `Regexp.Expand`: `$1`, `${1}`, `$name`; `$$` is a
/// dollar.
fn references(replacement: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut rest = replacement;
    while let Some((_, after)) = rest.split_once('$') {
        rest = after;
        if let Some(dollar) = rest.strip_prefix('$') {
            rest = dollar;
            continue;
        }
        let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
        if let Some((name, after)) = rest.strip_prefix('{').and_then(|inner| inner.split_once('}')) {
            if !name.is_empty() && name.chars().all(is_name) {
                found.push(name);
            }
            rest = after;
        } else {
            let (name, after) = rest.split_at(rest.find(|c| !is_name(c)).unwrap_or(rest.len()));
            if !name.is_empty() {
                found.push(name);
            }
            rest = after;
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::references;

    #[test]
    fn groups_are_read_as_go_reads_them() {
        assert_eq!(references("a/$1-x/${2}_y/$name$"), ["1", "2", "name"]);
        assert_eq!(references("$$1/$1_mirror/${a b}"), ["1_mirror"]);
    }
}
