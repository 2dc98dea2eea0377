//! Searches texts for a word, or for several in one pass over the bytes. Must not know the meaning of the words.

use std::sync::OnceLock;

use aho_corasick::AhoCorasick;
use aho_corasick::packed::Searcher as Packed;
use memchr::memmem::Finder;

/// A fixed word. Its search is prepared once, because that takes as long as searching a small file.
#[derive(Debug)]
pub struct Word {
    word: &'static str,
    finder: OnceLock<Finder<'static>>,
}

impl Word {
    /// Creates a search for a word.
    pub const fn new(word: &'static str) -> Self {
        Self { word, finder: OnceLock::new() }
    }

    /// Its length in bytes.
    #[expect(clippy::len_without_is_empty, reason = "no word is empty")]
    pub const fn len(&self) -> usize {
        self.word.len()
    }

    /// Whether a text contains it.
    pub fn is_in(&self, text: &[u8]) -> bool {
        self.finder().find(text).is_some()
    }

    /// The offsets of its occurrences in a text, in order.
    pub fn places<'t>(&'t self, text: &'t [u8]) -> impl Iterator<Item = usize> + 't {
        self.finder().find_iter(text)
    }

    fn finder(&self) -> &Finder<'static> {
        self.finder.get_or_init(|| Finder::new(self.word))
    }
}

/// A fixed list of words, prepared on first use.
#[derive(Debug)]
pub struct Words {
    words: fn() -> Vec<&'static str>,
    searcher: OnceLock<Searcher>,
}

impl Words {
    /// A searcher for the words that a function returns; none of them may be empty.
    pub const fn new(words: fn() -> Vec<&'static str>) -> Self {
        Self { words, searcher: OnceLock::new() }
    }

    /// Whether one of the words occurs in a text.
    pub fn is_in(&self, text: &[u8]) -> bool {
        self.searcher.get_or_init(|| Searcher::new(&(self.words)())).finds(text)
    }
}

/// A prepared list of words.
#[derive(Debug)]
pub enum Searcher {
    /// Compares many bytes at once, if the processor supports it.
    Packed(Packed),
    /// An automaton with one state per byte; `None` if there are too many words.
    Automaton(Option<AhoCorasick>),
}

impl Searcher {
    /// Prepares a search for words, none of which may be empty.
    pub fn new(words: &[&str]) -> Self {
        Packed::new(words).map_or_else(|| Self::Automaton(AhoCorasick::new(words).ok()), Self::Packed)
    }

    /// Whether one of the words occurs in a text.
    pub fn finds(&self, text: &[u8]) -> bool {
        match self {
            Self::Packed(packed) => packed.find(text).is_some(),
            Self::Automaton(automaton) => {
                automaton.as_ref().is_some_and(|automaton| automaton.is_match(text))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_each_place() {
        static WORD: Word = Word::new("---");
        assert_eq!(WORD.places(b"---\na---").collect::<Vec<_>>(), [0, 5]);
        assert!(WORD.is_in(b"a ---") && !WORD.is_in(b"a --"));
    }

    #[test]
    fn finds_each_word() {
        static WORDS: Words = Words::new(|| vec!["one", "oneself", "two"]);
        for (text, expected) in
            [("at one", true), ("two", true), ("self", false), ("", false), ("tw\no", false)]
        {
            assert_eq!(WORDS.is_in(text.as_bytes()), expected, "{text}");
        }
    }
}
