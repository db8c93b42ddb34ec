#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each SigmaHQ regression test in the corpus passes, on its EVTX and on its JSON twin, by
`tocsin rules test` and by `tocsin scan`.

usage: sigma_regression.py PROGRAM CORPORA
"""
import collections
import csv
import json
import os
import subprocess
import sys

FOLDERS = ("rules", "rules-emerging-threats", "rules-threat-hunting")


def by_scan(program, rules, data, wanted):
    """The tests that a scan of the whole folder does not bear out."""
    command = [program, "scan", "--output", "jsonl", "--quiet"]
    for folder in rules:
        command += ["-r", folder]
    run = subprocess.run(command + [data], capture_output=True, text=True, timeout=100)
    found = collections.Counter()
    for line in run.stdout.splitlines():
        finding = json.loads(line)
        if "incident" in finding:
            continue
        found[finding["source"]["path"], finding["rule"]["id"]] += 1
    return [(path, rule, count, found[path, rule])
            for path, (rule, count) in wanted.items() if found[path, rule] < count]


def main(program, corpora):
    data = os.path.join(corpora, "sigma-regression")
    rules = [os.path.join(corpora, "sigma-rules", f) for f in FOLDERS]
    if not all(os.path.isdir(p) for p in [data] + rules):
        print("SKIP corpus sigma regression: no ../shared/corpora")
        return 77
    command = [program, "rules", "test", "--format", "jsonl"]
    for folder in rules:
        command += ["-r", folder]
    run = subprocess.run(command + [data], capture_output=True, text=True, timeout=100)
    tests = [json.loads(line) for line in run.stdout.splitlines()]
    with open(os.path.join(data, "expected.tsv"), newline="") as f:
        expected = list(csv.DictReader(f, delimiter="\t"))
    wanted = {os.path.join(data, row[k]): (row["rule_id"], int(row["expected_count"] or 1))
              for row in expected for k in ("evtx_path", "json_path")}
    got = {t["file"]: (t["rule"]["id"], t["expected"]) for t in tests if t["result"] == "pass"}
    failed = [t for t in tests if t["result"] != "pass"]
    for t in failed:
        print(f"{t['file']}: {t['rule']['title']}: got {t['got']} {t['reason']}")
    print(run.stderr, end="")
    if run.returncode != 0 or failed or got != wanted:
        print(f"{len(wanted)} tests wanted, {len(got)} passed; {set(wanted) ^ set(got)}")
        return 1
    missed = by_scan(program, rules, data, wanted)
    for path, rule, count, seen in missed:
        print(f"scan: {path}: {seen} of {count} matches of {rule}")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
