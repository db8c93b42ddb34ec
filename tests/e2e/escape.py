#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""escape.py PROBE - each role, confined and as its own user, tries what an intruder in it would
try: all must fail or kill, but for the role's own powers, which must work."""
import os
import subprocess
import sys
import tempfile

PROBE = os.path.abspath(sys.argv[1])
ROLES = ["ingest", "journal", "ledger", "detect", "correlate", "incident", "contain",
         "contain-net", "contain-account", "query", "inform"]
READS = ["read-passed"]
# What a role is for: it must work. All else of the list must not.
POWERS = {
    "ingest": READS,
    "journal": READS + ["read-own", "map-passed"],
    "ledger": READS + ["read-own", "write-own"],
    "contain": ["accept"],
    "contain-net": ["netlink"],
    "contain-account": READS + ["read-own", "account", "kill"],
    "query": ["accept"],
    "inform": ["accept"],
}
# What nothing but its own code keeps it from where the kernel has no Landlock.
WITHOUT_LANDLOCK = {"contain-account": ["open", "write-outside"]}
# These kill at once, whatever the role.
KILLS = ["socket", "execve", "fork", "ptrace", "read-memory", "mount", "bpf", "io_uring",
         "unshare", "setuid", "exec-memory"]


def inside(folder):
    """As root: what is passed belongs to the role's user, what is outside to root."""
    faults = []
    attempts = subprocess.run([PROBE, "--list"], capture_output=True, text=True,
                              check=True).stdout.split()
    landlock = subprocess.run([PROBE, "--landlock"], capture_output=True, text=True,
                              check=True).stdout.strip()
    print(landlock)
    for number, role in enumerate(ROLES, 1):
        own, outside = os.path.join(folder, role, "own"), os.path.join(folder, role, "outside")
        os.makedirs(own)
        os.makedirs(outside)
        with open(os.path.join(own, "file"), "w", encoding="utf-8") as f:
            f.write("x" * 8192)
        for path in [own, os.path.join(own, "file")]:
            os.chown(path, 63100 + number, 63100 + number)
        for attempt in attempts:
            result = subprocess.run([PROBE, role, attempt, os.path.join(folder, role)],
                                    capture_output=True, text=True)
            got = result.stdout.strip()
            power = attempt in POWERS.get(role, []) or (
                landlock != "landlock" and attempt in WITHOUT_LANDLOCK.get(role, []))
            good = got == "ok" if power else got.startswith(("killed SIGSYS", "refused"))
            if not power and attempt in KILLS:
                good = got == "killed SIGSYS"
            if not good or result.returncode != 0:
                faults.append(f"{role}: {attempt}: {got or result.stderr.strip()}, "
                              f"{'a power' if power else 'not a power'} of it")
    return faults


def main():
    if os.getuid() != 0:
        print("skip  escape: needs root, to change users")
        return 77
    if "--inside" not in sys.argv:
        # a network of its own: one of the powers is over a firewall
        return subprocess.run(["unshare", "-n", sys.executable, __file__, PROBE,
                               "--inside"]).returncode
    with tempfile.TemporaryDirectory(prefix="tocsin-escape-") as folder:
        os.chmod(folder, 0o755)
        faults = inside(folder)
    print("\n".join(faults) if faults else f"ok    {len(ROLES)} roles")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
