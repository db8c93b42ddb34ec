#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Agreement of `tocsin scan` with another Sigma engine on real logs.

usage: agreement.py TOCSIN CORPORA [SET...]          SET: evtx-attack, windows-json, ...

The other engine is pySigma with its SQLite backend; what it found is in each set's
reference-detections.tsv. The unit is one match: a rule on a record of a file. This is
agreement with another engine, not truth. Every difference is put into one of the classes of
REASONS by a test on the rule and the record, never by listing a rule; what no class takes is
unexplained. Exit 0 when recall and precision are at least 0.97 before explanation and at most
1 % of all matches are unexplained; 77 when the corpora are absent.
"""
import collections
import json
import os
import re
import subprocess
import sys

RULE_FOLDERS = ("rules", "rules-emerging-threats", "rules-threat-hunting")
SETS = ("evtx-attack", "windows-json", "sigma-regression", "evtx-parser", "evtx-unlabelled")
GOAL, UNEXPLAINED = 0.97, 0.01
SHOWN = 40  # rules printed of those that are unexplained

# record: the number that the reference gives it; None: one of a list that the reference cut.
Match = collections.namedtuple("Match", "file rule record")


def read_tsv(path):
    with open(path, encoding="utf-8") as lines:
        head = next(lines).rstrip("\n").split("\t")
        return [dict(zip(head, line.rstrip("\n").split("\t"))) for line in lines]


def open_text(path):
    """The lines of a file, unpacked, as bytes."""
    command = ["zstd", "-dcq", path] if path.endswith(".zst") else ["cat", path]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        yield from process.stdout


# --- what the reference says ---

def reference(folder):
    """{(file, rule): (matches, numbers of records, whether the list of numbers is cut)}"""
    found = {}
    for row in read_tsv(os.path.join(folder, "reference-detections.tsv")):
        numbers = row["event_record_ids"].split(",")
        cut = numbers[-1] == "..."
        found[row["file"], row["rule_id"]] = (
            int(row["matches"]), [int(n.lstrip("#")) for n in numbers if n != "..."], cut)
    return found


def list_files(folder):
    for top, _, names in os.walk(folder):
        for name in names:
            path = os.path.relpath(os.path.join(top, name), folder)
            if path.endswith((".evtx", ".jsonl.zst", ".jsonl")) and "truth-xml" not in path:
                yield path


def covered(folder, files, named):
    """The files that the other engine could read.

    EVTX: those that its own reader rendered in full (truth-xml/coverage.tsv). JSON: its loader
    takes EventID from the top level; a file without one has no row in the reference.
    """
    table = os.path.join(folder, "truth-xml", "coverage.tsv")
    if os.path.exists(table):
        full = {next(iter(row.values())) for row in read_tsv(table) if row["coverage"] == "full"}
        return [f for f in files if f in full]
    return [f for f in files
            if f in named or "EventID" in json.loads(next(open_text(os.path.join(folder, f))))]


# --- what tocsin says ---

class Numbers:
    """Record numbers: tocsin counts the lines of JSON, the reference uses the event's own."""

    NUMBER = re.compile(rb'"(?:EventRecordID|RecordNumber|record_id)":\s*"?(\d+)')

    def __init__(self, folder):
        self.folder, self.cache = folder, {}

    def table(self, file):
        """The number of each line; nothing for EVTX, where the two are the same."""
        if file not in self.cache:
            found = []
            if not file.endswith(".evtx"):
                path = os.path.join(self.folder, file)
                found = [self.NUMBER.search(line) for line in open_text(path)]
            self.cache[file] = [int(m.group(1)) if m else i for i, m in enumerate(found, 1)]
        return self.cache[file]

    def of(self, file, record):
        table = self.table(file)
        return table[record - 1] if table else record


def scan(tocsin, context, files):
    """{(file, rule): {number of the record: [finding's matched fields]}}"""
    command = [tocsin, "scan", "--output", "jsonl", "--quiet"]
    for rule_folder in RULE_FOLDERS:
        command += ["-r", os.path.join(context.rules, rule_folder)]
    command += [os.path.join(context.folder, name) for name in files]
    found = collections.defaultdict(lambda: collections.defaultdict(list))
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                          text=True) as process:
        for line in process.stdout:
            finding = json.loads(line)
            if "incident" in finding:
                continue
            rule = finding["rule"]["id"]
            if "product: windows" not in context.texts.get(rule, ""):
                continue  # the reference has the rules for Windows only
            name = os.path.relpath(finding["source"]["path"], context.folder)
            number = context.numbers.of(name, finding["source"]["record"])
            found[name, rule][number].append(finding["matched"])
    if process.returncode not in (0, 1):
        sys.exit("agreement: tocsin scan exited with %d" % process.returncode)
    return found


class Context:
    """What a reason may look at: the rules' text, what was matched, the decoded records."""

    def __init__(self, tocsin, corpora, name):
        self.tocsin = tocsin
        self.rules = os.path.join(corpora, "sigma-rules")
        self.folder = os.path.join(corpora, name)
        self.numbers = Numbers(self.folder)
        self.texts, self.paths, self.events, self.found = {}, {}, {}, {}
        for folder in RULE_FOLDERS:
            for top, _, names in os.walk(os.path.join(self.rules, folder)):
                for file in names:
                    if file.endswith(".yml"):
                        self.add_rule(os.path.join(top, file))

    def add_rule(self, path):
        with open(path, encoding="utf-8") as file:
            text = file.read()
        found = re.search(r"^id:\s*(\S+)", text, re.M)
        if found:
            self.texts[found.group(1)] = text
            self.paths[found.group(1)] = os.path.relpath(path, self.rules)

    def load(self, file):
        """Decode a file in which the engines differ: {number: [event]}."""
        events = collections.defaultdict(list)
        with subprocess.Popen([self.tocsin, "decode", os.path.join(self.folder, file)],
                              stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
            for line in process.stdout:
                event = json.loads(line)
                events[self.numbers.of(file, event["record"])].append(event)
        self.events = {file: events}  # one at a time: they are large

    def category(self, rule):
        found = re.search(r"^\s+category:\s*(\S+)", self.texts[rule], re.M)
        return found.group(1) if found else ""


# --- the differences ---

def differences(ours, theirs):
    """How many both have, and the matches that only one has: (both, only_ours, only_theirs)."""
    both, only_ours, only_theirs = 0, [], []
    for key in sorted(set(ours) | set(theirs)):
        have = collections.Counter({n: len(m) for n, m in ours.get(key, {}).items()})
        count, numbers, cut = theirs.get(key, (0, [], False))
        want = collections.Counter(numbers)
        missed = list((want - have).elements())
        extra = [] if cut else list((have - want).elements())
        hidden = count - sum(want.values())  # theirs, of unknown number
        unknown = sum((have - want).values()) - len(extra)  # ours, perhaps among the hidden
        only_ours += [Match(*key, n) for n in extra] + [Match(*key, None)] * max(0, unknown - hidden)
        only_theirs += [Match(*key, n) for n in missed] + \
            [Match(*key, None)] * max(0, hidden - unknown)
        both += count - len(missed) - max(0, hidden - unknown)
    return both, only_ours, only_theirs


def views(event):
    return event.get("views", [])


def values(fields):
    for value in fields.values():
        for item in value if isinstance(value, list) else [value]:
            yield str(item)


def second_view(context, match, event):
    """The reading of the record as the category that the rule states, if it is not its own."""
    category = context.category(match.rule)
    return next((view for view in views(event) if category
                 and view["logsource"]["category"] == category), None)


def second_reading(context, match, event):
    """Only tocsin reads such an event (Security 5156, WMI 5861...) as the category too; of
    those readings the other engine has one, Security 4688 as process_creation."""
    return second_view(context, match, event) is not None and \
        event["fields"].get("EventID") != 4688


def converted_value(context, match, event):
    """Both read the event so, but tocsin converts values (MandatoryLabel S-1-16-12288 is
    IntegrityLevel High): the rule matched a value that the record does not hold as such."""
    view = second_view(context, match, event)
    if view is None:
        return False
    written = set(values(event["fields"]))
    made = {name for name, value in view["fields"].items() if str(value) not in written}
    found = context.found[match.file, match.rule]
    return any(made & set(matched) for n in event_numbers(context, match, event)
               for matched in found.get(n, []))


def event_numbers(context, match, event):
    return [context.numbers.of(match.file, event["record"])]


ITEM_OF_NOTHING = re.compile(r"""^\s+(?:- )?([\w.]+)(?:\|\w+)*:\s*(?:null|''|""|'\*+')\s*(?:#.*)?$""",
                             re.M)


def missing_is_empty(context, match, event):
    """To the other engine an absent field is an empty one and an empty one absent: the rule
    has an item (null, '' or '*') that tells these apart, on a field of which that is so."""
    return any(event["fields"].get(name, "") == ""
               for name in ITEM_OF_NOTHING.findall(context.texts[match.rule]))


def registry_event_type(context, match, event):
    """The other engine's mapping tests EventID 12 only, where SigmaHQ's also tests EventType
    (registry_add: CreateKey; registry_delete: DeleteKey, DeleteValue)."""
    category = context.category(match.rule)
    return category in ("registry_add", "registry_delete") and \
        event["fields"].get("EventID") == 12 and category not in event["logsource"]["category"]


def negated_expansion(context, match, event):
    """The rule negates a value that a modifier expands into several. The other engine writes
    NOT a OR b for that, where NOT (a OR b) is meant (pySigma before 1.0)."""
    text = context.texts[match.rule]
    condition = re.search(r"^\s+condition:(.*)", text, re.M)
    negated = re.findall(r"not (?:(?:1|any|all) of )?([\w*]+)", condition.group(1))
    block = ""
    for line in text.splitlines():
        block = re.sub(r":.*", "", line).strip() if re.match(r"    \w+:", line) else block
        if re.search(r"\|(windash|base64offset)\b", line) and any(
                re.fullmatch(n.replace("*", ".*"), block) for n in negated):
            return True
    return False


ITEM_OF_TRUTH = re.compile(r"^\s+(?:- )?([\w.]+):\s*(?:true|false)\s*(?:#.*)?$", re.M)


def truth_is_number(context, match, event):
    """The other engine writes the rule's true as the number 1; Sysmon writes it as text."""
    return any(str(event["fields"].get(name, "")).lower() in ("true", "false")
               for name in ITEM_OF_TRUTH.findall(context.texts[match.rule]))


# Which engine alone may match for it, and the test. Each says why the two must differ there.
REASONS = [
    (True, second_reading),
    (True, converted_value),
    (True, truth_is_number),
    (False, missing_is_empty),
    (False, registry_event_type),
    (False, negated_expansion),
]


def reason(context, match, is_ours, events):
    return next((test.__name__ for side, test in REASONS if side == is_ours
                 for event in events if test(context, match, event)), None)


def candidates(context, match, is_ours):
    """For a match from a cut list: the records that it could be, each as a list of events."""
    ours = context.found.get((match.file, match.rule), {})
    events = context.events[match.file]
    if is_ours:
        return [events[n] for n in ours]
    category = context.category(match.rule)
    return [e for n, e in events.items() if n not in ours
            and any(category in event["logsource"]["category"] for event in e)]


def explain(context, matches, is_ours):
    """[(reason or None, match)]. From a cut list the explained candidates are taken first."""
    explained, pools = [], {}
    for match in matches:
        if match.record is not None:
            events = context.events[match.file].get(match.record, [])
            explained.append((reason(context, match, is_ours, events), match))
            continue
        if match not in pools:
            names = (reason(context, match, is_ours, events)
                     for events in candidates(context, match, is_ours))
            pools[match] = [name for name in names if name]
        explained.append((pools[match].pop() if pools[match] else None, match))
    return explained


# --- the report ---

def report(title, explained, context):
    classes = collections.defaultdict(list)
    for name, match in explained:
        classes[name or "UNEXPLAINED"].append(match)
    for name, matches in sorted(classes.items()):
        rules = collections.Counter(m.rule for m in matches)
        print("  only %s: %4d matches of %d rules: %s" % (title, len(matches), len(rules), name))
        for rule, count in rules.most_common(SHOWN if name == "UNEXPLAINED" else 3):
            example = next(m for m in matches if m.rule == rule)
            print("    %4d  %s" % (count, context.paths.get(rule, rule)))
            print("          e.g. %s record %s" % (example.file, example.record))
    return len(classes["UNEXPLAINED"])


def compare(tocsin, corpora, name):
    context = Context(tocsin, corpora, name)
    skip = {row["rule_id"] for row in
            read_tsv(os.path.join(context.folder, "reference-not-covered.tsv"))}
    theirs = {k: v for k, v in reference(context.folder).items() if k[1] not in skip}
    present = sorted(list_files(context.folder))
    files = covered(context.folder, present, {file for file, _ in theirs})
    context.found = {k: v for k, v in scan(tocsin, context, files).items() if k[1] not in skip}
    both, only_ours, only_theirs = differences(context.found, theirs)
    mine, other = [], []
    for file in sorted({m.file for m in only_ours + only_theirs}):
        context.load(file)
        mine += explain(context, [m for m in only_ours if m.file == file], True)
        other += explain(context, [m for m in only_theirs if m.file == file], False)
    recall = both / max(1, both + len(only_theirs))
    precision = both / max(1, both + len(only_ours))
    print("%s: %d of %d files, %d pairs of file and rule" % (
        name, len(files), len(present), len(set(context.found) | set(theirs))))
    for file in sorted(set(present) - set(files)):
        print("  not covered by the other engine: %s" % file)
    unexplained = report("tocsin", mine, context) + report("the other", other, context)
    total = both + len(only_ours) + len(only_theirs)
    share = unexplained / max(1, total)
    print("  both %d, only tocsin %d, only the other %d: recall %.4f, precision %.4f; explained %d, "
          "not explained %d (%.2f %%)" % (
              both, len(only_ours), len(only_theirs), recall, precision,
              len(only_ours) + len(only_theirs) - unexplained, unexplained, 100 * share), flush=True)
    return recall >= GOAL and precision >= GOAL and share <= UNEXPLAINED


def main():
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    tocsin, corpora = sys.argv[1:3]
    if not os.path.isdir(corpora):
        print("agreement: corpora are absent")
        sys.exit(77)
    sys.exit(0 if all([compare(tocsin, corpora, name) for name in sys.argv[3:] or SETS]) else 1)


if __name__ == "__main__":
    main()
