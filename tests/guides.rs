//! Runs the examples in README and docs and compares their output.
#![allow(clippy::unwrap_used, reason = "a test may fail loudly")]

mod common;

use std::fs;
use std::path::Path;
use std::process::Command;

use common::{files_below, program, root, run_in, said, tree};

/// All pages with examples.
fn pages() -> Vec<std::path::PathBuf> {
    let mut pages: Vec<_> = files_below(&root().join("docs"))
        .into_iter()
        .filter(|path| path.extension().is_some_and(|extension| extension == "md"))
        .filter(|path| !path.starts_with(root().join("docs/rules")))
        .collect();
    pages.push(root().join("README.md"));
    pages
}

/// The fenced blocks of a page: language and text, without the indentation of the fence.
fn blocks(page: &Path) -> Vec<(String, String)> {
    let text = fs::read_to_string(page).unwrap().replace("\r\n", "\n");
    let mut blocks = Vec::new();
    let mut open: Option<(usize, String, String)> = None;
    for line in text.lines() {
        let indent = line.len() - line.trim_start().len();
        match (&mut open, line.trim_start().strip_prefix("```")) {
            (None, Some(language)) => open = Some((indent, language.to_owned(), String::new())),
            (Some(_), Some("")) => {
                let (_, language, text) = open.take().unwrap();
                blocks.push((language, text));
            }
            (Some((indent, _, text)), _) => {
                text.push_str(line.get(*indent..).unwrap_or(""));
                text.push('\n');
            }
            (None, None) => {}
        }
    }
    blocks
}

#[test]
fn shell_examples_run() {
    let mut run = 0;
    for page in pages() {
        // Each page gets its own copy of the sample cluster, as its reader has a repository.
        let folder = tree(&[]);
        copy_below(&root().join("testdata/projects/clean"), folder.path());
        for name in ["deploy", "backup/rke2", "clusters/prod"] {
            fs::create_dir_all(folder.path().join(name)).unwrap();
        }
        fs::write(folder.path().join("buffer.yaml"), "").unwrap();
        be_a_repository(folder.path());
        for (language, text) in blocks(&page) {
            let commands: Vec<&str> = match language.as_str() {
                "console" => text.lines().filter_map(|line| line.strip_prefix("$ ")).collect(),
                "sh" => text.lines().collect(),
                _ => continue,
            };
            for command in commands {
                run += usize::from(runs(folder.path(), command, &page));
            }
        }
    }
    assert!(run >= 12, "only {run} examples were run");
}

/// The columns of other tools are measured by `scripts/compare.sh`, which needs these tools.
#[test]
fn the_comparison_says_what_is_reported() {
    let folder = root().join("testdata/comparison");
    let faults = fs::read_to_string(folder.join("faults.tsv")).unwrap();
    let page = fs::read_to_string(root().join("docs/comparison.md")).unwrap();
    let faults: Vec<(&str, &str)> = faults.lines().filter_map(|line| line.split_once('\t')).collect();
    assert_eq!(faults.len(), 20);
    for (name, about) in faults {
        let report = |side: &str| {
            let arguments = [
                "check",
                "--no-config",
                "--rke2-version",
                "v1.34.2+rke2r1",
                "--format",
                "concise",
                "--quiet",
            ];
            // Copied out of the repository, whose files would otherwise be read as context.
            let copy = tree(&[]);
            copy_below(&folder.join(name).join(side), copy.path());
            let output = run_in(copy.path(), &arguments);
            String::from_utf8(output.stdout).unwrap()
        };
        let row = page.lines().find(|line| line.contains(&format!(" | {about} | ")));
        let row = row.unwrap_or_else(|| panic!("no row for {name}: {about}"));
        assert_eq!(report("good"), "", "{name}");
        assert_eq!(!report("bad").is_empty(), row.contains(&format!("| {about} | yes |")), "{row}");
    }
}

#[test]
fn recipes_for_ci_are_yaml() {
    let mut seen = 0;
    for (language, text) in blocks(&root().join("docs/ci.md")) {
        if language == "yaml" {
            let parsed: Result<serde_yaml::Value, _> = serde_yaml::from_str(&text);
            assert!(parsed.is_ok(), "{parsed:?}\n{text}");
            seen += 1;
        }
    }
    assert!(seen >= 8, "{seen}");
}

/// Copies the files of a folder.
fn copy_below(from: &Path, to: &Path) {
    for file in files_below(from) {
        let target = to.join(file.strip_prefix(from).unwrap());
        fs::create_dir_all(target.parent().unwrap()).unwrap();
        fs::copy(file, target).unwrap();
    }
}

/// Turns a folder into a git repository with a remote branch, for examples that compare with it.
fn be_a_repository(folder: &Path) {
    let git = |arguments: &[&str]| {
        let identity = ["-c", "user.name=reader", "-c", "user.email=reader@example.com"];
        let status = Command::new("git").current_dir(folder).args(identity).args(arguments).output().unwrap();
        assert!(status.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&status.stderr));
    };
    git(&["init", "--quiet"]);
    git(&["add", "--all"]);
    git(&["commit", "--quiet", "--no-verify", "-m", "start"]);
    git(&["tag", "v1.4.0"]);
    git(&["update-ref", "refs/remotes/origin/main", "HEAD"]);
}

/// Runs a command of rke2-lint and skips other programs (cargo, pip, docker). Returns whether it was run.
fn runs(folder: &Path, command: &str, page: &Path) -> bool {
    let command = command.split(" #").next().unwrap().split(" < ").next().unwrap().trim();
    let Some(arguments) = command.strip_prefix("rke2-lint ") else {
        let known = ["cargo ", "pip ", "docker ", "kubectl ", "git ", "scp ", "ssh "];
        assert!(
            known.iter().any(|tool| command.starts_with(tool)) || command.is_empty(),
            "{}: who runs `{command}`?",
            page.display()
        );
        return false;
    };
    let (arguments, target) =
        arguments.split_once(" > ").map_or((arguments, None), |(left, right)| (left, Some(right)));
    let arguments: Vec<&str> = arguments.split_whitespace().collect();
    let output = program(folder).args(arguments).stdin(std::process::Stdio::null()).output().unwrap();
    assert!(
        matches!(output.status.code(), Some(0 | 1)),
        "{}: `{command}` ended with {:?}:\n{}",
        page.display(),
        output.status.code(),
        String::from_utf8_lossy(&output.stderr)
    );
    if let Some(target) = target {
        fs::write(folder.join(target), output.stdout).unwrap();
    }
    true
}

#[test]
fn the_worked_example_says_what_it_says() {
    let arguments = ["check", "--rules", "lint/rules", "--select", "team"];
    let (section, code) = ("## A worked example", 1);
    // The warning makes the run fail.
    says_what_the_page_says(section, &arguments, code);
}

#[test]
fn the_tests_of_a_rule_say_what_the_page_says() {
    let section = "## A rule with names, cases, a fix and tests";
    let folder = says_what_the_page_says(section, &["rules", "test", "lint/rules"], 0);
    // The fix of the example.
    let bad = folder.path().join("lint/rules/team/verbose-component/bad");
    let rules = folder.path().join("lint/rules");
    let (_, _, err) = said(&bad, &["check", "--rules", rules.to_str().unwrap(), "--select", "team", "--fix"]);
    let fixed = fs::read_to_string(bad.join("config.yaml")).unwrap();
    assert_eq!(
        fixed, "kubelet-arg:\n  - v=4\netcd-arg: log-level=debug\nkube-apiserver-arg: [\"v=4\"]\n",
        "{err}"
    );
}

#[test]
fn the_reason_that_a_rule_does_not_fire_is_what_the_page_says() {
    let why = "lint/rules/team/cis-profile/bad/config.yaml:3";
    says_what_the_page_says("## Why a rule fires", &["rules", "test", "lint/rules", "--why", why], 0);
}

/// Writes the files of a section, and checks that a command prints the output in the section.
fn says_what_the_page_says(section: &str, arguments: &[&str], expected: i32) -> tempfile::TempDir {
    let page = root().join("docs/writing-rules.md");
    let text = fs::read_to_string(&page).unwrap().replace("\r\n", "\n");
    let folder = tree(&[]);
    let mut output = String::new();
    let section = text.split(section).nth(1).unwrap().split("\n## ").next().unwrap();
    for part in section.split("```").collect::<Vec<_>>().chunks_exact(2) {
        let (language, body) = part[1].split_once('\n').unwrap();
        if language == "text" {
            body.clone_into(&mut output);
            continue;
        }
        let name = part[0].trim().rsplit('`').nth(1).unwrap();
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, body).unwrap();
    }
    let (code, out, err) = said(folder.path(), arguments);
    assert_eq!((code, out), (expected, output), "{err}");
    folder
}

#[test]
fn the_readme_shows_what_its_command_prints() {
    let shown =
        blocks(&root().join("README.md")).into_iter().find(|(language, _)| language == "text").unwrap().1;
    let output = run_in(&root(), &["check", "--format", "human", "testdata/projects/broken"]);
    let printed = String::from_utf8(output.stdout).unwrap();
    assert!(printed.contains(&shown), "{shown}\nis not in\n{printed}");
}

#[test]
fn settings_examples_are_valid() {
    let mut valid = 0;
    for page in ["docs/getting-started.md", "docs/adopting.md", "docs/faq.md"] {
        for (language, text) in blocks(&root().join(page)) {
            let keys = ["rke2-version:", "clusters:", "rules:", "rule-paths:"];
            if language != "yaml" || !keys.iter().any(|key| text.starts_with(key)) {
                continue;
            }
            let folder = tree(&[(".rke2-lint.yaml", &text)]);
            let (code, _, err) = said(folder.path(), &["check"]);
            assert_eq!(code, 0, "{page}:\n{text}\n{err}");
            valid += 1;
        }
    }
    assert!(valid >= 3, "{valid}");
}

/// `docs/cli.md` contains the output of `--help`. `RKE2_LINT_UPDATE_DOCS=1` rewrites it.
#[test]
fn the_command_line_page_is_current() {
    let help = |arguments: &[&str]| String::from_utf8(run_in(&root(), arguments).stdout).unwrap();
    let mut page = "# The command line\n\nWhat `--help` says.\n".to_owned();
    for command in [
        "",
        "check",
        "show",
        "init",
        "upgrade",
        "files",
        "explain",
        "rules",
        "rules test",
        "catalog",
        "catalog values",
        "catalog diff",
        "facts",
        "schema",
        "schema values",
        "server",
        "completions",
        "man",
    ] {
        let arguments: Vec<&str> = command.split_whitespace().chain(["--help"]).collect();
        let name = format!("rke2-lint {command}");
        page.extend(["\n## ", name.trim(), "\n\n```text\n", help(&arguments).trim_end(), "\n```\n"]);
    }
    let path = root().join("docs/cli.md");
    if std::env::var_os("RKE2_LINT_UPDATE_DOCS").is_some() {
        fs::write(path, page).unwrap();
        return;
    }
    let written = fs::read_to_string(path).unwrap().replace("\r\n", "\n");
    assert!(
        written == page.replace("rke2-lint.exe", "rke2-lint"),
        "docs/cli.md is stale: RKE2_LINT_UPDATE_DOCS=1 cargo test --test guides"
    );
}
