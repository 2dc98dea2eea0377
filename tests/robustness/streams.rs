//! Standard streams that are closed, full, endless or not read.

use std::process::Stdio;

use super::bounded::{Said, shell, shell_command, trap};
use super::common::WRONG;

#[test]
fn closed_streams_are_no_reason_to_fail() {
    let folder = trap(&[]);
    for closed in ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"] {
        for format in ["human", "concise", "json", "sarif"] {
            let said = shell(folder.path(), &format!("exec \"$0\" check --format {format} {closed}"));
            assert_eq!(said.code, Some(1), "{closed}: {said:?}");
            assert!(!said.err.contains("panicked"), "{closed}: {said:?}");
        }
    }
    // It is closed, so there is nothing to lint.
    let said = shell(folder.path(), "exec \"$0\" check - <&-");
    assert!(matches!(said.code, Some(0 | 2)), "{said:?}");
}

#[test]
fn a_full_disk_is_told() {
    if !std::path::Path::new("/dev/full").exists() {
        return;
    }
    let folder = trap(&[]);
    let commands =
        ["check", "check -v --format json", "rules", "explain suppress/unused-ignore", "catalog", "man"];
    for command in commands {
        let said = shell(folder.path(), &format!("exec \"$0\" {command} >/dev/full"));
        assert_eq!(said.code, Some(2), "{command}: {said:?}");
        said.says(&["error: cannot write the output", "No space left on device"]);
        assert!(!said.err.contains("panicked"), "{command}: {said:?}");
    }
    let said = shell(folder.path(), "exec \"$0\" check --format json=/dev/full");
    assert_eq!(said.code, Some(2), "{said:?}");
    said.says(&["cannot write /dev/full"]);
    // The findings were written, and only the exit code shows that the rest could not be.
    let said = shell(folder.path(), "exec \"$0\" check 2>/dev/full");
    said.ended(2);
    let said = shell(folder.path(), "exec \"$0\" --help >/dev/full");
    assert!(!said.err.contains("panicked"), "{said:?}");
}

#[test]
fn whoever_reads_one_line_gets_it() {
    let folder = trap(&[]);
    for index in 0..500 {
        super::common::write(folder.path(), &format!("c{index}/manifests/x.yaml"), WRONG);
    }
    let said = shell(folder.path(), "{ \"$0\" check 2>err; echo $? >code; } | head -n 1");
    assert_eq!(said.findings(), 1, "{said:?}");
    let written = |name: &str| std::fs::read_to_string(folder.path().join(name)).unwrap();
    assert_eq!(written("code"), "1\n");
    assert!(written("err").contains("501 errors"), "{}", written("err"));
}

#[test]
fn endless_input_ends() {
    let folder = trap(&[]);
    let said = shell(folder.path(), "exec \"$0\" check - manifests </dev/zero");
    assert_eq!(said.code, Some(2), "{said:?}");
    said.says(&["cannot read standard input: larger than 64 MiB"]);
    let said = Said::of(
        shell_command(folder.path(), "exec \"$0\" check - manifests").stdin(Stdio::null()).output().unwrap(),
    );
    said.ended(1);
}
