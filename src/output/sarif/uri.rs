//! Paths as URI references (RFC 3986). Must not access the file system.

/// A relative path stays relative; an absolute one becomes a `file:` URI.
pub fn file_uri(path: &str) -> String {
    let encoded = percent_encode(path);
    if path.starts_with('/') {
        format!("file://{encoded}")
    } else if starts_with_drive(path) {
        format!("file:///{}", encoded.replacen("%3A", ":", 1))
    } else {
        encoded
    }
}

/// Encodes everything but unreserved characters and `/`. A colon in the first segment would be parsed as a scheme.
fn percent_encode(path: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte);
    let encode = |byte| if is_plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") };
    path.bytes().map(encode).collect::<Vec<_>>().concat()
}

fn starts_with_drive(path: &str) -> bool {
    matches!(path.as_bytes(), [drive, b':', b'/', ..] if drive.is_ascii_alphabetic())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_become_uri_references() {
        for (path, uri) in [
            ("a/b.yaml", "a/b.yaml"),
            ("../a b/ä%.yaml", "../a%20b/%C3%A4%25.yaml"),
            ("a:b#c?.yaml", "a%3Ab%23c%3F.yaml"),
            ("/etc/rancher/config.yaml", "file:///etc/rancher/config.yaml"),
            ("C:/etc/config.yaml", "file:///C:/etc/config.yaml"),
        ] {
            assert_eq!(file_uri(path), uri);
        }
    }
}
