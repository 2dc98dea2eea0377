//! Findings about the loops of templates.

use super::Found;
use crate::catalog::{self, KeyType};
use crate::unit::mask::{Dialect, repeated_keys};
use crate::unit::{Kind, View};

impl Found {
    /// Records findings about lists of config.yaml that a template of this kind writes once for each item of a loop.
    pub fn loops(&mut self, kind: &Kind, template: &View, dialect: Dialect) {
        if *kind != Kind::Config {
            return;
        }
        for key in repeated_keys(template.text(), dialect) {
            let name = &template.text()[key.clone()];
            if catalog::config_key(name).is_some_and(|key| key.kind == KeyType::List) {
                let message = format!(
                    "`{name}` is written again for each item of the loop; RKE2 uses only the last one"
                );
                let help = format!("write `{name}:` before the loop, or `{name}+:` in it");
                self.remark("config/key-in-loop", template, key, message, &help);
            }
        }
    }
}
