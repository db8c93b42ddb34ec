#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks a folder that `tocsin evidence prove` wrote. Needs Python 3 and nothing else, and shares
no code with tocsin: formats are those of doc/formats/ledger.md, c2sp.org/signed-note,
c2sp.org/tlog-checkpoint, c2sp.org/tlog-proof, RFC 6962 (trees) and RFC 8032 (Ed25519).

usage: evidence_check.py [--vkey KEY] FOLDER

KEY is the ledger's public key as you got it by another way. Without it the key in the folder is
taken, which proves only that the folder agrees with itself. Exit status: 0 sound, 1 not.
"""
import base64
import hashlib
import json
import os
import re
import sys


class Bad(Exception):
    """What is wrong, for people."""


def need(condition, text):
    if not condition:
        raise Bad(text)


def sha256(data):
    return hashlib.sha256(data).digest()


def unbase64(text, where):
    data = base64.b64decode(text)
    need(base64.b64encode(data).decode() == text, f"{where}: not base64")
    return data


def number(text, where):
    need(re.fullmatch(r"0|[1-9][0-9]{0,19}", text), f"{where}: not a number")
    return int(text)


# Ed25519 verification, RFC 8032 section 5.1, in extended coordinates.
P, Q = 2**255 - 19, 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P


def recover_x(y, sign):
    x2 = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(x2, (P + 3) // 8, P)
    if (x * x - x2) % P:
        x = x * pow(2, (P - 1) // 4, P) % P
    need(y < P and (x * x - x2) % P == 0 and not (x == 0 and sign), "Ed25519: not a point")
    return P - x if x & 1 != sign else x


def point(data):
    y = int.from_bytes(data, "little")
    sign, y = y >> 255, y & (2**255 - 1)
    x = recover_x(y, sign)
    return (x, y, 1, x * y % P)


def add(p, q):
    a, b = (p[1] - p[0]) * (q[1] - q[0]) % P, (p[1] + p[0]) * (q[1] + q[0]) % P
    c, d = 2 * p[3] * q[3] * D % P, 2 * p[2] * q[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return (e * f % P, g * h % P, f * g % P, e * h % P)


def multiply(s, p):
    q = (0, 1, 1, 0)
    while s:
        if s & 1:
            q = add(q, p)
        p, s = add(p, p), s >> 1
    return q


BASE_Y = 4 * pow(5, -1, P) % P
BASE = (recover_x(BASE_Y, 0), BASE_Y, 1, recover_x(BASE_Y, 0) * BASE_Y % P)


def signed(key, message, signature):
    s = int.from_bytes(signature[32:], "little")
    if len(signature) != 64 or s >= Q:
        return False
    h = int.from_bytes(hashlib.sha512(signature[:32] + key + message).digest(), "little") % Q
    left, right = multiply(s, BASE), add(point(signature[:32]), multiply(h, point(key)))
    return ((left[0] * right[2] - right[0] * left[2]) % P == 0
            and (left[1] * right[2] - right[1] * left[2]) % P == 0)


def root_of(index, size, leaf, proof):
    """The root that a proof leads to; RFC 6962 section 2.1.1 read backwards."""
    need(index < size, "a proof is of a leaf past the end of its tree")
    if size == 1:
        need(not proof, "a proof is too long")
        return leaf
    need(proof and len(proof[-1]) == 32, "a proof is too short")
    half = 1 << ((size - 1).bit_length() - 1)
    if index < half:
        return sha256(b"\1" + root_of(index, half, leaf, proof[:-1]) + proof[-1])
    return sha256(b"\1" + proof[-1] + root_of(index - half, size - half, leaf, proof[:-1]))


def read_key(vkey):
    match = re.fullmatch(r"([^\s+]+)\+([0-9a-f]{8})\+(\S+)", vkey)
    need(match, "vkey: not a verifier key")
    name, key_id, data = match[1], bytes.fromhex(match[2]), unbase64(match[3], "vkey")
    need(data[:1] == b"\1" and len(data) == 33, "vkey: not an Ed25519 key")
    need(sha256(name.encode() + b"\n" + data)[:4] == key_id, "vkey: its id is not its own")
    return name, key_id, data[1:]


def read_checkpoint(note, key):
    name, key_id, public = key
    text, _, signatures = note.rpartition("\n\n")
    lines, good = text.split("\n"), 0
    for line in signatures.split("\n")[:-1]:
        match = re.fullmatch(r"\u2014 (\S+) (\S+)", line)
        need(match, "checkpoint: a line of signature is not one")
        data = unbase64(match[2], "checkpoint")
        if match[1] == name and data[:4] == key_id:
            need(signed(public, (text + "\n").encode(), data[4:]), "checkpoint: wrong signature")
            good += 1
    need(good and signatures.endswith("\n"), "checkpoint: not signed by this key")
    need(len(lines) >= 3 and lines[0] == name, "checkpoint: of another log")
    return number(lines[1], "checkpoint"), unbase64(lines[2], "checkpoint")


def check_entry(files, position, note, size, root):
    name = f"{position}.batch"
    header, lines = files[name], files[name].decode().split("\n")
    need(lines[0] == "tocsin-batch/v1" and lines[-1] == "", f"{name}: not a batch header")
    batch = dict(line.split(" ", 1) for line in lines[1:-1])
    first, count = number(batch["first"], name), number(batch["count"], name)
    name = f"{position}.tlog-proof"
    head, _, rest = files[name].decode().partition("\n\n")
    need(rest == note, f"{name}: its checkpoint is another")
    lines = head.split("\n")
    need(lines[0] == "c2sp.org/tlog-proof@v1" and lines[1][:6] == "index ", f"{name}: no proof")
    need(root_of(number(lines[1][6:], name), size, sha256(b"\0" + header),
                 [unbase64(line, name) for line in lines[2:]]) == root,
         f"{name}: the batch is not in the log")
    name = f"{position}.inner-proof"
    lines = files[name].decode().split("\n")
    need(lines[:3] == ["tocsin-inner-proof/v1", f"index {position - first}", f"size {count}"]
         and lines[-1] == "", f"{name}: not of this entry")
    need(root_of(position - first, count, sha256(b"\0" + files[f"{position}.entry"]),
                 [unbase64(line, name) for line in lines[3:-1]]) == unbase64(batch["root"], name),
         f"{name}: the entry is not in its batch")
    fact = json.loads(files[f"{position}.entry"]) if batch["kind"] == "facts" else {}
    listed = fact.get("records", []) if fact.get("fact") == "finding" else []
    for record in [r for r in listed if "position" in r]:  # else it came from a file
        entry = files.get(f"{record['position']}.entry")
        need(entry is not None, f"record {record['position']} of the finding is missing")
        need(sha256(entry).hex() == record["sha256"],
             f"record {record['position']} is not the one that the finding saw")


def check(folder, vkey):
    files = {}
    for name in sorted(os.listdir(folder)):
        with open(os.path.join(folder, name), "rb") as f:
            files[name] = f.read()
    manifest = files.pop("manifest-sha256.txt").decode().splitlines(True)
    need(sorted(manifest) == sorted(f"{sha256(files[n]).hex()}  {n}\n" for n in files),
         "manifest-sha256.txt: a file was changed, added or removed")
    own = files["vkey"].decode()
    need(own.endswith("\n") and vkey in (None, own[:-1]), "vkey: another key than the one given")
    note = files["checkpoint"].decode()
    size, root = read_checkpoint(note, read_key(own[:-1]))
    positions = sorted(int(name[:-6]) for name in files if name.endswith(".entry"))
    need(positions, "no entry is here")
    for position in positions:
        check_entry(files, position, note, size, root)
    return len(positions), size


def main(arguments):
    vkey = None
    if arguments[:1] == ["--vkey"] and len(arguments) > 1:
        vkey, arguments = arguments[1], arguments[2:]
    if len(arguments) != 1 or arguments[0].startswith("-"):
        sys.exit(__doc__)
    try:
        entries, size = check(arguments[0], vkey)
    except (Bad, OSError, KeyError, ValueError, TypeError, AttributeError, RecursionError) as e:
        print(f"NOT PROVED: {e if isinstance(e, (Bad, OSError)) else 'malformed: ' + repr(e)}")
        return 1
    print(f"proved: {entries} entries were in the log of {size} batches when it was signed"
          + ("" if vkey else "\nThe key is the folder's own: compare it with the one you have."))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
