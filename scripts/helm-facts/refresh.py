"""Measures new chart versions with Helm and merges the results. Run it after a refresh.

usage: refresh.py [--like] CHARTS [CHART...]

CHARTS is a bare clone of rancher/rke2-charts. Every version that has not been measured is measured, of each chart
that releases ship or of the named charts. --like is several times as fast if a near version was measured (see facts.py).
Results are kept in target/helm-facts, so that a run can be stopped and continued. Refresh the catalogue afterwards.
"""
import json
import os
import re
import subprocess
import sys

from facts import MEASURED, NEUTRAL

HERE = os.path.dirname(os.path.abspath(__file__))
RESULTS = os.path.join(os.environ.get("CARGO_TARGET_DIR") or os.path.join(HERE, "..", "..", "target"), "helm-facts")


def shipped(name):
    """The versions of a chart that releases ship, in the order of the catalogue."""
    with open(f"{NEUTRAL}/charts/{name}.jsonl") as lines:
        return json.loads(lines.readline())["versions"]


def known(name):
    """The versions of a chart that have been measured."""
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
        names = sorted(re.sub(r"\.jsonl$", "", file) for file in os.listdir(f"{NEUTRAL}/charts"))
    os.makedirs(RESULTS, exist_ok=True)
    for name in names:
        missing = [version for version in shipped(name) if version not in known(name)]
        if not missing:
            print(name, "is up to date", flush=True)
            continue
        out = os.path.join(RESULTS, f"{name}.facts")
        like = ["--like"] if "--like" in sys.argv else []
        for script in [["facts.py", *like, charts, name, out, *missing], ["merge.py", name, out]]:
            subprocess.run([sys.executable, os.path.join(HERE, script[0]), *script[1:]], check=True)


if __name__ == "__main__":
    main()
