//! Properties of outputs: text from a linted file must not affect a terminal, a reader or a CI system, and
//! machine-readable formats must be parseable.

use std::io::{self, Write};
use std::sync::LazyLock;

use regex::Regex;
use rke2_lint::finding::{Order, Report};
use rke2_lint::output::{
    Format, RenderOptions, render, write_listing, write_problems, write_statistics, write_summary,
};
use serde::de::IgnoredAny;

const PLAIN: RenderOptions =
    RenderOptions { color: false, hyperlinks: false, width: 80, unicode: true, order: Order::Path };
const NARROW: RenderOptions =
    RenderOptions { color: false, hyperlinks: false, width: 20, unicode: false, order: Order::Path };
const COLOR: RenderOptions =
    RenderOptions { color: true, hyperlinks: true, width: 100, unicode: true, order: Order::Path };

/// The only escape sequences that we write: colours and links.
static OURS: LazyLock<Regex> =
    LazyLock::new(|| Regex::new("\u{1b}\\[[0-9;]*m|\u{1b}\\]8;;[ -~]*\u{1b}\\\\").expect("a pattern"));

/// Every output of a report must be harmless, and well-formed if its format has a grammar.
pub fn assert_harmless(report: &Report) {
    for format in Format::all() {
        let text = written(|out| render(format, report, &PLAIN, out));
        let lines = text.lines().map(|line| match format {
            Format::Azure => line.strip_prefix("##vso[task.logissue type=").expect("a command of ours"),
            _ => line,
        });
        assert_no_command(&lines.collect::<Vec<_>>().join("\n"), format == Format::Github);
        assert_form(format, &text);
    }
    for options in [PLAIN, NARROW] {
        for write in [write_summary, write_listing, write_statistics, write_problems] {
            assert_no_command(&written(|out| write(report, &options, out)), false);
        }
    }
    assert_no_command(&written(|out| render(Format::Human, report, &NARROW, out)), false);
    let colored = written(|out| render(Format::Human, report, &COLOR, out));
    assert_no_command(&OURS.replace_all(&colored, ""), false);
}

fn written(write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> String {
    let mut out = Vec::new();
    write(&mut out).expect("a buffer takes everything");
    String::from_utf8(out).expect("output is UTF-8")
}

fn assert_no_command(text: &str, github: bool) {
    assert_eq!(text.chars().find(|&c| c != '\n' && is_hidden(c)), None, "{}", text.escape_debug());
    for line in text.lines() {
        let command = line.trim_start().starts_with("::");
        if github {
            let ours = ["::error ", "::warning ", "::notice ", "::group::rke2-lint: ", "::endgroup::"];
            let ours = ours.iter().any(|start| line.starts_with(start));
            assert!(ours, "{line}");
        } else {
            let inside = ["##[", "##vso[", "##teamcity["].iter().any(|mark| line.contains(mark));
            assert!(!command && !inside, "{line}");
        }
    }
}

/// Control characters, characters that change the text direction or are invisible, and characters that XML cannot
/// represent.
fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{ad}' | '\u{61c}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2066}'..='\u{2069}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}' | '\u{e0000}'..='\u{e007f}')
}

fn assert_form(format: Format, text: &str) {
    match format {
        Format::Json | Format::Sarif | Format::Gitlab | Format::Rdjson => {
            assert!(serde_json::from_str::<IgnoredAny>(text).is_ok(), "{format}: {text}");
        }
        Format::Jsonl => {
            assert!(text.lines().all(|line| serde_json::from_str::<IgnoredAny>(line).is_ok()), "{text}");
        }
        Format::Junit | Format::Checkstyle => assert_xml(text),
        Format::Human
        | Format::Concise
        | Format::Github
        | Format::Azure
        | Format::Markdown
        | Format::Html => {}
    }
}

fn assert_xml(text: &str) {
    let mut reader = quick_xml::Reader::from_str(text);
    loop {
        match reader.read_event().expect("XML") {
            quick_xml::events::Event::Eof => return,
            quick_xml::events::Event::Start(element) | quick_xml::events::Event::Empty(element) => {
                for attribute in element.attributes() {
                    let attribute = attribute.expect("an attribute");
                    attribute.normalized_value(quick_xml::XmlVersion::Implicit1_0).expect("its value");
                }
            }
            _ => {}
        }
    }
}
