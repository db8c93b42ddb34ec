#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""./dev bench [CORPORA] [--runs N] [--mb N]: the speed rows of doc/figures.md, measured here.

Data, made in a temporary folder and read once so that it is in the page cache:
  JSON  the Windows JSON of OTRF Security-Datasets, unpacked, as one file (--mb cuts it)
  EVTX  EVTX-ATTACK-SAMPLES, copied as often as makes about 500 MB (--mb: about that)
Each row is the median of N runs (5) with the least and the most. Findings go to a file. CPU is
user + system time of all processes; it matters more than the clock when the machine is not
idle, which the load says. Memory is that of all processes together, shared pages counted once
(PSS, looked at every 10 ms in a run of its own).
"""
import argparse
import datetime
import glob
import os
import platform
import re
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

TOCSIN = "build/tocsin"
RULE_FOLDERS = ("rules", "rules-emerging-threats", "rules-threat-hunting")
EVTX_MB = 500
MB = 1_000_000
SETTLE_SECONDS = 0.01


def output(*command):
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()


# --- data ---

def make_json(corpora, folder, limit):
    path = os.path.join(folder, "otrf.jsonl")
    with open(path, "wb") as file:
        for packed in sorted(glob.glob(os.path.join(corpora, "windows-json/otrf/*.zst"))):
            subprocess.run(["zstd", "-dcq", packed], stdout=file, check=True)
            if limit and file.tell() >= limit:
                break
    return path


def make_evtx(corpora, folder, limit):
    files = sorted(glob.glob(os.path.join(corpora, "evtx-attack/**/*.evtx"), recursive=True))
    copies = max(1, round((limit or EVTX_MB * MB) / sum(map(os.path.getsize, files))))
    top = os.path.join(folder, "evtx")
    for copy in range(copies):
        os.makedirs(os.path.join(top, "%02d" % copy))
        for i, file in enumerate(files):
            shutil.copyfile(file, os.path.join(top, "%02d" % copy, "%03d.evtx" % i))
    return top


def size(path):
    if os.path.isfile(path):
        return os.path.getsize(path)
    return sum(os.path.getsize(f) for f in glob.glob(path + "/*/*"))


def count_records(path):
    with subprocess.Popen([TOCSIN, "decode", "--quiet", path], stdout=subprocess.PIPE) as process:
        blocks = iter(lambda: process.stdout.read(1 << 20), b"")
        return sum(block.count(b"\n") for block in blocks)


# --- measures ---

def timed(command):
    """(seconds on the clock, seconds of CPU) of all its processes."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.monotonic()
    run = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=False)
    wall = time.monotonic() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if run.returncode not in (0, 1):
        sys.exit("bench: status %d: %s" % (run.returncode, run.stderr.decode()))
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def family(pid):
    """The process and its children (tocsin's workers have none)."""
    try:
        with open("/proc/%d/task/%d/children" % (pid, pid), encoding="ascii") as file:
            return [pid] + [int(child) for child in file.read().split()]
    except OSError:
        return [pid]


def pss_bytes(pid):
    try:
        with open("/proc/%d/smaps_rollup" % pid, encoding="ascii") as file:
            return 1024 * int(re.search(r"^Pss:\s+(\d+)", file.read(), re.M).group(1))
    except (OSError, AttributeError):
        return 0  # it has ended


def peak_bytes(command):
    peak = 0
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        while process.poll() is None:
            peak = max(peak, sum(map(pss_bytes, family(process.pid))))
            time.sleep(SETTLE_SECONDS)
    return peak


def spread(values, form):
    return "%s (%s–%s)" % tuple(form % v for v in (
        statistics.median(values), min(values), max(values)))


class Bench:
    def __init__(self, corpora, folder, runs):
        self.folder, self.runs = folder, runs
        self.scan = [TOCSIN, "scan", "--quiet", "--output", "jsonl",
                     "-o", os.path.join(folder, "findings")]
        for name in RULE_FOLDERS:
            self.scan += ["-r", os.path.join(corpora, "sigma-rules", name)]

    def loading(self):
        """Loading the rules: a scan of one record, and the same without any rule to compare."""
        path = os.path.join(self.folder, "one.jsonl")
        with open(path, "w", encoding="ascii") as file:
            file.write('{"EventID": 1, "Channel": "Microsoft-Windows-Sysmon/Operational"}\n')
        command = self.scan + ["--jobs", "1", path]
        runs = [timed(command) for _ in range(self.runs)]
        print("\nAll rules loaded, one record read: %s s, CPU %s s, peak memory %d MB" % (
            spread([w for w, _ in runs], "%.2f"), spread([c for _, c in runs], "%.2f"),
            peak_bytes(command) / MB), flush=True)

    def rows(self, name, path):
        volume, records = size(path), count_records(path)
        for options in (["--jobs", "1"], ["--jobs", "2"], ["--jobs", "1", "--hash"],
                        ["--jobs", "2", "--hash"]):
            command = self.scan + options + [path]
            runs = [timed(command) for _ in range(self.runs)]
            walls, cpus = [w for w, _ in runs], [c for _, c in runs]
            wall = statistics.median(walls)
            print("| %s | %d | %d | %s | %s | %s | %s | %d | %s | %d MB |" % (
                name, volume / MB, records, options[1], "yes" if "--hash" in options else "no",
                spread(walls, "%.1f"), spread([records / w / 1000 for w in walls], "%.0f k"),
                volume / MB / wall, spread([records / c / 1000 for c in cpus], "%.0f k"),
                peak_bytes(command) / MB), flush=True)


def describe(corpora):
    model = re.search(r"^model name\s*: (.*)", open("/proc/cpuinfo", encoding="utf-8").read(), re.M)
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / (1 << 30)
    rules = sum(len(glob.glob(os.path.join(corpora, "sigma-rules", f, "**/*.yml"), recursive=True))
                for f in RULE_FOLDERS)
    print("Machine: %s, %d processors, %.0f GiB, Linux %s" % (
        model.group(1) if model else platform.machine(), os.cpu_count(), memory,
        platform.release()))
    print("Built with: %s, Vectorscan %s, %s" % (
        output("gcc", "--version").split("\n")[0], output("pkg-config", "--modversion", "libhs"),
        "meson buildtype " + re.search(r'"buildtype", "value": "(\w+)"',
                                       output("meson", "introspect", "build", "--buildoptions"))
        .group(1)))
    print("Commit %s, %s, %d rule files, load at the start %.1f" % (
        output("git", "describe", "--always", "--dirty"),
        datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d %H:%M UTC"), rules,
        os.getloadavg()[0]), flush=True)


def main():
    parser = argparse.ArgumentParser(prog="./dev bench", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpora", nargs="?", default="../shared/corpora")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--mb", type=int, default=0)
    args = parser.parse_args()
    if not os.path.isdir(args.corpora):
        print("bench: there is no %s (give the folder of the corpora)" % args.corpora)
        sys.exit(77)
    describe(args.corpora)
    with tempfile.TemporaryDirectory(prefix="tocsin-bench-") as folder:
        bench = Bench(args.corpora, folder, args.runs)
        bench.loading()
        print("\n| data | MB | records | jobs | `--hash` | seconds | records/s | MB/s "
              "| records per CPU second | peak memory |\n|---|---|---|---|---|---|---|---|---|---|")
        bench.rows("EVTX", make_evtx(args.corpora, folder, args.mb * MB))
        bench.rows("JSON lines", make_json(args.corpora, folder, args.mb * MB))
    print("\nLoad at the end: %.1f" % os.getloadavg()[0])


if __name__ == "__main__":
    main()
