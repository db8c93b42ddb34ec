#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Print src/base/fold.def from Unicode's CaseFolding.txt (Debian package unicode-data).

usage: tools/fold_table.py /usr/share/unicode/CaseFolding.txt > src/base/fold.def
"""
import sys

HEAD = """/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Simple case folding above ASCII: FOLD(first, last, stride, delta).
 * Made by tools/fold_table.py from Unicode 15.0 CaseFolding.txt (status C and S).
 */"""


def read(path):
    fold = {}
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            parts = [part.strip() for part in line.split("#")[0].split(";")]
            if len(parts) >= 3 and parts[1] in ("C", "S") and int(parts[0], 16) >= 128:
                fold[int(parts[0], 16)] = int(parts[2], 16)
    return fold


def run(fold, first, stride):
    """The last code point of the run that starts at first, and its length."""
    delta, last, count = fold[first] - first, first, 1
    while fold.get(last + stride, last) - (last + stride) == delta:
        if stride == 2 and last + 1 in fold:
            break
        last, count = last + stride, count + 1
    return last, count


def main():
    fold = read(sys.argv[1])
    points = sorted(fold)
    print(HEAD)
    i = 0
    while i < len(points):
        first = points[i]
        stride = max((1, 2), key=lambda s: (run(fold, first, s)[1], -s))
        last, count = run(fold, first, stride)
        print("FOLD(0x%04X, 0x%04X, %d, %d)" % (first, last, stride, fold[first] - first))
        i += count


main()
