"""The processes that were started from here."""

import contextlib
import os
import signal


def kill_children() -> None:
    """Kill everything that was started from here, to the last grandchild."""
    import psutil  # noqa: PLC0415 - only an end while a scan runs pays for it

    for child in psutil.Process().children(recursive=True):
        with contextlib.suppress(psutil.Error, OSError):
            if os.getpgid(child.pid) == child.pid:
                os.killpg(child.pid, signal.SIGKILL)
            child.kill()
