//! Edge Image Builder: the definition of an image, which pins the release of the configuration next to it.

use crate::unit::{Format, Found, Host};
use crate::words::Word;
use crate::yaml::NodeRef;

/// Image definitions.
pub const FORMAT: Format = Format {
    name: "edge-image-builder",
    files: &[],
    marks: &["outputImageName", "imageType"],
    is_program: false,
    fits,
    read,
};

/// Folders next to the definition with files for the nodes.
const FOLDERS: &[&str] = &["kubernetes", "os-files"];

fn fits(host: &Host<'_>) -> bool {
    static BLOCK: Word = Word::new("kubernetes:");
    !host.is_nested() && host.has_extension(&["yaml", "yml"]) && BLOCK.is_in(host.text().as_bytes())
}

fn read(host: &Host<'_>, found: &mut Found) {
    for root in host.roots() {
        let is_definition = root.get("image").is_some() && root.get("kind").is_none();
        let version = root.at(&["kubernetes", "version"]).and_then(NodeRef::text);
        // The builder also creates images with K3s.
        let Some(version) = version.filter(|version| is_definition && version.contains("rke2")) else {
            continue;
        };
        for folder in FOLDERS {
            found.pin(folder, "kubernetes.version", version);
        }
    }
}
