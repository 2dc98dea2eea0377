//! Masks templates: placeholders become masks, statements are removed, line numbers are kept, and each combination of
//! branches is a separate text. Must not know YAML beyond the start of its lines.

mod loops;
mod tokens;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

pub use loops::repeated_keys;
pub use tokens::Dialect;
use tokens::{Block, Path, Token, TokenKind, tokenize};

use super::formats::is_yaml;
use super::{Builder, View};

/// Whether a text is a single expression of a template, which YAML reads as a map in a map.
pub fn is_expression(text: &str) -> bool {
    let inner = text.trim().strip_prefix("{{").and_then(|rest| rest.strip_suffix("}}"));
    inner.is_some_and(|inner| !inner.contains(['{', '}']))
}

/// Texts that a template prints for variables, by variable name.
pub type Values = BTreeMap<String, String>;

/// A masked template.
#[derive(Debug)]
pub struct Masked {
    /// The ways through its branches that are valid YAML; at least one.
    pub ways: Vec<View>,
    /// Whether lines are filled in, so that there may be content that is not in the template.
    pub open: bool,
}

/// Masks a template.
///
/// # Errors
/// Why it cannot be read; to be shown to the user.
pub fn masked(view: &View, dialect: Dialect) -> Result<Masked, &'static str> {
    masked_as(view, dialect, true, &Values::new())
}

/// Masks a template for which some values are known.
///
/// # Errors
/// Why it cannot be read; to be shown to the user.
pub fn masked_with(view: &View, dialect: Dialect, values: &Values) -> Result<Masked, &'static str> {
    masked_as(view, dialect, true, values)
}

/// Masks the template of a text that is not YAML, such as a script. The ways through its branches are not checked.
///
/// # Errors
/// Why it cannot be read; to be shown to the user.
pub fn masked_script(view: &View, dialect: Dialect) -> Result<Masked, &'static str> {
    masked_as(view, dialect, false, &Values::new())
}

fn masked_as(view: &View, dialect: Dialect, as_yaml: bool, values: &Values) -> Result<Masked, &'static str> {
    let tokens = tokenize(view.text(), dialect)?;
    let lines = lines(view.text(), &tokens.tokens);
    let read = |unreadable: &Branches| {
        let mut read = Masked { ways: Vec::new(), open: !unreadable.is_empty() };
        let mut readable = Branches::new();
        for choice in choices(&tokens.blocks, unreadable) {
            let tokens = &tokens.tokens;
            let fill = true;
            let mut writer =
                Writer { view, tokens, choice: &choice, unreadable, values, as_yaml, fill, open: false };
            let mut text = writer.text(&lines);
            if as_yaml && text.as_ref().is_none_or(|text| !is_yaml(text)) {
                writer.fill = false;
                text = writer.text(&lines);
            }
            read.open |= writer.open;
            if let Some(text) = text.filter(|text| !as_yaml || is_yaml(text)) {
                read.ways.push(text);
                readable.extend(
                    choice.iter().enumerate().filter_map(|(block, branch)| Some((block, (*branch)?))),
                );
            }
        }
        (read, readable)
    };
    let (mut masked, readable) = read(&Branches::new());
    let all = tokens.tokens.iter().flat_map(|token| token.path.iter().copied());
    let is_for_k3s = |(block, branch): &(usize, usize)| tokens.blocks[*block].for_k3s.contains(branch);
    let unreadable: Branches =
        all.filter(|branch| !readable.contains(branch) && !is_for_k3s(branch)).collect();
    if !unreadable.is_empty() {
        // What they contain is unknown, so their absence from the other ways must not be taken for a fact.
        let (rest, _) = read(&unreadable);
        if !rest.ways.is_empty() {
            masked = rest;
        }
    }
    if masked.ways.is_empty() { Err("not valid YAML with any combination of branches") } else { Ok(masked) }
}

/// Branches, as pairs of block and branch.
type Branches = BTreeSet<(usize, usize)>;

/// The branch that each block takes on a way; `None` for no branch.
type Choice = Vec<Option<usize>>;

/// The combinations that are tried. First: all first branches, all second branches, and so on, and no branches where
/// that is possible. Then: halves of the blocks, so that for any two blocks there is a way with only one of them.
/// Branches in `unreadable` and for K3s are not taken.
fn choices(blocks: &[Block], unreadable: &Branches) -> Vec<Choice> {
    let other = |block: &Block| block.has_else.then(|| block.branches - 1);
    let deepest = blocks.iter().map(|block| block.branches).max().unwrap_or(0).clamp(1, 4);
    let mut choices: Vec<Choice> = (0..deepest)
        .map(|branch| {
            let pick = |block: &Block| if branch < block.branches { Some(branch) } else { other(block) };
            blocks.iter().map(pick).collect()
        })
        .collect();
    choices.push(blocks.iter().map(other).collect());
    let bits = usize::BITS - blocks.len().leading_zeros();
    for bit in 0..bits {
        for taken in [0, 1] {
            let pick = |(index, block): (usize, &Block)| {
                if (index >> bit) & 1 == taken { Some(0) } else { other(block) }
            };
            choices.push(blocks.iter().enumerate().map(pick).collect());
        }
    }
    for choice in &mut choices {
        for (block, branch) in choice.iter_mut().enumerate() {
            *branch = branch.filter(|branch| {
                !unreadable.contains(&(block, *branch)) && !blocks[block].for_k3s.contains(branch)
            });
        }
    }
    let mut seen = BTreeSet::new();
    choices.retain(|choice| seen.insert(choice.clone()));
    choices
}

/// A line: its parts, each from one token, and its line break.
struct Line {
    parts: Vec<(usize, Range<usize>)>,
    end: Range<usize>,
    /// The next line with text of its own.
    next: Option<usize>,
}

fn lines(text: &str, tokens: &[Token]) -> Vec<Line> {
    let mut lines = Vec::new();
    let mut at = 0;
    let mut first = 0;
    for line in text.split_inclusive('\n') {
        let bare = line.trim_end_matches(['\n', '\r']).len();
        let (start, end) = (at, at + bare);
        at += line.len();
        while first < tokens.len() && tokens[first].range.end <= start {
            first += 1;
        }
        let parts = tokens[first..]
            .iter()
            .enumerate()
            .take_while(|(_, token)| token.range.start < end)
            .map(|(index, token)| (first + index, token.range.start.max(start)..token.range.end.min(end)))
            .filter(|(_, range)| !range.is_empty())
            .collect();
        lines.push(Line { parts, end: end..at, next: None });
    }
    let mut next = None;
    for (number, line) in lines.iter_mut().enumerate().rev() {
        line.next = next;
        let is_text = |(token, range): &(usize, Range<usize>)| {
            tokens[*token].kind == TokenKind::Text && !text[range.clone()].trim().is_empty()
        };
        if line.parts.iter().any(is_text) {
            next = Some(number);
        }
    }
    lines
}

/// Writes the text of one way.
struct Writer<'w> {
    view: &'w View,
    tokens: &'w [Token],
    choice: &'w Choice,
    /// Branches that are valid YAML on no way. Each becomes one filled-in line.
    unreadable: &'w Branches,
    /// What the template prints for variables.
    values: &'w Values,
    /// Whether the text is YAML.
    as_yaml: bool,
    /// Whether a filled-in line becomes an entry of the surrounding collection.
    fill: bool,
    /// Whether there was a filled-in line.
    open: bool,
}

impl Writer<'_> {
    /// The text; `None` when a value is filled in where it can only be shown by a mask.
    fn text(&mut self, lines: &[Line]) -> Option<View> {
        let mut out = Builder::new(self.view);
        let mut last = None;
        for line in lines {
            if let Some((branch, range)) = self.unreadable_part(line) {
                // All lines of the branch are one value.
                if self.as_yaml && last.replace(branch) != Some(branch) {
                    let next = self.next(line, lines);
                    fill(&mut out, &range, self.fill, next.as_deref()).then_some(())?;
                    out.verbatim(line.end.clone());
                } else {
                    out.made_up(&self.view.text()[line.end.clone()]);
                }
                continue;
            }
            if !self.line(&mut out, line, lines)? {
                out.made_up(&self.view.text()[line.end.clone()]);
                continue;
            }
            out.verbatim(line.end.clone());
        }
        Some(out.finish())
    }

    /// The first text of a line that is in a branch of no way, and the branch.
    fn unreadable_part(&self, line: &Line) -> Option<((usize, usize), Range<usize>)> {
        if self.unreadable.is_empty() {
            return None;
        }
        line.parts.iter().find_map(|(token, range)| {
            let path = &self.tokens[*token].path;
            let at = path.iter().position(|branch| self.unreadable.contains(branch))?;
            let is_live = path[..at].iter().all(|&(block, branch)| self.choice[block] == Some(branch));
            let is_blank = self.view.text()[range.clone()].trim().is_empty();
            (is_live && !is_blank).then(|| (path[at], range.clone()))
        })
    }

    fn is_live(&self, path: &Path) -> bool {
        path.iter().all(|&(block, branch)| self.choice[block] == Some(branch))
    }

    /// Writes a line without its line break. Returns whether any of it was written.
    fn line(&mut self, out: &mut Builder<'_>, line: &Line, lines: &[Line]) -> Option<bool> {
        let text = self.view.text();
        let present: Vec<&(usize, Range<usize>)> =
            line.parts.iter().filter(|(token, _)| self.is_live(&self.tokens[*token].path)).collect();
        let kind = |part: &&&(usize, Range<usize>)| self.tokens[part.0].kind;
        let is_text = |part: &&&(usize, Range<usize>)| {
            kind(part) == TokenKind::Text && !text[part.1.clone()].trim().is_empty()
        };
        if !present.iter().any(|part| is_text(&part)) {
            let filled =
                present.iter().find(|part| matches!(kind(part), TokenKind::Expression | TokenKind::Include));
            let Some((token, range)) = filled else { return Some(false) };
            // An expression over several lines becomes one mask in its first line.
            if self.tokens[*token].range.start == range.start {
                self.open = true;
                if !self.as_yaml {
                    out.masked(range.clone());
                    return Some(true);
                }
                return fill(out, range, self.fill, self.next(line, lines).as_deref()).then_some(true);
            }
            return Some(false);
        }
        let statements: Vec<&Range<usize>> = line
            .parts
            .iter()
            .filter(|(token, _)| self.tokens[*token].kind == TokenKind::Statement)
            .map(|(_, range)| range)
            .collect();
        if let [first, .., last] = statements.as_slice()
            && !self.is_whole(line, first.start..last.end)
        {
            // Branches within a line: the text between the first and the last statement is unknown.
            let before = present.iter().filter(|part| part.1.end <= first.start);
            for (token, range) in before {
                self.part(out, *token, range);
            }
            out.masked(first.start..last.end);
            for (token, range) in present.iter().filter(|part| part.1.start >= last.end) {
                self.part(out, *token, range);
            }
            return Some(true);
        }
        let opens_block = self.opens_block(&present, || self.next(line, lines));
        for (token, range) in present {
            if opens_block && self.tokens[*token].kind == TokenKind::Expression {
                self.open = true;
                continue;
            }
            self.part(out, *token, range);
        }
        Some(true)
    }

    /// Whether a line has no text outside of a range: its branches are then like branches of lines.
    fn is_whole(&self, line: &Line, range: Range<usize>) -> bool {
        let text = self.view.text();
        let mut outside =
            line.parts.iter().filter(|(_, part)| part.end <= range.start || range.end <= part.start);
        outside.all(|(token, part)| {
            self.tokens[*token].kind == TokenKind::Text
                && text[part.clone()].trim_matches('\u{feff}').trim().is_empty()
        })
    }

    fn part(&self, out: &mut Builder<'_>, token: usize, range: &Range<usize>) {
        let token = &self.tokens[token];
        match token.kind {
            TokenKind::Text => out.verbatim(range.clone()),
            TokenKind::Expression | TokenKind::Include if token.range.start == range.start => {
                match printed(&self.view.text()[token.range.clone()], self.values) {
                    Some(text) if token.range == *range => out.replaced(&text, range.clone()),
                    _ => out.masked(range.clone()),
                }
            }
            _ => {}
        }
    }

    /// Whether the line is a key with a filled-in value, followed by deeper lines: these are then part of the value.
    fn opens_block(&self, present: &[&(usize, Range<usize>)], next: impl FnOnce() -> Option<String>) -> bool {
        let text = self.view.text();
        let [(key, range), (value, _)] = present else { return false };
        let head = &text[range.clone()];
        if self.tokens[*key].kind != TokenKind::Text
            || self.tokens[*value].kind != TokenKind::Expression
            || !head.trim_end().ends_with(':')
        {
            return false;
        }
        // A key after the dash of a list is as deep as the keys below it.
        let column = head.len() - head.trim_start_matches([' ', '-']).len();
        next().is_some_and(|next| indent(&next) > column)
    }

    /// The next line with text of its own, without its statements.
    fn next(&self, line: &Line, lines: &[Line]) -> Option<String> {
        let part = |(token, range): &(usize, Range<usize>)| match self.tokens[*token].kind {
            TokenKind::Text => &self.view.text()[range.clone()],
            TokenKind::Expression | TokenKind::Include => "~",
            TokenKind::Statement | TokenKind::Comment => "",
        };
        Some(lines[line.next?].parts.iter().map(part).collect())
    }
}

/// What an expression prints if it is only a variable with a known value.
fn printed(expression: &str, values: &Values) -> Option<String> {
    if values.is_empty() {
        return None;
    }
    let inner = [("{{", "}}"), ("${", "}"), ("<%=", "%>")]
        .iter()
        .find_map(|(start, end)| expression.strip_prefix(start)?.strip_suffix(end))?;
    let mut parts = inner.trim_matches('-').split('|').map(str::trim);
    let mut text = values.get(parts.next()?)?.clone();
    for filter in parts {
        match filter.split('(').next()?.trim() {
            // These do not change the value of a variable that is set.
            "default" | "d" | "string" => {}
            "lower" => text = text.to_lowercase(),
            _ => return None,
        }
    }
    Some(text)
}

fn indent(line: &str) -> usize {
    line.len() - line.trim_start_matches(' ').len()
}

/// Writes a filled-in line before the next line with text. Returns false if it cannot be represented.
fn fill(out: &mut Builder<'_>, range: &Range<usize>, as_entry: bool, next: Option<&str>) -> bool {
    let last = out.text().lines().rev().find(|line| !line.trim().is_empty()).unwrap_or_default();
    let deeper = next.filter(|next| indent(next) > indent(last));
    let (line, indent) = (last.trim().to_owned(), " ".repeat(indent(last)));
    let block = ["|", "|-", "|+", ">", ">-", ">+"].iter().any(|header| line.ends_with(header));
    let value = line.ends_with(':') && !line.starts_with('#');
    if !as_entry {
        // Leaving out the value of a key would make it look empty.
        return !value && !block;
    }
    if let Some(next) = deeper.filter(|_| value) {
        // The following lines belong to the same value.
        let blanks = &next[..next.len() - next.trim_start_matches(' ').len()];
        out.made_up(blanks);
        if next.trim_start().starts_with("- ") {
            out.made_up("- ");
        } else {
            out.masked(range.clone());
            out.made_up(": ");
        }
        out.masked(range.clone());
    } else if value || block {
        out.made_up(&format!("{indent}  "));
        out.masked(range.clone());
        if block {
            out.made_up(": ");
            out.masked(range.clone());
        }
    } else if line.starts_with("- ") && !line.contains(": ") {
        out.made_up(&format!("{indent}- "));
        out.masked(range.clone());
    } else if line.contains(": ") && !line.starts_with('#') {
        let inner = if line.starts_with("- ") { "  " } else { "" };
        out.made_up(&format!("{indent}{inner}"));
        out.masked(range.clone());
        out.made_up(": ");
        out.masked(range.clone());
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml::is_mask;

    fn ways(text: &str, dialect: Dialect) -> Vec<String> {
        let view = View::whole(text);
        let masked = masked(&view, dialect).unwrap();
        masked
            .ways
            .iter()
            .map(|way| {
                assert_eq!(way.text().matches('\n').count(), text.matches('\n').count(), "{text}");
                way.text().chars().map(|c| if is_mask(c) { '~' } else { c }).collect()
            })
            .collect()
    }

    #[test]
    fn expressions_become_marks_and_statements_vanish() {
        let text = "a: {{ b }}\n{# c #}\nd: x-{{ e | f(\"}}\") }}\n";
        assert_eq!(ways(text, Dialect::Jinja), ["a: ~\n\nd: x-~\n"]);
        assert_eq!(ways("a: ${b}\nc: $${d}\n", Dialect::Terraform), ["a: ~\nc: $${d}\n"]);
        assert_eq!(ways("a: <%= b %>\nc: d\n", Dialect::Erb), ["a: ~\nc: d\n"]);
        assert_eq!(ways("x:\n- a: {{ b }}\n  c: d\n", Dialect::Jinja), ["x:\n- a: ~\n  c: d\n"]);
    }

    #[test]
    fn branches_are_ways() {
        let text = "a: 1\n{% if x %}\nb: 1\n{% else %}\nb: 2\n{% endif %}\n";
        assert_eq!(ways(text, Dialect::Jinja), ["a: 1\n\nb: 1\n\n\n\n", "a: 1\n\n\n\nb: 2\n\n"]);
        let text = "a: 1\n{{- if .x }}\nb: 1\n{{- end }}\n";
        assert_eq!(ways(text, Dialect::Go), ["a: 1\n\nb: 1\n\n", "a: 1\n\n\n\n"]);
    }

    #[test]
    fn branches_for_k3s_are_not_taken() {
        let text = "a: 1\n{% if d == 'k3s' %}\nb: 1\n{% else %}\nb: 2\n{% endif %}\n";
        assert_eq!(ways(text, Dialect::Jinja), ["a: 1\n\n\n\n\n\n", "a: 1\n\n\n\nb: 2\n\n"]);
        let text = "a: 1\n{{- if eq .d \"rke2\" }}\nb: 1\n{{- else }}\nb: 2\n{{- end }}\n";
        assert_eq!(ways(text, Dialect::Go), ["a: 1\n\nb: 1\n\n\n\n", "a: 1\n\n\n\n\n\n"]);
        let text = "a: 1\n{% if d != 'k3s' %}\nb: 1\n{% endif %}\n";
        assert_eq!(ways(text, Dialect::Jinja), ["a: 1\n\nb: 1\n\n", "a: 1\n\n\n\n"]);
    }

    #[test]
    fn every_two_blocks_are_seen_apart() {
        let text =
            (0..9).fold(String::new(), |all, n| format!("{all}{{% if x{n} %}}\nk{n}: 1\n{{% endif %}}\n"));
        let ways = ways(&format!("a: 1\n{text}"), Dialect::Jinja);
        for one in 0..9 {
            for other in (0..9).filter(|other| *other != one) {
                let apart =
                    |way: &&String| way.contains(&format!("k{one}:")) && !way.contains(&format!("k{other}:"));
                assert!(ways.iter().any(|way| apart(&way)), "{one} {other}");
            }
        }
    }

    #[test]
    fn filled_in_lines_leave_their_collection_open() {
        let open = |text: &str| masked(&View::whole(text), Dialect::Go).unwrap().open;
        assert!(open("a: b\n{{ toYaml .c }}\n") && !open("a: {{ b }}\n"));
        assert_eq!(ways("a:\n{{ toYaml .c }}\nd: 1\n", Dialect::Go), ["a:\n  ~\nd: 1\n"]);
        assert_eq!(ways("a:\n  - b\n{{ toYaml .c }}\n", Dialect::Go), ["a:\n  - b\n  - ~\n"]);
        assert_eq!(ways("a:\n${b}\n    c: d\n", Dialect::Terraform), ["a:\n    ~: ~\n    c: d\n"]);
        assert_eq!(ways("a:\n${b}\n  - c\n", Dialect::Terraform), ["a:\n  - ~\n  - c\n"]);
        assert_eq!(ways("a: b\n{{ toYaml .c }}\n", Dialect::Go), ["a: b\n~: ~\n"]);
    }

    #[test]
    fn what_an_unreadable_branch_contains_is_unknown() {
        let loops = "{% for c in d %}\n- {{ c }}\n{% endfor %}\n";
        let text = format!("a:\n{{% if x %}}\n- b: [\n{{% endif %}}\nc:\n{loops}");
        assert_eq!(ways(&text, Dialect::Jinja), ["a:\n\n  ~\n\nc:\n\n- ~\n\n", "a:\n\n  ~\n\nc:\n\n\n\n"]);
        assert!(masked(&View::whole(text), Dialect::Jinja).unwrap().open);
    }

    #[test]
    fn branches_that_fill_a_line_are_ways() {
        let text = "a: 1\n{% if x %}b: 1{% else %}b: 2{% endif %}\n";
        assert_eq!(ways(text, Dialect::Jinja), ["a: 1\nb: 1\n", "a: 1\nb: 2\n"]);
    }

    #[test]
    fn what_cannot_be_read_is_given_up() {
        for text in [
            "a: {{ b\n",
            "{% if x %}\na: 1\n",
            "{% macro m() %}\na: 1\n{% endmacro %}\n",
            "{% raw %}\na: 1\n",
        ] {
            assert!(masked(&View::whole(text), Dialect::Jinja).is_err(), "{text}");
        }
        assert_eq!(ways("{% raw %}\na: '{{ b }}'\n{% endraw %}\n", Dialect::Jinja), ["\na: '{{ b }}'\n\n"]);
    }
}
