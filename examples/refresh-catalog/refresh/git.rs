//! Plain clones, read through the `git` command line. This module must not know the meaning of files.

use std::cell::RefCell;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use super::RefreshError;

/// A clone, bare or not.
pub struct Repository {
    folder: PathBuf,
    batch: RefCell<Batch>,
}

/// `git cat-file --batch`: one process for all files.
struct Batch {
    child: Child,
    requests: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Drop for Batch {
    fn drop(&mut self) {
        // There are no further requests, so the process can be killed.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Repository {
    /// Opens the clone in a folder.
    pub fn open(folder: &Path) -> Result<Self, RefreshError> {
        let inside = folder.join(".git");
        let folder = if inside.exists() { inside } else { folder.to_owned() };
        let failed = |error: &dyn std::fmt::Display| RefreshError::git(&folder, error);
        let mut child = command(&folder)
            .args(["cat-file", "--batch"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|error| failed(&error))?;
        let (Some(requests), Some(answers)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(failed(&"no pipe to git"));
        };
        let batch = Batch { child, requests, answers: BufReader::new(answers) };
        Ok(Self { folder: folder.clone(), batch: RefCell::new(batch) })
    }

    /// All tags with their dates, as `2026-08-01`.
    pub fn tags(&self) -> Result<Vec<(String, String)>, RefreshError> {
        let form = "--format=%(refname:short) %(creatordate:format:%Y-%m-%d)";
        let text = self.run(&["for-each-ref", "refs/tags", form])?;
        let pair = |line: &str| {
            let (tag, date) = line.rsplit_once(' ')?;
            Some((tag.to_owned(), date.to_owned()))
        };
        Ok(text.lines().filter_map(pair).collect())
    }

    /// Whether a revision exists.
    pub fn has(&self, revision: &str) -> bool {
        self.run(&["rev-parse", "--verify", "--quiet", &format!("{revision}^{{commit}}")]).is_ok()
    }

    /// The first of some branches that exists, locally or in the remote.
    pub fn branch(&self, names: &[&str]) -> Result<String, RefreshError> {
        let spellings = names.iter().flat_map(|name| [(*name).to_owned(), format!("origin/{name}")]);
        let found = spellings.into_iter().find(|name| self.has(name));
        found.ok_or_else(|| RefreshError::git(&self.folder, &format!("no branch {}", names.join(" or "))))
    }

    /// The files in a folder of a revision, with their paths.
    pub fn files(&self, revision: &str, folder: &str) -> Result<Vec<String>, RefreshError> {
        let text = self.run(&["ls-tree", "-r", "--name-only", "-z", revision, folder])?;
        Ok(text.split('\0').filter(|name| !name.is_empty()).map(str::to_owned).collect())
    }

    /// A file of a revision as text; `None` if it does not exist.
    pub fn text(&self, revision: &str, path: &str) -> Result<Option<String>, RefreshError> {
        Ok(self.bytes(revision, path)?.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()))
    }

    /// A file of a revision; `None` if it does not exist.
    pub fn bytes(&self, revision: &str, path: &str) -> Result<Option<Vec<u8>>, RefreshError> {
        let mut batch = self.batch.borrow_mut();
        let failed = |error: std::io::Error| RefreshError::git(&self.folder, &error);
        writeln!(batch.requests, "{revision}:{path}").map_err(failed)?;
        batch.requests.flush().map_err(failed)?;
        let mut head = String::new();
        batch.answers.read_line(&mut head).map_err(failed)?;
        // `<object> <type> <size>`, or `<name> missing`.
        let mut words = head.split_whitespace().rev();
        let Some(size) = words.next().and_then(|size| size.parse::<usize>().ok()) else { return Ok(None) };
        let is_blob = words.next() == Some("blob");
        let mut content = vec![0; size + 1];
        batch.answers.read_exact(&mut content).map_err(failed)?;
        content.pop();
        Ok(is_blob.then_some(content))
    }

    fn run(&self, arguments: &[&str]) -> Result<String, RefreshError> {
        let output = command(&self.folder).args(arguments).stderr(Stdio::piped()).output();
        let output = output.map_err(|error| RefreshError::git(&self.folder, &error))?;
        if !output.status.success() {
            let errors = String::from_utf8_lossy(&output.stderr);
            return Err(RefreshError::git(
                &self.folder,
                &format!("{}: {}", arguments.join(" "), errors.trim()),
            ));
        }
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }
}

/// A `git` command for this clone, even if the working directory is in another repository.
fn command(folder: &Path) -> Command {
    let mut command = Command::new("git");
    command.arg("--git-dir").arg(folder);
    for name in ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"] {
        command.env_remove(name);
    }
    command
}
