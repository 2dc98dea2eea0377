//! Splits a Go template into text and the tokens of its actions. Must not know their meaning.

/// A token of an action.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Token {
    /// `.` alone.
    Dot,
    /// `.name`; glued if nothing separates it from the previous token.
    Field {
        name: String,
        glued: bool,
    },
    /// `$` or `$name`, without the dollar.
    Variable(String),
    /// A function, keyword or constant.
    Word(String),
    /// A quoted string.
    Text(String),
    /// A number or character as written.
    Number(String),
    Open,
    Close,
    Pipe,
    Comma,
    Declare,
    Assign,
}

/// Maximum number of tokens in one action; real ones have less than a tenth of it.
const LONGEST: usize = 4_000;

/// The actions of a template in order, without text and comments. `None` when it is not a valid template.
pub(super) fn actions(text: &str) -> Option<Vec<Vec<Token>>> {
    let mut actions = Vec::new();
    let mut rest = text;
    while let Some(start) = rest.find("{{") {
        rest = &rest[start + 2..];
        let trimmed = rest.strip_prefix('-').filter(|after| after.starts_with(char::is_whitespace));
        let inside = trimmed.unwrap_or(rest).trim_start();
        if let Some(comment) = inside.strip_prefix("/*") {
            rest = &comment[comment.find("*/")? + 2..];
            rest = &rest[rest.find("}}")? + 2..];
            continue;
        }
        let (tokens, after) = action(trimmed.unwrap_or(rest))?;
        actions.push(tokens);
        rest = after;
    }
    Some(actions)
}

/// The tokens up to `}}`, and the text after it.
fn action(text: &str) -> Option<(Vec<Token>, &str)> {
    let mut tokens = Vec::new();
    let mut rest = text;
    let mut glued = false;
    loop {
        if let Some(after) = rest.strip_prefix("}}").or_else(|| rest.strip_prefix("-}}")) {
            return Some((tokens, after));
        }
        let first = rest.chars().next()?;
        if first.is_whitespace() {
            rest = rest.trim_start();
            glued = false;
            continue;
        }
        let (token, after) = token(rest, first, glued)?;
        tokens.push(token);
        if tokens.len() > LONGEST {
            return None;
        }
        rest = after;
        glued = true;
    }
}

fn token(rest: &str, first: char, glued: bool) -> Option<(Token, &str)> {
    let after = &rest[first.len_utf8()..];
    Some(match first {
        '.' if after.starts_with(|c: char| c.is_alphabetic() || c == '_') => {
            let (name, after) = word(after);
            (Token::Field { name: name.to_owned(), glued }, after)
        }
        '.' if after.starts_with(|c: char| c.is_ascii_digit()) => number(rest),
        '.' => (Token::Dot, after),
        '$' => {
            let (name, after) = word(after);
            (Token::Variable(name.to_owned()), after)
        }
        '(' => (Token::Open, after),
        ')' => (Token::Close, after),
        '|' => (Token::Pipe, after),
        ',' => (Token::Comma, after),
        ':' => (Token::Declare, after.strip_prefix('=')?),
        '=' => (Token::Assign, after),
        '"' => quoted(after)?,
        '`' => {
            let (text, after) = after.split_once('`')?;
            (Token::Text(text.to_owned()), after)
        }
        '\'' => {
            let escaped = after.strip_prefix('\\').and_then(|after| after.get(1..));
            let from = escaped.unwrap_or(after);
            (Token::Number(String::new()), &from[from.find('\'')? + 1..])
        }
        '+' | '-' | '0'..='9' => number(rest),
        _ if first.is_alphabetic() || first == '_' => {
            let (name, after) = word(rest);
            (Token::Word(name.to_owned()), after)
        }
        _ => return None,
    })
}

fn word(text: &str) -> (&str, &str) {
    text.split_at(text.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(text.len()))
}

fn number(text: &str) -> (Token, &str) {
    let signed = text.strip_prefix(['+', '-']).unwrap_or(text);
    let end = signed.find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '.' | '_')));
    let (_, after) = signed.split_at(end.unwrap_or(signed.len()));
    (Token::Number(text[..text.len() - after.len()].to_owned()), after)
}

/// A double-quoted string, starting after the opening quote. Only escapes that can occur in a key are resolved.
fn quoted(text: &str) -> Option<(Token, &str)> {
    let mut content = String::new();
    let mut chars = text.char_indices();
    while let Some((index, c)) = chars.next() {
        match c {
            '"' => return Some((Token::Text(content), &text[index + 1..])),
            '\\' => content.push(chars.next()?.1),
            '\n' => return None,
            _ => content.push(c),
        }
    }
    None
}
