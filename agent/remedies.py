"""What would make visible what could not be seen."""

_REMEDIES = (
    (("needs root",), "run as root"),
    (
        ("permission denied", "operation not permitted", "must be root", "you must be root", "are you root"),
        "run as root",
    ),
    (("no hostkeys available", "unable to load host key", "only root"), "run as root"),
    (("missing privilege separation directory",), "start sshd once, which makes that directory"),
    (("a directory tree does not run",), "scan the running host"),
    (("is not in the recording",), "record again with this version"),
    (("no answer within",), "look why it hangs, or give the target more seconds"),
    (("not understood",), "please report it; `wispwatch record` shows what was read"),
    (("failed to connect to bus", "not been booted with systemd", "host is down"), "scan where systemd is running"),
    (("neither perl nor python3",), "install perl on the target"),
    (("bytes",), "it is larger than this version reads"),
)


def remedy_for(reason: str) -> str:
    """A few words on what to do, or nothing where the reason says it itself."""
    low = reason.lower()
    for marks, remedy in _REMEDIES:
        if any(mark in low for mark in marks):
            return remedy
    return ""
