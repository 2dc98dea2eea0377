//! Files next to a file that are not linted themselves: scripts and notes that show which program it is meant for.
//! Produces no findings.

use std::path::Path;

use super::names::shown;
use super::reader::Reader;
use crate::words::Word;

/// The manifests folder of K3s, as mentioned in installation scripts.
static FOLDER: Word = Word::new("rancher/k3s");
/// The only packaged chart of K3s that is usually configured with a `HelmChartConfig`. In RKE2 it is called
/// `rke2-traefik`.
static CHART: Word = Word::new("name: traefik");
static OVERRIDE: Word = Word::new("HelmChartConfig");
/// The maximum number of files that are searched, and their maximum size in bytes.
const MOST: usize = 200;
const LARGEST: u64 = 128 * 1024;

/// Whether a file sets values of a chart that K3s has under the same name.
pub fn may_be_for_k3s(text: &str) -> bool {
    CHART.is_in(text.as_bytes()) && OVERRIDE.is_in(text.as_bytes())
}

/// Whether a file in the same folder as another one, or in the folder above, mentions K3s' folder.
pub fn speak_of_k3s(file: &Path, reader: &dyn Reader) -> bool {
    let folder = file.parent().unwrap_or(Path::new(""));
    let above = folder.parent().filter(|_| !folder.as_os_str().is_empty());
    let mut buffer = Vec::new();
    std::iter::once(folder).chain(above).any(|folder| {
        let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
        reader.files_in(folder, MOST).iter().any(|path| {
            reader.read(&shown(path), path, LARGEST, &mut buffer).is_ok() && FOLDER.is_in(&buffer)
        })
    })
}
