#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""tocsin evidence as people run it, and the independent check of what it writes.

usage: evidence.py PROGRAM LEDGER_WRITE
Prints one line per test and "N passed, M failed".
"""
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile

PROGRAM, WRITER = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])
ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "../.."))
CHECK = os.path.join(ROOT, "tools/evidence_check.py")
ID = "0160d7cd8953d59c8d35effbd3273e4b"
RECORDS = ["Failed password for root from 192.0.2.7", "Accepted password for root from 192.0.2.7",
           "escape \x1b[31m and \u202e here"]
SEGMENT = "00000000000000000000.segment"
failed = []


def run(*arguments, status=0, text=True, **options):
    r = subprocess.run(arguments, capture_output=True, text=text, timeout=60, check=False,
                       **options)
    assert r.returncode == status, f"{arguments[1:]}: status {r.returncode}\n{r.stdout}{r.stderr}"
    return r


def evidence(*arguments, status=0, **options):
    return run(PROGRAM, "evidence", *arguments, status=status, **options)


def proved(folder, *options):
    return subprocess.run([sys.executable, CHECK, *options, folder], capture_output=True,
                          text=True, timeout=60, check=False)


def make(folder):
    """Noise, three records, a finding about two of them, more noise; returns positions."""
    digest = [hashlib.sha256(r.encode()).hexdigest() for r in RECORDS]
    script = ["batch 5", "batch 40"] + ["record " + r for r in RECORDS]
    finding = {"fact": "finding", "id": ID, "rule": "x",
               "records": [{"position": 45, "sha256": digest[0]},
                           {"position": 46, "sha256": digest[1]}]}
    script += ["batch 9", "fact " + json.dumps(finding, separators=(",", ":"))]
    script += ["fact " + json.dumps({"fact": "action", "id": "ff" + ID[2:]}), "batch 3",
               "checkpoint"]
    out = run(WRITER, folder, input="\n".join(script)).stdout.split()
    assert out == ["0", "5", "45", "46", "47", "48", "57", "58", "59"], out


def test_verify(work):
    ledger = os.path.join(work, "ledger")
    make(ledger)
    out = evidence("verify", ledger).stdout
    assert "sound" in out and "compare it" in out, out
    got = json.loads(evidence("verify", "--json", ledger).stdout)
    assert got["sound"] and got["records"] == 60 and got["facts"] == 2 and got["batches"] == 9, got
    out = evidence("verify", "--vkey", ledger + "/vkey", "--checkpoint", ledger + "/checkpoint",
                   ledger).stdout
    assert "sound" in out and "compare it" not in out, out
    evidence("verify", work + "/nothing", status=1)
    evidence("verify", "a", "b", status=2)
    evidence("verify", "--vkey", ledger + "/checkpoint", ledger, status=1)


def test_damage_is_located(work):
    ledger = os.path.join(work, "ledger")
    make(ledger)
    path = os.path.join(ledger, SEGMENT)
    with open(path, "rb") as f:
        data = bytearray(f.read())
    at = data.index(b"Failed password") if b"Failed password" in data else data.rindex(b"root ")
    data[at] ^= 1
    with open(path, "wb") as f:
        f.write(data)
    out = evidence("verify", ledger, status=1).stdout
    assert "DAMAGED" in out and SEGMENT in out and "batch " in out, out
    got = json.loads(evidence("verify", "--json", ledger, status=1).stdout)
    assert not got["sound"] and got["damages"][0]["offset"] <= at, got
    message = evidence("prove", "-l", ledger, "-o", work + "/out", ID, status=1).stderr
    assert "batch" in message, message


def test_prove_finding(work):
    ledger, out = os.path.join(work, "ledger"), os.path.join(work, "out")
    make(ledger)
    evidence("prove", "--ledger", ledger, "--output", out, ID[:8])
    names = {f"{p}.{s}" for p in (45, 46, 57) for s in ("entry", "batch", "inner-proof",
                                                       "tlog-proof")}
    names |= {"checkpoint", "vkey", "VERIFY.txt", "manifest-sha256.txt"}
    assert set(os.listdir(out)) == names, sorted(os.listdir(out))
    with open(os.path.join(out, "45.entry"), encoding="utf-8") as f:
        assert f.read() == RECORDS[0]
    r = proved(out)
    assert r.returncode == 0 and "proved: 3 entries" in r.stdout, r.stdout + r.stderr
    with open(os.path.join(ledger, "vkey"), encoding="utf-8") as f:
        vkey = f.read().strip()
    r = proved(out, "--vkey", vkey)
    assert r.returncode == 0 and "compare" not in r.stdout, r.stdout
    assert proved(out, "--vkey", vkey[:-1] + ("B" if vkey[-1] == "A" else "A")).returncode == 1
    run("sha256sum", "-c", "manifest-sha256.txt", cwd=out)
    evidence("prove", "-l", ledger, "-o", out, ID, status=1)  # never over what is there
    return out


def test_every_byte_counts(work):
    """A flipped bit anywhere in any file of the folder, with the manifest as it was and with a
    manifest made anew: then the proofs alone must find it."""
    out = test_prove_finding(work)
    for name in sorted(os.listdir(out)):
        path = os.path.join(out, name)
        with open(path, "rb") as f:
            data = f.read()
        for at in range(0, len(data), 1 if len(data) < 100 else 1 + len(data) // 50):
            with open(path, "wb") as f:
                f.write(data[:at] + bytes([data[at] ^ 1 << at % 8]) + data[at + 1:])
            assert check_in_process(out) is not None, f"{name}: byte {at} does not count"
            if name not in ("VERIFY.txt", "manifest-sha256.txt"):
                kept = remake_manifest(out)
                assert check_in_process(out) is not None, f"{name}: byte {at}: no proof fails"
                with open(os.path.join(out, "manifest-sha256.txt"), "wb") as f:
                    f.write(kept)
        with open(path, "wb") as f:
            f.write(data)
    assert check_in_process(out) is None
    os.unlink(os.path.join(out, "46.entry"))
    remake_manifest(out)
    assert "46" in check_in_process(out)


def check_in_process(out):
    """None, or what is wrong."""
    sys.path.insert(0, os.path.join(ROOT, "tools"))
    import evidence_check  # pylint: disable=import-outside-toplevel
    try:
        evidence_check.check(out, None)
    except (evidence_check.Bad, KeyError, ValueError, TypeError, AttributeError) as e:
        return str(e) or "malformed"
    return None


def remake_manifest(out):
    path = os.path.join(out, "manifest-sha256.txt")
    with open(path, "rb") as f:
        kept = f.read()
    lines = []
    for name in sorted(os.listdir(out)):
        if name != "manifest-sha256.txt":
            with open(os.path.join(out, name), "rb") as f:
                lines.append(hashlib.sha256(f.read()).hexdigest() + "  " + name + "\n")
    with open(path, "w", encoding="utf-8") as f:
        f.writelines(lines)
    return kept


def test_prove_by_hand(work):
    """What VERIFY.txt says about OpenSSL works, and fails on another text."""
    out = test_prove_finding(work)
    with open(os.path.join(out, "VERIFY.txt"), encoding="utf-8") as f:
        lines = f.read().split("\n")
    start = next(i for i, line in enumerate(lines) if "302a3005" in line)
    end = next(i for i, line in enumerate(lines) if "-sigfile" in line) + 1
    script = "\n".join(line.strip() for line in lines[start:end])
    if not shutil.which("xxd"):
        script = script.replace("xxd -r -p", "python3 -c 'import sys; sys.stdout.buffer.write("
                                "bytes.fromhex(sys.stdin.read()))'")
    got = run("sh", "-ec", script, cwd=out).stdout
    assert "Verified Successfully" in got, got
    broken = script.replace("openssl", "echo >>text; openssl", 1)
    run("sh", "-ec", broken, cwd=out, status=1)


def test_words(work):
    ledger = os.path.join(work, "ledger")
    make(ledger)
    for word, says in (("60", None), ("99999", "no entry"), ("abcdef", "no finding"), ("xyz", "digits"),
                       ("0160d", "digits"), ("ff60d7cd", "no finding"), ("-1", "digits")):
        r = evidence("show", "-l", ledger, "--", word, status=0 if says is None else 1)
        assert says is None or says in r.stderr, (word, r.stderr)
    evidence("show", status=2)
    evidence("prove", status=2)
    evidence("prove", "-l", ledger, "-o", work + "/one", "0")
    assert proved(work + "/one").returncode == 0
    run(WRITER, ledger, input="fact " + json.dumps({"fact": "finding", "id": "0160d7" + 26 * "0"})
        + "\n")
    r = evidence("prove", "-l", ledger, "-o", work + "/two", "0160d7", status=1)
    assert "more digits" in r.stderr, r.stderr
    r = evidence("prove", "-l", ledger, "-o", work + "/two", "0160d70000", status=1)
    assert "not signed yet" in r.stderr, r.stderr


def test_show(work):
    ledger = os.path.join(work, "ledger")
    make(ledger)
    out = evidence("show", "-l", ledger, "47").stdout
    assert out.startswith("tocsin-batch/v1\nkind records\nfirst 47\n"), out
    assert "\x1b" not in out and "\u202e" not in out and "escape" in out, repr(out)
    raw = evidence("show", "--raw", "-l", ledger, "47", text=False).stdout
    assert raw == RECORDS[2].encode(), raw


def main():
    for name, test in sorted(globals().items()):
        if not name.startswith("test_"):
            continue
        work = tempfile.mkdtemp(prefix="tocsin-evidence-")
        try:
            test(work)
            print("ok   ", name)
        except (AssertionError, OSError, subprocess.SubprocessError) as e:
            failed.append(name)
            print("FAIL ", name, e)
        finally:
            shutil.rmtree(work)
    print(f"{sum(n.startswith('test_') for n in globals()) - len(failed)} passed, "
          f"{len(failed)} failed")
    sys.exit(1 if failed else 0)


main()
