//! The structure of a Go template: pipelines, branches, named templates. Must not follow values.

use std::collections::BTreeMap;

use super::lexer::{Token, actions};

/// Maximum nesting of blocks and parentheses; no real template is nested deeper.
const DEEPEST: usize = 100;

/// A template file.
#[derive(Debug, Default)]
pub(super) struct Template {
    pub(super) nodes: Vec<Node>,
    pub(super) defines: BTreeMap<String, Vec<Node>>,
    /// Number of tokens in its actions.
    pub(super) size: usize,
}

/// An action, or a block with nested nodes.
#[derive(Debug)]
pub(super) enum Node {
    /// `{{ pipeline }}`.
    Action(Pipeline),
    /// `if`; an `else if` is another `If` in `otherwise`.
    If { condition: Pipeline, then: Vec<Node>, otherwise: Vec<Node> },
    /// `with`.
    With { value: Pipeline, then: Vec<Node>, otherwise: Vec<Node> },
    /// `range`.
    Range { value: Pipeline, then: Vec<Node>, otherwise: Vec<Node> },
    /// `template "name" pipeline`, also used for `block`.
    Call { name: String, value: Pipeline },
}

/// Commands, each of which gets the result of the previous one; the last result may be assigned to variables.
#[derive(Debug, Default)]
pub(super) struct Pipeline {
    pub(super) variables: Vec<String>,
    /// Whether it assigns to existing variables.
    pub(super) assigns: bool,
    pub(super) commands: Vec<Vec<Operand>>,
}

/// A part of a command.
#[derive(Debug)]
pub(super) enum Operand {
    Dot,
    Variable(String),
    Function(String),
    Text(String),
    Constant,
    Number(String),
    Group(Pipeline),
    /// Fields of an operand; `.a.b` are fields of the dot.
    Fields(Box<Operand>, Vec<String>),
}

/// Parses a template file; `None` when it is not a valid template.
pub(super) fn parse(text: &str) -> Option<Template> {
    let actions = actions(text)?;
    let size = actions.iter().map(Vec::len).sum();
    let mut parser = Parser { actions: actions.iter(), defines: BTreeMap::new() };
    let (nodes, end) = parser.block(0)?;
    (end == Closing::File).then_some(Template { nodes, defines: parser.defines, size })
}

struct Parser<'a> {
    actions: std::slice::Iter<'a, Vec<Token>>,
    defines: BTreeMap<String, Vec<Node>>,
}

/// What ends a block.
#[derive(Debug, PartialEq)]
enum Closing<'a> {
    File,
    End,
    /// `else`, with the tokens after it.
    Else(&'a [Token]),
}

impl<'a> Parser<'a> {
    fn block(&mut self, depth: usize) -> Option<(Vec<Node>, Closing<'a>)> {
        if depth > DEEPEST {
            return None;
        }
        let mut nodes = Vec::new();
        while let Some(action) = self.actions.next() {
            let Some((Token::Word(word), rest)) = action.split_first() else {
                nodes.push(Node::Action(pipeline(action, 0)?));
                continue;
            };
            match word.as_str() {
                "end" => return Some((nodes, Closing::End)),
                "else" => return Some((nodes, Closing::Else(rest))),
                "break" | "continue" if rest.is_empty() => {}
                "if" | "with" | "range" => nodes.push(self.branch(word, rest, depth)?),
                "define" => {
                    let name = text(rest.first()?)?;
                    let (body, Closing::End) = self.block(depth + 1)? else { return None };
                    self.defines.insert(name, body);
                }
                "template" => {
                    nodes.push(Node::Call { name: text(rest.first()?)?, value: pipeline(&rest[1..], 0)? });
                }
                "block" => {
                    let name = text(rest.first()?)?;
                    let value = pipeline(&rest[1..], 0)?;
                    let (body, Closing::End) = self.block(depth + 1)? else { return None };
                    self.defines.insert(name.clone(), body);
                    nodes.push(Node::Call { name, value });
                }
                _ => nodes.push(Node::Action(pipeline(action, 0)?)),
            }
        }
        Some((nodes, Closing::File))
    }

    fn branch(&mut self, word: &str, head: &[Token], depth: usize) -> Option<Node> {
        let value = pipeline(head, 0)?;
        let (then, end) = self.block(depth + 1)?;
        let otherwise = match end {
            Closing::End => Vec::new(),
            Closing::Else([]) => {
                let (otherwise, Closing::End) = self.block(depth + 1)? else { return None };
                otherwise
            }
            // An `else if` shares the `end` of the `if`.
            Closing::Else([Token::Word(next), head @ ..]) if matches!(next.as_str(), "if" | "with") => {
                vec![self.branch(next, head, depth + 1)?]
            }
            Closing::Else(_) | Closing::File => return None,
        };
        Some(match word {
            "if" => Node::If { condition: value, then, otherwise },
            "with" => Node::With { value, then, otherwise },
            _ => Node::Range { value, then, otherwise },
        })
    }
}

fn text(token: &Token) -> Option<String> {
    match token {
        Token::Text(text) => Some(text.clone()),
        _ => None,
    }
}

fn pipeline(tokens: &[Token], depth: usize) -> Option<Pipeline> {
    if depth > DEEPEST {
        return None;
    }
    let mut parsed = Pipeline::default();
    let mut rest = tokens;
    let declaration = tokens.iter().position(|token| matches!(token, Token::Declare | Token::Assign));
    if let Some(end) = declaration {
        for token in &tokens[..end] {
            match token {
                Token::Variable(name) => parsed.variables.push(name.clone()),
                Token::Comma => {}
                // An assignment inside parentheses, which is parsed with its group.
                _ => return commands(parsed, tokens, depth),
            }
        }
        parsed.assigns = matches!(tokens.get(end), Some(Token::Assign));
        rest = &tokens[end + 1..];
    }
    commands(parsed, rest, depth)
}

fn commands(mut parsed: Pipeline, tokens: &[Token], depth: usize) -> Option<Pipeline> {
    let mut command = Vec::new();
    let mut rest = tokens;
    while let Some((token, mut after)) = rest.split_first() {
        let operand = match token {
            Token::Pipe => {
                parsed.commands.push(std::mem::take(&mut command));
                rest = after;
                continue;
            }
            Token::Dot => Operand::Dot,
            Token::Variable(name) => Operand::Variable(name.clone()),
            Token::Word(word) if matches!(word.as_str(), "true" | "false" | "nil") => Operand::Constant,
            Token::Word(word) => Operand::Function(word.clone()),
            Token::Text(text) => Operand::Text(text.clone()),
            Token::Number(text) => Operand::Number(text.clone()),
            Token::Field { name, .. } => Operand::Fields(Box::new(Operand::Dot), vec![name.clone()]),
            Token::Open => {
                let end = closing(after)?;
                let group = Operand::Group(pipeline(&after[..end], depth + 1)?);
                after = &after[end + 1..];
                group
            }
            Token::Close | Token::Comma | Token::Declare | Token::Assign => return None,
        };
        let mut fields = Vec::new();
        while let Some((Token::Field { name, glued: true }, next)) = after.split_first() {
            fields.push(name.clone());
            after = next;
        }
        command.push(match operand {
            operand if fields.is_empty() => operand,
            Operand::Fields(base, mut names) => {
                names.append(&mut fields);
                Operand::Fields(base, names)
            }
            operand => Operand::Fields(Box::new(operand), fields),
        });
        rest = after;
    }
    if !command.is_empty() {
        parsed.commands.push(command);
    }
    Some(parsed)
}

/// The position of the parenthesis that closes an already opened one.
fn closing(tokens: &[Token]) -> Option<usize> {
    let mut depth = 0usize;
    tokens.iter().position(|token| match token {
        Token::Open => {
            depth += 1;
            false
        }
        Token::Close if depth == 0 => true,
        Token::Close => {
            depth -= 1;
            false
        }
        _ => false,
    })
}
