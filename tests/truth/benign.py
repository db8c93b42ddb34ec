#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Findings of level high or above on logs that are presumed benign.

usage: benign.py TOCSIN CORPORA

Counted: loghub (BGL, Hadoop, Mac, OpenStack, Windows CBS, Zookeeper, Apache errors), one
System log of lab machines (plaso), 10,000 lines of a public web site (elastic examples). Not
counted, since they hold attacks or are parsers' samples: fail2ban, evtx-attack-samples and
plaso of web-access, linux-auth. "Read by rules" are records of a log source for which there is
a rule; on the others silence says nothing. Span: last time - first time of a file; active:
hours in which a machine wrote something, summed over machines. Prints the table of
doc/figures.md. Exit 1 when a rule of our own fires at high or above, 77 without the corpora.
"""
import collections
import datetime
import glob
import json
import os
import subprocess
import sys

HIGH = ("high", "critical")
SOURCES = [
    ("loghub", "benign-logs/loghub/*_2k.log"),
    ("loghub Apache errors", "web-access/loghub/*_2k.log"),
    ("elastic examples, web site", "web-access/elastic-examples/*.log"),
    ("plaso, System.evtx of a lab", "evtx-unlabelled/plaso/*.evtx"),
]


def run(*command):
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                          text=True) as process:
        yield from (f for f in map(json.loads, process.stdout) if "incident" not in f)
    if process.returncode not in (0, 1):
        sys.exit("benign: %s exited with %d" % (" ".join(command[:2]), process.returncode))


class Source:
    """What a set of files holds."""

    def __init__(self, tocsin, files):
        self.records, self.read, self.span = 0, 0, 0.0
        self.hosts, self.active = set(), set()
        for file in files:
            times = []
            for event in run(tocsin, "decode", file):
                self.records += 1
                self.read += any(event["logsource"].values())
                times += self.add(file, event)
            if times:
                self.span += (max(times) - min(times)).total_seconds() / 3600

    def add(self, file, event):
        """The event's host (a file without any is one machine) and its time, if it has one."""
        host = event.get("host") or file
        self.hosts.add(host)
        time = event.get("time")
        if not time:
            return []
        self.active.add((host, time[:13]))
        return [datetime.datetime.fromisoformat(time[:19] + "+00:00")]


def findings(tocsin, rules, files):
    """(level, rule) -> count"""
    command = [tocsin, "scan", "--quiet", "--output", "jsonl"]
    for folder in rules:
        command += ["-r", folder]
    return collections.Counter((f["level"], f["rule"]["path"]) for f in run(*command, *files))


def high(found):
    return sum(count for (level, _), count in found.items() if level in HIGH)


def row(name, source, theirs, ours):
    print("| %s | %d | %d | %d | %s | %s | %d (%.1f) | %d (%.1f) |" % (
        name, source.records, source.read, len(source.hosts),
        "%.0f" % source.span if source.active else "no time read",
        len(source.active) or "-", high(theirs), 1e5 * high(theirs) / source.records,
        high(ours), 1e5 * high(ours) / source.records))


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    tocsin, corpora = sys.argv[1:]
    if not os.path.isdir(corpora):
        print("benign: corpora are absent")
        sys.exit(77)
    own = [os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "rules")]
    sigma = [os.path.join(corpora, "sigma-rules", folder)
             for folder in ("rules", "rules-emerging-threats", "rules-threat-hunting")]
    print("| data | records | read by rules | machines | hours, span | hours, active "
          "| SigmaHQ: high+ (per 10^5) | own rules: high+ (per 10^5) |")
    print("|---|---|---|---|---|---|---|---|")
    every = {"SigmaHQ": collections.Counter(), "own": collections.Counter()}
    for name, pattern in SOURCES:
        files = sorted(glob.glob(os.path.join(corpora, pattern)))
        theirs, ours = findings(tocsin, sigma, files), findings(tocsin, own, files)
        row(name, Source(tocsin, files), theirs, ours)
        every["SigmaHQ"] += theirs
        every["own"] += ours
    for name, found in every.items():
        print("%s rules that fired, any level: %s" % (name, "" if found else "none"))
        for (level, path), count in found.most_common():
            print("  %4d  %s  %s" % (count, level, os.path.relpath(path, corpora)))
    sys.exit(1 if high(every["own"]) else 0)


if __name__ == "__main__":
    main()
