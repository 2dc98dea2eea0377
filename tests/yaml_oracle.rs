//! Texts that are hard to parse as Go does, with Go's verdict. `scripts/oracle-yaml.sh` searches for more.

#[path = "oracle/reading.rs"]
mod reading;

use reading::{Reading, config, manifest, registries, same, values};
use serde_json::Value as Json;

#[test]
fn texts_are_read_as_go_reads_them() {
    let verdicts = include_str!("oracle/verdicts.jsonl");
    for line in verdicts.lines() {
        let verdict: Json = serde_json::from_str(line).unwrap();
        let text = verdict["text"].as_str().unwrap();
        assert_verdict(text, &verdict["config"], &config(text));
        assert_verdict(text, &verdict["values"], &values(text));
        assert_verdict(text, &verdict["manifest"], &manifest(text));
        // Other texts are not known to be a registries.yaml.
        if text.starts_with("mirrors:") {
            assert_verdict(text, &verdict["registries"], &registries(text));
        }
    }
    assert!(verdicts.lines().count() > 500);
}

fn assert_verdict(text: &str, go: &Json, ours: &Reading) {
    match ours {
        Err(message) => assert!(!go["error"].is_null(), "{text:?}: {message}"),
        Ok(value) => {
            assert!(go["error"].is_null(), "{text:?} is refused by Go: {}", go["error"]);
            assert!(value.is_null() || same(&go["value"], value), "{text:?}: {value}, not {}", go["value"]);
        }
    }
}
