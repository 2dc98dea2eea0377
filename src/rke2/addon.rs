//! How the deploy controller names, skips and deletes manifest files. See docs/internals/semantics.md, Manifests.

/// Stems that RKE2 itself adds to its disable list: files with these names are deleted at each start.
pub const ALWAYS_DISABLED: [&str; 2] = ["coredns", "servicelb"];

/// Whether the deploy controller reads a file with this name: not hidden, and `.yaml`, `.yml` or `.json` in any case.
pub fn is_manifest_name(file_name: &str) -> bool {
    !file_name.starts_with('.') && has_manifest_extension(file_name)
}

/// Whether a name ends in `.yaml`, `.yml` or `.json`, in any case.
pub fn has_manifest_extension(file_name: &str) -> bool {
    file_name.rsplit_once('.').is_some_and(|(_, extension)| {
        ["yaml", "yml", "json"].iter().any(|known| extension.eq_ignore_ascii_case(known))
    })
}

/// The name of the files that a `NAME.skip` file excludes from deployment, in every folder of the directory. The
/// comparison is case-sensitive and includes the extension (`listFilesIn` in k3s pkg/deploy/controller.go).
pub fn skip_target(file_name: &str) -> Option<&str> {
    file_name.strip_suffix(".skip")
}

/// Whether the name of a file ends in `.skip`, in any case, so that it was meant as a marker.
pub fn is_skip_mark(file_name: &str) -> bool {
    file_name.rsplit_once('.').is_some_and(|(_, extension)| extension.eq_ignore_ascii_case("skip"))
}

/// The name of the AddOn that owns a file's objects: the file name up to the first dot.
pub fn addon_name(file_name: &str) -> &str {
    file_name.split('.').next().unwrap_or(file_name)
}

/// The name that `disable` is compared with: the file name without its last extension.
pub fn disable_name(file_name: &str) -> &str {
    file_name.rsplit_once('.').map_or(file_name, |(stem, _)| stem)
}

/// Whether an AddOn with this name can be created: lower-case letters, digits and dashes, at most 253.
pub fn is_valid_addon_name(name: &str) -> bool {
    let inner = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    !name.is_empty()
        && name.len() <= 253
        && name.bytes().all(inner)
        && !name.starts_with('-')
        && !name.ends_with('-')
}

/// The word in a file's name that marks it as a copy: `old`, `bak`, a date. Case is ignored.
pub fn copy_mark(file_name: &str) -> Option<&str> {
    const MARKS: [&str; 8] = ["old", "bak", "backup", "copy", "orig", "original", "save", "saved"];
    let (stem, _) = file_name.rsplit_once('.')?;
    stem.split(|c: char| !c.is_ascii_alphanumeric()).skip(1).find(|word| {
        let is_date = || word.len() >= 6 && word.bytes().all(|byte| byte.is_ascii_digit());
        MARKS.iter().any(|mark| mark.eq_ignore_ascii_case(word)) || is_date()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_end_at_different_dots() {
        assert_eq!(addon_name("foo.prod.yaml"), "foo");
        assert_eq!(disable_name("foo.prod.yaml"), "foo.prod");
        assert_eq!(copy_mark("app-old.yaml"), Some("old"));
        assert_eq!(copy_mark("app.20240131.yaml"), Some("20240131"));
        assert!(copy_mark("backup.yaml").is_none() && copy_mark("app-v2.yaml").is_none());
        assert!(is_manifest_name("A.YAML") && is_manifest_name("a.json"));
        assert!(
            !is_manifest_name(".a.yaml") && !is_manifest_name("a.yaml.tmpl") && !is_manifest_name("yaml")
        );
        assert!(is_valid_addon_name("rke2-canal-config"));
        for bad in ["My_App", "10 app", "-a", "a-", ""] {
            assert!(!is_valid_addon_name(bad), "{bad}");
        }
    }
}
