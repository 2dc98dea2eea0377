//! Chart archives in `chartContent` that are decompression bombs or escape their folder.

use std::io::Write as _;

use base64::Engine as _;

use super::bounded::{Said, check, lines, trap, with_values};

const MANIFEST: &str = "manifests/x.yaml";

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// A tar entry that no regular program would write.
fn entry(name: &str, kind: tar::EntryType, size: u64, content: &[u8]) -> Vec<u8> {
    let mut header = tar::Header::new_gnu();
    header.as_old_mut().name[..name.len()].copy_from_slice(name.as_bytes());
    header.set_entry_type(kind);
    header.set_size(size);
    if matches!(kind, tar::EntryType::Symlink | tar::EntryType::Link) {
        header.as_old_mut().linkname[..11].copy_from_slice(b"/etc/passwd");
    }
    header.set_mode(0o6777);
    header.set_cksum();
    let mut bytes = header.as_bytes().to_vec();
    bytes.extend_from_slice(content);
    bytes.resize(bytes.len().next_multiple_of(512), 0);
    bytes
}

fn file(name: &str, content: &str) -> Vec<u8> {
    entry(name, tar::EntryType::Regular, content.len() as u64, content.as_bytes())
}

/// A packaged chart with one value and these files.
fn chart(files: &[(&str, &str)]) -> Vec<u8> {
    let mut tar = Vec::new();
    for (name, content) in [
        ("Chart.yaml", "name: shop\nversion: 1.0.0\n"),
        ("values.yaml", "open: true\n"),
        ("templates/a.yaml", "{{ .Values.open }}\n"),
    ] {
        if files.iter().all(|(other, _)| *other != name) {
            tar.extend(file(&format!("shop/{name}"), content));
        }
    }
    for (name, content) in files {
        tar.extend(file(&format!("shop/{name}"), content));
    }
    tar.extend([0; 1024]);
    gzip(&tar)
}

/// The result for an archive that replaces a packaged chart whose values another file sets.
fn said_of(archive: &[u8]) -> Said {
    let content = base64::engine::general_purpose::STANDARD.encode(archive);
    let chart = format!(
        "apiVersion: helm.cattle.io/v1\nkind: HelmChart\nmetadata:\n  name: rke2-cilium\n  namespace: kube-system\n\
         spec:\n  bootstrap: true\n  chartContent: {content}\n"
    );
    let folder = trap(&[(MANIFEST, &chart), ("manifests/y.yaml", &with_values("opne: true"))]);
    check(folder.path(), "")
}

#[track_caller]
fn refused(archive: &[u8], words: &str) {
    said_of(archive).ended(1).says(&[MANIFEST, "the chart cannot be installed", words]);
}

/// A positive control: the other tests only prove something if a good archive is accepted.
#[test]
fn a_good_archive_is_read() {
    let said = said_of(&chart(&[]));
    said.ended(1).says(&["manifests/y.yaml:8:5", "`opne` is not a value"]);
    assert!(!said.out.contains("is no chart"), "{}", said.out);
}

#[test]
fn zip_bombs_are_stopped() {
    // A gigabyte in sixteen gzip members, which gzip reads as one stream. Zeros end a tar archive, so only the first of
    // them are read.
    let part = gzip(&vec![0; 64 << 20]);
    refused(&part.repeat(16), "no `Chart.yaml`");
    let mut begun = gzip(&file("shop/Chart.yaml", "name: shop\n"));
    begun.extend(gzip(&entry("shop/values.yaml", tar::EntryType::Regular, 1 << 30, b"")));
    begun.extend(part.repeat(16));
    refused(&begun, "too large");
    // In a file that is not read, and in a nested chart.
    let mut tar = file("shop/Chart.yaml", "name: shop\n");
    tar.extend(entry("shop/README.md", tar::EntryType::Regular, 80 << 20, &vec![0; 80 << 20]));
    let bomb = gzip(&tar);
    refused(&bomb, "too large");
    let mut tar = file("shop/Chart.yaml", "name: shop\n");
    tar.extend(entry("shop/charts/a.tgz", tar::EntryType::Regular, bomb.len() as u64, &bomb));
    refused(&gzip(&tar), "too large");
    let many: Vec<u8> = (0..10_001).flat_map(|index| file(&format!("shop/x{index}"), "")).collect();
    refused(&gzip(&many), "too large: entries");
}

#[test]
fn a_declared_size_is_not_believed() {
    for size in [8 << 30, u64::MAX >> 30] {
        let mut tar = file("shop/Chart.yaml", "name: shop\n");
        tar.extend(entry("shop/values.yaml", tar::EntryType::Regular, size, b"a: 1\n"));
        said_of(&gzip(&tar)).ended(1).says(&[MANIFEST, "the chart cannot be installed"]);
    }
}

#[test]
fn paths_that_lead_out_are_refused() {
    for name in ["../../etc/passwd", "shop/../../x", "/etc/passwd", "shop\\..\\..\\x"] {
        let mut tar = file("shop/Chart.yaml", "name: shop\n");
        tar.extend(file(name, "x"));
        refused(&gzip(&tar), "a path outside of it");
    }
}

/// Links, devices and pipes in an archive are skipped, as by Helm, because the reader does not create files.
#[test]
fn entries_that_are_no_files_are_passed_over() {
    use tar::EntryType;
    let mut tar = Vec::new();
    for (name, content) in [("Chart.yaml", "name: shop\n"), ("values.yaml", "open: true\n")] {
        tar.extend(file(&format!("shop/{name}"), content));
    }
    for kind in [EntryType::Symlink, EntryType::Link, EntryType::Char, EntryType::Block, EntryType::Fifo] {
        tar.extend(entry("shop/templates/a", kind, 0, b""));
        tar.extend(entry("shop/values.yaml", kind, 0, b""));
    }
    tar.extend([0; 1024]);
    let said = said_of(&gzip(&tar));
    said.ended(1).says(&["manifests/y.yaml:8:5", "`opne` is not a value"]);
}

/// A few bytes in a chart's files that would expand beyond any memory.
#[test]
fn what_a_chart_says_in_few_bytes_is_weighed() {
    let list = format!("[{}]", vec!["x"; 40_000].join(","));
    let bomb = format!("a: &a {list}\nb: [{}]\n", vec!["*a"; 10_000].join(","));
    refused(&chart(&[("values.yaml", &bomb)]), "cannot read `values.yaml`: aliases expand this document");
    let version =
        format!("name: shop\nversion:\n{}", bomb.replace("a: &a", "  a: &a").replace("b: [", "  b: ["));
    refused(&chart(&[("Chart.yaml", &version)]), "cannot read `Chart.yaml`: aliases expand this document");
    let names: Vec<String> = (0..30_000).map(|index| format!("k{index}: 1")).collect();
    let deep = format!("a: {}{{{}}}{}", "{a: ".repeat(100), names.join(", "), "}".repeat(100));
    refused(&chart(&[("values.yaml", &deep)]), "too large: keys of values files");
}

/// Schemas, templates and dependencies that grow as they are followed are abandoned, and all values are accepted.
#[test]
fn what_grows_without_end_is_taken_as_open() {
    let refs: Vec<String> = (0..5_000).map(|index| format!("\"k{index}\": {{\"$ref\": \"#\"}}")).collect();
    let schema = format!("{{\"properties\": {{{}}}}}", refs.join(", "));
    said_of(&chart(&[("values.schema.json", &schema)])).ended(1);
    let doubled: Vec<String> = (0..60)
        .map(|index| {
            let next = index + 1;
            format!("\"d{index}\": {{\"allOf\": [{{\"$ref\": \"#/definitions/d{next}\"}}, {{\"$ref\": \"#/definitions/d{next}\"}}]}}")
        })
        .collect();
    let schema = format!("{{\"definitions\": {{{}}}, \"$ref\": \"#/definitions/d0\"}}", doubled.join(", "));
    said_of(&chart(&[("values.schema.json", &schema)])).ended(1);
    for (first, again) in [
        ("dict \"a\" .Values.b", "dict \"a\" $x \"b\" $x"),
        ("list .Values.b", "list $x (list $x) (dict \"a\" $x)"),
    ] {
        let step = format!("{{{{ $x = {again} }}}}").repeat(60);
        let template = format!("{{{{ $x := {first} }}}}{step}{{{{ $x }}}}");
        said_of(&chart(&[("templates/x.yaml", &template)])).ended(1);
    }
    let names = lines(3_000, |index| format!("- {{name: kiosk, alias: x{index}}}"));
    let values = lines(1_000, |index| format!("k{index}: 1"));
    said_of(&chart(&[
        ("Chart.yaml", &format!("name: shop\nversion: 1.0.0\ndependencies:\n{names}")),
        ("charts/kiosk/Chart.yaml", "name: kiosk\nversion: 1.0.0\n"),
        ("charts/kiosk/values.yaml", &values),
    ]))
    .ended(1);
}
