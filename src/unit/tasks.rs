//! What the tasks of one file write, by the nodes that they run on. Must not know how tasks are written.

use std::collections::HashMap;

use super::{Found, View};

/// What the tasks of a file write.
#[derive(Default)]
pub struct Tasks {
    /// Texts for the same node, in the order of their tasks.
    groups: Vec<Vec<Written>>,
    /// The groups of tasks that run under the same conditions.
    by_conditions: HashMap<String, Run>,
}

/// The texts of tasks that run under the same conditions.
#[derive(Default)]
struct Run {
    groups: Vec<usize>,
    /// How often each path was written so far.
    paths: HashMap<String, usize>,
}

/// A text that a task writes to a file, or applies as an object.
pub struct Written {
    /// The task and the argument, as shown to the user.
    pub by: String,
    /// The path on the node; `None` for an object.
    pub path: Option<String>,
    /// The text.
    pub text: View,
    /// Whether it is only a part of the file.
    pub part: bool,
}

impl Tasks {
    /// Adds a text of a task that runs under these conditions.
    pub fn add(&mut self, conditions: &str, written: Written) {
        if !self.by_conditions.contains_key(conditions) {
            self.by_conditions.insert(conditions.to_owned(), Run::default());
        }
        let Some(run) = self.by_conditions.get_mut(conditions) else { return };
        // If a file is written twice, the texts are for different nodes.
        let number = written.path.as_ref().map_or(0, |path| {
            let times = run.paths.entry(path.clone()).or_default();
            *times += 1;
            *times - 1
        });
        if number == run.groups.len() {
            run.groups.push(self.groups.len());
            self.groups.push(Vec::new());
        }
        self.groups[run.groups[number]].push(written);
    }

    /// Hands over the texts of tasks that run together as those of one node.
    pub fn write(self, found: &mut Found) {
        for texts in self.groups {
            found.node();
            for Written { by, path, text, part } in texts {
                match path {
                    Some(path) if part => found.added_to_file(by, &path, &text),
                    Some(path) => found.file(by, &path, text),
                    None => found.text(by, "/manifest.yaml", text),
                }
            }
        }
    }
}
