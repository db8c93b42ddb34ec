#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""make_evtx.py SMALL.evtx FOLDER - write seeds for fuzz_evtx: two bytes of options, then a
chunk cut behind its last record (the fuzzer needs no padding)."""
import os
import struct
import sys


def main():
    data = open(sys.argv[1], "rb").read()
    chunk = data[4096:4096 + 65536]
    end, = struct.unpack_from("<I", chunk, 48)
    folder = sys.argv[2]
    os.makedirs(folder, exist_ok=True)
    seeds = {"chunk": b"\0\1" + chunk[:end], "carved": b"\1\1" + bytes(8) + chunk[8:end],
             "steps": b"\2\1" + chunk[:end - 100], "file": b"\0\0" + data[:128]}
    for name, seed in seeds.items():
        with open(os.path.join(folder, name), "wb") as out:
            out.write(seed)


main()
