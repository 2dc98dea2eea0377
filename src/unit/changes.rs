//! Whether a host changes config.yaml in a way that is not read. Must not parse.

/// The folder of the drop-ins on a node.
const DROP_INS: &str = "rancher/rke2/config.yaml.d/";
/// Ansible's modules and keys that add to a file, or run tasks of another file.
const TASKS: [&str; 8] = [
    "include_tasks:",
    "import_tasks:",
    "include_role:",
    "import_role:",
    "lineinfile:",
    "blockinfile:",
    "replace:",
    "synchronize:",
];

/// Ansible's modules that run a command, whose text is read as a script of its own.
const COMMANDS: [&str; 3] = ["shell:", "command:", "raw:"];

/// Whether a host may set options that are in none of the texts that were read: with an editor of streams or of YAML, in
/// other tasks, or in drop-ins from elsewhere. `drop_ins`: how many drop-ins were read.
pub fn may_set_more(text: &str, drop_ins: usize) -> bool {
    let lines = || text.lines().filter(|line| !line.trim_start().starts_with('#'));
    let edits = |line: &str| {
        let line = line.to_ascii_lowercase();
        let has = |word: &str| line.split(|c: char| !c.is_ascii_alphanumeric()).any(|found| found == word);
        let in_place = line.contains("-i") || line.contains("--in-place") || line.contains("-pi");
        let groups = line.contains("} >>") || line.contains(") >>");
        line.contains("config") && (has("yq") || groups || (in_place && (has("sed") || has("perl"))))
    };
    let other_tasks = |line: &str| {
        let key = line.trim_start_matches([' ', '-']);
        let key = key.strip_prefix("ansible.builtin.").or(key.strip_prefix("ansible.posix.")).unwrap_or(key);
        let appends = COMMANDS.iter().any(|command| key.starts_with(command)) && line.contains(">>");
        appends || TASKS.iter().any(|task| key.starts_with(task))
    };
    let named = |line: &&str| line.contains(DROP_INS) && !line.contains("mkdir");
    lines().any(|line| edits(line) || other_tasks(line)) || lines().filter(named).count() > drop_ins
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_read_may_set_options() {
        for text in [
            "yq -i '.cni = \"cilium\"' $CONFIG_FILE",
            "sed -i s/a/b/ /etc/rancher/rke2/config.yaml",
            "- [sed, -i, s/a/b/, /etc/rancher/rke2/config.yaml]",
            "cp kp.yaml /etc/rancher/rke2/config.yaml.d/",
            "- ansible.builtin.include_tasks: more.yml",
            "- name: a\n  lineinfile:\n    line: a",
            "- shell: echo 'cni: cilium' >> /etc/rancher/rke2/config.yaml",
            "{ echo a; echo b; } >> /etc/rancher/rke2/config.yaml",
        ] {
            assert!(may_set_more(text, 0), "{text}");
        }
        for text in [
            "cat > /etc/rancher/rke2/config.yaml <<EOF",
            "mkdir -p /etc/rancher/rke2/config.yaml.d/",
            "# yq -i a config.yaml",
            "sed -i s/a/b/ /etc/hosts",
        ] {
            assert!(!may_set_more(text, 0), "{text}");
        }
        assert!(!may_set_more("cat > /etc/rancher/rke2/config.yaml.d/10.yaml <<EOF", 1));
    }
}
