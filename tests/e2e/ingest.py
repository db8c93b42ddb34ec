#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""ingest.py ROLES - the programs of the roles ingest, journal and detect, confined; this test is
their supervisor, their ledger and their correlate."""
import ctypes
import hashlib
import json
import os
import pathlib
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from wire import ROLES, Role, pack, unpack  # noqa: E402

TREE = pathlib.Path(__file__).resolve().parents[2]
NOBODY = 63101
LIBC = ctypes.CDLL(None, use_errno=True)
IN_MODIFY, IN_NONBLOCK = 2, 0o4000


class Ledger:
    """What a ledger does for the source of one channel; acknowledges only when told."""

    def __init__(self, channel, number=7):
        self.channel, self.number = channel, number
        self.records, self.batches, self.cursor, self.seq = [], [], b"", 0

    def open(self, name, kind, trust, seconds=10):
        m = self.channel.want("source_open", seconds)
        assert (m["name"], m["kind"], m["trust"]) == (name.encode(), kind, trust), m
        self.channel.send("source_state", name=name, source=self.number, seq=self.seq,
                          cursor=self.cursor)

    def take(self, seconds=10, store=True):
        """One batch; None: none came."""
        m = self.channel.receive(seconds)
        if m is None:
            return None
        assert m["type"] == "store_records" and m["source"] == self.number, m
        last = self.batches[-1]["seq"] if self.batches else self.seq
        assert m["seq"] == last + 1, (m["seq"], last)
        found = unpack(m["records"])
        assert len(found) == m["count"] > 0 and len(m["cursor"]) <= 512
        self.batches.append(m)
        self.records += found
        if store:
            self.store()
        return found

    def store(self):
        m = self.batches[-1]
        self.cursor, self.seq = m["cursor"], m["seq"]
        self.channel.send("records_stored", source=self.number, seq=self.seq)

    def until(self, count):
        while len(self.records) < count:
            assert self.take() is not None, [r[:200] for r in self.records[-3:]]
        return self.records

    def again(self, channel):
        """Started again: what was not stored is forgotten."""
        other = Ledger(channel, self.number)
        other.cursor, other.seq = self.cursor, self.seq
        return other


class Log:
    """A file that is written to, and what a supervisor does to have it followed."""

    def __init__(self, folder):
        self.path = os.path.join(folder, "auth.log")
        self.inotify = LIBC.inotify_init1(IN_NONBLOCK)
        self.create()

    def create(self):
        self.file = open(self.path, "ab", buffering=0)
        os.chmod(self.path, 0o600)
        self.fd = os.open(self.path, os.O_RDONLY | os.O_NONBLOCK)
        LIBC.inotify_add_watch(self.inotify, f"/proc/self/fd/{self.fd}".encode(), IN_MODIFY)
        return self.fd

    def rotate(self):
        os.rename(self.path, self.path + ".1")
        return self.create()

    def write(self, data):
        self.file.write(data)


def ingest(log, ledger=None, watch=True, files=None):
    role = Role(os.path.join(FOLDER, "ingest"), NOBODY if os.getuid() == 0 else None)
    if watch:
        role.file("watch", log.inotify)
    for fd in files or [log.fd]:
        role.file("follow:sshd-auth", fd, 2)
    channel = role.attach("LEDGER")
    role.run()
    ledger = Ledger(channel) if ledger is None else ledger.again(channel)
    ledger.open("sshd-auth", 0, 2)
    return role, ledger


def test_lines(folder):
    log = Log(folder)
    log.write(b"one\ntwo\r\n\n\0\0\0three\nfo")
    role, ledger = ingest(log)
    assert ledger.until(3) == [b"one", b"two", b"three"]
    log.write(b"ur\n")
    assert ledger.until(4)[3] == b"four"
    long = b"Accepted " + b"x" * 100000 + b"\xc3\xa4" * 10
    log.write(long + b"\nfive\n")
    cut, five = ledger.until(6)[4:]
    assert five == b"five" and len(cut) <= 60 << 10 and cut.endswith("…".encode()), len(cut)
    assert long.startswith(cut[:-3]) and len(cut) > 61000
    role.log(r"ingest\.source source=sshd-auth .*1 lines of more than 61440 bytes were cut")
    role.stop()


def test_credit(folder):
    log = Log(folder)
    lines = [b"%06d %s" % (i, b"y" * (i % 90)) for i in range(20000)]
    log.write(b"\n".join(lines) + b"\n")
    role, ledger = ingest(log)
    for _ in range(8):
        assert len(ledger.take(store=False)) <= 256
    assert ledger.take(0.6) is None, "more than 8 batches under way"
    ledger.store()
    assert ledger.until(20000) == lines
    role.stop()


def test_restart(folder):
    """Killed anywhere, it goes on exactly after what was stored."""
    log = Log(folder)
    lines = [b"line %d" % i for i in range(3000)]
    log.write(b"\n".join(lines) + b"\n")
    role, ledger = ingest(log)
    stored = []
    for _ in range(3):
        stored += ledger.take()
    ledger.take(store=False)
    role.kill()
    role, ledger = ingest(log, ledger)
    log.write(b"late\n")
    assert stored + ledger.until(3001 - len(stored)) == lines + [b"late"]
    # the ledger is started again, the role is not
    log.write(b"a\nb\n")
    ledger.until(3003 - len(stored))
    before = ledger.batches[-1]
    ledger.cursor, ledger.seq = before["cursor"], before["seq"]
    log.write(b"c\n")
    assert ledger.take(store=False) == [b"c"]
    other = ledger.again(role.attach("LEDGER"))
    other.open("sshd-auth", 0, 2)
    assert other.until(1) == [b"c"]
    # inside a line that was cut
    log.write(b"z" * 70000)
    assert len(other.take()[0]) > 61000
    role.kill()
    role, other = ingest(log, other)
    log.write(b"zz\nd\n")
    assert other.until(1) == [b"d"]
    role.stop()


def test_rotation(folder):
    log = Log(folder)
    log.write(b"old 1\n")
    role, ledger = ingest(log)
    ledger.until(1)
    old, old_fd = log.file, log.fd
    role.file("follow:sshd-auth", log.rotate(), 2)
    old.write(b"old 2\n")  # its writer does not know yet
    assert ledger.until(2)[1] == b"old 2"
    old.write(b"old 3\nold 4")
    log.write(b"new 1\n")
    assert ledger.until(5)[2:] == [b"old 3", b"old 4", b"new 1"]
    role.kill()
    log.write(b"new 2\n")
    role, ledger = ingest(log, ledger, files=[old_fd, log.fd])
    assert ledger.until(1) == [b"new 2"]
    # not stored yet when it is rotated, and then the ledger dies
    log.write(b"new 3\n")
    assert ledger.take(store=False) == [b"new 3"]
    role.file("follow:sshd-auth", log.rotate(), 2)
    log.write(b"newer 1\n")
    assert ledger.take(store=False) == [b"newer 1"]
    other = ledger.again(role.attach("LEDGER"))
    other.open("sshd-auth", 0, 2)
    assert other.until(2) == [b"new 3", b"newer 1"]
    role.kill()
    # the file that was read last is gone
    log.rotate()
    log.write(b"newest 1\n")
    role, other = ingest(log, other)
    assert other.until(1) == [b"newest 1"]
    role.log(r"ingest\.start source=sshd-auth .*another file is in its place")
    role.stop()


def test_truncation(folder):
    log = Log(folder)
    log.write(b"first, which is quite long\nsecond\n")
    role, ledger = ingest(log)
    ledger.until(2)
    os.truncate(log.path, 0)
    log.write(b"third\n")
    assert ledger.until(3)[2] == b"third"
    role.log("became shorter")
    # shorter and longer again before anybody looked: its beginning is another
    with open(log.path, "r+b", buffering=0) as f:
        f.write(b"Third\nfourth\n")
    assert ledger.until(5)[3:] == [b"Third", b"fourth"]
    role.kill()
    os.truncate(log.path, 0)
    log.write(b"x\n")
    role, ledger = ingest(log, ledger)
    assert ledger.until(1) == [b"x"]
    role.stop()


def test_several(folder):
    """One file fails to move another; without a watch the clock finds what is new."""
    logs = []
    for i in range(40):
        os.makedirs(os.path.join(folder, str(i)))
        logs.append(Log(os.path.join(folder, str(i))))
    role = Role(os.path.join(FOLDER, "ingest"))
    for i, log in enumerate(logs):
        role.file(f"follow:s{i}", log.fd, 2)
    channel = role.attach("LEDGER")
    role.run()
    for i in range(40):
        m = channel.want("source_open")
        assert m["name"] == b"s%d" % i
        channel.send("source_state", name=m["name"], source=i, seq=0, cursor=b"")
    logs[39].write(b"x\n")
    assert channel.want("store_records")["source"] == 39
    late = Log(folder)
    role.file("follow:late", late.fd, 1)
    assert channel.want("source_open")["name"] == b"late"
    channel.send("source_state", name="no-such", source=1, seq=0, cursor=b"")
    assert "MALFORMED" in role.accused()
    role.kill()


def test_latency(folder):
    log = Log(folder)
    role, ledger = ingest(log)
    took = []
    for i in range(1000):
        start = time.perf_counter_ns()
        log.write(b"Nov 24 10:00:00 registry sshd[1]: Failed password for clerk from 203.0.113.66 "
                  b"port %d ssh2\n" % i)
        assert ledger.take()
        took.append((time.perf_counter_ns() - start) / 1000)
        time.sleep(0.0005)
    took.sort()
    print(f"  write to STORE_RECORDS, this test's own work included: p50 {took[500]:.0f} µs, "
          f"p99 {took[990]:.0f} µs")
    assert statistics.median(took) < 20000, "it is not woken by the write"
    role.stop()


def fields_of(line):
    out = json.loads(line)
    # the tool prints some of its own
    for name in ("__MONOTONIC_TIMESTAMP", "__SEQNUM", "__SEQNUM_ID"):
        out.pop(name, None)
    return {k: sorted(v, key=str) if isinstance(v, list) else v for k, v in out.items()}


def native(**fields):
    """journald's own protocol, for values of any bytes and names that come twice."""
    out = b""
    for name, values in fields.items():
        for value in values if isinstance(values, list) else [values]:
            out += name.encode() + b"\n" + len(value).to_bytes(8, "little") + value + b"\n"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as s:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 20)
        s.sendto(out, "/run/systemd/journal/socket")


def journal(where, ledger=None):
    role = Role(os.path.join(FOLDER, "journal"), NOBODY)
    folder = os.open(where, os.O_RDONLY | os.O_DIRECTORY)
    role.option("journal.path", where)
    role.file("journal", folder)
    channel = role.attach("LEDGER")
    role.run()
    ledger = Ledger(channel) if ledger is None else ledger.again(channel)
    ledger.open("journal", 1, 3)
    return role, ledger


def wait(what, seconds=10):
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end
        time.sleep(0.01)


def inside_journal():
    """In a mount namespace of its own, with a journald of its own."""
    for place in ("/run", "/var/log", "/etc/systemd"):
        subprocess.run(["mount", "-t", "tmpfs", "tmpfs", place], check=True)
    where = "/var/log/journal"
    os.makedirs(where)
    os.chown(where, 0, NOBODY)  # the group that may read the journal
    os.chmod(where, 0o2755)
    os.makedirs("/run/systemd/journal")
    pathlib.Path("/run/systemd/journal/flushed").touch()
    pathlib.Path("/run/machine-id").write_text("7" * 32 + "\n", encoding="ascii")
    subprocess.run(["mount", "--bind", "/run/machine-id", "/etc/machine-id"], check=True)
    pathlib.Path("/etc/systemd/journald.conf").write_text(
        "[Journal]\nStorage=persistent\nReadKMsg=no\nAudit=no\nRateLimitIntervalSec=0\n"
        "SystemMaxUse=64M\nSystemMaxFileSize=4M\n", encoding="ascii")
    daemon = subprocess.Popen(["/lib/systemd/systemd-journald"], stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL)
    try:
        wait(lambda: os.path.exists("/run/systemd/journal/socket"))
        native(MESSAGE=b"hello", SYSLOG_IDENTIFIER=b"story")
        wait(lambda: list(pathlib.Path(where).glob("*/*.journal")))
        journal_story(where)
    finally:
        daemon.kill()
        daemon.wait()


def print_journal(where):
    out = subprocess.run(["journalctl", "-D", where, "-o", "json", "--no-pager"], check=True,
                         capture_output=True).stdout
    return [line for line in out.split(b"\n") if line]


def journal_story(where):
    native(MESSAGE=b"two\nlines \xff\x00 and bytes", SYSLOG_IDENTIFIER=[b"a", b"b"], OTHER=b"q" * 5000)
    native(MESSAGE=b"tab\tand \xc2\x85 control", PRIORITY=b"6")
    role, ledger = journal(where)
    want = print_journal(where)
    ledger.until(len(want))
    for got, line in zip(ledger.records, want):
        assert b"\n" not in got
        assert list(json.loads(got)) == sorted(json.loads(got))
        assert fields_of(got) == fields_of(line), (got[:2000], line[:2000])
    # too long for a record, with and without what a client may add
    n = len(ledger.records)
    native(MESSAGE=b"m" * 40000, **{f"F{i}": b"f" * 4000 for i in range(40)})
    native(MESSAGE=b"\x01" * 40000, **{f"F{i}": b"f" for i in range(400)})
    native(MESSAGE=[b"\xff" * 3000, b"x"], **{f"F{i}": b"\x01" * 4000 for i in range(40)})
    first, second, third = (json.loads(r) for r in ledger.until(n + 3)[n:])
    assert len(ledger.records[n]) <= 60 << 10 and first["MESSAGE"].endswith("m…")
    assert "F1" not in first and first["_UID"] == "0" and len(first["MESSAGE"]) > 24000
    assert bytes(second["MESSAGE"]).endswith("\x01…".encode()) and second["F399"] == "f"
    assert third["MESSAGE"] == [None, None], third["MESSAGE"]
    # killed, it goes on after what was stored; then the files are rotated under it
    role.kill()
    native(MESSAGE=b"after")
    role, ledger = journal(where, ledger)
    assert json.loads(ledger.until(1)[0])["MESSAGE"] == "after"
    count = 1
    for i in range(3000):
        native(MESSAGE=b"%d " % i + os.urandom(1500).hex().encode())
        count += 1
        while ledger.take(0) is not None:
            pass
    files = len(list(pathlib.Path(where).rglob("*.journal")))
    assert files > 1, "its files were not rotated"
    got = [json.loads(r)["MESSAGE"].split()[0] for r in ledger.until(count)[1:]]
    assert got == [str(i) for i in range(3000)]
    journal_latency(ledger)
    shutil.rmtree(where)
    other = ledger.again(role.attach("LEDGER"))
    other.cursor = b"s=none"
    other.open("journal", 1, 3)
    role.log("journal.start .*not there any more")
    role.stop()


def journal_latency(ledger):
    took = []
    for i in range(100):
        start = time.perf_counter_ns()
        native(MESSAGE=b"Failed password for clerk from 203.0.113.66 port %d ssh2" % i)
        assert ledger.take()
        took.append((time.perf_counter_ns() - start) / 1000)
        time.sleep(0.001)
    took.sort()
    print(f"  journal's socket to STORE_RECORDS, journald included: p50 {took[50]:.0f} µs, "
          f"p99 {took[98]:.0f} µs")


def test_journal(_):
    if os.getuid() != 0 or not os.path.exists("/lib/systemd/systemd-journald"):
        print("skip  journal: needs root and systemd-journald")
        return
    subprocess.run(["unshare", "-m", sys.executable, __file__, FOLDER, "inside-journal"],
                   check=True, timeout=100)


LINE = b"2026-11-24T10:00:%02d+00:00 registry sshd[%d]: Failed password for clerk from 203.0.113.66 port 22 ssh2"


class Detect:
    def __init__(self, folder):
        texts = []
        for name in ("ssh_logon_failure", "ssh_logon_success"):
            path = TREE / "rules" / "linux" / f"{name}.yml"
            texts += [str(path).encode(), path.read_bytes()]
        rules = os.path.join(folder, "rules")
        with open(rules, "wb") as f:
            f.write(pack(texts + [b"broken.yml", b"title: ["]))
        self.role = Role(os.path.join(FOLDER, "detect"), NOBODY if os.getuid() == 0 else None)
        fd = os.open(rules, os.O_RDONLY)
        self.role.file("rules", fd)
        self.ledger = self.role.attach("LEDGER")
        self.correlate = self.role.attach("CORRELATE")
        self.role.run()

    def records(self, first, records, kind=0, trust=2, replay=0):
        self.ledger.send("records", first=first, source=7, name="sshd-auth", kind=kind,
                         trust=trust, received_us=int(time.time() * 1e6), replay=replay,
                         count=len(records), records=pack(records))

    def hits(self, done=True):
        m = self.correlate.want("hits")
        self.replay = m["replay"]
        found = []
        for item in unpack(m["findings"]):
            position = int.from_bytes(item[:8], "little")
            rule = int.from_bytes(item[8:12], "little")
            digest = item[12 + 11 + 8:12 + 11 + 8 + 32]
            trust = item[12 + 11 + 8 + 64]
            found.append((position, rule, digest, trust))
        assert len(found) == m["count"]
        if done:
            self.correlate.send("hits_done", next=m["next"])
        return m["next"], found

    def credit(self):
        return self.ledger.want("records_done")["next"]


def test_detect(folder):
    d = Detect(folder)
    assert any("detect.rules active=2 of=2 rejected=1" in l for l in d.role.logs), d.role.logs
    assert any("detect.rule text=" in l and "broken.yml" in l for l in d.role.logs)
    assert d.ledger.receive(0.1) is None, "it reads before correlate said how far back"
    d.correlate.send("replay", window_s=3600)
    assert d.ledger.want("read_records")["window_s"] >= 3600
    lines = [LINE % (i, i) for i in range(5)]
    d.records(100, [b"nothing here"] + lines)
    following, found = d.hits()
    assert following == 106 and [(p, r) for p, r, _, _ in found] == [(101 + i, 0) for i in range(5)]
    assert found[0][2] == hashlib.sha256(lines[0]).digest() and found[0][3] == 2
    assert d.credit() == 106
    # trust is the least of the source's and the record's
    d.records(106, [LINE % (9, 9)], trust=1)
    assert d.hits()[1][0][3] == 1
    entry = {"MESSAGE": "Failed password for clerk from 203.0.113.66 port 22 ssh2", "_UID": "0",
             "SYSLOG_IDENTIFIER": "sshd", "_EXE": "/usr/sbin/sshd", "_PID": "9", "PRIORITY": "6",
             "__REALTIME_TIMESTAMP": "1795514409000000", "SYSLOG_PID": "9", "_COMM": "sshd"}
    as_json = json.dumps(entry).encode()
    d.records(107, [as_json], kind=1, trust=3)
    _, found = d.hits()
    assert found[0][1] == 0 and found[0][3] == 3, found
    d.records(108, [as_json])
    assert d.hits()[1][0][3] == 2, "a file cannot vouch for what the journal does"
    # what is broken is said, and harms nothing else
    d.records(109, [b'{"MESSAGE": "x"', b"\xff\xfe \x00", b"", LINE % (8, 8)])
    following, found = d.hits()
    assert following == 113 and [(p, r) for p, r, _, _ in found] == [(112, 0)], found
    d.role.log(r"detect\.record count=1 last=109 why=SHORT")
    d.records(113, [LINE % (7, 7)], kind=1, trust=3)
    assert d.hits() == (114, [])
    for want in (107, 108, 109, 113, 114):
        assert d.credit() == want
    # more findings than fit one message
    many = [LINE % (i % 60, i) + b" " * (i % 2) for i in range(700)]
    d.records(200, many[:500])
    got, following = [], 0
    while following < 700:
        following, found = d.hits(done=False)
        got += [p for p, *_ in found]
    assert len(set(got)) == len(got) >= 250
    d.role.stop()


def test_detect_again(folder):
    """Correlate, then the ledger are started again: each record comes once, in order."""
    d = Detect(folder)
    d.correlate.send("replay", window_s=3600)
    d.ledger.want("read_records")
    d.records(10, [LINE % (1, 1)])
    d.hits()
    assert d.credit() == 11
    d.records(11, [LINE % (2, 2)])
    assert d.hits(done=False)[0] == 12
    d.correlate.end.close()
    d.records(12, [LINE % (3, 3)])  # nobody is there
    assert d.ledger.receive(0.2) is None
    d.correlate = d.role.attach("CORRELATE")
    d.records(13, [LINE % (4, 4)])  # nor has it said what it wants
    time.sleep(0.1)
    d.correlate.send("replay", window_s=3600)
    assert d.ledger.want("read_records")["window_s"] >= 3600
    assert d.credit() == 14
    d.records(14, [LINE % (5, 5)])  # was under way when it asked
    assert d.credit() == 15
    d.records(10, [LINE % (i, i) for i in range(1, 4)], replay=1)
    d.records(13, [LINE % (4, 4), LINE % (5, 5)])
    assert [p for p, *_ in d.hits()[1]] == [10, 11, 12] and d.replay
    assert [p for p, *_ in d.hits()[1]] == [13, 14]
    assert d.credit() == 13 and d.credit() == 15
    # the ledger: known records are passed over
    d.ledger.end.close()
    d.ledger = d.role.attach("LEDGER")
    assert d.ledger.want("read_records")["window_s"] >= 3600
    d.records(10, [LINE % (i, i) for i in range(1, 5)], replay=1)
    assert d.credit() == 14
    d.records(14, [LINE % (5, 5), LINE % (6, 6)], replay=1)
    assert [p for p, *_ in d.hits()[1]] == [15] and not d.replay, "correlate has not seen it"
    # liars
    d.correlate.send("hits_done", next=1000)
    assert "MALFORMED" in d.role.accused()
    d.ledger.send("records", first=16, source=7, name="x", kind=9, trust=2, received_us=0, replay=0,
                  count=1, records=pack([b"x"]))
    assert "MALFORMED" in d.role.accused()
    d.role.stop()


def main():
    for test in (test_lines, test_credit, test_restart, test_rotation, test_truncation,
                 test_several, test_latency, test_journal, test_detect, test_detect_again):
        if len(sys.argv) > 2 and sys.argv[2] != test.__name__:
            continue
        print(test.__name__, flush=True)
        with tempfile.TemporaryDirectory() as folder:
            os.chmod(folder, 0o755)
            test(folder)


FOLDER = sys.argv[1]
assert "INGEST" in ROLES
if sys.argv[2:] == ["inside-journal"]:
    inside_journal()
else:
    main()
