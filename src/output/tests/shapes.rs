//! Checks the XML formats against the structure on which their readers agree: the nesting and attributes of elements.

use quick_xml::XmlVersion;
use quick_xml::events::{BytesStart, Event};

use super::canonical::report;
use super::rendered;
use crate::finding::Report;
use crate::output::{Format, RenderOptions};

/// An element: its name, its parent, its required attributes and its optional attributes.
type Element = (&'static str, &'static str, &'static [&'static str], &'static [&'static str]);

const JUNIT: &[Element] = &[
    ("testsuites", "", &["name", "tests", "failures", "errors"], &[]),
    ("testsuite", "testsuites", &["name", "tests", "failures", "errors"], &[]),
    ("testcase", "testsuite", &["name", "classname"], &["file", "line"]),
    ("failure", "testcase", &["message", "type"], &[]),
    ("error", "testcase", &["message"], &["type"]),
];

const CHECKSTYLE: &[Element] = &[
    ("checkstyle", "", &["version"], &[]),
    ("file", "checkstyle", &["name"], &[]),
    ("error", "file", &["line", "severity", "message", "source"], &["column"]),
];

#[test]
fn junit_and_checkstyle_have_their_shape() {
    for report in [report(), Report::default()] {
        for (format, elements) in [(Format::Junit, JUNIT), (Format::Checkstyle, CHECKSTYLE)] {
            check(&rendered(format, &report, &RenderOptions::default()), elements);
        }
    }
}

#[test]
fn junit_counts_what_it_holds() {
    let text = rendered(Format::Junit, &report(), &RenderOptions::default());
    let attribute = |name: &str| -> usize {
        let rest = text.split("<testsuites").nth(1).unwrap().split(&format!("{name}=\"")).nth(1).unwrap();
        rest.split('"').next().unwrap().parse().unwrap()
    };
    assert_eq!(attribute("tests"), text.matches("<testcase ").count());
    assert_eq!(attribute("failures"), text.matches("<failure ").count());
    assert_eq!(attribute("errors"), text.matches("<error ").count());
}

fn check(text: &str, elements: &[Element]) {
    let mut reader = quick_xml::Reader::from_str(text);
    let mut open: Vec<String> = Vec::new();
    loop {
        match reader.read_event().unwrap() {
            Event::Start(start) => open.push(element(&start, open.last(), elements)),
            Event::Empty(start) => {
                element(&start, open.last(), elements);
            }
            Event::End(_) => {
                open.pop();
            }
            Event::Eof => break,
            _ => {}
        }
    }
    assert_eq!(open, [""; 0]);
}

/// Checks an element against the table and returns its name.
fn element(start: &BytesStart<'_>, parent: Option<&String>, elements: &[Element]) -> String {
    let name = start.name().as_ref().to_owned();
    let parent = parent.map_or("", String::as_str);
    let known = elements.iter().find(|(known, below, ..)| *known == name && *below == parent);
    let (_, _, required, optional) = known.unwrap_or_else(|| panic!("`{name}` in `{parent}`"));
    let mut seen = Vec::new();
    for attribute in start.attributes() {
        let attribute = attribute.unwrap();
        let key = attribute.key.as_ref().to_owned();
        let value = attribute.normalized_value(XmlVersion::Implicit1_0).unwrap();
        let number = matches!(key.as_str(), "tests" | "failures" | "errors" | "line" | "column");
        assert!(!number || value.parse::<u64>().is_ok(), "{key}={value}");
        let severity = name == "error" && key == "severity";
        assert!(!severity || ["info", "warning", "error"].contains(&value.as_ref()), "{value}");
        assert!(required.contains(&key.as_str()) || optional.contains(&key.as_str()), "`{key}` of `{name}`");
        seen.push(key);
    }
    for key in *required {
        assert!(seen.iter().any(|seen| seen == key), "`{name}` has no `{key}`");
    }
    name
}
