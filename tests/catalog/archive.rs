//! Charts that are not in the catalogue, read from their archives.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use base64::Engine as _;
use rke2_lint::catalog::archive::{ArchiveChart, from_chart_content, from_files, from_tgz};
use rke2_lint::catalog::{Flags, Lookup, Scalar, Types};

/// The files of a chart under `testdata/charts`, by path within the chart.
pub fn chart_files(name: &str) -> BTreeMap<String, Vec<u8>> {
    fn collect(folder: &Path, prefix: &str, files: &mut BTreeMap<String, Vec<u8>>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = format!("{prefix}{}", path.file_name().unwrap().to_str().unwrap());
            if path.is_dir() {
                collect(&path, &format!("{name}/"), files);
            } else {
                files.insert(name, fs::read(&path).unwrap());
            }
        }
    }
    let mut files = BTreeMap::new();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/charts").join(name);
    collect(&root, "", &mut files);
    files
}

/// Packs files as `helm package` does.
pub fn pack(top: &str, files: &BTreeMap<String, Vec<u8>>) -> Vec<u8> {
    let gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    let mut archive = tar::Builder::new(gzip);
    for (name, content) in files {
        let mut header = tar::Header::new_gnu();
        header.set_size(content.len() as u64);
        header.set_mode(0o644);
        archive.append_data(&mut header, format!("{top}/{name}"), content.as_slice()).unwrap();
    }
    archive.into_inner().unwrap().finish().unwrap()
}

/// A chart with one template and values.
fn chart(values: &str, template: &str) -> ArchiveChart {
    from_files(BTreeMap::from([
        ("Chart.yaml".to_owned(), b"name: one\nversion: 1.0.0".to_vec()),
        ("values.yaml".to_owned(), values.as_bytes().to_vec()),
        ("templates/all.yaml".to_owned(), template.as_bytes().to_vec()),
    ]))
    .unwrap()
}

#[derive(Debug, PartialEq)]
enum Found {
    Known,
    Open,
    Unknown,
}

fn find(chart: &ArchiveChart, path: &str) -> Found {
    let path: Vec<&str> = path.split('.').filter(|key| !key.is_empty()).collect();
    match chart.values.newest().unwrap().lookup(&path) {
        Lookup::Known(_) => Found::Known,
        Lookup::Open => Found::Open,
        Lookup::Unknown { .. } => Found::Unknown,
    }
}

#[test]
fn chart_content_becomes_values() {
    let packed = pack("shop", &chart_files("shop"));
    let text = base64::engine::general_purpose::STANDARD.encode(&packed);
    // Indented lines, as in a manifest.
    let lines: Vec<&str> = text.as_bytes().chunks(76).map(|line| str::from_utf8(line).unwrap()).collect();
    let text = format!("    {}\n", lines.join("\n    "));
    let shop = from_chart_content(text.as_bytes()).unwrap();
    assert_eq!((shop.name.as_str(), shop.version.as_str()), ("shop", "1.2.3"));
    for known in [
        "image.repository",
        "image.tag",
        "replicas",
        "opening",
        "closing-time.hour",
        "door.colour",
        "door.bell.sound",
        "badge.name",
        "suffix",
        "pods.second.weight",
        "unit",
        "shelves.0.height",
        "till.repository",
        "till.limits.coins",
        "till.limits.notes",
        "nested.value",
        "basket.apples",
        "byName.any.size",
        "walls.north.height",
        "either.side",
        "unused",
        "oldDoor",
        "text",
        "sign.text",
        // The subchart under its alias, its condition and its tag.
        "db.size",
        "db.rack.number",
        "db.enabled",
        "tags.backend",
        "global.zone",
    ] {
        assert_eq!(find(&shop, known), Found::Known, "{known}");
    }
    for open in [
        "labels.any",
        "free.any.thing",
        "global.other",
        "cache.any",
        "strange.any",
        "text.any",
        "db.global.zone",
    ] {
        assert_ne!(find(&shop, open), Found::Unknown, "{open}");
    }
    for unknown in [
        "imgae",
        "image.name",
        "door.clor",
        "store.size",
        "db.nope",
        "till.limits.x",
        "walls.east",
        "pods.first.size",
        "closing-time.minute",
        "sign.colour",
    ] {
        assert_eq!(find(&shop, unknown), Found::Unknown, "{unknown}");
    }
}

#[test]
fn marks_types_and_defaults_are_kept() {
    let shop = from_files(chart_files("shop")).unwrap();
    let view = shop.values.newest().unwrap();
    let attr = |path: &[&str]| view.lookup(path).attr().unwrap().clone();
    assert_eq!(attr(&["replicas"]).default, Some(Scalar::Int(2)));
    assert_eq!(attr(&["door"]).types, Types::MAP);
    assert!(attr(&["oldDoor"]).is_guard_only());
    assert!(attr(&["either"]).flags.contains(Flags::POLYMORPHIC));
    assert!(attr(&["till", "repository"]).flags.contains(Flags::VALUES | Flags::READ));
    assert!(
        view.is_unread(&["unused"]) && view.is_unread(&["sign", "text"]) && !view.is_unread(&["replicas"])
    );
    assert!(!view.is_unread(&["labels"]));
    assert_eq!(view.version(), "1.2.3");
}

#[test]
fn schemas_close_open_and_type() {
    let kiosk = from_tgz(&pack("kiosk", &chart_files("kiosk"))).unwrap();
    let view = kiosk.values.newest().unwrap();
    let attr = |path: &[&str]| view.lookup(path).attr().unwrap().clone();
    assert_eq!(attr(&["papers", "language"]).enum_values.len(), 2);
    assert_eq!(attr(&["papers", "language"]).default, Some(Scalar::String("en".into())));
    assert_eq!(attr(&["drinks", "tea", "litres"]).types, Types::INT | Types::NULL);
    assert_eq!(find(&kiosk, "papers.weekly"), Found::Unknown);
    assert_eq!(find(&kiosk, "drinks.tea.size"), Found::Unknown);
    assert_eq!(find(&kiosk, "anything.at.all"), Found::Open);
    assert_eq!(find(&kiosk, "elsewhere.x"), Found::Open);
    assert_eq!(find(&kiosk, "tree.branch.branch.branch"), Found::Known);
    assert_eq!(find(&kiosk, "tree.leaf"), Found::Unknown);
}

#[test]
fn what_cannot_be_followed_is_open() {
    for (template, path) in [
        ("{{ toYaml .Values.a }}", "a.x"),
        ("{{ .Values.a | toYaml | nindent 2 }}", "a.x"),
        ("{{ $x := .Values.a }}{{ $x | toJson }}", "a.x"),
        ("{{ include .Values.name .Values.a }}", "a.x"),
        ("{{ include \"missing\" .Values.a }}", "a.x"),
        ("{{ include \"missing\" . }}", "any.x"),
        ("{{ tpl (.Files.Get \"conf\") . }}", "any.x"),
        ("{{ tpl \"{{ .Values.a.x }}\" . }}", "a.x"),
        ("{{ tpl (toYaml .Values.a) $ }}", "a.x"),
        ("{{ with .Values }}{{ toYaml .a }}{{ end }}", "a.x"),
        ("{{ range $k, $v := .Values.a }}{{ toYaml $v }}{{ end }}", "a.k.x"),
        ("{{ range .Values.a }}{{ .b }}{{ end }}", "a.0.b"),
        ("{{ $d := dict \"k\" .Values.a }}{{ $_ := set $d \"l\" .Values.b }}{{ $d.l.x }}", "b.x"),
        ("{{ $m := merge .Values.a .Values.b }}{{ .Values.a.x }}", "b.x"),
        ("{{ $m := merge (dict) .Values.a .Values.b }}{{ $m.x }}", "b.x"),
        ("{{ range keys .Values.a }}{{ . }}{{ end }}", "a.x"),
        ("{{ $x := .Values.a }}{{ if .Values.c }}{{ $x = .Values.b }}{{ end }}{{ $x.y }}", "b.y"),
        ("{{ (index .Values .Values.key).x }}", "any.x"),
        ("{{ if and .Values.c (not (empty .Values.a.x)) }}{{ end }}", "a.x"),
        ("{{ dig \"a\" \"x\" \"\" .Values.AsMap }}", "a.x"),
        ("{{ pluck \"x\" .Values.a .Values.b | first }}", "b.x"),
        ("{{ toYaml .Values }}", "any.x"),
        ("{{ toYaml . }}", "any.x"),
        ("{{ .Subcharts.sub.Values.x }}{{ join \",\" .Values.a }}", "a.x"),
        ("{{ if }}}} broken {{", "any.x"),
        ("{{ end }}", "any.x"),
        ("{{ block \"b\" .Values.a }}{{ .x }}{{ end }}", "a.x"),
        ("{{ template \"t\" .Values.a }}{{ define \"t\" }}{{ .x }}{{ end }}", "a.x"),
        (
            "{{ define \"t\" }}{{ .x }}{{ with .y }}{{ template \"t\" . }}{{ end }}{{ end }}{{ template \"t\" .Values.a }}",
            "a.y.y.y.x",
        ),
    ] {
        let chart = chart("", template);
        assert_ne!(find(&chart, path), Found::Unknown, "{template}");
    }
}

#[test]
fn what_can_be_followed_is_closed() {
    for (template, path) in [
        ("{{ .Values.a.b }}", "a.c"),
        ("{{ $x := .Values.a }}{{ $x.b }}", "a.c"),
        ("{{- with .Values.a -}}{{ .b }}{{- end -}}", "a.c"),
        ("{{ range .Values.a }}{{ .b }}{{ end }}", "a.0.c"),
        ("{{ .Values.a.b | quote | printf \"%s\" }}", "a.c"),
        ("{{ template \"t\" .Values.a }}{{ define \"t\" }}{{ .x }}{{ end }}", "a.c"),
        (
            "{{ template \"t\" (dict \"v\" .Values.a \"root\" $) }}{{ define \"t\" }}{{ .v.x }}{{ end }}",
            "a.c",
        ),
        ("{{ include (print $.Template.BasePath \"/x.yaml\") . }}", "a"),
        ("{{ if eq .Values.a.b '\\'' }}{{ end }}", "a.c"),
        ("{{ /* .Values.c */ }} .Values.d {{- /* x */ -}}", "c"),
        ("{{ (index .Values \"a-b\").c }}", "a-b.d"),
        ("{{ tpl .Values.text . }}", "a"),
    ] {
        let chart = chart("", template);
        assert_eq!(find(&chart, path), Found::Unknown, "{template}");
    }
}

#[test]
fn the_last_of_equal_keys_counts() {
    let chart = chart("a: 1\nb:\n  c: 1\na: {d: true}\n", "{{ .Values.a.d }}{{ .Values.b.c }}");
    assert_eq!(find(&chart, "a.d"), Found::Known);
    assert_eq!(find(&chart, "b.c"), Found::Known);
    assert_eq!(find(&chart, "a.e"), Found::Unknown);
}

#[test]
fn subcharts_may_be_packed_and_share_templates() {
    let library = BTreeMap::from([
        ("Chart.yaml".to_owned(), b"name: lib\nversion: 1.0.0\ntype: library".to_vec()),
        ("templates/_t.tpl".to_owned(), b"{{ define \"lib.x\" }}{{ .Values.fromLib }}{{ end }}".to_vec()),
    ]);
    let files = BTreeMap::from([
        ("Chart.yaml".to_owned(), b"name: app\nversion: 1.10\ndependencies: [{name: lib}]".to_vec()),
        ("templates/a.yaml".to_owned(), b"{{ include \"lib.x\" . }}".to_vec()),
        ("charts/lib-1.0.0.tgz".to_owned(), pack("lib", &library)),
    ]);
    let app = from_tgz(&pack("app", &files)).unwrap();
    assert_eq!(find(&app, "fromLib"), Found::Known);
    assert_eq!(find(&app, "other"), Found::Unknown);
}
