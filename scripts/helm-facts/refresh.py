"""Measures with Helm what the catalogue does not know yet, and merges it: the one command after a refresh.

usage: refresh.py [--all] CHARTS [CHART...]

CHARTS is a bare clone of rancher/rke2-charts. Of each chart in catalog/measured, or of those that are named, the newest
version that a release ships is measured if it was not; with --all, every version that was not. Results are kept in
target/helm-facts, so that a run can be stopped and continued. Refresh the catalogue afterwards.
"""
import json
import os
import re
import subprocess
import sys

from facts import NEUTRAL

HERE = os.path.dirname(os.path.abspath(__file__))
MEASURED = os.path.join(HERE, "..", "..", "catalog", "measured")
RESULTS = os.path.join(HERE, "..", "..", "target", "helm-facts")


def shipped(name):
    """The versions of a chart that releases ship, in the order of the catalogue."""
    with open(f"{NEUTRAL}/charts/{name}.jsonl") as lines:
        return json.loads(lines.readline())["versions"]


def known(name):
    """The versions that were measured."""
    try:
        with open(f"{MEASURED}/{name}.jsonl") as lines:
            return set(json.loads(lines.readline())["versions"])
    except FileNotFoundError:
        return set()


def main():
    arguments = [argument for argument in sys.argv[1:] if not argument.startswith("--")]
    if not arguments:
        sys.exit(__doc__)
    charts, names = arguments[0], arguments[1:]
    if not names:
        names = sorted(re.sub(r"\.jsonl$", "", file) for file in os.listdir(MEASURED))
    os.makedirs(RESULTS, exist_ok=True)
    for name in names:
        wanted = shipped(name) if "--all" in sys.argv else shipped(name)[-1:]
        missing = [version for version in wanted if version not in known(name)]
        if not missing:
            print(name, "is up to date", flush=True)
            continue
        out = os.path.join(RESULTS, f"{name}.facts")
        for script in [["facts.py", charts, name, out, *missing], ["merge.py", name, out]]:
            subprocess.run([sys.executable, os.path.join(HERE, script[0]), *script[1:]], check=True)


if __name__ == "__main__":
    main()
