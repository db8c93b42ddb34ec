#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""evtx_truth.py DUMP CORPORA - compare tocsin's EVTX decoder with another one's XML.

DUMP is the program evtx_dump; CORPORA the folder with evtx-attack/ and so on. For each file
that the other decoder could read in full, each record's fields must be equal, in order, after
the rules below; and for every file the number of records must be the one that was counted
independently. Prints how often each rule was needed and every difference.
Exit status: 0 all equal, 1 not, 77 the corpora are absent.
"""
import csv
import json
import os
import re
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from collections import Counter, defaultdict

SETS = ["evtx-attack", "sigma-regression", "evtx-parser", "evtx-unlabelled"]
CARRIERS = ["Provider", "TimeCreated", "Correlation", "Execution", "Security"]
SHOWN = 40  # differences printed in full


# --- normalisation rules: each takes (name, type, ours, theirs) and says whether the two are
# the same value written differently. At most twelve. ---

def hex_padding(name, kind, ours, theirs):
    """They pad hexadecimal numbers to the width of their type; Windows does not."""
    return kind == "hex" and re.fullmatch(r"0x[0-9a-fA-F]+", theirs) and \
        int(ours, 16) == int(theirs, 16)


def guid_braces(name, kind, ours, theirs):
    """We write GUIDs without braces, as rules do."""
    return kind == "guid" and theirs.upper() == "{" + ours + "}"


def time_digits(name, kind, ours, theirs):
    """They write nine digits of a second; a FILETIME has seven."""
    return kind == "filetime" and theirs == ours[:-1] + "00Z"


def blank_text(name, kind, ours, theirs):
    """They drop text that is only a newline."""
    return theirs == "" and ours.strip() == ""


def illegal_characters(name, kind, ours, theirs):
    """XML cannot hold control characters: both sides are compared with U+FFFD for them."""
    return ILLEGAL.sub("\ufffd", ours) == theirs


def second_element(fields, theirs):
    """They stop after the first element of a fragment that holds EventData and RenderingInfo."""
    kept = [f for f in fields if not f[0].startswith("RenderingInfo_")]
    return kept if [f[0] for f in kept] == [t[0] for t in theirs] else None


RULES = [hex_padding, guid_braces, time_digits, blank_text, illegal_characters]
ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


def local(tag):
    return tag.rsplit("}", 1)[-1]


def flatten(event):
    """The pairs that one Event element should give, by the naming of doc/formats/evtx.md."""
    out = []

    def walk(element, parent, place):
        tag = local(element.tag)
        name = "RenderingInfo_" + tag if place == "rendering" else tag
        attributes = 0
        for key, value in element.attrib.items():
            key = local(key)
            if tag in ("Data", "ComplexData") and key == "Name":
                name = re.sub(r"\s", "", value) or tag
            elif place == "system" and tag == "TimeCreated" and key == "SystemTime":
                out.append(["TimeCreated", value])
                attributes += 1
            else:
                out.append([name + "_" + key if place == "rendering" else tag + "_" + key, value])
                attributes += 1
        below = place
        if place == "document" and tag == "Event":
            below = "event"
        elif place == "event":
            below = {"System": "system", "RenderingInfo": "rendering"}.get(tag, "data")
        elif place == "system":
            below = "data"
        text = element.text or ""
        if len(element) == 0:
            bare = attributes == 0 and place != "event" and \
                not (place == "system" and tag in CARRIERS)
            if text or bare:
                out.append([name, text])
        elif text.strip():
            out.append([name, text])
        for child in element:
            walk(child, element, below)
            if (child.tail or "").strip():
                out.append([name, child.tail])

    walk(event, None, "document")
    return out


def truth_events(path):
    xml = subprocess.run(["zstd", "-dc", path], check=True, capture_output=True).stdout
    # An XML parser would make a newline of a carriage return.
    text = ILLEGAL.sub("\ufffd", xml.decode("utf-8", "replace")).replace("\r", "&#13;")
    for part in text.split("</Event>\n"):
        if part.strip():
            yield part + "</Event>"


def dump(program, path):
    done = subprocess.run([program, path], check=True, capture_output=True)
    events, problems = [], []
    for line in done.stdout.splitlines():
        row = json.loads(line)
        (problems if "problem" in row else events).append(row)
    return events, problems


def coverage(root, name):
    with open(os.path.join(root, name, "truth-xml", "coverage.tsv"), newline="") as f:
        return {r["evtx"]: r["coverage"] for r in csv.DictReader(f, delimiter="\t")}


class Comparison:
    def __init__(self):
        self.uses, self.files, self.records, self.fields = Counter(), 0, 0, 0
        self.differences = 0

    def differ(self, *what):
        self.differences += 1
        if self.differences <= SHOWN:
            print("DIFFERENT", *what)

    def same_value(self, name, kind, ours, theirs):
        if ours == theirs:
            return True
        for rule in RULES:
            if rule(name, kind, ours, theirs):
                self.uses[rule.__name__] += 1
                return True
        return False

    def event(self, where, ours, xml):
        try:
            theirs = flatten(ElementTree.fromstring(xml))
        except ElementTree.ParseError as error:
            self.differ(where, "their XML does not parse:", error)
            return
        fields = ours["fields"]
        self.records += 1
        self.fields += len(fields)
        if len(fields) > len(theirs) and second_element(fields, theirs):
            fields = second_element(fields, theirs)
            self.uses["second_element"] += 1
        if [f[0] for f in fields] != [t[0] for t in theirs]:
            mine, other = Counter(f[0] for f in fields), Counter(t[0] for t in theirs)
            self.differ(where, "only ours", dict(mine - other), "only theirs",
                        dict(other - mine))
            return
        for (name, kind, value), (_, their_value) in zip(fields, theirs):
            if not self.same_value(name, kind, value, their_value):
                self.differ(where, name, kind, repr(value[:300]), repr(their_value[:300]))

    def file(self, path, events, truth):
        self.files += 1
        theirs = list(truth_events(truth))
        if len(theirs) != len(events):
            self.differ(path, len(events), "records, they have", len(theirs))
            return
        for ours, xml in zip(events, theirs):
            self.event("%s record %d:" % (path, ours["number"]), ours, xml)

    def count(self, path, ours, expected):
        if ours != expected:
            self.differ(path, ours, "records, expected", expected)


def rows(path):
    with open(path, newline="") as f:
        return list(csv.DictReader(f, delimiter="\t"))


def expected_counts(root):
    want = {}
    for r in rows(os.path.join(root, "evtx-attack/labels.tsv")):
        want["evtx-attack/" + r["path"]] = int(r["records"])
    for r in rows(os.path.join(root, "sigma-regression/expected.tsv")):
        if r["evtx_path"]:
            want["sigma-regression/" + r["evtx_path"]] = int(r["evtx_records"])
    for r in rows(os.path.join(root, "evtx-parser/evtx-rs/expected.tsv")):
        want["evtx-parser/evtx-rs/" + r["file"]] = int(r["record_headers"])
    want["evtx-parser/chainsaw/security_sample.evtx"] = 10
    want["evtx-unlabelled/plaso/System.evtx"] = 5009
    return want


def before_gaps(events, problems):
    """Records found before the first gap of their chunk: the count in expected.tsv stops at a
    gap, where tocsin looks for the next record. What it then finds must say so."""
    def chunk(offset):
        return (offset - 4096) // 65536
    gap = defaultdict(lambda: sys.maxsize)
    for p in problems:
        if p["problem"] == "MALFORMED" and p["number"] == 0 and p["offset"] % 65536 != 4096:
            gap[chunk(p["offset"])] = min(gap[chunk(p["offset"])], p["offset"])
    for e in events:
        assert e["recovered"] == (e["offset"] > gap[chunk(e["offset"])]), e
    damaged = [p["offset"] for p in problems if p["number"] != 0]
    offsets = [e["offset"] for e in events] + damaged
    return sum(o < gap[chunk(o)] for o in offsets)


def main():
    if len(sys.argv) != 3 or not os.path.isdir(sys.argv[2]):
        print("evtx_truth: skipped, the corpora are absent")
        return 77
    program, root = sys.argv[1:]
    comparison = Comparison()
    full = {s: coverage(root, s) for s in SETS}
    for path, want in sorted(expected_counts(root).items()):
        events, problems = dump(program, os.path.join(root, path))
        comparison.count(path, before_gaps(events, problems), want)
        name, inner = path.split("/", 1)
        if full[name].get(inner) == "full":
            truth = os.path.join(root, name, "truth-xml", inner + ".xml.zst")
            comparison.file(path, events, truth)
    for rule in RULES + [second_element]:
        print("%7d  %-20s %s" % (comparison.uses[rule.__name__], rule.__name__, rule.__doc__))
    print("%d files, %d records, %d fields compared: %d differences" %
          (comparison.files, comparison.records, comparison.fields, comparison.differences))
    return 0 if comparison.differences == 0 else 1


if __name__ == "__main__":
    sys.exit(main())
