#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""contain-net against the real kernel: a host, its network and the internet, each a network
namespace of its own, with real TCP and UDP between them.

usage: net.py NET_PROBE [bench]

  lan 10.9.2.2 --- 10.9.2.1 host 10.9.1.1 --- 10.9.1.2 internet (all other addresses)
"""
import ctypes
import errno
import os
import re
import select
import signal
import socket
import struct
import subprocess
import sys
import threading
import time

PROBE = os.path.abspath(sys.argv[1])
ATTACKER, NEIGHBOUR, OTHER = "192.0.2.7", "192.0.2.8", "198.51.100.7"
BYSTANDER, ADMIN = "203.0.113.5", "203.0.113.10"
ATTACKER6, NEIGHBOUR6 = "2001:db8:66:1::7", "2001:db8:66:1::8"
BYSTANDER6 = "2001:db8:66:2::5"
HOST, HOST6, LAN = "10.9.1.1", "fd00:9::1", "10.9.2.2"
NEVER = f"never {ADMIN} 2001:db8:ad::/48"
QUIET_S = 0.4  # long enough for what was sent to arrive
failures = []


def check(what, good, seen=""):
    print(("ok    " if good else "FAIL  ") + what + ("" if good else f": {seen}"), flush=True)
    if not good:
        failures.append(what)


def sh(command, ok=True):
    r = subprocess.run(command, shell=True, capture_output=True, text=True, check=False)
    if ok and r.returncode != 0:
        sys.exit(f"net.py: '{command}' failed: {r.stderr}")
    return r


class Space:
    """A network namespace: sockets made inside `with` belong to it."""
    def __init__(self, path):
        self.fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)

    def __enter__(self):
        self.back = os.open("/proc/self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
        self.enter(self.fd)

    def __exit__(self, *_):
        self.enter(self.back)
        os.close(self.back)

    @staticmethod
    def enter(fd):
        if ctypes.CDLL(None, use_errno=True).setns(fd, 0x40000000) != 0:
            raise OSError(ctypes.get_errno(), "setns")


def build():
    """The three namespaces; this process is in the host's."""
    sh("mount -t tmpfs tmpfs /run && ip netns add internet && ip netns add lan")
    net, lan = "ip -n internet", "ip -n lan"
    for side, name, end in (("wan", "internet", "up0"), ("in0", "lan", "up0")):
        sh(f"ip link add {side} type veth peer name {end} netns {name}")
    sh("ip link set lo up; ip link set wan up; ip link set in0 up")
    sh(f"ip addr add {HOST}/24 dev wan; ip addr add 10.9.2.1/24 dev in0")
    sh(f"ip addr add {HOST6}/64 dev wan nodad")
    for one in (net, lan):
        sh(f"{one} link set lo up; {one} link set up0 up")
    sh(f"{net} addr add 10.9.1.2/24 dev up0; {net} addr add fd00:9::2/64 dev up0 nodad")
    for a in (ATTACKER, NEIGHBOUR, OTHER, BYSTANDER, ADMIN, "198.51.100.8"):
        sh(f"{net} addr add {a}/32 dev lo")
    for a in (ATTACKER6, NEIGHBOUR6, BYSTANDER6):
        sh(f"{net} addr add {a}/128 dev lo nodad")
    sh(f"{lan} addr add {LAN}/24 dev up0; {lan} route add default via 10.9.2.1")
    sh("ip route add default via 10.9.1.2; ip -6 route add default via fd00:9::2")
    sh(f"{net} route add 10.9.2.0/24 via {HOST}; sysctl -qw net.ipv4.ip_forward=1")
    return Space("/run/netns/internet"), Space("/run/netns/lan")


class Probe:
    def __init__(self, fd="new", limits=(100000, 1000)):
        argv = [PROBE, str(fd)] + ([str(v) for v in limits] if limits else [])
        self.process = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        text=True, pass_fds=() if fd == "new" else (fd,))
        self.first = self.process.stdout.readline().strip()

    def __call__(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        return self.process.stdout.readline().strip()

    def kill(self):
        os.kill(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def nft_socket():
    return socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 12)


def family(address):
    return socket.AF_INET6 if ":" in address else socket.AF_INET


def listen(address="::", port=2222):
    s = socket.create_server((address, port), family=family(address),
                             dualstack_ipv6=address == "::")
    s.settimeout(2)
    return s


def connect(space, source, port=2222, to=None, timeout=0.5):
    """A connection from source to the host, or None."""
    with space:
        s = socket.socket(family(source), socket.SOCK_STREAM)
    s.settimeout(timeout)
    try:
        s.bind((source, 0))
        s.connect((to or (HOST6 if ":" in source else HOST), port))
    except OSError:
        s.close()
        return None
    return s


class Session:
    """An established connection; alive() sends a message through it and back."""
    def __init__(self, space, source, server):
        self.client = connect(space, source, server.getsockname()[1])
        self.server = server.accept()[0]
        self.server.settimeout(0.5)

    def alive(self):
        try:
            self.client.sendall(b"ping")
            if self.server.recv(16) != b"ping":
                return False
            self.server.sendall(b"pong")
            return self.client.recv(16) == b"pong"
        except OSError:
            return False

    def close(self):
        self.client.close()
        self.server.close()


def reachable(space, source, server):
    s = connect(space, source, server.getsockname()[1])
    if s is None:
        return False
    s.close()
    server.accept()[0].close()
    return True


def datagrams(sender_space, receiver_space, source, target, count=50):
    """How many of count datagrams arrive."""
    with receiver_space:
        receiver = socket.socket(family(target), socket.SOCK_DGRAM)
    receiver.bind((target, 0))
    receiver.settimeout(QUIET_S)
    with sender_space:
        sender = socket.socket(family(target), socket.SOCK_DGRAM)
    sender.bind((source, 0))
    for _ in range(count):
        try:
            sender.sendto(b"x" * 100, receiver.getsockname()[:2])
        except PermissionError:
            pass  # the drop in output is told to the sender
    arrived = 0
    try:
        while receiver.recv(200):
            arrived += 1
    except OSError:
        pass
    sender.close()
    receiver.close()
    return arrived


def flood_cut(net, space, server, address):
    """Messages of an established flow that arrive after the block was confirmed."""
    session = Session(space, address, server)
    stop, arrived = threading.Event(), []

    def send():
        while not stop.is_set():
            try:
                session.client.send(b"m" * 64)
            except OSError:
                return
            time.sleep(0.0005)

    def receive():
        try:
            while session.server.recv(64):
                arrived.append(time.monotonic())
        except OSError as e:
            arrived.append(e)

    threads = [threading.Thread(target=t) for t in (send, receive)]
    for t in threads:
        t.start()
    deadline = time.monotonic() + 5
    while len(arrived) <= 100 and time.monotonic() < deadline:
        time.sleep(0.01)
    receipt = net(f"block {address} 600")
    end = time.monotonic()
    time.sleep(QUIET_S)
    stop.set()
    for t in threads:
        t.join()
    session.close()
    times = [a for a in arrived if isinstance(a, float)]
    errors = [a for a in arrived if not isinstance(a, float)]
    return receipt, len(times), sum(t > end for t in times), errors


def bans(net):
    return dict(re.findall(r" ([\w.:/]+)=(\d+)", net("list")))


def test_cut(net, internet, here):
    """Both directions, established and new, with and without somebody else's accept."""
    server = listen()
    bystander, admin = (Session(internet, a, server) for a in (BYSTANDER, ADMIN))
    check("before: the attacker's datagrams come in",
          datagrams(internet, here, ATTACKER, HOST) == 50)
    check("before: ours reach the attacker", datagrams(here, internet, HOST, ATTACKER) == 50)
    receipt, before, after, errors = flood_cut(net, internet, server, ATTACKER)
    check("receipt: EFFECTIVE", receipt.startswith("EFFECTIVE left_ms="), receipt)
    check("receipt: one socket ended", "sockets=1/0/1" in receipt, receipt)
    check("established TCP: at most one message after the receipt",
          before > 50 and after <= 1, (before, after))
    check("our program is told that its peer is gone",
          bool(errors) and errors[0].errno == errno.ECONNABORTED, errors)
    check("no datagram in", datagrams(internet, here, ATTACKER, HOST) == 0)
    check("no datagram out", datagrams(here, internet, HOST, ATTACKER) == 0)
    check("no new connection", not reachable(internet, ATTACKER, server))
    check("the neighbour connects", reachable(internet, NEIGHBOUR, server))
    check("bystander and administrator are untouched", bystander.alive() and admin.alive())
    counts = {k: int(v) for k, v in re.findall(r"(\w+)=(\d+)", net("counters"))}
    check("the rules count", counts["in"] >= 50 and counts["out"] >= 50, counts)
    again = net(f"block {ATTACKER} 900")
    check("asked again: renewed, longer", "renewed=1" in again and re.search("left_ms=[89]", again), again)
    check("release", net(f"release {ATTACKER}").startswith("EFFECTIVE"))
    check("released: connects again", reachable(internet, ATTACKER, server))
    check("released twice is no failure", net(f"release {ATTACKER}").startswith("EFFECTIVE"))
    for s in (bystander, admin, server):
        s.close()


def test_foreign_accept(net, internet, lan, here):
    """Another firewall accepts what is established, and translates addresses."""
    sh("""nft -f - <<'X'
table inet foreign {
  chain early { type filter hook prerouting priority -400; ct state established accept; accept; }
  chain input { type filter hook input priority 0; ct state established accept; }
  chain nat { type nat hook prerouting priority -100; tcp dport 8080 dnat ip to 10.9.2.2:80; }
}
X""")
    server = listen()
    receipt, before, after, _ = flood_cut(net, internet, server, NEIGHBOUR)
    check("with a foreign accept: cut as well", before > 50 and after <= 1, (before, after))
    check("the tracked flow is ended", "flows=1/0/1" in receipt, receipt)
    with lan:
        inner = listen(LAN, 80)
    client = connect(internet, OTHER, 8080)
    check("through address translation: connected", client is not None)
    peer = inner.accept()[0]
    receipt = net(f"block {OTHER} 600")
    check("the translated flow is ended", "flows=1/0/1" in receipt, receipt)
    peer.settimeout(QUIET_S)
    try:
        client.send(b"late")
        late = peer.recv(16)
    except OSError:
        late = b""
    check("the translated connection carries nothing more", late == b"", late)
    check("forward: nothing from the network behind us to the blocked address",
          datagrams(lan, internet, LAN, OTHER) == 0)
    check("forward: but to others", datagrams(lan, internet, LAN, BYSTANDER) == 50)
    net(f"release {OTHER}")
    check("forward: after the release again", datagrams(lan, internet, LAN, OTHER) == 50)
    net(f"release {NEIGHBOUR}")
    for s in (client, peer, inner, server):
        s.close()


def test_many_flows(net, internet):
    """With more flows than are looked through one by one."""
    server = listen()
    with internet:
        s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.bind((BYSTANDER, 0))
    for port in range(3000, 43000):
        s.sendto(b"x", (HOST, port))
    tracked = int(sh("cat /proc/sys/net/netfilter/nf_conntrack_count").stdout)
    check("many flows: tracked", tracked > 33000, tracked)
    session, held = Session(internet, ATTACKER, server), Session(internet, BYSTANDER, server)
    answer = net(f"block {ATTACKER} 60")
    check("many flows: the right one is ended", "flows=1/0/1" in answer, answer)
    check("many flows: witness", net(f"witness {BYSTANDER} 2222") == "seen")
    net(f"block {NEIGHBOUR} 60")
    check("many flows: the others stay", held.alive() and not session.alive())
    answer = net(f"block {BYSTANDER} 60")
    count = int(re.search(r"flows=(\d+)", answer).group(1))
    check("many flows: all of one address are ended", count >= 33000, answer)
    for one in (session, held, server, s):
        one.close()


def spoofed_syn(space, source, port):
    with space:
        s = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)
    ip = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 40, 1, 0, 64, 6, 0, socket.inet_aton(source),
                     socket.inet_aton(HOST))
    tcp = struct.pack("!HHIIBBHHH", 40000, port, 1, 0, 0x50, 2, 8192, 0, 0)
    pseudo = ip[12:20] + struct.pack("!BBH", 0, 6, 20) + tcp
    total = sum(struct.unpack("!20H", pseudo[:40])) if len(pseudo) == 40 else \
        sum(struct.unpack(f"!{len(pseudo) // 2}H", pseudo))
    total = (total >> 16) + (total & 0xffff)
    total = ~((total >> 16) + total) & 0xffff
    s.sendto(ip + tcp[:16] + struct.pack("!H", total) + tcp[18:], (HOST, 0))
    s.close()
    time.sleep(0.05)


def test_witness(net, internet, tracked):
    name = "with tracking" if tracked else "without tracking"
    server = listen(port=2323)
    spoofed_syn(internet, "192.0.2.99", 2323)
    half = sh("ss -Htan state syn-recv").stdout
    check(f"witness {name}: the spoofed handshake waits", "192.0.2.99" in half, half)
    check(f"witness {name}: and proves nothing", net("witness 192.0.2.99 2323") == "not seen")
    session = Session(internet, OTHER, server)
    check(f"witness {name}: a live session", net(f"witness {OTHER} 2323") == "seen")
    check(f"witness {name}: of another port", net(f"witness {OTHER} 22") == "not seen")
    session.server.close()
    session.client.close()
    time.sleep(0.05)
    check(f"witness {name}: a session that we ended", net(f"witness {OTHER} 2323") == "seen")
    session = Session(internet, BYSTANDER, server)
    session.client.close()
    session.server.close()
    time.sleep(0.05)
    want = "seen" if tracked else "not seen"
    check(f"witness {name}: a session that they ended is {want}",
          net(f"witness {BYSTANDER} 2323") == want)
    server.close()


def test_guards(net, internet, here):
    server = listen()
    for target, lease, reason in (
            (ADMIN, 60, "never-contain"), ("203.0.113.0/24", 60, "never-contain"),
            ("2001:db8:ad:1::/64", 60, "never-contain"), (HOST, 60, "address of this host"),
            ("10.9.2.1", 60, "address of this host"), (HOST6, 60, "address of this host"),
            ("10.9.1.2", 60, "gateway"), ("fd00:9::2", 60, "gateway"),
            ("10.9.1.0/24", 60, "address of this host"), ("127.0.0.1", 60, "loopback"),
            ("fd00:9::/64", 60, "address of this host"), ("224.0.0.1", 60, "multicast"),
            ("0.0.0.0", 60, "unspecified"), ("::", 60, "unspecified"), ("fe80::1", 60, "link-local"),
            ("ff02::1", 60, "multicast"), ("64:ff9b::/64", 60, "reserved"),
            ("198.51.0.0/16", 60, "prefix length"), ("2001::/32", 60, "prefix length"),
            ("198.51.100.0/25", 60, "prefix length"), (OTHER, 0, "lease"),
            (OTHER, 604801, "lease")):
        answer = net(f"block {target} {lease}")
        check(f"refused: {target} for {lease} s ({reason})",
              answer.startswith("INEFFECTIVE") and reason in answer, answer)
    check("refused: mapped, unnormalised", "well-formed" in net("mapped"))
    check("nothing is blocked after all that", bans(net) == {}, bans(net))
    sh("ip addr add 10.9.3.1/24 dev in0; ip route add 198.18.0.0/16 via 10.9.2.77")
    check("refused: an address that the host got just now",
          "address of this host" in net("block 10.9.3.1 60"))
    check("refused: a gateway that it got just now", "gateway" in net("block 10.9.2.77 60"))
    check("a neighbour on the link may be blocked", net("block 10.9.2.78 1").startswith("EFFECT"))
    sh("ip addr del 10.9.3.1/24 dev in0; ip route del 198.18.0.0/16")
    check("no longer ours: may be blocked", net("block 10.9.3.1 1").startswith("EFFECTIVE"))
    check("an element for the administrator, by hand", net(f"raw {ADMIN} 1 0") == "raw 1 sys=0")
    check("the kernel lets the administrator pass", reachable(internet, ADMIN, server))
    check("both ways", datagrams(here, internet, HOST, ADMIN) == 50)
    check("the list again lifts it", net(NEVER) == "never 2 lifted 1")
    net(f"block {BYSTANDER} 60")
    check("blocked until it is on the list", not reachable(internet, BYSTANDER, server))
    check("the list lifts a block", net(f"{NEVER} {BYSTANDER}").endswith("lifted 1"))
    check("and it connects", reachable(internet, BYSTANDER, server))
    net(NEVER)
    server.close()


def test_prefixes(net, internet):
    server = listen()
    mapped = Session(internet, ATTACKER, server)
    answer = net(f"block ::ffff:{ATTACKER} 60")
    check("mapped: blocked as what it is", ATTACKER in bans(net), bans(net))
    check("mapped: the socket of the dual-stack server ended",
          "sockets=1/0/1" in answer and not mapped.alive(), answer)
    net(f"release {ATTACKER}")
    held = Session(internet, OTHER, server)
    answer = net("block 198.51.100.0/24 60")
    check("/24: EFFECTIVE, its sockets ended", answer.startswith("EFFECTIVE") and
          "sockets=1/0/1" in answer and not held.alive(), answer)
    check("/24: none of it connects", not reachable(internet, OTHER, server) and
          not reachable(internet, "198.51.100.8", server))
    check("/24: others do", reachable(internet, ATTACKER, server))
    net(f"block {OTHER} 60")
    answer = net(f"release {OTHER}")
    check("release says what still blocks", "wider block" in answer, answer)
    net("release 198.51.100.0/24")
    check("/24 released", reachable(internet, OTHER, server))
    six = Session(internet, ATTACKER6, server)
    answer = net("block 2001:db8:66:1::/64 60")
    check("/64: cut", "sockets=1/0/1" in answer and not six.alive(), answer)
    check("/64: none of it connects", not reachable(internet, NEIGHBOUR6, server))
    check("/64: others do", reachable(internet, BYSTANDER6, server))
    net("release 2001:db8:66:1::/64")
    for length, outside in (("56", "2001:db8:66:100::/56"), ("48", "2001:db8:67::/48")):
        net(f"block {outside} 60")
        check(f"/{length}: outside of it connects", reachable(internet, ATTACKER6, server))
        net(f"block 2001:db8:66::/{length} 60")
        check(f"/{length}: inside does not", not reachable(internet, ATTACKER6, server))
        net(f"release 2001:db8:66::/{length}")
        net(f"release {outside}")
    net("block fd00:9::77 60")
    check("neighbour discovery goes on beside a block", reachable(internet, BYSTANDER6, server))
    net("release fd00:9::77")
    check("a lease of 2 s", net(f"block {ATTACKER} 2").startswith("EFFECTIVE"))
    check("holds", not reachable(internet, ATTACKER, server))
    time.sleep(2.2)
    check("and ends by itself", reachable(internet, ATTACKER, server) and bans(net) == {})
    for s in (server, mapped, held, six):
        s.close()


def test_limits():
    net = Probe(limits=None)
    net(NEVER)
    began, made, answer = time.monotonic(), 0, "EFFECTIVE"
    while answer.startswith("EFFECTIVE") and made < 2000:
        made += 1
        answer = net(f"block 100.64.{made // 200}.{made % 200 + 1} 600")
    back = int((time.monotonic() - began) / 3) + 1  # a token comes back every 3 s
    check("budget: 200 addresses, and then no more",
          200 <= made - 1 <= 200 + back and "budget" in answer, (made, answer))
    check("budget: a renewal is free", net("block 100.64.0.2 600").startswith("EFFECTIVE"))
    answers = [net(f"block 100.65.{i}.0/24 600") for i in range(4)]
    check("budget: three prefixes, not four",
          [a.split()[0] for a in answers] == ["EFFECTIVE"] * 3 + ["INEFFECTIVE"], answers)
    net.close()
    net = Probe()
    net(NEVER)
    check("the kernel's set is filled by hand", net("raw 11.0.0.0/24 4096 256") == "raw 4096 sys=0")
    answer = net("block 100.65.0.0/24 60")
    check("full: said so", answer.startswith("INEFFECTIVE") and "full" in answer, answer)
    check("full: what is there can be renewed", net("block 11.0.0.0/24 60").startswith("EFFECT"))
    check("full: other sets have room", net("block 100.64.0.1 60").startswith("EFFECTIVE"))
    net.close()


def test_life(internet):
    """The socket outlives the process that holds it."""
    server = listen()
    held = nft_socket()
    net = Probe(held.fileno(), limits=None)
    check("first: made, owned", net.first == "open owner=us adopted=0", net.first)
    check("nothing is blocked before the never list is there",
          "has not been loaded" in net(f"block {ATTACKER} 60"))
    net(NEVER)
    for a in (ATTACKER, "192.0.2.0/24", "198.18.1.0/24", "198.18.2.0/24"):
        net(f"block {a} 600")
    net.kill()
    check("after kill -9: still blocked", not reachable(internet, ATTACKER, server))
    sh("nft flush ruleset")
    check("after another's flush ruleset: still blocked", not reachable(internet, ATTACKER, server))
    for verb in ("delete table inet tocsin", "add element inet tocsin never4 { 192.0.2.7 }",
                 "flush chain inet tocsin prerouting"):
        r = sh(f"nft '{verb}'", ok=False)
        check(f"another process cannot: {verb.split('{')[0]}", "not permitted" in r.stderr, r.stderr)
    other = Probe()
    check("a second executor with a socket of its own: EBUSY",
          other.first == f"failed SYSTEM sys={errno.EBUSY} at=0", other.first)
    other.close()
    net = Probe(held.fileno(), limits=None)
    check("with the kept socket: adopted", net.first == "open owner=us adopted=1", net.first)
    check("its blocks are there", len(bans(net)) == 4, bans(net))
    check("the never list is there", "never-contain" in net(f"block {ADMIN} 60"))
    check("the budget is still used up", "budget" in net("block 198.18.3.0/24 60"))
    check("it works on", net(f"block {OTHER} 60").startswith("EFFECTIVE") and
          not reachable(internet, OTHER, server))
    net.kill()
    held.close()
    check("with the last descriptor the table ends", reachable(internet, ATTACKER, server))
    sh("nft 'add table inet tocsin'")
    net = Probe()
    check("somebody's table of that name is replaced", net.first.endswith("owner=us adopted=0"))
    net.close()
    with open(os.devnull, encoding="utf-8") as f:
        wrong = Probe(f.fileno())
    check("no netlink socket: refused", wrong.first.startswith("failed"), wrong.first)
    wrong.close()
    r = sh(f"setpriv --bounding-set -net_admin {PROBE} new", ok=False)
    check("without CAP_NET_ADMIN: EPERM", f"sys={errno.EPERM}" in r.stdout, r.stdout)
    server.close()


def bench():
    net = Probe()
    net(NEVER)
    print("idle table    ", net("bench 2000"))
    net("raw 20.0.0.0 100000 1")
    print("100,000 blocks", net("bench 2000"))
    began = time.monotonic()
    net("list")
    print(f"list of all    {time.monotonic() - began:.3f} s")
    net.close()


def main():
    internet, lan = build()
    here = Space("/proc/self/ns/net")
    if sys.argv[2:] == ["bench"]:
        bench()
        return
    net = Probe()
    check("open", net.first == "open owner=us adopted=0", net.first)
    check("the never list", net(NEVER) == "never 2 lifted 0")
    test_cut(net, internet, here)
    test_witness(net, internet, False)
    test_guards(net, internet, here)
    test_prefixes(net, internet)
    net.close()
    test_limits()
    test_life(internet)
    net = Probe()
    net(NEVER)
    test_foreign_accept(net, internet, lan, here)
    test_witness(net, internet, True)
    test_many_flows(net, internet)
    net.close()
    print(f"{len(failures)} failures")
    sys.exit(1 if failures else 0)


def outside():
    """Start again in namespaces of our own, where nothing of the machine can be touched."""
    os.environ["NET_INSIDE"] = "1"
    os.execvp("unshare", ["unshare", "-n", "-m", "--propagation", "private", sys.executable]
              + sys.argv)


if os.environ.get("NET_INSIDE"):
    main()
elif os.geteuid() != 0:
    print("skip  net: needs root, for network namespaces")
    sys.exit(77)
else:
    outside()
