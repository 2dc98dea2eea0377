//! Which keys and values hold secrets, according to their names. Must not look at values.

/// Endings of names whose values must not be printed.
const SECRET: &[&str] = &["password", "passwd", "token", "secretkey", "accesskey", "privatekey", "auth"];
/// Keys of config.yaml that hold secrets.
const SECRET_KEYS: &[&str] = &[
    "token",
    "t",
    "agent-token",
    "etcd-s3-access-key",
    "etcd-s3-secret-key",
    "etcd-s3-session-token",
    "vpn-auth",
];

/// Whether a key of config.yaml holds a secret.
pub fn is_secret_key(key: &str) -> bool {
    SECRET_KEYS.contains(&key)
}

/// Whether a name indicates that its value is a secret: `bindPassword`, `secret_key`.
pub fn is_secret_name(name: &str) -> bool {
    let letters: String = name.chars().filter(char::is_ascii_alphanumeric).collect();
    let letters = letters.to_ascii_lowercase();
    SECRET.iter().any(|word| letters.ends_with(word))
}
