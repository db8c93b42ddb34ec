#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""demo.py TOCSIN ROOT - what our own rules find in the demo is what they should find: one line
per finding in expected.tsv. Also: the demo is what tools/demo_make.py writes."""
import collections
import filecmp
import json
import os
import subprocess
import sys
import tempfile


def findings(tocsin, root):
    run = subprocess.run([tocsin, "scan", "--output", "jsonl", "-r", os.path.join(root, "rules"),
                          os.path.join(root, "demo")], capture_output=True, text=True, check=True)
    for line in run.stdout.splitlines():
        f = json.loads(line)
        if "incident" in f:
            continue
        source = os.path.relpath(f["source"]["path"], os.path.join(root, "demo"))
        yield "\t".join((f["level"], source, str(f["source"]["record"]), f["rule"]["title"]))


def regenerated(root):
    """Files of the demo that differ from what the script writes now."""
    with tempfile.TemporaryDirectory() as fresh:
        subprocess.run([sys.executable, os.path.join(root, "tools", "demo_make.py"), fresh],
                       check=True)
        for folder, _, files in os.walk(fresh):
            for name in files:
                path = os.path.join(folder, name)
                kept = os.path.join(root, "demo", os.path.relpath(path, fresh))
                if not os.path.exists(kept) or not filecmp.cmp(path, kept, shallow=False):
                    yield kept


def main(tocsin, root):
    got = collections.Counter(findings(tocsin, root))
    with open(os.path.join(root, "tests", "demo", "expected.tsv"), encoding="utf-8") as f:
        want = collections.Counter(line.rstrip("\n") for line in f)
    for line in (want - got).elements():
        print("missing:", line)
    for line in (got - want).elements():
        print("too much:", line)
    stale = list(regenerated(root))
    for path in stale:
        print("not what tools/demo_make.py writes:", path)
    return 1 if got != want or stale else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
