//! The `rke2-lint` program.
fn main() {}
