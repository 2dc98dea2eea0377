#!/usr/bin/env python3
"""Checks the links of a folder of HTML pages: each file and each anchor must exist.

usage: scripts/links.py FOLDER

Web addresses are not checked. Prints each dead link with its page; the exit code is 1 if there is one.
"""

import html.parser
import pathlib
import sys
import urllib.parse

# Pages that mdBook generates and that are not chapters.
WITHOUT_CHAPTER = {"toc.html", "404.html", "print.html"}


class Page(html.parser.HTMLParser):
    """The links and anchors of a page."""

    def __init__(self, path: pathlib.Path):
        super().__init__()
        self.links: list[str] = []
        self.anchors: set[str] = set()
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attrs):
        for name, value in attrs:
            if name == "id" or (tag == "a" and name == "name"):
                self.anchors.add(value)
            elif name in ("href", "src") and value:
                self.links.append(value)


def main() -> int:
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    folder = pathlib.Path(sys.argv[1]).resolve()
    pages = {path: Page(path) for path in folder.rglob("*.html")}
    dead, seen = set(), 0
    for path, page in pages.items():
        if path.name in WITHOUT_CHAPTER:
            continue
        for link in page.links:
            parts = urllib.parse.urlsplit(link)
            if parts.scheme or parts.netloc:
                continue
            seen += 1
            target = (path.parent / urllib.parse.unquote(parts.path)).resolve() if parts.path else path
            if target.is_dir():
                target /= "index.html"
            fault = None
            if not target.is_relative_to(folder) or not target.exists():
                fault = "no such file"
            elif parts.fragment and target in pages:
                if urllib.parse.unquote(parts.fragment) not in pages[target].anchors:
                    fault = "no such anchor"
            if fault:
                dead.add(f"{path.relative_to(folder)}: {link}: {fault}")
    for line in sorted(dead):
        print(line)
    print(f"{len(pages)} pages, {seen} links, {len(dead)} dead")
    return 1 if dead or not seen else 0


if __name__ == "__main__":
    sys.exit(main())
