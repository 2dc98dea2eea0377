//! Shared by the fuzz targets: inputs that represent several files, and properties that must hold for any input.

pub mod places;
pub mod sections;
pub mod shown;

use std::sync::Once;

/// Keeps the work of all later runs on this thread, so that an input always takes the same path.
pub fn stay_on_this_thread() {
    static POOL: Once = Once::new();
    POOL.call_once(|| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(1).use_current_thread();
        pool.build_global().expect("the first pool");
    });
}
