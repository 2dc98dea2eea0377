//! Types, deletes and sends requests in fixtures: the server never stops, and never answers with a place outside the
//! text.

use std::fs;

use lsp_types::{Diagnostic, Position, Range};
use serde_json::{Value, json};

use crate::common::{files_below, root};
use crate::editor::Editor;

/// Texts that users and editors insert.
const TYPED: [&str; 14] =
    ["a", " ", "\n", "  ", ":", "- ", "\"", "{", "|-\n", "#", "😀", "ä", "hub", "---\n"];

/// A pseudo-random generator that is the same in each run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % bound.max(1)
    }
}

/// A random character boundary, including the end.
fn boundary(text: &str, dice: &mut Dice) -> usize {
    let mut at = dice.below(text.len() + 1);
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

fn position(text: &str, at: usize) -> Position {
    let line = text[..at].matches('\n').count();
    let character = text[..at].rsplit('\n').next().unwrap().encode_utf16().count();
    Position::new(line as u32, character as u32)
}

/// Asserts that every range in an answer is within the text.
fn holds(text: &str, answer: &Value, uri: &str) {
    match answer {
        Value::Object(fields) => {
            // A related place may be in another file.
            if fields.get("uri").is_some_and(|other| other != uri) {
                return;
            }
            for (name, value) in fields {
                if matches!(name.as_str(), "range" | "selectionRange") {
                    let range: Range = serde_json::from_value(value.clone()).unwrap();
                    let lies = |position: Position| {
                        let line = text.split('\n').nth(position.line as usize);
                        line.is_some_and(|line| position.character as usize <= line.encode_utf16().count())
                    };
                    assert!(
                        range.start <= range.end && lies(range.start) && lies(range.end),
                        "{range:?}\n{text}"
                    );
                }
                holds(text, value, uri);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| holds(text, item, uri)),
        _ => {}
    }
}

#[test]
fn no_keystroke_stops_the_server_or_makes_it_point_outside_of_the_text() {
    let rounds =
        std::env::var("RKE2_LINT_KEYSTROKES").ok().and_then(|count| count.parse().ok()).unwrap_or(300);
    let mut files = files_below(&root().join("testdata/inputs"));
    files.extend(files_below(&root().join("testdata/projects")));
    files.sort();
    let mut dice = Dice(42);
    let mut editor = Editor::open(&[]);
    let mut edits = 0;
    while edits < rounds {
        let file = &files[dice.below(files.len())];
        let Ok(original) = fs::read_to_string(file) else { continue };
        if original.len() > 20_000 {
            continue;
        }
        let name = format!("{}/{}", edits, file.file_name().unwrap().to_string_lossy());
        let uri = editor.uri(&name).as_str().to_owned();
        let mut text = original;
        editor.set(&name, &text);
        for _ in 0..15 {
            edits += 1;
            let at = boundary(&text, &mut dice);
            if dice.below(3) == 0 {
                let end = at + boundary(&text[at..], &mut dice).min(40);
                let end = (end..=text.len()).find(|end| text.is_char_boundary(*end)).unwrap();
                text.replace_range(at..end, "");
            } else {
                text.insert_str(at, TYPED[dice.below(TYPED.len())]);
            }
            editor.set(&name, &text);
            let document = json!({ "uri": uri });
            let place = position(&text, boundary(&text, &mut dice));
            let asked = json!({ "textDocument": document, "position": place });
            for method in ["textDocument/completion", "textDocument/hover"] {
                holds(&text, &editor.ask(method, asked.clone()), &uri);
            }
            for method in ["textDocument/documentSymbol", "textDocument/documentLink"] {
                holds(&text, &editor.ask(method, json!({ "textDocument": document })), &uri);
            }
            let range = json!({ "start": place, "end": place });
            let asked = json!({ "textDocument": document, "range": range, "context": { "diagnostics": [] } });
            holds(&text, &editor.ask("textDocument/codeAction", asked), &uri);
        }
        let found: Vec<Diagnostic> = editor.checked(&name);
        holds(&text, &serde_json::to_value(found).unwrap(), &uri);
        editor.tell("textDocument/didClose", json!({ "textDocument": { "uri": uri } }));
    }
}
