//! Messages with placeholders: `{values.a.b}` is replaced by the value found, `{lower(config.cni)}` by the result of a
//! function. `{{` is a literal brace.

use super::expr::Expr;
use super::language_error::LanguageError;
use super::names::Names;
use super::path::Path;

/// A text with placeholders.
#[derive(Clone, Debug)]
pub struct Message {
    pieces: Vec<Piece>,
}

#[derive(Clone, Debug)]
enum Piece {
    Text(String),
    Value(Expr),
}

impl Message {
    /// Parses a text.
    ///
    /// # Errors
    /// A placeholder is not closed or is invalid.
    pub fn parse(text: &str, names: &Names) -> Result<Self, LanguageError> {
        let mut pieces = Vec::new();
        let mut plain = String::new();
        let mut rest = text;
        while let Some(at) = rest.find(['{', '}']) {
            plain.push_str(&rest[..at]);
            let found = &rest[at..];
            if let Some(after) = found.strip_prefix("{{") {
                plain.push('{');
                rest = after;
            } else if let Some(after) = found.strip_prefix("}}") {
                plain.push('}');
                rest = after;
            } else if let Some(after) = found.strip_prefix('{') {
                let end = end_of(after).ok_or_else(|| format!("unclosed placeholder `{found}`"))?;
                pieces.push(Piece::Text(std::mem::take(&mut plain)));
                pieces.push(Piece::Value(Expr::parse(&after[..end], names)?));
                rest = &after[end + 1..];
            } else {
                return Err("unmatched `}`; write `}}` for a literal brace".into());
            }
        }
        plain.push_str(rest);
        pieces.push(Piece::Text(plain));
        Ok(Self { pieces })
    }

    /// The operands of all placeholders.
    pub fn operands(&self) -> impl Iterator<Item = &Expr> {
        self.pieces.iter().filter_map(|piece| match piece {
            Piece::Value(expr) => Some(expr),
            Piece::Text(_) => None,
        })
    }

    /// Whether it has no placeholder.
    pub fn is_plain(&self) -> bool {
        self.operands().next().is_none()
    }

    /// Calls back for every path in it.
    pub fn visit(&mut self, found: &mut dyn FnMut(&mut Path)) {
        for piece in &mut self.pieces {
            if let Piece::Value(expr) = piece {
                expr.visit(found);
            }
        }
    }

    /// The text with each placeholder filled in.
    pub fn render(&self, mut value: impl FnMut(&Expr) -> String) -> String {
        self.pieces
            .iter()
            .map(|piece| match piece {
                Piece::Text(text) => text.clone(),
                Piece::Value(expr) => value(expr),
            })
            .collect()
    }
}

/// Where a placeholder ends: at the first brace outside quotes.
fn end_of(text: &str) -> Option<usize> {
    let mut quote = None;
    for (at, c) in text.char_indices() {
        match (quote, c) {
            (None, '}') => return Some(at),
            (None, '\'' | '"') => quote = Some(c),
            (Some(open), _) if c == open => quote = None,
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_are_filled_and_braces_kept() {
        let names = Names::default();
        let parse = |text: &str| Message::parse(text, &names);
        let message = parse("`{values.a}` of {{x}}{join(config.cni, '}')}").unwrap();
        assert_eq!(message.render(|expr| format!("<{expr}>")), "`<values.a>` of {x}<join(config.cni, '}')>");
        for wrong in ["{values.a", "{nothing.a}", "a } b", "{$a}", "{lowr(values.a)}"] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
    }
}
