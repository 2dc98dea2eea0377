//! Here-documents of shell scripts: their place, their target file, and the shell's expansion. Must not know
//! the meaning of the texts.

use std::ops::Range;

use super::{Builder, View};

/// Commands that write their input to the file they name.
const WRITERS: &[&str] = &["cat", "tee", "install", "sudo", "dd"];

/// A here-document.
pub struct Document<'t> {
    /// The word that ends it.
    pub delimiter: &'t str,
    /// Whether `$` and backquotes are not expanded.
    quoted: bool,
    /// Whether tabs at the start of each line are removed.
    tabs: bool,
    /// Whether it is inside a string in double quotes, which another shell runs: `ssh HOST "cat <<EOF …"`.
    in_string: bool,
    /// Its lines.
    pub body: Range<usize>,
    text: &'t str,
    /// The file that it is written to.
    pub path: Option<&'t str>,
    /// The line in which it starts.
    pub head: &'t str,
}

/// Maximum number of lines that look like the start of a here-document and have no end, because each of them is a
/// search through the rest of the script.
const MAX_ENDLESS: usize = 64;

/// The here-documents of a script, in order. What has no end is none: `list << item` in Ruby.
pub fn documents(text: &str) -> impl Iterator<Item = Document<'_>> {
    let (mut at, mut endless) = (0, 0);
    std::iter::from_fn(move || {
        while endless < MAX_ENDLESS {
            let line_end = text[at..].find('\n').map(|end| at + end + 1)?;
            let line = &text[at..line_end];
            at = line_end;
            let Some(head) = Head::of(line) else { continue };
            let Some((body, after)) = body(text, line_end, &head) else {
                endless += 1;
                continue;
            };
            at = after;
            let Head { delimiter, quoted, tabs, quote, path } = head;
            let in_string = quote == Some(b'"') || has_only_escaped_quotes(&text[body.clone()]);
            return Some(Document { delimiter, quoted, tabs, in_string, body, text, path, head: line });
        }
        None
    })
}

/// Whether a text is inside a string that began before it: it has double quotes, all of them escaped.
fn has_only_escaped_quotes(text: &str) -> bool {
    let mut quotes = text.match_indices('"').map(|(at, _)| text[..at].ends_with('\\')).peekable();
    quotes.peek().is_some() && quotes.all(|is_escaped| is_escaped)
}

/// The quote of a string that begins in a part of a line and does not end there.
fn open_quote(text: &str) -> Option<u8> {
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

struct Head<'t> {
    delimiter: &'t str,
    quoted: bool,
    tabs: bool,
    /// The quote of the string that it is in.
    quote: Option<u8>,
    path: Option<&'t str>,
}

impl<'t> Head<'t> {
    /// Reads the line that starts a here-document.
    fn of(line: &'t str) -> Option<Self> {
        let command = line.trim_start();
        if command.starts_with('#') {
            return None;
        }
        let start = line.find("<<")?;
        let rest = &line[start + 2..];
        // `<<<` starts a here-string, and `1 << 2` is arithmetic.
        if rest.starts_with('<') || line[..start].ends_with('<') || line[..start].contains("((") {
            return None;
        }
        let (tabs, rest) = match rest.strip_prefix('-') {
            Some(rest) => (true, rest),
            // `<<~` is Ruby's, around a script for a machine.
            None => (false, rest.strip_prefix('~').unwrap_or(rest)),
        };
        let rest = rest.trim_start_matches([' ', '\t']);
        let quoted = rest.starts_with(['"', '\'', '\\']);
        let word = rest.trim_start_matches(['"', '\'', '\\']);
        let end = word.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(word.len());
        let delimiter = &word[..end];
        if delimiter.is_empty() || delimiter.starts_with(|c: char| c.is_ascii_digit()) {
            return None;
        }
        let after = word[end..].trim_start_matches(['"', '\'']);
        let quote = open_quote(&line[..start]);
        Some(Self { delimiter, quoted, tabs, quote, path: destination(&line[..start], after) })
    }
}

/// The file that a command with a here-document writes: the one after `>`, or the argument of `tee`.
pub fn destination<'t>(before: &'t str, after: &'t str) -> Option<&'t str> {
    let redirected = |part: &'t str| {
        let at = part.rfind('>')?;
        // `2>&1` does not name a file.
        (!part[..at].ends_with('2')).then(|| word(&part[at + 1..])).flatten()
    };
    let tee = |part: &'t str| {
        let at = part.rfind("tee ")?;
        part[at + 4..]
            .split_whitespace()
            .find(|word| !word.starts_with(['-', '>', '<', '|', '&']))
            .and_then(word)
    };
    let writes = WRITERS.iter().any(|writer| before.split_whitespace().any(|word| word.ends_with(writer)));
    let tee_name = tee(after).or_else(|| tee(before));
    // In a Dockerfile, the text becomes a file of the image.
    if before.trim_start().starts_with("COPY ") || before.trim_start().starts_with("ADD ") {
        return after.split_whitespace().next_back().and_then(word);
    }
    let name = tee_name
        .filter(|name| *name != "/dev/null")
        .or_else(|| redirected(after))
        .or_else(|| redirected(before));
    name.filter(|_| writes || tee_name.is_some())
}

/// Whether a command appends to the file that it writes.
pub fn is_append(command: &str) -> bool {
    let adds = |word: &str| word == "-a" || word == "--append";
    command.contains(">>") || (command.contains("tee ") && command.split_whitespace().any(adds))
}

/// The first word, without quotes.
fn word(text: &str) -> Option<&str> {
    let word = text.split_whitespace().next()?.trim_matches(['"', '\'', ';']);
    (!word.is_empty()).then_some(word)
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
    /// Whether the command appends to the file.
    pub fn appends(&self) -> bool {
        is_append(self.head)
    }

    /// The text that the node gets: leading tabs are removed, and what the shell expands is masked.
    pub fn view(&self, host: &View) -> View {
        if self.in_string {
            // The outer shell expands the string; what is left is the inner shell's here-document.
            let mut builder = Builder::new(host);
            each_line(host.text(), &self.body, |line, start| {
                expanded(&mut builder, line, start, STRING_ESCAPES);
            });
            let string = builder.finish();
            self.document(&string, 0..string.text().len())
        } else {
            self.document(host, self.body.clone())
        }
    }

    /// The text that the shell with the here-document makes of a part of `host`.
    fn document(&self, host: &View, body: Range<usize>) -> View {
        let mut builder = Builder::new(host);
        each_line(host.text(), &body, |line, start| {
            let kept = if self.tabs { line.trim_start_matches('\t') } else { line };
            let end = start + line.len();
            let start = end - kept.len();
            if self.quoted {
                builder.verbatim(start..end);
            } else {
                expanded(&mut builder, kept, start, DOCUMENT_ESCAPES);
            }
        });
        builder.finish()
    }

    /// The text after Ruby's interpolation: `#{…}` is masked, and what a shell expands is kept.
    pub fn ruby_view(&self, host: &View) -> View {
        let mut builder = Builder::new(host);
        let mut kept = self.body.start;
        let text = &self.text[self.body.clone()];
        for (at, _) in text.match_indices("#{").filter(|_| !self.quoted) {
            let start = self.body.start + at;
            // It is nested in an interpolation that is already masked. Searching for its end each time would take
            // quadratic time.
            if start < kept {
                continue;
            }
            // Braces are balanced, as in `${…}`.
            let Some(len) = expansion(&text[at..]) else { continue };
            builder.verbatim(kept..start);
            builder.masked(start..start + len);
            kept = start + len;
        }
        builder.verbatim(kept..self.body.end);
        builder.finish()
    }
}

/// The characters that lose a backslash before them in a here-document.
pub const DOCUMENT_ESCAPES: &[u8] = b"$`\\";

/// The characters that lose a backslash before them in a string with double quotes.
const STRING_ESCAPES: &[u8] = b"$`\\\"";

/// Calls a function with each line of a part of a text, and with the line's start.
fn each_line(text: &str, part: &Range<usize>, mut function: impl FnMut(&str, usize)) {
    let mut at = part.start;
    for line in text[part.clone()].split_inclusive('\n') {
        function(line, at);
        at += line.len();
    }
}

/// Adds a line; `$NAME`, `${…}`, `$(…)` and backquotes, which the shell expands, are masked.
pub fn expanded(builder: &mut Builder<'_>, line: &str, start: usize, escapes: &[u8]) {
    let bytes = line.as_bytes();
    let mut kept = 0;
    let mut at = 0;
    while at < bytes.len() {
        let len = match bytes[at] {
            b'\\' if bytes.get(at + 1).is_some_and(|next| escapes.contains(next)) => {
                builder.verbatim(start + kept..start + at);
                kept = at + 1;
                at += 2;
                continue;
            }
            b'$' => expansion(&line[at..]),
            b'`' => line[at + 1..].find('`').map(|end| end + 2),
            _ => None,
        };
        match len {
            Some(len) => {
                builder.verbatim(start + kept..start + at);
                builder.masked(start + at..start + at + len);
                at += len;
                kept = at;
            }
            None => at += 1,
        }
    }
    builder.verbatim(start + kept..start + line.len());
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
    let mut depth = 0;
    for (at, byte) in rest.bytes().enumerate() {
        if byte == open {
            depth += 1;
        } else if byte == close {
            depth -= 1;
            if depth == 0 {
                return Some(at + 2);
            }
        }
    }
    // The expansion continues in the next line, so the rest of this line is unknown.
    Some(text.trim_end_matches(['\n', '\r']).len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heads_name_delimiter_and_file() {
        let head = |line: &'static str| {
            Head::of(line).map(|head| (head.delimiter, head.quoted, head.tabs, head.path))
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
