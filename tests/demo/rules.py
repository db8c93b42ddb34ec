#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""rules.py TOCSIN ROOT - each of our own rules matches its positive events and no negative one."""
import json
import os
import re
import subprocess
import sys


def scan(tocsin, rules, events):
    run = subprocess.run([tocsin, "scan", "--output", "jsonl", "-r", rules, events],
                         capture_output=True, text=True, check=True)
    return [f for f in map(json.loads, run.stdout.splitlines()) if "incident" not in f]


def matches(tocsin, rule, events):
    """How many events the rule matches; of a correlation, which needs the others: its findings."""
    if os.path.basename(os.path.dirname(rule)) == "correlation":
        found = scan(tocsin, os.path.dirname(os.path.dirname(rule)), events)
        return sum(os.path.samefile(f["rule"]["path"], rule) for f in found)
    return len({f["source"]["record"] for f in scan(tocsin, rule, events)})


def cases(info):
    with open(info, encoding="utf-8") as f:
        yield from re.findall(r"match_count: (\d+)\n\s+path: (\S+)", f.read())


def main(tocsin, root):
    failed = 0
    for folder, _, files in sorted(os.walk(os.path.join(root, "tests", "rules"))):
        if "info.yml" not in files:
            continue
        stem = os.path.relpath(folder, os.path.join(root, "tests"))
        for count, path in cases(os.path.join(folder, "info.yml")):
            rule = os.path.join(root, stem + ".yml")
            got = matches(tocsin, rule, os.path.join(root, path))
            if got != int(count):
                failed += 1
                print(f"{path}: {got} events match {stem}.yml, {count} should")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
