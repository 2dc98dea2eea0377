//! Nothing is written without an explicit request.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::bounded::{shell, trap};
use super::common::write;

/// The content or target and the modification time of every file, folder and link.
fn state(folder: &Path) -> BTreeMap<PathBuf, (Vec<u8>, SystemTime)> {
    walkdir::WalkDir::new(folder)
        .into_iter()
        .map(|entry| {
            let path = entry.unwrap().into_path();
            let metadata = path.symlink_metadata().unwrap();
            let content = match fs::read_link(&path) {
                Ok(target) => target.into_os_string().into_encoded_bytes(),
                Err(_) => fs::read(&path).unwrap_or_default(),
            };
            (path, (content, metadata.modified().unwrap()))
        })
        .collect()
}

#[test]
fn no_command_writes_unless_told() {
    let folder = trap(&[
        ("etc/rancher/rke2/config.yaml", "cni: cilium\nunknwon: 1\n"),
        (".rke2-lint.yaml", "baseline: base.json\n"),
        ("base.json", "{\"version\": 1, \"findings\": []}"),
        ("old/manifests/a.yaml", ""),
        ("broken.yaml", "a: ["),
    ]);
    let path = folder.path();
    std::os::unix::fs::symlink("nowhere", path.join("manifests/link.yaml")).unwrap();
    // The home and temporary folders are inside the watched folder.
    fs::create_dir_all(path.join("home/tmp")).unwrap();
    let before = state(path);
    let surroundings = "HOME=$PWD/home TMPDIR=$PWD/home/tmp XDG_CACHE_HOME=$PWD/home";
    let formats = ["human", "concise", "json", "jsonl", "sarif", "github", "gitlab", "junit", "checkstyle"];
    let checks = formats.iter().map(|format| format!("check --format {format} -v --statistics"));
    let others = [
        "check --show-settings",
        "check --since old",
        "check - --stdin-filename manifests/new.yaml </dev/null",
        "check --no-config --threads 1 manifests/a.yaml",
        "rules",
        "rules --format json",
        "explain suppress/unused-ignore",
        "catalog",
        "catalog v1.34.2+rke2r1",
        "catalog values rke2-cilium hubble",
        "facts",
        "completions bash",
        "man",
        "--help",
        "--version",
        "no-such-command",
    ];
    for command in checks.chain(others.map(str::to_owned)) {
        let said = shell(path, &format!("{surroundings} exec \"$0\" {command}"));
        assert!(matches!(said.code, Some(0..=2)), "{command}: {said:?}");
        assert!(state(path) == before, "`{command}` changed the tree");
    }
    // The option that writes a file does so, and only there.
    let said = shell(path, &format!("{surroundings} exec \"$0\" check --write-baseline new.json"));
    assert_eq!(said.code, Some(0), "{said:?}");
    let mut after = state(path);
    assert!(after.remove(&path.join("new.json")).is_some());
    let changed: Vec<_> = after.iter().filter(|(path, state)| before.get(*path) != Some(state)).collect();
    assert!(changed.iter().all(|(changed, _)| *changed == path), "{changed:?}");
    write(path, "x", "");
}
