//! Archives that are broken or malicious.

use std::collections::BTreeMap;
use std::io::Write as _;

use base64::Engine as _;
use rke2_lint::catalog::archive::{
    ArchiveError, Limits, from_chart_content, from_files, from_tgz, from_tgz_within,
};

use super::archive::{chart_files, pack};

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// An entry whose name the tar builder would reject.
fn raw_entry(name: &str, content: &[u8]) -> Vec<u8> {
    let mut header = tar::Header::new_gnu();
    header.as_old_mut().name[..name.len()].copy_from_slice(name.as_bytes());
    header.set_size(content.len() as u64);
    header.set_cksum();
    let mut bytes = header.as_bytes().to_vec();
    bytes.extend_from_slice(content);
    bytes.resize(bytes.len().next_multiple_of(512), 0);
    bytes
}

#[test]
fn what_is_no_archive_is_told() {
    assert!(matches!(from_chart_content(b"%%%"), Err(ArchiveError::Base64(_))));
    assert!(matches!(from_chart_content(b"data:;base64,AAAA"), Err(ArchiveError::Base64(_))));
    assert!(matches!(from_chart_content(b""), Err(ArchiveError::Gzip(_))));
    let text = base64::engine::general_purpose::STANDARD.encode("PK\x03\x04 a zip file");
    assert!(matches!(from_chart_content(text.as_bytes()), Err(ArchiveError::Gzip(_))));
    assert!(matches!(from_tgz(&gzip(&[7; 2048])), Err(ArchiveError::Tar(_))));
    assert!(matches!(from_tgz(&gzip(b"")), Err(ArchiveError::NoChart)));
    assert!(matches!(from_tgz(&pack("x", &BTreeMap::new())), Err(ArchiveError::NoChart)));
    assert!(matches!(from_files(BTreeMap::new()), Err(ArchiveError::NoChart)));
}

#[test]
fn every_truncation_is_told_and_none_panics() {
    let whole = pack("shop", &chart_files("shop"));
    // The end of the stream may be missing, because Helm does not read it either.
    for length in (0..whole.len()).step_by(9) {
        assert!(
            from_tgz(&whole[..length]).is_err() || length + 32 > whole.len(),
            "{length} of {}",
            whole.len()
        );
    }
    assert!(matches!(from_tgz(&whole[..whole.len() / 2]), Err(ArchiveError::Gzip(_))));
}

#[test]
fn flipped_bytes_do_not_panic() {
    let whole = pack("shop", &chart_files("shop"));
    for position in (0..whole.len()).step_by(11) {
        let mut broken = whole.clone();
        broken[position] ^= 0x55;
        let _ = from_tgz(&broken);
    }
}

#[test]
fn bombs_are_stopped() {
    let mut files = chart_files("kiosk");
    files.insert("templates/zeros".to_owned(), vec![0; 80 << 20]);
    let bomb = pack("kiosk", &files);
    assert!(bomb.len() < 200_000);
    assert!(matches!(from_tgz(&bomb), Err(ArchiveError::TooLarge { .. })));

    // A decompression bomb in a file that is not read, and one inside a nested chart.
    let mut files = chart_files("kiosk");
    files.insert("README.md".to_owned(), vec![0; 80 << 20]);
    let bomb = pack("kiosk", &files);
    assert!(matches!(from_tgz(&bomb), Err(ArchiveError::TooLarge { .. })));
    let mut outer = chart_files("shop");
    outer.insert("charts/kiosk.tgz".to_owned(), bomb);
    assert!(matches!(from_tgz(&pack("shop", &outer)), Err(ArchiveError::TooLarge { .. })));
}

#[test]
fn limits_hold() {
    let packed = pack("shop", &chart_files("shop"));
    for limits in [
        Limits { entries: 3, ..Limits::default() },
        Limits { file: 20, ..Limits::default() },
        Limits { bytes: 4096, ..Limits::default() },
    ] {
        let error = from_tgz_within(&packed, limits).unwrap_err();
        assert!(matches!(error, ArchiveError::TooLarge { .. }), "{error}");
    }
    let mut inner = chart_files("kiosk");
    for _ in 0..8 {
        let packed = pack("kiosk", &inner);
        inner = chart_files("kiosk");
        inner.insert("charts/kiosk.tgz".to_owned(), packed);
    }
    assert!(matches!(from_tgz(&pack("kiosk", &inner)), Err(ArchiveError::TooLarge { .. })));
}

#[test]
fn paths_that_lead_out_are_refused() {
    for name in ["../../etc/passwd", "shop/../../x", "/etc/passwd", "shop\\..\\..\\x"] {
        let mut tar = raw_entry("shop/Chart.yaml", b"name: shop");
        tar.extend(raw_entry(name, b"x"));
        tar.extend([0; 1024]);
        let error = from_tgz(&gzip(&tar)).unwrap_err();
        assert!(matches!(error, ArchiveError::Outside(_)), "{name}: {error}");
    }
}

#[test]
fn broken_files_are_named() {
    for (name, content) in [
        ("Chart.yaml", "name: [a"),
        ("values.yaml", "a: {b"),
        ("values.schema.json", "{"),
        ("requirements.yaml", "dependencies: 5"),
    ] {
        let mut files = chart_files("kiosk");
        files.insert(name.to_owned(), content.as_bytes().to_vec());
        let error = from_files(files).unwrap_err().to_string();
        assert!(error.starts_with(&format!("cannot read `{name}`: ")), "{error}");
    }
}

#[test]
fn tangled_templates_end() {
    let mut files = chart_files("kiosk");
    let nested = format!("{}x{}", "{{ if .Values.a }}".repeat(5000), "{{ end }}".repeat(5000));
    files.insert("templates/nested".to_owned(), nested.into_bytes());
    let grouped = format!("{{{{ {}1{} }}}}", "(".repeat(5000), ")".repeat(5000));
    files.insert("templates/grouped".to_owned(), grouped.into_bytes());
    let calls = (0..60).map(|n| {
        let next = n + 1;
        format!(
            "{{{{ define \"d{n}\" }}}}{{{{ include \"d{next}\" .a }}}}{{{{ include \"d{next}\" .b }}}}{{{{ end }}}}"
        )
    });
    let calls: String = calls.collect();
    files.insert(
        "templates/calls".to_owned(),
        format!("{calls}{{{{ include \"d0\" .Values }}}}").into_bytes(),
    );
    let chart = from_files(files).unwrap();
    assert!(chart.values.newest().unwrap().lookup(&["any"]).is_accepted());
    let deep = format!("a: {}1{}", "{a: ".repeat(2000), "}".repeat(2000));
    let mut files = chart_files("kiosk");
    files.insert("values.yaml".to_owned(), deep.into_bytes());
    assert!(from_files(files).is_err());
}
