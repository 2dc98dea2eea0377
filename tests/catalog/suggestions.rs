//! Five hundred generated typos: each must be found, and nearly all must get a suggestion.

use rke2_lint::catalog::{self, ChartView, Flags, Lookup, Reason, suggest};
use rke2_lint::release::Release;

/// A generator with a fixed seed (Knuth's constants).
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % bound
    }
}

const KINDS: [&str; 6] = ["swapped", "dropped", "doubled", "wrong case", "one level up", "one level down"];

/// Whether every parent of the path is closed: no open map, no free keys.
fn is_under_closed_parents(view: ChartView<'_>, path: &[&str]) -> bool {
    !path.contains(&"*")
        && path[0] != "global"
        && (1..path.len()).all(|length| match view.lookup(&path[..length]) {
            Lookup::Known(attr) => {
                !attr.flags.intersects(Flags::OPEN | Flags::FREE_KEYS)
                    && view.children(&path[..length]).all(|(key, _)| key != "*")
            }
            _ => false,
        })
}

/// The path with one mistake; `None` if this kind of mistake is impossible here, or would be ambiguous.
fn mistake(numbers: &mut Numbers, view: ChartView<'_>, path: &[&str], kind: &str) -> Option<Vec<String>> {
    let (key, parents) = path.split_last()?;
    let mut letters: Vec<char> = key.chars().collect();
    let mut parents: Vec<String> = parents.iter().map(ToString::to_string).collect();
    match kind {
        "swapped" => {
            let at = numbers.below(letters.len() - 1);
            letters.swap(at, at + 1);
        }
        "dropped" => {
            letters.remove(numbers.below(letters.len()));
        }
        "doubled" => {
            let at = numbers.below(letters.len());
            letters.insert(at, letters[at]);
        }
        "wrong case" => {
            let at = numbers.below(letters.len());
            let other: Vec<char> = if letters[at].is_lowercase() {
                letters[at].to_uppercase().collect()
            } else {
                letters[at].to_lowercase().collect()
            };
            letters.splice(at..=at, other);
        }
        "one level up" => {
            parents.pop()?;
            let same = view.children(&parents).filter(|(sibling, _)| {
                let mut path: Vec<&str> = parents.iter().map(String::as_str).collect();
                path.extend([*sibling, *key]);
                matches!(view.lookup(&path), Lookup::Known(_))
            });
            // `enabled` without its parent may mean any of many keys.
            if same.count() > 1 {
                return None;
            }
        }
        _ => {
            let siblings: Vec<&str> = view
                .children(&parents)
                .map(|(sibling, _)| sibling)
                .filter(|sibling| sibling != key)
                .collect();
            if siblings.is_empty() {
                return None;
            }
            let sibling = siblings[numbers.below(siblings.len())];
            let is_map = {
                let mut path: Vec<&str> = parents.iter().map(String::as_str).collect();
                path.push(sibling);
                view.children(&path).count() > 0
            };
            if !is_map {
                return None;
            }
            parents.push(sibling.to_owned());
        }
    }
    parents.push(letters.into_iter().collect());
    let typo = parents;
    let right: Vec<String> = path.iter().map(ToString::to_string).collect();
    (typo != right && !view.lookup(&typo).is_accepted()).then_some(typo)
}

#[test]
fn typos_are_found_and_explained() {
    let mut paths = Vec::new();
    for name in catalog::charts() {
        let view = catalog::chart(name).unwrap().newest().unwrap();
        for (path, attr) in view.paths() {
            let usable = !attr.is_guard_only() && !attr.flags.contains(Flags::INJECTED);
            if usable && path.last().unwrap().len() >= 3 && is_under_closed_parents(view, &path) {
                paths.push((view, path));
            }
        }
    }
    let mut numbers = Numbers(20_260_812);
    let (mut made, mut first, mut listed) = ([0usize; 6], [0usize; 6], 0);
    while made.iter().sum::<usize>() < 500 {
        let (view, path) = &paths[numbers.below(paths.len())];
        // Each kind is equally frequent.
        let kind = made.iter().sum::<usize>() % KINDS.len();
        let Some(typo) = mistake(&mut numbers, *view, path, KINDS[kind]) else { continue };
        made[kind] += 1;
        assert!(matches!(view.lookup(&typo), Lookup::Unknown { .. }));
        let suggestions = suggest(*view, &typo);
        assert!(!suggestions.is_empty(), "{typo:?}, meant {path:?}");
        listed += usize::from(suggestions.iter().any(|one| one.path == *path));
        if suggestions[0].path == *path {
            first[kind] += 1;
        } else {
            println!("  {} {typo:?}: meant {path:?}, got {:?}", view.chart().name(), suggestions[0].path);
        }
    }
    for ((kind, made), first) in KINDS.iter().zip(made).zip(first) {
        println!("{kind}: {first} of {made} first");
    }
    let total: usize = first.iter().sum();
    println!(
        "of {} keys under closed parents, 500 typos: 500 found, {total} explained first, {listed} listed",
        paths.len()
    );
    assert!(total >= 475);
}

#[test]
fn suggestions_know_the_path() {
    let view = catalog::chart_at(Release::new(36, 3, 1), "rke2-cilium").unwrap();
    for (written, meant, reason) in [
        ("hubbel.relay.enabled", "hubble", Reason::Spelling),
        ("hubble.relay.Enabled", "hubble.relay.enabled", Reason::Case),
        ("hubble.kubeProxyReplacement", "kubeProxyReplacement", Reason::TooDeep),
        ("clusterPoolIPv4PodCIDRList", "ipam.operator.clusterPoolIPv4PodCIDRList", Reason::TooShallow),
        ("kube-proxy-replacement", "kubeProxyReplacement", Reason::Case),
    ] {
        let written: Vec<&str> = written.split('.').collect();
        let first = suggest(view, &written).into_iter().next().unwrap_or_else(|| panic!("{written:?}"));
        assert_eq!((first.path.join(".").as_str(), first.reason), (meant, reason));
    }
    assert!(suggest(view, &["qwertyuiop"]).is_empty());
    assert!(suggest(view, &["hubble"]).is_empty());
    assert!(suggest::<&str>(view, &[]).is_empty());
}

#[test]
fn below_an_open_path_only_the_nearest_names_are_hinted_at() {
    let chart = catalog::archive::from_files(std::collections::BTreeMap::from([
        ("Chart.yaml".to_owned(), b"name: one".to_vec()),
        ("values.yaml".to_owned(), b"extra: {alpha: 1, beta: 2}".to_vec()),
        ("templates/a.yaml".to_owned(), b"{{ toYaml .Values.extra }}".to_vec()),
    ]));
    let chart = chart.unwrap();
    let view = chart.values.newest().unwrap();
    assert_eq!(suggest(view, &["extra", "alhpa"])[0].path, ["extra", "alpha"]);
    assert_eq!(suggest(view, &["extra", "Beta"])[0].reason, Reason::Case);
    assert!(suggest(view, &["extra", "gamma"]).is_empty());
    assert!(suggest(view, &["extra", "gamma", "alpha"]).is_empty());
}
