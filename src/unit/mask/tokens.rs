//! Splits a template into text, expressions, statements and comments, and tracks its branches. Must not evaluate
//! anything.

use std::ops::Range;
use std::rc::Rc;

use crate::yaml::constant_token;

/// Maximum number of branching statements whose combinations are tried.
const MAX_BLOCKS: usize = 256;

/// A template language.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// `{{ }}`, `{% %}`, `{# #}`.
    Jinja,
    /// `{{ }}` for everything.
    Go,
    /// `${ }`, `%{ }`.
    Terraform,
    /// `<%= %>`, `<% %>`.
    Erb,
}

impl Dialect {
    /// Guesses the dialect from the text.
    pub fn guess(text: &str) -> Self {
        if text.contains("{%") {
            Self::Jinja
        } else if text.contains("<%") {
            Self::Erb
        } else if text.contains("{{") {
            let go = [
                "{{-",
                "{{ if",
                "{{if",
                "{{ end",
                "{{end",
                "{{ range",
                "{{ .",
                "{{.",
                "{{ $",
                "{{ include",
                "{{ toYaml",
            ];
            if go.iter().any(|word| text.contains(word)) { Self::Go } else { Self::Jinja }
        } else {
            Self::Terraform
        }
    }

    /// The start and end of each kind of tag, longest first.
    fn tags(self) -> &'static [Tag] {
        match self {
            Self::Jinja => &[
                Tag("{#", "#}", TagKind::Comment),
                Tag("{%", "%}", TagKind::Statement),
                Tag("{{", "}}", TagKind::Expression),
            ],
            Self::Go => &[Tag("{{", "}}", TagKind::Either)],
            Self::Terraform => &[Tag("${", "}", TagKind::Expression), Tag("%{", "}", TagKind::Statement)],
            Self::Erb => &[
                Tag("<%#", "%>", TagKind::Comment),
                Tag("<%=", "%>", TagKind::Expression),
                Tag("<%", "%>", TagKind::Statement),
            ],
        }
    }
}

struct Tag(&'static str, &'static str, TagKind);

#[derive(Clone, Copy, PartialEq, Eq)]
enum TagKind {
    Expression,
    Statement,
    Comment,
    /// The first word determines the kind.
    Either,
}

/// The kind of a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenKind {
    /// Text that is kept.
    Text,
    /// An expression, which is replaced by a value.
    Expression,
    /// The inclusion of another template.
    Include,
    /// A statement, or a comment.
    Statement,
    /// A comment.
    Comment,
}

/// The branches that contain a token, as pairs of block and branch, outermost first.
pub type Path = Rc<Vec<(usize, usize)>>;

/// A token of a template.
#[derive(Debug)]
pub struct Token {
    /// Its range in the template.
    pub range: Range<usize>,
    /// Its kind.
    pub kind: TokenKind,
    /// The branches that contain it.
    pub path: Path,
}

/// A statement with branches. Statements with the same condition form one block.
#[derive(Clone, Debug)]
pub struct Block {
    condition: String,
    /// How many branches it has, `else` included.
    pub branches: usize,
    /// Whether one of them is always taken.
    pub has_else: bool,
    /// The branches that only nodes of K3s get.
    pub for_k3s: Vec<usize>,
}

/// A template split into tokens.
#[derive(Debug)]
pub struct Tokens {
    /// The tokens in their order, without gaps.
    pub tokens: Vec<Token>,
    /// Its branching statements.
    pub blocks: Vec<Block>,
}

/// Splits a template into tokens.
///
/// # Errors
/// Why its structure is not understood; to be shown to the user.
pub fn tokenize(text: &str, dialect: Dialect) -> Result<Tokens, &'static str> {
    let mut state = State::default();
    let mut at = 0;
    let mut kept = 0;
    while at < text.len() {
        let rest = &text[at..];
        if let Some(len) = escape(rest, dialect) {
            at += len;
            continue;
        }
        if let Some(len) = name_token(rest) {
            state.text(kept..at);
            state.push(at..at + len, TokenKind::Expression);
            at += len;
            kept = at;
            continue;
        }
        let Some(Tag(open, close, kind)) = dialect.tags().iter().find(|Tag(open, ..)| rest.starts_with(open))
        else {
            at += rest.chars().next().map_or(1, char::len_utf8);
            continue;
        };
        let inner = &rest[open.len()..];
        let len = end(inner, close, *kind, dialect).ok_or("unclosed tag")?;
        state.text(kept..at);
        let range = at..at + open.len() + len + close.len();
        let words = bare(&inner[..len]);
        at = range.end;
        kept = at;
        match kind {
            TagKind::Comment => state.push(range, TokenKind::Comment),
            TagKind::Expression => state.push(range, TokenKind::Expression),
            TagKind::Either if words.starts_with("/*") => state.push(range, TokenKind::Comment),
            TagKind::Either if !is_go_statement(words) => state.push(range, TokenKind::Expression),
            _ if words == "raw" || words.starts_with("raw ") => {
                state.push(range, TokenKind::Statement);
                let length = text[at..].find("endraw").ok_or("unclosed tag")?;
                let raw_end = text[at..at + length].rfind("{%").ok_or("unclosed tag")?;
                state.text(at..at + raw_end);
                let close = text[at + length..].find("%}").ok_or("unclosed tag")?;
                state.push(at + raw_end..at + length + close + 2, TokenKind::Statement);
                at += length + close + 2;
                kept = at;
            }
            _ => state.statement(range, words, dialect)?,
        }
    }
    state.text(kept..text.len());
    if !state.open.is_empty() {
        return Err("unclosed block");
    }
    Ok(Tokens { tokens: state.tokens, blocks: state.blocks })
}

/// The words of a statement, given its whole tag.
pub fn statement_words(tag: &str) -> &str {
    bare(tag.trim_matches(|c: char| matches!(c, '{' | '}' | '%' | '<' | '>')))
}

/// A tag's content without the marks that remove blanks around it.
fn bare(content: &str) -> &str {
    content.trim_matches(|c: char| matches!(c, '-' | '~' | '+') || c.is_whitespace())
}

/// The length of an escape that looks like a tag.
fn escape(rest: &str, dialect: Dialect) -> Option<usize> {
    let escapes: &[&str] = match dialect {
        Dialect::Terraform => &["$${", "%%{"],
        Dialect::Jinja | Dialect::Go => &["${{"],
        Dialect::Erb => &["<%%"],
    };
    escapes.iter().find(|escape| rest.starts_with(**escape)).map(|escape| escape.len())
}

/// `%%NAME%%`, `%NAME%` and `@@NAME@@`: placeholders of ad hoc templates, recognized in every dialect.
fn name_token(rest: &str) -> Option<usize> {
    let Some(mark) = ["%%", "@@"].into_iter().find(|mark| rest.starts_with(mark)) else {
        return constant_token(rest);
    };
    let inner = &rest[2..];
    let end = inner.find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.')))?;
    (end > 0 && inner[end..].starts_with(mark)).then_some(end + 4)
}

/// Where a tag ends; quoted text and nested braces are skipped.
fn end(inner: &str, close: &str, kind: TagKind, dialect: Dialect) -> Option<usize> {
    if kind == TagKind::Comment || inner.trim_start_matches('-').trim_start().starts_with("/*") {
        return inner.find(close);
    }
    let bytes = inner.as_bytes();
    let mut quote = None;
    let mut depth = 0;
    let mut at = 0;
    while at < bytes.len() {
        let byte = bytes[at];
        match quote {
            Some(b'`') if byte != b'`' => {}
            Some(_) if byte == b'\\' => at += 1,
            Some(open) if byte == open => quote = None,
            Some(_) => {}
            None if depth == 0 && inner.is_char_boundary(at) && inner[at..].starts_with(close) => {
                return Some(at);
            }
            None => match byte {
                b'"' => quote = Some(byte),
                b'\'' if dialect != Dialect::Go && dialect != Dialect::Terraform => quote = Some(byte),
                b'`' if dialect == Dialect::Go => quote = Some(byte),
                b'{' => depth += 1,
                b'}' => depth = (depth - 1).max(0),
                _ => {}
            },
        }
        at += 1;
    }
    None
}

fn is_go_statement(words: &str) -> bool {
    let first = words.split(|c: char| c.is_whitespace() || c == '(').next().unwrap_or_default();
    matches!(
        first,
        "if" | "else" | "end" | "range" | "with" | "define" | "block" | "template" | "break" | "continue"
    ) || (first.starts_with('$') && words.contains('='))
}

#[derive(Default)]
struct State {
    tokens: Vec<Token>,
    blocks: Vec<Block>,
    /// Open blocks, each with its current branch.
    open: Vec<(usize, usize)>,
    path: Path,
}

impl State {
    fn text(&mut self, range: Range<usize>) {
        if !range.is_empty() {
            self.push(range, TokenKind::Text);
        }
    }

    fn push(&mut self, range: Range<usize>, kind: TokenKind) {
        let path = Rc::clone(&self.path);
        self.tokens.push(Token { range, kind, path });
    }

    fn statement(&mut self, range: Range<usize>, words: &str, dialect: Dialect) -> Result<(), &'static str> {
        let first =
            words.split(|c: char| c.is_whitespace() || matches!(c, '(' | ';')).next().unwrap_or_default();
        let ruby_loop = dialect == Dialect::Erb
            && words
                .rsplit_once(" do")
                .is_some_and(|(_, rest)| rest.is_empty() || rest.trim_start().starts_with('|'));
        match first {
            "if" | "unless" | "for" | "range" | "with" => self.enter(words)?,
            _ if ruby_loop => self.enter(words)?,
            "elif" | "elsif" | "else" => self.next(words)?,
            "endif" | "endfor" | "end" | "endwith" => {
                self.open.pop().ok_or("unexpected end of a block")?;
            }
            "include" | "import" | "from" | "extends" | "template" => {
                self.push(range, TokenKind::Include);
                return Ok(());
            }
            "macro" | "define" | "block" | "call" | "filter" | "endset" | "while" | "case" => {
                return Err("generates text with a macro or definition");
            }
            "set" | "do" | "break" | "continue" => {}
            _ if first.starts_with('$') || dialect == Dialect::Erb => {}
            _ => return Err("unknown statement"),
        }
        // A statement belongs to the branch around its block.
        self.push(range, TokenKind::Statement);
        self.path = Rc::new(self.open.clone());
        Ok(())
    }

    fn enter(&mut self, words: &str) -> Result<(), &'static str> {
        if self.blocks.len() >= MAX_BLOCKS || self.open.len() >= MAX_BLOCKS {
            return Err("too many branches");
        }
        let condition = words.split_whitespace().collect::<Vec<_>>().join(" ");
        let known = self.blocks.iter().position(|block| block.condition == condition);
        // A block that is still open is not reused, because it must not contain itself.
        let known = known.filter(|known| self.open.iter().all(|(block, _)| block != known));
        let block = known.unwrap_or_else(|| {
            let for_k3s = if is_for(&condition, "k3s") { vec![0] } else { Vec::new() };
            self.blocks.push(Block { condition, branches: 1, has_else: false, for_k3s });
            self.blocks.len() - 1
        });
        self.open.push((block, 0));
        Ok(())
    }

    fn next(&mut self, words: &str) -> Result<(), &'static str> {
        let (block, branch) = self.open.last_mut().ok_or("unexpected else")?;
        *branch += 1;
        let block = &mut self.blocks[*block];
        let is_else = words.trim() == "else";
        if is_for(words, "k3s") || is_else && *branch == 1 && is_for(&block.condition, "rke2") {
            block.for_k3s.push(*branch);
        }
        block.branches = block.branches.max(*branch + 1);
        block.has_else |= is_else;
        Ok(())
    }
}

/// Whether a condition holds for one distribution alone: `distribution == 'k3s'`.
fn is_for(condition: &str, distribution: &str) -> bool {
    let is_equality = ["==", "eq "].iter().any(|word| condition.contains(word));
    let names = ['\'', '"'].iter().any(|quote| condition.contains(&format!("{quote}{distribution}{quote}")));
    let others = ["!=", "not ", "or ", "||", "unless ", "for "];
    is_equality && names && !others.iter().any(|word| condition.contains(word))
}
