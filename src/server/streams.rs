//! The connection with an editor over two streams. Must not know what messages mean.

use std::io::{self, BufRead, ErrorKind, Read as _, Write};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use crossbeam_channel::{Receiver, Sender, bounded};
use lsp_server::{Connection, Message};
use lsp_types::notification::{Exit, Notification as _};

use super::session::{ServerError, serve};

/// Maximum size in bytes of the header of a message.
const MAX_HEADER: usize = 16 * 1024;
/// Maximum size in bytes of a message: more than a file of the largest size in JSON. Without a limit, a wrong length
/// would ask for more memory than there is.
const MAX_MESSAGE: u64 = 512 * 1024 * 1024;

/// Serves an editor over two streams, usually standard input and output, until it ends the session.
///
/// # Errors
/// See [`ServerError`].
pub fn serve_streams(
    mut input: impl BufRead + Send + 'static,
    mut output: impl Write + Send + 'static,
) -> Result<(), ServerError> {
    let (to_session, receiver) = bounded(0);
    let (sender, to_editor) = bounded(0);
    let failure = Arc::new(Mutex::new(None));
    let reader_failure = Arc::clone(&failure);
    // Never joined: it may wait for input for ever.
    thread::Builder::new().name("reader".to_owned()).spawn(move || {
        let result = read_all(&mut input, &to_session);
        *reader_failure.lock().unwrap_or_else(PoisonError::into_inner) = result.err();
        // The session ends when nothing can be received any more, after the failure was recorded.
        drop(to_session);
    })?;
    let write = move || write_all(&mut output, &to_editor);
    let writer = thread::Builder::new().name("writer".to_owned()).spawn(write)?;
    let served = serve(&Connection { sender, receiver });
    if let Some(error) = failure.lock().unwrap_or_else(PoisonError::into_inner).take() {
        return Err(error.into());
    }
    served?;
    // It does not panic.
    writer.join().unwrap_or(Ok(()))?;
    Ok(())
}

/// Passes on all messages up to `exit`, which is the last one.
fn read_all(input: &mut impl BufRead, messages: &Sender<Message>) -> io::Result<()> {
    while let Some(message) = read_message(input)? {
        let is_last = matches!(&message, Message::Notification(told) if told.method == Exit::METHOD);
        if messages.send(message).is_err() || is_last {
            break;
        }
    }
    Ok(())
}

fn write_all(output: &mut impl Write, messages: &Receiver<Message>) -> io::Result<()> {
    messages.iter().try_for_each(|message| message.write(output))
}

/// The next message; `None` at the end of the input.
fn read_message(input: &mut impl BufRead) -> io::Result<Option<Message>> {
    let mut head = Vec::new();
    let mut length: Option<u64> = None;
    loop {
        let start = head.len();
        let rest = (MAX_HEADER - start) as u64;
        let read = input.by_ref().take(rest).read_until(b'\n', &mut head)?;
        if read == 0 && start == 0 {
            return Ok(None);
        }
        if head.last() != Some(&b'\n') {
            return Err(invalid("a header has no end"));
        }
        let line = head[start..].trim_ascii();
        if line.is_empty() {
            break;
        }
        let line = String::from_utf8_lossy(line);
        if let Some((name, value)) = line.split_once(':')
            && name.eq_ignore_ascii_case("Content-Length")
        {
            let number = value.trim().parse();
            length = Some(number.map_err(|_| invalid(format!("`{line}` is not a number")))?);
        }
    }
    let length = length.ok_or_else(|| invalid("a message has no `Content-Length`"))?;
    if length > MAX_MESSAGE {
        let most = MAX_MESSAGE / (1024 * 1024);
        return Err(invalid(format!("a message of {length} bytes is larger than {most} MiB")));
    }
    Message::read(&mut head.as_slice().chain(input.by_ref().take(length)))
}

fn invalid(what: impl Into<String>) -> io::Error {
    io::Error::new(ErrorKind::InvalidData, what.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> io::Result<Option<Message>> {
        read_message(&mut text.as_bytes())
    }

    #[test]
    fn one_message_is_read_after_the_other() {
        let body = r#"{"jsonrpc":"2.0","method":"exit"}"#;
        let text = format!("Content-Type: x\r\ncontent-length: {}\r\n\r\n{body}", body.len()).repeat(2);
        let mut input = text.as_bytes();
        for _ in 0..2 {
            assert!(matches!(read_message(&mut input), Ok(Some(Message::Notification(_)))));
        }
        assert!(matches!(read_message(&mut input), Ok(None)));
    }

    #[test]
    fn what_is_no_message_is_an_error() {
        let long = "x".repeat(MAX_HEADER + 1);
        for text in [
            "Content-Length: 99999999999999999999999\r\n\r\n",
            "Content-Length: 9999999999999999999\r\n\r\n",
            "Content-Length: -1\r\n\r\n",
            "Content-Length: 10\r\n\r\n{}",
            "Content-Length: 2\r\n\r\n[]",
            "\r\n",
            "Content-Length: 2",
            &long,
        ] {
            assert!(read(text).is_err(), "{text:.80}");
        }
        assert!(matches!(read(""), Ok(None)));
    }
}
