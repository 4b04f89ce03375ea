"""What would make visible what could not be seen."""

_ROOT = "run as root; over SSH, set ssh.privilege to sudo"
_REMEDIES = (
    (
        ("hosts over ssh need", "aws accounts need", "is too old for"),
        "install a newer one where wispwatch runs; docs/packages.md tells how beside a distribution's package",
    ),
    # On the way to a host. They come first, since some quote what a server said, which may be anything.
    (("is not in known_hosts", "shows another host key"), ""),
    (
        ("shows a host", "its host certificate"),
        "ask whoever runs the host which key it has, before anything else is sent there",
    ),
    (("there is no such file of known hosts",), "make that file, e.g. of what `ssh-keyscan` says once it was compared"),
    (
        (" the login; tried ", "there is no key, agent or password to try"),
        "put the public key into that account's authorized_keys, or set ssh.user or ssh.key_files; `ssh -v` tells more",
    ),
    (("asks for a second factor", "for a second factor ("), "give the scanner an account that its key alone opens"),
    (("is no private key that is understood",), "name a private key of type ed25519, ecdsa or rsa in ssh.key_files"),
    (("its address is not found",), "correct the name, or give its address as ssh.host"),
    (("no ssh server answers there",), "set ssh.port to the port on which sshd listens"),
    (
        ("not reached by way of",),
        "try `ssh -J` from here; the jump host must allow AllowTcpForwarding to that host and port",
    ),
    (("connection refused",), "start sshd there, or set ssh.port to the port on which it listens"),
    (
        (": not reached", "the ssh connection was not made"),
        "look whether the host is up, and whether a firewall lets this machine through to that port",
    ),
    (
        (": no ssh connection: ", "the connection was closed during the login", "no answer to the login within"),
        "read the log of sshd there; a host that is too busy may need more ssh.retries or ssh.connect_seconds",
    ),
    (
        ("sudo on the target",),
        "let sudo run it without password and terminal (NOPASSWD, !requiretty in sudoers), or set ssh.privilege to none",
    ),
    (
        ("no shell ran the script there", "no command may be run there"),
        "give the account a POSIX shell and no ForceCommand of another kind",
    ),
    (("the connection ended before the answer",), "scan again; if it happens again, look into the log of the target"),
    (("needs root",), _ROOT),
    (
        ("permission denied", "operation not permitted", "must be root", "you must be root", "are you root"),
        _ROOT,
    ),
    (("no hostkeys available", "unable to load host key", "only root"), _ROOT),
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
