//! Writes a tree for measurements, with the same bytes on every machine: `cargo run --release --example workload --
//! FOLDER small 20000`.

use std::error::Error;
use std::fs;
use std::io;
use std::path::PathBuf;

#[path = "../benches/workload/mod.rs"]
mod workload;

const USAGE: &str = "usage: workload FOLDER one | small FILES | cluster MANIFESTS | findings FILES | mixed FILES | \
                     big FILES KILOBYTES | keys NUMBER | documents NUMBER | text KILOBYTES";

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args_os().skip(1);
    let folder = PathBuf::from(arguments.next().ok_or(USAGE)?);
    let words: Vec<String> = arguments.map(|word| word.to_string_lossy().into_owned()).collect();
    let put = |path: String, text: String| -> io::Result<()> {
        let path = folder.join(path);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent)?;
        }
        fs::write(path, text)
    };
    match words.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["one"] => workload::one(put)?,
        ["small", files] => workload::small(files.parse()?, put)?,
        ["cluster", manifests] => workload::cluster(manifests.parse()?, put)?,
        ["findings", files] => workload::findings(files.parse()?, put)?,
        ["mixed", files] => workload::mixed(files.parse()?, put)?,
        [what @ ("keys" | "documents" | "text"), count] => workload::long(what, count.parse()?, put)?,
        ["big", files, kilobytes] => workload::big(files.parse()?, kilobytes.parse()?, put)?,
        _ => return Err(USAGE.into()),
    }
    Ok(())
}
