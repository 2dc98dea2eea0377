//! The house style of everything a user reads: rule files, messages, docs and `--help`. Each banned construction has a
//! reason; code in backticks is not prose and is not checked.
#![allow(clippy::unwrap_used, reason = "a test may fail loudly")]

mod common;

use std::collections::BTreeSet;
use std::fs;
use std::sync::LazyLock;

use common::{files_below, fixture_sides, lint_fixture, root, rule_ids};
use regex::Regex;
use rke2_lint::rule;

/// A construction that a native technical editor would not write.
struct Banned {
    /// The banned pattern. Code spans in the prose are emptied before matching.
    pattern: &'static str,
    /// Matches that are fine.
    except: &'static str,
    /// What is wrong with it, and what to write.
    reason: &'static str,
}

const fn banned(pattern: &'static str, reason: &'static str) -> Banned {
    Banned { pattern, except: "", reason }
}

const BANNED: &[Banned] = &[
    Banned {
        pattern: r"(\S+ )?\b(is|are|was|were) no \w+",
        except: r"^\W*there |no (longer|more)$",
        reason: "translated negation; write `is not a …`, `unknown key`, `invalid …`",
    },
    Banned {
        pattern: r"(\S+ )?\bthat is none\b|(\S+ )?\bis none of\b",
        except: "",
        reason: "translated negation; write `unknown …; expected one of …`",
    },
    banned(r"\bin silence\b", "literary; write `silently`"),
    banned(r"\bwithout an? (word|message)\b", "literary; write `silently`"),
    banned(r"\b(says|tells) nothing\b", "literary; write `silently`, or what is not reported"),
    banned(
        r"\b(keeps|stays|is|are) (quiet|silent)\b",
        "write `does not fire`, `is not reported`, `suppresses`",
    ),
    banned(r"\bstands?\b", "`steht`; write `is`, or `means`"),
    banned(r"\ba word (about|on)\b|\bworth a word\b", "translated; say what it is"),
    banned(r"\b(told|tells?) from\b", "translated; write `depends on`, `is known from`"),
    banned(r"\bspeaks? of\b", "files do not speak; write `mentions`, `is named for`"),
    banned(r"\bbrings?\b|\bbrought\b", "vague; write `includes`, `installs`, `creates`"),
    banned(r"\bwhat (is written|stands|comes after)\b", "elliptic relative clause; name the thing"),
    banned(r"\bis wanted\b|\bwants (a|an|keys|text)\b", "write `expected …`"),
    banned(
        r"\bagain and again\b|\bwithout end\b|\bfor ever\b",
        "write `keeps failing`, `forever`, or leave it out",
    ),
    banned(r"\banyhow\b|\bgoes? astray\b|, all the same", "quaint; leave it out"),
    banned(
        r"\bthe other way round\b|\bfor want of\b|\banew\b",
        "quaint; write `conversely`, `without`, `again`",
    ),
    Banned {
        pattern: r"\bof (your|one's|the user's) own( \w+)?",
        except: r"own \w+$",
        reason: "write `your own …`",
    },
    banned(r"\bbesides?\b", "write `next to`, `together with`, `in addition`"),
    Banned {
        pattern: r"(\S+ )?\bbelow (``|the key|its key)",
        except: r"^well ",
        reason: "keys are nested: write `under`",
    },
    banned(r"\bbehind (``|it\b|its\b|the colon|the comma|them\b)", "texts have an order: write `after`"),
    Banned { pattern: r"\bblanks?\b( \w+)?", except: r"lines?$", reason: "write `space`" },
    banned(r"\bplug-ins?\b|\bdataplane\b", "one word per thing: `plugin`, `data plane`"),
    banned(r"\b(mis)?spelt\b|\blearnt\b", "write `spelled`, `learned`"),
    banned(r"\bnobody\b|\bsomebody\b|\bwhoever\b", "name who acts, or use the passive"),
    banned(r"\brefuses? to start\b|\bgives? up\b", "write `fails to start`, `exits`, `stops`"),
    banned(r"\b(is|are) taken for\b|\btakes? it (as|for)\b", "write `is parsed as`, `is treated as`"),
    banned(r"\bhand(s|ed)? on\b", "write `passes`"),
    banned(r"\bpass(es|ed)? over\b", "write `skips`"),
    banned(r"\bmend(s|ed)?\b", "write `fix`"),
    banned(r"\bdecides? it\b|\bcounts?,? then\b", "pronoun without a noun; name the thing"),
    banned(r"\bjudge[sd]?\b", "write `check`, `report`"),
    banned(r"\bwith (its|their|the) way out\b|\bthe way out\b", "translated; write `fix`, `how to fix it`"),
    banned(r"\bis due\b|\bat last\b|\bso to speak\b", "quaint; leave it out"),
    banned(r"\ba (text|texts)\b is|\b(is|are) no texts?\b|\bexpected (a )?text\b", "YAML word: `string`"),
    banned(r"\ba mapping\b|\bmappings?\b", "YAML word: `map`"),
    banned(
        r"\bin (any|every) (release|revision) of v1",
        "releases go in brackets at the end: `(v1.33–v1.36)`",
    ),
];

/// Only in messages: a consequence follows a semicolon, as a clause with a subject.
const BANNED_IN_MESSAGES: &[Banned] = &[
    banned(
        r": (RKE2|Helm|the API server|the kubelet|kube-apiserver|containerd|it|this|so|no|pods|nodes)\b",
        "a consequence glued on with a colon; use a semicolon",
    ),
    banned(r"\.$", "messages have no final period"),
    banned(r"^(?-i:A|An|The|This|It) ", "messages start in lower case"),
    banned(r";.*;", "one fact and one consequence"),
];

/// The first words of a help: an imperative, or a suggestion.
const HELP_STARTS: &[&str] = &[
    "add",
    "annotate",
    "change",
    "check",
    "choose",
    "close",
    "configure",
    "convert",
    "copy",
    "correct",
    "dedent",
    "did",
    "disable",
    "edit",
    "enable",
    "encrypt",
    "fix",
    "give",
    "indent",
    "insert",
    "install",
    "keep",
    "list",
    "lower",
    "match",
    "merge",
    "move",
    "name",
    "pad",
    "pass",
    "plan",
    "put",
    "quote",
    "raise",
    "reduce",
    "remove",
    "rename",
    "repeat",
    "replace",
    "resolve",
    "run",
    "save",
    "select",
    "separate",
    "set",
    "start",
    "type",
    "upgrade",
    "use",
    "wrap",
    "write",
];

/// Messages that may be longer than 100 characters (without their values): a part of the message, and the reason.
const LONG: &[(&str, &str)] =
    &[("includes ports used by RKE2", "lists each of the ports that RKE2 needs, with its owner")];

/// The length of a message without its values: code, charts, versions, releases and addresses.
fn own_length(message: &str) -> usize {
    static VALUES: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r"rke2-[a-z-]+|\(?v?\d+(\.\d+)+[^\s;,]*|\b\d{2,}\b").unwrap());
    VALUES.replace_all(&prose(message), "").chars().count()
}

/// Prose with every span in backticks emptied, so that values and keys are not checked.
fn prose(text: &str) -> String {
    static CODE: LazyLock<Regex> = LazyLock::new(|| Regex::new("`[^`]*`").unwrap());
    CODE.replace_all(text, "``").into_owned()
}

/// A list of compiled patterns: banned, exception, reason.
struct Compiled(Vec<(Regex, Option<Regex>, &'static str)>);

impl Compiled {
    fn new(list: &[Banned]) -> Self {
        let regex = |pattern: &str| Regex::new(&format!("(?i){pattern}")).unwrap();
        let one = |banned: &Banned| {
            let except = Some(banned.except).filter(|except| !except.is_empty());
            (regex(banned.pattern), except.map(regex), banned.reason)
        };
        Self(list.iter().map(one).collect())
    }
}

/// Constructions that are banned in code comments. Unlike in text for users, technical terms such as "mapping" are
/// allowed.
const BANNED_IN_COMMENTS: &[Banned] = &[
    Banned {
        pattern: r"(\S+ )?\b(is|are|was|were) no \w+",
        except: r"^\W*there |no (longer|more)$",
        reason: "translated negation; write `is not a …`",
    },
    banned(r"\bthat is none\b|\bis none of\b", "translated negation; write `is not one of`"),
    banned(r"\bin silence\b|\bwithout an? (word|message)\b", "literary; write `silently`"),
    banned(r"\b(says|tells) nothing\b", "write `is not known`, `does not count`, `proves nothing`"),
    Banned { pattern: r"\bstands?\b( for\b)?", except: "for$", reason: "`steht`; write `is`, `follows`" },
    banned(r"\b(told|tells?) from\b|\bcannot be told\b", "write `known from`, `is not known`"),
    banned(r"\bspeaks? of\b", "files do not speak; write `mentions`"),
    banned(r"\bbrings?\b|\bbrought\b", "vague; write `includes`, `installs`, `creates`"),
    banned(r"\bbesides?\b", "write `next to`, `together with`, `in addition to`"),
    banned(r"\b(mis)?spelt\b|\blearnt\b", "write `spelled`, `learned`"),
    banned(r"\bnobody\b|\bsomebody\b|\bwhoever\b", "name who acts, or use the passive"),
    banned(r"\bhand(s|ed)? on\b", "write `passes`"),
    Banned { pattern: r"(\S+ )?\bpass(es|ed)? over\b", except: "^(one|a) ", reason: "write `skips`" },
    banned(r"\bheld against\b|\bholds? \w+ against\b", "write `compares with`, `checks against`"),
    banned(r"\bjudge[sd]?\b", "write `report`, `check`, `produces no findings`"),
    banned(r"\bthe way out\b|\bmend(s|ed)?\b", "write `fix`, `what to do about it`"),
    banned(r"\banyhow\b|\bgoes? astray\b|, all the same|\banew\b", "quaint; leave it out"),
    banned(r"\b(is|are) taken for\b|\btakes? it (as|for)\b", "write `is treated as`, `means`"),
    banned(r"\bplug-ins?\b|\bdataplane\b", "one word per thing: `plugin`, `data plane`"),
    banned(r"\bto be had\b|\bis wanted\b|\bfor want of\b", "translated; name what is missing"),
];

static IN_COMMENTS: LazyLock<Compiled> = LazyLock::new(|| Compiled::new(BANNED_IN_COMMENTS));
static EVERYWHERE: LazyLock<Compiled> = LazyLock::new(|| Compiled::new(BANNED));
static IN_MESSAGES: LazyLock<Compiled> = LazyLock::new(|| Compiled::new(BANNED_IN_MESSAGES));

fn offences(text: &str, list: &Compiled, place: &str, found: &mut BTreeSet<String>) {
    let text = prose(text);
    for (pattern, except, reason) in &list.0 {
        for hit in pattern.find_iter(&text) {
            let hit = hit.as_str();
            if except.as_ref().is_none_or(|except| !except.is_match(hit)) {
                found.insert(format!("{place}: `{hit}` ({reason})\n    {}", text.trim()));
            }
        }
    }
}

fn none(found: &BTreeSet<String>) {
    assert!(
        found.is_empty(),
        "{}\n{} offences",
        found.iter().cloned().collect::<Vec<_>>().join("\n"),
        found.len()
    );
}

/// The paragraphs of a Markdown file, without code blocks and link targets.
fn paragraphs(text: &str) -> Vec<String> {
    static LINK: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"\]\([^)]*\)").unwrap());
    let mut fenced = false;
    let mut kept = String::new();
    for line in text.lines() {
        if line.trim_start().starts_with("```") {
            fenced = !fenced;
        } else if !fenced {
            kept += line.trim();
        }
        kept.push(if line.trim().is_empty() || line.starts_with(['-', '|', '#']) { '\u{1}' } else { ' ' });
    }
    kept.split('\u{1}').map(|part| LINK.replace_all(part, "]").into_owned()).collect()
}

#[test]
fn rule_files_follow_the_house_style() {
    let mut found = BTreeSet::new();
    for rule in rule::built_in() {
        let info = &rule.info;
        let id = info.id.to_string();
        offences(&info.summary, &EVERYWHERE, &id, &mut found);
        for part in paragraphs(&info.explanation) {
            offences(&part, &EVERYWHERE, &id, &mut found);
        }
        if info.summary.ends_with('.')
            || ["A ", "An ", "The "].iter().any(|article| info.summary.starts_with(article))
        {
            found.insert(format!(
                "{}: a summary is a noun phrase without an article: {}",
                info.id, info.summary
            ));
        }
    }
    none(&found);
}

#[test]
fn messages_follow_the_house_style() {
    let mut found = BTreeSet::new();
    let mut used = BTreeSet::new();
    for id in rule_ids() {
        for tree in fixture_sides(&id, "bad") {
            for finding in lint_fixture(&tree, Some(&id)).findings {
                let place = format!("{} ({})", finding.rule, tree.display());
                offences(&finding.message, &EVERYWHERE, &place, &mut found);
                offences(&finding.message, &IN_MESSAGES, &place, &mut found);
                let length = own_length(&finding.message);
                let long = LONG.iter().find(|(part, _)| finding.message.contains(part));
                used.extend(long.map(|(part, _)| *part));
                if length > 100 && long.is_none() {
                    found.insert(format!("{place}: {length} characters: {}", finding.message));
                }
                for label in finding.related.iter().chain([&finding.primary]) {
                    offences(&label.message, &EVERYWHERE, &place, &mut found);
                }
                let Some(help) = &finding.help else { continue };
                offences(help, &EVERYWHERE, &place, &mut found);
                let start = help.split([' ', ';', ',']).next().unwrap_or_default();
                if !HELP_STARTS.contains(&start) {
                    found.insert(format!("{place}: a help starts with an imperative: {help}"));
                }
            }
        }
    }
    none(&found);
    let unused: Vec<_> = LONG.iter().filter(|(part, _)| !used.contains(part)).collect();
    assert!(unused.is_empty(), "no message needs {unused:?}");
}

#[test]
fn docs_follow_the_house_style() {
    let mut found = BTreeSet::new();
    let generated = root().join("docs/rules");
    let mut files = files_below(&root().join("docs"));
    files.extend(["README.md", "CONTRIBUTING.md"].map(|name| root().join(name)));
    for path in files {
        // The table of contents uses rule names as titles.
        let is_list = path.ends_with("SUMMARY.md");
        if path.extension().is_none_or(|ending| ending != "md") || path.starts_with(&generated) || is_list {
            continue;
        }
        let text = fs::read_to_string(&path).unwrap();
        let name = path.strip_prefix(root()).unwrap().display().to_string();
        for part in paragraphs(&text) {
            offences(&part, &EVERYWHERE, &name, &mut found);
        }
    }
    none(&found);
}

/// `docs/cli.md` holds the `--help` of every command; another test keeps it current.
#[test]
fn help_follows_the_house_style() {
    let mut found = BTreeSet::new();
    for line in fs::read_to_string(root().join("docs/cli.md")).unwrap().lines() {
        offences(line, &EVERYWHERE, "docs/cli.md", &mut found);
    }
    none(&found);
}

#[test]
fn comments_follow_the_house_style() {
    let mut found = BTreeSet::new();
    let mut comments = 0;
    for path in files_below(&root().join("src")) {
        let name = path.strip_prefix(root()).unwrap().display().to_string();
        for (index, line) in fs::read_to_string(&path).unwrap().lines().enumerate() {
            // A `//` in a string is not a comment: an odd number of quotes is before it.
            let Some((code, comment)) = line.split_once("//") else { continue };
            if code.matches('"').count() % 2 == 0 {
                comments += 1;
                let comment = comment.trim_start_matches(['/', '!']);
                offences(comment, &IN_COMMENTS, &format!("{name}:{}", index + 1), &mut found);
            }
        }
    }
    none(&found);
    assert!(comments > 1000, "{comments}");
}

#[test]
fn a_banned_construction_is_found() {
    let (everywhere, in_messages): (&Compiled, &Compiled) = (&EVERYWHERE, &IN_MESSAGES);
    for (text, list) in [
        ("`tls-sans` is no key of RKE2", everywhere),
        ("Helm ignores it in silence", everywhere),
        ("the key stands twice", everywhere),
        ("a blank after the comma", everywhere),
        ("`a` lies in `b`: RKE2 drops it", in_messages),
        ("Files beside the definition", &IN_COMMENTS),
        ("A list that nobody reads", &IN_COMMENTS),
    ] {
        let mut found = BTreeSet::new();
        offences(text, list, "here", &mut found);
        assert_eq!(found.len(), 1, "{text}: {found:?}");
    }
    let mut found = BTreeSet::new();
    offences(
        "there is no `is no key`, which is no longer read, and a blank line",
        &EVERYWHERE,
        "here",
        &mut found,
    );
    assert!(found.is_empty(), "{found:?}");
}
