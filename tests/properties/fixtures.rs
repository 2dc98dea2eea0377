//! Every fixture truncated at every byte, with every byte replaced, and with a letter of two bytes inserted before every
//! character: no panic, no hang, no span outside its file.
//!
//! By default, this runs a sample that is the same in each run: about 30,000 texts from all fixtures are parsed,
//! classified and searched for embedded documents and units, and about 1,000 are checked completely, at the fixture's
//! place in its tree. With `RKE2_LINT_ALL_MUTATIONS=1`, all of them are parsed, with every byte replaced by each of the
//! other 255, and all are checked completely, with every byte replaced by one other; use `cargo test --release`.

use std::collections::BTreeMap;
use std::fs;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use rayon::prelude::*;
use rke2_lint::engine::{Input, Options, lint_sources};
use rke2_lint::rke2::addon::has_manifest_extension;
use rke2_lint::rke2::file::RkeFile;
use rke2_lint::source::{SourceFile, Sources};
use rke2_lint::unit;

use super::common::{files_below, root};
use super::places::{assert_report, assert_spans};

/// The time after which a text counts as a hang. A text normally takes a thousandth of it.
const PATIENCE: Duration = Duration::from_secs(60);
/// One in this many texts is parsed, and one in [`CHECKED`] is checked completely, by default.
const PARSED: u64 = 8_000;
const CHECKED: u64 = 1_600;
/// In place of the byte that replaces another one: the text ends here.
const CUT: u16 = 256;
/// In place of the byte that replaces another one: [`LETTER`] is inserted.
const INSERTED: u16 = 257;
/// A letter of more than one byte, which no token of any format contains.
const LETTER: &str = "é";

/// A fixture: its path within its tree, and its bytes.
struct Fixture {
    path: String,
    bytes: Vec<u8>,
}

fn fixtures() -> Vec<Fixture> {
    let folder = root().join("testdata");
    files_below(&folder)
        .into_iter()
        .filter_map(|file| {
            let path = file.strip_prefix(&folder).unwrap().to_string_lossy().replace('\\', "/");
            // testdata/rules/CATEGORY/NAME/SIDE/ and testdata/projects/NAME/ are separate trees.
            let levels = if path.starts_with("rules/") { 4 } else { 2 };
            let inside = path.splitn(levels + 1, '/').nth(levels)?.to_owned();
            let name = file.file_name()?.to_string_lossy();
            let is_read = has_manifest_extension(&name) || unit::may_host(&name);
            Some(Fixture { path: inside, bytes: fs::read(&file).ok().filter(|_| is_read)? })
        })
        .collect()
}

fn is_all() -> bool {
    std::env::var_os("RKE2_LINT_ALL_MUTATIONS").is_some()
}

/// Aborts the program and prints the text on which something hangs, because a hanging test prints nothing.
struct Watch(Mutex<BTreeMap<usize, (Instant, Vec<u8>)>>);

impl Watch {
    fn over<T>(&self, text: &[u8], work: impl FnOnce() -> T) -> T {
        let thread = rayon::current_thread_index().unwrap_or(0);
        self.0.lock().unwrap().insert(thread, (Instant::now(), text.to_vec()));
        let done = work();
        self.0.lock().unwrap().remove(&thread);
        done
    }

    fn look(&self) {
        for (since, text) in self.0.lock().unwrap().values() {
            if since.elapsed() > PATIENCE {
                eprintln!("this text hangs: {:?}", String::from_utf8_lossy(text));
                std::process::abort();
            }
        }
    }
}

/// Whether a text belongs to the sample.
fn is_sampled(fixture: usize, at: usize, byte: u16, one_in: u64) -> bool {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for part in [fixture as u64, at as u64, u64::from(byte)] {
        hash = (hash ^ part).wrapping_mul(0x0000_0100_0000_01b3);
        hash ^= hash >> 29;
    }
    hash.is_multiple_of(one_in)
}

/// Runs `work` over the prefixes ([`CUT`]), insertions ([`INSERTED`]) and replacements that `wanted` selects. Returns
/// their number.
fn each(wanted: impl Fn(usize, usize, u16) -> bool + Sync, work: impl Fn(&Fixture, &[u8]) + Sync) -> usize {
    let fixtures = fixtures();
    assert!(fixtures.len() > 1_000, "only {} fixtures", fixtures.len());
    let (count, running) = (AtomicUsize::new(0), AtomicUsize::new(1));
    let watch = Watch(Mutex::new(BTreeMap::new()));
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while running.load(Ordering::Relaxed) == 1 {
                std::thread::sleep(Duration::from_millis(200));
                watch.look();
            }
        });
        // The watch must also end after a panic.
        let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            fixtures.par_iter().enumerate().for_each(|(index, fixture)| {
                let run = |bytes: &[u8]| {
                    count.fetch_add(1, Ordering::Relaxed);
                    watch.over(bytes, || work(fixture, bytes));
                };
                for at in 0..=fixture.bytes.len() {
                    let (before, after) = fixture.bytes.split_at(at);
                    if wanted(index, at, CUT) {
                        run(before);
                    }
                    if wanted(index, at, INSERTED) {
                        run(&[before, LETTER.as_bytes(), after].concat());
                    }
                }
                let mut bytes = fixture.bytes.clone();
                for at in 0..bytes.len() {
                    let kept = bytes[at];
                    for byte in (0..=255).filter(|byte| *byte != kept && wanted(index, at, u16::from(*byte)))
                    {
                        bytes[at] = byte;
                        run(&bytes);
                    }
                    bytes[at] = kept;
                }
            });
        }));
        running.store(0, Ordering::Relaxed);
        if let Err(panic) = outcome {
            std::panic::resume_unwind(panic);
        }
    });
    count.into_inner()
}

#[test]
fn cut_and_changed_fixtures_are_parsed() {
    let wanted = |fixture, at, byte| {
        // The sample rate of prefixes and insertions is higher, because there is only one of each per byte.
        let one_in = if byte >= CUT { PARSED / 100 } else { PARSED };
        is_all() || is_sampled(fixture, at, byte, one_in)
    };
    let count = each(wanted, |fixture, bytes| {
        let Ok(text) = std::str::from_utf8(bytes) else {
            let valid = std::str::from_utf8(bytes).unwrap_err().valid_up_to();
            RkeFile::not_text(Sources::id_at(0), fixture.path.as_str(), bytes, valid);
            return;
        };
        let file = RkeFile::read(Sources::id_at(0), Arc::new(SourceFile::new(fixture.path.as_str(), text)));
        assert_spans(&file.stream, text, 0);
        for values in &file.values {
            assert_spans(&values.stream, text, 0);
        }
        if unit::is_marked(text) {
            assert_units(&fixture.path, text);
        }
    });
    eprintln!("{count} cut and changed fixtures were parsed");
}

/// Every character of every unit has a place in its file, and the same text there where the map claims so.
fn assert_units(path: &str, text: &str) {
    for unit in unit::units(&unit::Source::new(&path.into(), &text.into())).units {
        for (at, c) in unit.view.text().char_indices() {
            let range = at..at + c.len_utf8();
            let Some(outer) = unit.view.outer(&range) else { continue };
            let piece = text.get(outer.clone());
            assert!(piece.is_some(), "{path}: {outer:?} of {text}");
            if unit.view.is_exact(&range) {
                assert_eq!(piece, unit.view.text().get(range), "{path}");
            }
        }
    }
}

#[test]
fn cut_and_changed_fixtures_are_checked() {
    let options = Options::default();
    let wanted = |fixture, at: usize, byte: u16| {
        // Each byte is replaced by a single other one, which varies from place to place.
        let other = (at * 31 + fixture * 17) % 255;
        let chosen = byte >= CUT || usize::from(byte) == other;
        chosen && (is_all() || is_sampled(fixture, at, byte, CHECKED))
    };
    let count = each(wanted, |fixture, bytes| {
        let files = BTreeMap::from([(fixture.path.clone(), Input::Bytes(bytes.to_vec()))]);
        assert_report(&lint_sources(files, None, &options));
    });
    eprintln!("{count} cut and changed fixtures were checked");
}
