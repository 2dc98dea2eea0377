//! The contents of `channels.yaml`: which release is stable, and which ones were pulled.

use regex::Regex;
use rke2_lint::release::Release;
use serde::Deserialize;

use super::RefreshError;

/// The channels of RKE2's install script.
pub struct Channels {
    channels: Vec<Channel>,
}

#[derive(Deserialize)]
struct File {
    channels: Vec<Channel>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Channel {
    name: String,
    latest: Option<String>,
    exclude_regexp: Option<String>,
}

impl Channels {
    /// Parses the file.
    pub fn read(text: &str) -> Result<Self, RefreshError> {
        let file: File = serde_yaml::from_str(text)
            .map_err(|error| RefreshError::form("channels.yaml of rancher/rke2", &error))?;
        Ok(Self { channels: file.channels })
    }

    /// The release of the stable channel.
    pub fn stable(&self) -> Option<&str> {
        self.channels.iter().find(|channel| channel.name == "stable")?.latest.as_deref()
    }

    /// Whether the channel of a release's minor, or that of all releases, excludes the release.
    pub fn excludes(&self, release: Release) -> bool {
        let minor = format!("v1.{}", release.minor);
        let of_release = |channel: &&Channel| channel.name == "latest" || channel.name == minor;
        let excluded =
            self.channels.iter().filter(of_release).filter_map(|channel| channel.exclude_regexp.as_ref());
        let text = release.to_string();
        excluded.filter_map(|regexp| Regex::new(regexp).ok()).any(|regexp| regexp.is_match(&text))
    }
}
