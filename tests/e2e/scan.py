#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""tocsin scan and decode as people run them: order, signals, dead workers, hostile input.

usage: scan.py PROGRAM
Prints one line per test and "N passed, M failed, K skipped".
"""
import ctypes
import gzip
import json
import os
import pty
import re
import resource
import signal
import socket
import subprocess
import sys
import tempfile
import time

PROGRAM = os.path.abspath(sys.argv[1])
HERE = os.path.dirname(os.path.abspath(__file__))
with open(PROGRAM, "rb") as program:
    SANITIZED = b"__asan_init" in program.read()  # needs far more address space
PATIENCE_S = 60  # with what ends by itself in a moment, on a machine that has much to do
LIBC = ctypes.CDLL(None)
PR_CAPBSET_DROP, CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH = 24, 1, 2
SAMPLE = os.path.join(HERE, "../golden/evtx/small.evtx")
RULE = r"""title: Whoami run
id: 11111111-2222-4333-8444-555555555555
level: high
tags: [attack.discovery, attack.t1033]
logsource: {category: process_creation, product: windows}
detection:
  selection:
    Image|endswith: \whoami.exe
  condition: selection
"""


class Skip(Exception):
    pass


def event(image, **more):
    record = {
        "Channel": "Microsoft-Windows-Sysmon/Operational",
        "EventID": 1,
        "Hostname": "ws1",
        "EventTime": "2026-01-02 03:04:05",
        "SourceName": "Microsoft-Windows-Sysmon",
        "Image": "C:\\Windows\\System32\\" + image,
        "CommandLine": image,
    }
    record.update(more)
    return json.dumps(record) + "\n"


def put(path, text):
    with open(path, "w" if isinstance(text, str) else "wb") as f:
        f.write(text)
    return path


def run(*args, verb="scan", stdin=None, memory=None):
    command = [PROGRAM, verb] + (["-r", "rule.yml"] if verb == "scan" else []) + list(args)

    def limit():
        for capability in (CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH):  # so that root is refused too
            LIBC.prctl(PR_CAPBSET_DROP, capability, 0, 0, 0)
        if memory and not SANITIZED:
            resource.setrlimit(resource.RLIMIT_DATA, (memory, memory))

    result = subprocess.run(command, input=stdin, capture_output=True, timeout=2 * PATIENCE_S,
                            preexec_fn=limit)
    # a fault in a worker, also one that a sanitizer finds, would else pass for a bad input
    check(b"the worker process" not in result.stderr, result.stderr)
    return result


def findings(result):
    return [f for f in map(json.loads, result.stdout.splitlines()) if "incident" not in f]


def children(pid):
    with open(f"/proc/{pid}/task/{pid}/children") as f:
        return [int(x) for x in f.read().split()]


def wait_for(what, seconds=PATIENCE_S):
    end = time.time() + seconds
    while time.time() < end:
        value = what()
        if value:
            return value
        time.sleep(0.02)
    raise AssertionError("waited in vain")


def work_s():
    """Processor time of all that ran so far: other load on the machine does not count."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def check(condition, *shown):
    if not condition:
        raise AssertionError(" ".join(str(x)[:2000] for x in shown))


def large_file(path, megabytes, every=50):
    """JSON lines, some of them a match; returns the numbers of those."""
    hits = []
    with open(path, "w") as f:
        number = 0
        while f.tell() < megabytes << 20:
            block = []
            for _ in range(1000):
                number += 1
                if number % every == 0:
                    hits.append(number)
                block.append(event("whoami.exe" if number % every == 0 else "x.exe",
                                   ProcessId=number, Pad="p" * (number % 700)))
            f.write("".join(block))
    return hits


def test_finds_and_exits_0():
    put("a.json", event("x.exe") + event("whoami.exe"))
    r = run("a.json")
    check(r.returncode == 0, r)
    (f,) = findings(r)
    check(list(f) == ["id", "time", "level", "rule", "host", "source", "matched", "entities",
                      "tactics", "techniques"], f)
    check(f["source"] == {"path": "a.json", "record": 2}, f)


def test_standard_input():
    r = run("-", stdin=(event("whoami.exe") * 2).encode())
    check(r.returncode == 0 and [f["source"]["record"] for f in findings(r)] == [1, 2], r)
    check(findings(r)[0]["source"]["path"] == "-", r)
    check(findings(r)[0]["id"] != findings(r)[1]["id"], "equal records have their own ids")


def test_same_bytes_for_any_jobs():
    hits = large_file("large.json", 70)
    os.mkdir("many")
    for i in range(300):
        put(f"many/{i}.json", event("whoami.exe", ProcessId=i) * (i % 5))
    one = run("-j", "1", "large.json", "many", "large.json")
    check(one.returncode == 0, one.stderr)
    numbers = [f["source"]["record"] for f in findings(one)[:len(hits)]]
    check(numbers == hits, "line numbers of a file read in parts")
    for jobs in ("2", "5"):
        other = run("-j", jobs, "large.json", "many", "large.json")
        check(other.stdout == one.stdout, "jobs", jobs, "differs")


def test_hash():
    import hashlib
    with open("large.json", "rb") as f:
        want = hashlib.sha256(f.read()).hexdigest()
    put("empty", "")
    for jobs in ("1", "3"):
        r = run("-j", jobs, "--hash", "large.json", "a.json", "empty")
        check(f"{want}  large.json" in r.stderr.decode(), r.stderr)
        check(hashlib.sha256(b"").hexdigest() + "  empty" in r.stderr.decode(), r.stderr)


def test_exit_codes():
    check(run("--nonsense").returncode == 2)
    check(run().returncode == 2)
    check(run("--level", "worst", "a.json").returncode == 2)
    check(run("--fail-on", "critical", "a.json").returncode == 0)
    check(run("--fail-on", "medium", "a.json").returncode == 3)
    check(run("--level", "critical", "--fail-on", "low", "a.json").returncode == 0)
    missing = run("a.json", "missing.json")
    check(missing.returncode == 1 and b"missing.json" in missing.stderr, missing)
    check(len(findings(missing)) == 1)
    check(subprocess.run([PROGRAM], capture_output=True).returncode == 2)
    check(subprocess.run([PROGRAM, "--version"], capture_output=True).returncode == 0)
    check(subprocess.run([PROGRAM, "frob"], capture_output=True).returncode == 2)


def test_time_span():
    put("t.json", event("whoami.exe") + event("whoami.exe", EventTime="2026-02-02 03:04:05"))
    r = run("--from", "2026-02-01", "t.json")
    check([f["source"]["record"] for f in findings(r)] == [2], r)
    r = run("--to", "2026-01-02", "t.json")
    check([f["source"]["record"] for f in findings(r)] == [1], r)
    check(run("--from", "2026-02-01", "--to", "2026-01-01", "t.json").returncode == 2)


def test_output_file():
    r = run("-o", "out.jsonl", "a.json")
    check(r.returncode == 0 and r.stdout == b"", r)
    with open("out.jsonl") as f:
        check(json.loads(f.read())["level"] == "high")
    check(run("-o", "/nonexistent/x", "a.json").returncode == 2)


def test_output_never_overwrites_evidence():
    os.mkdir("kept")
    put("kept/a.json", event("whoami.exe"))
    for path in ("kept/a.json", "kept/../kept/a.json"):
        r = run("-o", path, "kept/a.json")
        check(r.returncode == 2 and b"one of the inputs" in r.stderr, r)
    r = run("-o", "kept/a.json", "kept")
    check(r.returncode == 2 and b"lies in a folder" in r.stderr, r)
    os.link("kept/a.json", "hard")
    check(run("-o", "hard", "kept/a.json").returncode == 2)
    with open("kept/a.json") as f:
        check(f.read() == event("whoami.exe"), "evidence was changed")
    # a new file there is written, and is not evidence
    r = run("-o", "kept/new.jsonl", "kept")
    check(r.returncode == 0 and b"where the output goes" in r.stderr, r)
    check(run("-o", "kept/new.jsonl", "kept").returncode == 2)
    # nothing is emptied before the rules are read
    r = subprocess.run([PROGRAM, "scan", "-r", "missing.yml", "-o", "hard", "a.json"],
                       capture_output=True)
    check(r.returncode == 2 and os.path.getsize("hard") > 0, r)


def closed(fd, *args, verb="scan"):
    command = [PROGRAM, verb] + (["-r", "rule.yml"] if verb == "scan" else []) + list(args)
    return subprocess.run(["sh", "-c", f'exec "$@" {fd}', "sh"] + command, capture_output=True,
                          timeout=20)


def test_closed_descriptors():
    for verb in ("scan", "decode"):
        r = closed(">&-", "a.json", verb=verb)
        check(r.returncode == 1 and b"could not be written" in r.stderr, r)
        r = closed("<&-", "-", verb=verb)
        check(r.returncode == 1 and b"standard input is closed" in r.stderr, r)
        check(closed("<&- >&- 2>&-", "a.json", verb=verb).returncode == 1)
    r = closed("2>&-", "-o", "clean.jsonl", "a.json", "missing.json")
    check(r.returncode == 1, r)
    with open("clean.jsonl") as f:
        check([json.loads(x)["level"] for x in f] == ["high"], "messages among findings")


def test_full_disk():
    for verb, args in (("scan", ["a.json"]), ("decode", ["a.json"]), ("rules", ["list", "rule.yml"]),
                       ("help", [])):
        r = closed("> /dev/full", *args, verb=verb)
        check(r.returncode == 1 and b"No space left" in r.stderr, verb, r)
    r = run("-o", "/dev/full", "a.json")
    check(r.returncode == 1 and b"No space left" in r.stderr, r)


def test_named_pipe_waits_for_its_writer():
    os.mkfifo("pipe")
    p = subprocess.Popen([PROGRAM, "scan", "-r", "rule.yml", "pipe"], stdout=subprocess.PIPE,
                         stderr=subprocess.PIPE)
    time.sleep(0.5)
    check(p.poll() is None, "did not wait")
    put("pipe", event("whoami.exe"))
    out, err = p.communicate(timeout=20)
    check(p.returncode == 0 and len(out.splitlines()) == 1, out, err)
    check(b"of 1 input" in err, err)


def test_streams_from_a_slow_pipe():
    p = subprocess.Popen([PROGRAM, "scan", "-r", "rule.yml", "-"], stdin=subprocess.PIPE,
                         stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    p.stdin.write(event("whoami.exe").encode() + event("x.exe").encode())
    p.stdin.flush()
    check(b"Whoami" in p.stdout.readline())
    p.stdin.close()
    check(p.wait(PATIENCE_S) == 0)


def test_interrupt_keeps_what_was_found():
    p = subprocess.Popen([PROGRAM, "scan", "-r", "rule.yml", "a.json", "-"],
                         stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    p.stdin.write(event("whoami.exe").encode())
    p.stdin.flush()
    first, second = p.stdout.readline(), p.stdout.readline()
    check(b"Whoami" in first and b"Whoami" in second)
    p.send_signal(signal.SIGINT)
    out, err = p.communicate(timeout=PATIENCE_S)
    check(p.returncode == 1, p.returncode, err)
    check(b"nterrupted" in err, err)


def test_interrupt_while_nobody_reads():
    p = subprocess.Popen([PROGRAM, "scan", "-r", "rule.yml", "large.json"],
                         stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    time.sleep(1)
    p.send_signal(signal.SIGINT)
    wait_for(lambda: p.poll() is not None)
    p.communicate()


def test_reader_that_leaves():
    r = subprocess.run(f"{PROGRAM} scan -q -r rule.yml large.json | head -1", shell=True,
                       capture_output=True, timeout=PATIENCE_S)
    check(len(r.stdout.splitlines()) == 1 and r.stderr == b"", r.stderr)


def test_dead_worker_is_told_and_replaced():
    p = subprocess.Popen([PROGRAM, "scan", "-j", "1", "-r", "rule.yml", "-", "a.json"],
                         stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    p.stdin.write(event("whoami.exe").encode())
    p.stdin.flush()
    p.stdout.readline()
    (worker,) = wait_for(lambda: children(p.pid))
    os.kill(worker, signal.SIGKILL)
    out, err = p.communicate(timeout=PATIENCE_S)
    check(p.returncode == 1, p.returncode, err)
    check(b"SIGKILL" in err, err)
    check([json.loads(x)["source"]["path"] for x in out.splitlines()] == ["a.json"], out)


def test_dead_worker_in_a_part():
    """Parts after a lost one still have their line numbers."""
    hits = large_file("parts.json", 70, every=20)
    p = subprocess.Popen([PROGRAM, "scan", "-j", "2", "-r", "rule.yml", "parts.json"],
                         stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    time.sleep(1.5)  # the pipe is full, so parent and workers wait
    for worker in wait_for(lambda: children(p.pid)):
        os.kill(worker, signal.SIGKILL)
    out, err = p.communicate(timeout=PATIENCE_S)
    check(p.returncode == 1 and b"SIGKILL" in err, p.returncode, err)
    got = [json.loads(x)["source"]["record"] for x in out.splitlines()]
    check(got == sorted(got) and set(got) <= set(hits), "wrong line numbers")
    check(got[-1] == hits[-1], "the last part is missing")


def test_workers_have_nothing():
    p = subprocess.Popen([PROGRAM, "scan", "-r", "rule.yml", "-"], stdin=subprocess.PIPE,
                         stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    p.stdin.write(event("whoami.exe").encode())
    p.stdin.flush()
    p.stdout.readline()
    (worker,) = wait_for(lambda: children(p.pid))
    with open(f"/proc/{worker}/status") as f:
        status = f.read()
    check(re.search(r"^Seccomp:\s+2$", status, re.M), status)
    check(re.search(r"^NoNewPrivs:\s+1$", status, re.M), status)
    p.stdin.close()
    p.wait(PATIENCE_S)


def test_walk():
    os.makedirs("w/deep/er")
    put("w/deep/er/b.json", event("whoami.exe"))
    put("w/new\nline.json", event("whoami.exe"))
    os.symlink("..", "w/deep/loop")
    os.symlink("self", "w/self")
    os.symlink("../a.json", "w/link.json")
    os.mkfifo("w/fifo")
    s = socket.socket(socket.AF_UNIX)
    s.bind("w/socket")
    r = run("w")
    s.close()
    check(r.returncode == 1, r)
    check([f["source"]["path"] for f in findings(r)] ==
          ["w/deep/er/b.json", "w/new\nline.json"], r.stdout)
    for text in (b"deep/loop", b"w/self", b"w/link.json", b"is a link", b"w/fifo", b"w/socket"):
        check(text in r.stderr, text, r.stderr)
    check(b"new\nline" not in r.stderr)


def test_unreadable():
    os.mkdir("un")
    os.mkdir("un/no", 0)
    put("un/yes.json", event("whoami.exe"))
    r = run("un")
    os.chmod("un/no", 0o755)
    check(r.returncode == 1 and b"un/no" in r.stderr and len(findings(r)) == 1, r)


def test_broken_lines_are_counted():
    put("broken.json", event("whoami.exe") + "{\"a\":\n" + "\xff\xfe{\n" + event("whoami.exe"))
    r = run("broken.json")
    check([f["source"]["record"] for f in findings(r)] == [1, 4], r)
    check(b"broken.json" in r.stderr, r.stderr)


def test_huge_line():
    with open("huge.json", "wb") as f:
        f.write(b'{"a":"')
        f.seek(1000000000, os.SEEK_CUR)  # a hole: it reads as zeros and takes no room
        f.write(b'"}\n' + event("whoami.exe").encode())
    start = work_s()
    r = run("-j", "2", "--format", "json", "huge.json", memory=1 << 30)
    os.unlink("huge.json")
    check([f["source"]["record"] for f in findings(r)] == [2], r.returncode, r.stdout, r.stderr)
    check(work_s() - start < 30, "took", work_s() - start)


def test_deep_nesting():
    put("deep.json", "[" * 1000000 + "\n" + event("whoami.exe"))
    r = run("deep.json", memory=1 << 30)
    check(r.returncode in (0, 1), r)
    put("valid.json", "[" * 1000000 + "]" * 1000000)
    check(run("--check", "--format", "json", "valid.json", verb="decode").returncode == 0)
    check(run("--check", "--format", "json", "deep.json", verb="decode").returncode == 1)


def test_gzip_bomb():
    member = gzip.compress(b"\0" * (64 << 20))
    with open("bomb.gz", "wb") as f:
        f.write(member * 16)  # 1 GiB
    start = work_s()
    r = run("bomb.gz", "a.json", memory=1 << 30)
    os.unlink("bomb.gz")
    check(len(findings(r)) == 1, r)
    check(work_s() - start < 30, "took", work_s() - start)


def test_file_that_grows():
    put("grow.json", event("x.exe") * 100000)
    p = subprocess.Popen([PROGRAM, "scan", "-r", "rule.yml", "grow.json"],
                         stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    end = time.time() + PATIENCE_S
    with open("grow.json", "a") as f:
        while p.poll() is None and time.time() < end:
            f.write(event("x.exe") * 100)
            f.flush()
            time.sleep(0.001)
    check(p.poll() is not None, "did not end")
    os.unlink("grow.json")
    err = p.stderr.read()
    check(p.returncode == 0 and b"grow.json: grew while it was read" in err, err)


def test_file_that_shrinks():
    """The first input holds the only worker, so the second is opened, then cut, then read."""
    large_file("shrink.json", 8)
    p = subprocess.Popen([PROGRAM, "scan", "-j", "1", "-r", "rule.yml", "-", "shrink.json"],
                         stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
                         stderr=subprocess.PIPE)
    fds = f"/proc/{p.pid}/fd"
    wait_for(lambda: any("shrink.json" in os.readlink(f"{fds}/{fd}") for fd in os.listdir(fds)))
    os.truncate("shrink.json", 100)
    _, err = p.communicate(timeout=PATIENCE_S)
    check(p.returncode == 1 and b"became shorter" in err, p.returncode, err)


def test_truncated_evtx():
    with open(SAMPLE, "rb") as f:
        whole = f.read()
    for size in (0, 1, 100, 4095, 4096, 4097, 5000, len(whole) // 2, len(whole) - 1):
        put("cut.evtx", whole[:size])
        r = run("cut.evtx")
        check(r.returncode in (0, 1), size, r)


def test_text_on_a_terminal():
    try:
        pid, fd = pty.fork()
    except OSError as error:  # /dev/pts is not mounted
        raise Skip(error) from error
    if pid == 0:
        os.environ.pop("NO_COLOR", None)
        os.execv(PROGRAM, [PROGRAM, "scan", "-r", "rule.yml", "a.json"])
    shown = b""
    try:
        while True:
            shown += os.read(fd, 65536)
    except OSError:
        pass
    _, status = os.waitpid(pid, 0)
    check(os.waitstatus_to_exitcode(status) == 0, shown)
    check(b"Whoami run" in shown and b'{"id"' not in shown, shown)


def test_decode():
    put("d.json", event("x.exe", Many=["a", "b"], Number=12345678901234567890))
    r = run("d.json", verb="decode")
    check(r.returncode == 0, r)
    (e,) = findings(r)
    check(e["source"] == "d.json" and e["record"] == 1, e)
    check(e["fields"]["Many"] == ["a", "b"] and e["fields"]["Number"] == 12345678901234567890, e)
    for text, status in (("[1]", 0), (" 1 ", 0), ("", 1), ("[1", 1), ("[1] x", 1), ("{,}", 1)):
        put("c.json", text)
        r = run("--check", "--format", "json", "c.json", verb="decode")
        check(r.returncode == status, text, r)
        check((r.stderr != b"") == (status != 0), r)
    check(run("--check", "c.json", verb="decode").returncode == 2)


def main():
    tests = [(n[5:], f) for n, f in globals().items() if n.startswith("test_")]
    wanted = sys.argv[2:]
    passed = failed = skipped = 0
    with tempfile.TemporaryDirectory(prefix="tocsin-e2e-") as folder:
        os.chdir(folder)
        put("rule.yml", RULE)
        put("a.json", event("x.exe") + event("whoami.exe"))
        for name, function in tests:
            if wanted and name not in wanted:
                continue
            start = time.time()
            try:
                function()
                passed += 1
                print(f"ok    {name} ({time.time() - start:.1f} s)", flush=True)
            except Skip as reason:
                skipped += 1
                print(f"skip  {name}: {reason}", flush=True)
            except Exception as error:
                failed += 1
                print(f"FAIL  {name}: {error}", flush=True)
        os.chdir("/")
    print(f"{passed} passed, {failed} failed, {skipped} skipped")
    sys.exit(1 if failed else 0)


main()
