//! The environment of the program: no variables, few files, few threads, little memory, no folder.

use std::fs;

use super::bounded::{Said, shell, shell_command, trap};
use super::common::{WRONG, program, write};

#[test]
fn an_empty_environment_is_enough() {
    let folder = trap(&[]);
    for format in ["human", "concise"] {
        let output = program(folder.path()).args(["check", "--format", format, "-v"]).output().unwrap();
        assert_eq!(output.status.code(), Some(1));
        assert!(String::from_utf8(output.stdout).unwrap().contains("manifests/a.yaml:5:14"));
    }
    let strange = "HOME=/nowhere TERM=nonsense LANG=xx_YY.KOI8-R COLUMNS=-1 LINES=0 TMPDIR=/nowhere PATH=";
    shell(folder.path(), &format!("{strange} exec \"$0\" check --format concise")).ended(1);
    let said = shell(folder.path(), "PATH= exec \"$0\" check --since HEAD");
    assert_eq!(said.code, Some(2), "{said:?}");
    said.says(&["--since", "`git` is needed"]);
}

#[test]
fn few_open_files_are_enough() {
    let folder = trap(&[]);
    for index in 0..300 {
        let deep = "d/".repeat(index % 40);
        write(folder.path(), &format!("{deep}c{index}/manifests/x.yaml"), WRONG);
    }
    let said = shell(folder.path(), "ulimit -n 64; exec \"$0\" check --format concise");
    assert_eq!(said.ended(1).findings(), 301);
    // If there are too few files, this is reported, and no finding is silently lost.
    let said = shell(folder.path(), "ulimit -n 12; exec \"$0\" check --format concise --threads 1");
    assert!(said.code == Some(2) || said.findings() == 301, "{said:?}");
}

#[test]
fn one_process_is_enough() {
    let folder = trap(&[]);
    fs::set_permissions(folder.path(), std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    // A separate user, so that other programs do not count. Root is not limited.
    let limited = |arguments: &str| {
        let limit = "prlimit --nproc=1 setpriv --reuid 61234 --regid 61234 --clear-groups";
        shell(folder.path(), &format!("exec {limit} \"$0\" {arguments}"))
    };
    if limited("--version").code != Some(0) {
        eprintln!("not tried: no setpriv, no prlimit, or not root");
        return;
    }
    limited("check --format concise").ended(1);
    let said = limited("check --threads 2");
    assert_eq!(said.code, Some(2), "{said:?}");
    said.says(&["--threads: cannot start threads"]);
}

#[test]
fn more_threads_than_any_machine_has_are_refused() {
    let folder = trap(&[]);
    let said = shell(folder.path(), "exec \"$0\" check --threads 100000");
    assert_eq!(said.code, Some(2), "{said:?}");
    said.says(&["--threads: must be at most 1024"]);
}

#[test]
fn a_folder_that_is_gone_is_told() {
    let folder = trap(&[("gone/x.yaml", "")]);
    let said = shell(folder.path(), "cd gone && rm -r ../gone && exec \"$0\" check");
    assert_eq!(said.code, Some(2), "{said:?}");
    said.says(&["error: cannot read the working directory"]);
}

#[test]
fn a_tree_that_cannot_be_written_is_read() {
    let folder = trap(&[]);
    // Root may write anywhere, except on a file system that is mounted read-only.
    let mount = "mount --bind . . && mount -o remount,bind,ro . && cd \"$PWD\"";
    let read_only = |command: &str| {
        let script = format!("unshare -m /bin/sh -c '{mount} && {command}' \"$0\"");
        Said::of(shell_command(folder.path(), &script).output().unwrap())
    };
    if read_only("! touch x 2>/dev/null").code != Some(0) {
        eprintln!("not tried: nothing can be mounted here");
        return;
    }
    read_only("exec \"$0\" check --format concise").ended(1);
    let said = read_only("exec \"$0\" check --write-baseline base.json");
    assert_eq!(said.code, Some(2), "{said:?}");
    said.says(&["cannot write the baseline base.json"]);
    let said = read_only("exec \"$0\" check --format json=out.json");
    assert_eq!(said.code, Some(2), "{said:?}");
    said.says(&["cannot write out.json"]);
}
