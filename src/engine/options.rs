//! The options of a run. Must not read files.

use std::sync::Arc;

use super::asked::Reach;
use super::previous::Previous;
use super::progress::Progress;
use crate::catalog::Target;
use crate::finding::Severity;
use crate::rke2::file::RkeFile;
use crate::rule::{self, Rule};
use crate::settings::{Base, ClusterSettings, Levels, Paths, Settings};
use crate::source::SourceFile;
use crate::suppress::baseline::Baseline;
use crate::suppress::is_addressed;

/// Options of a run.
#[derive(Clone, Debug)]
pub struct Options {
    /// The release to check against, and where it was taken from; `None` for all maintained releases.
    pub release: Option<(Target, String)>,
    /// The release that clusters are upgraded to: clusters with an older release are checked against this one.
    pub upgrade: Option<Target>,
    /// Paths to skip.
    pub exclude: Vec<Paths>,
    /// Severity levels of rules and categories.
    pub levels: Levels,
    /// Findings below this severity are not reported.
    pub min_severity: Severity,
    /// The rules.
    pub rules: Arc<[Rule]>,
    /// Clusters that settings declare.
    pub clusters: Vec<ClusterSettings>,
    /// The settings file, which also contains facts about clusters.
    pub settings: Option<Arc<SourceFile>>,
    /// Facts about nodes of every cluster.
    pub hosts: Vec<Arc<SourceFile>>,
    /// The previous tree, if there is one to compare with.
    pub previous: Option<Previous>,
    /// The folder that names in a baseline and in `clusters` are relative to.
    pub base: Base,
    /// Findings that are not reported.
    pub baseline: Option<Baseline>,
    /// Whether to record the contents of a new baseline.
    pub record: bool,
    /// Which files of a folder are read, in addition to those that are named.
    pub reach: Reach,
    /// Whether to report the outcome for each file.
    pub listing: bool,
    /// Counts files and clusters for a progress display.
    pub progress: Option<Arc<Progress>>,
}

impl Default for Options {
    fn default() -> Self {
        Self::new(&Settings::default(), rule::built_in())
    }
}

impl Options {
    /// The rules to evaluate for files. A disabled rule is not reported, but a comment or the baseline may name it.
    pub(super) fn evaluated<'o, 'a>(&'o self, mut files: impl Iterator<Item = &'a RkeFile>) -> Vec<&'o Rule> {
        let all = self.baseline.is_some() || files.any(|file| is_addressed(file.source.text().as_bytes()));
        self.rules.iter().filter(|rule| all || self.levels.may_enable(rule)).collect()
    }

    /// Whether some settings apply to some paths only.
    pub fn names_paths(&self) -> bool {
        !self.clusters.is_empty() || self.levels.have_paths()
    }

    /// The options from settings, with these rules. The caller loads the baseline and the rules from the settings' own
    /// folders.
    pub fn new(settings: &Settings, rules: impl Into<Arc<[Rule]>>) -> Self {
        let release = settings.release.as_ref();
        Self {
            release: release.map(|release| (release.value.clone(), settings.place(release.at))),
            upgrade: None,
            exclude: settings.exclude.iter().map(|exclude| exclude.value.clone()).collect(),
            levels: settings.levels(),
            min_severity: Severity::Info,
            rules: rules.into(),
            clusters: settings.clusters.clone(),
            settings: settings.source.clone(),
            hosts: Vec::new(),
            previous: None,
            base: settings.base.clone(),
            baseline: None,
            record: false,
            reach: Reach { ignores: true, docs: false },
            listing: false,
            progress: None,
        }
    }
}
