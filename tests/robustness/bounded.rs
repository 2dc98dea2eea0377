//! Runs the program with limits on time and memory, so that a hang or a bomb fails a test instead of the machine.

use std::fmt::Write as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use super::common::{WRONG, tree};

/// The place of the finding in the faulty file next to a trap.
const BESIDE: &str = "manifests/a.yaml:5:14: error: ";

/// The limit of processor time in seconds, far more than any run needs, even in a debug build on a busy machine.
const SECONDS: u32 = 120;

/// The limit of address space in MiB. Files of 64 MiB are read whole, and each thread has a stack.
pub const MEMORY: u32 = 1_500;

/// The result of a run.
#[derive(Debug)]
pub struct Said {
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

impl Said {
    pub fn of(output: Output) -> Self {
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        Self { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
    }

    /// Asserts the exit code, and that the finding of the file next to the trap is reported.
    #[track_caller]
    pub fn ended(&self, code: i32) -> &Self {
        assert_eq!(self.code, Some(code), "{}", self.shortened());
        assert!(self.out.contains(BESIDE), "the other finding is lost: {}", self.shortened());
        assert!(!self.err.contains("panicked"), "{}", self.shortened());
        self
    }

    /// Asserts that a single line of the output contains all of these words.
    #[track_caller]
    pub fn says(&self, words: &[&str]) -> &Self {
        let mut lines = self.out.lines().chain(self.err.lines());
        let found = lines.any(|line| words.iter().all(|word| line.contains(word)));
        assert!(found, "{words:?}: {}", self.shortened());
        self
    }

    /// The number of findings.
    pub fn findings(&self) -> usize {
        self.out.lines().count()
    }

    fn shortened(&self) -> String {
        let cut = |text: &str| text.chars().take(2_000).collect::<String>();
        format!("code {:?}\n{}\n{}", self.code, cut(&self.out), cut(&self.err))
    }
}

/// A tree with these files and a faulty one next to them.
pub fn trap(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tree(files);
    super::common::write(folder.path(), "manifests/a.yaml", WRONG);
    folder
}

/// Runs a shell command that ends with the program: `ulimit -n 64; exec "$0" check`.
pub fn shell(folder: &Path, command: &str) -> Said {
    Said::of(shell_command(folder, command).output().unwrap())
}

/// The command of [`shell`], before it is run.
pub fn shell_command(folder: &Path, command: &str) -> Command {
    // Not every system supports a memory limit; the time limit works everywhere.
    let bounds = format!("ulimit -v {} 2>/dev/null; ulimit -t {SECONDS}", MEMORY * 1024);
    let mut shell = Command::new("/bin/sh");
    shell
        .args(["-c", &format!("{bounds}; {command}"), env!("CARGO_BIN_EXE_rke2-lint")])
        .current_dir(folder)
        .env_clear()
        .env("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin")
        .stdin(Stdio::null());
    shell
}

/// Runs `check` with only two threads, because each one takes address space.
pub fn check(folder: &Path, arguments: &str) -> Said {
    shell(folder, &format!("exec \"$0\" check --threads 2 --format concise {arguments}"))
}

/// A correct HelmChartConfig with these values.
pub fn with_values(values: &str) -> String {
    let mut text =
        WRONG.replace("namespace: default", "namespace: kube-system").replace("    hubble: {}\n", "");
    for line in values.lines() {
        text.push_str("    ");
        text.push_str(line);
        text.push('\n');
    }
    text
}

/// Generates a number of lines.
pub fn lines(count: usize, line: impl Fn(usize) -> String) -> String {
    (0..count).fold(String::new(), |mut text, index| {
        writeln!(text, "{}", line(index)).unwrap();
        text
    })
}

/// The size of a trap: full with `RKE2_LINT_FULL_SIZE=1`, and reduced otherwise, for debug builds. Quadratic growth is
/// still noticeable.
pub fn size(full: usize) -> usize {
    if std::env::var_os("RKE2_LINT_FULL_SIZE").is_some() { full } else { full / 25 }
}
