"""Whether a process has nothing left to do: the event to wait for, where it says nothing when it is done."""

import time

import psutil

_LOOKS, _BETWEEN_LOOKS = 10, 0.05


def is_at_rest(pid: int) -> bool:
    """Whether all threads of a process, and of all that it has started, were asleep for half a second. One that would run and
    gets no processor, waits for a disk, or has ended and was not waited for, is not asleep.
    """
    for _ in range(_LOOKS):
        try:
            process = psutil.Process(pid)
            tree = [process, *process.children(recursive=True)]
            if not all(_state(one.pid, thread.id) == "S" for one in tree for thread in one.threads()):
                return False
        except (psutil.NoSuchProcess, FileNotFoundError, ProcessLookupError):  # something has just ended
            return False
        time.sleep(_BETWEEN_LOOKS)
    return True


def _state(pid: int, thread: int) -> str:
    with open(f"/proc/{pid}/task/{thread}/stat") as told:  # noqa: PTH123 - nothing to do with paths
        return told.read().rpartition(")")[2].split()[0]
