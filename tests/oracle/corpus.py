#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The engine against the oracle on real logs: all rules, each event.

usage: corpus.py TEST_CORPUS CORPORA [--full]

Without --full a part that takes about a minute: the regression data, the EVTX attack samples,
Linux and web logs, the small Windows JSON sets. With it every file of the corpora, on all
processors, which takes about half an hour. Exit 0 when no rule differs on any event, 77 when
the corpora are absent.
"""
import os
import re
import subprocess
import sys

RULE_FOLDERS = ("rules", "rules-emerging-threats", "rules-threat-hunting")
PART = ("sigma-regression", "evtx-attack", "linux-audit", "linux-auth", "linux-json", "web-access",
        "windows-json", "windows-xml")
PART_JSON_BYTES = 25_000  # of windows-json, packed; the sets above it hold nine tenths of it
# Not logs: the rules, what others say of the logs, texts about them.
NO_LOGS = re.compile(r"^(sigma-rules|README|json-conformance)|/truth-xml/|LICENSE|\.(tsv|csv|golden)$")
SUMMARY = re.compile(r"(\d+) rules, (\d+) files, (\d+) events, (\d+) hits, (\d+) differences")


def list_logs(corpora, full):
    """[(bytes, path)]"""
    for top, _, names in os.walk(corpora):
        for name in names:
            path = os.path.join(top, name)
            inside = os.path.relpath(path, corpora)
            size = os.path.getsize(path)
            folder = inside.split(os.sep)[0]
            if NO_LOGS.search(inside) or not full and (
                    folder not in PART or folder == "windows-json" and size > PART_JSON_BYTES):
                continue
            yield size, path


def shares(logs, count):
    """`count` lists of paths of about the same size."""
    lists = [[0, []] for _ in range(count)]
    for size, path in sorted(logs, reverse=True):
        least = min(lists, key=lambda share: share[0])
        least[0] += size
        least[1].append(path)
    return [paths for _, paths in lists if paths]


def main():
    if len(sys.argv) not in (3, 4) or sys.argv[3:] not in ([], ["--full"]):
        sys.exit(__doc__)
    program, corpora = sys.argv[1:3]
    full = "--full" in sys.argv
    if not os.path.isdir(corpora):
        print("oracle corpus: corpora are absent")
        sys.exit(77)
    rules = [os.path.join(corpora, "sigma-rules", folder) for folder in RULE_FOLDERS]
    jobs = len(os.sched_getaffinity(0))
    processes = [
        subprocess.Popen([program, *rules, "--", *paths], stdout=subprocess.PIPE, text=True)
        for paths in shares(list_logs(corpora, full), jobs)]
    rule_count, totals = "?", [0, 0, 0, 0]
    failed = False
    for process in processes:
        found = SUMMARY.search(process.communicate()[0])
        failed |= process.returncode != 0 or not found
        if found:
            rule_count = found.group(1)
            totals = [t + int(n) for t, n in zip(totals, found.groups()[1:])]
    print("oracle on real logs: %s rules, %d files, %d events, %d hits, %d differences" % (
        rule_count, *totals))
    sys.exit(1 if failed or totals[3] else 0)


if __name__ == "__main__":
    main()
