//! Runs of the engine over trees in memory.
#![allow(dead_code, reason = "each program uses its own part")]

use std::collections::BTreeMap;
use std::sync::OnceLock;

use rke2_lint::engine::Input;

/// A tree in memory as input for the engine.
pub fn inputs(files: &[(String, String)]) -> BTreeMap<String, Input> {
    files.iter().map(|(path, text)| (path.clone(), Input::Bytes(text.clone().into_bytes()))).collect()
}

/// Runs the work on one thread, so that figures do not depend on the number of cores.
pub fn alone<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    static POOL: OnceLock<rayon::ThreadPool> = OnceLock::new();
    let pool = POOL.get_or_init(|| {
        rayon::ThreadPoolBuilder::new().num_threads(1).build().expect("a thread can be started")
    });
    pool.install(work)
}
