//! Chart archives: the input itself, the input as a tar with corrected checksums, and the input as the files of a
//! chart.
#![no_main]

use std::collections::BTreeMap;
use std::io::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::write::GzEncoder;
use libfuzzer_sys::fuzz_target;
use rke2_lint::catalog::archive::{ArchiveChart, ArchiveError, from_chart_content, from_files, from_tgz};
use rke2_lint::catalog::suggest;
use rke2_lint_fuzz::sections::{MARK, sections};

const BLOCK: usize = 512;
/// Maximum number of paths of one chart that are looked up again.
const LOOKED_UP: usize = 200;

fuzz_target!(|data: &[u8]| {
    if data.starts_with(MARK) {
        assert_files(data);
        return;
    }
    let raw = outcome(from_tgz(data));
    assert_eq!(raw, outcome(from_chart_content(STANDARD.encode(data).as_bytes())));
    let _ = outcome(from_chart_content(data));
    let mut tar = data.to_vec();
    mend(&mut tar);
    let packed = gzip(&tar);
    let mended = outcome(from_tgz(&packed));
    // Base64 may contain line breaks.
    let mut lines = String::new();
    for line in STANDARD.encode(&packed).as_bytes().chunks(76) {
        lines.push_str(std::str::from_utf8(line).expect("letters"));
        lines.push_str("\r\n  ");
    }
    assert_eq!(mended, outcome(from_chart_content(lines.as_bytes())));
});

/// The files of a chart, both directly and packed, must have the same result.
fn assert_files(data: &[u8]) {
    let files: BTreeMap<String, Vec<u8>> =
        sections(data).into_iter().map(|(path, content)| (path, content.to_vec())).collect();
    let packed = gzip(&tar(&files));
    let loose = outcome(from_files(files.clone()));
    // A name that leads out of the archive, or that tar cannot represent, is tested in the packed form only.
    let is_plain = |path: &String| {
        path.len() < 80
            && path.is_ascii()
            && path.split('/').all(|part| !matches!(part, "" | "." | ".."))
            && !path.contains(['\\', '\0'])
    };
    let packed = outcome(from_tgz(&packed));
    if files.keys().all(is_plain) {
        assert_eq!(loose, packed);
    }
}

/// The contents of an archive as text; all of its values must be found by a lookup.
fn outcome(result: Result<ArchiveChart, ArchiveError>) -> String {
    let chart = match result {
        Ok(chart) => chart,
        Err(error) => {
            let text = error.to_string();
            assert!(!text.is_empty());
            return text;
        }
    };
    let view = chart.values.at(&chart.version).expect("its one version");
    assert!(view.lookup::<&str>(&[]).is_accepted());
    let paths = view.paths();
    for (path, attr) in paths.iter().take(LOOKED_UP) {
        assert!(view.lookup(path).is_accepted(), "{path:?}");
        assert_eq!(view.lookup(path).attr(), Some(*attr), "{path:?}");
        let _ = (view.is_unread(path), view.children(path).count());
    }
    if let Some((path, _)) = paths.last() {
        let mut wrong: Vec<String> = path.iter().map(|&key| key.to_owned()).collect();
        for key in &mut wrong {
            key.push('x');
        }
        let _ = suggest(view, &wrong);
    }
    format!("{} {} {paths:?}", chart.name, chart.version)
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::none());
    encoder.write_all(bytes).expect("a buffer takes everything");
    encoder.finish().expect("a buffer takes everything")
}

fn tar(files: &BTreeMap<String, Vec<u8>>) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (path, content) in files {
        let mut header = tar::Header::new_gnu();
        let name = format!("chart/{path}").into_bytes();
        let room = &mut header.as_old_mut().name;
        let len = name.len().min(room.len());
        room[..len].copy_from_slice(&name[..len]);
        header.set_size(content.len() as u64);
        header.set_cksum();
        bytes.extend_from_slice(header.as_bytes());
        bytes.extend_from_slice(content);
        bytes.resize(bytes.len().next_multiple_of(BLOCK), 0);
    }
    bytes.resize(bytes.len() + 2 * BLOCK, 0);
    bytes
}

/// Corrects the checksums of all headers, which mutations would hardly ever match.
fn mend(tar: &mut [u8]) {
    let mut at = 0;
    while let Some(block) = tar.get_mut(at..at + BLOCK) {
        let mut header = tar::Header::new_old();
        header.as_mut_bytes().copy_from_slice(block);
        if block.iter().any(|&byte| byte != 0) {
            header.set_cksum();
            block.copy_from_slice(header.as_bytes());
        }
        let size = header.entry_size().unwrap_or(0).min(tar.len() as u64) as usize;
        at += BLOCK + size.next_multiple_of(BLOCK);
    }
}
