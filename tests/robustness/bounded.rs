//! Runs of the program within bounds of time and memory, so that a hang or a bomb fails a test instead of the machine.

use std::fmt::Write as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use super::common::{WRONG, tree};

/// Where the finding of the faulty file beside a trap is.
const BESIDE: &str = "manifests/a.yaml:5:14: error: ";

/// Seconds of processor time: far more than any run needs, also in a debug build on a busy machine.
const SECONDS: u32 = 120;

/// Memory that any run has, in MiB of addresses: files of 64 MiB are read whole, and each thread has its stack.
pub const MEMORY: u32 = 1_500;

/// What a run said.
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

    /// The run ended as it should, and the finding of the file beside the trap is there.
    #[track_caller]
    pub fn ended(&self, code: i32) -> &Self {
        assert_eq!(self.code, Some(code), "{}", self.shortened());
        assert!(self.out.contains(BESIDE), "the other finding is lost: {}", self.shortened());
        assert!(!self.err.contains("panicked"), "{}", self.shortened());
        self
    }

    /// A line of the output speaks of all of these.
    #[track_caller]
    pub fn says(&self, words: &[&str]) -> &Self {
        let mut lines = self.out.lines().chain(self.err.lines());
        let found = lines.any(|line| words.iter().all(|word| line.contains(word)));
        assert!(found, "{words:?}: {}", self.shortened());
        self
    }

    /// How many findings there are.
    pub fn findings(&self) -> usize {
        self.out.lines().count()
    }

    fn shortened(&self) -> String {
        let cut = |text: &str| text.chars().take(2_000).collect::<String>();
        format!("code {:?}\n{}\n{}", self.code, cut(&self.out), cut(&self.err))
    }
}

/// A tree with these files, and a faulty one beside them.
pub fn trap(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tree(files);
    super::common::write(folder.path(), "manifests/a.yaml", WRONG);
    folder
}

/// Runs a shell command that ends with the program: `ulimit -n 64; exec "$0" check`.
pub fn shell(folder: &Path, command: &str) -> Said {
    Said::of(shell_command(folder, command).output().unwrap())
}

/// The same before it is run.
pub fn shell_command(folder: &Path, command: &str) -> Command {
    // Not every system knows a limit of memory; that of time holds everywhere.
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

/// Runs `check` with two threads: each costs addresses.
pub fn check(folder: &Path, arguments: &str) -> Said {
    shell(folder, &format!("exec \"$0\" check --threads 2 --format concise {arguments}"))
}

/// A HelmChartConfig that is right but for these values.
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

/// So and so many lines.
pub fn lines(count: usize, line: impl Fn(usize) -> String) -> String {
    (0..count).fold(String::new(), |mut text, index| {
        writeln!(text, "{}", line(index)).unwrap();
        text
    })
}

/// The size of a trap: all of it with `RKE2_LINT_FULL_SIZE=1`, a part of it otherwise, as a debug build has to get
/// through. What grows with the square of it shows all the same.
pub fn size(full: usize) -> usize {
    if std::env::var_os("RKE2_LINT_FULL_SIZE").is_some() { full } else { full / 25 }
}
