//! The rules for one kind of subject, and which of them a subject's keys rule out. Must not evaluate rules.

use super::compile::{Rule, Subject};
use super::context::Target;
use crate::cluster::server::NodeConfig;
use crate::yaml::NodeRef;

/// The size of a set of keys.
const SIZE: usize = 256;
/// The maximum number of keys; the needs of rules with further ones are not considered.
const MOST: usize = SIZE - 1;

/// Rules with the keys that they need.
#[derive(Debug, Default)]
pub(super) struct Candidates<'r> {
    /// Each rule with the keys that it needs; all if it needs none.
    rules: Vec<(&'r Rule, Numbers)>,
    /// The keys at the top of a subject, sorted.
    keys: Vec<Key<'r>>,
    count: usize,
}

#[derive(Debug)]
struct Key<'r> {
    name: &'r str,
    /// Its number, if some rule needs this key itself.
    number: Option<usize>,
    /// The keys under it that rules need, sorted, with their numbers.
    below: Vec<(&'r str, usize)>,
}

/// A set of keys by their numbers.
#[derive(Clone, Copy, Debug, Default)]
struct Numbers([u64; SIZE / 64]);

impl<'r> Candidates<'r> {
    /// Adds a rule.
    pub(super) fn add(&mut self, rule: &'r Rule) {
        // An absent setting may have a default value.
        let may_be_default =
            |key: &str| matches!(rule.subject, Subject::Config(_)) && NodeConfig::has_default(key);
        let is_known =
            self.count + rule.needs.len() <= MOST && !rule.needs.iter().any(|key| may_be_default(key));
        let mut needs = if rule.needs.is_empty() || !is_known { Numbers::ALL } else { Numbers::default() };
        for key in rule.needs.iter().filter(|_| is_known) {
            needs.add(self.number(key));
        }
        self.rules.push((rule, needs));
    }

    /// The rules that a subject's keys do not rule out.
    pub(super) fn of(&self, target: &Target<'_, '_>) -> impl Iterator<Item = &'r Rule> {
        let present = self.present(target);
        self.rules.iter().filter(move |(_, needs)| needs.meets(present)).map(|(rule, _)| *rule)
    }

    fn number(&mut self, path: &'r str) -> usize {
        let (name, below) = path.split_once('.').map_or((path, None), |(name, below)| (name, Some(below)));
        let at = self.keys.binary_search_by(|key| key.name.cmp(name)).unwrap_or_else(|at| {
            self.keys.insert(at, Key { name, number: None, below: Vec::new() });
            at
        });
        let key = &mut self.keys[at];
        let next = self.count;
        let number = match below {
            None => *key.number.get_or_insert(next),
            Some(below) => match key.below.binary_search_by(|(name, _)| (*name).cmp(below)) {
                Ok(at) => key.below[at].1,
                Err(at) => {
                    key.below.insert(at, (below, next));
                    next
                }
            },
        };
        self.count += usize::from(number == next);
        number
    }

    fn key(&self, name: &str) -> Option<&Key<'r>> {
        let at = self.keys.binary_search_by(|key| key.name.cmp(name)).ok()?;
        self.keys.get(at)
    }

    fn present(&self, target: &Target<'_, '_>) -> Numbers {
        match target {
            Target::Object { object, .. } => self.present_in(object.node),
            Target::Config(node) => {
                let mut present = Numbers::NO_KEY;
                let set = node.keys().filter_map(|name| self.key(name)?.number);
                set.for_each(|number| present.add(number));
                present
            }
            Target::Chart { .. } | Target::Registries(_) | Target::File(_) | Target::Cluster => Numbers::ALL,
        }
    }

    fn present_in(&self, node: NodeRef<'_>) -> Numbers {
        // Merges and keys of other types need a real lookup.
        if !node.document().has_plain_keys() {
            return Numbers::ALL;
        }
        let mut present = Numbers::NO_KEY;
        for entry in node.entries() {
            let Some(name) = entry.key.text() else { continue };
            let Some(key) = self.key(name) else { continue };
            key.number.into_iter().for_each(|number| present.add(number));
            if key.below.is_empty() {
                continue;
            }
            for name in entry.value.entries().filter_map(|inner| inner.key.text()) {
                if let Ok(at) = key.below.binary_search_by(|(key, _)| (*key).cmp(name)) {
                    present.add(key.below[at].1);
                }
            }
        }
        present
    }
}

impl Numbers {
    const ALL: Self = Self([u64::MAX; SIZE / 64]);
    /// The last number, which is in the set of every subject and in that of a rule without needs.
    const NO_KEY: Self = Self([0, 0, 0, 1 << 63]);

    fn add(&mut self, number: usize) {
        self.0[number / 64] |= 1 << (number % 64);
    }

    /// Whether both sets have a number in common.
    fn meets(self, other: Self) -> bool {
        self.0.iter().zip(other.0).any(|(own, other)| own & other != 0)
    }
}

#[cfg(test)]
mod tests {
    use super::super::body::{Binder, Condition, Data};
    use super::super::built_in;
    use super::super::compile::Body;
    use super::super::expr::Expr;
    use super::super::path::{Path, Root, Step};
    use super::super::predicate::{Facts, Predicate};
    use super::super::truth::Truth;
    use crate::cluster::fact::Fact;

    struct NoFacts;

    impl Facts for NoFacts {
        fn eval(&self, _: &Expr) -> Fact<'_> {
            Fact::Unknown
        }
    }

    /// A rule's body, and the keys that are absent.
    struct Without<'r>(&'r Data, &'r [std::borrow::Cow<'static, str>]);

    impl Without<'_> {
        fn is_absent(&self, path: &Path) -> bool {
            match path.root {
                Root::Resource | Root::Config => self.1.iter().any(|key| {
                    let keys: Vec<&str> = path.steps.iter().map_while(Step::key).collect();
                    let absent: Vec<&str> = key.split('.').collect();
                    keys.starts_with(&absent)
                }),
                Root::Name(slot) => self.0.binders.iter().any(
                    |binder| matches!(binder, Binder::Let(own, Expr::Path(path)) if *own == slot && self.is_absent(path)),
                ),
                _ => false,
            }
        }

        fn may_hold(&self, condition: &Condition) -> bool {
            let test = |expr: &Expr, predicate: &Predicate| match expr {
                Expr::Path(path) if self.is_absent(path) => {
                    predicate.test(&Fact::Absent(None), &NoFacts) == Truth::True
                }
                _ => true,
            };
            match condition {
                Condition::Test(expr, predicate) => test(expr, predicate),
                Condition::Any(inner) => inner.iter().any(|one| self.may_hold(one)),
                Condition::All(inner) => inner.iter().all(|one| self.may_hold(one)),
                _ => true,
            }
        }

        fn may_bind(&self, binder: &Binder) -> bool {
            match binder {
                Binder::Each(_, path) | Binder::Parts(_, path) | Binder::Arguments(_, Some(path)) => {
                    !self.is_absent(path)
                }
                Binder::Rows { index: Some(index), .. } => {
                    index.operand.path().is_none_or(|path| !self.is_absent(path))
                }
                _ => true,
            }
        }

        fn may_report(&self) -> bool {
            let data = self.0;
            data.binders.iter().all(|binder| self.may_bind(binder))
                && data.when.iter().all(|asked| self.may_hold(&asked.condition))
                && data.cases.iter().any(|case| case.when.iter().all(|one| self.may_hold(one)))
        }
    }

    #[test]
    fn no_rule_reports_without_the_keys_that_it_needs() {
        let rules = built_in();
        let mut count = 0;
        for rule in rules.iter().filter(|rule| !rule.needs.is_empty()) {
            let Body::Data(data) = &rule.body else { panic!("{} is not declarative", rule.info.id) };
            let without = Without(data.get(&rule.subject), &rule.needs);
            assert!(!without.may_report(), "{}: {:?}", rule.info.id, rule.needs);
            count += 1;
        }
        assert!(count > 60, "{count}");
    }
}
