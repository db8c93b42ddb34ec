#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""results.py LABEL BUILD-FOLDER - the results of `meson test` as lines pass|fail|skip NAME.

Shows the output of what failed (on stderr). A test program that says "skip  NAME: REASON" about
a part of itself adds a line of its own. With CI=true all is there that a test needs: what was
skipped because it "needs" something, or because the corpora are absent, has failed.
"""
import json
import os
import re
import sys

WORD = {"OK": "pass", "EXPECTEDFAIL": "pass", "SKIP": "skip"}
SHOWN_LINES = 60


def skipped(output):
    """The result of a skipped test, by what it says."""
    missing = re.search(r"corpora|: needs ", output)
    return "fail" if missing and os.environ.get("CI") == "true" else "skip"


def main(label, folder):
    log = os.path.join(folder, "meson-logs", "testlog.json")
    if not os.path.exists(log):
        print(f"fail {label}: no test ran")
        with open(os.path.join(folder, "meson-test.log"), encoding="utf-8") as f:
            sys.stderr.writelines(f.readlines()[-SHOWN_LINES:])
        return
    for line in open(log, encoding="utf-8"):
        test = json.loads(line)
        output = (test.get("stdout") or "") + (test.get("stderr") or "")
        word = WORD.get(test["result"], "fail")
        parts = re.findall(r"^skip  (\S.*)$", output, flags=re.M)
        if word == "skip":
            word, parts = skipped(output), []
        if word == "fail":
            sys.stderr.write("\n".join(output.splitlines()[-SHOWN_LINES:]) + "\n")
        name = test["name"].split(" / ", 1)[-1].removeprefix("tocsin:")
        print(f"{word} {label}: {name}")
        for part in parts:
            print(f"{skipped(part)} {label}: {name}: {part}")


if __name__ == "__main__":
    main(*sys.argv[1:])
