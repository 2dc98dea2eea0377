//! `registries/rewrite-invalid`: rewrites that invalidate containerd's hosts.toml or never match.

use regex::Regex;

use crate::finding::{Edit, Fix, Safety, Severity};
use crate::rke2::registries::{host_name, mirrors};
use crate::rule::grammar::is_broken_go_regex;
use crate::rule::{Context, Draft, Target};
use crate::yaml::{NodeRef, Style, template_mark};

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Target::Registries(file) = context.target else { return };
    for mirror in mirrors(file) {
        let host = host_name(&mirror);
        for rewrite in mirror.value.get("rewrite").map(NodeRef::fields).unwrap_or_default() {
            let (Some(pattern), Some(replacement)) = (rewrite.key.text(), rewrite.value.text()) else {
                continue;
            };
            if template_mark(pattern).is_some() || template_mark(replacement).is_some() {
                continue;
            }
            for (node, text) in [(rewrite.key, pattern), (rewrite.value, replacement)] {
                if text.contains(['\\', '"']) {
                    drafts.push(unescaped(node, text, &host));
                }
            }
            if !pattern.contains(['\\', '"']) {
                drafts.extend(pattern_fault(rewrite.key, pattern));
            }
        }
    }
}

/// RKE2 writes the text to TOML in double quotes without escaping it.
fn unescaped(node: NodeRef<'_>, text: &str, host: &str) -> Draft {
    let what = if text.contains('\\') { "a backslash" } else { "a double quote" };
    let mut draft = Draft::new(
        node.span(),
        format!(
            "`{text}` contains {what}, which invalidates hosts.toml; containerd drops all endpoints of `{host}`"
        ),
    );
    let group = Regex::new(r"\\([0-9])").ok().filter(|group| group.is_match(text));
    draft = draft.help(if group.is_some() {
        "write `$1` for the first group"
    } else {
        "write `[.]` for `\\.` and `[0-9]` for `\\d`"
    });
    let dollars = group.map(|group| group.replace_all(text, "$${1}").into_owned());
    let plain = matches!(node.style(), Some(Style::Plain | Style::SingleQuoted)) && !node.is_alias();
    if let Some(dollars) = dollars.filter(|dollars| plain && !dollars.contains(['\\', '"', '\''])) {
        let dollars = dollars.replace("${1}", "$1");
        draft.fix = Some(Fix {
            safety: Safety::Safe,
            message: format!("write `{dollars}`"),
            edits: vec![Edit { span: node.span(), replacement: format!("\"{dollars}\"") }],
        });
    }
    draft
}

fn pattern_fault(key: NodeRef<'_>, pattern: &str) -> Option<Draft> {
    if is_broken_go_regex(pattern) {
        return Some(
            Draft::new(
                key.span(),
                format!("`{pattern}` is not a valid Go regular expression; the rewrite is never applied"),
            )
            .help("use RE2 syntax: no look-around, no back-references, all brackets closed"),
        );
    }
    let literal = Regex::new(r"\(\?[a-zA-Z-]*:").ok()?.replace_all(pattern, "(").into_owned();
    if literal.contains([':', '@']) && !literal.contains(['|', '[', '?', '*']) {
        return Some(
            Draft::new(
                key.span(),
                format!(
                    "`{pattern}` contains a tag, digest or port; rewrites see only the repository path and it never matches"
                ),
            )
            .severity(Severity::Warning)
            .help("match only the path, without registry and tag"),
        );
    }
    None
}
