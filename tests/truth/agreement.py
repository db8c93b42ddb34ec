#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Agreement of `tocsin scan` with another Sigma engine on real attack logs.

usage: agreement.py TOCSIN CORPORA [SET...]          SET: evtx-attack, windows-json, ...

The other engine is pySigma with its SQLite backend; what it found is in each set's
reference-detections.tsv. The unit is one match: a rule on a record of a file. This is
agreement with another engine, not truth. Every difference is put into one of the classes of
REASONS by a test on the rule and the record, never by listing a rule; what no class takes is
unexplained. Exit 0 when recall and precision are at least 0.97 before explanation and at most
1 % of all matches are unexplained.
"""
import collections
import json
import os
import re
import subprocess
import sys

RULE_FOLDERS = ("rules", "rules-emerging-threats", "rules-threat-hunting")
GOAL, UNEXPLAINED = 0.97, 0.01

Match = collections.namedtuple("Match", "file rule record")


def read_tsv(path):
    with open(path, encoding="utf-8") as lines:
        head = next(lines).rstrip("\n").split("\t")
        return [dict(zip(head, line.rstrip("\n").split("\t"))) for line in lines]


def reference(folder):
    """{(file, rule): (count, records or None when the list is cut)} and the rule's path."""
    found, paths = {}, {}
    for row in read_tsv(os.path.join(folder, "reference-detections.tsv")):
        ids = row["event_record_ids"].split(",")
        records = None if ids[-1] == "..." else [int(i.lstrip("#")) for i in ids]
        found[row["file"], row["rule_id"]] = (int(row["matches"]), records)
        paths[row["rule_id"]] = row["rule_path"]
    return found, paths


def scan(tocsin, rules, folder, files):
    command = [tocsin, "scan", "--output", "jsonl", "--quiet"]
    for rule_folder in RULE_FOLDERS:
        command += ["-r", os.path.join(rules, rule_folder)]
    command += [os.path.join(folder, name) for name in files]
    found = collections.defaultdict(list)
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    for line in process.stdout:
        finding = json.loads(line)
        name = os.path.relpath(finding["source"]["path"], folder)
        found[name, finding["rule"]["id"]].append(finding["source"]["record"])
    if process.wait() not in (0, 1):
        sys.exit("agreement: tocsin scan exited with %d" % process.returncode)
    return found


NUMBER = re.compile(rb'"(?:EventRecordID|RecordNumber|record_id)":\s*"?(\d+)')


def event_numbers(path):
    """The event's own record number for each line of a JSON file (None where it has none)."""
    command = ["zstd", "-dc", path] if path.endswith(".zst") else ["cat", path]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        found = (NUMBER.search(line) for line in process.stdout)
        return [int(match.group(1)) if match else None for match in found]


def renumber(ours, folder):
    """The reference names a JSON record by the event's own number where it has one."""
    numbers = {}
    for (name, rule), lines in ours.items():
        if name not in numbers:
            numbers[name] = event_numbers(os.path.join(folder, name))
        ours[name, rule] = [numbers[name][line - 1] or line for line in lines]


def differences(ours, theirs, skip):
    """Matches that both have, that only we have, that only they have."""
    both, only_ours, only_theirs = 0, [], []
    for key in sorted(set(ours) | set(theirs)):
        if key[1] in skip:
            continue
        have = collections.Counter(ours.get(key, ()))
        count, records = theirs.get(key, (0, []))
        if records is None:  # the list was cut: only the number can be compared
            n = sum(have.values())
            both += min(n, count)
            only_ours += [Match(*key, None)] * max(0, n - count)
            only_theirs += [Match(*key, None)] * max(0, count - n)
            continue
        want = collections.Counter(records)
        both += sum((have & want).values())
        only_ours += [Match(*key, r) for r in (have - want).elements()]
        only_theirs += [Match(*key, r) for r in (want - have).elements()]
    return both, only_ours, only_theirs


def rule_text(rules, path):
    with open(os.path.join(rules, path), encoding="utf-8") as file:
        return file.read()


class Context:
    """What a reason may look at: the rule's text and the set's files."""

    def __init__(self, corpora, name):
        self.rules = os.path.join(corpora, "sigma-rules")
        self.folder = os.path.join(corpora, name)
        self.texts, self.paths = {}, {}
        for folder in RULE_FOLDERS:
            for top, _, names in os.walk(os.path.join(self.rules, folder)):
                for file in names:
                    if file.endswith(".yml"):
                        path = os.path.relpath(os.path.join(top, file), self.rules)
                        text = rule_text(self.rules, path)
                        found = re.search(r"^id:\s*(\S+)", text, re.M)
                        if found:
                            self.texts[found.group(1)] = text
                            self.paths[found.group(1)] = path


# name -> test(context, match, ours). Each says why the two engines must differ there.
REASONS = {}


def explain(context, matches, ours):
    classes = collections.defaultdict(list)
    for match in matches:
        name = next((n for n, test in REASONS.items() if test(context, match, ours)), None)
        classes[name].append(match)
    return classes


def report(title, classes, context):
    for name, matches in sorted(classes.items(), key=lambda c: str(c[0])):
        print("  %s: %5d  %s" % (title, len(matches), name or "UNEXPLAINED"))
        if name is None:
            rules = collections.Counter(m.rule for m in matches)
            for rule, count in rules.most_common(40):
                example = next(m for m in matches if m.rule == rule)
                print("      %5d  %s\n             e.g. %s record %s" % (
                    count, context.paths.get(rule, rule), example.file, example.record))


def compare(tocsin, corpora, name):
    context = Context(corpora, name)
    skip = {row["rule_id"] for row in
            read_tsv(os.path.join(context.folder, "reference-not-covered.tsv"))}
    theirs, _ = reference(context.folder)
    files = sorted(f for f in list_files(context.folder) if is_covered(context.folder, f))
    ours = {key: records for key, records in
            scan(tocsin, context.rules, context.folder, files).items()
            if "product: windows" in context.texts.get(key[1], "")}
    if name == "windows-json":
        renumber(ours, context.folder)
    both, only_ours, only_theirs = differences(ours, theirs, skip)
    recall = both / max(1, both + len(only_theirs))
    precision = both / max(1, both + len(only_ours))
    mine = explain(context, only_ours, True)
    other = explain(context, only_theirs, False)
    unexplained = (len(mine[None]) + len(other[None])) / max(1, both + len(only_ours) + len(only_theirs))
    print("%s: %d files, both %d, only tocsin %d, only the other %d: recall %.4f, precision %.4f, "
          "unexplained %.4f" % (name, len(files), both, len(only_ours), len(only_theirs), recall,
                                precision, unexplained))
    report("only tocsin", {k: v for k, v in mine.items() if v}, context)
    report("only the other", {k: v for k, v in other.items() if v}, context)
    return recall >= GOAL and precision >= GOAL and unexplained <= UNEXPLAINED


def list_files(folder):
    for top, _, names in os.walk(folder):
        for name in names:
            path = os.path.relpath(os.path.join(top, name), folder)
            if path.endswith((".evtx", ".jsonl.zst", ".jsonl")) and "truth-xml" not in path:
                yield path


def is_covered(folder, name):
    """Files that the other engine's own reader could read (truth-xml/coverage.tsv)."""
    if not hasattr(is_covered, "cache"):
        is_covered.cache = {}
    if folder not in is_covered.cache:
        path = os.path.join(folder, "truth-xml", "coverage.tsv")
        is_covered.cache[folder] = None if not os.path.exists(path) else {
            list(row.values())[0]: row for row in read_tsv(path)}
    table = is_covered.cache[folder]
    return table is None or (name in table and table[name].get("coverage") == "full")


def main():
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    tocsin, corpora = sys.argv[1:3]
    if not os.path.isdir(corpora):
        print("agreement: corpora are absent")
        sys.exit(77)
    sets = sys.argv[3:] or ["evtx-attack", "windows-json"]
    sys.exit(0 if all([compare(tocsin, corpora, name) for name in sets]) else 1)


if __name__ == "__main__":
    main()
