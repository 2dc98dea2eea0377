//! Edits that preserve the user's formatting: indentation, quotes, comments, the end of the file. Each is
//! `None` where the layout allows no exact edit. Must not know rules.

use std::ops::Range;

use crate::finding::Edit;
use crate::source::Span;
use crate::yaml::{Entry, Kind, NodeRef, Style, Value, resolve};

/// The indentation of a new level in spaces, if the file does not show another one.
const INDENT: usize = 2;

/// Renames a key and keeps its quotes.
pub fn rename(entry: Entry<'_>, name: &str) -> Option<Edit> {
    let key = entry.key;
    let quote = quote(key);
    if key.is_alias() || (quote.is_empty() && !is_plain_string(name)) {
        return None;
    }
    Some(Edit { span: key.span(), replacement: format!("{quote}{name}{quote}") })
}

/// Replaces the string of a scalar and keeps its quotes.
pub fn reword(node: NodeRef<'_>, text: &str) -> Option<Edit> {
    let quote = quote(node);
    let escapes = text.contains(['\'', '"', '\\']) || text.contains(char::is_control);
    if !is_one_line(node) || escapes {
        return None;
    }
    // A plain scalar may stay plain if the new text is as harmless as the old one.
    let written = outer(node).get(node.span().range())?;
    let harmless = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '/' | '=');
    // In a URL or a list of several values.
    let harmless_here = |c: char| harmless(c) || (matches!(c, ',' | ':') && written.contains(c));
    let alike = text.starts_with(|c: char| c.is_ascii_alphabetic())
        && !text.ends_with(':')
        && text.chars().all(harmless_here)
        && matches!(resolve(text, Style::Plain, None), Value::Str(_));
    let quote = if quote.is_empty() && !alike && !is_plain_string(text) { "\"" } else { quote };
    Some(Edit { span: node.span(), replacement: format!("{quote}{text}{quote}") })
}

/// Replaces a part of a scalar that occurs exactly once; the quotes and the rest are unchanged.
pub fn reword_part(node: NodeRef<'_>, part: &str, text: &str) -> Option<Edit> {
    let written = outer(node).get(node.span().range())?;
    let (at, _) = written.match_indices(part).next().filter(|_| written.matches(part).count() == 1)?;
    let harmless = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '/' | '=');
    let start = node.span().range().start + at;
    (is_one_line(node) && text.chars().all(harmless))
        .then(|| edit(node, start..start + part.len(), text.to_owned()))
}

/// Replaces a scalar with literal YAML.
pub fn rewrite(node: NodeRef<'_>, yaml: &str) -> Option<Edit> {
    is_one_line(node).then(|| Edit { span: node.span(), replacement: yaml.to_owned() })
}

/// Quotes a plain scalar, so that YAML reads it as a string.
pub fn quoted(node: NodeRef<'_>) -> Option<Edit> {
    let text = outer(node).get(node.span().range())?;
    let plain = node.style() == Some(Style::Plain) && is_one_line(node) && !text.contains(['"', '\\']);
    plain.then(|| Edit { span: node.span(), replacement: format!("\"{text}\"") })
}

/// Removes the quotes of a string whose text YAML then reads as a number, a boolean or null.
pub fn unquoted(node: NodeRef<'_>) -> Option<Edit> {
    let text = node.text()?;
    let is_quoted = matches!(node.style(), Some(Style::SingleQuoted | Style::DoubleQuoted));
    let is_value = !matches!(resolve(text, Style::Plain, None), Value::Str(_));
    (is_quoted && is_value && is_one_line(node))
        .then(|| Edit { span: node.span(), replacement: text.to_owned() })
}

/// Removes an entry with its value and the comment on its last line. The last entry of a mapping cannot be removed.
pub fn remove(mapping: NodeRef<'_>, entry: Entry<'_>) -> Option<Edit> {
    let entries: Vec<Entry<'_>> = mapping.entries().collect();
    let index = entries.iter().position(|other| other.key.span() == entry.key.span())?;
    if entries.len() < 2 || mapping.is_alias() {
        return None;
    }
    let text = outer(entry.key);
    let whole = |entry: &Entry<'_>| entry.key.span().range().start..end_of_entry(*entry);
    if is_flow(mapping) {
        let ranges: Vec<_> = entries.iter().map(whole).collect();
        return without_flow(entry.key, text, &ranges, index);
    }
    let range = whole(&entry);
    if starts_line(text, range.start) {
        return without_lines(entry.key, text, range);
    }
    // For the first entry of a list item, the next entry moves up after the dash.
    let next = entries.get(index + 1)?.key.span().range().start;
    let gone = range.start..next;
    (!text[gone.clone()].contains('#')).then(|| edit(entry.key, gone, String::new()))
}

/// Inserts a line before an entry, with the same indentation.
pub fn insert_before(entry: Entry<'_>, line: &str) -> Option<Edit> {
    let text = outer(entry.key);
    let start = entry.key.span().range().start;
    let from = line_start(text, start);
    let indentation = text.get(from..start)?;
    if line.contains('\n') || !starts_line(text, start) || indentation.starts_with('\u{feff}') {
        return None;
    }
    Some(edit(entry.key, from..from, format!("{indentation}{line}\n")))
}

/// Removes the line at a place.
pub fn line(text: &str, at: Span) -> Option<Edit> {
    let range = line_start(text, at.start as usize)..next_line(text, at.end as usize);
    (text.get(range.clone())?.contains('\n'))
        .then(|| Edit { span: Span::new(at.file, range.start, range.end), replacement: String::new() })
}

/// Removes an item of a list. The last item cannot be removed.
pub fn remove_item(list: NodeRef<'_>, item: NodeRef<'_>) -> Option<Edit> {
    let items: Vec<NodeRef<'_>> = list.items().collect();
    let index = items.iter().position(|other| other.span() == item.span())?;
    if items.len() < 2 || list.is_alias() {
        return None;
    }
    let text = outer(item);
    let whole = |item: &NodeRef<'_>| item.span().range().start..end_of(*item);
    if is_flow(list) {
        let ranges: Vec<_> = items.iter().map(whole).collect();
        return without_flow(item, text, &ranges, index);
    }
    let range = whole(&item);
    let line = line_start(text, range.start);
    let dash = text[line..range.start].trim_start_matches(' ').strip_prefix('-')?;
    if !dash.trim_matches(' ').is_empty() {
        return None;
    }
    without_lines(item, text, line..range.end)
}

/// Removes the entry at a path together with parents that would become empty.
pub fn remove_at(root: NodeRef<'_>, path: &[&str]) -> Option<Edit> {
    let mut way = Vec::new();
    let mut mapping = root;
    for key in path {
        let entry = own_entry(mapping, key)?;
        way.push((mapping, entry));
        mapping = entry.value;
    }
    let (mapping, entry) = way.into_iter().rev().find(|(mapping, _)| mapping.entries().len() > 1)?;
    remove(mapping, entry)
}

/// Sets the value at a path: replaces the scalar there, or adds the missing keys. `yaml` is a single line.
pub fn set(root: NodeRef<'_>, path: &[&str], yaml: &str) -> Option<Edit> {
    let (last, _) = path.split_last()?;
    if let Some(entry) = at(root, path) {
        return rewrite(entry.value, yaml);
    }
    let line = |indent: usize| format!("{}{}: {yaml}\n", " ".repeat(indent), key_text(last));
    add(root, path, line)
}

/// Moves the entry at one path, with everything under it, to another path.
pub fn relocate(root: NodeRef<'_>, from: &[&str], to: &[&str]) -> Option<Vec<Edit>> {
    let entry = at(root, from)?;
    let text = outer(entry.key);
    let key = entry.key.span().range();
    if at(root, to).is_some() || !starts_line(text, key.start) || entry.value.is_alias() {
        return None;
    }
    let end = line_end(text, end_of_entry(entry));
    let name = key_text(to.last()?);
    let first = text[key.end..end].split('\n').next()?.trim_end_matches('\r');
    let rest: Vec<&str> =
        text[key.end..end].split('\n').skip(1).map(|line| line.trim_end_matches('\r')).collect();
    let column = key.start - line_start(text, key.start);
    if rest.iter().any(|line| !line.trim().is_empty() && !line.starts_with(&" ".repeat(column))) {
        return None;
    }
    let moved = |indent: usize| {
        let lines = rest.iter().map(|line| match line.get(column..) {
            Some(line) if !line.trim().is_empty() => format!("{}{line}\n", " ".repeat(indent)),
            _ => "\n".to_owned(),
        });
        format!("{}{name}{first}\n{}", " ".repeat(indent), lines.collect::<String>())
    };
    let (_, parents) = to.split_last()?;
    if from[..from.len() - 1] == *parents {
        return Some(vec![rename(entry, to.last()?)?]);
    }
    let Some(depth) = shared_depth(root, from) else {
        // The entry is the only one, so the whole block is replaced.
        let top = root.entries().next()?.key.span().range().start;
        let start = line_start(text, top);
        let whole = nested(parents, top - start, moved);
        let next = next_line(text, end);
        let whole =
            if text[start..next].ends_with('\n') { whole } else { whole.trim_end_matches('\n').to_owned() };
        return starts_line(text, top).then(|| vec![edit(entry.key, start..next, whole)]);
    };
    if to.starts_with(&from[..=depth]) {
        return None;
    }
    let added = add(root, to, moved)?;
    let removed = remove_at(root, from)?;
    Some(joined(removed, added)).filter(|edits| !edits.is_empty())
}

/// Replaces a key by the entries under it, dedented to its level.
pub fn unwrap(mapping: NodeRef<'_>, entry: Entry<'_>) -> Option<Edit> {
    let text = outer(entry.key);
    let key = entry.key.span().range();
    let inner: Vec<Entry<'_>> = entry.value.entries().collect();
    let first = inner.first()?.key.span().range().start;
    let (start, column) = (line_start(text, key.start), first - line_start(text, first));
    let depth = column.checked_sub(key.start - start).filter(|depth| *depth > 0)?;
    let is_own = mapping.entries().any(|own| own.key.span() == entry.key.span());
    let taken = |name: &str| mapping.entries().any(|other| other.name() == name);
    if !is_own
        || !starts_line(text, key.start)
        || !starts_line(text, first)
        || entry.value.is_alias()
        || inner.iter().any(|entry| taken(&entry.name()) || entry.is_merge())
        || !text[key.end..line_end(text, key.end)].trim_start_matches(':').trim().is_empty()
    {
        return None;
    }
    let below = next_line(text, key.start);
    let end = next_line(text, end_of_entry(entry));
    let blank = " ".repeat(column);
    let lines = text[below..end].split_inclusive('\n').map(|line| match line.strip_prefix(&blank) {
        Some(rest) => Some(format!("{}{rest}", &blank[depth..])),
        None => line.trim().is_empty().then(|| line.to_owned()),
    });
    Some(edit(entry.key, start..end, lines.collect::<Option<String>>()?))
}

/// The depth of the last mapping on a path that has more than one entry.
fn shared_depth(root: NodeRef<'_>, path: &[&str]) -> Option<usize> {
    let mut mapping = Some(root);
    let mut depth = None;
    for (index, key) in path.iter().enumerate() {
        if mapping?.entries().len() > 1 {
            depth = Some(index);
        }
        mapping = mapping?.get(key);
    }
    depth
}

/// Two edits, merged into one if they touch.
fn joined(removed: Edit, added: Edit) -> Vec<Edit> {
    let (gone, at) = (removed.span.range(), added.span.range());
    if at.end < gone.start || gone.end < at.start {
        return vec![removed, added];
    }
    if at.is_empty() && (at.start == gone.start || at.start == gone.end) {
        return vec![Edit { span: removed.span, replacement: added.replacement }];
    }
    Vec::new()
}

/// Adds an entry under the deepest existing mapping of its path.
fn add(root: NodeRef<'_>, path: &[&str], lines: impl Fn(usize) -> String) -> Option<Edit> {
    let mut mapping = root;
    let mut rest = path;
    while let [key, deeper @ ..] = rest
        && !deeper.is_empty()
        && let Some(entry) = mapping.entry(key)
    {
        // The content of a merge or an alias is written elsewhere and not edited.
        own_entry(mapping, key)?;
        if entry.value.kind() != Kind::Mapping || entry.value.is_alias() || entry.value.entries().len() == 0 {
            return None;
        }
        mapping = entry.value;
        rest = deeper;
    }
    if mapping.kind() != Kind::Mapping || is_flow(mapping) {
        return None;
    }
    let sibling = mapping.entries().next_back()?;
    let text = outer(sibling.key);
    let key = sibling.key.span().range().start;
    let first = mapping.entries().next()?.key.span().range().start;
    let column = key - line_start(text, key);
    // For the first entry of a list item, the column after the dash is the indentation.
    let prefix = &text[line_start(text, first)..first];
    if !prefix.chars().all(|c| matches!(c, ' ' | '-')) || !text.is_char_boundary(column) {
        return None;
    }
    let (_, parents) = rest.split_last()?;
    let mut new = nested(parents, column, lines);
    let end = end_of_entry(sibling);
    is_rest(&text[end..line_end(text, end)]).then_some(())?;
    let at = next_line(text, end);
    if at == text.len() && !text.ends_with('\n') {
        new = format!("\n{}", new.trim_end_matches('\n'));
    }
    Some(edit(sibling.key, at..at, new))
}

/// The lines with new parent keys above them.
fn nested(parents: &[&str], column: usize, lines: impl Fn(usize) -> String) -> String {
    let parent =
        |(depth, key): (usize, &&str)| format!("{}{}:\n", " ".repeat(column + depth * INDENT), key_text(key));
    let above: String = parents.iter().enumerate().map(parent).collect();
    above + &lines(column + parents.len() * INDENT)
}

/// The entry at a path whose keys are all written in place, not merged in.
fn at<'a>(root: NodeRef<'a>, path: &[&str]) -> Option<Entry<'a>> {
    let (last, parents) = path.split_last()?;
    let mapping = parents.iter().try_fold(root, |node, key| own_entry(node, key).map(|entry| entry.value))?;
    own_entry(mapping, last)
}

fn own_entry<'a>(mapping: NodeRef<'a>, key: &str) -> Option<Entry<'a>> {
    let entry = mapping.entry(key).filter(|_| !mapping.is_alias())?;
    mapping.entries().find(|own| own.key.span() == entry.key.span())
}

/// Removes whole lines; `None` if they contain anything else, or a comment other than at the end.
fn without_lines(node: NodeRef<'_>, text: &str, range: Range<usize>) -> Option<Edit> {
    let end = line_end(text, range.end);
    if !is_rest(&text[range.end..end]) || text[range.clone()].lines().skip(1).any(|line| line.contains('#')) {
        return None;
    }
    let mut start = line_start(text, range.start);
    let next = next_line(text, range.end);
    if next == text.len() && !text.ends_with('\n') {
        // The previous line becomes the last one and loses its line break, since the removed line had none.
        start = text[..start].strip_suffix('\n').map(|before| before.trim_end_matches('\r').len())?;
    }
    Some(edit(node, start..next, String::new()))
}

/// Removes one of several elements of a flow collection, with its comma.
fn without_flow(node: NodeRef<'_>, text: &str, ranges: &[Range<usize>], index: usize) -> Option<Edit> {
    let gone = match ranges.get(index + 1) {
        Some(next) => ranges[index].start..next.start,
        None => ranges[index.checked_sub(1)?].end..ranges[index].end,
    };
    let between = text.get(gone.clone())?;
    (!between.contains(['\n', '#'])).then(|| edit(node, gone, String::new()))
}

fn edit(node: NodeRef<'_>, range: Range<usize>, replacement: String) -> Edit {
    Edit { span: Span::new(node.span().file, range.start, range.end), replacement }
}

/// The text to which spans refer.
fn outer(node: NodeRef<'_>) -> &str {
    node.document().outer_text()
}

/// Where an entry ends: after its value, or after the colon if there is none.
fn end_of_entry(entry: Entry<'_>) -> usize {
    let text = outer(entry.key);
    let key = entry.key.span().range().end;
    let colon = text[key..].find(':').map_or(key, |colon| key + colon + 1);
    end_of(entry.value).max(colon)
}

/// Where a node ends, without trailing line breaks.
fn end_of(node: NodeRef<'_>) -> usize {
    let range = node.span().range();
    let children = || node.items().map(end_of).chain(node.entries().map(end_of_entry)).max();
    let end = match node.kind() {
        _ if node.is_alias() => range.end,
        Kind::Mapping | Kind::Sequence if !is_flow(node) => children().unwrap_or(range.end),
        _ => range.end,
    };
    let trimmed = outer(node)[..end].trim_end().len();
    if node.is_alias() { end } else { trimmed.max(range.start.min(end)) }
}

fn is_flow(node: NodeRef<'_>) -> bool {
    outer(node)[node.span().range()].starts_with(['{', '['])
}

fn is_one_line(node: NodeRef<'_>) -> bool {
    let block = matches!(node.style(), None | Some(Style::Literal | Style::Folded));
    let text = &outer(node)[node.span().range()];
    !block && !node.is_alias() && !node.is_typed() && !text.is_empty() && !text.contains('\n')
}

/// The quote that a scalar is written in.
fn quote(node: NodeRef<'_>) -> &'static str {
    match node.style() {
        Some(Style::SingleQuoted) => "'",
        Some(Style::DoubleQuoted) => "\"",
        _ => "",
    }
}

/// Whether YAML reads the unquoted text as the same string.
fn is_plain_string(text: &str) -> bool {
    let harmless = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '/' | '+' | '=');
    text.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '/')
        && text.chars().all(harmless)
        && matches!(resolve(text, Style::Plain, None), Value::Str(_))
}

/// A key, quoted if necessary.
fn key_text(key: &str) -> String {
    if is_plain_string(key) { key.to_owned() } else { format!("\"{key}\"") }
}

/// Whether a text consists of only white space and a comment.
fn is_rest(text: &str) -> bool {
    let rest = text.trim_start();
    rest.is_empty() || (rest.starts_with('#') && rest.len() < text.len())
}

fn starts_line(text: &str, at: usize) -> bool {
    text[line_start(text, at)..at].chars().all(|c| c == ' ')
}

/// Where a line starts; in the first line, after a byte order mark.
fn line_start(text: &str, at: usize) -> usize {
    let mark = text.len() - text.trim_start_matches('\u{feff}').len();
    text[..at].rfind('\n').map_or(mark.min(at), |newline| newline + 1)
}

/// Where a line ends, before its break.
fn line_end(text: &str, at: usize) -> usize {
    let end = text[at..].find('\n').map_or(text.len(), |newline| at + newline);
    if text[at..end].ends_with('\r') { end - 1 } else { end }
}

fn next_line(text: &str, at: usize) -> usize {
    text[at..].find('\n').map_or(text.len(), |newline| at + newline + 1)
}
