//! Whether a host changes config.yaml in a way that is not read. Must not parse.

/// The folder of the drop-ins on a node.
const DROP_INS: &str = "rancher/rke2/config.yaml.d/";

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
