# SPDX-License-Identifier: GPL-3.0-or-later
"""wire - messages of src/model/wire.def, and a role's program with this process as its supervisor
and its peers. It reads the tables itself and shares no code with what it tests."""
import os
import pathlib
import re
import select
import signal
import socket
import struct
import subprocess
import time

MODEL = pathlib.Path(__file__).resolve().parents[2] / "src" / "model"
ROLES = re.findall(r"^ROLE\((\w+),", (MODEL / "role.def").read_text(encoding="utf-8"), re.M)
MESSAGES = {}  # name → (number, [(type, field)])
for _name, _fields in re.findall(r"^MESSAGE\(\w+, (\w+),.*\n#define FIELDS_\w+\(F\)(.*)$",
                                 (MODEL / "wire.def").read_text(encoding="utf-8"), re.M):
    MESSAGES[_name] = (len(MESSAGES) + 1, re.findall(r"F\((\w+), (\w+)\)", _fields))
NUMBERS = {"u8": "<B", "u16": "<H", "u32": "<I", "u64": "<Q", "i64": "<q"}
RAW = {"id": 16, "digest": 32, "signature": 64}


def encode(message, /, **values):
    number, fields = MESSAGES[message]
    out = [bytes([number])]
    for kind, field in fields:
        value = values.pop(field)
        if kind in NUMBERS:
            out.append(struct.pack(NUMBERS[kind], value))
        elif kind in RAW:
            assert len(value) == RAW[kind]
            out.append(value)
        else:
            value = value.encode() if isinstance(value, str) else value
            out.append(struct.pack("<I", len(value)) + value)
    assert not values, values
    return b"".join(out)


def decode(frame):
    name = list(MESSAGES)[frame[0] - 1]
    out, at = {"type": name}, 1
    for kind, field in MESSAGES[name][1]:
        if kind in NUMBERS:
            (out[field],) = struct.unpack_from(NUMBERS[kind], frame, at)
            at += struct.calcsize(NUMBERS[kind])
        elif kind in RAW:
            out[field] = frame[at:at + RAW[kind]]
            at += RAW[kind]
        else:
            (n,) = struct.unpack_from("<I", frame, at)
            out[field] = frame[at + 4:at + 4 + n]
            at += 4 + n
    assert at == len(frame), (name, at, len(frame))
    return out


def pack(items):
    return b"".join(struct.pack("<I", len(i)) + i for i in items)


def unpack(data):
    out = []
    while data:
        (n,) = struct.unpack_from("<I", data)
        out.append(data[4:4 + n])
        data = data[4 + n:]
    return out


class Gone(Exception):
    pass


class Channel:
    """This end of a channel: it is `role`."""

    def __init__(self, role, end):
        self.role, self.end, self.build = role, end, None

    def hello(self, build):
        self.send("hello", protocol=1, role=ROLES.index(self.role), build=build)

    def send(self, message, /, *, fd=None, **values):
        frame = encode(message, **values)
        if fd is None:
            self.end.send(frame)
        else:
            socket.send_fds(self.end, [frame], [fd])

    def receive(self, seconds=10):
        """The next message but HELLO; None: none came in time."""
        while True:
            if not select.select([self.end], [], [], seconds)[0]:
                return None
            frame = self.end.recv(1 << 17)
            if not frame:
                raise Gone()
            message = decode(frame)
            if message["type"] != "hello":
                return message
            self.build = message["build"]

    def want(self, name, seconds=10):
        message = self.receive(seconds)
        assert message and message["type"] == name, (name, message)
        return message


class Role:
    """A role's program, confined, with its supervisor's channel."""

    def __init__(self, path, uid=None):
        self.name = os.path.basename(path).upper().replace("-", "_")
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)

        def become():
            os.dup2(theirs.fileno(), 3, inheritable=True)
            if uid:
                os.setgroups([])
                os.setgid(uid)
                os.setuid(uid)
        self.process = subprocess.Popen([path], pass_fds=[3, theirs.fileno()], preexec_fn=become,
                                        env={"ASAN_OPTIONS": "detect_leaks=0"})
        theirs.close()
        self.supervisor = Channel("SUPERVISOR", ours)
        hello = decode(ours.recv(1 << 16))
        assert hello["type"] == "hello"
        self.build = hello["build"]
        self.supervisor.hello(self.build)
        self.logs = []

    def option(self, name, value):
        self.supervisor.send("option", name=name, value=value)

    def file(self, name, fd, number=0):
        self.supervisor.send("file", fd=fd, name=name, number=number)

    def attach(self, peer):
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.supervisor.send("attach", fd=theirs.fileno(), peer=ROLES.index(peer))
        theirs.close()
        channel = Channel(peer, ours)
        channel.hello(self.build)
        return channel

    def run(self):
        self.supervisor.send("run", enforce=0)
        while True:
            message = self.supervisor.receive()
            assert message, f"{self.name} does not get ready: {self.process.poll()}"
            if message["type"] == "ready":
                return self
            self.logs.append(message["line"].decode())

    def log(self, pattern, seconds=10):
        """Wait for a line."""
        end = time.monotonic() + seconds
        while not any(re.search(pattern, l) for l in self.logs):
            message = self.supervisor.receive(max(0.0, end - time.monotonic()))
            assert message and message["type"] == "log", (pattern, message, self.logs)
            self.logs.append(message["line"].decode())
        return [l for l in self.logs if re.search(pattern, l)][-1]

    def accused(self):
        while True:
            message = self.supervisor.receive()
            assert message, "nobody was accused"
            if message["type"] == "accuse":
                return message["reason"].decode()

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(10)

    def stop(self):
        self.supervisor.send("stop", why=0)
        status = self.process.wait(10)
        assert status == 0, (self.name, status)
