#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""tocsin rules as people run it. test: own rules, failures of every kind, hostile info.yml;
explain: every way to name a rule and its events; check and list: what they say and return.

usage: rules_test.py PROGRAM [TEST...]
Prints one line per test and "N passed, M failed, K skipped".
"""
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time

PROGRAM = os.path.abspath(sys.argv[1])
ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "../.."))
SAMPLE = os.path.join(ROOT, "tests/golden/evtx/small.evtx")
WHOAMI = "11111111-2222-4333-8444-555555555555"
LOGGED = "11111111-2222-4333-8444-666666666666"
SUM = "11111111-2222-4333-8444-777777777777"
RULES = rf"""title: Whoami run
id: {WHOAMI}
level: medium
logsource: {{category: process_creation, product: windows}}
detection:
  selection:
    Image|endswith: \whoami.exe
  condition: selection
---
title: Anything logged
id: {LOGGED}
level: high
logsource: {{product: windows}}
detection:
  selection:
    EventID|gte: 0
  condition: selection
---
title: Many whoami
id: {SUM}
correlation:
  type: event_count
  rules: [{WHOAMI}]
  group-by: [Computer]
  timespan: 1h
  condition: {{gte: 3}}
"""
INFO = """rule_metadata:
    - id: %s
      title: A title
regression_tests_info:
    - name: Positive Detection Test
      type: json
      path: %s
"""


def event(image):
    return json.dumps({
        "Channel": "Microsoft-Windows-Sysmon/Operational", "EventID": 1, "Hostname": "ws1",
        "EventTime": "2026-01-02 03:04:05", "SourceName": "Microsoft-Windows-Sysmon",
        "Image": "C:\\Windows\\System32\\" + image, "CommandLine": image}) + "\n"


def put(path, text):
    os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
    with open(path, "w" if isinstance(text, str) else "wb") as f:
        f.write(text)
    return path


def case(folder, events, info=INFO % (WHOAMI, "regression_data/x/events.json"), more=""):
    put(f"{folder}/events.json", events)
    put(f"{folder}/info.yml", info + more)
    return folder


def run(*args, rules="rules.yml", timeout=60):
    r = subprocess.run([PROGRAM, "rules", "test"] + (["-r", rules] if rules else []) + list(args),
                       capture_output=True, text=True, timeout=timeout, stdin=subprocess.DEVNULL)
    check(r.returncode in (0, 1, 2), r)
    return r


def check(condition, *shown):
    if not condition:
        raise AssertionError(" ".join(str(x)[:2000] for x in shown))


def wants(folder, status, *texts, args=()):
    """The status, each text in the output, and as the last line the summary."""
    r = run(folder, *args)
    check(r.returncode == status, r)
    for text in texts:
        check(text in r.stdout, text, "is not in", r.stdout)
    check(r.stdout.endswith(" skipped\n"), r.stdout)
    return r


def rules(verb, *args, stdin=subprocess.DEVNULL):
    return subprocess.run([PROGRAM, "rules", verb, *args], capture_output=True, timeout=60,
                          stdin=stdin, text=True)


def says(r, status, *texts):
    """The status, and each text on one of the outputs."""
    check(r.returncode == status, r)
    for text in texts:
        check(text in r.stdout + r.stderr, text, "is not in", r)
    return r


def test_explain_by_file_id_and_title():
    by = [rules("explain", "one.yml", SAMPLE),
          rules("explain", "-r", "rules.yml", WHOAMI.upper(), SAMPLE),
          rules("explain", "whoami RUN", SAMPLE, "-r", "rules.yml")]
    for r in by:
        says(r, 0, "record 1, evtx\nrule Whoami run\n",
             "as windows / sysmon / process_creation: matches\n    condition selection: true\n",
             "Image|endswith '\\whoami.exe': true; by \"C:\\Windows\\System32\\whoami.exe\"\n",
             "Image|endswith '\\whoami.exe': false; the value is ", "not looked at; the rule wants")
        check(r.stderr == "" and r.stdout == by[0].stdout, r)


def test_explain_one_record():
    r = says(rules("explain", "--record", "2", "one.yml", SAMPLE), 0, "record 2, evtx\n")
    check(r.stdout.count("record ") == 1, r)
    says(rules("explain", "--record", "99", "one.yml", SAMPLE), 1,
         "there is no record 99 among the ")
    says(rules("explain", "--record", "0", "one.yml", SAMPLE), 2, "a number above 0")
    put("many.json", event("x.exe") * 30)
    r = says(rules("explain", "one.yml", "many.json"), 0, "the first 20 of 30 records")
    check(r.stdout.count("rule Whoami") == 20, r)
    says(rules("explain", "one.yml", "many.json", "--record", "30"), 0, "record 30, ")


def test_explain_standard_input():
    with open(SAMPLE, "rb") as f:
        says(rules("explain", "one.yml", "-", stdin=f), 0, "record 1, evtx\n")
    says(rules("explain", "one.yml", "-"), 1, "there is no record in the file\n")


def test_explain_wants_one_rule():
    says(rules("explain", "rules.yml", SAMPLE), 2, "2 rules are in rules.yml: give it with -r")
    says(rules("explain", "no such title", SAMPLE), 2, "there is no such rule")
    put("twins.yml", "---\n".join(RULES.split("---")[0].replace("id: 1", f"id: {i}")
                                  for i in (1, 2)))
    says(rules("explain", "-r", "twins.yml", "whoami run", SAMPLE), 2,
         "2 rules of this title are in twins.yml: give the id of one")
    says(rules("explain", "bad.yml", SAMPLE), 2, "bad.yml:7:5: error: unknown modifier",
         "there is no usable rule")
    says(rules("explain", "one.yml"), 2, "say which rule")
    says(rules("explain", "one.yml", SAMPLE, "x"), 2, "say which rule")


def test_explain_broken_files():
    says(rules("explain", "one.yml", "nosuch.json"), 1, "nosuch.json: No such file")
    says(rules("explain", "one.yml", "folder"), 1, "cannot be read: Is a directory\n",
         "no record of the file could be read")
    put("noise", os.urandom(5000) + b"\0\xff")
    says(rules("explain", "one.yml", "noise"), 1, "no record of the file could be read")
    with open(SAMPLE, "rb") as f:
        cut = f.read()[:-3000]
    put("cut.evtx", cut)
    says(rules("explain", "one.yml", "cut.evtx"), 1)
    put("half.json", event("whoami.exe") + '{"a":\n' + event("x.exe"))
    says(rules("explain", "one.yml", "half.json"), 1, "record 1, ", "a record that ", "record 3, ")


def test_explain_hostile_text():
    put("hostile.yml", RULES.split("---")[0].replace("title: Whoami run", 'title: "\\e[31mRed \\x9b"')
        .replace(r"\whoami.exe", '"\\\\e]0;x\\a\\u202e"'))
    put("hostile.json", event("\x1b[2J\x9b\u202e\nrecord 9: matches"))
    r = says(rules("explain", "hostile.yml", "hostile.json"), 0, "does not match")
    check(all(c == "\n" or c.isprintable() for c in r.stdout + r.stderr), r)
    check("\nrecord 9" not in r.stdout, r)
    put("long.json", event("\u00e9\u20ac\U0001f4a9" * 200000))
    r = says(rules("explain", "one.yml", "long.json"), 0, "does not match")
    check(len(r.stdout) < 1000, len(r.stdout))


def test_check_and_list():
    says(rules("check", "rules.yml"), 0,
         "1 file: 2 rules, 1 correlation; 0 rejected")
    says(rules("check", "bad.yml"), 1, "did you mean |endswith?", "1 rejected")
    says(rules("check"), 2, "say which rules")
    says(rules("check", "nosuch"), 1, "nosuch: error: cannot be read")
    says(rules("check", "folder"), 1, "folder: error: holds no rules")
    says(rules("check", SAMPLE), 1, "not YAML")
    r = says(rules("list", "rules.yml", "bad.yml"), 1, "unknown modifier")
    check([l.split()[0] for l in r.stdout.splitlines()] == [WHOAMI, LOGGED], r)
    r = says(rules("list", "-f", "jsonl", "one.yml"), 0)
    check(json.loads(r.stdout)["title"] == "Whoami run", r)
    # the automaton would be too large, which only compiling it tells
    put("large.yml", RULES.split("---")[0].replace(r"|endswith: \whoami.exe",
                                                   "|re: '([a-f]{10,20}[^x]{5,300}){30}'"))
    says(rules("list", "large.yml"), 0)
    says(rules("check", "large.yml"), 1, "regular expression is not supported")


def test_own_rules():
    own = os.path.join(ROOT, "rules")
    beside = os.path.realpath(os.path.join(os.path.dirname(PROGRAM), "../rules")) == own
    r = run(os.path.join(ROOT, "tests/rules"), rules=None if beside else own)
    check(r.returncode == 0 and " 0 failed, 0 skipped" in r.stdout, r.stdout)
    check("expected none" in r.stdout and "expected at least" in r.stdout, r.stdout)


def test_pass_and_fail():
    wants("a", 0, "PASS  Whoami run  a/events.json  got 1, expected "
          "at least 1\n1 passed, 0 failed, 0 skipped\n")
    r = wants("b", 1, "FAIL  Whoami run  b/events.json  got 0, expected at "
              "least 1", "as b/info.yml:5 says",
              f"tocsin rules explain -r rules.yml {WHOAMI} b/events.json", "0 passed, 1 failed, 0 skipped\n")
    check(r.stderr == "", r.stderr)
    r = run("-q", "a", "b")
    check("PASS" not in r.stdout and r.stdout.endswith("1 passed, 1 failed, 0 skipped\n"), r)


def test_counts():
    two = event("whoami.exe") * 2
    count = "      match_count: "
    wants(case("c1", two, more=count + "2\n"), 0)
    wants(case("c2", two, more=count + "3\n"), 1, "got 2, expected at least 3")
    wants(case("c3", two, more=count + "1\n"), 0, "got 2, expected at least 1")
    wants("c3", 1, "got 2, expected 1", args=["--strict-count"])
    wants(case("c4", two, more=count + "0\n"), 1, "got 2, expected none")
    wants(case("c5", event("x.exe"), more=count + "0\n"), 0, "got 0, expected none")
    negative = (INFO % (WHOAMI, "events.json")).replace("type: json", "type: negative")
    wants(case("c6", event("x.exe"), negative), 0, "got 0, expected none")
    for bad in ("-1", "'1'", "1.5", "many", "[1]", "99999999999999999999"):
        wants(case("c7", two, more=count + bad + "\n"), 1, "FAIL", "c7/info.yml:8",
              "match_count is not a whole number")


def test_nothing_read_is_no_success():
    none = "      match_count: 0\n"
    wants(case("n1", "", more=none), 1, "holds no event")
    wants(case("n2", event("x.exe") + "{\"a\":\n", more=none), 1,
          "1 of its records could not be read")
    wants(case("n3", event("whoami.exe") + "{\"a\":\n"), 0)
    with open(SAMPLE, "rb") as f:
        cut = f.read()[:5000]
    put("n4/cut.evtx", cut)
    put("n4/info.yml", INFO % (WHOAMI, "cut.evtx") + none)
    wants("n4", 1, "FAIL  Whoami run  n4/cut.evtx")


def test_missing_rule_and_file():
    wants(case("m1", "", INFO % ("99999999-2222-4333-8444-555555555555", "events.json")), 1,
          "no usable rule in rules.yml has the id 99999999-", "-r")
    wants(case("m2", "", INFO % (WHOAMI, "regression_data/gone.json")), 1,
          "there is no file regression_data/gone.json", "m2/info.yml:5")
    wants(case("m3", event("whoami.exe"), INFO % (WHOAMI.upper(), "events.json")), 0)
    put("bad.yml", RULES.replace("selection:\n    Image|endswith", "selection:\n    Image|ends"))
    r = run("m3", rules="bad.yml")
    check(r.returncode == 1 and "tocsin rules check" in r.stdout, r.stdout)


def test_path_upwards():
    put("up/data/events/e.json", event("whoami.exe"))
    put("up/data/tests/deep/info.yml", INFO % (WHOAMI, "data/events/e.json"))
    wants("up/data/tests", 0, "up/data/events/e.json")
    for path in ("../../events/e.json", os.path.abspath("up/data/events/e.json"), "/", "..", "."):
        put("up/data/tests/deep/info.yml", INFO % (WHOAMI, path))
        wants("up/data/tests", 1, "there is no file")
    put("up/data/tests/deep/info.yml", INFO % (WHOAMI, "data/events"))
    wants("up", 1, "there is no file")


def test_twins():
    folder = "t"
    put("t/e.evtx", open(SAMPLE, "rb").read())
    put("t/e.json", event("x.exe"))
    put("t/e.jsonl", "")
    put("t/info.yml", INFO % (LOGGED, "somewhere/else/e.evtx"))
    r = wants(folder, 1, "t/e.json (JSON twin)  got 1", "t/e.jsonl (JSON twin)  got 0",
              "holds no event", "2 passed, 1 failed")
    check("t/e.evtx  got" in r.stdout, r.stdout)
    wants(folder, 0, "1 passed, 0 failed, 0 skipped", args=["--no-twin"])
    put("t/info.yml", INFO % (LOGGED, "e.evtx") + "    - path: e.json\n    - path: e.jsonl\n"
        "      match_count: 0\n")
    wants(folder, 1, "2 passed, 1 failed")


def test_correlations():
    one = INFO % (SUM, "events.json")
    wants(case("c1", 3 * event("whoami.exe"), one), 0, "PASS  Many whoami", "got 1")
    wants(case("c2", 2 * event("whoami.exe"), one), 1, "FAIL  Many whoami", "got 0")
    # the rule below is silent in a scan, but not in its own test
    wants(case("c3", 3 * event("whoami.exe"), INFO % (WHOAMI, "events.json")), 0, "got 3")


def test_skips():
    put("sum.yml", RULES.replace("type: event_count", "type: value_sum")
        .replace("{gte: 3}", "{gte: 3, field: EventID}"))
    r = run(case("s1", event("whoami.exe"), INFO % (SUM, "events.json")), rules="sum.yml")
    check("SKIP" in r.stdout and "not evaluated" in r.stdout and r.returncode == 0, r)
    says(rules("check", "sum.yml"), 0, "makes no findings: its type is not evaluated yet",
         "1 correlation (1 not evaluated yet)")
    wants("a", 0, "below --level", "0 passed, 0 failed, 1 skipped", args=["--level", "high"])
    wants("a", 0, "1 passed", args=["--level", "medium"])


def test_jsonl():
    r = run("--format", "jsonl", "a", "b")
    tests = [json.loads(line) for line in r.stdout.splitlines()]
    check([t["result"] for t in tests] == ["pass", "fail"], tests)
    check(tests[0]["rule"] == {"id": WHOAMI, "title": "Whoami run", "path": "rules.yml"}, tests)
    check(tests[1]["file"] == "b/events.json" and tests[1]["got"] == 0, tests)
    check(r.stderr == "1 passed, 1 failed, 0 skipped\n" and r.returncode == 1, r)


def test_several_rules_and_tests():
    info = (INFO % (WHOAMI, "events.json")).replace("    - id", f"    - id: {LOGGED}\n    - id", 1)
    wants(case("v", event("whoami.exe"), info, "    - path: events.json\n      match_count: 2\n"),
          1, "2 passed, 2 failed, 0 skipped")


def test_broken_info():
    for text in ("", "# only a comment\n", "a: [\n", "- 1\n", "text", "\0", "\xff\xfe", "a: *b\n",
                 "rule_metadata: []\n", "rule_metadata: [1]\nregression_tests_info: [2]\n",
                 f"rule_metadata: [{{id: {WHOAMI}}}]\n", "{" * 1000, "[" * 100000,
                 f"rule_metadata: [{{id: {WHOAMI}}}]\nregression_tests_info: {{path: x}}\n",
                 "&a [*a]", "a: 1\na: 2\n", INFO % ("", "events.json"), INFO % (WHOAMI, ""),
                 INFO % (WHOAMI, '"a\\0b"'), INFO % (WHOAMI, "[x]"), INFO % (WHOAMI, "x" * 5000),
                 INFO % ("x" * 100000, "events.json"),
                 INFO % (WHOAMI, "events.json") + "---\n" + INFO % (WHOAMI, "events.json"),
                 "x" * (2 << 20)):
        put("broken/events.json", event("whoami.exe"))
        put("broken/info.yml", text.encode("latin-1"))
        r = wants("broken", 1, "FAIL", "broken/info.yml")
        check("0 failed" not in r.stdout and len(r.stdout) < 4000, r.stdout[:500])
    items = "".join("    - *t\n" for _ in range(2000))
    put("broken/info.yml", "a: &t {path: events.json}\nrule_metadata: [{id: x}]\n"
        "regression_tests_info:\n" + items)
    wants("broken", 1, "more than 1,000 tests")


def test_terminal_and_shell_text():
    folder = "o'dd \x1b[2J"
    case(folder, event("x.exe"), INFO % (WHOAMI, "events.json"))
    r = wants(folder, 1, f"explain -r rules.yml {WHOAMI} 'o'\\''dd ")
    check("\x1b" not in r.stdout, r.stdout)


def test_odd_files():
    os.makedirs("odd")
    os.mkfifo("odd/info.yml")
    os.mkfifo("odd/fifo.json")
    r = run("odd", timeout=10)
    check(r.returncode == 1 and "odd/info.yml" in r.stdout, r)
    os.unlink("odd/info.yml")
    put("odd/info.yml", INFO % (WHOAMI, "fifo.json"))
    r = run("odd", timeout=10)
    check(r.returncode == 1 and "there is no file" in r.stdout, r)
    os.symlink("nowhere", "odd/link")
    check("odd/link" in run("odd").stdout)
    os.makedirs("empty")
    wants("empty", 1, "there is no info.yml here")
    wants("missing", 1, "missing")
    os.makedirs("dash")
    put("dash/-", event("whoami.exe"))
    put("dash/info.yml", INFO % (WHOAMI, '"-"'))
    os.chdir("dash")
    try:
        r = run("info.yml", rules="../rules.yml", timeout=10)
        check(r.returncode == 0 and "./-  got 1" in r.stdout, r)
    finally:
        os.chdir("..")


def test_same_folder_twice():
    r = run("a", "a")
    check(r.returncode == 0 and r.stdout.endswith("1 passed, 0 failed, 0 skipped\n"), r)


def test_usage():
    check(run().returncode == 2)
    check(run("--level", "worst", "a").returncode == 2)
    check(run("--format", "xml", "a").returncode == 2)
    check(run("--nonsense", "a").returncode == 2)
    check(run("a", rules="missing.yml").returncode == 2)
    check(run("--help").returncode == 0)


def test_interrupt():
    os.makedirs("big")
    with open("big/events.json", "w") as f:
        block = event("whoami.exe") * 10000
        while f.tell() < 300 << 20:
            f.write(block)
    put("big/info.yml", INFO % (WHOAMI, "events.json"))
    p = subprocess.Popen([PROGRAM, "rules", "test", "-r", "rules.yml", "big"],
                         stdout=subprocess.PIPE, text=True)
    children = f"/proc/{p.pid}/task/{p.pid}/children"
    while p.poll() is None and not open(children).read():
        time.sleep(0.01)
    p.send_signal(signal.SIGINT)
    out, _ = p.communicate(timeout=30)
    shutil.rmtree("big")
    check(p.returncode in (0, 1), p.returncode)
    check(p.returncode == 0 or "stopped before it was read" in out, out)


def main():
    tests = [(n[5:], f) for n, f in globals().items() if n.startswith("test_")]
    wanted = sys.argv[2:]
    passed = failed = 0
    with tempfile.TemporaryDirectory(prefix="tocsin-rules-test-") as folder:
        os.chdir(folder)
        put("rules.yml", RULES)
        case("a", event("whoami.exe"))
        case("b", event("x.exe"))
        os.makedirs("folder")
        put("one.yml", RULES.split("---")[0])
        put("bad.yml", RULES.split("---")[0].replace("endswith", "endwith"))
        for name, function in tests:
            if wanted and name not in wanted:
                continue
            try:
                function()
                passed += 1
                print(f"ok    {name}", flush=True)
            except Exception as error:
                failed += 1
                print(f"FAIL  {name}: {error}", flush=True)
        os.chdir("/")
    print(f"{passed} passed, {failed} failed, 0 skipped")
    sys.exit(1 if failed else 0)


main()
