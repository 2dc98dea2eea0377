//! RKE2 releases: `v1.34.2+rke2r1`, their order, and ranges over them.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// One RKE2 release. Ordered by minor, patch, release candidate, packaging revision.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Release {
    /// Kubernetes minor: 34 in `v1.34.2+rke2r1`.
    pub minor: u16,
    /// Kubernetes patch: 2 in `v1.34.2+rke2r1`.
    pub patch: u16,
    /// Release candidate number; `u16::MAX` for a final release, so that it sorts last.
    rc: u16,
    /// Packaging revision: 1 in `v1.34.2+rke2r1`.
    pub revision: u16,
}

impl Release {
    /// A final release.
    pub const fn new(minor: u16, patch: u16, revision: u16) -> Self {
        Self { minor, patch, rc: u16::MAX, revision }
    }

    /// Whether this is a release candidate.
    pub fn is_candidate(self) -> bool {
        self.rc != u16::MAX
    }
}

impl fmt::Display for Release {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "v1.{}.{}", self.minor, self.patch)?;
        if self.is_candidate() {
            write!(f, "-rc{}", self.rc)?;
        }
        write!(f, "+rke2r{}", self.revision)
    }
}

/// A release text that does not have the form `v1.34.2+rke2r1`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not an RKE2 release; expected `v1.34.2+rke2r1`, `v1.34.2`, `1.34`, `stable` or `latest`")]
pub struct ReleaseError(pub String);

/// A release in the user's notation, with or without patch and revision.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReleaseSpec {
    /// Kubernetes minor.
    pub minor: u16,
    /// Patch; `None` if missing.
    pub patch: Option<u16>,
    /// Release candidate; `None` if missing.
    pub rc: Option<u16>,
    /// Packaging revision; `None` if missing.
    pub revision: Option<u16>,
}

impl FromStr for ReleaseSpec {
    type Err = ReleaseError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        parse(text).ok_or_else(|| ReleaseError(text.to_owned()))
    }
}

impl ReleaseSpec {
    /// The exact release, if patch and revision are known (`v1.34.2` means its first revision).
    pub fn exact(self) -> Option<Release> {
        Some(Release {
            minor: self.minor,
            patch: self.patch?,
            rc: self.rc.unwrap_or(u16::MAX),
            revision: self.revision.unwrap_or(1),
        })
    }

    /// Whether this text may mean `release`.
    pub fn matches(self, release: Release) -> bool {
        self.minor == release.minor
            && self.patch.is_none_or(|patch| patch == release.patch)
            && self.revision.is_none_or(|revision| revision == release.revision)
            && self.rc.map_or(!release.is_candidate(), |rc| rc == release.rc)
    }
}

impl FromStr for Release {
    type Err = ReleaseError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        parse(text).and_then(ReleaseSpec::exact).ok_or_else(|| ReleaseError(text.to_owned()))
    }
}

fn parse(text: &str) -> Option<ReleaseSpec> {
    // An image tag contains `-` where the release contains `+`.
    let text = text.trim();
    let text = text.strip_prefix('v').unwrap_or(text);
    let (version, revision) = match text.split_once("+rke2r").or_else(|| text.split_once("-rke2r")) {
        Some((version, revision)) => (version, Some(number(revision)?)),
        None => (text, None),
    };
    let (version, rc) = match version.split_once("-rc") {
        Some((version, rc)) => (version, Some(number(rc)?)),
        None => (version, None),
    };
    let mut parts = version.split('.');
    if parts.next()? != "1" {
        return None;
    }
    let minor = number(parts.next()?)?;
    let patch = parts.next().map(number);
    if parts.next().is_some() || patch == Some(None) {
        return None;
    }
    let patch = patch.flatten();
    (patch.is_some() || (revision.is_none() && rc.is_none())).then_some(ReleaseSpec {
        minor,
        patch,
        rc,
        revision,
    })
}

fn number(text: &str) -> Option<u16> {
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    text.parse().ok().filter(|&number| number < u16::MAX)
}

/// A set of releases in the notation of rule files: alternatives, each of which is a list of comparisons that must all
/// hold.
///
/// `>=1.29.2`, `>=1.28.7 <1.29`, `1.34`. A bound without a revision names the first revision of the patch,
/// one without a patch the first patch of the minor; `1.34` alone means every patch of that minor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReleaseRange {
    alternatives: Vec<Vec<Bound>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Bound {
    AtLeast(Release),
    Below(Release),
    Exactly(Release),
    Minor(u16),
}

impl ReleaseRange {
    /// Parses alternatives, each of which is a list of comparisons separated by spaces.
    ///
    /// # Errors
    /// The first invalid comparison.
    pub fn parse<'a>(alternatives: impl IntoIterator<Item = &'a str>) -> Result<Self, ReleaseError> {
        let alternatives = alternatives
            .into_iter()
            .map(|text| text.split_whitespace().map(bound).collect())
            .collect::<Result<_, _>>()?;
        Ok(Self { alternatives })
    }

    /// Whether a release is in the range.
    pub fn contains(&self, release: Release) -> bool {
        self.alternatives.iter().any(|bounds| {
            bounds.iter().all(|bound| match *bound {
                Bound::AtLeast(low) => release >= low,
                Bound::Below(high) => release < high,
                Bound::Exactly(only) => release == only,
                Bound::Minor(minor) => release.minor == minor,
            })
        })
    }
}

fn bound(text: &str) -> Result<Bound, ReleaseError> {
    let error = || ReleaseError(text.to_owned());
    let (operator, version) =
        text.split_at(text.find(|c: char| c == 'v' || c.is_ascii_digit()).ok_or_else(error)?);
    let spec: ReleaseSpec = version.parse().map_err(|_| error())?;
    // A bound without a patch is before all releases of its minor, including candidates.
    let low = Release {
        minor: spec.minor,
        patch: spec.patch.unwrap_or(0),
        rc: spec.rc.unwrap_or(if spec.patch.is_some() { u16::MAX } else { 0 }),
        revision: spec.revision.unwrap_or(1),
    };
    match operator {
        ">=" => Ok(Bound::AtLeast(low)),
        "<" => Ok(Bound::Below(low)),
        "" | "=" if spec.patch.is_none() => Ok(Bound::Minor(spec.minor)),
        "" | "=" => Ok(Bound::Exactly(low)),
        _ => Err(error()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn release(text: &str) -> Release {
        text.parse().unwrap()
    }

    #[test]
    fn reads_every_spelling() {
        assert_eq!(release("v1.34.2+rke2r1"), Release::new(34, 2, 1));
        assert_eq!(release("1.34.2"), Release::new(34, 2, 1));
        assert_eq!(release("v1.34.2-rke2r3"), Release::new(34, 2, 3));
        assert_eq!("1.34".parse::<ReleaseSpec>().unwrap().patch, None);
        for bad in ["", "v2.1.0", "1", "1.x", "1.34.2.1", "1.34+rke2r1", "1.34.2+k3s1", "latest", "1.+3"] {
            assert!(bad.parse::<ReleaseSpec>().is_err(), "{bad}");
        }
    }

    #[test]
    fn candidates_sort_before_their_release() {
        assert!(release("v1.36.0-rc1+rke2r1") < release("v1.36.0+rke2r1"));
        assert!(release("v1.36.0+rke2r1") < release("v1.36.0+rke2r2"));
        assert!(release("v1.35.9+rke2r1") < release("v1.36.0-rc1+rke2r1"));
        assert_eq!(release("v1.36.0-rc1+rke2r1").to_string(), "v1.36.0-rc1+rke2r1");
    }

    #[test]
    fn ranges_have_backport_branches() {
        let range = ReleaseRange::parse([">=1.29.2", ">=1.28.7 <1.29"]).unwrap();
        for (text, inside) in
            [("1.28.6", false), ("1.28.7", true), ("1.29.1", false), ("1.29.2", true), ("1.36.0", true)]
        {
            assert_eq!(range.contains(release(text)), inside, "{text}");
        }
        assert!(ReleaseRange::parse(["1.34"]).unwrap().contains(release("1.34.9")));
        assert!(ReleaseRange::parse([">1.34"]).is_err());
    }
}
