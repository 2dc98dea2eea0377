//! `security/weak-token`: a cluster secret that can be guessed. Never shows the secret.

use crate::cluster::fact::{Datum, Fact, Found};
use crate::rule::{Context, Draft, Target};

/// Shorter secrets can be tried out.
const SHORTEST: usize = 16;
/// Words of examples.
const WORDS: &[&str] =
    &["my-shared-secret", "my-shared-secret-token", "my-agent-shared-secret", "mysupersecrettoken"];

pub fn check(context: &Context<'_, '_>, drafts: &mut Vec<Draft>) {
    let Target::Config(node) = context.target else { return };
    for key in ["token", "agent-token"] {
        let Fact::Known(Found { value: Datum::Text(token), at: Some(at) }) = node.fact(key) else { continue };
        // A full token carries the hash of the authority; what counts is the part behind it.
        let secret = token.rsplit_once("::").map_or(token.as_ref(), |(_, user)| user);
        let secret = secret.split_once(':').map_or(secret, |(_, password)| password);
        let message = match secret.chars().count() {
            0 => continue,
            length if length < SHORTEST => {
                format!(
                    "`{key}` has only {length} characters; anyone who guesses it can join the cluster and read its keys"
                )
            }
            _ if WORDS.contains(&secret) => {
                format!(
                    "`{key}` is a well-known example; anyone who tries it can join the cluster and read its keys"
                )
            }
            _ => continue,
        };
        drafts.push(
            Draft::new(at, message).help("use a random value, for example from `openssl rand -hex 32`"),
        );
    }
}
