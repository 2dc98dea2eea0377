//! The tables of `testdata/sweeps`: mistakes and correct uses, one per line.
//!
//! ```text
//! release: v1.33 v1.36 -        the releases to try; `-`: none is named
//! with: config: cni=cilium      sections that every following row has; empty: none
//! not: Rancher # the reason     forms in which the following mistakes cannot be known; empty: none
//! rule: cni-cilium/unknown-word the rule that finds the following mistakes; of several, one
//! bad: rke2-cilium: loadBalancer.mode=eBPF
//! good: rke2-cilium: loadBalancer.mode=dsr
//! lost: rke2-cilium: x=y # why this mistake is deliberately not reported
//! ```
//!
//! Sections are separated by ` | `, pairs by `; `. A row marked `bad!:` or `good!:` is only tested as written.

use std::collections::BTreeSet;

/// The expected result of a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expected {
    /// One of these rules fires.
    Found(BTreeSet<String>),
    /// No rule fires above info.
    Clean,
    /// None of these rules fires, because the mistake is deliberately not reported.
    Lost(BTreeSet<String>),
}

/// A row of a table.
#[derive(Clone, Debug)]
pub struct Row {
    /// The line, from 1.
    pub line: usize,
    /// The expected result.
    pub expected: Expected,
    /// Whether it is only tested as written.
    pub verbatim: bool,
    /// The forms in which the mistake cannot be detected.
    pub unknown: BTreeSet<String>,
    /// The releases with which it is tested; an empty string means no release.
    pub releases: Vec<String>,
    /// The sections that all rows of its part have.
    pub context: Vec<Section>,
    /// The sections of the row itself.
    pub sections: Vec<Section>,
}

/// The pairs of one file.
#[derive(Clone, Debug)]
pub struct Section {
    /// `config`, `registries`, the name of a packaged chart, `object`, or `file PATH`.
    pub name: String,
    /// The text after the name, verbatim.
    pub text: String,
}

impl Row {
    /// Its context and its own sections; the flag marks the latter.
    pub fn parts(&self) -> impl Iterator<Item = (&Section, bool)> {
        let context = self.context.iter().map(|part| (part, false));
        context.chain(self.sections.iter().map(|part| (part, true)))
    }

    /// Whether a line of a file belongs to this row rather than to its context: it contains one of the row's keys or
    /// values, or is part of the row's file.
    pub fn is_about(&self, line: &str) -> bool {
        self.sections.iter().any(|section| {
            let has = |text: &str| !text.is_empty() && line.contains(text);
            if section.name.starts_with("file ") {
                return section.text.split("\\n").any(|written| written.trim() == line.trim());
            }
            section.pairs().iter().any(|(keys, value)| {
                has(value.trim_matches(['"', '\'', '[', ']'])) || keys.iter().any(|key| has(key))
            })
        })
    }

    /// The row as written in the table, without its context.
    pub fn text(&self) -> String {
        let sections: Vec<String> =
            self.sections.iter().map(|part| format!("{}: {}", part.name, part.text)).collect();
        sections.join(" | ")
    }
}

impl Section {
    /// Its pairs: the keys that lead to a value, and the value in flow style.
    pub fn pairs(&self) -> Vec<(Vec<String>, String)> {
        self.text
            .split("; ")
            .filter(|pair| !pair.trim().is_empty())
            .map(|pair| {
                let (keys, value) = halves(pair);
                (keys, value.trim().to_owned())
            })
            .collect()
    }
}

/// Splits at the first `=` and the dots before it that are outside quotes.
fn halves(pair: &str) -> (Vec<String>, &str) {
    let (mut keys, mut key, mut quoted) = (Vec::new(), String::new(), false);
    for (at, letter) in pair.char_indices() {
        match letter {
            '"' => quoted = !quoted,
            '.' if !quoted => keys.push(std::mem::take(&mut key)),
            '=' if !quoted => {
                keys.push(key);
                return (keys, &pair[at + 1..]);
            }
            _ => key.push(letter),
        }
    }
    panic!("no `=` in `{pair}`");
}

/// Reads a table.
pub fn rows(text: &str) -> Vec<Row> {
    let mut rows = Vec::new();
    let (mut releases, mut context, mut rules) = (Vec::new(), Vec::new(), BTreeSet::new());
    let mut unknown = BTreeSet::new();
    for (index, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let (word, rest) = line.split_once(':').unwrap_or_else(|| panic!("line {}: {line}", index + 1));
        let rest = rest.trim();
        let (rest, reason) =
            if word.starts_with("lost") { rest.split_once(" # ").unwrap_or((rest, "")) } else { (rest, "-") };
        assert!(!reason.is_empty(), "line {}: a mistake that is not found needs a reason", index + 1);
        let expected = match word.trim_end_matches('!') {
            "release" => {
                releases = rest.split_whitespace().map(|name| name.trim_matches('-').to_owned()).collect();
                continue;
            }
            "with" => {
                context = sections(rest);
                continue;
            }
            "not" => {
                let (forms, reason) = rest.split_once(" # ").unwrap_or((rest, ""));
                assert!(forms.is_empty() || !reason.is_empty(), "line {}: without a reason", index + 1);
                unknown = forms.split_whitespace().map(str::to_owned).collect();
                continue;
            }
            "rule" => {
                rules = rest.split_whitespace().map(str::to_owned).collect();
                continue;
            }
            "bad" => Expected::Found(rules.clone()),
            "good" => Expected::Clean,
            "lost" => Expected::Lost(rules.clone()),
            _ => panic!("line {}: {word}", index + 1),
        };
        rows.push(Row {
            line: index + 1,
            expected,
            verbatim: word.ends_with('!'),
            unknown: unknown.clone(),
            releases: releases.clone(),
            context: context.clone(),
            sections: sections(rest),
        });
    }
    rows
}

fn sections(text: &str) -> Vec<Section> {
    text.split(" | ")
        .filter(|section| !section.trim().is_empty())
        .map(|section| {
            let (name, text) = section.split_once(": ").unwrap_or((section.trim_end_matches(':'), ""));
            Section { name: name.trim().to_owned(), text: text.to_owned() }
        })
        .collect()
}
