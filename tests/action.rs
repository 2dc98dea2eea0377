//! Runs the script of the GitHub Action with bash, as a runner does, and with the built binary.

#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a helper that fails is a test that fails")]

mod common;

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use common::root;

/// Runs the script in a folder with these inputs and the variables that a runner sets.
fn run(folder: &Path, inputs: &[(&str, &str)]) -> Output {
    let temp = folder.join("runner");
    fs::create_dir_all(&temp).unwrap();
    let mut command = Command::new("bash");
    command
        .arg(root().join("scripts/action.sh"))
        .current_dir(folder)
        .env("RKE2_LINT", env!("CARGO_BIN_EXE_rke2-lint"))
        .env("ACTION_PATH", root())
        .env("RUNNER_TEMP", &temp)
        .env("GITHUB_OUTPUT", temp.join("output"))
        .env("GITHUB_STEP_SUMMARY", temp.join("summary"))
        .envs(inputs.iter().copied());
    command.output().unwrap()
}

fn project() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let write = |path: &str, text: &str| {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    write("one node/config.yaml", "tls-san: [a]\ncni: cilum\n");
    write("two/config.yaml", "tls-san: [a]\nnode_label: [a=b]\n");
    write("three/config.yaml", "tls-san: [a]\ncni: cilium\n");
    folder
}

fn read(folder: &Path, name: &str) -> String {
    fs::read_to_string(folder.join("runner").join(name)).unwrap()
}

#[test]
fn counts_files_and_the_summary_of_the_step_are_written() {
    let folder = project();
    let run = run(folder.path(), &[("PATHS", "one node\ntwo\nthree\n"), ("FORMAT", "github")]);
    assert_eq!(run.status.code(), Some(1), "{}", String::from_utf8_lossy(&run.stderr));
    assert!(String::from_utf8_lossy(&run.stdout).contains("::error file=one node/config.yaml,line=2"));
    let output = read(folder.path(), "output");
    assert!(output.contains("errors=2\nwarnings=0\ninfos=0\n"), "{output}");
    assert!(output.contains("\none node/config.yaml\ntwo/config.yaml\n"), "{output}");
    assert!(output.ends_with("exit-code=1\n"), "{output}");
    assert!(read(folder.path(), "summary").contains("config/unknown-key"));
}

#[test]
fn words_may_be_separated_by_blanks_and_arguments_are_handed_on() {
    let folder = project();
    let run = run(
        folder.path(),
        &[
            ("PATHS", "two three"),
            ("FORMAT", "concise sarif=out.sarif"),
            ("FAIL_ON", "never"),
            ("ARGS", "--ignore\nconfig/unknown-key\n"),
        ],
    );
    assert_eq!(run.status.code(), Some(0), "{}", String::from_utf8_lossy(&run.stderr));
    assert!(String::from_utf8_lossy(&run.stdout).starts_with("::add-matcher::"));
    assert!(folder.path().join("out.sarif").exists());
    assert!(read(folder.path(), "output").contains("errors=0\n"));
}

#[test]
fn inputs_are_never_run() {
    let folder = project();
    let input = "$(touch ran); `touch ran` ; touch ran";
    run(folder.path(), &[("PATHS", input), ("ARGS", input), ("RKE2_VERSION", input), ("FORMAT", input)]);
    assert!(!folder.path().join("ran").exists());
}

#[test]
fn bad_usage_is_told_by_its_code() {
    let folder = project();
    let run = run(folder.path(), &[("WORKING_DIRECTORY", "two"), ("CONFIG", "missing.yaml")]);
    assert_eq!(run.status.code(), Some(2));
    assert!(read(folder.path(), "output").ends_with("exit-code=2\n"));
}
