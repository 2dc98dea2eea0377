//! The set of files: those found by a walk, and those given as texts. Must not read them.

#[cfg(feature = "disk")]
#[expect(clippy::disallowed_methods, reason = "tells folders from files")]
mod walked;

use std::collections::BTreeSet;
use std::path::Path;
#[cfg(feature = "disk")]
use std::path::PathBuf;
use std::sync::Arc;

use super::asked::Asked;
use super::options::Options;
use super::settle::Scope;
use super::store::Entry;
#[cfg(feature = "disk")]
use crate::finding::Report;
use crate::source::folder;

/// Where files come from.
#[derive(Debug)]
pub enum Origin {
    /// Files and folders, with the rest of their clusters.
    #[cfg(feature = "disk")]
    Paths(Vec<PathBuf>),
    /// Texts only.
    Texts {
        /// Names that are symbolic links without a target.
        dangling: BTreeSet<String>,
        /// What findings must touch; `None` for everything.
        asked: Option<Asked>,
    },
}

/// The files that were found.
#[derive(Debug)]
pub struct Survey {
    /// What findings must touch; `None` for everything.
    pub asked: Option<Asked>,
    /// Whether everything that settings may refer to was read.
    is_whole: bool,
    /// The folders that the user named; `None` without a file system.
    folders: Option<Vec<String>>,
    #[cfg(feature = "disk")]
    walked: Option<walked::Walked>,
}

impl Survey {
    /// Finds the files, sorted by the name shown. `given` holds the names of files whose text is given.
    #[cfg_attr(not(feature = "disk"), expect(unused_variables, reason = "they are about a walk"))]
    pub fn of<'t>(
        origin: &Origin,
        given: impl Iterator<Item = &'t str>,
        options: &Options,
    ) -> (Self, Vec<Entry>) {
        match origin {
            #[cfg(feature = "disk")]
            Origin::Paths(paths) => walked::survey(paths, &given.collect(), options),
            Origin::Texts { dangling, asked } => {
                let survey = Self {
                    asked: asked.clone(),
                    is_whole: asked.is_none(),
                    folders: None,
                    #[cfg(feature = "disk")]
                    walked: None,
                };
                (survey, texts(given.map(|name| (name, false)), dangling))
            }
        }
    }

    /// The part of the tree that the user asked for.
    pub fn scope(&self) -> Scope<'_> {
        Scope { asked: self.asked.as_ref(), folders: self.folders.as_deref(), is_whole: self.is_whole }
    }

    /// Adds the results of the walk to the report, if there was one.
    #[cfg(feature = "disk")]
    pub fn tell(&self, report: &mut Report, options: &Options) {
        if let Some(walked) = &self.walked {
            walked.tell(self.asked.as_ref(), report, options);
        }
    }
}

/// Entries for texts without a file system.
fn texts<'t>(given: impl Iterator<Item = (&'t str, bool)>, dangling: &'t BTreeSet<String>) -> Vec<Entry> {
    let mut names: Vec<(&str, bool)> =
        given.chain(dangling.iter().map(|name| (name.as_str(), true))).collect();
    names.sort_unstable();
    let charts: Vec<String> = names
        .iter()
        .filter_map(|(name, _)| name.strip_suffix("Chart.yaml"))
        .filter(|folder| folder.is_empty() || folder.ends_with('/'))
        .map(|folder| format!("{folder}templates/"))
        .collect();
    let mut place: Arc<str> = Arc::default();
    let entry = |(shown, dangling): (&str, bool)| {
        if *place != *folder(shown) {
            place = folder(shown).into();
        }
        Entry {
            path: shown.into(),
            place: Arc::clone(&place),
            link: None,
            of_chart: charts.iter().any(|templates| shown.starts_with(templates)),
            dangling,
            on_node: false,
            file: Path::new(shown).to_owned(),
        }
    };
    names.into_iter().map(entry).collect()
}
