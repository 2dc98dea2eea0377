//! Words that are looked for in texts, all of them in one pass over the bytes. This module must not know what they mean.

use std::sync::OnceLock;

use aho_corasick::AhoCorasick;
use aho_corasick::packed::Searcher as Packed;

/// A fixed list of words, prepared when it is asked for the first time.
#[derive(Debug)]
pub struct Words {
    words: fn() -> Vec<&'static str>,
    searcher: OnceLock<Searcher>,
}

#[derive(Debug)]
enum Searcher {
    /// Looks at many bytes at once, where the processor can.
    Packed(Packed),
    Automaton(Option<AhoCorasick>),
}

impl Words {
    /// The words that a function lists; none may be empty.
    pub const fn new(words: fn() -> Vec<&'static str>) -> Self {
        Self { words, searcher: OnceLock::new() }
    }

    /// Whether one of the words is somewhere in a text.
    pub fn is_in(&self, text: &[u8]) -> bool {
        let searcher = self.searcher.get_or_init(|| {
            let words = (self.words)();
            Packed::new(&words)
                .map_or_else(|| Searcher::Automaton(AhoCorasick::new(&words).ok()), Searcher::Packed)
        });
        match searcher {
            Searcher::Packed(packed) => packed.find(text).is_some(),
            Searcher::Automaton(automaton) => {
                automaton.as_ref().is_some_and(|automaton| automaton.is_match(text))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
