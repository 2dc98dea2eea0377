//! Evaluates HCL expressions to the texts that Terraform creates from them: strings, here-documents, and the arguments
//! of `yamlencode` and `jsonencode`. Must not know the meaning of the texts.

use std::ops::Range;

use hcl_edit::Span as _;
use hcl_edit::expr::{Expression, FuncCall, Object, ObjectKey, TraversalOperator};
use hcl_edit::structure::Attribute;

use super::{Builder, View};

/// Values nested deeper than this are not written.
const MAX_DEPTH: usize = 64;

/// Functions that encode or trim their first argument: the node reads the argument itself.
const TRANSPARENT: &[&str] =
    &["base64encode", "base64gzip", "chomp", "nonsensitive", "sensitive", "trimspace", "trimsuffix", "try"];
/// Functions that write a value as YAML or as JSON, which is YAML.
const ENCODERS: &[&str] = &["yamlencode", "jsonencode"];

/// The text that an expression evaluates to.
#[derive(Clone, Debug)]
pub struct Text {
    /// The text. Strings and here-documents still contain their `${…}` and `%{…}`.
    pub view: View,
    /// Whether the text was encoded, so that it contains masks but no interpolations.
    pub is_encoded: bool,
    /// Whether keys may be added that are not in the text.
    pub open: bool,
}

/// The name of a function; empty when it is in a namespace.
pub fn function(call: &FuncCall) -> &str {
    if call.name.is_namespaced() { "" } else { call.name.name.as_str() }
}

/// The call of a function, also inside functions that leave its text unchanged.
pub fn call<'e>(expression: &'e Expression, name: &str) -> Option<&'e FuncCall> {
    let mut expression = expression;
    for _ in 0..MAX_DEPTH {
        expression = match expression {
            Expression::FuncCall(call) if function(call) == name => return Some(call),
            Expression::FuncCall(call) if TRANSPARENT.contains(&function(call)) => call.args.iter().next()?,
            Expression::Parenthesis(inner) => inner.inner(),
            _ => return None,
        };
    }
    None
}

/// The name of a local, also inside functions that leave its text unchanged.
pub fn local(expression: &Expression) -> Option<&str> {
    let mut expression = expression;
    for _ in 0..MAX_DEPTH {
        expression = match expression {
            Expression::FuncCall(call) if TRANSPARENT.contains(&function(call)) => call.args.iter().next()?,
            Expression::Parenthesis(inner) => inner.inner(),
            Expression::Traversal(traversal) => {
                let is_local = traversal.expr.as_variable().is_some_and(|name| name.as_str() == "local");
                let [operator] = traversal.operators.as_slice() else { return None };
                return match operator.value() {
                    TraversalOperator::GetAttr(name) if is_local => Some(name.as_str()),
                    _ => None,
                };
            }
            _ => return None,
        };
    }
    None
}

/// The name of a local that is written as YAML or JSON, also inside functions that leave its text unchanged.
pub fn encoded_local(expression: &Expression) -> Option<&str> {
    ENCODERS.iter().find_map(|name| local(call(expression, name)?.args.iter().next()?))
}

/// The text that an expression evaluates to; `None` when it is not a string or is unknown.
pub fn text(view: &View, expression: &Expression) -> Option<Text> {
    text_below(view, expression, 0)
}

fn text_below(view: &View, expression: &Expression, depth: usize) -> Option<Text> {
    if depth > MAX_DEPTH {
        return None;
    }
    let raw = |view| Text { view, is_encoded: false, open: false };
    match expression {
        Expression::String(_) | Expression::StringTemplate(_) => {
            Some(raw(unquoted(view, quoted_part(view, expression.span()?))))
        }
        Expression::HeredocTemplate(document) => {
            let body = document.template.span()?;
            let head = view.text().get(..body.start)?;
            let indented = head.rfind("<<").is_some_and(|at| head[at + 2..].starts_with('-'));
            Some(raw(here_document(view, body, indented)))
        }
        Expression::Parenthesis(inner) => text_below(view, inner.inner(), depth + 1),
        Expression::FuncCall(call) => {
            let first = call.args.iter().next()?;
            match function(call) {
                name if ENCODERS.contains(&name) => Some(document_below(view, first, depth + 1)),
                name if TRANSPARENT.contains(&name) => text_below(view, first, depth + 1),
                _ => None,
            }
        }
        _ => None,
    }
}

/// A text with its `${…}` masked; `None` if it contains `%{`, which may add or remove text.
pub fn filled_in(text: &Text) -> Option<View> {
    if text.is_encoded {
        return Some(text.view.clone());
    }
    let source = text.view.text();
    let mut builder = Builder::new(&text.view);
    let mut kept = 0;
    let mut at = 0;
    while let Some(next) = source[at..].find(['$', '%']).map(|next| at + next) {
        let marker = &source[next..];
        if marker.starts_with("$${") || marker.starts_with("%%{") {
            // An escape: one of the two characters is dropped.
            builder.verbatim(kept..next);
            kept = next + 1;
            at = next + 3;
        } else if marker.starts_with("%{") {
            return None;
        } else if marker.starts_with("${") {
            let end = next + closing(marker)?;
            builder.verbatim(kept..next);
            builder.masked(next..end);
            kept = end;
            at = end;
        } else {
            at = next + 1;
        }
    }
    builder.verbatim(kept..source.len());
    Some(builder.finish())
}

/// Where the leading `${…}` of a text ends. Quotes inside it may contain braces.
fn closing(text: &str) -> Option<usize> {
    let (mut depth, mut in_quotes, mut escaped) = (0usize, false, false);
    for (at, c) in text.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => in_quotes = !in_quotes,
            '{' if !in_quotes => depth += 1,
            '}' if !in_quotes => {
                depth = depth.checked_sub(1)?;
                if depth == 0 {
                    return Some(at + 1);
                }
            }
            _ => {}
        }
    }
    None
}

/// The range between the quotes of a string.
fn quoted_part(view: &View, range: Range<usize>) -> Range<usize> {
    match view.text().get(range.clone()) {
        Some(source) if source.len() >= 2 && source.starts_with('"') && source.ends_with('"') => {
            range.start + 1..range.end - 1
        }
        _ => range,
    }
}

/// A string with its escapes resolved.
fn unquoted(view: &View, range: Range<usize>) -> View {
    let mut builder = Builder::new(view);
    let Some(source) = view.text().get(range.clone()) else { return builder.finish() };
    let mut kept = range.start;
    let mut escapes = source.match_indices('\\').map(|(at, _)| range.start + at).peekable();
    while let Some(at) = escapes.next() {
        let Some(letter) = view.text()[at + 1..range.end].chars().next() else { break };
        let (text, len) = match letter {
            'n' => ("\n".to_owned(), 2),
            't' => ("\t".to_owned(), 2),
            'r' => ("\r".to_owned(), 2),
            'u' | 'U' => {
                let digits = if letter == 'u' { 4 } else { 8 };
                let code = view.text().get(at + 2..at + 2 + digits);
                let c = code.and_then(|code| u32::from_str_radix(code, 16).ok()).and_then(char::from_u32);
                let Some(c) = c.filter(|_| at + 2 + digits <= range.end) else { continue };
                (c.to_string(), 2 + digits)
            }
            other => (other.to_string(), 1 + other.len_utf8()),
        };
        builder.verbatim(kept..at);
        builder.replaced(&text, at..at + len);
        kept = at + len;
        // An escaped backslash does not escape the next character.
        while escapes.peek().is_some_and(|next| *next < kept) {
            escapes.next();
        }
    }
    builder.verbatim(kept..range.end);
    builder.finish()
}

/// The lines of a here-document. For `<<-`, their common indentation is removed.
fn here_document(view: &View, body: Range<usize>, indented: bool) -> View {
    let mut builder = Builder::new(view);
    let Some(source) = view.text().get(body.clone()) else { return builder.finish() };
    let indent = |line: &str| line.len() - line.trim_start_matches(' ').len();
    let smallest = || source.lines().filter(|line| !line.trim().is_empty()).map(indent).min();
    let strip = if indented { smallest().unwrap_or(0) } else { 0 };
    let mut at = body.start;
    for line in source.split_inclusive('\n') {
        builder.verbatim(at + strip.min(indent(line))..at + line.len());
        at += line.len();
    }
    builder.finish()
}

/// The text that Terraform writes for a whole number: `0640` is 640 there, and `1e3` is 1000.
fn integer(number: Option<f64>) -> Option<String> {
    let number = number.filter(|number| number.fract() == 0.0 && number.abs() < 1e15)?;
    Some(format!("{number:.0}"))
}

/// Writes a value as YAML.
struct Emitter<'v> {
    view: &'v View,
    out: Builder<'v>,
    open: bool,
}

impl Emitter<'_> {
    fn write(&mut self, expression: &Expression, indent: usize, depth: usize) {
        let span = expression.span().unwrap_or_default();
        if depth > MAX_DEPTH {
            self.out.masked(span);
            return;
        }
        match expression {
            Expression::Null(_) | Expression::Bool(_) => self.out.verbatim(span),
            Expression::Number(number) => match integer(number.value().as_f64()) {
                Some(text) if text != self.view.text()[span.clone()] => self.out.replaced(&text, span),
                _ => self.out.verbatim(span),
            },
            Expression::Parenthesis(inner) => self.write(inner.inner(), indent, depth + 1),
            Expression::Object(object) => self.map(&[object], span, indent, depth),
            Expression::Array(array) if array.is_empty() => self.out.replaced("[]", span),
            Expression::Array(array) => {
                for item in array {
                    self.break_line(indent);
                    self.out.made_up("- ");
                    self.write(item, indent + 2, depth + 1);
                }
            }
            Expression::FuncCall(call) if function(call) == "merge" => {
                let literal: Vec<&Object> = call.args.iter().filter_map(Expression::as_object).collect();
                self.open |= literal.len() < call.args.iter().count();
                if literal.is_empty() {
                    self.out.masked(span);
                } else {
                    self.map(&literal, span, indent, depth);
                }
            }
            _ => match text_below(self.view, expression, depth).as_ref().and_then(filled_in) {
                Some(text) => self.quoted(&text),
                None => self.out.masked(span),
            },
        }
    }

    /// Writes the entries of several maps as one map; the last entry of a key wins.
    fn map(&mut self, maps: &[&Object], span: Range<usize>, indent: usize, depth: usize) {
        let entries: Vec<_> =
            maps.iter().flat_map(|map| map.iter()).map(|(key, value)| (Key::of(key), value.expr())).collect();
        if entries.is_empty() {
            self.out.replaced("{}", span);
            return;
        }
        for (index, (key, value)) in entries.iter().enumerate() {
            let replaced =
                key.name.is_some() && entries[index + 1..].iter().any(|(later, _)| later.name == key.name);
            if replaced {
                continue;
            }
            // The first line of the document needs no line break before it.
            if !(self.out.is_empty() && indent == 0) {
                self.break_line(indent);
            }
            match &key.name {
                Some(name) if is_plain(name) => self.out.replaced(name, key.span.clone()),
                Some(name) => {
                    self.out.replaced(&serde_json::Value::from(*name).to_string(), key.span.clone());
                }
                None => self.out.masked(key.span.clone()),
            }
            self.out.made_up(": ");
            self.write(value, indent + 2, depth + 1);
        }
    }

    fn break_line(&mut self, indent: usize) {
        self.out.made_up("\n");
        self.out.made_up(&" ".repeat(indent));
    }

    /// Writes a text as a double-quoted scalar. Characters that need no escape keep their exact place.
    fn quoted(&mut self, text: &View) {
        self.out.made_up("\"");
        let source = text.text();
        let mut kept = 0;
        for (at, c) in source.char_indices().filter(|(_, c)| matches!(c, '"' | '\\') || c.is_control()) {
            self.out.append(&text.slice(kept..at));
            let escaped = serde_json::Value::from(c.to_string()).to_string();
            kept = at + c.len_utf8();
            self.out.append(&text.replaced(&escaped[1..escaped.len() - 1], at..kept));
        }
        self.out.append(&text.slice(kept..source.len()));
        self.out.made_up("\"");
    }
}

/// The key of an entry.
struct Key<'e> {
    /// The name; `None` when it is computed.
    name: Option<&'e str>,
    span: Range<usize>,
}

impl<'e> Key<'e> {
    fn of(key: &'e ObjectKey) -> Self {
        let (name, span) = match key {
            ObjectKey::Ident(name) => (Some(name.as_str()), name.span()),
            ObjectKey::Expression(expression) => (expression.as_str(), expression.span()),
        };
        Self { name, span: span.unwrap_or_default() }
    }
}

/// Whether a key needs no quotes in YAML.
fn is_plain(key: &str) -> bool {
    key.starts_with(|c: char| c.is_ascii_alphabetic())
        && key.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '/'))
}

/// The value of a key in a literal map.
pub fn entry<'e>(map: &'e Object, name: &str) -> Option<&'e Expression> {
    map.iter().find(|(key, _)| Key::of(key).name == Some(name)).map(|(_, value)| value.expr())
}

/// The name of a key; empty when it is computed.
pub fn key_name(key: &ObjectKey) -> &str {
    Key::of(key).name.unwrap_or_default()
}

/// Writes attributes of a block as a YAML document.
pub fn attributes<'e>(view: &View, attributes: impl Iterator<Item = &'e Attribute>) -> Text {
    let mut emitter = Emitter { view, out: Builder::new(view), open: true };
    for attribute in attributes {
        emitter.out.replaced(attribute.key.as_str(), attribute.key.span().unwrap_or_default());
        emitter.out.made_up(": ");
        emitter.write(&attribute.value, 2, 0);
        emitter.out.made_up("\n");
    }
    Text { view: emitter.out.finish(), is_encoded: true, open: true }
}

/// Writes a map as a YAML document.
pub fn document(view: &View, expression: &Expression) -> Text {
    document_below(view, expression, 0)
}

fn document_below(view: &View, expression: &Expression, depth: usize) -> Text {
    let mut emitter = Emitter { view, out: Builder::new(view), open: false };
    emitter.write(expression, 0, depth);
    emitter.out.made_up("\n");
    let Emitter { out, open, .. } = emitter;
    Text { view: out.finish(), is_encoded: true, open }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The text of the first attribute of a body, with `~` for masks, and its view.
    fn yielded(source: &str) -> Option<(String, View)> {
        let body = hcl_edit::parser::parse_body(source).unwrap();
        let attribute = body.iter().next().unwrap().as_attribute().unwrap();
        let view = View::whole(source);
        let found = filled_in(&text(&view, &attribute.value)?)?;
        let plain = found.text().chars().map(|c| if crate::yaml::is_mask(c) { '~' } else { c }).collect();
        Some((plain, found))
    }

    #[test]
    fn strings_and_here_documents_keep_their_places() {
        let source = "x = \"a: \\\"b\\\"\\nc: ${var.x}d\"\n";
        let (plain, view) = yielded(source).unwrap();
        assert_eq!(plain, "a: \"b\"\nc: ~d");
        let at = view.text().find('d').unwrap();
        assert_eq!(&source[view.outer(&(at..at + 1)).unwrap()], "d");
        let source = "x = <<-EOT\n    a: b\n      c: \"${f(\"}\")}\" $${no}\n    EOT\n";
        let (plain, view) = yielded(source).unwrap();
        assert_eq!(plain, "a: b\n  c: \"~\" ${no}\n");
        let at = view.text().find('c').unwrap();
        assert_eq!(&source[view.outer(&(at..at + 1)).unwrap()], "c");
        assert!(yielded("x = \"%{ if a }b%{ endif }\"\n").is_none());
    }

    #[test]
    fn encoded_values_are_written_as_yaml() {
        let source = "x = yamlencode({\n  cni = \"cilium\"\n  n = 5\n  \"a.b/c\" = [true, var.x, \"p${var.y}\"]\n  \
                      (var.k) = {}\n  t = <<-E\n    p: q\n  E\n  m = merge(var.b, { z = 1 }, { z = null })\n})\n";
        let (plain, view) = yielded(source).unwrap();
        assert_eq!(
            plain,
            "cni: \"cilium\"\nn: 5\na.b/c: \n  - true\n  - ~\n  - \"p~\"\n~: {}\nt: \"p: q\\n\"\nm: \n  z: null\n"
        );
        let at = view.text().find("cilium").unwrap();
        assert_eq!(&source[view.outer(&(at..at + 6)).unwrap()], "cilium");
        let at = view.text().find("q\\n").unwrap();
        assert_eq!(&source[view.outer(&(at..at + 1)).unwrap()], "q");
    }

    #[test]
    fn what_cannot_be_seen_is_no_text() {
        for value in ["var.x", "file(\"a.yaml\")", "templatefile(\"x\", {})", "[\"a\"]", "core::upper(\"a\")"]
        {
            assert!(yielded(&format!("x = {value}\n")).is_none(), "{value}");
        }
    }
}
