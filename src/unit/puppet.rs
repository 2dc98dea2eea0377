//! The syntax of Puppet, as far as needed for resources with literal values: words, strings with interpolations,
//! here-documents, arrays and hashes. Must not know which resources write RKE2's files.

use std::ops::Range;

use super::{Builder, View};

/// Values nested deeper are treated as unknown.
const MAX_DEPTH: usize = 40;

/// A token with its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// Its kind.
    pub kind: TokenKind,
    /// Its range; for a string, without the quotes.
    pub range: Range<usize>,
}

/// The kind of a token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TokenKind {
    /// A name, number, keyword or variable with its `$`.
    Word,
    /// A string in single quotes.
    Single,
    /// A string in double quotes.
    Double,
    /// A here-document: the number of columns removed from each line, whether variables are interpolated, and whether
    /// the last line break is removed.
    Document { margin: usize, fills_in: bool, chomps: bool },
    /// `=>`.
    Arrow,
    /// Any other character, by its first byte.
    Mark(u8),
}

/// The tokens of a manifest; `None` when a string or here-document is not terminated.
pub fn tokens(text: &str) -> Option<Vec<Token>> {
    let bytes = text.as_bytes();
    let mut tokens = Vec::new();
    // Where to continue after this line, if here-documents follow it.
    let mut resume = None;
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'\n' => at = resume.take().unwrap_or(at + 1),
            byte if byte.is_ascii_whitespace() => at += 1,
            b'#' => at = text[at..].find('\n').map_or(text.len(), |end| at + end),
            b'/' if text[at..].starts_with("/*") => at += text[at..].find("*/")? + 2,
            b'\'' | b'"' => {
                let end = closing(bytes, at)?;
                let kind = if *byte == b'"' { TokenKind::Double } else { TokenKind::Single };
                tokens.push(Token { kind, range: at + 1..end });
                at = end + 1;
            }
            b'@' if text[at..].starts_with("@(") => {
                let close = at + text[at..].find(')')?;
                let line = resume.or_else(|| text[close..].find('\n').map(|end| close + end + 1))?;
                let (document, after) = document(text, &text[at + 2..close], line)?;
                tokens.push(document);
                resume = Some(after);
                at = close + 1;
            }
            b'=' if bytes.get(at + 1) == Some(&b'>') => {
                tokens.push(Token { kind: TokenKind::Arrow, range: at..at + 2 });
                at += 2;
            }
            byte if byte.is_ascii_alphanumeric()
                || matches!(byte, b'_' | b'$')
                || bytes[at..].starts_with(b"::") =>
            {
                let len = text[at + 1..].bytes().take_while(|byte| is_word(*byte)).count();
                // `title:` is a title; `a::b` is one name.
                let word = text[at..=at + len].trim_end_matches(':');
                tokens.push(Token { kind: TokenKind::Word, range: at..at + word.len().max(1) });
                at += word.len().max(1);
            }
            byte => {
                let end = at + text[at..].chars().next().map_or(1, char::len_utf8);
                tokens.push(Token { kind: TokenKind::Mark(*byte), range: at..end });
                at = end;
            }
        }
    }
    Some(tokens)
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b':' | b'-')
}

/// The closing quote of the string that starts at an offset.
fn closing(bytes: &[u8], start: usize) -> Option<usize> {
    let mut at = start + 1;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'\\' => at += 2,
            byte if *byte == bytes[start] => return Some(at),
            _ => at += 1,
        }
    }
    None
}

/// The here-document with a tag whose lines start at `start`, and where the text continues after it.
fn document(text: &str, tag: &str, start: usize) -> Option<(Token, usize)> {
    let tag = tag.split(['/', ':']).next().unwrap_or(tag).trim();
    let fills_in = tag.starts_with('"');
    let name = tag.trim_matches('"').trim();
    let mut at = start;
    for line in text.get(start..)?.split_inclusive('\n') {
        let bare = line.trim_end_matches(['\n', '\r']);
        let (before, has_margin) = match bare.split_once('|') {
            Some((before, rest)) => (rest, before.trim().is_empty()),
            None => (bare, false),
        };
        let margin = if has_margin { bare.len() - before.len() - 1 } else { 0 };
        let end = if has_margin { before } else { bare };
        let (end, chomps) = match end.trim_start().strip_prefix('-') {
            Some(end) => (end, true),
            None => (end, false),
        };
        if end.trim() == name {
            let kind = TokenKind::Document { margin, fills_in, chomps };
            return Some((Token { kind, range: start..at }, at + line.len()));
        }
        at += line.len();
    }
    None
}

/// Reads values out of the tokens of a manifest.
pub struct Values<'v> {
    /// The manifest.
    pub view: &'v View,
    /// Its tokens.
    pub tokens: Vec<Token>,
    /// For each opening bracket, the token after the one that closes it.
    closers: Vec<Option<usize>>,
}

impl<'v> Values<'v> {
    /// The values of a manifest with these tokens.
    pub fn new(view: &'v View, tokens: Vec<Token>) -> Self {
        let mut closers = vec![None; tokens.len()];
        let mut open = Vec::new();
        for (index, token) in tokens.iter().enumerate() {
            match token.kind {
                TokenKind::Mark(b'{' | b'[' | b'(') => open.push(index),
                TokenKind::Mark(b'}' | b']' | b')') => {
                    if let Some(opened) = open.pop() {
                        closers[opened] = Some(index + 1);
                    }
                }
                _ => {}
            }
        }
        Self { view, tokens, closers }
    }

    /// The text of a token.
    pub fn text(&self, at: usize) -> &str {
        self.tokens.get(at).map_or("", |token| &self.view.text()[token.range.clone()])
    }

    /// Whether a token is this character.
    pub fn is(&self, at: usize, mark: u8) -> bool {
        self.tokens.get(at).is_some_and(|token| token.kind == TokenKind::Mark(mark))
    }

    /// The text of a string or here-document; interpolations are masked.
    pub fn string(&self, at: usize) -> Option<View> {
        let token = self.tokens.get(at)?;
        let mut builder = Builder::new(self.view);
        match &token.kind {
            TokenKind::Single => self.unescaped(&mut builder, token.range.clone(), false),
            TokenKind::Double => self.unescaped(&mut builder, token.range.clone(), true),
            TokenKind::Document { margin, fills_in, chomps } => {
                let mut at = token.range.start;
                for line in self.view.text()[token.range.clone()].split_inclusive('\n') {
                    let blanks = line.len() - line.trim_start_matches([' ', '\t']).len();
                    let start = at + blanks.min(*margin);
                    at += line.len();
                    let end = if *chomps && at == token.range.end {
                        start + self.view.text()[start..at].trim_end_matches(['\n', '\r']).len()
                    } else {
                        at
                    };
                    if *fills_in {
                        self.expanded(&mut builder, start..end);
                    } else {
                        builder.verbatim(start..end);
                    }
                }
            }
            _ => return None,
        }
        Some(builder.finish())
    }

    /// Writes a string with its escapes resolved and, if `fills_in`, its interpolations masked.
    fn unescaped(&self, builder: &mut Builder<'_>, range: Range<usize>, fills_in: bool) {
        let text = self.view.text();
        let mut kept = range.start;
        let mut at = range.start;
        while let Some(next) = text[at..range.end].find('\\').map(|next| at + next) {
            let escaped = text[next + 1..range.end].chars().next();
            at = next + 1 + escaped.map_or(0, char::len_utf8);
            let replaced = match escaped {
                Some('\\') => "\\",
                Some('\'') if !fills_in => "'",
                Some('"') if fills_in => "\"",
                Some('n') if fills_in => "\n",
                Some('t') if fills_in => "\t",
                Some('$') if fills_in => "$",
                _ => continue,
            };
            self.piece(builder, kept..next, fills_in);
            builder.replaced(replaced, next..at);
            kept = at;
        }
        self.piece(builder, kept..range.end, fills_in);
    }

    fn piece(&self, builder: &mut Builder<'_>, range: Range<usize>, fills_in: bool) {
        if fills_in {
            self.expanded(builder, range);
        } else {
            builder.verbatim(range);
        }
    }

    /// Writes a text; `$name` and `${…}` in it are masked.
    fn expanded(&self, builder: &mut Builder<'_>, range: Range<usize>) {
        let text = self.view.text();
        let mut kept = range.start;
        while let Some(next) = text[kept..range.end].find('$').map(|next| kept + next) {
            let Some(len) = super::heredoc::expansion(&text[next..range.end]) else {
                builder.verbatim(kept..next + 1);
                kept = next + 1;
                continue;
            };
            builder.verbatim(kept..next);
            // `$name::other` is one variable.
            let rest = &text[next + len..range.end];
            let more = if text[next..].starts_with("${") {
                0
            } else {
                let scope = rest.len()
                    - rest
                        .trim_start_matches(|c: char| c.is_ascii_alphanumeric() || c == '_' || c == ':')
                        .len();
                if rest.starts_with("::") { rest[..scope].trim_end_matches(':').len() } else { 0 }
            };
            let end = (next + len + more).min(range.end);
            builder.masked(next..end);
            kept = end;
        }
        builder.verbatim(kept..range.end);
    }

    /// Writes the value at a token as YAML, as Puppet's `to_yaml` does, and returns the token after it. An expression
    /// that is not a literal is masked as a whole.
    pub fn write(&self, builder: &mut Builder<'_>, at: usize, indent: usize, depth: usize) -> usize {
        let next = self.end(at);
        let is_alone = next == at + 1 || self.is(at, b'{') || self.is(at, b'[');
        // An operator or a call may follow.
        let is_literal = is_alone && self.closes(at).is_none_or(|end| end == next);
        let Some(token) = self.tokens.get(at).filter(|_| is_literal && depth < MAX_DEPTH) else {
            self.mask(builder, at, next);
            return next;
        };
        match &token.kind {
            TokenKind::Mark(b'{') if self.is(at + 1, b'}') => builder.made_up("{}"),
            TokenKind::Mark(b'[') if self.is(at + 1, b']') => builder.made_up("[]"),
            TokenKind::Mark(b'{') => self.hash(builder, at + 1, indent, depth),
            TokenKind::Mark(b'[') => {
                let mut item = at + 1;
                while item + 1 < next {
                    break_line(builder, indent);
                    builder.made_up("- ");
                    item = self.write(builder, item, indent + 2, depth + 1).max(item + 1);
                    item += usize::from(self.is(item, b','));
                }
            }
            TokenKind::Word => {
                let word = self.text(at);
                let is_plain = matches!(word, "true" | "false")
                    || (word.bytes().all(|byte| byte.is_ascii_digit())
                        && !(word.len() > 1 && word.starts_with('0')));
                if is_plain {
                    builder.verbatim(token.range.clone());
                } else if word == "undef" {
                    builder.replaced("null", token.range.clone());
                } else if word.starts_with(|c: char| c.is_ascii_lowercase()) {
                    builder.replaced(&format!("\"{word}\""), token.range.clone());
                } else {
                    self.mask(builder, at, next);
                }
            }
            TokenKind::Mark(_) | TokenKind::Arrow => self.mask(builder, at, next),
            _ => self.quoted(builder, at),
        }
        next
    }

    fn hash(&self, builder: &mut Builder<'_>, start: usize, indent: usize, depth: usize) {
        let mut at = start;
        while at < self.tokens.len() && !self.is(at, b'}') {
            let arrow = self.tokens.get(at + 1).is_some_and(|token| token.kind == TokenKind::Arrow);
            if depth > 0 || at > start {
                break_line(builder, indent);
            }
            if !arrow {
                // A computed key, or the entries of another hash: what follows is unknown.
                let end = self.closes(start - 1).map_or(self.tokens.len(), |end| end - 1);
                self.mask(builder, at, end);
                builder.made_up(": ");
                return self.mask(builder, at, end);
            }
            match self.tokens[at].kind {
                TokenKind::Word if !self.text(at).starts_with('$') => {
                    builder.verbatim(self.tokens[at].range.clone());
                }
                TokenKind::Single | TokenKind::Double => self.quoted(builder, at),
                _ => builder.masked(self.tokens[at].range.clone()),
            }
            builder.made_up(": ");
            at = self.write(builder, at + 2, indent + 2, depth + 1).max(at + 3);
            at += usize::from(self.is(at, b','));
        }
    }

    /// Writes a double-quoted string.
    fn quoted(&self, builder: &mut Builder<'_>, at: usize) {
        let Some(string) = self.string(at) else { return };
        builder.made_up("\"");
        if string.text().contains(['"', '\\', '\n', '\t', '\r']) {
            let escaped = serde_json::Value::from(string.text()).to_string();
            builder.replaced(&escaped[1..escaped.len() - 1], self.tokens[at].range.clone());
        } else {
            builder.append(&string);
        }
        builder.made_up("\"");
    }

    fn mask(&self, builder: &mut Builder<'_>, at: usize, next: usize) {
        let last = next.saturating_sub(1).max(at);
        if let (Some(first), Some(last)) = (self.tokens.get(at), self.tokens.get(last)) {
            let (start, end) = (first.range.start, last.range.end.max(first.range.end));
            builder.masked(start..end);
        }
    }

    /// The token after the brackets that open at a token.
    pub fn closes(&self, at: usize) -> Option<usize> {
        self.closers.get(at).copied()?
    }

    /// The end of the expression that starts at a token: the next `,`, `;` or closing bracket on the same level.
    pub fn end(&self, at: usize) -> usize {
        let mut index = at;
        while let Some(token) = self.tokens.get(index) {
            index = match token.kind {
                TokenKind::Mark(b'{' | b'[' | b'(') => self.closers[index].unwrap_or(self.tokens.len()),
                TokenKind::Mark(b'}' | b']' | b')' | b',' | b';') => return index,
                _ => index + 1,
            };
        }
        self.tokens.len()
    }
}

fn break_line(builder: &mut Builder<'_>, indent: usize) {
    builder.made_up("\n");
    builder.made_up(&" ".repeat(indent));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml::is_mask;

    fn plain(view: &View) -> String {
        view.text().chars().map(|c| if is_mask(c) { '~' } else { c }).collect()
    }

    fn yaml(text: &str) -> String {
        let view = View::whole(text);
        let tokens = tokens(text).unwrap();
        let mut builder = Builder::new(&view);
        Values::new(&view, tokens).write(&mut builder, 0, 0, 0);
        plain(&builder.finish())
    }

    #[test]
    fn hashes_become_yaml() {
        assert_eq!(
            yaml(
                "{ 'cni' => cilium, tls-san => ['a', \"${b}.c\"], 'x' => { y => true, 'z' => '0644' }, w => $v + 1 }"
            ),
            "\"cni\": \"cilium\"\ntls-san: \n  - \"a\"\n  - \"~.c\"\n\"x\": \n  y: true\n  \"z\": \"0644\"\nw: ~"
        );
        assert_eq!(yaml("{}"), "{}");
        assert_eq!(yaml("{ a => 1, String('x') => 2, b => 3 }"), "a: 1\n~: ~");
        assert_eq!(yaml("merge($a, {})"), "~");
        assert_eq!(yaml("{ a => 0644, b => undef, c => 7 }"), "a: ~\nb: null\nc: 7");
    }

    #[test]
    fn here_documents_lose_their_margin() {
        let text = "x => @(\"END\"/L),\n    a: $b::c\n      d: ${e[1]}\n    | END\ny => @(F)\n  $g\nF\n";
        let view = View::whole(text);
        let tokens = tokens(text).unwrap();
        let values = Values::new(&view, tokens);
        let documents: Vec<String> =
            (0..values.tokens.len()).filter_map(|at| values.string(at)).map(|view| plain(&view)).collect();
        assert_eq!(documents, ["a: ~\n  d: ~\n", "  $g\n"]);
        assert!(super::tokens("x => @(END)\n a\n").is_none() && super::tokens("'").is_none());
    }

    #[test]
    fn letters_of_any_language_are_marks() {
        assert_eq!(yaml("{ 'ä' => é }"), "\"ä\": ~");
    }

    #[test]
    fn open_brackets_reach_to_the_end() {
        assert!(yaml(&"{ a => ".repeat(10_000)).ends_with('~'));
    }
}
