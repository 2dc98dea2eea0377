//! Runs `scripts/refresh.sh` end to end on small repositories, with stubs for cargo and Helm that record their calls.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use super::sources::{SERVER, Sources};

/// A stub for cargo: records its arguments, writes the report, and fails if a file `refused` exists.
const CARGO: &str = r##"#!/usr/bin/env bash
echo "$*" >>"$NOTES/cargo"
while (($#)); do
  if [[ $1 == --report ]]; then echo "# Report of $(wc -l <"$NOTES/cargo")" >"$2"; fi
  shift
done
[[ ! -e $NOTES/refused ]]
"##;
/// A stub for `venv.sh`: prints the path of the Python with Helm.
const VENV: &str = "#!/usr/bin/env bash\n[[ ! -e $NOTES/no-helm ]] && echo \"$NOTES/python\"\n";
/// A stub for the measurement: writes a file to the given catalogue.
const PYTHON: &str = "#!/usr/bin/env bash\necho \"$*\" >>\"$NOTES/measured\"\necho measured >\"$RKE2_LINT_CATALOG/measured/rke2-shop.jsonl\"\n";

/// A copy of the script in a separate repository, with the stubs that it calls.
struct Run {
    sources: Sources,
    folder: tempfile::TempDir,
}

impl Run {
    fn new() -> Self {
        let run = Self { sources: Sources::new(), folder: tempfile::tempdir().unwrap() };
        for name in ["helm-controller", "klipper-helm", "k3s"] {
            fs::create_dir_all(run.sources.path(name)).unwrap();
            run.sources.git(name, "2026-01-01", &["init", "--quiet", "--initial-branch", "main"]);
            run.sources.git(
                name,
                "2026-01-01",
                &["commit", "--quiet", "--allow-empty", "--message", "Begin"],
            );
        }
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts/refresh.sh");
        run.program("top/scripts/refresh.sh", &fs::read_to_string(script).unwrap());
        run.program("top/scripts/helm-facts/venv.sh", VENV);
        run.program("bin/cargo", CARGO);
        run.program("notes/python", PYTHON);
        fs::create_dir_all(run.path("top/catalog/measured")).unwrap();
        fs::write(run.path("top/catalog/measured/rke2-shop.jsonl"), "before\n").unwrap();
        run
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn text(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap_or_default()
    }

    fn program(&self, name: &str, text: &str) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    }

    /// Runs the script, with git configured to use the small repositories instead of those on GitHub.
    fn refresh(&self) -> Output {
        let names = ["rke2", "rke2-charts", "rke2-docs", "helm-controller", "klipper-helm", "k3s"];
        let mut command = Command::new(self.path("top/scripts/refresh.sh"));
        for (index, name) in names.iter().enumerate() {
            let owner = if index < 3 { "rancher" } else { "k3s-io" };
            let local = format!("file://{}", self.sources.path(name).display());
            command
                .env(format!("GIT_CONFIG_KEY_{index}"), format!("url.{local}.insteadOf"))
                .env(format!("GIT_CONFIG_VALUE_{index}"), format!("https://github.com/{owner}/{name}"));
        }
        let programs = std::env::join_paths(
            std::iter::once(self.path("bin"))
                .chain(std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default())),
        );
        command
            .env("GIT_CONFIG_COUNT", names.len().to_string())
            .env("PATH", programs.unwrap())
            .env("NOTES", self.path("notes"))
            .env_remove("CARGO_TARGET_DIR")
            .args([self.path("sources"), self.path("report.md")])
            .output()
            .unwrap()
    }

    /// The output of git in a clone that the script made.
    fn git(&self, clone: &str, arguments: &[&str]) -> String {
        let output = Command::new("git")
            .arg("-C")
            .arg(self.path("sources").join(clone))
            .args(arguments)
            .output()
            .unwrap();
        String::from_utf8(output.stdout).unwrap()
    }
}

fn assert_success(output: &Output) {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn the_script_clones_derives_measures_and_derives_again() {
    let run = Run::new();
    assert_success(&run.refresh());
    let calls = run.text("notes/cargo");
    let calls: Vec<&str> = calls.lines().collect();
    assert_eq!(calls.len(), 2, "{calls:?}");
    for clone in ["rke2", "rke2-charts", "rke2-docs", "helm-controller", "klipper-helm", "k3s"] {
        assert!(!run.git(clone, &["rev-parse", "HEAD"]).is_empty(), "{clone}");
        let argument = format!(" {}", run.path("sources").join(clone).display());
        assert!(calls.iter().all(|call| call.contains(&argument)), "{clone}: {calls:?}");
    }
    // The first run works on a copy.
    assert!(calls[0].contains("--catalog target/refresh/catalog"), "{}", calls[0]);
    assert!(!calls[1].contains("--catalog"), "{}", calls[1]);
    assert!(run.text("notes/measured").contains("refresh.py --like"));
    assert_eq!(run.text("top/catalog/measured/rke2-shop.jsonl"), "measured\n");
    assert_eq!(run.text("report.md"), "# Report of 2\n");
}

#[test]
fn the_script_updates_clones_that_are_there() {
    let run = Run::new();
    assert_success(&run.refresh());
    run.sources.release("v1.35.2+rke2r1", "2026-03-10", &[("rke2-shop", "1.0.0")], SERVER);
    run.sources.git("k3s", "2026-03-10", &["commit", "--quiet", "--allow-empty", "--message", "Go on"]);
    assert_success(&run.refresh());
    assert!(run.git("rke2", &["tag"]).contains("v1.35.2+rke2r1"));
    // The clone of K3s has only one commit.
    assert_eq!(run.git("k3s", &["log", "--format=%s"]), "Go on\n");
}

#[test]
fn a_refresh_that_must_not_be_used_leaves_its_report() {
    let run = Run::new();
    fs::write(run.path("notes/refused"), "").unwrap();
    assert!(!run.refresh().status.success());
    assert_eq!(run.text("report.md"), "# Report of 1\n");
    assert_eq!(run.text("top/catalog/measured/rke2-shop.jsonl"), "before\n");
}

#[test]
fn without_helm_the_tables_are_refreshed_all_the_same() {
    let run = Run::new();
    fs::write(run.path("notes/no-helm"), "").unwrap();
    let output = run.refresh();
    assert_success(&output);
    assert!(String::from_utf8_lossy(&output.stderr).contains("warning: Helm could not be asked"));
    assert_eq!(run.text("top/catalog/measured/rke2-shop.jsonl"), "before\n");
    assert_eq!(run.text("report.md"), "# Report of 2\n");
}
