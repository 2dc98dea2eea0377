//! Derives `catalog/neutral` and `catalog/embedded.bin` from plain git clones of RKE2's repositories: `cargo run
//! --release --example refresh-catalog -- --rke2 DIR --charts DIR`. See docs/internals/refresh.md.
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a program for maintainers: the report is its output"
)]

mod refresh;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;

use refresh::{Options, run};

#[derive(Debug, Parser)]
#[command(name = "refresh-catalog", about = "Derives the catalogue from git clones")]
struct Arguments {
    /// Clone of rancher/rke2, with all tags
    #[arg(long, value_name = "DIR")]
    rke2: PathBuf,
    /// Clone of rancher/rke2-charts
    #[arg(long, value_name = "DIR")]
    charts: PathBuf,
    /// Clone of k3s-io/helm-controller: the fields of `HelmChart`
    #[arg(long, value_name = "DIR")]
    helm_controller: Option<PathBuf>,
    /// Clone of k3s-io/klipper-helm: the version of Helm in the install job
    #[arg(long, value_name = "DIR")]
    klipper_helm: Option<PathBuf>,
    /// Clone of k3s-io/k3s: the types of keys that are new in K3s
    #[arg(long, value_name = "DIR")]
    k3s: Option<PathBuf>,
    /// Clone of rancher/rke2-docs: release dates, and which releases have notes
    #[arg(long, value_name = "DIR")]
    docs: Option<PathBuf>,
    /// Add the newest release candidate of each patch that has no final release
    #[arg(long)]
    rc: bool,
    /// Write nothing: compare with what is there, and print the figures of the audit
    #[arg(long)]
    check: bool,
    /// The catalogue to refresh
    #[arg(long, value_name = "DIR", default_value = "catalog")]
    catalog: PathBuf,
    /// Write the report here as well: the body of a pull request
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let options = Options {
        rke2: arguments.rke2,
        charts: arguments.charts,
        helm_controller: arguments.helm_controller,
        klipper_helm: arguments.klipper_helm,
        k3s: arguments.k3s,
        docs: arguments.docs,
        candidates: arguments.rc,
        check: arguments.check,
        catalog: arguments.catalog,
    };
    let outcome = match run(&options) {
        Ok(outcome) => outcome,
        Err(error) => {
            eprintln!("error: {error}");
            return ExitCode::from(2);
        }
    };
    print!("{}", outcome.report);
    if let Some(path) = arguments.report
        && let Err(error) = std::fs::write(&path, &outcome.report)
    {
        eprintln!("error: cannot write {}: {error}", path.display());
        return ExitCode::from(2);
    }
    for failure in &outcome.failures {
        eprintln!("failed: {failure}");
    }
    ExitCode::from(u8::from(!outcome.failures.is_empty()))
}
