//! Messages with placeholders: `{values.a.b}` is replaced by the value found. `{{` is a brace.

use super::path::Path;

/// A text with placeholders.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    pieces: Vec<Piece>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
    Text(String),
    Value(Path),
}

impl Message {
    /// Parses a text.
    ///
    /// # Errors
    /// A placeholder that does not close or names nothing.
    pub fn parse(text: &str) -> Result<Self, String> {
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
                let end = after.find('}').ok_or_else(|| format!("unclosed placeholder `{found}`"))?;
                pieces.push(Piece::Text(std::mem::take(&mut plain)));
                pieces.push(Piece::Value(Path::parse(&after[..end])?));
                rest = &after[end + 1..];
            } else {
                return Err("unmatched `}`; write `}}` for a literal brace".to_owned());
            }
        }
        plain.push_str(rest);
        pieces.push(Piece::Text(plain));
        Ok(Self { pieces })
    }

    /// The paths of all placeholders.
    pub fn paths(&self) -> impl Iterator<Item = &Path> {
        self.pieces.iter().filter_map(|piece| match piece {
            Piece::Value(path) => Some(path),
            Piece::Text(_) => None,
        })
    }

    /// The text with each placeholder filled in.
    pub fn render(&self, mut value: impl FnMut(&Path) -> String) -> String {
        self.pieces
            .iter()
            .map(|piece| match piece {
                Piece::Text(text) => text.clone(),
                Piece::Value(path) => value(path),
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_are_filled_and_braces_kept() {
        let message = Message::parse("`{values.a}` of {{x}}").unwrap();
        assert_eq!(message.render(|path| format!("<{path}>")), "`<values.a>` of {x}");
        assert!(Message::parse("{values.a").is_err());
        assert!(Message::parse("{nothing.a}").is_err());
        assert!(Message::parse("a } b").is_err());
    }
}
