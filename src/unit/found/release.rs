//! The releases that hosts name: their own, and those that they pin for files next to them. Must not read any format.

use super::Found;
use crate::catalog::resolve;
use crate::release::ReleaseSpec;
use crate::unit::{MAX_UNITS, Pin};
use crate::yaml::template_mark;

/// The release that a file pins.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Release {
    /// The file does not pin a release.
    #[default]
    Absent,
    /// All places agree.
    One {
        /// The release as written.
        text: String,
        /// The name of the key or variable.
        key: String,
    },
    /// A release is filled in later: the name of a variable takes its place.
    Computed,
    /// Several places differ.
    Unknown,
}

impl Release {
    /// The release that a key sets.
    fn written(key: &str, text: &str) -> Self {
        if template_mark(text).is_some() {
            Self::Computed
        } else {
            Self::One { text: text.trim().to_owned(), key: key.to_owned() }
        }
    }

    /// What two places state together. A release that the catalogue does not cover wins, since rules that depend on
    /// the release must not apply to it.
    pub(in crate::unit) fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Absent, release) | (release, Self::Absent) => release,
            (Self::One { text, key }, Self::One { text: other, .. }) if text == other => {
                Self::One { text, key }
            }
            (Self::Computed, Self::Computed) => Self::Computed,
            (one, other) => [one, other].into_iter().find(Self::is_uncovered).unwrap_or(Self::Unknown),
        }
    }

    /// Whether it is a particular release that the catalogue does not cover.
    fn is_uncovered(&self) -> bool {
        let Self::One { text, .. } = self else { return false };
        text.parse::<ReleaseSpec>().is_ok_and(|spec| resolve(spec).is_err())
    }
}

impl Found {
    /// Records a release that the host pins.
    pub fn release(&mut self, key: &str, text: &str) {
        let new = Release::written(key, text);
        self.all.release = std::mem::take(&mut self.all.release).and(new);
    }

    /// The release that the host has pinned so far, if there is exactly one.
    pub fn release_text(&self) -> Option<&str> {
        match &self.all.release {
            Release::One { text, .. } => Some(text),
            Release::Absent | Release::Computed | Release::Unknown => None,
        }
    }

    /// Records a release that the host pins for itself and for other files of its project.
    pub fn release_of_all(&mut self, key: &str, text: &str) {
        self.all.links.pins = true;
        self.release(key, text);
    }

    /// Records the release that is installed unless another one is set.
    pub fn default_release(&mut self, key: &str, text: &str) {
        let own = &mut self.all.links.default_release;
        *own = std::mem::take(own).and(Release::written(key, text));
    }

    /// Records the release of the files in a folder next to the host.
    pub fn pin(&mut self, folder: &str, key: &str, text: &str) {
        let beside = crate::source::folder(&self.full_path);
        let folder = if beside.is_empty() { folder.to_owned() } else { format!("{beside}/{folder}") };
        self.pin_below(folder, false, key, text);
    }

    /// Records the release of the files in the folder of the host, but not in folders below.
    pub fn pin_beside(&mut self, key: &str, text: &str) {
        let folder = crate::source::folder(&self.full_path).to_owned();
        self.add_pin(Pin { folder, is_deep: false, is_partial: false, release: Release::written(key, text) });
    }

    /// Records the release of the files in a folder, by its full path; `is_partial`: of some hosts only.
    pub fn pin_below(&mut self, folder: String, is_partial: bool, key: &str, text: &str) {
        self.add_pin(Pin { folder, is_deep: true, is_partial, release: Release::written(key, text) });
    }

    fn add_pin(&mut self, pin: Pin) {
        if !self.all.pins.contains(&pin) && self.all.pins.len() < MAX_UNITS {
            self.all.pins.push(pin);
        }
    }
}
