"""Run a command (argv 2 and on), and write what it cost into a file (argv 1).

A small process of its own, because Linux counts the memory of who starts a program towards the program's peak.
"""

import os
import sys
import time

begun = time.monotonic()
pid = os.posix_spawnp(sys.argv[2], sys.argv[2:], os.environ)
_, status, usage = os.wait4(pid, 0)
wall = time.monotonic() - begun
with open(sys.argv[1], "w", encoding="ascii") as told:  # noqa: PTH123 - pathlib is larger than all of this
    told.write(f"{wall} {usage.ru_utime + usage.ru_stime} {usage.ru_maxrss} {os.waitstatus_to_exitcode(status)}")
