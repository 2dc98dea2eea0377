//! Writes a part of a YAML document as a separate document, with a map of places. Must not know the meaning of the
//! parts.

use std::ops::Range;

use super::Builder;
use crate::yaml::{Entry, Kind, NodeRef, Style, embedded, template_mark};

/// Nodes nested deeper than this are not written.
const MAX_DEPTH: usize = 64;

/// Writes a node: aliases are followed, merges applied, and block scalars become quoted ones.
pub fn emit(builder: &mut Builder<'_>, node: NodeRef<'_>, indent: usize) {
    write(builder, node, indent, 0);
}

/// Writes the fields of a map that pass a test, and any other node as [`emit`] does.
pub fn emit_fields(builder: &mut Builder<'_>, node: NodeRef<'_>, passes: impl Fn(Entry<'_>) -> bool) {
    if node.kind() != Kind::Mapping || has_other_keys(node) {
        return emit(builder, node, 0);
    }
    let entries: Vec<_> = fields_of(node).into_iter().filter(|entry| passes(*entry)).collect();
    if entries.is_empty() {
        builder.replaced("{}", node.span().range());
    }
    fields(builder, entries, 0, 0);
}

/// Whether a key is not a scalar: an unquoted `{{ … }}` of a template, which YAML reads as a map in a map.
fn has_other_keys(node: NodeRef<'_>) -> bool {
    node.entries().any(|entry| entry.key.kind() != Kind::Scalar)
}

/// The entries of a map with its merges applied.
fn fields_of(node: NodeRef<'_>) -> Vec<Entry<'_>> {
    if node.entries().any(|entry| entry.is_merge()) { node.fields() } else { node.entries().collect() }
}

fn fields(builder: &mut Builder<'_>, entries: Vec<Entry<'_>>, indent: usize, depth: usize) {
    for (index, entry) in entries.into_iter().enumerate() {
        if index > 0 || depth > 0 {
            break_line(builder, indent);
        }
        scalar(builder, entry.key);
        builder.made_up(": ");
        write(builder, entry.value, indent + 2, depth + 1);
    }
}

fn write(builder: &mut Builder<'_>, node: NodeRef<'_>, indent: usize, depth: usize) {
    if depth > MAX_DEPTH {
        builder.made_up("{}");
        return;
    }
    match node.kind() {
        Kind::Scalar => scalar(builder, node),
        Kind::Mapping if has_other_keys(node) => builder.masked(node.span().range()),
        Kind::Mapping => {
            let entries = fields_of(node);
            if entries.is_empty() {
                builder.replaced("{}", node.span().range());
            }
            fields(builder, entries, indent, depth);
        }
        Kind::Sequence => {
            if node.items().len() == 0 {
                builder.replaced("[]", node.span().range());
            }
            for (index, item) in node.items().enumerate() {
                if index > 0 || depth > 0 {
                    break_line(builder, indent);
                }
                builder.made_up("- ");
                write(builder, item, indent + 2, depth + 1);
            }
        }
    }
}

fn break_line(builder: &mut Builder<'_>, indent: usize) {
    builder.made_up("\n");
    builder.made_up(&" ".repeat(indent));
}

fn scalar(builder: &mut Builder<'_>, node: NodeRef<'_>) {
    let target = node.resolved();
    let (range, source) = (target.span().range(), target.source_text());
    let block = matches!(target.style(), None | Some(Style::Literal | Style::Folded));
    if !block && !source.contains('\n') {
        // The comment that marks the value as unknown is not copied, so mask the value instead.
        if node.is_opaque() && template_mark(source).is_none() {
            builder.masked(range);
        } else {
            builder.verbatim(range);
        }
        return;
    }
    let Some(embedded) = embedded(target) else { return };
    builder.made_up("\"");
    let mut at = 0;
    for (inner, outer) in embedded.runs() {
        at = inner.end;
        let text = &embedded.text()[inner];
        let exact = target.document().text().get(outer.clone()) == Some(text);
        quote(builder, text, exact, outer);
    }
    let rest = &embedded.text()[at..];
    if !rest.is_empty() {
        builder.replaced(&escaped(rest), range);
    }
    builder.made_up("\"");
}

/// Writes a piece of text inside quotes. Characters that need no escape keep their exact place.
fn quote(builder: &mut Builder<'_>, text: &str, exact: bool, outer: Range<usize>) {
    if !exact {
        builder.replaced(&escaped(text), outer);
        return;
    }
    let start = outer.start;
    let mut at = 0;
    for (index, c) in text.char_indices().filter(|(_, c)| matches!(c, '"' | '\\') || c.is_control()) {
        builder.verbatim(start + at..start + index);
        at = index + c.len_utf8();
        builder.replaced(&escaped(&text[index..at]), start + index..start + at);
    }
    builder.verbatim(start + at..start + text.len());
}

/// The text as it is written inside double quotes.
fn escaped(text: &str) -> String {
    let quoted = serde_json::Value::from(text).to_string();
    quoted[1..quoted.len() - 1].to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::unit::View;
    use crate::yaml::Stream;

    /// A rewritten document, and for each of its scalars the source text at its place.
    fn emitted(text: &str) -> (String, Vec<(String, String)>) {
        let view = View::whole(text);
        let stream = Stream::parse(View::id(), &view.shared_text());
        let mut builder = Builder::new(&view);
        emit(&mut builder, stream.documents().next().unwrap().root().unwrap(), 0);
        let out = builder.finish();
        let inner = Stream::parse(View::id(), &out.shared_text());
        assert_eq!(inner.first_error(), None, "{}", out.text());
        let scalars = inner.documents().flat_map(crate::yaml::Document::scalars);
        let places = scalars
            .map(|scalar| {
                let place = out.outer(&scalar.span().range()).unwrap_or_default();
                (scalar.text().unwrap().to_owned(), text[place].to_owned())
            })
            .collect();
        (out.text().to_owned(), places)
    }

    #[test]
    fn what_is_written_means_the_same_and_keeps_its_places() {
        let (text, places) = emitted("a: {b: 0644, c: [\"x\", 'y', {}]}\nd: []\ne:\n");
        assert_eq!(text, "a: \n  b: 0644\n  c: \n    - \"x\"\n    - 'y'\n    - {}\nd: []\ne: ");
        for (text, place) in places {
            assert_eq!(text, place.trim_matches(['"', '\'']));
        }
    }

    #[test]
    fn what_a_template_fills_in_is_masked() {
        let view = View::whole("a:\n- {{ b }}\nc: {{ d }}\n");
        let stream = Stream::parse(View::id(), &view.shared_text());
        let mut builder = Builder::new(&view);
        emit(&mut builder, stream.documents().next().unwrap().root().unwrap(), 0);
        let out = builder.finish();
        let plain: String =
            out.text().chars().map(|c| if crate::yaml::is_mask(c) { '~' } else { c }).collect();
        assert_eq!(plain, "a: \n  - ~\nc: ~");
        assert!(out.is_masked(&(out.text().len() - 1..out.text().len())));
    }

    #[test]
    fn block_texts_are_quoted_and_aliases_followed() {
        let (text, _) = emitted("a: &a |\n  x: \"1\"\n  y\nb: *a\nc: >-\n  one\n  two\n");
        assert_eq!(text, "a: \"x: \\\"1\\\"\\ny\\n\"\nb: \"x: \\\"1\\\"\\ny\\n\"\nc: \"one two\"");
    }
}
