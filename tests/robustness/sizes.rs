//! Large files, and files with very many of something.

use std::fs::File;
use std::io::Write as _;

use super::bounded::{check, lines, size, trap, with_values};

const CONFIG: &str = "etc/rancher/rke2/config.yaml";
const MANIFEST: &str = "manifests/x.yaml";

#[test]
fn scalars_of_fifty_megabytes_are_read() {
    let long = "x".repeat(50_000_000);
    let short = &long[..size(50_000_000)];
    for text in
        [format!("token: {long}\n"), format!("token: \"{short}\"\n"), format!("token: |\n  {short}\n")]
    {
        let folder = trap(&[(CONFIG, &text)]);
        // A token may have any length, so there is no finding.
        check(folder.path(), "").ended(1);
    }
    let folder = trap(&[(MANIFEST, &with_values(&format!("cluster:\n  name: {short}")))]);
    check(folder.path(), "").ended(1).says(&[MANIFEST, "cluster"]);
}

/// A message quotes a name, but not if it is as long as a file.
#[test]
fn huge_keys_are_named_in_short() {
    let long = "k".repeat(size(5_000_000));
    let folder = trap(&[
        (CONFIG, &format!("cni: cilium\n? \"{long}\"\n: 1\n")),
        (MANIFEST, &with_values(&format!("? \"{long}\"\n: 1"))),
        ("etc/rancher/rke2/registries.yaml", &format!("mirrors:\n  ? \"{long}\"\n  : {{endpoint: x}}\n")),
        ("manifests/y.yaml", &format!("apiVersion: v1\nkind: \"{long}\"\nmetadata: {{name: \"{long}\"}}\n")),
    ]);
    let said = check(folder.path(), "-v");
    said.ended(1).says(&[CONFIG, "unknown key `"]).says(&[MANIFEST, "` is not a value of rke2-cilium"]);
    let longest = said.out.lines().map(str::len).max().unwrap();
    assert!(longest < 10_000, "a line of {longest} bytes");
}

/// A line that continues a command may look like a command itself.
#[test]
fn commands_of_many_lines_are_read_once() {
    let san = "a".repeat(40);
    let flags = lines(size(20_000), |_| format!("rke2 server --tls-san {san} \\"));
    let folder = trap(&[("start.sh", &format!("#!/bin/bash\n{flags}"))]);
    check(folder.path(), "").ended(1);
    let commands = lines(size(20_000), |_| "rke2 server --debug".to_owned());
    let folder = trap(&[("start.sh", &format!("#!/bin/bash\n{commands}"))]);
    check(folder.path(), "").ended(1);
}

#[test]
fn mappings_of_many_keys_are_checked() {
    let count = size(200_000);
    let keys = lines(count, |index| format!("key-{index}: v{index}"));
    let folder = trap(&[(CONFIG, &format!("cni: cilium\n{keys}"))]);
    assert_eq!(check(folder.path(), "").ended(1).findings(), count + 1);
    // Each value is looked up in every version of the chart, so a quarter is enough in a debug build.
    let count = if count < 200_000 { count / 4 } else { count };
    let keys = lines(count, |index| format!("key-{index}: v{index}"));
    let folder = trap(&[(MANIFEST, &with_values(&keys))]);
    assert_eq!(check(folder.path(), "").ended(1).findings(), count + 1);
    let same = format!("cni: cilium\n{}", "node-name: x\n".repeat(count));
    let folder = trap(&[(CONFIG, &same)]);
    check(folder.path(), "").ended(1).says(&[CONFIG, "duplicate key"]);
    let hosts = lines(size(30_000), |index| format!("  r{index}.io:\n    endpoint: [\"bad {index}\"]"));
    let configs = lines(size(30_000), |index| format!("  s{index}.io: {{auth: {{x: y}}}}"));
    let registries = format!("mirrors:\n{hosts}configs:\n{configs}");
    let folder = trap(&[("etc/rancher/rke2/registries.yaml", &registries)]);
    check(folder.path(), "").ended(1).says(&["registries.yaml"]);
}

/// Names of a server are compared with the addresses that other nodes join.
#[test]
fn a_server_of_many_names_is_grouped() {
    let names = lines(size(100_000), |index| format!("  - host{index}.example.com"));
    let agent = "server: https://host1.example.com:9345\ntoken: a\n";
    let folder = trap(&[
        (CONFIG, &format!("cni: cilium\ntls-san:\n{names}tls-sans: a\n")),
        ("agent/config.yaml", agent),
    ]);
    check(folder.path(), "").ended(1).says(&[CONFIG, "unknown key `tls-sans`"]);
}

/// Rules in data and in Rust that look at each entry of a map.
#[test]
fn entries_of_large_maps_are_looked_up() {
    let count = size(60_000);
    let ports = lines(count, |index| format!("\"{}\": default/a:1", 70_000 + index));
    let values = format!("tcp:\n  {}", ports.trim_end().replace('\n', "\n  "));
    let text = with_values(&values).replace("rke2-cilium", "rke2-ingress-nginx");
    let folder = trap(&[(MANIFEST, &text)]);
    assert!(check(folder.path(), "").ended(1).findings() > count);
    let data = lines(count, |index| format!("  k{index}: {index}"));
    let map = format!(
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: a, namespace: kube-system}}\ndata:\n{data}"
    );
    let folder = trap(&[("var/lib/rancher/rke2/server/manifests/a.yaml", &map)]);
    assert!(check(folder.path(), "").ended(1).findings() >= count);
    let hosts = lines(count, |index| {
        format!("  r{index}.example.org: {{endpoint: [\"https://r{index}.example.org\"]}}")
    });
    let configs =
        lines(count, |index| format!("  r{index}.example.org: {{auth: {{username: a, pasword: b}}}}"));
    let folder =
        trap(&[("etc/rancher/rke2/registries.yaml", &format!("mirrors:\n{hosts}configs:\n{configs}"))]);
    check(folder.path(), "").ended(1).says(&["registries.yaml", "pasword"]);
}

/// In a file with a single line, the column of each finding is counted in it, and each excerpt is cut out of it.
#[test]
fn files_of_one_line_are_checked() {
    let count = size(100_000);
    for letter in ["i", "ü"] {
        let keys: Vec<String> = (0..count).map(|index| format!("\"key-{index}\": \"{letter}\"")).collect();
        let folder = trap(&[(CONFIG, &format!("{{\"cni\": \"cilium\", {}}}", keys.join(", ")))]);
        let said = check(folder.path(), "");
        assert_eq!(said.ended(1).findings(), count + 1);
    }
    let returns = lines(count, |index| format!("key-{index}: 1")).replace('\n', "\r");
    let folder = trap(&[(CONFIG, &format!("cni: cilium\r{returns}"))]);
    check(folder.path(), "").ended(1).says(&[CONFIG, "unknown key `key-1`"]);
}

#[test]
fn lists_of_many_items_are_checked() {
    let count = size(200_000);
    let folder =
        trap(&[(CONFIG, &format!("tls-san:\n{}", lines(count, |index| format!("- \"a {index}\""))))]);
    assert_eq!(check(folder.path(), "").ended(1).findings(), count + 1);
    let parts: Vec<String> = (0..count).map(|index| format!("a{index}_")).collect();
    let folder = trap(&[(CONFIG, &format!("tls-san: \"{}\"\n", parts.join(",")))]);
    check(folder.path(), "").ended(1);
}

#[test]
fn many_anchors_and_ignores_are_kept_apart() {
    let count = size(50_000);
    let anchors = lines(count, |index| format!("a{index}: &a{index} 1\nb{index}: *a{index}"));
    let folder = trap(&[(CONFIG, &format!("cni: cilium\n{anchors}"))]);
    check(folder.path(), "").ended(1);
    let ignored = lines(count, |index| format!("key-{index}: 1 # rke2-lint: ignore[config/unknown-key]"));
    let above = "# rke2-lint: ignore[config/unknown-key]\n".repeat(count);
    let folder = trap(&[(CONFIG, &format!("cni: cilium\n{ignored}{above}key: 1\n"))]);
    let said = check(folder.path(), "");
    assert_eq!(said.ended(1).findings(), 1);
    said.says(&[&format!("{} findings suppressed", count + 1)]);
}

#[test]
fn ten_thousand_documents_are_read() {
    let object = |index: usize| {
        format!("---\napiVersion: v1\nkind: ConfigMap\nmetadata: {{name: c{index}, namespace: kube-system}}")
    };
    let wrong =
        with_values("x: 1").replace("name: rke2-cilium", "name: rke2-canal").replace("kube-system", "x");
    let folder = trap(&[(MANIFEST, &format!("{}---\n{wrong}", lines(10_000, object)))]);
    check(folder.path(), "").ended(1).says(&[MANIFEST, "namespace `x`"]);
}

#[test]
fn a_file_of_fifty_megabytes_is_read_and_a_larger_one_told() {
    let object = format!(
        "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {{name: x}}\ndata: {{a: \"{}\"}}\n",
        "y".repeat(900_000)
    );
    let wrong = with_values("x: 1").replace("kube-system", "x");
    let folder = trap(&[(MANIFEST, &format!("{}---\n{wrong}", object.repeat(55)))]);
    check(folder.path(), "").ended(1).says(&[MANIFEST, "namespace `x`"]);
    let folder = trap(&[(CONFIG, "")]);
    let mut large = File::create(folder.path().join(CONFIG)).unwrap();
    large.write_all(b"cni: cilium # ").unwrap();
    // A sparse file, which takes no disk space.
    large.set_len(5 << 30).unwrap();
    check(folder.path(), "").ended(2).says(&[CONFIG, "larger than 64 MiB"]);
}
