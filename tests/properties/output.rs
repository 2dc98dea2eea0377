//! No output contains control characters from a linted file. `src/output/tests/harmless.rs` checks this for each
//! renderer with an artificial report; here the texts come from files.

use std::collections::BTreeMap;

use proptest::prelude::*;
use rke2_lint::engine::{Input, Options, lint_sources};
use rke2_lint::output::Format;

use super::common::render;

/// Texts that affect a terminal, a reader or a CI system: cursor movements, links (OSC 8), a window title, commands,
/// ends of XML and JSON, and characters that change the text direction or are invisible.
const ACTING: &[&str] = &[
    "\u{1b}[2J",
    "\u{1b}]8;;http://x\u{1b}\\y\u{1b}]8;;\u{1b}\\",
    "\u{1b}]0;t\u{7}",
    "\u{9b}31m",
    "\r",
    "\r\n",
    "\n",
    "\u{8}",
    "\u{b}",
    "\u{c}",
    "\u{7f}",
    "\u{85}",
    "\u{2028}",
    "\u{2029}",
    "\u{202e}",
    "\u{2066}",
    "\u{200b}",
    "\u{feff}",
    "\u{e0041}",
    "::error::x",
    "\n::add-mask::x",
    "##[error]",
    "##vso[x]",
    "]]>",
    "<!--",
    "\"}",
    "\\",
    "&#x1b;",
    "%0A",
    "ü",
    " ",
    "a",
];

fn acting() -> impl Strategy<Value = String> {
    proptest::collection::vec(proptest::sample::select(ACTING), 1..6).prop_map(|pieces| pieces.concat())
}

/// A text in double quotes with unusual characters escaped. YAML accepts it, so that messages may quote the text.
fn quoted(text: &str) -> String {
    let escaped = text.chars().map(|c| match c {
        '"' | '\\' => format!("\\{c}"),
        ' '..='~' => c.to_string(),
        c => format!("\\U{:08x}", u32::from(c)),
    });
    format!("\"{}\"", escaped.collect::<String>())
}

fn is_hidden(c: char) -> bool {
    c != '\n'
        && (c.is_control()
            || matches!(c, '\u{200b}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}' | '\u{e0041}'))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nothing_acts_on_who_reads_the_output(text in acting(), name in acting(), raw in any::<bool>()) {
        let key = if raw { text.clone() } else { quoted(&text) };
        let name = name.replace('/', "_");
        let files = [
            ("etc/rancher/rke2/config.yaml".to_owned(), format!("cni: cilium\n{key}: {key}\ntls-san: [{key}]\n")),
            ("etc/rancher/rke2/registries.yaml".to_owned(), format!("mirrors:\n  {key}:\n    endpoint: [{key}]\n")),
            (
                format!("var/lib/rancher/rke2/server/manifests/{name}.yaml"),
                format!(
                    "apiVersion: helm.cattle.io/v1\nkind: HelmChartConfig\nmetadata:\n  name: {key}\n  namespace: {key}\n\
                     spec:\n  {key}: 1\n  valuesContent: |-\n    {key}: 1\n"
                ),
            ),
        ];
        let files: BTreeMap<_, _> =
            files.into_iter().map(|(path, text)| (path, Input::Bytes(text.into_bytes()))).collect();
        let report = lint_sources(files, None, &Options::default());
        prop_assert!(!report.findings.is_empty());
        for format in Format::all() {
            let output = render(&report, format);
            let bad = output.chars().find(|c| is_hidden(*c));
            prop_assert_eq!(bad, None, "{}: {}", format, output.escape_debug());
            match format {
                Format::Json | Format::Sarif | Format::Gitlab | Format::Rdjson => {
                    serde_json::from_str::<serde_json::Value>(&output).unwrap();
                }
                Format::Jsonl => output.lines().for_each(|line| {
                    serde_json::from_str::<serde_json::Value>(line).unwrap();
                }),
                Format::Junit | Format::Checkstyle => well_formed(&output),
                Format::Azure => {
                    for line in output.lines() {
                        let rest = line.strip_prefix("##vso[task.logissue type=").unwrap();
                        prop_assert!(!rest.contains("##[") && !rest.contains("##vso["), "{}", line);
                    }
                }
                Format::Github => {
                    for line in output.lines() {
                        let ours = ["::error ", "::warning ", "::notice ", "::group::", "::endgroup::"].iter().any(|start| line.starts_with(start));
                        prop_assert!(ours, "{}", line);
                    }
                }
                _ => {
                    for line in output.lines() {
                        prop_assert!(!line.trim_start().starts_with("::"), "{}: {}", format, line);
                        prop_assert!(!line.contains("##[") && !line.contains("##vso["), "{}: {}", format, line);
                    }
                }
            }
        }
    }
}

fn well_formed(text: &str) {
    let mut reader = quick_xml::Reader::from_str(text);
    loop {
        match reader.read_event().unwrap() {
            quick_xml::events::Event::Eof => break,
            quick_xml::events::Event::Start(element) | quick_xml::events::Event::Empty(element) => {
                for attribute in element.attributes() {
                    attribute.unwrap().normalized_value(quick_xml::XmlVersion::Implicit1_0).unwrap();
                }
            }
            _ => {}
        }
    }
}
