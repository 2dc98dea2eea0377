//! `config/token-format`: tokens that RKE2 cannot parse. Never shows a token.

use crate::cluster::fact::{Datum, Fact, Found};
use crate::cluster::server::{NodeConfig, NodeRole};
use crate::finding::Severity;
use crate::rke2::node::is_stand_in;
use crate::rule::{Context, Draft, Target};

/// The prefix of full tokens.
const PREFIX: &str = "K10";
/// The length of the CA hash in hexadecimal digits.
const HASH: usize = 64;
/// Files under its data directory that a server writes once it runs.
const OWN_FILES: [&str; 3] = ["server/token", "server/node-token", "server/agent-token"];

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Target::Config(node) = context.target else { return };
    own_file(node, drafts);
    agent_token(node, drafts);
    let Fact::Known(Found { value: Datum::Text(token), at: Some(at) }) = node.fact("token") else { return };
    if is_stand_in(&token) {
        return;
    }
    if let Some(fault) = fault(&token) {
        drafts.push(
            Draft::new(at, format!("`token` starts with `{PREFIX}`, but {fault}; RKE2 fails to start"))
                .help("copy the whole line of `/var/lib/rancher/rke2/server/node-token`, or use a secret that does not start with `K10`"),
        );
    } else if has_one_colon(&token) {
        drafts.push(
            Draft::new(
                at,
                "`token` has one colon after the hash instead of two; RKE2 uses the rest as the password",
            )
            .severity(Severity::Warning)
            .help("write two colons after the hash: `K10HASH::server:PASSWORD`"),
        );
    } else if is_kubeadm(&token) && node.role == NodeRole::Server {
        drafts.push(
            Draft::new(at, "`token` has the format of a kubeadm token, which a server does not accept; RKE2 fails to start")
                .help("use a random value, for example from `openssl rand -hex 32`; agents may join with kubeadm tokens"),
        );
    } else if is_path(&token) {
        drafts.push(
            Draft::new(at, "`token` is a path; RKE2 uses the path itself as the secret")
                .severity(Severity::Warning)
                .help("write `token-file` instead of `token`"),
        );
    }
}

/// The fault of a token that starts with the prefix and so must contain the CA hash.
fn fault(token: &str) -> Option<&'static str> {
    let rest = token.strip_prefix(PREFIX)?;
    let credentials = match rest.split_once("::") {
        Some((hash, _)) if !hash.is_empty() && hash.len() != HASH => {
            return Some("its hash does not have 64 characters");
        }
        Some((_, credentials)) => credentials,
        None => rest,
    };
    let named = credentials.split_once(':').is_some_and(|(_, password)| !password.is_empty());
    (!named && !is_kubeadm(credentials)).then_some("has no `::USER:PASSWORD` after the hash")
}

/// `abcdef.0123456789abcdef`.
fn is_kubeadm(token: &str) -> bool {
    let is = |part: &str, length: usize| {
        part.len() == length && part.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
    };
    token.split_once('.').is_some_and(|(id, secret)| is(id, 6) && is(secret, 16))
}

/// Whether a full token has one colon instead of two, so that the hash is parsed as the user name.
fn has_one_colon(token: &str) -> bool {
    let user = token.strip_prefix(PREFIX).and_then(|rest| rest.split(':').next());
    !token.contains("::")
        && user.is_some_and(|user| user.len() == HASH && user.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

/// Whether a token is a path: one under RKE2's directories, or one that looks like a token file.
fn is_path(token: &str) -> bool {
    let rooted = token.starts_with('/') && token.matches('/').count() >= 2;
    let marked = ["~/", "./", "../", "file://"].iter().any(|prefix| token.starts_with(prefix));
    let name = token.rsplit('/').next().unwrap_or_default();
    let named = ["token", "secret", ".txt"].iter().any(|word| name.contains(word));
    rooted && token.contains("rancher/") || (rooted || marked) && named
}

/// A test for a token, the message, and the help.
type Fault = (fn(&str) -> bool, &'static str, &'static str);

/// The faults of an `agent-token`.
const AGENT_TOKENS: [Fault; 3] = [
    (|token| token.starts_with(PREFIX), "starts with `K10`; agents with the same token are rejected", RANDOM),
    (is_kubeadm, "has the format of a kubeadm token; agents with the same token are rejected", RANDOM),
    (
        is_path,
        "is a path; RKE2 uses the path itself as the secret",
        "write `agent-token-file` instead of `agent-token`",
    ),
];
const RANDOM: &str = "use a random value, for example from `openssl rand -hex 32`";

/// Checks the `agent-token` of a server, which stores it verbatim, while agents with the same value send only the
/// password in it.
fn agent_token(node: &NodeConfig<'_>, drafts: &mut Vec<Draft>) {
    if node.role == NodeRole::Agent {
        return;
    }
    let Fact::Known(Found { value: Datum::Text(token), at: Some(at) }) = node.fact("agent-token") else {
        return;
    };
    if is_stand_in(&token) {
        return;
    }
    if let Some((_, problem, help)) = AGENT_TOKENS.iter().find(|(holds, _, _)| holds(&token)) {
        let message = format!("`agent-token` {problem}");
        drafts.push(Draft::new(at, message).severity(Severity::Warning).help(*help));
    }
}

/// Checks the token file of a first server, which would wait for a file that it writes itself later.
fn own_file(node: &NodeConfig<'_>, drafts: &mut Vec<Draft>) {
    if node.role != NodeRole::Server || node.joins() {
        return;
    }
    for key in ["token-file", "agent-token-file"] {
        own_file_at(node, key, drafts);
    }
}

fn own_file_at(node: &NodeConfig<'_>, key: &str, drafts: &mut Vec<Draft>) {
    let Fact::Known(Found { value: Datum::Text(path), at: Some(at) }) = node.fact(key) else {
        return;
    };
    let data = match node.fact("data-dir") {
        Fact::Known(found) => found.value.as_text().map(std::borrow::Cow::into_owned),
        Fact::Absent(_) => Some("/var/lib/rancher/rke2".to_owned()),
        Fact::Unknown => None,
    };
    let Some(rest) = data.as_deref().and_then(|data| path.strip_prefix(data.trim_end_matches('/'))) else {
        return;
    };
    if OWN_FILES.contains(&rest.trim_start_matches('/')) {
        drafts.push(
            Draft::new(at, format!("`{key}` is `{path}`, which this server creates only at its first start"))
                .severity(Severity::Warning)
                .help(format!("remove `{key}`, or set it to a file that exists before the first start")),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn full_tokens_have_a_format() {
        let hash = "a".repeat(HASH);
        for good in [
            format!("K10{hash}::server:x"),
            format!("K10{hash}::abcdef.0123456789abcdef"),
            "K10::node:x".to_owned(),
            "K10a:b".to_owned(),
            "plain".to_owned(),
        ] {
            assert_eq!(fault(&good), None, "{good}");
        }
        for bad in ["K10abc", "K10abc::server:x", "K10::server:", "K10mysecret"] {
            assert!(fault(bad).is_some(), "{bad}");
        }
    }
}
