//! Here-documents of shell scripts: their place, their target file, and the shell's expansion. Must not know
//! the meaning of the texts.

use std::collections::VecDeque;
use std::ops::Range;

use super::lines::continued_lines;
use super::targets::{destination, further_destinations, is_append, is_copied, is_printed};
use super::{Builder, View};

/// A here-document.
#[allow(clippy::struct_excessive_bools, reason = "each may be so whatever the others are")]
pub struct Document<'t> {
    /// The word that ends it.
    pub delimiter: &'t str,
    /// Whether `$` and backquotes are not expanded.
    quoted: bool,
    /// Whether tabs at the start of each line are removed.
    tabs: bool,
    /// Whether Ruby removes the common indentation.
    squiggly: bool,
    /// The quote of a string that it is inside of, and that another shell runs: `ssh HOST "cat <<EOF …"`.
    string: Option<u8>,
    /// Its lines.
    pub body: Range<usize>,
    text: &'t str,
    /// The file that it is written to.
    pub path: Option<&'t str>,
    /// Other files that it is written to.
    pub further: Vec<&'t str>,
    /// Whether it is the output of the line, rather than given to another program or written to a file.
    pub is_printed: bool,
    /// The line in which it starts, with those that it continues or that continue it.
    pub head: &'t str,
    /// Whether the command appends to the file.
    pub appends: bool,
    /// Whether the file gets the text as it is, rather than what a program makes of it.
    is_copied: bool,
}

/// Maximum number of lines that look like the start of a here-document or of a substitution and have no end, because
/// each of them is a search through the rest of the script.
const MAX_ENDLESS: usize = 64;

/// The here-documents of a script, in order. What has no end is none: `list << item` in Ruby.
pub fn documents(text: &str) -> impl Iterator<Item = Document<'_>> {
    let (mut at, mut endless) = (0, 0);
    let mut open: VecDeque<Head<'_>> = VecDeque::new();
    std::iter::from_fn(move || {
        while endless < MAX_ENDLESS {
            let Some(head) = open.pop_front() else {
                let place = continued_lines(&text[at..]).next()?;
                // A line without an end has no lines after it.
                let line = text[at..].get(place).filter(|line| line.ends_with('\n'))?;
                at += line.len();
                open.extend(Head::all(line));
                continue;
            };
            let Some((body, after)) = body(text, at, &head) else {
                endless += 1;
                continue;
            };
            at = after;
            let Head { line, delimiter, quoted, tabs, squiggly, quote, path, further, .. } = head;
            let Head { is_printed, appends, is_copied, .. } = head;
            let string = quote.or_else(|| quote_around(&text[body.clone()]));
            return Some(Document {
                delimiter,
                quoted,
                tabs,
                squiggly,
                string,
                body,
                text,
                path,
                further,
                is_printed,
                head: line,
                appends,
                is_copied,
            });
        }
        None
    })
}

/// The quote of the string that a text is inside of: it has such quotes, all of them escaped.
fn quote_around(text: &str) -> Option<u8> {
    let is_around = |quote: char, escaped: &str| {
        let count = text.matches(escaped).count();
        count > 0 && count * escaped.matches(quote).count() == text.matches(quote).count()
    };
    if is_around('"', "\\\"") { Some(b'"') } else { is_around('\'', QUOTE_IN_QUOTES).then_some(b'\'') }
}

/// How a single quote is written in a string with single quotes: the string ends, and another one begins.
const QUOTE_IN_QUOTES: &str = "'\\''";

/// The quote of a string that begins in a part of a line and does not end there.
pub fn open_quote(text: &str) -> Option<u8> {
    let mut open = None;
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        match (byte, open) {
            (b'\\', None | Some(b'"')) => drop(bytes.next()),
            (b'"' | b'\'', None) => open = Some(byte),
            (_, Some(quote)) if byte == quote => open = None,
            _ => {}
        }
    }
    open
}

#[allow(clippy::struct_excessive_bools, reason = "each may be so whatever the others are")]
struct Head<'t> {
    line: &'t str,
    delimiter: &'t str,
    quoted: bool,
    tabs: bool,
    squiggly: bool,
    /// The quote of the string that it is in.
    quote: Option<u8>,
    path: Option<&'t str>,
    further: Vec<&'t str>,
    is_printed: bool,
    appends: bool,
    is_copied: bool,
}

/// Maximum number of here-documents that start in one line.
const MAX_HEADS: usize = 8;

impl<'t> Head<'t> {
    /// Reads the here-documents that start in a line.
    fn all(line: &'t str) -> Vec<Self> {
        if line.trim_start().starts_with('#') {
            return Vec::new();
        }
        line.match_indices("<<").filter_map(|(start, _)| Self::at(line, start)).take(MAX_HEADS).collect()
    }

    /// Reads the here-document whose `<<` is at an offset.
    fn at(line: &'t str, start: usize) -> Option<Self> {
        let rest = &line[start + 2..];
        // `<<<` starts a here-string, and `1 << 2` is arithmetic.
        if rest.starts_with('<') || line[..start].ends_with('<') || line[..start].contains("((") {
            return None;
        }
        // `<<~` is Ruby's, around a script for a machine.
        let (tabs, squiggly) = (rest.starts_with('-'), rest.starts_with('~'));
        let rest = if tabs || squiggly { &rest[1..] } else { rest };
        let rest = rest.trim_start_matches([' ', '\t']);
        let quoted = rest.starts_with(['"', '\'', '\\']);
        let word = rest.trim_start_matches(['"', '\'', '\\']);
        let is_part =
            |c: char| c.is_ascii_alphanumeric() || "_-!%+".contains(c) || quoted && ".:/".contains(c);
        let delimiter = &word[..word.find(|c| !is_part(c)).unwrap_or(word.len())];
        if delimiter.is_empty() || delimiter.starts_with(|c: char| c.is_ascii_digit()) {
            return None;
        }
        let after = word[delimiter.len()..].trim_start_matches(['"', '\'']);
        let quote = open_quote(&line[..start]);
        // Other commands of the line write other files.
        let ends = [";", "&&", "||"];
        let from = ends.iter().filter_map(|end| Some(line[..start].rfind(end)? + end.len())).max();
        let until = ends.iter().filter_map(|end| after.find(end)).min();
        let before = &line[from.unwrap_or(0)..start];
        let after = &after[..until.unwrap_or(after.len())];
        let path = destination(before, after);
        let further = further_destinations(before, after);
        let is_printed = is_printed(before, after);
        let (appends, is_copied) = (is_append(before) || is_append(after), is_copied(before, after));
        Some(Self {
            line,
            delimiter,
            quoted,
            tabs,
            squiggly,
            quote,
            path,
            further,
            is_printed,
            appends,
            is_copied,
        })
    }
}

/// The lines up to the delimiter, and where the script continues.
fn body(text: &str, start: usize, head: &Head<'_>) -> Option<(Range<usize>, usize)> {
    let mut at = start;
    for line in text[start..].split_inclusive('\n') {
        let bare = line.trim_end_matches(['\n', '\r']);
        let bare = if head.tabs { bare.trim_start_matches('\t') } else { bare };
        // A script inside another text is indented, and so is its delimiter.
        let rest = bare.trim_start().strip_prefix(head.delimiter);
        if rest.is_some_and(|rest| rest.is_empty() || head.quote.is_some() && rest.starts_with(['"', '\''])) {
            return Some((start..at, at + line.len()));
        }
        at += line.len();
    }
    None
}

impl Document<'_> {
    /// The text that the node gets: leading tabs are removed, and what the shell expands is masked.
    pub fn view(&self, host: &View) -> View {
        if self.path.is_some() && !self.is_copied {
            host.unknown_line(self.body.clone())
        } else if let Some(quote) = self.string {
            // The outer shell expands the string; what is left is the inner shell's here-document.
            let mut builder = Builder::new(host);
            if quote == b'"' {
                expanded(&mut builder, host.text(), self.body.clone(), STRING_ESCAPES, false);
            } else {
                unquoted(&mut builder, host.text(), self.body.clone());
            }
            let string = builder.finish();
            self.document(&string, 0..string.text().len())
        } else {
            self.document(host, self.body.clone())
        }
    }

    /// The text that the shell with the here-document makes of a part of `host`.
    fn document(&self, host: &View, body: Range<usize>) -> View {
        let mut builder = Builder::new(host);
        if !self.quoted {
            expanded(&mut builder, host.text(), body, DOCUMENT_ESCAPES, self.tabs);
        } else if self.tabs {
            let mut at = body.start;
            for line in host.text()[body].split_inclusive('\n') {
                builder.verbatim(at + line.len() - line.trim_start_matches('\t').len()..at + line.len());
                at += line.len();
            }
        } else {
            builder.verbatim(body);
        }
        builder.finish()
    }

    /// The text that Ruby makes of it: escapes are resolved, `#{…}` is masked, and what a shell expands is kept.
    pub fn ruby_view(&self, host: &View) -> View {
        let body = self.dedented(host);
        let mut builder = Builder::new(&body);
        let text = body.text();
        let (mut kept, mut next) = (0, 0);
        while let Some(at) = text[next..].find(['#', '\\']).map(|at| next + at).filter(|_| !self.quoted) {
            let rest = &text[at..];
            let plain = match rest.as_bytes().get(1) {
                Some(b'n') => Some("\n"),
                Some(b't') => Some("\t"),
                Some(b'"') => Some("\""),
                Some(b'\\') => Some("\\"),
                Some(b'$') => Some("$"),
                Some(b'`') => Some("`"),
                _ => None,
            };
            next = at + 1;
            if let Some(plain) = plain.filter(|_| rest.starts_with('\\')) {
                next = at + 2;
                builder.verbatim(kept..at);
                builder.replaced(plain, at..next);
                kept = next;
            } else if let Some(len) = rest.strip_prefix("#{").and_then(|_| expansion(rest)) {
                // Braces are balanced, as in `${…}`.
                next = at + len;
                builder.verbatim(kept..at);
                builder.masked(at..next);
                kept = next;
            }
        }
        builder.verbatim(kept..text.len());
        builder.finish()
    }

    /// The lines, of which Ruby removes the common indentation after `<<~`.
    fn dedented(&self, host: &View) -> View {
        let text = &self.text[self.body.clone()];
        let blanks = |line: &str| line.len() - line.trim_start_matches([' ', '\t']).len();
        let lines = text.lines().filter(|line| !line.trim().is_empty());
        let common = if self.squiggly { lines.map(blanks).min().unwrap_or(0) } else { 0 };
        let mut builder = Builder::new(host);
        let mut at = self.body.start;
        for line in text.split_inclusive('\n') {
            builder.verbatim(at + common.min(blanks(line))..at + line.len());
            at += line.len();
        }
        builder.finish()
    }
}

/// The characters that lose a backslash before them in a here-document.
pub const DOCUMENT_ESCAPES: &[u8] = b"$`\\";

/// The characters that lose a backslash before them in a string with double quotes.
const STRING_ESCAPES: &[u8] = b"$`\\\"";

/// Adds a part of a text. `$NAME`, `${…}`, `$(…)` and backquotes, which the shell expands, are masked, and continued lines
/// are joined. `tabs`: those at the start of each line are removed.
fn expanded(builder: &mut Builder<'_>, text: &str, part: Range<usize>, escapes: &[u8], tabs: bool) {
    let text = &text[..part.end];
    let bytes = text.as_bytes();
    let (mut kept, mut at, mut endless) = (part.start, part.start, 0);
    while at < part.end {
        let starts_line = at == part.start || bytes[at - 1] == b'\n';
        let len = match bytes[at] {
            b'\t' if tabs && starts_line => {
                builder.verbatim(kept..at);
                at += text[at..].len() - text[at..].trim_start_matches('\t').len();
                kept = at;
                continue;
            }
            b'\\' if bytes.get(at + 1).is_some_and(|next| escapes.contains(next)) => {
                builder.verbatim(kept..at);
                kept = at + 1;
                at += 2;
                continue;
            }
            b'\\' if ["\n", "\r\n"].iter().any(|end| text[at + 1..].starts_with(end)) => {
                builder.verbatim(kept..at);
                at += if bytes[at + 1] == b'\n' { 2 } else { 3 };
                kept = at;
                continue;
            }
            b'$' | b'`' => {
                let rest = &text[at..];
                let line = || rest.lines().next().unwrap_or_default();
                let rest = if endless < MAX_ENDLESS { rest } else { line() };
                let len = if bytes[at] == b'$' { expansion(rest) } else { substituted(rest) };
                let is_closed = len.is_some_and(|len| rest[..len].ends_with([')', '}', '`']));
                endless += usize::from(!is_closed && !rest[1..].starts_with(|c: char| is_name(c)));
                len
            }
            _ => None,
        };
        match len {
            Some(len) => {
                builder.verbatim(kept..at);
                builder.masked(at..at + len);
                at += len;
                kept = at;
            }
            None => at += 1,
        }
    }
    builder.verbatim(kept..part.end);
}

/// Adds a part of a string with single quotes. Between two quotes, the string is interrupted: `'"$NAME"'`.
fn unquoted(builder: &mut Builder<'_>, text: &str, part: Range<usize>) {
    let mut at = part.start;
    while let Some(quote) = text[at..part.end].find('\'').map(|quote| at + quote) {
        builder.verbatim(at..quote);
        let rest = &text[quote..part.end];
        let line = rest.lines().next().unwrap_or_default();
        let len = match line[1..].find('\'') {
            _ if line.starts_with(QUOTE_IN_QUOTES) => {
                builder.replaced("'", quote..quote + QUOTE_IN_QUOTES.len());
                QUOTE_IN_QUOTES.len()
            }
            Some(end) => {
                builder.masked(quote..quote + end + 2);
                end + 2
            }
            None => {
                builder.verbatim(quote..quote + 1);
                1
            }
        };
        at = quote + len;
    }
    builder.verbatim(at..part.end);
}

/// Maximum length in bytes of a substitution. The search for the end of each one must not read the rest of the script.
const MAX_SUBSTITUTION: usize = 4096;

/// The length of the substitution in backquotes at the start of a text.
pub fn substituted(text: &str) -> Option<usize> {
    let bytes = &text.as_bytes()[..text.len().min(MAX_SUBSTITUTION)];
    let mut at = 1;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'\\' => at += 2,
            b'`' => return Some(at + 1),
            _ => at += 1,
        }
    }
    None
}

/// The length of the `$(…)` at the start of a text. Quotes inside of it may contain parentheses.
pub fn substitution(text: &str) -> Option<usize> {
    let bytes = &text.as_bytes()[..text.len().min(MAX_SUBSTITUTION)];
    // Without this, the search for the end of each of many that have none takes long.
    memchr::memchr(b')', bytes)?;
    let mut open = Vec::new();
    let mut at = 1;
    while let Some(byte) = bytes.get(at) {
        match (byte, open.last()) {
            (b'\\', _) => at += 1,
            (b'"', Some(b'"')) => drop(open.pop()),
            (b'"', _) => open.push(b'"'),
            (b'(', Some(b'"')) if bytes[at - 1] != b'$' => {}
            (b'(', _) => open.push(b'('),
            (b')', Some(b'(')) => {
                open.pop();
                if open.is_empty() {
                    return Some(at + 1);
                }
            }
            (b'\'', Some(b'(')) => at += memchr::memchr(b'\'', &bytes[at + 1..])? + 1,
            _ => {}
        }
        at += 1;
    }
    None
}

fn is_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

/// The length of the expansion that starts at a `$`; `None` for a plain dollar sign.
pub fn expansion(text: &str) -> Option<usize> {
    let rest = &text[1..];
    let (open, close) = match rest.as_bytes().first()? {
        b'{' => (b'{', b'}'),
        b'(' => (b'(', b')'),
        b'?' | b'@' | b'*' | b'#' | b'$' | b'!' => return Some(2),
        first if first.is_ascii_alphanumeric() || *first == b'_' => {
            let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(rest.len());
            return Some(1 + end);
        }
        _ => return None,
    };
    if let Some(len) = substitution(text).filter(|_| open == b'(') {
        return Some(len);
    }
    let line = text.lines().next().unwrap_or_default();
    // Quotes in it do not end, so that what closes it is looked for in its line only.
    let until = if open == b'(' { line.len() - 1 } else { rest.len().min(MAX_SUBSTITUTION) };
    let until = memchr::memrchr(close, &rest.as_bytes()[..until]).map_or(0, |last| last + 1);
    let mut depth = 0;
    for (at, byte) in rest.bytes().enumerate().take(until) {
        if byte == open {
            depth += 1;
        } else if byte == close {
            depth -= 1;
            if depth == 0 {
                return Some(at + 2);
            }
        }
    }
    // It has no end, so the rest of this line is unknown.
    Some(line.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heads_name_delimiter_and_file() {
        let head = |line: &'static str| {
            Head::all(line).first().map(|head| (head.delimiter, head.quoted, head.tabs, head.path))
        };
        assert_eq!(head("cat <<EOF > /a/b.yaml\n"), Some(("EOF", false, false, Some("/a/b.yaml"))));
        assert_eq!(head("cat > /a/b <<-'END'\n"), Some(("END", true, true, Some("/a/b"))));
        assert_eq!(head("sudo tee /a/b >/dev/null <<\"EOF\"\n"), Some(("EOF", true, false, Some("/a/b"))));
        assert_eq!(
            head("cat <<EOF | sudo tee -a \"/a/b\" > /dev/null\n"),
            Some(("EOF", false, false, Some("/a/b")))
        );
        assert_eq!(head("COPY --chmod=600 <<EOF /a/b\n"), Some(("EOF", false, false, Some("/a/b"))));
        assert_eq!(head("kubectl apply -f - <<EOF\n"), Some(("EOF", false, false, None)));
        assert_eq!(head("ssh $host <<EOF\n"), Some(("EOF", false, false, None)));
        assert_eq!(head("x=$((1 << 2))\n"), None);
        assert_eq!(head("grep a <<< $b\n"), None);
        assert_eq!(head("# cat <<EOF > /a\n"), None);
    }

    #[test]
    fn what_the_shell_fills_in_is_masked() {
        let text = "cat <<EOF > /c\na: $X\nb: ${Y:-{}}z\nc: \\$no\nd: `w`\ne: $(f (g))\nh: a$ b\nEOF\n";
        let file = View::whole(text);
        let document = documents(text).next().unwrap();
        let view = document.view(&file);
        let plain: String =
            view.text().chars().map(|c| if crate::yaml::is_mask(c) { '~' } else { c }).collect();
        assert_eq!(plain, "a: ~\nb: ~z\nc: $no\nd: ~\ne: ~\nh: a$ b\n");
        let at = view.text().find("no").unwrap();
        assert_eq!(&text[view.outer(&(at..at + 2)).unwrap()], "no");
    }

    #[test]
    fn commands_over_several_lines_and_in_pipes_are_followed() {
        let seen = |text: &str| {
            let file = View::whole(text);
            let document = documents(text).next().unwrap();
            let view = document.view(&file);
            let masked = |c| if crate::yaml::is_mask(c) { '~' } else { c };
            (document.path.map(str::to_owned), view.text().chars().map(masked).collect::<String>())
        };
        let to = |text: &str| (Some("/c".to_owned()), text.to_owned());
        assert_eq!(seen("cat <<EOF | \\\n  sudo tee /c\na: b\nEOF\n"), to("a: b\n"));
        assert_eq!(seen("sudo tee \\\n  /c <<EOF\na: b\nEOF\n"), to("a: b\n"));
        assert_eq!(seen("cat <<EOF > /c 2>/dev/null\na: b\nEOF\n"), to("a: b\n"));
        assert_eq!(seen("echo x | tee /d && cat <<EOF > /c && echo > /e\na: b\nEOF\n"), to("a: b\n"));
        assert_eq!(seen("echo x | tee /d && kubectl apply -f - <<EOF\na: b\nEOF\n").0, None);
        assert_eq!(seen("cat <<EOF | sed s/b/c/ > /c\na: b\nEOF\n"), to("~\n"));
        assert_eq!(seen("base64 -d <<EOF | sudo tee /c\nYQ==\nEOF\n"), to("~\n"));
        assert_eq!(seen("cat <<EOF | ssh h 'sudo tee /c'\na: b\nEOF\n"), to("a: b\n"));
        assert_eq!(
            seen("cat <<EOF > /c\na: \\\nb\n$(for x in y; do\n  echo \")\"\ndone)\n`f\ng`\nEOF\n"),
            to("a: b\n~\n~\n")
        );
        assert_eq!(seen("cat <<-EOF > /c\n\ta: $(b\n\tc)\n\t\td: 1\n\tEOF\n"), to("a: ~\nd: 1\n"));
        assert_eq!(
            seen("ssh h 'cat <<EOF > /c\na: '\\''b'\\''\nc: '\"$X\"'\nEOF\n'\n"),
            to("a: 'b'\nc: ~\n")
        );
    }

    #[test]
    fn what_has_no_end_is_no_document() {
        assert_eq!(documents("cat <<EOF > /c\na: b\n").count(), 0);
        assert_eq!(documents("nodes << node\ncat <<EOF > /c\na: b\nEOF\n").count(), 1);
        let endless = "a << b\n".repeat(1_000_000);
        assert_eq!(documents(&endless).count(), 0);
    }

    #[test]
    fn a_document_in_a_string_is_expanded_twice() {
        let seen = |text: &str| {
            let file = View::whole(text);
            let document = documents(text).next().unwrap();
            assert_eq!(document.path, Some("/c"));
            let view = document.view(&file);
            view.text().chars().map(|c| if crate::yaml::is_mask(c) { '~' } else { c }).collect::<String>()
        };
        let body = "a: \\\"0640\\\"\nb: $X\nc: \\$Y\nd: \\\\n\n";
        assert_eq!(
            seen(&format!("ssh h \"cat <<'EOF' > /c\n{body}EOF\"\n")),
            "a: \"0640\"\nb: ~\nc: $Y\nd: \\n\n"
        );
        assert_eq!(
            seen(&format!("ssh h \"cat <<EOF > /c\n{body}EOF\n\"\n")),
            "a: \"0640\"\nb: ~\nc: ~\nd: \\n\n"
        );
        assert_eq!(
            seen("ssh h \"cat <<EOF > /c\na: \\\"x\\\\\\$y\\\"\nb: \\\\\\\\\nc: \\`w\\`\nEOF\"\n"),
            "a: \"x$y\"\nb: \\\nc: ~\n"
        );
        assert_eq!(seen("ssh h \"\ncat <<EOF > /c\na: \\\"é\\\"\nEOF\n\"\n"), "a: \"é\"\n");
        assert_eq!(seen("bash -c 'cat <<EOF > /c\na: \"b\"\nEOF'\n"), "a: \"b\"\n");
        assert_eq!(seen("echo \"x\"; cat <<EOF > /c\na: \"b\"\nEOF\n"), "a: \"b\"\n");
    }
}
