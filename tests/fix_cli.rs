//! Runs `check --fix`, `--diff` and `--add-ignores` with the built program: written files, output, exit codes.

#![allow(clippy::unwrap_used, reason = "a helper that fails is a test that fails")]

mod common;

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use common::{files_below, program, root, said, tree};

/// A configuration with two safe fixes: a misspelled key, and a value that YAML parses as a number.
const CONFIG: &str = "write-kubeconfig-mode: 0640 # for the backup\ntls-sans:\n  - rke2.example.com\n";
const FIXED: &str = "write-kubeconfig-mode: \"0640\" # for the backup\ntls-san:\n  - rke2.example.com\n";

const PLACE: &str = "etc/rancher/rke2/config.yaml";

fn piped(folder: &Path, arguments: &[&str], input: &str) -> (i32, String, String) {
    let mut command = program(folder);
    command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

fn read(folder: &Path, file: &str) -> String {
    fs::read_to_string(folder.join(file)).unwrap()
}

#[test]
fn what_is_fixed_is_written_and_counted() {
    let folder = tree(&[(PLACE, CONFIG)]);
    let (code, _, err) = said(folder.path(), &["check"]);
    assert!(code == 1 && err.contains("2 fixable with --fix\n"), "{err}");
    let (code, out, err) = said(folder.path(), &["check", "--fix"]);
    assert_eq!((code, out.as_str()), (0, ""), "{err}");
    assert!(err.contains("Fixed 2 findings in 1 file\n"), "{err}");
    assert_eq!(read(folder.path(), PLACE), FIXED);
    let (code, _, err) = said(folder.path(), &["check", "--fix"]);
    assert!(code == 0 && !err.contains("Fixed"), "{err}");
    assert_eq!(read(folder.path(), PLACE), FIXED);
}

#[test]
fn the_other_parts_of_a_text_are_kept() {
    let folder = tree(&[(PLACE, "tls-san: a.example, b.example:6443,https://c.example\n")]);
    said(folder.path(), &["check", "--fix"]);
    assert_eq!(read(folder.path(), PLACE), "tls-san: a.example,b.example,c.example\n");
    // Which one is meant is not known.
    let twice = "tls-san: b.example:6443,b.example:6443\n";
    let folder = tree(&[(PLACE, twice)]);
    said(folder.path(), &["check", "--fix"]);
    assert_eq!(read(folder.path(), PLACE), twice);
}

#[test]
fn line_endings_byte_order_mark_and_last_line_are_kept() {
    let written = |text: &str| format!("\u{feff}{}", text.trim_end().replace('\n', "\r\n"));
    let folder = tree(&[(PLACE, &written(CONFIG))]);
    said(folder.path(), &["check", "--fix"]);
    assert_eq!(read(folder.path(), PLACE), written(FIXED));
}

#[test]
fn quotes_are_kept() {
    let text = "\"server\": \"https://10.0.0.1:6443\"\n'tls-sans': [a]\ncluster-cidr: \"10.42.5.0/16\"\ndisable: ['metrics-server']\n\
                'cni': \"rke2-cilium\"\n\"data-dir+\": /x\ntoken: a\n";
    let fixed = "\"server\": \"https://10.0.0.1:9345\"\n'tls-san': [a]\ncluster-cidr: \"10.42.0.0/16\"\ndisable: ['rke2-metrics-server']\n\
                 'cni': \"cilium\"\n\"data-dir\": /x\ntoken: a\n";
    let drop_in = format!("{PLACE}.d/a.yaml");
    let folder = tree(&[(PLACE, text), (&drop_in, "\"disable\": [rke2-ingress-nginx]\n")]);
    said(folder.path(), &["check", "--fix", "--unsafe-fixes"]);
    assert_eq!(read(folder.path(), PLACE), fixed);
    assert_eq!(read(folder.path(), &drop_in), "\"disable+\": [rke2-ingress-nginx]\n");
    // A plain URL stays plain, and a tag would give quotes another meaning.
    let folder =
        tree(&[(PLACE, "server: https://10.0.0.1:6443\ntoken: a\nwrite-kubeconfig-mode: !!int 0640\n")]);
    said(folder.path(), &["check", "--fix", "--unsafe-fixes"]);
    let fixed = "server: https://10.0.0.1:9345\ntoken: a\nwrite-kubeconfig-mode: !!int 0640\n";
    assert_eq!(read(folder.path(), PLACE), fixed);
}

#[test]
fn a_diff_of_carriage_returns_is_one_that_git_takes() {
    let folder = tree(&[(PLACE, "cni: cilium\rtls-sans: [a]\rdebug: true\r")]);
    let (code, patch, err) = said(folder.path(), &["check", "--diff"]);
    assert_eq!(code, 1, "{err}");
    let hunk = "@@ -1 +1 @@\n-cni: cilium\rtls-sans: [a]\rdebug: true\r\n\\ No newline at end of file\n\
                +cni: cilium\rtls-san: [a]\rdebug: true\r\n\\ No newline at end of file\n";
    assert!(patch.ends_with(hunk), "{patch:?}");
}

#[test]
fn a_diff_writes_nothing_and_git_takes_it() {
    let folder = tree(&[]);
    let sample = root().join("testdata/projects/broken");
    for file in files_below(&sample) {
        let target = folder.path().join(file.strip_prefix(&sample).unwrap());
        fs::create_dir_all(target.parent().unwrap()).unwrap();
        fs::copy(file, target).unwrap();
    }
    let before: Vec<_> = files_below(folder.path()).iter().map(|file| fs::read(file).unwrap()).collect();
    let (code, patch, err) = said(folder.path(), &["check", "--diff"]);
    assert!(code == 1 && err.contains("Would fix "), "{err}");
    let after: Vec<_> = files_below(folder.path()).iter().map(|file| fs::read(file).unwrap()).collect();
    assert_eq!(before, after);

    let mut git = Command::new("git")
        .args(["apply", "-"])
        .current_dir(folder.path())
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    git.stdin.take().unwrap().write_all(patch.as_bytes()).unwrap();
    assert!(git.wait().unwrap().success(), "{patch}");
    let applied: Vec<_> = files_below(folder.path()).iter().map(|file| fs::read(file).unwrap()).collect();
    assert_ne!(before, applied);
    let (code, patch, err) = said(folder.path(), &["check", "--diff"]);
    assert_eq!((code, patch.as_str()), (0, ""), "{err}");
    said(folder.path(), &["check", "--fix"]);
    let fixed: Vec<_> = files_below(folder.path()).iter().map(|file| fs::read(file).unwrap()).collect();
    assert_eq!(applied, fixed);
}

#[test]
fn names_that_need_quotes_are_in_the_diff_as_git_writes_them() {
    let folder = tree(&[("ünï \"x\"/etc/rancher/rke2/config.yaml", CONFIG)]);
    let (_, patch, _) = said(folder.path(), &["check", "--diff"]);
    let mut git = Command::new("git")
        .args(["apply", "-"])
        .current_dir(folder.path())
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    git.stdin.take().unwrap().write_all(patch.as_bytes()).unwrap();
    assert!(git.wait().unwrap().success(), "{patch}");
    assert_eq!(read(folder.path(), "ünï \"x\"/etc/rancher/rke2/config.yaml"), FIXED);
}

#[test]
fn standard_input_is_fixed_to_standard_output() {
    let folder = tree(&[]);
    let arguments = ["check", "--fix", "-", "--stdin-filename", PLACE];
    let (code, out, err) = piped(folder.path(), &arguments, CONFIG);
    assert_eq!((code, out.as_str()), (0, FIXED), "{err}");
    let left = "cni: cillium-x\n";
    let (code, out, err) = piped(folder.path(), &arguments, left);
    assert_eq!((code, out.as_str()), (1, left), "{err}");
    assert!(err.contains("[config/cni-invalid-value]"), "{err}");
    let (code, out, _) = piped(folder.path(), &["check", "--diff", "-", "--stdin-filename", PLACE], CONFIG);
    assert!(code == 1 && out.starts_with("diff --git a/etc/rancher/rke2/config.yaml"), "{out}");
    assert!(files_below(folder.path()).is_empty());
}

#[test]
fn a_read_only_file_is_named_and_the_others_are_fixed() {
    let other = "clusters/b/etc/rancher/rke2/config.yaml";
    let folder = tree(&[(PLACE, CONFIG), (other, CONFIG)]);
    let file = folder.path().join(PLACE);
    let mut permissions = fs::metadata(&file).unwrap().permissions();
    permissions.set_readonly(true);
    fs::set_permissions(&file, permissions).unwrap();
    let (code, out, err) = said(folder.path(), &["check", "--fix"]);
    assert_eq!(code, 2, "{err}");
    assert!(err.contains(&format!("error: {PLACE}: not fixed: the file is read-only")), "{err}");
    assert!(out.contains("`tls-sans`"), "{out}");
    assert_eq!((read(folder.path(), PLACE).as_str(), read(folder.path(), other).as_str()), (CONFIG, FIXED));
}

#[cfg(unix)]
#[test]
fn a_link_is_followed_inside_the_tree_only() {
    use std::os::unix::fs::symlink;
    let folder = tree(&[("tree/shared/base.yaml", CONFIG), ("outside.yaml", CONFIG)]);
    for (node, target) in [("a", "../../../../shared/base.yaml"), ("b", "../../../../../outside.yaml")] {
        let place = folder.path().join("tree").join(node).join("etc/rancher/rke2");
        fs::create_dir_all(&place).unwrap();
        symlink(target, place.join("config.yaml")).unwrap();
        assert!(place.join("config.yaml").exists());
    }
    let (code, _, err) = said(folder.path(), &["check", "--fix", "tree"]);
    assert_eq!(code, 2, "{err}");
    assert!(err.contains("tree/b/etc/rancher/rke2/config.yaml: not fixed: symlink out of the tree"), "{err}");
    assert_eq!(read(folder.path(), "tree/shared/base.yaml"), FIXED);
    assert_eq!(read(folder.path(), "outside.yaml"), CONFIG);
    assert!(folder.path().join("tree/a/etc/rancher/rke2/config.yaml").is_symlink());
}

#[cfg(target_os = "linux")]
#[test]
fn a_file_whose_name_is_not_utf8_is_not_fixed() {
    use std::os::unix::ffi::OsStrExt as _;
    let folder = tree(&[("other/config.yaml", "cni: cilium\ntls-sans: [a]\n")]);
    let name = std::ffi::OsStr::from_bytes(b"\xffconfig.yaml");
    fs::write(folder.path().join(name), "cni: cilium\ntls-sans: [a]\n").unwrap();
    let (code, patch, err) = said(folder.path(), &["check", "--diff"]);
    assert!(patch.contains("+++ b/other/config.yaml\n") && !patch.contains("xff"), "{patch}");
    assert_eq!(code, 2, "{err}");
    let (code, _, err) = said(folder.path(), &["check", "--fix"]);
    assert!(
        code == 2 && err.contains("error: \\xffconfig.yaml: not fixed: its name is not UTF-8\n"),
        "{err}"
    );
    assert_eq!(read(folder.path(), "other/config.yaml"), "cni: cilium\ntls-san: [a]\n");
}

#[test]
fn a_configuration_in_utf16_is_read_and_not_fixed() {
    for (mark, bytes) in
        [([0xff, 0xfe], u16::to_le_bytes as fn(u16) -> [u8; 2]), ([0xfe, 0xff], u16::to_be_bytes)]
    {
        let folder = tree(&[]);
        let config: Vec<u8> = mark.into_iter().chain(CONFIG.encode_utf16().flat_map(bytes)).collect();
        fs::create_dir_all(folder.path().join(PLACE).parent().unwrap()).unwrap();
        fs::write(folder.path().join(PLACE), &config).unwrap();
        let (code, out, err) = said(folder.path(), &["check", "--format", "concise"]);
        assert!(code == 1 && out.contains("config.yaml:2:1: error: unknown key `tls-sans`"), "{out}{err}");
        assert!(!err.contains("fixable"), "{err}");
        for option in ["--fix", "--diff", "--add-ignores"] {
            said(folder.path(), &["check", option]);
            assert_eq!(fs::read(folder.path().join(PLACE)).unwrap(), config, "{option}");
        }
        // An odd number of bytes is no text.
        fs::write(folder.path().join(PLACE), &config[..config.len() - 1]).unwrap();
        let (code, out, err) = said(folder.path(), &["check", "--format", "concise"]);
        assert!(code == 0 && out.is_empty(), "{out}{err}");
    }
}

#[test]
fn templates_are_left_alone() {
    let text = format!("{CONFIG}token: {{{{ token }}}}\n");
    let folder = tree(&[
        ("etc/rancher/rke2/config.yaml.j2", &text),
        (PLACE, "node-name: \"{{ name }}\"\ntls-sans: [a]\n"),
    ]);
    let before: Vec<_> = files_below(folder.path()).iter().map(|file| fs::read(file).unwrap()).collect();
    let (_, out, err) = said(folder.path(), &["check", "--fix", "--unsafe-fixes"]);
    assert!(out.contains("`tls-sans`") && !err.contains("fixable"), "{out}{err}");
    let after: Vec<_> = files_below(folder.path()).iter().map(|file| fs::read(file).unwrap()).collect();
    assert_eq!(before, after);
}

#[test]
fn only_what_was_named_is_changed() {
    let other = "etc/rancher/rke2/config.yaml.d/10-san.yaml";
    let folder = tree(&[(PLACE, "tls-sans: [a]\n"), (other, "tls-sans+: [b]\n")]);
    said(folder.path(), &["check", "--fix", other]);
    assert_eq!(read(folder.path(), PLACE), "tls-sans: [a]\n");
    assert_eq!(read(folder.path(), other), "tls-san+: [b]\n");
}

#[test]
fn ignore_comments_are_written_where_they_count() {
    let chart = "apiVersion: helm.cattle.io/v1\nkind: HelmChartConfig\nmetadata:\n  name: rke2-cilium\n  namespace: kube-system\nspec:\n  valuesContent: |-\n    zzzqqq: 1\n    hubble:\n      qqqzzz: 2\n";
    let folder = tree(&[("manifests/rke2-cilium-config.yaml", chart)]);
    let arguments = ["check", "--add-ignores", "--select", "helm-chart-config/unknown-value-key"];
    let (code, _, err) = said(folder.path(), &arguments);
    assert_eq!(code, 0, "{err}");
    assert!(err.contains("Added ignore comments for 2 findings in 1 file"), "{err}");
    let comment = "# rke2-lint: ignore[helm-chart-config/unknown-value-key] TODO: give the reason\n";
    let expected = chart
        .replace("    zzzqqq", &format!("    {comment}    zzzqqq"))
        .replace("      qqqzzz", &format!("      {comment}      qqqzzz"));
    assert_eq!(read(folder.path(), "manifests/rke2-cilium-config.yaml"), expected);
}

#[test]
fn options_that_do_nothing_alone_are_refused() {
    let folder = tree(&[]);
    for arguments in [&["check", "--unsafe-fixes"][..], &["check", "--fix", "--write-baseline", "b.json"]] {
        let (code, _, err) = said(folder.path(), arguments);
        assert!(code == 2 && err.contains("--"), "{arguments:?}: {err}");
    }
}
