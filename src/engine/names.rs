//! How paths are shown to the user. Must not read files.

use std::ffi::OsStr;
use std::path::{Component, Path, PathBuf};

/// A path below a folder, both as shown to the user; `.` is the working directory.
#[cfg(feature = "disk")]
pub fn join(folder: &str, rest: &str) -> String {
    match (folder, rest) {
        (".", rest) => rest.to_owned(),
        (folder, ".") => folder.to_owned(),
        (folder, rest) => format!("{}/{rest}", folder.trim_end_matches('/')),
    }
}

/// An absolute path as text, which is used for grouping.
#[cfg(feature = "disk")]
pub fn text_of(path: &Path) -> String {
    let mut text = String::new();
    for component in path.components() {
        match component {
            Component::RootDir => text.push('/'),
            component => {
                if !text.is_empty() && !text.ends_with('/') {
                    text.push('/');
                }
                push_name(&mut text, component.as_os_str());
            }
        }
    }
    text
}

/// A path below the working directory, made relative to it.
#[cfg(feature = "disk")]
#[expect(clippy::disallowed_methods, reason = "paths are shown relative to the working directory")]
fn relative(path: &Path) -> PathBuf {
    let current = std::env::current_dir().unwrap_or_default();
    match path.strip_prefix(&current) {
        Ok(rest) if rest.as_os_str().is_empty() => PathBuf::from("."),
        Ok(rest) => rest.to_owned(),
        Err(_) => path.to_owned(),
    }
}

/// The path itself: there is no working directory.
#[cfg(not(feature = "disk"))]
fn relative(path: &Path) -> PathBuf {
    path.to_owned()
}

/// A path as shown to the user, with `/`: relative to the working directory if it is below it.
pub fn shown(path: &Path) -> String {
    let path = if path.is_absolute() { relative(path) } else { path.to_owned() };
    let mut text = String::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::RootDir => text.push('/'),
            component => {
                if !text.is_empty() && !text.ends_with('/') {
                    text.push('/');
                }
                push_name(&mut text, component.as_os_str());
            }
        }
    }
    if text.is_empty() { ".".to_owned() } else { text }
}

/// Appends a file name. Invalid UTF-8 is shown as `\xff`, so that different names stay different.
pub fn push_name(text: &mut String, name: &OsStr) {
    for chunk in name.as_encoded_bytes().utf8_chunks() {
        text.push_str(chunk.valid());
        text.extend(chunk.invalid().iter().map(|byte| format!("\\x{byte:02x}")));
    }
}
