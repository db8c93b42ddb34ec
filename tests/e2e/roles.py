#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""roles.py TOCSIND TOYS - the supervisor with toy roles: it starts, joins, watches, restarts,
kills whom it must, records it, follows rotation, and stops in order."""
import json
import os
import re
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time

TOCSIND, TOYS = map(os.path.abspath, sys.argv[1:3])
RUNNING = []
RULE = "title: t\nid: 00000000-0000-4000-8000-000000000001\n"


class Daemon:
    """A tocsind in a folder of its own; its lines as they come."""

    def __init__(self, folder, mood="", extra="", user=None):
        self.folder, self.lines, self.user = folder, [], user
        self.config = os.path.join(folder, "tocsin.conf")
        os.makedirs(os.path.join(folder, "logs"), exist_ok=True)
        with open(os.path.join(folder, "rule.yml"), "w", encoding="utf-8") as f:
            f.write(RULE)
        os.makedirs(os.path.join(folder, "etc"), exist_ok=True)
        with open(self.config, "w", encoding="utf-8") as f:
            f.write(f"""[daemon]
state = {folder}/state
run = {folder}/run
libexec = {TOYS}
[ingest]
file = auth T3 {folder}/logs/auth.log
journal = {folder}/logs
[detect]
rules = {folder}/rule.yml
[incident]
institution = {mood}
[contain]
never = 192.0.2.0/24
never = account:backup
[account]
etc = {folder}/etc
{extra}""")

    def start(self):
        def become():
            if self.user:
                os.setgid(self.user)
                os.setuid(self.user)
        self.process = subprocess.Popen([TOCSIND, "--config", self.config, "--foreground"],
                                        stderr=subprocess.PIPE, text=True, preexec_fn=become,
                                        start_new_session=True)
        RUNNING.append(self.process)
        self.reader = threading.Thread(target=self.read, daemon=True)
        self.reader.start()
        return self

    def read(self):
        for line in self.process.stderr:
            self.lines.append(line.rstrip("\n"))

    def wait(self, pattern, count=1, seconds=20):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            found = [l for l in list(self.lines) if re.search(pattern, l)]
            if len(found) >= count:
                return found
            time.sleep(0.01)
        raise AssertionError(f"no {count}x {pattern!r} in:\n" + "\n".join(self.lines[-60:]))

    def pid(self, role):
        return int(re.search(r"pid=(\d+)", self.wait(rf"role\.ready role={role} ")[-1])[1])

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        return self.ended()

    def ended(self):
        """Its status, once its last line is read."""
        status = self.process.wait(20)
        self.reader.join(20)
        return status

    def facts(self):
        with open(os.path.join(self.folder, "state/ledger/facts"), encoding="utf-8") as f:
            return [json.loads(l) for l in f]


ROLES = ["ledger", "contain-account", "contain", "incident", "correlate", "detect", "query",
         "inform", "ingest", "journal"]


def wait_all(d):
    for role in ROLES:
        d.wait(rf"role\.ready role={role} ")


def test_life(folder):
    with open(os.path.join(folder, "auth"), "w", encoding="utf-8") as f:
        f.write("first\n")
    d = Daemon(folder)
    os.rename(os.path.join(folder, "auth"), os.path.join(folder, "logs/auth.log"))
    d.start()
    wait_all(d)
    d.wait(r"toy\.file follow:auth number=3 first=first role=ingest")
    d.wait(r"toy\.option contain\.never=192\.0\.2\.0/24 role=contain$")
    d.wait(r"toy\.option contain\.never=account:backup role=contain$")
    d.wait(r"toy\.option contain\.mode=shadow role=contain$")
    d.wait(r"toy\.file grant-key role=contain$")
    d.wait(r"toy\.file grant-public role=contain-account$")
    d.wait(r"toy\.file rules role=detect$")
    for a, b in [("ingest", "ledger"), ("journal", "ledger"), ("detect", "ledger"),
                 ("detect", "correlate"), ("correlate", "ledger"), ("incident", "contain"),
                 ("contain", "contain-account"), ("query", "ledger"), ("inform", "ledger")]:
        d.wait(rf"toy\.attached peer={b} role={a}$")
        d.wait(rf"toy\.attached peer={a} role={b}$")
    assert not [l for l in d.lines if "peer=contain role=detect" in l]
    for name in ["query", "contain", "notice"]:
        assert os.stat(os.path.join(folder, f"run/{name}.sock")).st_mode & 0o777 == 0o660
    assert os.stat(os.path.join(folder, "state/grant.key")).st_mode & 0o777 == 0o600
    for role in ROLES:
        with open(f"/proc/{d.pid(role)}/status", encoding="utf-8") as f:
            status = f.read()
        assert "Seccomp:\t2" in status and "NoNewPrivs:\t1" in status, (role, status)
        if os.getuid() == 0 and role != "contain-account":
            assert re.search(r"CapEff:\t0{16}", status), (role, status)
        if os.getuid() == 0:
            uid = 63100 + 1 + ["ingest", "journal", "ledger", "detect", "correlate", "incident",
                               "contain", "contain-net", "contain-account", "query",
                               "inform"].index(role)
            assert f"Uid:\t{uid}\t{uid}\t{uid}\t{uid}" in status, (role, status)
        if os.getuid() == 0:
            assert not os.listdir(f"/proc/{d.pid(role)}/task")[1:]
    assert d.stop() == 0
    ended = [re.search(r"role=(\S+)", l)[1] for l in d.wait(r"role\.ended", len(ROLES))]
    assert ended[0] == "journal" and ended[1] == "ingest" and ended[-1] == "ledger", ended
    assert all("status 0" in l for l in d.lines if "role.ended" in l), d.lines
    started = {f["role"] for f in d.facts() if f["what"] == "started" and f["fact"] == "role"}
    assert started >= set(ROLES), started


def test_liars(folder):
    for mood, why in [("garbage", "accused by ledger: a frame: is malformed"),
                      ("oversized", "accused by ledger: a frame: is longer"),
                      ("wrong-role", "accused by ledger: a frame: is malformed"),
                      ("wrong-state", "accused by ledger: a message in the wrong place"),
                      ("to-supervisor", "what it sent to the supervisor is malformed"),
                      ("open", r"SIGSYS"),
                      ("close", "it closed its channel"),
                      ("crash", "SIGABRT")]:
        own = os.path.join(folder, mood)
        os.mkdir(own)
        d = Daemon(own, mood).start()
        d.wait(rf"role\.ended role=incident .*{why}")
        d.wait(r"role\.ready role=incident", 2)
        assert not [l for l in d.lines if re.search(r"role\.ended role=(?!incident)", l)], d.lines
        end = time.monotonic() + 10
        while not [f for f in d.facts() if f["role"] == "incident" and f["what"] == "killed"
                   and re.search(why, f["why"])]:
            assert time.monotonic() < end, d.facts()
            time.sleep(0.05)
        if mood == "garbage":
            d.wait(r"role\.failing role=incident .*again_s=1")
            d.wait(r"role\.failing role=incident .*again_s=2")
        if mood == "crash":
            d.wait(r"role\.stderr text=.*toy\.c")
        assert d.stop() == 0


def test_noise_and_false_accusers(folder):
    for mood in ["chatter", "accuse", "hang"]:
        os.mkdir(os.path.join(folder, mood))
    d = Daemon(os.path.join(folder, "chatter"), "chatter").start()
    d.wait(r"toy\.chatter \\x1b\[31mred", 50)
    assert len([l for l in d.lines if "toy.chatter" in l]) <= 100
    assert not [l for l in d.lines if "\033" in l]
    d.stop()
    d = Daemon(os.path.join(folder, "accuse"), "accuse").start()
    d.wait(r"role\.ended role=incident .*accuses others too often")
    d.stop()
    d = Daemon(os.path.join(folder, "hang"), "hang").start()
    d.wait(r"toy\.attached peer=ledger role=incident")
    before = time.monotonic()
    assert d.stop() == 0
    assert time.monotonic() - before < 10
    d.wait(r"role\.ended role=incident .*did not stop")


def test_kill_each(folder):
    d = Daemon(folder).start()
    wait_all(d)
    for role in ROLES:
        os.kill(d.pid(role), signal.SIGKILL)
        d.wait(rf"role\.ready role={role} ", 2)
    d.wait(r"toy\.attached peer=ledger role=contain$", 2)
    d.wait(r"toy\.file folder role=ledger", 2)
    killed, end = [], time.monotonic() + 20
    while sorted(killed) != sorted(ROLES):
        assert time.monotonic() < end, killed
        time.sleep(0.02)
        killed = [f["role"] for f in d.facts() if f["what"] == "killed"]
    assert d.stop() == 0


def put(path, text):
    with open(path + ".part", "w", encoding="utf-8") as f:
        f.write(text)
    os.rename(path + ".part", path)


def test_rotation(folder):
    d = Daemon(folder).start()
    log = os.path.join(folder, "logs/auth.log")
    d.wait(r"role\.ready role=ingest")
    d.wait(r"ingest\.absent")
    put(log, "one\n")
    d.wait(r"toy\.file follow:auth number=3 first=one ")
    os.rename(log, log + ".1")
    put(log, "two\n")
    d.wait(r"toy\.file follow:auth number=3 first=two ")
    os.kill(d.pid("ingest"), signal.SIGKILL)
    d.wait(r"toy\.file follow:auth number=3 first=one ", 2)
    d.wait(r"toy\.file follow:auth number=3 first=two ", 2)
    os.rename(log, log + ".2")
    os.symlink("/etc/shadow", log)
    d.wait(r"ingest\.absent .*symbolic links")
    assert d.stop() == 0


def ask(path):
    s = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    s.connect(path)
    hello = s.recv(65536)
    assert hello[5] == 10, hello  # query's number
    s.send(bytes([hello[0]]) + struct.pack("<IB", 1, 12) + bytes(32))
    return s


def test_people_and_twice(folder):
    d = Daemon(folder).start()
    wait_all(d)
    ask(os.path.join(folder, "run/query.sock")).close()
    second = subprocess.run([TOCSIND, "--config", d.config], capture_output=True, text=True,
                            timeout=20)
    assert second.returncode == 1 and "another tocsind" in second.stderr, second.stderr
    os.kill(d.process.pid, signal.SIGKILL)  # all die with it
    d.process.wait(10)
    for role in ROLES:
        pid, end = d.pid(role), time.monotonic() + 5
        while os.path.exists(f"/proc/{pid}") and "zombie" not in open(
                f"/proc/{pid}/status", encoding="utf-8").read():
            assert time.monotonic() < end, role
            time.sleep(0.02)
    d = Daemon(folder).start()
    wait_all(d)
    assert d.stop() == 0


def test_signal_to_the_group(folder):
    d = Daemon(folder).start()
    wait_all(d)
    os.killpg(d.process.pid, signal.SIGINT)  # as a terminal does
    os.kill(d.process.pid, signal.SIGINT)
    assert d.ended() == 0
    assert all("status 0" in l for l in d.wait(r"role\.ended", len(ROLES))), d.lines


def test_config(folder):
    d = Daemon(folder, extra="[detect]\nrulez = x\n")
    r = subprocess.run([TOCSIND, "--check", "--config", d.config], capture_output=True, text=True)
    assert r.returncode == 1 and "no key rulez in [detect]" in r.stderr, r
    line = open(d.config, encoding="utf-8").read().split("\n").index("rulez = x") + 1
    assert f"tocsin.conf:{line}:1: error" in r.stderr, r.stderr
    d = Daemon(folder)
    r = subprocess.run([TOCSIND, "--check", "--config", d.config], capture_output=True, text=True)
    assert r.returncode == 0 and not os.path.exists(os.path.join(folder, "state")), r
    assert subprocess.run([TOCSIND, "--nonsense"], capture_output=True).returncode == 2


def test_manual(_):
    page = os.path.join(os.path.dirname(os.path.abspath(__file__)),
                        "../../doc/man/tocsin.conf.5")
    made = subprocess.run([TOCSIND, "--manual-settings"], capture_output=True, text=True,
                          check=True).stdout
    text = open(page, encoding="utf-8").read()
    part = re.search(r"--manual-settings\n(.*)\.\\\" to here", text, re.S)[1]
    assert part == made, "tocsin.conf.5: put in what tocsind --manual-settings prints"


def test_ordinary_user(folder):
    if os.getuid() != 0:
        print("skip  ordinary_user: needs root, to become another user")
        return
    os.chmod(folder, 0o777)
    d = Daemon(folder)
    for name in os.listdir(folder):
        shutil.chown(os.path.join(folder, name), 65534, 65534)
    d.user = 65534
    if subprocess.run(["setpriv", "--reuid=65534", "--clear-groups", "test", "-x",
                       os.path.join(TOYS, "ledger")]).returncode != 0:
        print("skip  ordinary_user: the build folder is not readable by others")
        return
    d.start()
    d.wait(r"daemon\.users missing=")
    d.wait(r"role\.off role=contain-net why=\"no CAP_NET_ADMIN")
    d.wait(r"role\.ready role=ledger")
    d.wait(r"role\.ready role=incident")
    assert d.stop() == 0


def main():
    only = sys.argv[3:]
    tests = {n: f for n, f in globals().items() if n.startswith("test_")}
    for name, test in tests.items():
        if only and name not in only:
            continue
        folder = tempfile.mkdtemp(prefix="tocsind-")
        os.chmod(folder, 0o755)
        try:
            test(folder)
            print("ok   ", name, flush=True)
        finally:
            while RUNNING:
                RUNNING.pop().kill()
            shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
