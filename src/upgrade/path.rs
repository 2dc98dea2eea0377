//! The releases that an upgrade goes through. Must not look at files.

use crate::catalog::{
    Basis, UnknownRelease, announced, candidates, date, newest_patch, releases, resolve, spec,
};
use crate::release::{Release, ReleaseError};

/// Why there is no path.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PathError {
    /// The text is not a release.
    #[error(transparent)]
    NotARelease(#[from] ReleaseError),
    /// A release between the first and the last known one that does not exist.
    #[error("{0}")]
    Unknown(UnknownRelease),
    /// A release before the first or after the last known one.
    #[error("`{asked}` is not in the catalogue, which knows RKE2 {first} to {last}")]
    OutOfRange {
        /// The release as it was written.
        asked: String,
        /// The first known release.
        first: Release,
        /// The last known release, candidates included.
        last: Release,
    },
    /// The target is older than a release that runs today.
    #[error("{to} is older than {from}; neither RKE2 nor Kubernetes supports downgrades")]
    Downgrade {
        /// The release that runs today.
        from: Release,
        /// The target.
        to: Release,
    },
}

/// The known release to which a text refers, as [`resolve`] finds it; for a patch release, its newest announced
/// revision.
///
/// # Errors
/// The text is not a release, or not a known one.
pub fn known(text: &str) -> Result<Release, PathError> {
    let asked = spec(text)?;
    if asked.patch.is_some() && asked.rc.is_none() {
        // Prefer the newest announced revision of the patch release.
        let revision = announced().rev().chain(releases().iter().rev().copied());
        if let Some(newest) = revision.into_iter().find(|release| asked.matches(*release)) {
            return Ok(newest);
        }
    }
    let out_of_range = || {
        let last = releases().last().copied().into_iter().chain(candidates()).max();
        let range = releases().first().copied().zip(last);
        range.map(|(first, last)| PathError::OutOfRange { asked: text.trim().to_owned(), first, last })
    };
    let is_before = releases().first().is_some_and(|first| asked.minor < first.minor);
    match resolve(asked) {
        Ok(resolved) if matches!(resolved.basis, Basis::Exact | Basis::NewestPatch) => Ok(resolved.data),
        Err(error) if !is_before => Err(PathError::Unknown(error)),
        Ok(resolved) => Err(out_of_range().unwrap_or(PathError::Unknown(UnknownRelease {
            asked: text.to_owned(),
            nearest: resolved.data,
        }))),
        Err(error) => Err(out_of_range().unwrap_or(PathError::Unknown(error))),
    }
}

/// The releases from one to another, both included. Kubernetes supports steps of a single minor version only, so each
/// minor in between is represented by its newest patch that was released before the target; later patches would have
/// newer charts than the target.
///
/// # Errors
/// The target is older than the start.
pub fn path(from: Release, to: Release) -> Result<Vec<Release>, PathError> {
    if to < from {
        return Err(PathError::Downgrade { from, to });
    }
    let between = (from.minor + 1..to.minor).filter_map(|minor| newest_patch(minor, date(to)));
    let mut path = vec![from];
    path.extend(between);
    if to != from {
        path.push(to);
    }
    Ok(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(from: &str, to: &str) -> Result<Vec<String>, PathError> {
        let path = path(known(from)?, known(to)?)?;
        Ok(path.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn a_path_takes_one_minor_at_a_time() {
        assert_eq!(
            words("v1.30.5", "v1.33.1").unwrap(),
            ["v1.30.5+rke2r1", "v1.31.9+rke2r1", "v1.32.5+rke2r1", "v1.33.1+rke2r1"]
        );
        assert_eq!(words("v1.34.1", "v1.34.2").unwrap(), ["v1.34.1+rke2r1", "v1.34.2+rke2r1"]);
        assert_eq!(words("v1.34.1", "v1.34.1").unwrap(), ["v1.34.1+rke2r1"]);
    }

    #[test]
    fn a_patch_means_its_newest_revision() {
        assert_eq!(known("v1.33.13").unwrap(), Release::new(33, 13, 2));
        assert_eq!(known("v1.33.13+rke2r1").unwrap(), Release::new(33, 13, 1));
        // v1.32.13+rke2r2 is a tag without release notes.
        assert_eq!(known("1.32").unwrap(), Release::new(32, 13, 1));
    }

    #[test]
    fn what_is_not_known_is_an_error_with_the_range() {
        for text in ["v1.23.4", "1.20", "1.99", "v1.99.1+rke2r1"] {
            let error = known(text).unwrap_err().to_string();
            assert!(
                error.starts_with(&format!("`{text}` is not in the catalogue, which knows RKE2 v1.24.1")),
                "{error}"
            );
        }
        assert!(known("v1.30.99").unwrap_err().to_string().contains("the nearest known one is"));
        assert!(known("newest").unwrap_err().to_string().contains("is not an RKE2 release"));
    }

    #[test]
    fn downgrades_are_not_supported() {
        let error = words("v1.34.2", "v1.33.5").unwrap_err();
        assert_eq!(
            error.to_string(),
            "v1.33.5+rke2r1 is older than v1.34.2+rke2r1; neither RKE2 nor Kubernetes supports downgrades"
        );
    }
}
