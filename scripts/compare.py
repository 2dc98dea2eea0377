#!/usr/bin/env python3
"""Writes the table of docs/comparison.md: which linter reports which fault of testdata/comparison.

usage: scripts/compare.py RKE2_LINT TOOLS     (scripts/compare.sh installs the tools into TOOLS)

Each fault has a tree `bad` and a tree `good` that differ only in the fault. A tool reports a fault if it has a message
for `bad`, positions aside, that it does not have for `good`. So the wording does not matter, and messages for both trees
do not count.
"""

import json
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
FAULTS = ROOT / "testdata/comparison"
PAGE = ROOT / "docs/comparison.md"
# The release of the trees. One of the faults is a profile that this release rejects.
RELEASE = "v1.34.2+rke2r1"
START, END = "<!-- table: written by scripts/compare.sh -->", "<!-- end of table -->"

# A report: the path of the file relative to the faults, and the message without its position.
Reports = set[tuple[str, str]]


def run(command: list, folder: pathlib.Path) -> str:
    """The output of a linter. A failure exit code is ignored, because it only means that there are findings."""
    done = subprocess.run([str(part) for part in command], cwd=folder, capture_output=True, text=True, check=False)
    return done.stdout


def version(command: list) -> str:
    match = re.search(r"\d+\.\d+[.\d]*", run(command, ROOT))
    return match.group() if match else "unknown"


def lines(text: str) -> Reports:
    """Reports of the form `path:line:column: message`."""
    pattern = re.compile(r"^(?:\./)?(.+?):\d+:\d+: (.*)$", re.MULTILINE)
    return set(pattern.findall(text))


def rke2_lint(binary: pathlib.Path, _tools: pathlib.Path):
    check = ["check", "--no-config", "--rke2-version", RELEASE, "--format", "concise", "--quiet"]

    def reports() -> Reports:
        found: Reports = set()
        # Each tree is a separate cluster.
        for tree in sorted(FAULTS.glob("*/*/")):
            for path, message in lines(run([binary, *check], tree)):
                found.add((f"{tree.relative_to(FAULTS)}/{path}", message))
        return found

    return version([binary, "--version"]), reports


def yamllint(_binary: pathlib.Path, tools: pathlib.Path):
    program = tools / "venv/bin/yamllint"
    return version([program, "--version"]), lambda: lines(run([program, "--format", "parsable", "."], FAULTS))


def checkov(_binary: pathlib.Path, tools: pathlib.Path):
    program = tools / "venv/bin/checkov"

    def reports() -> Reports:
        text = run([program, "--directory", ".", "--skip-download", "--quiet", "--output", "json"], FAULTS)
        results = json.loads(text)
        found: Reports = set()
        for result in results if isinstance(results, list) else [results]:
            for check in result.get("results", {}).get("failed_checks", []):
                found.add((check["file_path"].lstrip("/"), f"{check['check_id']} {check['resource']}"))
            for path in result.get("results", {}).get("parsing_errors", []):
                found.add((path.removeprefix(f"{FAULTS}/").lstrip("/"), "parsing error"))
        return found

    return version([program, "--version"]), reports


class LanguageServer:
    """yaml-language-server over its standard streams."""

    def __init__(self, program: pathlib.Path, schemas: dict):
        self.settings = {"yaml": {"validate": True, "schemaStore": {"enable": False}, "schemas": schemas}}
        self.process = subprocess.Popen([program, "--stdio"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.send({"id": 0, "method": "initialize", "params": {"processId": None, "rootUri": FAULTS.as_uri(),
                   "capabilities": {"workspace": {"configuration": True}}}})
        self.wait(lambda message: message.get("id") == 0 and "result" in message)
        self.send({"method": "initialized", "params": {}})
        self.send({"method": "workspace/didChangeConfiguration", "params": {"settings": self.settings}})

    def send(self, message: dict) -> None:
        body = json.dumps({"jsonrpc": "2.0"} | message).encode()
        self.process.stdin.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)
        self.process.stdin.flush()

    def wait(self, wanted) -> dict:
        while True:
            length = 0
            while (line := self.process.stdout.readline().strip()):
                name, value = line.split(b": ", 1)
                length = int(value) if name.lower() == b"content-length" else length
            if not length:
                raise EOFError("yaml-language-server has ended")
            message = json.loads(self.process.stdout.read(length))
            if message.get("method") == "workspace/configuration":
                items = message["params"]["items"]
                answer = [self.settings.get(item.get("section"), {}) for item in items]
                self.send({"id": message["id"], "result": answer})
            elif "method" in message and "id" in message:
                self.send({"id": message["id"], "result": None})
            if wanted(message):
                return message

    def reports(self) -> Reports:
        found: Reports = set()
        for path in sorted(FAULTS.glob("*/*/**/*.yaml")):
            document = {"uri": path.as_uri(), "languageId": "yaml", "version": 1, "text": path.read_text("utf-8")}
            self.send({"method": "textDocument/didOpen", "params": {"textDocument": document}})
            message = self.wait(lambda message: message.get("method") == "textDocument/publishDiagnostics"
                                and message["params"]["uri"] == document["uri"])
            for diagnostic in message["params"]["diagnostics"]:
                found.add((str(path.relative_to(FAULTS)), diagnostic["message"]))
        self.process.kill()
        return found


def language_server(tools: pathlib.Path, schemas: dict):
    program = tools / "node_modules/.bin/yaml-language-server"
    package = json.loads((tools / "node_modules/yaml-language-server/package.json").read_text("utf-8"))
    return package["version"], lambda: LanguageServer(program, schemas).reports()


def yaml_ls(_binary: pathlib.Path, tools: pathlib.Path):
    return language_server(tools, {})


def yaml_ls_with_schemas(_binary: pathlib.Path, tools: pathlib.Path):
    folder = ROOT / "docs/schemas"
    return language_server(tools, {
        (folder / "config.schema.json").as_uri(): ["**/rke2/config.yaml", "**/rke2/config.yaml.d/*.yaml"],
        (folder / "registries.schema.json").as_uri(): ["**/rke2/registries.yaml"],
    })


TOOLS = {
    "rke2-lint": rke2_lint,
    "yamllint": yamllint,
    "yaml-ls": yaml_ls,
    "yaml-ls with schemas": yaml_ls_with_schemas,
    "checkov": checkov,
}


def main() -> None:
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    binary, tools = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]).resolve()
    faults = [line.split("\t", 1) for line in (FAULTS / "faults.tsv").read_text("utf-8").splitlines()
              if not line.startswith("#")]
    versions, found = {}, {}
    for name, tool in TOOLS.items():
        versions[name], reports = tool(binary, tools)
        found[name] = reports()
        print(f"{name} {versions[name]}: {len(found[name])} reports on the trees", flush=True)

    def side(tool: str, tree: str) -> Reports:
        return {(path.removeprefix(tree), message) for path, message in found[tool] if path.startswith(tree)}

    def reports_fault(tool: str, folder: str) -> bool:
        return bool(side(tool, f"{folder}/bad/") - side(tool, f"{folder}/good/"))

    rows, totals = [], dict.fromkeys(TOOLS, 0)
    for number, (folder, about) in enumerate(faults, 1):
        cells = []
        for tool in TOOLS:
            is_found = reports_fault(tool, folder)
            totals[tool] += is_found
            cells.append("yes" if is_found else "–")
        rows.append(f"| {number} | {about} | {' | '.join(cells)} |")
    noise = {tool: sum("/good/" in path for path, _ in found[tool]) for tool in TOOLS}
    table = "\n".join([
        f"| # | fault | {' | '.join(f'{tool} {versions[tool]}' for tool in TOOLS)} |",
        f"|---|---|{'---|' * len(TOOLS)}",
        *rows,
        f"| | **reported, of {len(faults)}** | {' | '.join(f'**{totals[tool]}**' for tool in TOOLS)} |",
        f"| | reports about the corrected trees | {' | '.join(str(noise[tool]) for tool in TOOLS)} |",
    ])
    page = PAGE.read_text("utf-8")
    before, rest = page.split(START)
    _, after = rest.split(END)
    PAGE.write_text(f"{before}{START}\n\n{table}\n\n{END}{after}", encoding="utf-8")
    print(table)


if __name__ == "__main__":
    main()
