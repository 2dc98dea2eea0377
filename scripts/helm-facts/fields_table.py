"""Makes catalog/components/chart-fields.txt of what fields.py measured.

usage: fields_table.py MEASURED... > catalog/components/chart-fields.txt

A version that was not measured counts as the measured one before it, unless that and the next differ: then nothing is
known between them.
"""
import json
import re
import sys

HEAD = """\
# Values of the packaged charts that go into fields of Kubernetes objects with a type or a fixed set of values, by the
# version from which on they do: chart, path, version, field; `-` where nothing is known from that version on.
# Measured with Helm by scripts/helm-facts/fields.py, which says how; made by fields_table.py. Never edited by hand.
"""


def numbers(version):
    """As `compare_versions` of the catalogue orders versions."""
    return [int(part) if part.isdigit() else part for part in re.findall(r"\d+|[A-Za-z]+", version.lstrip("v"))]


def main():
    measured = {}
    for name in sys.argv[1:]:
        with open(name) as lines:
            for line in map(json.loads, lines):
                measured.setdefault(line["chart"], {})[line["version"]] = line["fields"]
    for versions in measured.values():
        for version, fields in versions.items():
            # A strategy that is written out in values.yaml is found twice: as a map, and by its type.
            versions[version] = {path: field for path, field in fields.items() if f"{path}.type" not in fields}
    rows = []
    for chart, versions in measured.items():
        order = sorted(versions, key=numbers)
        for path in {path for fields in versions.values() for path in fields}:
            last = None
            for index, version in enumerate(order):
                field = versions[version].get(path, "-")
                following = versions[order[index + 1]].get(path, "-") if index + 1 < len(order) else field
                known = field if field == following else "-"
                if known != last and not (last is None and known == "-"):
                    rows.append((chart, path, numbers(version), f"{chart} {path} {version} {known}"))
                    last = known
    print(HEAD, end="")
    for row in sorted(rows):
        print(row[-1])


if __name__ == "__main__":
    main()
