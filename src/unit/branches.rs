//! The branches of a shell script: `if … else … fi` and `case … esac`. Must not know what their commands do.

use std::ops::Range;
use std::rc::Rc;

use super::lines::{command_lines, line_after};

/// The branches around a place, as pairs of block and branch, outermost first.
pub type Path = Rc<Vec<(usize, usize)>>;

/// Maximum number of blocks that are open at once.
const MAX_OPEN: usize = 64;

/// The branches of a script.
pub struct Branches {
    /// Where the branches around the text change, in order.
    marks: Vec<(usize, Path)>,
}

impl Branches {
    /// Reads a script. `bodies` are its here-documents, which are not commands.
    pub fn of(text: &str, bodies: &[Range<usize>]) -> Self {
        let mut reader = Reader::default();
        for place in command_lines(text, bodies) {
            reader.line(&text[place.clone()], place.start);
        }
        Self { marks: reader.marks }
    }

    /// The branches around an offset.
    pub fn around(&self, at: usize) -> Path {
        let next = self.marks.partition_point(|(start, _)| *start <= at);
        next.checked_sub(1).map_or_else(Path::default, |index| Rc::clone(&self.marks[index].1))
    }
}

/// Whether only one of two places is reached: they are in different branches of a block.
pub fn are_alternatives(one: &Path, other: &Path) -> bool {
    let differs = one.iter().zip(other.iter()).find(|(one, other)| one != other);
    differs.is_some_and(|((block, _), (other, _))| block == other)
}

#[derive(Default)]
struct Reader {
    marks: Vec<(usize, Path)>,
    /// The open blocks, each with its current branch, and whether it is a `case`.
    open: Vec<(usize, usize, bool)>,
    blocks: usize,
}

impl Reader {
    fn line(&mut self, line: &str, start: usize) {
        let mut at = 0;
        for part in line.split_inclusive(';') {
            self.command(part, start + at);
            at += part.len();
            if line[..at].ends_with(";;") {
                self.next(true, start + at);
            }
        }
    }

    fn command(&mut self, part: &str, start: usize) {
        let mut rest = part;
        loop {
            rest = rest.trim_start_matches([' ', '\t', '{', '!']);
            let at = start + part.len() - rest.len();
            let word = &rest[..rest.find([' ', '\t', '\n', '\r', ';', ')']).unwrap_or(rest.len())];
            match word {
                "then" | "do" => {}
                "if" => self.push(false, at),
                "elif" => return self.next(false, at),
                "else" => self.next(false, at),
                "fi" => return self.pop(false, at),
                "esac" => return self.pop(true, at),
                "case" if line_after(rest, 0).contains(" in") => return self.push(true, at),
                _ => return,
            }
            rest = &rest[word.len()..];
        }
    }

    fn push(&mut self, is_case: bool, at: usize) {
        if self.open.len() < MAX_OPEN {
            self.open.push((self.blocks, 0, is_case));
            self.blocks += 1;
            self.mark(at);
        }
    }

    fn next(&mut self, is_case: bool, at: usize) {
        if let Some((_, branch, _)) = self.open.last_mut().filter(|(.., known)| *known == is_case) {
            *branch += 1;
            self.mark(at);
        }
    }

    fn pop(&mut self, is_case: bool, at: usize) {
        if self.open.pop_if(|(.., known)| *known == is_case).is_some() {
            self.mark(at);
        }
    }

    fn mark(&mut self, at: usize) {
        let path = self.open.iter().map(|(block, branch, _)| (*block, *branch)).collect();
        self.marks.push((at, Rc::new(path)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_one_branch_of_a_block_is_reached() {
        let text = "A\nif [ x ]; then\n  B\nelif y; then C; else\n  D; fi\nE\ncase $x in\n  a) F ;;\n  b)\n    G\n    ;;\nesac\nif z; then H; fi\n# else\n";
        let branches = Branches::of(text, &[]);
        let around = |name: char| branches.around(text.find(name).unwrap());
        let alternatives = |one, other| are_alternatives(&around(one), &around(other));
        for (one, other) in [('B', 'C'), ('B', 'D'), ('C', 'D'), ('F', 'G')] {
            assert!(alternatives(one, other) && alternatives(other, one), "{one} {other}");
        }
        for (one, other) in [('A', 'B'), ('B', 'E'), ('D', 'F'), ('G', 'H'), ('A', 'H'), ('B', 'B')] {
            assert!(!alternatives(one, other), "{one} {other}");
        }
    }
}
