//! Builds `catalog/embedded.bin` from `catalog/neutral` and `catalog/kept`: `cargo run --example build-catalog`.

use std::collections::BTreeMap;
use std::error::Error;
use std::fs;
use std::path::Path;

fn main() -> Result<(), Box<dyn Error>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("catalog");
    let mut files = BTreeMap::new();
    for (folder, prefix) in [("neutral", ""), ("neutral/charts", "charts/"), ("kept", "")] {
        for entry in fs::read_dir(root.join(folder))? {
            let path = entry?.path();
            if let (true, Some(name)) = (path.is_file(), path.file_name()) {
                files.insert(format!("{prefix}{}", name.to_string_lossy()), fs::read_to_string(&path)?);
            }
        }
    }
    fs::write(root.join("embedded.bin"), rke2_lint::catalog::embed(&files)?)?;
    Ok(())
}
