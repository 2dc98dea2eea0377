#!/usr/bin/env python3
"""Records a terminal session as an asciicast, for scripts/pictures.sh.

usage: scripts/record.py FOLDER

Runs each command in FOLDER in a separate terminal and writes its output. Typing and pauses are simulated, so that
recordings of the same output are identical.
"""

import fcntl
import json
import os
import pty
import re
import struct
import sys
import termios

COLUMNS, ROWS = 100, 38
# A command, and for how many seconds its output is shown.
SESSION = [
    ("rke2-lint check", 8.0),
    ("clear", 0.2),
    ("rke2-lint check --diff --unsafe-fixes", 6.0),
    ("clear", 0.2),
    ("rke2-lint show --rke2-version 1.34 | head -n 30", 6.0),
]
PROMPT = "\x1b[1;32m$\x1b[0m "
CLEAR = "\x1b[2J\x1b[H"
# Terminal hyperlinks, which are removed for the picture.
LINK = re.compile("\x1b]8;[^\x1b\x07]*(\x1b\\\\|\x07)")


def output(command: str, folder: str) -> str:
    """The output of a command on a terminal."""
    child, terminal = pty.fork()
    if child == 0:
        os.chdir(folder)
        os.environ.update(TERM="xterm-256color", LC_ALL="C.UTF-8", FORCE_HYPERLINK="1")
        os.execvp("sh", ["sh", "-c", f"sleep 0.1; {command}"])
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
    parts = []
    while True:
        try:
            part = os.read(terminal, 65536)
        except OSError:
            # The other end was closed.
            break
        if not part:
            break
        parts.append(part)
    os.waitpid(child, 0)
    return LINK.sub("", b"".join(parts).decode("utf-8"))


def main() -> None:
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    folder = sys.argv[1]
    print(json.dumps({"version": 2, "width": COLUMNS, "height": ROWS}))
    time = 0.0

    def event(text: str, after: float) -> None:
        nonlocal time
        print(json.dumps([round(time, 3), "o", text]))
        time += after

    event(PROMPT, 0.6)
    for command, pause in SESSION:
        if command == "clear":
            event(CLEAR + PROMPT, pause)
            continue
        for letter in command:
            event(letter, 0.05)
        event("\r\n", 0.3)
        event(output(command, folder), pause)
        event(PROMPT, 0.4)
    event("", 1.0)


if __name__ == "__main__":
    main()
