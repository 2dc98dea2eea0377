"""The measuring part of whole.sh: runs programs in turn and prints a table in Markdown. Nothing but python3."""

import argparse
import os
import platform
import shutil
import statistics
import subprocess
import sys
import time

CORES = 2
START, END = "<!-- figures: written by benches/whole.sh --write -->", "<!-- end of figures -->"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--write")
    parser.add_argument("target")
    parser.add_argument("folder")
    arguments = parser.parse_args()
    if hasattr(os, "sched_setaffinity") and len(os.sched_getaffinity(0)) > CORES:
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:CORES])
    table = measure(arguments)
    if arguments.write:
        with open(arguments.write, encoding="utf-8") as file:
            text = file.read()
        before, rest = text.split(START)
        after = rest.split(END)[1]
        with open(arguments.write, "w", encoding="utf-8") as file:
            file.write(f"{before}{START}\n\n{table}\n{END}{after}")
    print(table)


def measure(arguments):
    target = os.path.abspath(arguments.target)
    tool = os.path.join(target, "rke2-lint")
    floor = os.path.join(target, "examples", "read-floor")
    ryl = os.environ.get("RYL")
    runs = 3 if arguments.quick else 11
    rows, figures = [], {}
    for name, words, count in [
        ("one", "one config.yaml and one HelmChartConfig", 51),
        ("w2k", "2,000 small files, 50 clusters", runs),
        ("w20k", "20,000 small files, 500 clusters", runs),
        ("w100k", "100,000 small files, 2,500 clusters", min(runs, 5)),
        ("cluster5k", "one cluster of 5,000 manifests", runs),
        ("findings20k", "20,000 files with one finding each", runs),
        ("mixed20k", "20,000 files of source code, Terraform, shell and YAML", runs),
        ("big20", "20 HelmCharts with 500 KB of `chartContent`", runs),
        ("keys200k", "one map of 200,000 keys", runs),
        ("documents10k", "10,000 documents in one file", runs),
        ("text50m", "one file of 50 MB", runs),
    ]:
        tree = os.path.join(os.path.abspath(arguments.folder), name)
        if not os.path.isdir(tree):
            continue
        progress(f"{name}: {count} runs")
        programs = {
            "floor": [floor, tree, str(CORES)],
            "run": [tool, "check", "--no-config", *threads(), "."],
        }
        if ryl and name == "w20k":
            programs["ryl"] = [ryl, "check", "--no-cache", "--config-file", ryl_settings(arguments.folder), "."]
        times = in_turn(programs, tree, count)
        files, size, _ = map(int, subprocess.run(programs["floor"], capture_output=True, check=True).stdout.split())
        memory = peak(programs["run"], tree)
        run, least = statistics.median(times["run"]), statistics.median(times["floor"])
        figures[name] = {
            "seconds": run,
            "ratio": paired(times["run"], times["floor"]),
            "memory": memory,
            "files": files,
            "ryl": paired(times["ryl"], times["run"]) if "ryl" in times else None,
            "ryl seconds": statistics.median(times["ryl"]) if "ryl" in times else None,
        }
        rows.append(
            [words, f"{files:,}", f"{size / 1e6:.1f}", milli(least), milli(run), f"{figures[name]['ratio']:.1f}",
             f"{milli(min(times['run']))} to {milli(max(times['run']))}", f"{files / run:,.0f}", f"{memory / 1024:.0f}"]
        )
    named = named_file(tool, os.path.join(os.path.abspath(arguments.folder), "w20k"), runs)
    parts = [machine(target, runs), table(
        ["workload", "files", "MB", "floor, ms", "run, ms", "ratio", "least to most, ms", "files a second", "peak MB"], rows
    ), table(["goal", "measured", ""], goals(figures, named))]
    return "\n".join(parts)


def named_file(tool, tree, runs):
    """Seconds to check one file of a tree, and the same if the whole tree is a git repository."""
    file = next(
        os.path.join(folder, name)
        for folder, _, names in os.walk(tree)
        for name in sorted(names)
        if name.endswith("-config.yaml")
    )
    programs = {"run": [tool, "check", "--no-config", *threads(), os.path.relpath(file, tree)]}
    alone = statistics.median(in_turn(programs, tree, runs)["run"])
    # This is all that the search for the top of a repository looks for.
    mark = os.path.join(tree, ".git")
    os.mkdir(mark)
    try:
        within = statistics.median(in_turn(programs, tree, runs)["run"])
    finally:
        os.rmdir(mark)
    return alone, within


def threads():
    """Nothing where the cores that there are bound the threads: then none is started for a small tree."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return [] if cores == CORES else ["--threads", str(CORES)]


def ryl_settings(folder):
    """yamllint's default preset, less what would report something: writing findings is not what is compared."""
    path = os.path.join(os.path.abspath(folder), "ryl.yaml")
    with open(path, "w", encoding="utf-8") as file:
        file.write("extends: default\nrules:\n  indentation: {indent-sequences: whatever}\n")
        file.write("  line-length: {max: 200}\n  document-start: disable\n")
    return path


def in_turn(programs, tree, count):
    """Seconds of each run. The programs take turns, so that what else the machine does meets them alike."""
    times = {name: [] for name in programs}
    for index in range(count + 1):
        for name, command in programs.items():
            seconds = timed(command, tree)
            # The first round brings the files into memory.
            if index > 0:
                times[name].append(seconds)
    return times


def timed(command, tree):
    nothing = os.open(os.devnull, os.O_RDWR)
    here = os.getcwd()
    os.chdir(tree)
    start = time.perf_counter()
    child = os.posix_spawn(
        command[0], command, os.environ, file_actions=[(os.POSIX_SPAWN_DUP2, nothing, fd) for fd in (0, 1, 2)]
    )
    _, status = os.waitpid(child, 0)
    seconds = time.perf_counter() - start
    os.chdir(here)
    os.close(nothing)
    # 1: there are findings.
    if os.waitstatus_to_exitcode(status) not in (0, 1):
        sys.exit(f"{' '.join(command)} failed in {tree}")
    return seconds


def peak(command, tree):
    """Peak memory in KB. A child of ours starts with our own size on its account, a child of `time` does not."""
    if os.access("/usr/bin/time", os.X_OK):
        command = ["/usr/bin/time", "-f", "%M", *command]
    process = subprocess.Popen(command, cwd=tree, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    lines = process.stderr.read().splitlines()
    _, _, usage = os.wait4(process.pid, 0)
    process.returncode = 0
    if command[0] == "/usr/bin/time":
        return int(lines[-1])
    return usage.ru_maxrss if sys.platform != "darwin" else usage.ru_maxrss // 1024


def paired(ones, others):
    """The median of the ratios of runs that followed each other."""
    return statistics.median(one / other for one, other in zip(ones, others))


def goals(figures, named):
    def row(words, value, bound, shown, above=False):
        met = value >= bound if above else value <= bound
        return [words, shown, "met" if met else "**missed**"]

    small, all20, big, one = (figures[name] for name in ("w2k", "w20k", "big20", "one"))
    rows = [row("20,000 files: at most 6 times the floor", all20["ratio"], 6, f"{all20['ratio']:.1f}")]
    if all20["ryl"]:
        shown = f"{all20['ryl']:.1f} times ({milli(all20['ryl seconds'])} ms)"
        rows.append(row("20,000 files: at least 3 times as fast as `ryl --no-cache`", all20["ryl"], 3, shown, above=True))
    else:
        rows.append(["20,000 files: at least 3 times as fast as `ryl --no-cache`", "no `ryl` here", ""])
    mixed = figures["mixed20k"]["ratio"]
    rows.append(row("20,000 mixed files: at most 7 times the floor", mixed, 7, f"{mixed:.1f}"))
    for words, figure, bound in [
        ("2,000 files: under 120 ms", small, 120),
        ("one small directory: under 6 ms", one, 6),
        ("20 archives: under 60 ms", big, 60),
    ]:
        rows.append(row(words, figure["seconds"] * 1000, bound, f"{milli(figure['seconds'])} ms"))
    alone, within = named
    rows.append(row("a named file in a repository of 20,000: under 60 ms", within * 1000, 60, f"{milli(within)} ms"))
    rows.append(["the same file outside of a repository", f"{milli(alone)} ms", ""])
    rows.append(row("20,000 files: under 64 MB", all20["memory"] / 1024, 64, f"{all20['memory'] / 1024:.0f} MB"))
    each = ", ".join(
        f"{figures[name]['seconds'] / figures[name]['files'] * 1e6:.0f}"
        for name in ("w2k", "w20k", "w100k", "cluster5k")
        if name in figures
    )
    rows.append(["cost grows with the files, no faster", f"{each} µs a file, in the order of the table", ""])
    return rows


def machine(target, runs):
    def said(*command):
        done = subprocess.run(command, capture_output=True, text=True)
        return done.stdout.strip()

    model = platform.processor() or platform.machine()
    if os.path.exists("/proc/cpuinfo"):
        with open("/proc/cpuinfo", encoding="utf-8") as file:
            names = [line.split(":", 1)[1].strip() for line in file if line.startswith("model name")]
        model = names[0] if names else model
    commit = said("git", "rev-parse", "--short", "HEAD")
    if said("git", "status", "--porcelain", "--untracked-files=no"):
        commit += " with changes"
    load = f", load {os.getloadavg()[0]:.1f} before the end" if hasattr(os, "getloadavg") else ""
    size = os.path.getsize(os.path.join(target, "rke2-lint")) / 1e6
    return (
        f"{time.strftime('%Y-%m-%d')}, commit {commit}, {said('rustc', '--version')}, binary of {size:.1f} MB.\n"
        f"{os.cpu_count()} cores of {model}, {CORES} used, {platform.system()} {platform.release()}{load}.\n"
        f"Medians of {runs} runs, warm.\n"
    )


def table(heading, rows):
    lines = [heading, ["---"] * len(heading), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def milli(seconds):
    value = seconds * 1000
    return f"{value:.1f}" if value < 100 else f"{value:,.0f}"


def progress(words):
    print(words, file=sys.stderr)


if __name__ == "__main__":
    main()
