#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each option that --help names is in the man page, and the other way round.

usage: manual.py PROGRAM
"""
import os
import re
import subprocess
import sys

PROGRAM = sys.argv[1]
MAN = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../doc/man")
PAGES = {
    "tocsin-scan.1": [["scan"]],
    "tocsin-decode.1": [["decode"]],
    "tocsin-notice.1": [["notice"], ["notice", "draft"], ["notice", "lint"]],
    "tocsin-rules.1": [["rules", "check"], ["rules", "list"], ["rules", "explain"],
                       ["rules", "test"]],
    "tocsin-evidence.1": [["evidence", "verify"], ["evidence", "prove"], ["evidence", "show"]],
}


def helped(verbs):
    found = set()
    for verb in verbs:
        r = subprocess.run([PROGRAM, "help"] + verb, capture_output=True, text=True, check=True)
        for letter, name in re.findall(r"^  (?:-(\w), |    )--([\w-]+)", r.stdout, re.M):
            found |= {"--" + name} | ({"-" + letter} if letter else set())
    return found


def documented(page):
    with open(os.path.join(MAN, page)) as f:
        lines = [line for line in f if line.startswith(".It") or line.startswith(".Op")]
    return {"-" + name for line in lines for name in re.findall(r"\bFl (-?[\w-]+)", line)}


def main():
    failed = 0
    for page, verbs in PAGES.items():
        said, written = helped(verbs), documented(page)
        for option in sorted(said ^ written):
            print(f"FAIL  {page}: {option} is only in",
                  "--help" if option in said else "the man page")
            failed += 1
    print(f"{len(PAGES)} pages, {failed} differences")
    sys.exit(1 if failed else 0)


main()
