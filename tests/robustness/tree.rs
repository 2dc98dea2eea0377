//! Entries of a tree that are not regular files, or that have unusual names or change while they are read.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};

use super::bounded::{Said, check, shell, trap};
use super::common::{WRONG, write};

fn pipe(path: &Path) {
    assert!(Command::new("mkfifo").arg(path).status().unwrap().success());
}

/// Whether a command exists and succeeds.
fn works(command: &str, arguments: &[&str]) -> bool {
    Command::new(command).args(arguments).output().is_ok_and(|output| output.status.success())
}

/// The command prefix that runs the program without permission to read everything; `None`, with a message, if that is
/// not possible.
fn unprivileged() -> Option<&'static str> {
    let id = Command::new("id").arg("-u").output().unwrap();
    if id.stdout != b"0\n" {
        return Some("");
    }
    let prefix = "setpriv --reuid 65534 --regid 65534 --clear-groups ";
    let binary = env!("CARGO_BIN_EXE_rke2-lint");
    let arguments: Vec<&str> = prefix.split_whitespace().skip(1).chain([binary, "--version"]).collect();
    if works("setpriv", &arguments) {
        return Some(prefix);
    }
    eprintln!("not tried: root may read everything, and there is no setpriv");
    None
}

fn allow(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

#[test]
fn pipes_sockets_and_devices_are_not_waited_for() {
    let folder = trap(&[("etc/rancher/rke2/config.yaml.d/a.yaml", "cni: cilium\n")]);
    let at = |path: &str| folder.path().join(path);
    pipe(&at("etc/rancher/rke2/config.yaml"));
    pipe(&at("manifests/pipe.yaml"));
    let _socket = UnixListener::bind(at("manifests/socket.yaml")).unwrap();
    symlink(at("manifests/pipe.yaml"), at("manifests/link.yaml")).unwrap();
    symlink("/dev/zero", at("manifests/zero.yaml")).unwrap();
    symlink("/dev/tty", at("manifests/tty.yaml")).unwrap();
    let device = works("mknod", &[at("manifests/device.yaml").to_str().unwrap(), "c", "1", "5"]);
    let said = check(folder.path(), "-v");
    said.ended(1);
    let names = [
        "etc/rancher/rke2/config.yaml",
        "manifests/pipe.yaml",
        "manifests/socket.yaml",
        "manifests/link.yaml",
    ];
    for name in names.into_iter().chain(["manifests/zero.yaml", "manifests/tty.yaml"]) {
        said.says(&[name, "not a regular file"]);
    }
    if device {
        said.says(&["manifests/device.yaml", "not a regular file"]);
    }
}

#[test]
fn what_is_named_and_is_no_file_is_told() {
    let folder = trap(&[]);
    pipe(&folder.path().join("pipe.yaml"));
    let _socket = UnixListener::bind(folder.path().join("socket.yaml")).unwrap();
    let said = check(folder.path(), "manifests/a.yaml pipe.yaml socket.yaml /dev/zero /dev/null");
    said.ended(2);
    for name in ["pipe.yaml", "socket.yaml", "/dev/zero", "/dev/null"] {
        said.says(&[name, "not a regular file; pipe it to `rke2-lint check -`"]);
    }
}

/// Settings come from the repository, so the paths in them are not trusted either.
#[test]
fn settings_that_are_or_name_no_file_are_told() {
    let folder = trap(&[]);
    let path = folder.path();
    pipe(&path.join("pipe"));
    pipe(&path.join(".rke2-lint.yaml"));
    fs::create_dir(path.join("rules")).unwrap();
    let quick = |arguments: &str| shell(path, &format!("exec \"$0\" check {arguments}"));
    let told = |said: &Said, words: &[&str]| {
        assert_eq!(said.code, Some(2), "{said:?}");
        said.says(words);
    };
    told(&quick(""), &[".rke2-lint.yaml", "a special file"]);
    fs::remove_file(path.join(".rke2-lint.yaml")).unwrap();
    for (settings, words) in [
        ("baseline: pipe\n", ["pipe", "a special file"]),
        ("baseline: /dev/zero\n", ["/dev/zero", "a special file"]),
        ("rule-paths: [rules]\n", ["rules", "no rule files in"]),
    ] {
        write(path, ".rke2-lint.yaml", settings);
        let _ = fs::remove_file(path.join("rules/a.yaml"));
        pipe(&path.join("rules/a.yaml"));
        told(&quick(""), &words);
    }
    fs::remove_file(path.join(".rke2-lint.yaml")).unwrap();
    told(&quick("--host pipe"), &["--host", "pipe", "a special file"]);
    told(&quick("--config pipe"), &["pipe", "a special file"]);
    told(&quick("--baseline pipe"), &["pipe", "a special file"]);
}

#[test]
fn links_in_circles_end() {
    let folder = trap(&[("deep/manifests/b.yaml", "# nothing\n")]);
    let at = |path: &str| folder.path().join(path);
    let server = "var/lib/rancher/rke2/server/manifests";
    write(folder.path(), &format!("{server}/good.yaml"), "# nothing\n");
    symlink("self.yaml", at(server).join("self.yaml")).unwrap();
    symlink("one.yaml", at(server).join("two.yaml")).unwrap();
    symlink("two.yaml", at(server).join("one.yaml")).unwrap();
    symlink("..", at("deep/manifests/up")).unwrap();
    symlink(".", at("deep/here")).unwrap();
    let said = check(folder.path(), "");
    said.ended(1);
    for name in ["self.yaml", "one.yaml", "two.yaml"] {
        said.says(&[name, "manifest/dangling-link"]);
    }
    let named = format!(". {server}/self.yaml");
    check(folder.path(), &named).ended(2).says(&["manifests/self.yaml", "symbolic links"]);
}

/// A pull request may link to any file that the checking machine can read, and findings quote content.
#[test]
fn links_out_of_a_repository_are_not_followed() {
    let secret = "cni: cilium\ntoken-secret: hunter2\n";
    let outside = tempfile::tempdir().unwrap();
    write(outside.path(), "config.yaml", secret);
    let folder = trap(&[("inside.yaml", secret), ("etc/rancher/rke2/config.yaml.d/b.yaml", "cni: cilium\n")]);
    let at = |path: &str| folder.path().join(path);
    let config = at("etc/rancher/rke2/config.yaml");
    write(folder.path(), ".git/config.yaml", secret);
    for (target, reason) in [
        (outside.path().join("config.yaml"), "symlink out of the repository"),
        (at(".git/config.yaml"), "symlink out of the repository"),
        ("/proc/self/environ".into(), "symlink to a system file"),
        ("/proc/self/mem".into(), "symlink to a system file"),
    ] {
        if !target.exists() {
            eprintln!("not tried: there is no {}", target.display());
            continue;
        }
        symlink(target, &config).unwrap();
        let said = check(folder.path(), "-v");
        said.ended(1).says(&["etc/rancher/rke2/config.yaml", reason]);
        assert!(!said.out.contains("token-secret"), "{}", said.out);
        fs::remove_file(&config).unwrap();
    }
    symlink(at("inside.yaml"), &config).unwrap();
    check(folder.path(), "").ended(1).says(&["etc/rancher/rke2/config.yaml:2", "token-secret"]);
    // There is no repository on a node; RKE2 follows links there, and so do we.
    fs::remove_file(&config).unwrap();
    fs::remove_dir_all(at(".git")).unwrap();
    symlink(outside.path().join("config.yaml"), &config).unwrap();
    check(folder.path(), "").ended(1).says(&["etc/rancher/rke2/config.yaml:2", "token-secret"]);
}

#[test]
fn files_may_change_and_vanish() {
    let folder = trap(&[]);
    let stop = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let texts = [WRONG.to_owned(), "cni: [".repeat(5_000), WRONG.repeat(200), "\u{feff}".to_owned()];
            let names = ["manifests/b.yaml", "etc/rancher/rke2/config.yaml", "manifests/sub/c.yaml"];
            for round in 0.. {
                if stop.load(Ordering::Relaxed) {
                    break;
                }
                let name = folder.path().join(names[round % names.len()]);
                match round % 7 {
                    0 => drop(fs::remove_dir_all(folder.path().join("manifests/sub"))),
                    1 | 4 => drop(fs::remove_file(name)),
                    _ => {
                        drop(fs::create_dir_all(name.parent().unwrap()));
                        drop(fs::write(name, &texts[round % texts.len()]));
                    }
                }
            }
        });
        for _ in 0..15 {
            let said = check(folder.path(), "");
            said.ended(said.code.filter(|code| [1, 2].contains(code)).unwrap_or(1));
        }
        stop.store(true, Ordering::Relaxed);
    });
}

#[test]
fn what_may_not_be_read_is_told() {
    let Some(prefix) = unprivileged() else { return };
    let folder = trap(&[("manifests/locked.yaml", WRONG), ("locked/b.yaml", WRONG)]);
    allow(folder.path(), 0o755);
    allow(&folder.path().join("manifests/locked.yaml"), 0o000);
    allow(&folder.path().join("locked"), 0o000);
    let run = |arguments: &str| {
        shell(folder.path(), &format!("exec {prefix}\"$0\" check --threads 2 --format concise {arguments}"))
    };
    let said = run("");
    said.ended(2)
        .says(&["manifests/locked.yaml", "permission denied"])
        .says(&["locked", "permission denied"]);
    // The user named only one file, and not the files around it.
    let said = run("-v manifests/a.yaml");
    said.ended(1).says(&["manifests/locked.yaml", "permission denied"]);
    allow(&folder.path().join("locked"), 0o755);
}

/// These cases fail for root as well.
#[test]
fn folders_that_are_called_like_files_are_folders() {
    let folder = trap(&[("etc/rancher/rke2/config.yaml/a.txt", ""), ("manifests/b.yaml/c.yaml", WRONG)]);
    let said = check(folder.path(), "");
    said.ended(1).says(&["manifests/b.yaml/c.yaml:5:14"]);
}

#[test]
fn names_that_are_no_text_stay_apart() {
    let folder = trap(&[]);
    let manifests = folder.path().join("manifests");
    for name in [&b"x\xff.yaml"[..], b"x\xfe.yaml", b"a\x1b[31mb\nc.yaml", b"\xe2\x80\xae.yaml"] {
        if fs::write(manifests.join(OsStr::from_bytes(name)), WRONG).is_err() {
            eprintln!("not tried: this file system has no such names");
            return;
        }
    }
    let said = check(folder.path(), "-v");
    said.ended(1).says(&["manifests/x\\xff.yaml:5:14"]).says(&["manifests/x\\xfe.yaml:5:14"]);
    said.says(&["manifests/a\\u{1b}[31mb\\nc.yaml:5:14"]).says(&["manifests/\\u{202e}.yaml:5:14"]);
    assert!(!said.out.contains('\u{1b}') && !said.err.contains('\u{1b}'));
    let named = shell(folder.path(), "exec \"$0\" check --threads 2 manifests/a.yaml manifests/x*.yaml");
    named.ended(1).says(&["manifests/x\\xff.yaml:5:14"]);
}

/// No system call takes a path of more than 4,096 bytes.
#[test]
fn paths_beyond_the_longest_are_told() {
    let folder = trap(&[]);
    let name = "d".repeat(200);
    let (inner, outer) = (folder.path().join("inner"), folder.path().join("outer"));
    fs::create_dir(&inner).unwrap();
    // Built from the inside out, so that no step needs a long path.
    for _ in 0..25 {
        fs::create_dir_all(outer.join("manifests")).unwrap();
        fs::write(outer.join("manifests/a.yaml"), WRONG).unwrap();
        fs::rename(&inner, outer.join(&name)).unwrap();
        fs::rename(&outer, &inner).unwrap();
    }
    let said = check(folder.path(), "");
    said.ended(2).says(&["error", "too long"]);
    let near = said.out.lines().map(|line| line.split(':').next().unwrap().len()).max().unwrap();
    assert!(near > 3_500, "the longest path that was linted has {near} bytes");
    // The full path is too long to remove the tree in one step.
    assert!(works("rm", &["-rf", inner.to_str().unwrap()]));
}

#[test]
fn names_that_differ_in_case_are_two_files() {
    let folder =
        trap(&[("manifests/B.yaml", WRONG), ("manifests/b.yaml", WRONG), ("MANIFESTS/a.yaml", WRONG)]);
    if !folder.path().join("MANIFESTS").join("a.yaml").exists()
        || folder.path().join("manifests/A.yaml").exists()
    {
        eprintln!("not tried: this file system takes both for one");
        return;
    }
    let said = check(folder.path(), "");
    said.ended(1)
        .says(&["manifests/B.yaml:5:14"])
        .says(&["manifests/b.yaml:5:14"])
        .says(&["MANIFESTS/a.yaml:5:14"]);
}

/// An excluded folder is not read, regardless of its number of entries.
#[test]
fn excluded_folders_are_not_read() {
    let folder = trap(&[("big/inner/x.yaml", WRONG)]);
    for index in 0..2_000 {
        fs::write(folder.path().join(format!("big/{index}.yaml")), "").unwrap();
    }
    let said = check(folder.path(), "-v --exclude big");
    said.ended(1).says(&["big: excluded by a pattern"]);
    if works("strace", &["-V"]) {
        let traced = "exec strace -f -y -o trace -e trace=getdents64,openat,statx,newfstatat \"$0\" check --exclude big";
        shell(folder.path(), traced).ended(1);
        let trace = fs::read_to_string(folder.path().join("trace")).unwrap();
        let folders = |name: &str| {
            let read = |line: &&str| line.contains("getdents64(") && line.contains(&format!("/{name}>"));
            trace.lines().filter(read).count()
        };
        assert!(folders("manifests") > 0, "{trace}");
        assert_eq!(folders("big"), 0, "{trace}");
        assert!(!trace.contains("big/"), "{trace}");
    } else {
        eprintln!("not tried: there is no strace to see what is read");
    }
}
