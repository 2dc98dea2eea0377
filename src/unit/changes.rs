//! Whether a host changes config.yaml, or the place of the data directory, in a way that is not read. Must not parse.

/// The folder of the drop-ins on a node.
pub const DROP_INS: &str = "rancher/rke2/config.yaml.d/";

/// Whether a host may set options that are in none of the texts that were read: with an editor of streams or of YAML, or
/// in drop-ins from elsewhere. `drop_ins`: how many drop-ins were read.
pub fn may_set_more(text: &str, drop_ins: usize) -> bool {
    let lines = || text.lines().filter(|line| !line.trim_start().starts_with('#'));
    let edits = |line: &str| {
        let has = |name: &str| {
            let mut words = line.split(|c: char| !c.is_ascii_alphanumeric());
            words.any(|word| word.eq_ignore_ascii_case(name))
        };
        let in_place = || line.contains("-i") || line.contains("--in-place") || line.contains("-pi");
        let groups = || line.contains("} >>") || line.contains(") >>");
        let names_config = || line.to_ascii_lowercase().contains("config");
        (groups() || has("yq") || (in_place() && (has("sed") || has("perl")))) && names_config()
    };
    let named = |line: &&str| line.contains(DROP_INS) && !line.contains("mkdir");
    lines().any(edits) || lines().filter(named).count() > drop_ins
}

/// Whether a text names the default data directory itself, which commands link or mount, or manifests in another one, or
/// has commands that are filled in later.
pub fn moves_data(text: &str) -> bool {
    const DATA: &str = "/var/lib/rancher";
    let is_named = text.match_indices(DATA).any(|(at, _)| {
        let rest = &text[at + DATA.len()..];
        let rest = rest.strip_prefix("/rke2").unwrap_or(rest);
        let rest = rest.strip_prefix('/').unwrap_or(rest);
        !rest.starts_with(|c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'))
    });
    let is_elsewhere = |(at, _)| !text[..at].ends_with("/var/lib/rancher/rke2");
    is_named || text.match_indices("/server/manifests").any(is_elsewhere) || text.lines().any(is_filled_in)
}

/// Whether a line is nothing but a placeholder, alone, as an item of a list or as the commands of cloud-init.
fn is_filled_in(line: &str) -> bool {
    let line = line.trim_start();
    let value =
        ["- ", "runcmd:", "bootcmd:"].iter().find_map(|start| line.strip_prefix(start)).unwrap_or(line);
    let value = value.trim_start().trim_start_matches(['"', '\'']);
    ["${", "{{", "{%", "%{"].iter().any(|mark| value.starts_with(mark))
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
