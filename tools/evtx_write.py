#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""evtx_write.py [IN.jsonl] OUT.evtx - write a Windows event log for tests and demos.

Each line of the input (stdin without IN) is one record:
  {"system": {"Provider_Name": "…", "EventID": 1, "Channel": "…", "Computer": "…",
              "TimeCreated": "2026-01-02T03:04:05.1234567Z", …},
   "data":   {"Image": "C:\\\\x.exe", …}  or  [["Data", "a"], …] for repeated names,
   "user":   {"wrapper": "LogFileCleared", "fields": {…}}   instead of data}
The names are those that tocsin decodes; a Data without a name is called "". Values: text,
whole numbers, true and false, null, or one of {"hex": 4660}, {"guid": "…"}, {"sid": "S-1-5-18"},
{"time": "…"}, {"binary": "00ff"}, {"ansi": "…"}, {"strings": ["a", "b"]}, {"float": 1.5}.
EventRecordID counts from 1 unless given. The format: doc/formats/evtx.md.
"""
import hashlib
import json
import re
import struct
import sys
import uuid
import zlib
from datetime import datetime, timezone

CHUNK = 65536
HEADER = 4096
NAMESPACE = "http://schemas.microsoft.com/win/2004/08/events/event"
UTF16, ANSI, INT64, UINT8, UINT16, UINT32, UINT64 = 0x01, 0x02, 0x09, 0x04, 0x06, 0x08, 0x0A
DOUBLE, BOOL, BINARY, GUID, FILETIME = 0x0C, 0x0D, 0x0E, 0x0F, 0x11
SID, HEX64, BINXML, STRINGS = 0x13, 0x15, 0x21, 0x81

# Values of the outer template, in order: field, type.
SYSTEM = [("Level", UINT8), ("Opcode", UINT8), ("Task", UINT16), ("EventID", UINT16),
          ("EventID_Qualifiers", UINT16), ("Keywords", HEX64), ("TimeCreated", FILETIME),
          ("Correlation_ActivityID", GUID), ("Execution_ProcessID", UINT32),
          ("Execution_ThreadID", UINT32), ("EventRecordID", UINT64), ("Version", UINT8),
          ("Security_UserID", SID), ("Provider_Name", UTF16), ("Provider_Guid", GUID),
          ("Channel", UTF16), ("Computer", UTF16), ("payload", BINXML)]
INDEX = {name: i for i, (name, _) in enumerate(SYSTEM)}
LAYOUT = [("Provider", ["Name", "Guid"], None), ("EventID", ["Qualifiers"], "EventID"),
          ("Version", [], "Version"), ("Level", [], "Level"), ("Task", [], "Task"),
          ("Opcode", [], "Opcode"), ("Keywords", [], "Keywords"),
          ("TimeCreated", ["SystemTime"], None), ("EventRecordID", [], "EventRecordID"),
          ("Correlation", ["ActivityID"], None),
          ("Execution", ["ProcessID", "ThreadID"], None), ("Channel", [], "Channel"),
          ("Computer", [], "Computer"), ("Security", ["UserID"], None)]


class Full(Exception):
    pass


def filetime(text):
    whole, fraction = re.fullmatch(r"(.{19})(?:\.(\d{1,7}))?Z", text).groups()
    then = datetime.strptime(whole, "%Y-%m-%dT%H:%M:%S").replace(tzinfo=timezone.utc)
    since = then - datetime(1601, 1, 1, tzinfo=timezone.utc)
    return (since.days * 86400 + since.seconds) * 10**7 + int((fraction or "0").ljust(7, "0"))


def sid(text):
    parts = [int(p) for p in text.split("-")[1:]]
    return struct.pack(">BBHI", parts[0], len(parts) - 2, parts[1] >> 32,
                       parts[1] & 0xFFFFFFFF) + b"".join(struct.pack("<I", p) for p in parts[2:])


def encode(value):
    if value is None:
        return 0, b""
    if isinstance(value, bool):
        return BOOL, struct.pack("<I", value)
    if isinstance(value, int):
        return (INT64, struct.pack("<q", value)) if value < 0 else \
            (UINT64, struct.pack("<Q", value)) if value >> 32 else (UINT32, struct.pack("<I", value))
    if isinstance(value, str):
        return UTF16, value.encode("utf-16-le", "surrogatepass")
    (kind, v), = value.items()
    return {"hex": lambda: (HEX64, struct.pack("<Q", v)),
            "guid": lambda: (GUID, uuid.UUID(v).bytes_le),
            "sid": lambda: (SID, sid(v)),
            "time": lambda: (FILETIME, struct.pack("<Q", filetime(v))),
            "binary": lambda: (BINARY, bytes.fromhex(v)),
            "ansi": lambda: (ANSI, v.encode("latin-1") + b"\0"),
            "float": lambda: (DOUBLE, struct.pack("<d", v)),
            "strings": lambda: (STRINGS, "".join(s + "\0" for s in v).encode("utf-16-le"))}[kind]()


def encode_system(name, value):
    kind = dict(SYSTEM)[name]
    if value is None:
        return 0, b""
    widths = {UINT8: "<B", UINT16: "<H", UINT32: "<I", UINT64: "<Q"}
    if kind in widths:
        return kind, struct.pack(widths[kind], value)
    if kind == HEX64:
        return kind, struct.pack("<Q", int(value, 16) if isinstance(value, str) else value)
    wrap = {GUID: "guid", FILETIME: "time", SID: "sid"}
    return encode({wrap[kind]: value}) if kind in wrap else encode(value)


class Chunk:
    def __init__(self):
        self.data = bytearray(512)
        self.names, self.templates, self.records = {}, {}, []

    def put(self, fmt, *values):
        self.data += struct.pack("<" + fmt, *values)

    def text(self, text):
        raw = text.encode("utf-16-le")
        self.put("H", len(raw) // 2)
        self.data += raw

    def name(self, text):
        if text in self.names:
            return self.put("I", self.names[text])
        here = len(self.data) + 4
        self.put("I", here)
        self.names[text] = here
        number = 0
        for unit in text:
            number = (number * 65599 + ord(unit)) & 0xFFFFFFFF
        self.put("IH", self.link(128, number % 64, here), number & 0xFFFF)
        self.text(text)
        self.put("H", 0)

    def link(self, table, bucket, here):
        """Put an offset at the head of a chain in the chunk's header; the former head."""
        at = table + 4 * bucket
        former, = struct.unpack_from("<I", self.data, at)
        struct.pack_into("<I", self.data, at, here)
        return former

    def sized(self, body):
        at = len(self.data)
        self.put("I", 0)
        body()
        struct.pack_into("<I", self.data, at, len(self.data) - at - 4)

    def element(self, tag, attributes, content, depends=0xFFFF):
        """attributes: (name, literal text or substitution index); content: likewise, or a
        function that writes elements, or None."""
        self.put("BH", 0x41 if attributes else 0x01, depends)

        def body():
            self.name(tag)
            if attributes:
                self.sized(lambda: [self.attribute(a, i + 1 < len(attributes))
                                    for i, a in enumerate(attributes)])
            if content is None:
                return self.put("B", 0x03)
            self.put("B", 0x02)
            content() if callable(content) else self.value(content)
            self.put("B", 0x04)
        self.sized(body)

    def attribute(self, attribute, more):
        self.put("B", 0x46 if more else 0x06)
        self.name(attribute[0])
        self.value(attribute[1])

    def value(self, value):
        if isinstance(value, str):
            self.put("BB", 0x05, UTF16)
            self.text(value)
        else:
            index, kind, optional = value
            self.put("BHB", 0x0E if optional else 0x0D, index, kind)

    def instance(self, key, body, values):
        """A fragment with one use of the template `key`, defined here if it is new."""
        guid = hashlib.md5(key.encode()).digest()
        self.put("4B", 0x0F, 1, 1, 0)
        self.put("BB", 0x0C, 1)
        self.data += guid[:4]
        if key in self.templates:
            self.put("I", self.templates[key])
        else:
            here = len(self.data) + 4
            self.put("I", here)
            self.templates[key] = here
            number, = struct.unpack("<I", guid[:4])
            self.put("I", self.link(384, number % 32, here))
            self.data += guid

            def definition():
                self.put("4B", 0x0F, 1, 1, 0)
                body()
                self.put("B", 0)
            self.sized(definition)
        self.put("I", len(values))
        places = []
        for kind, raw in values:
            places.append(len(self.data))
            self.put("HBB", 0 if callable(raw) else len(raw), kind, 0)
        for place, (_, raw) in zip(places, values):
            start = len(self.data)
            if callable(raw):
                raw()
                struct.pack_into("<H", self.data, place, len(self.data) - start)
            else:
                self.data += raw
        self.put("B", 0)

    def system(self):
        def sub(name):
            return INDEX[name], dict(SYSTEM)[name], True

        def elements():
            for tag, attributes, text in LAYOUT:
                self.element(tag, [(a, sub("TimeCreated" if tag == "TimeCreated" else
                                           tag + "_" + a)) for a in attributes],
                             sub(text) if text else None, INDEX[text] if text else 0xFFFF)

        def event():
            self.element("System", [], elements)
            self.value(sub("payload"))
        self.element("Event", [("xmlns", NAMESPACE)], event)

    def payload(self, record):
        """→ (template key, its body, values) of EventData or UserData, or None."""
        user = record.get("user")
        fields = user["fields"] if user else record.get("data")
        if fields is None:
            return None
        pairs = list(fields.items()) if isinstance(fields, dict) else fields
        values = [encode(v) for _, v in pairs]

        def leaves():
            for i, ((name, _), (kind, _)) in enumerate(zip(pairs, values)):
                if user or name == "Binary":
                    self.element(name, [], (i, kind, False))
                else:
                    self.element("Data", [("Name", name)] if name else [], (i, kind, False))

        def body():
            if user:
                self.element("UserData", [], lambda: self.element(user["wrapper"], [], leaves))
            else:
                self.element("EventData", [], leaves)
        key = json.dumps([user and user["wrapper"], [n for n, _ in pairs],
                          [k for k, _ in values]])
        return key, body, values

    def add(self, record, number):
        """Append a record, or raise Full and stay as it was."""
        before = bytes(self.data), dict(self.names), dict(self.templates)
        system = dict(record["system"])
        system.setdefault("EventRecordID", number)
        start = len(self.data)
        self.put("4sIQQ", b"**\0\0", 0, number, filetime(system["TimeCreated"]))
        values = [encode_system(n, system.get(n)) for n, _ in SYSTEM[:-1]]
        inner = self.payload(record)
        values.append((BINXML, lambda: self.instance(*inner)) if inner else (0, b""))
        self.instance("system", self.system, values)
        self.data += bytes(-(len(self.data) + 4) % 8)
        size = len(self.data) + 4 - start
        struct.pack_into("<I", self.data, start + 4, size)
        self.put("I", size)
        if len(self.data) > CHUNK:
            self.data, self.names, self.templates = bytearray(before[0]), before[1], before[2]
            raise Full
        self.records.append((number, start))

    def finish(self):
        first, last = self.records[0][0], self.records[-1][0]
        end = len(self.data)
        struct.pack_into("<8sQQQQIII", self.data, 0, b"ElfChnk\0", first, last, first, last, 128,
                         self.records[-1][1], end)
        struct.pack_into("<I", self.data, 52, zlib.crc32(self.data[512:end]))
        struct.pack_into("<I", self.data, 124,
                         zlib.crc32(self.data[128:512], zlib.crc32(self.data[:120])))
        return bytes(self.data) + bytes(CHUNK - end)


def write(records):
    """The bytes of a file with these records."""
    chunks = [Chunk()]
    for number, record in enumerate(records, 1):
        try:
            chunks[-1].add(record, number)
        except Full:
            chunks.append(Chunk())
            chunks[-1].add(record, number)
    if not chunks[-1].records:
        chunks.pop()
    header = bytearray(HEADER)
    struct.pack_into("<8sQQQIHHHH", header, 0, b"ElfFile\0", 0, max(len(chunks) - 1, 0),
                     len(records) + 1, 128, 1, 3, HEADER, len(chunks))
    struct.pack_into("<I", header, 124, zlib.crc32(header[:120]))
    return bytes(header) + b"".join(c.finish() for c in chunks)


def main():
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    with open(sys.argv[1] if len(sys.argv) == 3 else 0, encoding="utf-8") as lines:
        records = [json.loads(line) for line in lines if line.strip()]
    with open(sys.argv[-1], "wb") as out:
        out.write(write(records))


if __name__ == "__main__":
    main()
