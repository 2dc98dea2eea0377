"""Measures what Helm does with values of another type than the chart expects.

usage: facts.py [--like|--truthy] CHARTS CHART OUT [VERSION...]

CHARTS is a bare clone of rancher/rke2-charts (branch main); CHART is a name such as rke2-traefik. Every version of the
chart that the catalogue knows is measured, newest first; versions whose templates and values differ in nothing but
version numbers share one measurement. OUT gets one JSON line per measured group and is appended to: groups that it
already holds are skipped, so a run can be stopped and continued. With --like, only the values with results for the
nearest version in catalog/measured, until they are confirmed, and the keys that this version does not have are tried
one by one; all others are tried in batches, and a batch with which Helm fails is halved until the value is found. This
is several times as fast. With --truthy, only the switches are tried, with "false" in quotes; merge.py adds the result
to the facts of a version. A version with whose defaults Helm fails is not measured.

Helm is the Go library in the PyPI package helm-python-sdk; merge.py writes the result into catalog/measured.
"""
import functools
import hashlib
import io
import json
import os
import re
import subprocess
import sys
import tarfile
import time

# Rendering creates a lot of garbage, and collecting it less often saves a seventh of the time.
os.environ.setdefault("GOGC", "400")

import helm_python
from helm_python import _native

# RKE2_LINT_CATALOG is a catalogue to use instead of that of this repository.
CATALOG = os.environ.get("RKE2_LINT_CATALOG") or os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../catalog")
NEUTRAL = os.path.join(CATALOG, "neutral")
MEASURED = os.path.join(CATALOG, "measured")

# What RKE2 writes into `spec.set` of the packaged charts.
INJECTED = {
    "clusterCIDR": "10.42.0.0/16", "clusterCIDRv4": "10.42.0.0/16", "clusterCIDRv6": "", "clusterDNS": "10.43.0.10",
    "clusterDomain": "cluster.local", "rke2DataDir": "/var/lib/rancher/rke2", "serviceCIDR": "10.43.0.0/16",
    "systemDefaultIngressClass": "ingress-nginx", "prime": {"enabled": False}, "systemDefaultRegistry": "",
    "cattle": {"systemDefaultRegistry": ""},
}
# CRDs that a chart may require. Without one, a chart would fail for a reason other than the value.
APIS = [
    "helm.cattle.io/v1", "k3s.cattle.io/v1", "snapshot.storage.k8s.io/v1", "apiextensions.k8s.io/v1",
    "snapshot.storage.k8s.io/v1/VolumeSnapshotClass", "apiregistration.k8s.io/v1", "monitoring.coreos.com/v1",
    "monitoring.coreos.com/v1/ServiceMonitor", "monitoring.coreos.com/v1/PrometheusRule", "cert-manager.io/v1",
    "gateway.networking.k8s.io/v1", "gateway.networking.k8s.io/v1/GatewayClass", "policy/v1/PodDisruptionBudget",
    "cilium.io/v2", "cilium.io/v2alpha1", "traefik.io/v1alpha1", "traefik.io/v1alpha1/IngressRoute",
    "hub.traefik.io/v1alpha1", "autoscaling.k8s.io/v1", "autoscaling.k8s.io/v1/VerticalPodAutoscaler",
    "operator.tigera.io/v1", "opentelemetry.io/v1beta1", "discovery.k8s.io/v1/EndpointSlice",
]
MARK = "zz-oracle"
# What a chart requires and does not set: without it, Helm fails whatever else is set.
REQUIRED = {"rancher-vsphere-csi": {"vCenter": {"clusterId": "cluster"}}}
# The classes of values by their names in the neutral form, each with a representative value.
SHAPES = {
    "null": None, "false": False, "true": True, "number": 42, "text": MARK, "quoted-bool": "false",
    "quoted-number": "42", "empty-list": [], "list": [MARK], "map": {MARK: "x"},
}
# The classes that are tried for each type of default; the chart expects the others.
TRIED = {
    "map": ["null", "false", "true", "number", "text", "empty-list", "list"],
    "list": ["false", "true", "number", "text", "map"],
    "bool": ["number", "text", "quoted-bool", "list", "map"],
    "number": ["true", "text", "quoted-number", "list", "map"],
    "text": ["true", "number", "list", "map"],
    "null": [],
}
# The values of a key that the chart does not have.
UNKNOWN = ["x", {"a": "b"}]
LEVELS = ["always", "default", "enabled", "on"]
MASKS = [(re.compile(r"[A-Za-z0-9+/=]{100,}"), "<base64>"), (re.compile(r"\b[0-9a-f]{64}\b"), "<hash>")]


def kind(value):
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "bool"
    return {dict: "map", list: "list", str: "text"}.get(type(value), "number")


def nest(path, value):
    for key in reversed(path):
        value = {key: value}
    return value


def merge(under, over):
    """Merges values over others, as Helm merges values files."""
    out = dict(under)
    for key, value in over.items():
        both = isinstance(value, dict) and isinstance(out.get(key), dict)
        out[key] = merge(out[key], value) if both else value
    return out


def nodes(values, path=()):
    for key, value in values.items():
        yield path + (key,), value
        if isinstance(value, dict):
            yield from nodes(value, path + (key,))


def at(values, path):
    for key in path:
        if not isinstance(values, dict) or key not in values:
            return None
        values = values[key]
    return values


def git(charts, *arguments):
    return subprocess.run(["git", "-C", charts, *arguments], capture_output=True, check=True).stdout


def archives(charts):
    """Every chart archive by its file name."""
    lines = git(charts, "ls-tree", "-r", "main", "assets/").decode().splitlines()
    return {line.rsplit("/", 1)[-1]: line.split()[2] for line in lines if line.endswith(".tgz")}


def digest(archive):
    """A digest that is equal for archives that differ only in version numbers."""
    total = hashlib.sha256()
    with tarfile.open(fileobj=io.BytesIO(archive)) as files:
        for member in sorted(files.getmembers(), key=lambda member: member.name):
            name = member.name.split("/", 1)[-1]
            wanted = "templates/" in name or "files/" in name or name.endswith(("values.yaml", "values.schema.json"))
            if not member.isfile() or not wanted:
                continue
            text = files.extractfile(member).read()
            text = re.sub(rb"[0-9a-f]{40,}", b"#", text)
            text = re.sub(rb"v?\d+(\.\d+)+[-+.\w]*", b"#", text)
            total.update(name.encode() + b"\0" + re.sub(rb"-?(build|hardened)\d+", b"#", text))
    return total.hexdigest()[:16]


def members(archive):
    """The files of an archive: name inside the chart, entry and content."""
    with tarfile.open(fileobj=io.BytesIO(archive)) as files:
        for member in files.getmembers():
            if member.isfile():
                yield member.name.split("/", 1)[-1], member, files.extractfile(member).read()


def packed(files):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz", compresslevel=1) as archive:
        for member, content in files:
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return out.getvalue()


def without(archive, left_out):
    return packed((member, content) for name, member, content in members(archive) if name not in left_out)


def rendered(files):
    """What Helm renders of a chart of a few files."""
    chart = {"Chart.yaml": "apiVersion: v2\nname: few\nversion: 0.1.0\n", **files}
    archive = packed((tarfile.TarInfo("few/" + name), text.encode()) for name, text in chart.items())
    with helm_python.Chart.load_archive(archive) as chart:
        options = json.dumps({"name": "few", "namespace": "few"})
        return json.loads(_native.call_string("helm_render", chart._raw(), "{}", options))


@functools.cache
def private_key():
    """A key on an elliptic curve, as text of a template."""
    (text,) = rendered({"templates/key": '{{ genPrivateKey "ecdsa" }}'}).values()
    return json.dumps(text)


def with_one_key(archive):
    """An archive whose templates sign certificates with a key that is there: a new RSA key takes most of the time of a
    rendering, and a rendering of Cilium may make ten."""
    calls = re.compile(rb"(?<!\| )\b(genCA|genSelfSignedCert|genSignedCert)\s")

    def signed(text):
        out, end = b"", 0
        for call in calls.finditer(text):
            rest = end_of_call(text, call.end())
            name = call[1] + b"WithKey"
            out += text[end:call.start()] + name + text[call.end() - 1:rest] + b" " + private_key().encode() + b" "
            end = rest
        return out + text[end:]

    files = list(members(archive))
    if not any("templates/" in name and calls.search(content) for name, _, content in files):
        return archive
    return packed((member, signed(content) if "templates/" in name else content) for name, member, content in files)


def end_of_call(text, start):
    """Where the arguments of a function end that is called in a template."""
    depth = 0
    for token in re.finditer(rb'"(?:\\.|[^"\\])*"|`[^`]*`|[()|]|-?}}', text[start:]):
        depth += {b"(": 1, b")": -1}.get(token[0], 0)
        if depth < 0 or (depth == 0 and token[0] in (b"|", b"}}", b"-}}")):
            return start + token.start()
    raise ValueError("a call without an end")


def readers_of(archive):
    """For each template that renders something: the keys of values.yaml that it may read, directly or through helpers,
    templates and files, or None for any; and the templates that it includes. A template that defines others counts for
    any key.
    """
    texts = {name: re.sub(r"(?s){{-?\s*/\*.*?\*/\s*-?}}", "", content.decode(errors="replace"))
             for name, _, content in members(archive)}
    templates = {name: text for name, text in texts.items() if name.startswith("templates/")}
    files = "\n".join(text for name, text in texts.items() if name.startswith("files/"))
    helpers = {}
    for text in templates.values():
        for part in re.split(r"{{-?\s*define\s+", text)[1:]:
            helpers[part.split('"')[1]] = part
    out = {}
    for name, text in templates.items():
        if name.rsplit("/", 1)[-1].startswith("_"):
            continue
        done, todo, whole = {name}, [text], ""
        while todo:
            one = todo.pop()
            whole += one + (files if ".Files" in one else "")
            called = set(re.findall(r'\b(?:include|template)\s+"([^"]+)"', one))
            beside = set(re.findall(r'\binclude\s+\(print\s+\$?\.Template\.BasePath\s+"/([^"]+)"', one))
            if len(re.findall(r"{{[^}]*\b(?:include|template)\s+[^\s\"]", one)) > len(beside):
                called = set(helpers)
            called |= {"templates/" + other for other in beside}
            todo += [helpers.get(other) or templates.get(other, "") for other in called - done]
            done |= called
        # `dig` names the keys that it looks for.
        without_dig = re.sub(r"\bdig\s[^()]*\.Values\.AsMap", "", whole)
        any_value = re.search(r"{{-?\s*define\s", text) or re.search(r"\.Values(\.AsMap)?\s*[|)}]", without_dig)
        # The keys are named after `.Values.`, or in quotes.
        keys = set(re.findall(r'(?:\bValues\.|")([\w-]+)', whole))
        out[name] = (None if any_value else keys, done & templates.keys())
    return out


class Chart:
    """One chart version as Helm renders it."""

    def __init__(self, name, archive, minor, whole=None):
        self.name, self.minor = name, minor
        self.archive = archive if whole else with_one_key(archive)
        self.chart = helm_python.Chart.load_archive(self.archive)
        self.whole = whole or self
        self.values = self.chart.values or {}
        self.required = REQUIRED.get(name, {})
        self.schema = self.chart.schema
        self.requires = '"required":' in json.dumps(self.schema)
        self.subcharts = bool(self.chart.metadata.get("dependencies"))
        self.options = json.dumps({
            "name": name, "namespace": "kube-system", "kube_version": f"v1.{minor}.0", "api_versions": APIS,
            "revision": 1, "is_install": True,
        })
        self.cache = {}
        # What else is known to render, beside the defaults.
        self.rendering = []
        self.parts = {}
        self.reads = {}

    def part(self, key):
        """The chart reduced to the templates that may read a key of values.yaml, since the others do not depend on its
        value. It has no schema; schema errors are checked with the whole chart."""
        if self.subcharts:
            return self
        kept = self.readers(key)
        if kept not in self.parts:
            smaller = without(self.archive, {"values.schema.json", *(self.reads.keys() - kept)})
            part = Chart(self.name, smaller, self.minor, self)
            renders = all(part.reference(context) is not None for context in ({}, *self.rendering))
            self.parts[kept] = part if renders else self
        return self.parts[kept]

    def readers(self, key):
        """The templates that may read a key of values.yaml, with those that they include."""
        if not self.reads:
            self.reads = readers_of(self.archive)
        return frozenset(other for keys, needed in self.reads.values() if keys is None or key in keys
                         for other in needed)

    def given(self, values):
        """Values with those that every install of the chart has."""
        return merge(merge(self.required, values), {"global": INJECTED})

    def render(self, values):
        """The rendered text; None where Helm fails."""
        if self.subcharts:
            # Rendering permanently removes disabled subcharts from the loaded chart.
            self.chart = helm_python.Chart.load_archive(self.archive)
        try:
            text = _native.call_string("helm_render", self.chart._raw(), json.dumps(self.given(values)), self.options)
        except Exception:
            return None
        for pattern, mask in MASKS:
            text = pattern.sub(mask, text)
        return text

    def refuses(self, path, value):
        """Whether the chart's schema rejects a value, which the catalogue knows from the schema itself."""
        whole = self.whole
        if not whole.schema:
            return False
        # Helm removes keys that are null, so only a schema that requires the key rejects them.
        if value is None and not whole.requires:
            return False
        # Validation takes Helm as long as rendering, and most blocks have a single type.
        schema = whole.schema
        for key in path:
            schema = schema.get("properties", {}).get(key, {})
        if schema.get("type") == "object" and value is not None and not isinstance(value, dict):
            return True
        values = nest(path, value)
        try:
            whole.chart.validate_schema(self.given(values))
            return False
        except Exception:
            return True

    def reference(self, context):
        key = json.dumps(context, sort_keys=True)
        if key not in self.cache:
            self.cache[key] = self.render(context)
        return self.cache[key]

    def switched(self, value):
        """As many of the chart's switches set to a value as it allows at once."""
        switches = [path for path, default in nodes(self.values) if default is (not value) and path[0] != "global"]
        done = {}

        def take(part):
            nonlocal done
            tried = done
            for path in part:
                tried = merge(tried, nest(path, value))
            if self.render(tried) is not None:
                done = tried
            elif len(part) > 1:
                take(part[:len(part) // 2])
                take(part[len(part) // 2:])

        for start in range(0, len(switches), 16):
            take(switches[start:start + 16])
        return done

    def around(self, path):
        """The switches of a path's parents, enabled."""
        context = {}
        for length in range(len(path) + 1):
            for switch in ("enabled", "create", "install"):
                if isinstance(at(self.values, path[:length] + (switch,)), bool):
                    context = merge(context, nest(path[:length] + (switch,), True))
        return context

    def contexts(self, path, on):
        """The contexts in which a path is tried: the defaults, everything enabled, and the switches of its parents."""
        around = self.around(path)
        own = around and self.reference(around) is not None and self.reference(around) != self.reference({})
        return [{}, on, around] if own else [{}, on]


def measure(chart, hints=None):
    """The facts of each path: the classes with which Helm fails, and others. Hints are the facts of a near version."""
    on, off = chart.switched(True), chart.switched(False)
    chart.rendering = [on, off]
    facts, rest = {}, {}
    for path, default in nodes(chart.values):
        if path[0] == "global":
            continue
        # The schema of Cilium says what its scalars take; the blocks are what it says least of.
        if chart.name == "rke2-cilium" and chart.schema and not isinstance(default, dict):
            continue
        part = chart.part(path[0])
        contexts = part.contexts(path, on)
        # A new key is tried like any other: in a batch, one wrong value can hide what another does.
        hint = None if hints is None else hints.get(path)
        for shape in TRIED[kind(default)]:
            if hint is not None and shape not in hint["shapes"]:
                rest.setdefault(shape, []).append(path)
            else:
                expected = hint and hint["shapes"][shape]
                note(facts, path, shape, level(part, contexts, off, path, SHAPES[shape], expected))
        if isinstance(default, dict):
            if hint is not None and not hint["unknown-key"]:
                rest.setdefault("unknown-key", []).append(path)
            else:
                note_unknown_key(facts, part, contexts, path)
    for path in unlike(chart, on, rest.pop("unknown-key", []), changes):
        part = chart.part(path[0])
        note_unknown_key(facts, part, part.contexts(path, on), path)
    for shape, paths in rest.items():
        taken = [path for path in paths if not chart.refuses(path, SHAPES[shape])]
        for path in unlike(chart, on, taken, lambda *given, shape=shape: breaks(*given, SHAPES[shape])):
            part = chart.part(path[0])
            contexts = part.contexts(path, on)
            note(facts, path, shape, level(part, contexts, off, path, SHAPES[shape]))
    note_truthy(facts, chart, on)
    return facts


def level(chart, contexts, off, path, value, expected=None):
    """How much of a chart must be enabled for Helm to fail with a value; None if it does not, or the schema rejects it.
    A level that the nearest version suggests is confirmed with few renderings."""
    if chart.refuses(path, value):
        return None
    wrong = nest(path, value)

    @functools.cache
    def fails(at):
        return chart.render(merge(off if at is None else contexts[at], wrong)) is None

    around = range(2, len(contexts))
    confirmed = {
        "always": lambda: fails(0) and fails(None),
        "default": lambda: fails(0) and fails(1) and not fails(None),
        "enabled": lambda: any(fails(at) for at in around) and not fails(0),
        "on": lambda: fails(1) and not fails(0) and not any(fails(at) for at in around),
    }
    if expected and confirmed[expected]():
        return expected
    if all(fails(at) for at in range(len(contexts))):
        return "always" if fails(None) else "default"
    if any(fails(at) for at in around):
        return "enabled"
    return "on" if any(fails(at) for at in range(2)) else None


def note(facts, path, shape, found):
    if found:
        shapes = facts.setdefault(json.dumps(path), {}).setdefault(found, [])
        shapes.append(shape)
        shapes.sort(key=list(SHAPES).index)


def note_unknown_key(facts, chart, contexts, path):
    effect = unknown_key(chart, contexts, path)
    if effect:
        facts.setdefault(json.dumps(path), {})["unknown-key"] = effect


def together(paths, size=16):
    """Batches of paths in which no path is a parent of another."""
    batches = []
    for path in paths:
        def fits(batch):
            return len(batch) < size and not any(
                one[:len(path)] == path or path[:len(one)] == one for one in batch)
        free = next((batch for batch in batches if fits(batch)), None)
        if free is None:
            batches.append([path])
        else:
            free.append(path)
    return batches


def unlike(chart, on, paths, differs):
    """The paths whose facts differ from the hints."""
    def search(part, batch):
        around = {}
        for path in batch:
            around = merge(around, part.around(path))
        contexts = [context for context in ({}, on, around) if part.reference(context) is not None]
        if not any(differs(part, context, batch) for context in contexts):
            return []
        if len(batch) == 1:
            return batch
        return search(part, batch[:len(batch) // 2]) + search(part, batch[len(batch) // 2:])
    parts = {}
    for path in paths:
        part = chart.part(path[0])
        parts.setdefault(id(part), (part, []))[1].append(path)
    return [path for part, own in parts.values() for batch in together(own) for path in search(part, batch)]


def breaks(chart, context, paths, value):
    """Whether Helm fails with a value at each of several paths."""
    for path in paths:
        context = merge(context, nest(path, value))
    return chart.render(context) is None


def changes(chart, context, paths):
    """Whether unknown keys change the rendered text."""
    for value in UNKNOWN:
        values = context
        for path in paths:
            values = merge(values, nest(path + (MARK,), value))
        if chart.render(values) != chart.reference(context):
            return True
    return False


def is_truthy(chart, contexts, path):
    """Whether `"false"` in quotes does what true does, and not what false does."""
    for context in contexts:
        set_here = at(context, path)
        now = set_here if isinstance(set_here, bool) else at(chart.values, path)

        def text(value):
            if value is now:
                return chart.reference(context)
            return chart.render(merge(context, nest(path, value)))

        quoted = text("false")
        if quoted is not None and quoted != text(False) and quoted == text(True):
            return True
    return False


def note_truthy(facts, chart, on):
    """Notes the switches of a chart, including those in comments, that `"false"` in quotes enables."""
    for path in switches(chart):
        part = chart.part(path[0])
        contexts = part.contexts(path, on)
        if path[0] != "global" and not chart.refuses(path, "false") and is_truthy(part, contexts, path):
            facts.setdefault(json.dumps(path), {})["truthy"] = True


def truthy(chart):
    """The facts that --truthy measures."""
    facts, on = {}, chart.switched(True)
    chart.rendering = [on]
    note_truthy(facts, chart, on)
    return facts


def switches(chart):
    """The paths of booleans: in values.yaml, and those that the catalogue has from comments."""
    found = {path for path, default in nodes(chart.values) if isinstance(default, bool)}
    with open(f"{NEUTRAL}/charts/{chart.name}.jsonl") as lines:
        for record in [json.loads(line) for line in lines][1:]:
            path = tuple(record["path"])
            booleans = any(attribute and attribute["types"] == ["bool"] for _, attribute in record["at"])
            if booleans and "*" not in path and not isinstance(at(chart.values, path[:-1]) or {}, list):
                found.add(path)
    return sorted(found)


def unknown_key(chart, contexts, path):
    """The effect of an unknown key under a map: "fails" with the defaults, has an "effect", or None."""
    texts = [chart.render(nest(path + (MARK,), value)) for value in UNKNOWN]
    if None in texts:
        return "fails"
    if any(text != chart.reference({}) for text in texts):
        return "effect"
    others = [context for context in contexts if context]
    return "effect" if any(changes(chart, context, [path]) for context in others) else None


def holding(found, chart, others):
    """The facts without those that do not hold with the other minors of Kubernetes: a chart may choose other values by
    the minor. A fact that only holds with another minor is not found."""
    others = [other for other in others
              if any(other.reference(context) != chart.reference(context) for context in ({}, *chart.rendering))]
    if not others:
        return found
    on = chart.rendering[0]
    out = {}
    for key, fact in found.items():
        path = tuple(json.loads(key))
        parts = [other.part(path[0]) for other in others]

        def renders(value, at):
            contexts = ((part, {"enabled": part.around(path), "on": on}.get(at, {})) for part in parts)
            return any(part.render(merge(context, nest(path, value))) is not None for part, context in contexts)

        kept = dict(fact)
        for at in set(LEVELS) & fact.keys():
            kept[at] = [shape for shape in fact[at] if not renders(SHAPES[shape], at)]
        if fact.get("unknown-key") == "fails" and all(renders({MARK: value}, "default") for value in UNKNOWN):
            kept["unknown-key"] = "effect"
        if fact.get("truthy"):
            kept["truthy"] = all(is_truthy(part, part.contexts(path, on), path) for part in parts)
        kept = {name: value for name, value in kept.items() if value}
        if kept:
            out[key] = kept
    return out


def minors(name, versions):
    """The minors of Kubernetes whose releases ship one of the versions of a chart."""
    with open(NEUTRAL + "/releases.jsonl") as lines:
        return sorted({int(release["release"].split(".")[1]) for release in map(json.loads, lines)
                       if release["charts"].get(name) in versions})


def groups(charts, name):
    """The versions of a chart that releases ship, grouped by digest, those of the newest releases first: digest, minor and
    version of the newest, all versions, and the archive of the newest."""
    shipped = {}
    with open(NEUTRAL + "/releases.jsonl") as lines:
        for release in map(json.loads, lines):
            version = release["charts"].get(name, "0.0.0")
            if version != "0.0.0":
                shipped[version] = int(release["release"].split(".")[1])
    stored = archives(charts)
    found = {}
    for version, minor in shipped.items():
        archive = git(charts, "cat-file", "blob", stored[f"{name}-{version}.tgz"])
        found.setdefault(digest(archive), []).append((minor, version, archive))
    for key, members in sorted(found.items(), key=lambda group: -max(minor for minor, _, _ in group[1])):
        minor, version, archive = max(members, key=lambda member: member[0])
        yield key, minor, version, sorted(member[1] for member in members), archive


def measured(out, only_truthy):
    """The digests of the groups that a file of results already contains."""
    try:
        with open(out) as lines:
            return {group["digest"]: group for group in map(json.loads, lines)
                    if group["only-truthy"] == only_truthy}
    except FileNotFoundError:
        return {}


def numbers(version):
    return [int(number) for number in re.findall(r"\d+", version)]


def paths_at(file, version):
    """The attributes of a table at one version, by path."""
    with open(file) as lines:
        head, *records = map(json.loads, lines)
    index = {version: at for at, version in enumerate(head["versions"])}
    found = {}
    for record in records:
        now = [attribute for start, attribute in record["at"] if index[start] <= index[version]]
        if now and now[-1]:
            found[tuple(record["path"])] = now[-1]
    return found


def nearest(name, version):
    """The facts of all paths of the nearest version in catalog/measured; None if it has no version."""
    try:
        with open(f"{MEASURED}/{name}.jsonl") as lines:
            head, *records = map(json.loads, lines)
    except FileNotFoundError:
        return None
    known = head["versions"]
    near = min(known, key=lambda other: [abs(a - b) for a, b in zip(numbers(version), numbers(other))])
    hints = {path: {"shapes": {}, "unknown-key": False} for path in paths_at(f"{NEUTRAL}/charts/{name}.jsonl", near)}
    for path, attribute in paths_at(f"{MEASURED}/{name}.jsonl", near).items():
        shapes = {shape: level for level, shapes in attribute.get("fails", {}).items() for shape in shapes}
        hints[path] = {"shapes": shapes, "unknown-key": "whole" in attribute["flags"]}
    return hints


def main():
    arguments = [argument for argument in sys.argv[1:] if not argument.startswith("--")]
    charts, name, out = arguments[:3]
    only = set(arguments[3:])
    only_truthy = "--truthy" in sys.argv
    done = measured(out, only_truthy)
    for key, minor, version, versions, archive in groups(charts, name):
        versions = [one for one in versions if not only or one in only]
        known = done.get(key)
        if not versions or (known and set(versions) <= set(known["versions"])):
            continue
        start = time.time()
        chart = None if known else Chart(name, archive, minor)
        # If Helm fails without a wrong value, it seems to fail with every value.
        if chart and chart.reference({}) is None:
            print(name, version, "not measured: Helm fails with its defaults; see REQUIRED", flush=True)
            continue
        if known:
            found = known["facts"]
        elif only_truthy:
            found = truthy(chart)
        else:
            found = measure(chart, nearest(name, version) if "--like" in sys.argv else None)
            others = [Chart(name, archive, other) for other in minors(name, versions) if other != minor]
            found = holding(found, chart, others)
        with open(out, "a") as lines:
            group = {"digest": key, "chart": name, "versions": versions, "facts": found, "only-truthy": only_truthy}
            lines.write(json.dumps(group) + "\n")
        print(name, version, f"{len(found)} facts for {len(versions)} versions, {time.time() - start:.0f} s", flush=True)


if __name__ == "__main__":
    main()
