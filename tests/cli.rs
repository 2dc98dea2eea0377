//! The command line: exit codes, options, streams. All tests run the built program.

#![allow(clippy::unwrap_used, reason = "a helper that fails is a test that fails")]

mod common;

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::{Output, Stdio};

use common::{WRONG, files_below, program, said, tree, write};

fn piped(folder: &Path, arguments: &[&str], input: &str) -> Output {
    let mut child = program(folder)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    child.wait_with_output().unwrap()
}

#[test]
fn exit_codes_say_what_happened() {
    let folder = tree(&[("manifests/a.yaml", WRONG)]);
    for (arguments, expected) in [
        (&["check"][..], 1),
        (&["check", "--fail-on", "never"], 0),
        (&["check", "--severity", "helm-chart-config=warning"], 1),
        (&["check", "--severity", "helm-chart-config=warning", "--fail-on", "error"], 0),
        (&["check", "--severity", "helm-chart-config=info"], 0),
        (&["check", "--min-severity", "error", "--ignore", "helm-chart-config"], 0),
        (&["check", "nowhere"], 2),
        (&["check", "--no-such-option"], 2),
        (&["check", "--fail-on", "fatal"], 2),
        (&["check", "--format", "pdf"], 2),
        (&["check", "--rke2-version", "1.2.3"], 2),
        (&["check", "--select", "no/such-rule"], 2),
        (&["check", "--exclude", "["], 2),
        (&["check", "--threads", "0"], 2),
        (&["check", "--format", "json=no/such/folder/x.json"], 2),
        (&["explain", "no/such-rule"], 2),
        (&["no-such-command"], 2),
        (&["--help"], 0),
        (&["--version"], 0),
        (&["rules"], 0),
    ] {
        let (code, _, err) = said(folder.path(), arguments);
        assert_eq!(code, expected, "{arguments:?}: {err}");
    }
}

#[test]
fn bad_usage_has_a_hint() {
    let folder = tree(&[]);
    for (arguments, hint) in [
        (&["check", "--selekt", "x"][..], "--select"),
        (&["check", "--select", "suppress/unused-ignor"], "did you mean `suppress/unused-ignore`?"),
        (&["check", "--severity", "suppress=loud"], "unknown level `loud`"),
        (&["check", "nowhere"], "nowhere: no such file or folder"),
        (&["man", "chekc"], "did you mean `check`?"),
        (&["."], "tip: to lint it, use 'rke2-lint check .'"),
        (&["check", "--threads", "abc"], "expected a number"),
        (&["check", "--format", "foo"], "unknown format `foo`; expected one of `human`"),
    ] {
        let (code, out, err) = said(folder.path(), arguments);
        assert_eq!((code, out.as_str()), (2, ""), "{arguments:?}");
        assert!(err.contains(hint), "{arguments:?}: {err}");
    }
}

#[test]
fn a_run_that_read_nothing_reports_no_success() {
    let folder = tree(&[]);
    assert_eq!(
        said(folder.path(), &["check", "nowhere"]),
        (2, String::new(), "error: nowhere: no such file or folder\n".to_owned())
    );
}

#[test]
fn version_is_a_command_too() {
    let folder = tree(&[]);
    let (code, out, err) = said(folder.path(), &["version"]);
    assert_eq!((code, err.as_str()), (0, ""));
    assert_eq!(said(folder.path(), &["--version"]).1, out);
}

#[test]
fn the_rest_is_linted_when_one_input_cannot_be_read() {
    let folder = tree(&[("manifests/a.yaml", WRONG)]);
    let (code, out, err) = said(folder.path(), &["check", "manifests", "nowhere"]);
    assert_eq!(code, 2);
    assert_eq!(out.lines().count(), 1);
    assert!(err.contains("1 problem"), "{err}");
}

#[cfg(unix)]
#[test]
fn a_folder_without_permission_is_a_problem() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tree(&[("manifests/a.yaml", WRONG), ("locked/a.yaml", "")]);
    let locked = folder.path().join("locked");
    fs::set_permissions(&locked, fs::Permissions::from_mode(0o000)).unwrap();
    // Root can read the folder in any case and cannot run this test.
    if fs::read_dir(&locked).is_err() {
        let (code, out, err) = said(folder.path(), &["check"]);
        assert_eq!((code, out.lines().count()), (2, 1));
        assert!(err.contains("locked: permission denied"), "{err}");
    }
    fs::set_permissions(&locked, fs::Permissions::from_mode(0o755)).unwrap();
}

#[test]
fn texts_of_all_kinds_are_survived() {
    let folder = tree(&[
        ("manifests/crlf.yaml", &WRONG.replace('\n', "\r\n")),
        ("with space/manifests/a.yaml", WRONG),
        ("ünïcode/manifests/ö.yaml", WRONG),
        ("manifests/bom.yaml", &format!("\u{feff}{WRONG}")),
    ]);
    // In a separate folder, because next to the others it might define the chart that they configure.
    fs::create_dir_all(folder.path().join("latin1/manifests")).unwrap();
    fs::write(folder.path().join("latin1/manifests/a.yaml"), b"kind: HelmChartConfig # \xe4\n").unwrap();
    let (code, out, err) = said(folder.path(), &["check", "--select", "helm-chart-config/wrong-namespace"]);
    assert_eq!(code, 1, "{err}");
    let places: Vec<&str> = out.lines().map(|line| line.split(": error").next().unwrap()).collect();
    assert_eq!(
        places,
        [
            "manifests/bom.yaml:5:14",
            "manifests/crlf.yaml:5:14",
            "with space/manifests/a.yaml:5:14",
            "ünïcode/manifests/ö.yaml:5:14"
        ]
    );
}

#[test]
fn an_empty_folder_says_what_was_looked_for() {
    let folder = tree(&[]);
    let (code, out, err) = said(folder.path(), &["check"]);
    assert_eq!((code, out.as_str()), (0, ""));
    assert!(err.starts_with("nothing to lint: no config.yaml, registries.yaml, HelmChart"), "{err}");
}

#[test]
fn a_script_beside_it_says_that_a_chart_object_is_for_k3s() {
    let object = "apiVersion: helm.cattle.io/v1\nkind: HelmChartConfig\nmetadata:\n  name: traefik\n  namespace: kube-system\n\
                  spec:\n  valuesContent: |-\n    deployment:\n      replicas: 2\n";
    let config = ("config.yaml", "cni: canal\ndisable-kube-proxy: false\n");
    let folder = tree(&[config, ("manifests/traefik-config.yaml", object)]);
    let (code, out, _) = said(folder.path(), &["check"]);
    assert!(code == 1 && out.contains("helm-chart-config/unknown-chart"), "{out}");
    write(
        folder.path(),
        "manifests/install.sh",
        "cp traefik-config.yaml /var/lib/rancher/k3s/server/manifests/\n",
    );
    let (code, out, err) = said(folder.path(), &["check"]);
    assert_eq!((code, out.as_str()), (0, ""), "{err}");
}

#[test]
fn several_formats_go_to_files_at_once() {
    let folder = tree(&[("manifests/a.yaml", WRONG)]);
    let (code, out, _) = said(
        folder.path(),
        &[
            "check",
            "--format",
            "sarif=out.sarif",
            "--format",
            "junit=out.xml",
            "--format",
            "concise",
            "--color",
            "always",
        ],
    );
    assert_eq!((code, out.lines().count()), (1, 1));
    let sarif: serde_json::Value =
        serde_json::from_str(&fs::read_to_string(folder.path().join("out.sarif")).unwrap()).unwrap();
    assert_eq!(sarif["version"], "2.1.0");
    assert!(fs::read_to_string(folder.path().join("out.xml")).unwrap().starts_with("<?xml"));
}

#[test]
fn quiet_and_its_relatives() {
    let folder = tree(&[("manifests/a.yaml", WRONG)]);
    assert_eq!(said(folder.path(), &["check", "-q"]).2, "");
    assert_eq!(said(folder.path(), &["check", "--no-summary"]).2, "");
    let (_, _, err) = said(folder.path(), &["check", "-v"]);
    assert!(err.starts_with("cluster manifests"), "{err}");
    assert_eq!(said(folder.path(), &["check", "-q", "-v"]).0, 2);
}

#[test]
fn colours_follow_option_and_environment() {
    let folder = tree(&[("manifests/a.yaml", WRONG)]);
    let colored = |arguments: &[&str], environment: &[(&str, &str)]| {
        let output = program(folder.path())
            .args(["check", "--format", "human"])
            .args(arguments)
            .envs(environment.iter().copied())
            .output()
            .unwrap();
        output.stdout.contains(&0x1b)
    };
    assert!(!colored(&[], &[]));
    assert!(colored(&["--color", "always"], &[("NO_COLOR", "1")]));
    assert!(colored(&[], &[("CLICOLOR_FORCE", "1")]));
    assert!(!colored(&[], &[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")]));
    assert!(!colored(&["--color", "never"], &[("CLICOLOR_FORCE", "1")]));
    let links = |value: &str| {
        let output = program(folder.path())
            .args(["check", "--format", "human", "--color", "always"])
            .env("FORCE_HYPERLINK", value)
            .output()
            .unwrap();
        String::from_utf8(output.stdout).unwrap().contains("\u{1b}]8;;")
    };
    assert!(links("1") && !links("0"));
}

#[test]
fn standard_input_has_a_name_and_a_context() {
    let folder = tree(&[
        ("config.yaml", "cni: cilium\nwrite-kubeconfig-mode: \"0600\"\n"),
        ("manifests/old.yaml", WRONG),
    ]);
    let text = WRONG.replace("default", "kube-system")
        + "spec:\n  valuesContent: |-\n    kubeProxyReplacement: true\n";
    let select = ["--select", "kube-proxy/cilium-kpr-without-disable,helm-chart-config"];
    let alone = piped(folder.path(), &[&["check", "-"], &select[..]].concat(), &text);
    assert_eq!((alone.status.code(), alone.stdout.len()), (Some(0), 0));
    for name in ["manifests/old.yaml", "manifests/new.yaml"] {
        let output =
            piped(folder.path(), &[&["check", "-", "--stdin-filename", name], &select[..]].concat(), &text);
        let out = String::from_utf8(output.stdout).unwrap();
        assert!(out.starts_with(&format!("{name}:11:27: warning:")), "{name}: {out}");
        assert_eq!(out.lines().count(), 1, "{out}");
    }
    let output = piped(folder.path(), &["check", "-"], WRONG);
    assert_eq!(output.status.code(), Some(1));
    assert!(output.stdout.starts_with(b"stdin.yaml:5:14: error"));
}

#[cfg(unix)]
#[test]
fn a_closed_pipe_is_no_error_and_hides_no_finding() {
    let names: Vec<String> = (0..2000).map(|index| format!("c{index}/manifests/a.yaml")).collect();
    let files: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), WRONG)).collect();
    let folder = tree(&files);
    let binary = env!("CARGO_BIN_EXE_rke2-lint");
    for (command, expected) in [
        (format!("({binary} check -q --format json; echo $? >&2) | true"), "1\n"),
        (format!("({binary} check -q --format json --fail-on never; echo $? >&2) | true"), "0\n"),
        (format!("({binary} explain suppress/unused-ignore; echo $? >&2) | true"), "0\n"),
        (format!("{{ {binary} check -v 2>&1 >/dev/null; echo $? >code; }} | true; cat code >&2"), "1\n"),
    ] {
        let output = std::process::Command::new("/bin/sh")
            .args(["-c", &command])
            .current_dir(folder.path())
            .env_clear()
            .env("PATH", "/usr/bin:/bin")
            .output()
            .unwrap();
        assert_eq!(String::from_utf8_lossy(&output.stderr), expected, "{command}");
    }
}

#[test]
fn linting_writes_nothing() {
    let folder = tree(&[("manifests/a.yaml", WRONG), (".rke2-lint.yaml", "{}")]);
    let before = files_below(folder.path());
    for arguments in
        [&["check"][..], &["check", "-v", "--format", "human"], &["check", "--show-settings"], &["rules"]]
    {
        said(folder.path(), arguments);
    }
    assert_eq!(files_below(folder.path()), before);
    assert_eq!(fs::read_to_string(folder.path().join("manifests/a.yaml")).unwrap(), WRONG);
}

#[test]
fn threads_do_not_change_the_output() {
    let folder = tree(&[]);
    for index in 0..30 {
        write(
            folder.path(),
            &format!("c{index}/manifests/a.yaml"),
            &WRONG.replace("default", &format!("n{index}")),
        );
    }
    let run = |threads: &str| said(folder.path(), &["check", "--format", "sarif", "--threads", threads]);
    assert_eq!(run("1"), run("8"));
}

#[test]
fn help_fits_a_screen_and_has_examples() {
    let folder = tree(&[]);
    for command in [&[][..], &["check"], &["files"], &["explain"], &["rules"], &["completions"], &["man"]] {
        let (code, out, _) = said(folder.path(), &[command, &["--help"]].concat());
        assert_eq!(code, 0);
        assert!(out.contains("Examples:"), "{command:?}: {out}");
        assert!(out.lines().count() <= 66, "{command:?}: {} lines\n{out}", out.lines().count());
        assert!(out.lines().all(|line| line.chars().count() <= 100), "{out}");
    }
}

#[test]
fn completions_and_pages_are_printed() {
    let folder = tree(&[]);
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let (code, out, _) = said(folder.path(), &["completions", shell]);
        assert_eq!(code, 0);
        assert!(out.contains("write-baseline"), "{shell}");
    }
    let (code, out, _) = said(folder.path(), &["man"]);
    assert_eq!(code, 0);
    assert!(out.contains(".TH rke2-lint 1"), "{out}");
    let (_, out, _) = said(folder.path(), &["man", "check"]);
    assert!(out.contains(".TH rke2-lint-check 1") && out.contains("write\\-baseline"), "{out}");
    // Each example is a line of its own.
    let examples = ".SH \"EXAMPLES\"\n.nf\nrke2\\-lint check \\-\\-rke2\\-version 1.34 .\n";
    assert!(out.contains(examples) && !out.contains("EXTRA"), "{out}");
    let (_, out, _) = said(folder.path(), &["completions", "fish"]);
    for words in ["sarif\\t''", "never\\t''", "severity\\t''"] {
        assert!(out.contains(words), "{words}\n{out}");
    }
    assert_eq!(said(folder.path(), &["completions", "tcsh"]).0, 2);
}

#[test]
fn a_file_whose_only_key_is_misspelled_is_recognized() {
    for text in ["tls-sans: [rke2.example.com]\n", "\u{feff}cni: cilium\ntls-sans: [rke2.example.com]\n"] {
        let folder = tree(&[("config.yaml", text)]);
        let (code, out, err) = said(folder.path(), &["check"]);
        assert!(code == 1 && out.contains("unknown key `tls-sans`"), "{out}{err}");
    }
    // Other programs have such keys, too.
    for text in ["node-id: 3\n", "tls-sans: [a]\nlisten: 0.0.0.0\n"] {
        let folder = tree(&[("config.yaml", text)]);
        let (code, out, err) = said(folder.path(), &["check"]);
        assert_eq!((code, out.as_str()), (0, ""), "{err}");
        assert!(err.contains("(1 file skipped; -v lists the reasons)\n"), "{err}");
    }
}

/// A configuration with two errors, one of them fixable, and a manifest with one.
fn mistakes() -> tempfile::TempDir {
    let config = "cni: cilium\ntls-sans: a\nservice-cidr: 10.42.0.0/16\nservice-node-port-range: 80-32767\n";
    tree(&[("manifests/a.yaml", WRONG), ("config.yaml", config)])
}

#[test]
fn statistics_take_the_place_of_findings() {
    let folder = mistakes();
    let (code, out, _) = said(folder.path(), &["check", "--statistics"]);
    assert_eq!(code, 1);
    assert_eq!(
        out,
        "1  error         config/cidr-overlap\n1  warning       config/node-port-range\n\
         1  error    [*]  config/unknown-key\n1  error         helm-chart-config/wrong-namespace\n"
    );
    let (_, out, _) =
        said(folder.path(), &["check", "--statistics", "--format", "json", "--format", "junit=a.xml"]);
    let rows: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!(
        rows[2],
        serde_json::json!({"rule": "config/unknown-key", "severity": "error", "count": 1, "fixable": 1})
    );
    assert!(fs::read_to_string(folder.path().join("a.xml")).unwrap().contains("<testcase "));
    let (code, out, err) = said(folder.path(), &["check", "--statistics", "--format", "sarif"]);
    assert_eq!((code, out.as_str()), (2, ""));
    assert!(err.contains("use `--format sarif=FILE`"), "{err}");
}

#[test]
fn findings_are_sorted_and_grouped_as_asked() {
    let folder = mistakes();
    let rules = |order: &str| -> Vec<String> {
        let (_, out, _) = said(folder.path(), &["check", "--sort", order]);
        out.lines().map(|line| line.rsplit(" [").next().unwrap().trim_end_matches(']').to_owned()).collect()
    };
    let [unknown, overlap, range, namespace] = [
        "config/unknown-key",
        "config/cidr-overlap",
        "config/node-port-range",
        "helm-chart-config/wrong-namespace",
    ];
    assert_eq!(rules("path"), [unknown, overlap, range, namespace]);
    assert_eq!(rules("severity"), [unknown, overlap, namespace, range]);
    assert_eq!(rules("rule"), [overlap, range, unknown, namespace]);
    let human = |order: &str| said(folder.path(), &["check", "--format", "human", "--sort", order]).1;
    for (order, headings) in [
        ("path", &["config.yaml: 2 errors, 1 warning\n", "\n\nmanifests/a.yaml: 1 error\n"][..]),
        ("severity", &["3 errors\n", "\n\n1 warning\n"]),
        ("rule", &["config/cidr-overlap: 1 error\n", "\n\nhelm-chart-config/wrong-namespace: 1 error\n"]),
    ] {
        let out = human(order);
        assert!(out.starts_with(headings[0]) && out.contains(headings[1]), "{out}");
    }
    assert_eq!(said(folder.path(), &["check", "--sort", "size"]).0, 2);
    // One suite per file, even if findings of other files come in between.
    let (_, out, _) = said(folder.path(), &["check", "--sort", "severity", "--format", "junit"]);
    assert_eq!(out.matches("<testsuite ").count(), 2, "{out}");
}

#[test]
fn frames_are_ascii_where_more_cannot_be_shown() {
    let folder = mistakes();
    let is_ascii = |arguments: &[&str], environment: &[(&str, &str)]| {
        let mut command = program(folder.path());
        let output =
            command.args(["check", "--format", "human"]).args(arguments).envs(environment.iter().copied());
        output.output().unwrap().stdout.is_ascii()
    };
    assert!(!is_ascii(&[], &[]));
    assert!(!is_ascii(&[], &[("LC_ALL", "en_US.UTF-8")]));
    assert!(!is_ascii(&[], &[("LC_ALL", ""), ("LANG", "C.utf8")]));
    assert!(is_ascii(&["--ascii"], &[("LANG", "C.UTF-8")]));
    assert!(is_ascii(&[], &[("LC_ALL", "C"), ("LANG", "C.UTF-8")]));
    assert!(is_ascii(&[], &[("TERM", "dumb")]));
    assert!(is_ascii(&[], &[("RKE2_LINT_ASCII", "1")]));
    assert!(!is_ascii(&[], &[("RKE2_LINT_ASCII", "0")]));
}

#[test]
fn the_environment_sets_options_and_gives_way_to_arguments() {
    let folder = mistakes();
    let run = |arguments: &[&str], environment: &[(&str, &str)]| {
        let output =
            program(folder.path()).args(arguments).envs(environment.iter().copied()).output().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
    };
    let (_, out, _) =
        run(&["check"], &[("RKE2_LINT_FORMAT", "github"), ("RKE2_LINT_SELECT", "config,manifest")]);
    assert_eq!(out.matches("::error ").count(), 2, "{out}");
    let (_, out, _) = run(&["check", "--format", "concise"], &[("RKE2_LINT_FORMAT", "github")]);
    assert!(out.starts_with("config.yaml:2:1: "), "{out}");
    assert_eq!(run(&["check"], &[("RKE2_LINT_FAIL_ON", "never")]).0, 0);
    assert_eq!(run(&["check"], &[("RKE2_LINT_FAIL_ON", "fatal")]).0, 2);
    let (code, _, err) = run(&["check"], &[("RKE2_LINT_CONFIG", "nowhere.yaml")]);
    assert!(code == 2 && err.contains("nowhere.yaml"), "{err}");
    assert_eq!(run(&["check", "--no-config"], &[("RKE2_LINT_CONFIG", "nowhere.yaml")]).0, 1);
    let (code, _, err) = run(&["check", "--no-config", "--config", "x"], &[]);
    assert!(code == 2 && err.contains("--no-config cannot be used with --config"), "{err}");
}

#[test]
fn options_without_effect_are_refused() {
    let folder = mistakes();
    let (code, out, err) = said(folder.path(), &["check", "config.yaml", "--stdin-filename", "x.yaml"]);
    assert_eq!((code, out.as_str()), (2, ""));
    assert!(err.contains("add `-` to the paths"), "{err}");
}

#[test]
fn the_server_says_why_it_ends_early() {
    let folder = tree(&[]);
    for (input, reason) in [
        (
            "Content-Length: 99999999999999\r\n\r\n",
            "a message of 99999999999999 bytes is larger than 512 MiB",
        ),
        ("hello\r\n\r\n", "a message has no `Content-Length`"),
    ] {
        let output = piped(folder.path(), &["server"], input);
        assert_eq!(output.status.code(), Some(2));
        let err = String::from_utf8(output.stderr).unwrap();
        assert!(err.contains(reason), "{err}");
    }
}
