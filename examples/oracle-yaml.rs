//! Compares the linter's reading of YAML with Go's; run by `scripts/oracle-yaml.sh`.
//!
//! `generate COUNT SEED` writes texts for `tests/oracle/main.go`; `compare TEXTS VERDICTS` prints the differences, and
//! fails if there are more than docs/yaml.md allows. `fixed FILE…` writes the texts of files, or of the lines of a
//! `.jsonl` file, instead; `record TEXTS VERDICTS` writes texts with their verdicts as such lines.
#![allow(clippy::print_stdout, reason = "a program of its own")]

#[path = "../tests/oracle/reading.rs"]
mod reading;

use std::collections::BTreeMap;
use std::io::{self, Read as _};
use std::path::Path;
use std::process::ExitCode;

use reading::{Reading, config, manifest, registries, same, values};
use serde_json::Value as Json;

/// Texts to be mutated.
const BASES: &[&str] = &[
    "cni: cilium\ntoken: abc\ntls-san:\n  - a.example.com\n  - 10.0.0.5\nnode-label:\n- \"role=server\"\ndebug: true\n",
    "# agents\nserver: https://10.0.0.1:9345\ntoken: 'K10::server:x'\nkubelet-arg: [max-pods=200, v=2]\nselinux: no\n",
    "x-names: &names\n  - a\n  - b\ntls-san: *names\ny: {a: b, c: [d]}\nprofile: >-\n  cis\nmode: 0644\n",
    "base: &base\n  k: v\nchart:\n  <<: *base\n  port: 80\n  script: |\n    #!/bin/sh\n    echo \"a: b\"\n  note: |-\n    x\n",
    "---\ncontroller:\n  kind: DaemonSet\n  config:\n    size: \"8k\"\n  args: [\"--x=1\", '--y']\n  tolerations:\n  - {key: a, effect: NoSchedule}\n",
    "{\"cni\": \"canal\", \"tls-san\": [\"a\", \"b\"], \"debug\": true}\n",
    "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: a\n---\n# second\napiVersion: v1\nkind: ConfigMap\ndata:\n  run.sh: |\n    echo a\n\n    echo b\n---\n",
    "{\"kind\": \"List\", \"items\": [{\"a\": \"b\\/c\"}, 1.5, null]}\n---\nkind: Namespace\nname: \"\\u00e9\"\n",
    REGISTRIES,
];
/// A registries.yaml, which has its own reader.
const REGISTRIES: &str = "mirrors:\n  docker.io:\n    endpoint:\n    - https://a:5000\n    rewrite: {\"^a/(.*)\": \"b/$1\"}\n  \"*\":\n    endpoint: [\"https://b\"]\nconfigs:\n  a:5000:\n    auth:\n      username: u\n      password: 0123\n    tls:\n      ca_file: /a\n      insecure_skip_verify: false\nauths:\n  c: {auth: abc}\n";
/// Pieces that are inserted anywhere in a text.
const PIECES: &[&str] = &[
    " ",
    "  ",
    "\t",
    "\n",
    "\n\n",
    "\r\n",
    "\r",
    ":",
    ": ",
    "- ",
    "? ",
    "?",
    "#",
    " # c",
    "#c",
    "&a ",
    "*a",
    "!!str ",
    "!x ",
    "|",
    ">",
    "'",
    "\"",
    "\\",
    "\\'",
    "\\/",
    "%",
    "@",
    "`",
    "{",
    "}",
    "[",
    "]",
    ",",
    "<<: ",
    "...\n",
    "---\n",
    "--- ",
    "%YAML 1.2\n",
    "%YAML 1.1\n",
    "\u{feff}",
    "\u{a0}",
    "\u{3000}",
    "\u{85}",
    "\u{2028}",
    "\u{7}",
    "é",
    "😀",
    "~",
    "1e6",
    "\u{200b}",
];
/// Values, some of which are also used as keys, with unusual resolution rules.
const ODD: &[&str] = &[
    "",
    "~",
    "yes",
    "0o17",
    "0644",
    "1_000",
    "1e3",
    ".inf",
    ".nan",
    "+.5",
    "0x1F",
    "-0b11",
    "2001-01-01",
    "a b",
    "a: b",
    "- a",
    "[]",
    "{}",
    "[a:]",
    "[a:b]",
    "[:a]",
    "[::1]",
    "[?x]",
    "[a?b]",
    "[-]",
    "{a}",
    "{a:}",
    "{a: }",
    "[a,]",
    "[,a]",
    "[[a], {b: c}]",
    "[https://a/?b=c]",
    "['a', \"b\"]#c",
    "[#c\n a]",
    "\"a\\\n  b\"",
    "\"\\u00e9\\x41\"",
    "\"\\ud83d\"",
    "\"a\\/b\"",
    "\"don\\'t\"",
    "'it''s'",
    "\"a\"#c",
    "\"a\" b",
    "'a",
    "|\n    x\n",
    "|2\n    x\n",
    "|-\n    \tx\n",
    "|\n\n    x\n",
    ">+\n    x\n\n",
    "| # c\n    x\n",
    "|0\n    x\n",
    "!!int 5",
    "!!int five",
    "!!float 1",
    "!!null x",
    "!!binary aGk=",
    "!!binary \"a b\"",
    "!!bool yes",
    "!foo x",
    "! 12",
    "!!str",
    "&a 1",
    "&a",
    "*a",
    "*nope",
    "{<<: *a}",
    "<<",
    "{<<: {a: b}}",
    "{<<: [{a: b}, c]}",
    "a\n  b",
    "a\n\tb",
    "x\ty",
    "x\t# c",
    "[\n\ta,\n\tb\n\t]",
    "{\n  a: b\n}",
    "[a\n  ]",
    "@a",
    "`a`",
    "%a",
    "18446744073709551615",
    "123456789.5",
];
/// Pieces that are inserted as separate lines.
const LINES: &[&str] = &[
    "",
    "\t",
    "  \t",
    "  \t# c",
    "\t# c",
    "# c",
    "    # c",
    "---",
    "--- # c",
    "--- foo",
    "---foo",
    "--------",
    " ---",
    "...",
    "... x",
    "<<: *a",
    "<<:",
    "[a]: b",
    "? a",
    "? a\n: b",
    ": x",
    "&k a: 1",
    "!!str b: 2",
    "\"a \": 1",
    "'\u{a0}a': 1",
    "\u{a0}a: 1",
    "%YAML 1.2",
    "{a: b}",
    "a",
    "- a",
    "1e6: x",
    "~: x",
    "yes: x",
    "a: 1\na: 2",
];

/// Pseudo-random numbers (xorshift), the same for the same seed on every machine.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % bound.max(1) as u64) as usize
    }

    fn of<'a>(&mut self, texts: &[&'a str]) -> &'a str {
        texts[self.below(texts.len())]
    }
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["generate", count, seed] => {
            generate(count.parse().expect("a count"), seed.parse().expect("a seed"));
            ExitCode::SUCCESS
        }
        ["fixed", files @ ..] => {
            fixed(files);
            ExitCode::SUCCESS
        }
        ["compare", texts, verdicts] => compare(texts, verdicts),
        ["record", texts, verdicts] => {
            record(texts, verdicts);
            ExitCode::SUCCESS
        }
        _ => {
            println!("usage: oracle-yaml generate COUNT SEED | fixed FILE… | compare|record TEXTS VERDICTS");
            ExitCode::from(2)
        }
    }
}

fn generate(count: usize, seed: u64) {
    let mut random = Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
    let mut out = io::BufWriter::new(io::stdout().lock());
    for _ in 0..count {
        let mut text = random.of(BASES).to_owned();
        for _ in 0..=random.below(3) {
            text = mutated(&text, &mut random);
        }
        write_text(&mut out, &text);
    }
}

fn write_text(out: &mut impl io::Write, text: &str) {
    let len = u32::try_from(text.len()).expect("short texts");
    out.write_all(&len.to_le_bytes()).and_then(|()| out.write_all(text.as_bytes())).expect("a reader");
}

fn fixed(files: &[&str]) {
    let mut out = io::BufWriter::new(io::stdout().lock());
    for file in files {
        let text = std::fs::read_to_string(file).expect("a file of text");
        if Path::new(file).extension().is_none_or(|extension| extension != "jsonl") {
            write_text(&mut out, &text);
            continue;
        }
        for line in text.lines() {
            let line: Json = serde_json::from_str(line).expect("JSON lines");
            write_text(&mut out, line["text"].as_str().expect("a text"));
        }
    }
}

fn mutated(text: &str, random: &mut Random) -> String {
    let mut lines: Vec<String> = text.split('\n').map(str::to_owned).collect();
    let line = random.below(lines.len());
    match random.below(8) {
        0 | 1 => {
            let places: Vec<usize> = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
            let at = places[random.below(places.len())];
            return format!("{}{}{}", &text[..at], random.of(PIECES), &text[at..]);
        }
        2 => {
            let gone = random.below(text.chars().count());
            return text.chars().enumerate().filter(|(index, _)| *index != gone).map(|(_, c)| c).collect();
        }
        3 => lines[line].insert_str(0, &" ".repeat(1 + random.below(4))),
        4 => lines[line] = lines[line].trim_start().into(),
        5 => lines.insert(line, random.of(LINES).to_owned()),
        6 if random.below(20) == 0 => return text.replace('\n', random.of(&["\r\n", "\r"])),
        _ => {
            let entry = lines[line].split_once(": ").map(|(key, _)| format!("{key}: "));
            let head = entry
                .unwrap_or_else(|| lines[line].split_inclusive('-').next().unwrap_or("").to_owned() + " ");
            lines[line] = format!("{head}{}", random.of(ODD));
        }
    }
    lines.join("\n")
}

/// The results of one reader.
struct Count {
    accepted: usize,
    refused: usize,
    /// Go accepts the text, the linter does not.
    false_alarms: usize,
    /// Go rejects the text, the linter does not.
    missed: usize,
    /// Both accept the text, with different results.
    other: usize,
    /// A short text for each kind of difference.
    examples: BTreeMap<String, String>,
}

impl Count {
    const fn new() -> Self {
        Self { accepted: 0, refused: 0, false_alarms: 0, missed: 0, other: 0, examples: BTreeMap::new() }
    }

    fn add(&mut self, text: &str, go: &Json, ours: &Reading) {
        let error = go.get("error").and_then(Json::as_str);
        let kind = match (error, ours) {
            (Some(error), Ok(_)) => {
                self.missed += 1;
                format!("missed: {}", error.lines().next_back().unwrap_or(error))
            }
            (None, Err(message)) => {
                self.false_alarms += 1;
                format!("false alarm: {message}")
            }
            // A list at the top level: Go reads it as keys without names.
            (None, Ok(Json::Null)) if go["value"].is_array() || go.get("value").is_none() => String::new(),
            (None, Ok(value)) if !same(&go["value"], value) => {
                self.other += 1;
                format!("other value: {} and not {value}", go["value"])
            }
            _ => String::new(),
        };
        if error.is_some() {
            self.refused += 1;
        } else {
            self.accepted += 1;
        }
        if !kind.is_empty() {
            let kind = kind.replace(|c: char| c.is_ascii_digit(), "0").chars().take(100).collect();
            let example = self.examples.entry(kind).or_insert_with(|| text.to_owned());
            if text.len() < example.len() {
                text.clone_into(example);
            }
        }
    }

    fn is_allowed(&self) -> bool {
        self.false_alarms == 0 && self.other == 0 && self.missed * 100 <= self.refused
    }

    fn print(&self, reader: &str) {
        println!(
            "{reader}: Go accepts {}, refuses {}; false alarms {}, missed {}, other values {}",
            self.accepted, self.refused, self.false_alarms, self.missed, self.other
        );
        for (kind, text) in &self.examples {
            println!("  {kind}\n    {text:?}");
        }
    }
}

type Reader = fn(&str) -> Reading;

/// The readers, each with the name of its verdict from Go.
const READERS: [(&str, Reader); 4] =
    [("config", config), ("values", values), ("manifest", manifest), ("registries", registries)];

/// All texts with their verdicts.
fn verdicts(texts: &str, verdicts: &str) -> Vec<(String, Json)> {
    let bytes = std::fs::read(texts).expect("texts");
    let verdicts = std::fs::read_to_string(verdicts).expect("verdicts");
    let mut rest = bytes.as_slice();
    let pair = |line: &str| {
        let mut len = [0; 4];
        rest.read_exact(&mut len).expect("a text for each verdict");
        let (text, after) = rest.split_at(u32::from_le_bytes(len) as usize);
        rest = after;
        (String::from_utf8(text.to_vec()).expect("UTF-8"), serde_json::from_str(line).expect("JSON lines"))
    };
    verdicts.lines().map(pair).collect()
}

fn record(texts: &str, answers: &str) {
    let mut texts = verdicts(texts, answers);
    texts.sort_by(|(one, _), (two, _)| one.cmp(two));
    texts.dedup();
    for (text, mut verdict) in texts {
        verdict["text"] = text.into();
        println!("{verdict}");
    }
}

fn compare(texts: &str, answers: &str) -> ExitCode {
    let mut counts = [const { Count::new() }; READERS.len()];
    for (text, go) in verdicts(texts, answers) {
        for ((name, read), count) in READERS.iter().zip(&mut counts) {
            // Whether other texts are recognized as input for this reader is not compared here.
            if *name != "registries" || text.contains("mirrors:\n  docker.io:") {
                count.add(&text, &go[name], &read(&text));
            }
        }
    }
    READERS.iter().zip(&counts).for_each(|((name, _), count)| count.print(name));
    if counts.iter().all(Count::is_allowed) { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
