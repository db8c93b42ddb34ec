#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""measure.py FILE COMMAND… - run the command, append "SECONDS PEAK-KIB" to FILE.

The peak is that of the largest process, as the kernel counts it.
"""
import resource
import subprocess
import sys
import time

start = time.monotonic()
status = subprocess.run(sys.argv[2:], stdout=subprocess.DEVNULL, check=False).returncode
seconds = time.monotonic() - start
if status not in (0, 1):
    sys.exit(f"measure: status {status}")
with open(sys.argv[1], "a", encoding="utf-8") as f:
    f.write(f"{seconds:.3f} {resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss}\n")
