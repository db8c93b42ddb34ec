#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""wire_doc.py [--check] - writes doc/wire.md from model/role.def and model/wire.def, or says
that it is not what they say."""
import os
import re
import sys

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
PAGE = os.path.join(ROOT, "doc/wire.md")
HEAD = """# Messages between processes

Written by `tools/wire_doc.py` from `src/model/role.def` and `src/model/wire.def`: change those.

Each pair of processes below that exchanges anything has one channel, a pair of `SOCK_SEQPACKET`
sockets; people connect to a listening one. A frame is one message: its number in one byte, then
its fields in order, little-endian; `bytes` and `text` begin with their length in 32 bits, `text`
is UTF-8 without NUL; `addr` is the fixed form of `model/ipaddr.h`, `id` 16 bytes, `digest` 32,
`signature` 64. Nothing follows the last field. The first message on a channel is `hello`, both
ways. One that is cut, too long, unpermitted or out of place means that the sender is compromised:
the channel is closed, the sender killed and started again, and the fact recorded.
"""


def read(name):
    with open(os.path.join(ROOT, "src/model", name), encoding="utf-8") as f:
        return f.read()


def cell(text):
    return text.replace("|", "\\|")


def roles():
    rows = re.findall(r'^ROLE\((\w+), "([^"]*)", "([^"]*)", "([^"]*)"\)', read("role.def"), re.M)
    return [(name, text) for name, *text in rows]


def side(text, names):
    if text == "R_ALL":
        return "each"
    return ", ".join(names[r] for r in re.findall(r"R\((\w+)\)", text))


def page():
    names = {name: text[0] for name, text in roles()}
    out = [HEAD, "## Processes\n", "| number | process | untrusted bytes that it reads | powers |",
           "|---|---|---|---|"]
    for number, (_, text) in enumerate(roles()):
        out.append(f"| {number} | " + " | ".join(map(cell, text)) + " |")
    source = read("wire.def")
    source = source[source.index("#endif"):]
    pattern = re.compile(r'^/\* (?P<group>.*?) \*/$|^MESSAGE\((?P<id>\w+), (?P<name>\w+), '
                         r'(?P<from>.+?), (?P<to>R_ALL|R\(.+?\)), (?P<cap>\d+), '
                         r'"(?P<text>(?:\\.|[^"\\])*)"\)\n#define FIELDS_\w+\(F\) (?P<fields>.*)$',
                         re.M)
    number = 0
    for m in pattern.finditer(source):
        if m["group"]:
            out += [f"\n## {m['group'].rstrip('.')}\n",
                    "| | message | from → to | at most | fields | meaning |",
                    "|---|---|---|---|---|---|"]
            continue
        number += 1
        fields = ", ".join(f"{name} {kind}" for kind, name in
                           re.findall(r"F\((\w+), (\w+)\)", m["fields"]))
        text = m["text"].replace('\\"', '"')
        out.append(f"| {number} | `{m['name']}` | {side(m['from'], names)} → "
                   f"{side(m['to'], names)} | {m['cap']} | {fields} | {cell(text)} |")
    if number != source.count("\nMESSAGE("):
        raise SystemExit("wire_doc.py: not every row of wire.def was understood")
    return "\n".join(out) + "\n"


def main():
    text = page()
    if sys.argv[1:] == ["--check"]:
        with open(PAGE, encoding="utf-8") as f:
            if f.read() != text:
                raise SystemExit("doc/wire.md is not what the tables say: run tools/wire_doc.py")
        return
    with open(PAGE, "w", encoding="utf-8") as f:
        f.write(text)


if __name__ == "__main__":
    main()
