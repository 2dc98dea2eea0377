//! The minimum work of any linter, for comparison with `rke2-lint`: find the files of a tree that may contain
//! configuration, read them all, and look at each byte once. `cargo run --release --example read-floor -- FOLDER
//! [THREADS]`.

use std::error::Error;
use std::fs::{self, File};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// Extensions of files with configuration in the generated trees.
const EXTENSIONS: &[&str] = &["j2", "sh", "tf", "yaml"];

#[derive(Default)]
struct Seen {
    files: usize,
    bytes: usize,
    lines: usize,
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args_os().skip(1);
    let folder = PathBuf::from(arguments.next().ok_or("usage: read-floor FOLDER [THREADS]")?);
    let threads = match arguments.next() {
        Some(text) => text.to_string_lossy().parse()?,
        None => thread::available_parallelism()?.get(),
    };
    let mut paths = Vec::new();
    find(&folder, &mut paths)?;
    let next = AtomicUsize::new(0);
    let parts = thread::scope(|scope| {
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(|| read(&paths, &next))).collect();
        workers.into_iter().map(|worker| worker.join().expect("readers do not panic")).collect::<Vec<_>>()
    });
    let mut sum = Seen::default();
    for part in parts {
        let part = part?;
        sum.files += part.files;
        sum.bytes += part.bytes;
        sum.lines += part.lines;
    }
    writeln!(io::stdout(), "{} {} {}", sum.files, sum.bytes, sum.lines)?;
    Ok(())
}

fn find(folder: &Path, paths: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let path = entry.path();
        if entry.file_type()?.is_dir() {
            find(&path, paths)?;
        } else if path.extension().is_some_and(|extension| EXTENSIONS.iter().any(|known| extension == *known))
        {
            paths.push(path);
        }
    }
    Ok(())
}

/// Takes paths one by one until none is left.
fn read(paths: &[PathBuf], next: &AtomicUsize) -> io::Result<Seen> {
    let mut seen = Seen::default();
    let mut bytes = Vec::new();
    while let Some(path) = paths.get(next.fetch_add(1, Ordering::Relaxed)) {
        bytes.clear();
        File::open(path)?.read_to_end(&mut bytes)?;
        seen.files += 1;
        seen.bytes += bytes.len();
        #[allow(
            clippy::naive_bytecount,
            reason = "the compiler makes it fast enough, and this needs no crate"
        )]
        let lines = bytes.iter().filter(|&&byte| byte == b'\n').count();
        seen.lines += lines;
    }
    Ok(seen)
}
