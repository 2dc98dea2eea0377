//! YAML that expands: aliases, depth, and texts that a naive reader would scan repeatedly.

use std::fmt::Write as _;

use super::bounded::{check, trap, with_values};

const CONFIG: &str = "etc/rancher/rke2/config.yaml";
const REGISTRIES: &str = "etc/rancher/rke2/registries.yaml";
const MANIFEST: &str = "manifests/x.yaml";

/// Each level refers to the previous one several times.
fn bomb(levels: usize, first: &str, level: impl Fn(&str) -> String) -> String {
    let mut text = format!("a0: &a0 {first}\n");
    for index in 1..levels {
        writeln!(text, "a{index}: &a{index} {}", level(&format!("*a{}", index - 1))).unwrap();
    }
    text
}

fn laughs(levels: usize) -> String {
    bomb(levels, "[x, x, x, x, x, x, x, x, x, x]", |below| format!("[{}]", [below; 10].join(", ")))
}

#[test]
fn alias_bombs_meet_a_limit() {
    let merges = bomb(9, "{x: y}", |below| format!("{{<<: [{}]}}", [below; 10].join(", ")));
    let folder = trap(&[
        (CONFIG, &format!("cni: cilium\n{}", laughs(9))),
        (REGISTRIES, &format!("mirrors:\n  r: &r {{endpoint: [x]}}\n{}", laughs(9))),
        (MANIFEST, &with_values(&laughs(9))),
        ("manifests/y.yaml", &with_values(&merges)),
        ("manifests/z.yaml", &with_values("x: 1").replace("metadata:", &format!("{}metadata:", laughs(9)))),
    ]);
    let said = check(folder.path(), "");
    said.ended(1);
    for file in [CONFIG, REGISTRIES, MANIFEST, "manifests/y.yaml", "manifests/z.yaml"] {
        said.says(&[file, "aliases expand this document beyond 1,000,000 nodes"]);
    }
}

#[test]
fn what_stays_below_the_limit_is_walked_in_time() {
    let wide = bomb(2, &format!("{{{}}}", names(600)), |below| {
        format!("{{{}}}", (0..600).map(|key| format!("k{key}: {below}")).collect::<Vec<_>>().join(", "))
    });
    let merges = bomb(6, "{x: y}", |below| format!("{{<<: [{}]}}", [below; 10].join(", ")));
    let folder = trap(&[
        (CONFIG, &format!("cni: cilium\n{merges}<<: *a5\n{}", laughs(5).replace('a', "b"))),
        (MANIFEST, &with_values(&wide)),
        ("manifests/y.yaml", &with_values(&format!("{merges}<<: *a5")).replace("rke2-cilium", "rke2-canal")),
    ]);
    check(folder.path(), "").ended(1).says(&[MANIFEST, "is not a value"]);
}

fn names(count: usize) -> String {
    (0..count).map(|key| format!("k{key}: x")).collect::<Vec<_>>().join(", ")
}

/// A thousand levels are walked by recursive functions.
#[test]
fn chains_of_aliases_do_not_run_out_of_stack() {
    let chain = bomb(990, "{x: 1}", |below| format!("{{k: {below}}}"));
    let merges = bomb(990, "{x: 1}", |below| format!("{{<<: {below}}}"));
    let longer = bomb(1_100, "{x: 1}", |below| format!("{{k: {below}}}"));
    let folder = trap(&[
        (CONFIG, &format!("cni: cilium\n{chain}")),
        (MANIFEST, &with_values(&chain)),
        ("manifests/y.yaml", &with_values(&format!("{merges}<<: *a989"))),
        ("manifests/z.yaml", &with_values(&longer)),
    ]);
    let said = check(folder.path(), "");
    said.ended(1).says(&["manifests/z.yaml", "aliases nest this document deeper than 1,000 levels"]);
}

#[test]
fn depth_meets_a_limit() {
    for opening in ["[", "{a: ", "- ", "? "] {
        let deep = opening.repeat(100_000);
        let folder = trap(&[
            (CONFIG, &format!("cni: cilium\nx:\n  {deep}")),
            (REGISTRIES, &deep),
            (MANIFEST, &with_values(&format!("k:\n  {deep}"))),
        ]);
        let said = check(folder.path(), "");
        said.ended(1);
        for file in [CONFIG, REGISTRIES, MANIFEST] {
            said.says(&[file, "nested deeper than 1,000 levels"]);
        }
    }
    let mut lines = String::from("cni: cilium\nx:\n");
    for depth in 1..5_000 {
        writeln!(lines, "{:depth$}a:", "").unwrap();
    }
    let json = format!("{}1{}", "{\"a\":".repeat(100_000), "}".repeat(100_000));
    let folder = trap(&[(CONFIG, &lines), (MANIFEST, &json)]);
    let said = check(folder.path(), "");
    said.ended(1).says(&[CONFIG, "nested deeper"]).says(&[MANIFEST, "nested deeper"]);
}

/// At just under the depth limit, recursive walks must have enough stack.
#[test]
fn the_deepest_values_are_walked() {
    let mut lines = String::new();
    for depth in 0..240 {
        writeln!(lines, "{:depth$}hubble:", "").unwrap();
    }
    let flow = format!("hubble: {}1{}", "{relay: ".repeat(240), "}".repeat(240));
    let folder = trap(&[(MANIFEST, &with_values(&lines)), ("manifests/y.yaml", &with_values(&flow))]);
    check(folder.path(), "").ended(1).says(&[MANIFEST]).says(&["manifests/y.yaml"]);
}

/// A million openings of a template placeholder, none of which is closed.
#[test]
fn marks_without_end_are_not_looked_for_again_and_again() {
    for mark in ["${", "<%", "<", "{{", "{%", "%%a ", "__"] {
        let text = format!("cni: cilium\ntoken: \"{}\"\nbroken: [", mark.repeat(500_000));
        let folder =
            trap(&[(CONFIG, &text), (MANIFEST, &with_values(&format!("x: '{}'", mark.repeat(500_000))))]);
        check(folder.path(), "").ended(1);
    }
}

#[test]
fn tabs_are_looked_at_once() {
    let many = 500_000;
    let flow = "  - {\ta: 1}\n".repeat(20_000);
    for text in [
        format!("cni: {{{}}}\n", "\t".repeat(many)),
        format!("cni: \"{}\"\nx: {}\n", "a\t".repeat(many), "b\t".repeat(many)),
        format!("cni: cilium\nx: |\n  a\n{}y: 1\n", "  \t\n".repeat(many)),
        format!("cni: cilium\nx: |\n{}  a\ny: 1\n", "  \t\n".repeat(many)),
        format!("cni: cilium\nx: |\n  a{}\n", "\n  \ta".repeat(many)),
        format!("cni: cilium\nx: 1{}\n", "\t".repeat(many)),
        format!("cni: cilium\ntls-san:\n{flow}"),
    ] {
        let folder = trap(&[(CONFIG, &text)]);
        check(folder.path(), "").ended(1);
    }
    let folder = trap(&[(CONFIG, &format!("cni: cilium\n{}\n", "\t".repeat(many)))]);
    check(folder.path(), "").ended(1).says(&[CONFIG, "found a tab character"]);
}

#[test]
fn lines_of_nothing_are_read_in_time() {
    for text in [
        format!("cni: cilium\nx: |\n{}  y\n", "\n".repeat(2_000_000)),
        format!("cni: cilium\n{}", "# x\n".repeat(500_000)),
        format!("cni: cilium\nx: {}\n", "-".repeat(5_000_000)),
        "---".repeat(1_000_000),
        "---\n".repeat(10_000),
        format!("cni: cilium\nx: >\n{}", "  a\n\n".repeat(200_000)),
        format!("cni: cilium\nx: \"a: \\\n{}\"\n", "   \n\n".repeat(200_000)),
    ] {
        let folder = trap(&[(CONFIG, &text), (MANIFEST, &text)]);
        check(folder.path(), "").ended(1);
    }
}

/// Folded and quoted scalars are mapped back to their places piece by piece.
#[test]
fn values_of_a_million_pieces_are_mapped() {
    let head = with_values("");
    for scalar in [
        format!("\"{}\"", "\\u00e9".repeat(300_000)),
        format!("'{}'", "''".repeat(300_000)),
        format!("\"a: b\\\n{}\"", "      \\\n".repeat(100_000)),
        format!(">-\n{}", "    c\n\n".repeat(100_000)),
    ] {
        let folder = trap(&[(MANIFEST, &format!("{}{scalar}\n", head.trim_end().trim_end_matches("|-")))]);
        check(folder.path(), "").ended(1);
    }
}

#[test]
fn control_characters_are_told() {
    let zeros = "\0".repeat(1_000_000);
    let folder = trap(&[(CONFIG, &zeros), (MANIFEST, &format!("{}x: \"\u{1}\"\n", with_values("x: 1")))]);
    let said = check(folder.path(), "");
    said.ended(1)
        .says(&[CONFIG, "control characters are not allowed"])
        .says(&[MANIFEST, "control characters"]);
}
