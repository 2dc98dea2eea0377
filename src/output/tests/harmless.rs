//! No content of a linted file may affect a terminal, a reader or a CI system.

use std::io::{self, ErrorKind, Write};
use std::sync::Arc;

use super::canonical::{label, report};
use super::{rendered, written};
use crate::finding::{Member, Order, Report};
use crate::output::{
    Format, RenderOptions, render, write_listing, write_problems, write_statistics, write_summary,
};
use crate::source::Span;

const COLOR: RenderOptions =
    RenderOptions { color: true, hyperlinks: true, width: 80, unicode: true, order: Order::Path };

/// All outputs with their names.
fn outputs(report: &Report, options: &RenderOptions) -> Vec<(String, String)> {
    let mut all: Vec<_> =
        Format::all().map(|format| (format.to_string(), rendered(format, report, options))).collect();
    for write in [write_summary, write_listing, write_statistics, write_problems] {
        all.push(("beside".to_owned(), written(write, report, options)));
    }
    all
}

/// The canonical report with `text` in every place that can contain text from a file.
fn infected(text: &str) -> Report {
    let mut report = report();
    let file = super::canonical::add(&mut report, text, text);
    for finding in &mut report.findings {
        finding.message = format!("a {text}");
        finding.help = Some(format!("{text}\n{text}"));
        finding.primary = label(Span::new(file, 0, text.len()), text);
        finding.related.push(label(Span::file_start(file), text));
        if let Some(fix) = &mut finding.fix {
            fix.message = text.to_owned();
            fix.edits[0].replacement = text.to_owned();
        }
    }
    for rule in report.rules.values_mut().map(Arc::make_mut) {
        rule.summary = text.to_owned().into();
        rule.explanation = text.to_owned().into();
        rule.references.push(text.to_owned().into());
    }
    report.problems[0].path = text.to_owned();
    report.problems[0].message = text.to_owned();
    report.summary.release = text.to_owned();
    let group = Arc::make_mut(&mut report.groups[0]);
    group.name = text.to_owned();
    group.release = text.to_owned();
    group.members[0] =
        Member { path: text.into(), unit: Some(text.to_owned()), role: "manifest", tie: Some(text.into()) };
    report.skipped[0] = (text.to_owned(), text.to_owned());
    report
}

#[test]
fn no_hidden_character_gets_through() {
    let hidden = (0..=0x9f).chain([0xad, 0x61c, 0x200b]).chain(0x200e..=0x200f).chain(0x2028..=0x202e);
    let hidden = hidden.chain(0x2066..=0x2069).chain([0xfeff, 0xfffe, 0xffff, 0xe0041]);
    let hidden: Vec<char> = hidden.filter_map(char::from_u32).filter(|c| !(' '..='~').contains(c)).collect();
    let text: String = hidden.iter().flat_map(|&c| ['x', c, 'y']).collect();
    for (name, output) in outputs(&infected(&text), &RenderOptions::default()) {
        let bad = output.chars().find(|c| *c != '\n' && hidden.contains(c));
        assert_eq!(bad, None, "{name}:\n{}", output.escape_debug());
    }
}

#[test]
fn colours_are_the_only_escapes() {
    for c in ['\u{1b}', '\u{7}', '\u{9b}', '\r'] {
        let count = |report: &Report| {
            let [plain, color] = [RenderOptions::default(), COLOR].map(|options| {
                outputs(report, &options).iter().map(|(_, text)| text.matches(c).count()).sum::<usize>()
            });
            assert_eq!(plain, 0, "{c:?}");
            color
        };
        assert_eq!(count(&infected(&format!("a{c}b"))), count(&infected("a b")), "{c:?}");
    }
}

#[test]
fn no_command_of_a_ci_system_gets_through() {
    for command in ["::error file=x::y", "::add-mask::x", "##[error]x", "##vso[task.x]y", "a\n::debug::x"] {
        for (name, output) in outputs(&infected(command), &RenderOptions::default()) {
            if name == "azure" {
                let lines =
                    output.lines().map(|line| line.strip_prefix("##vso[task.logissue type=").unwrap());
                lines.for_each(|line| assert!(!line.contains("##[") && !line.contains("##vso["), "{line}"));
                continue;
            }
            let is_ours = name == "github";
            for line in output.lines() {
                assert!(is_ours || !line.trim_start().starts_with("::"), "{name}: {line}");
                assert!(is_ours || !(line.contains("##[") || line.contains("##vso[")), "{name}: {line}");
                assert!(
                    !is_ours
                        || line.starts_with("::error ")
                        || line.starts_with("::warning ")
                        || line.starts_with("::notice "),
                    "{name}: {line}"
                );
            }
        }
    }
}

#[test]
fn xml_can_be_read_back() {
    for format in [Format::Junit, Format::Checkstyle] {
        let text = rendered(format, &report(), &RenderOptions::default());
        let mut reader = quick_xml::Reader::from_str(&text);
        let mut messages = Vec::new();
        loop {
            match reader.read_event().unwrap() {
                quick_xml::events::Event::Eof => break,
                quick_xml::events::Event::Start(element) | quick_xml::events::Event::Empty(element) => {
                    for attribute in element.attributes() {
                        let attribute = attribute.unwrap();
                        messages.push(
                            attribute
                                .normalized_value(quick_xml::XmlVersion::Implicit1_0)
                                .unwrap()
                                .into_owned(),
                        );
                    }
                }
                _ => {}
            }
        }
        assert!(
            messages.iter().any(|text| text.contains("<&\"'>\\n\\u{3a}:error::second line, 100% ]]>")),
            "{messages:?}"
        );
    }
}

#[test]
fn a_closed_pipe_is_the_callers_to_judge() {
    struct Closed;
    impl Write for Closed {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(ErrorKind::BrokenPipe.into())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    for format in Format::all() {
        let error = render(format, &report(), &RenderOptions::default(), &mut Closed).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::BrokenPipe, "{format}");
    }
}
