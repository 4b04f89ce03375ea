"""17.04(1)(d): sessions that nobody uses any more come to an end."""

from checks.check import check
from checks.verdict import LOW, Verdict, failed, passed, unknown
from collectors.host.logind import IdleSessions
from collectors.host.shell_idle import ShellIdle
from collectors.host.sshd import Sshd

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}


@check(
    "17.04(1)(d)",
    severity=LOW,
    passes=[
        (ShellIdle(900, where="/etc/profile.d/idle.sh"), IdleSessions()),
        (ShellIdle(), IdleSessions(900)),
    ],
    fails=[
        (ShellIdle(), IdleSessions()),
        (ShellIdle(86400, where="/etc/profile"), IdleSessions()),
        (ShellIdle(), IdleSessions(7200)),
    ],
)
def idle_shells_end_themselves(shell_idle: ShellIdle, sessions: IdleSessions, *, longest: int = 900) -> Verdict:
    """A login shell that is idle ends by TMOUT, or by systemd-logind.

    Why: access is for active users only; a shell left open is an open door for whoever comes by. (bash, ksh and mksh heed
    TMOUT at their prompt; dash, fish and a running editor do not.)
    Fix: put `TMOUT=900`, then `readonly TMOUT` and `export TMOUT`, into /etc/profile.d/idle.sh; or, from systemd 252 on, set
    `StopIdleSessionSec=900` under [Login] in /etc/systemd/logind.conf.
    Settings:
        longest: seconds. The law names no number; a quarter of an hour is the usual one.
    """
    idle = shell_idle
    if 0 < sessions.stopped_after <= longest:
        return passed(stopidlesessionsec=sessions.stopped_after)
    if idle.conditional:
        return unknown("TMOUT stands inside a condition", where=idle.where)
    if idle.seconds <= 0:
        return failed("TMOUT is not set: an idle shell stays open", where=idle.where)
    if idle.seconds > longest:
        return failed(f"an idle shell stays open for {idle.seconds} s", where=idle.where)
    return passed(tmout=idle.seconds, where=idle.where, fixed=idle.fixed)


@check(
    "17.04(1)(d)",
    severity=LOW,
    passes=[
        Sshd.of(clientaliveinterval="300", clientalivecountmax="3"),
        Sshd.of(clientaliveinterval="0", clientalivecountmax="3", channeltimeout="session=15m"),
    ],
    fails=[
        Sshd.of(clientaliveinterval="0", clientalivecountmax="3"),
        Sshd.of(clientaliveinterval="300", clientalivecountmax="0", securitykeyprovider="internal"),
        Sshd.of(clientaliveinterval="3600", clientalivecountmax="3"),
        Sshd((("clientaliveinterval", "300"), ("clientalivecountmax", "3")), (("User a", "clientaliveinterval", "0"),)),
    ],
)
def sshd_ends_sessions_that_are_dead_or_idle(sshd: Sshd, *, longest: int = 900) -> Verdict:
    """A session at sshd ends when its client no longer answers, or when its channels are idle.

    Why: access is for active users only. The two ways differ: ClientAliveInterval times ClientAliveCountMax ends a session
    whose *client* is gone, but never that of a person who left a living client open; ChannelTimeout (since OpenSSH 9.2)
    ends idle channels. This passes with either; the check of TMOUT looks at the idle person.
    Fix: set `ClientAliveInterval 300` and `ClientAliveCountMax 3` in sshd_config; where sshd knows it (`sshd -T` prints
    unusedconnectiontimeout) also `ChannelTimeout session=15m` and `UnusedConnectionTimeout 5m`.
    Settings:
        longest: seconds until the end. The law names no number; a quarter of an hour is the usual one.
    """
    if any(_channel_ends(value, longest) for _, value in sshd.values("channeltimeout")[:1]):
        return passed(channeltimeout=sshd.value("channeltimeout"))
    counts = [int(value or 3) for _, value in sshd.values("clientalivecountmax")]
    for where, value in sshd.values("clientaliveinterval"):
        interval = _seconds(value)
        if interval <= 0:
            return failed("sshd keeps a session whose client is gone", clientaliveinterval=value, where=where)
        if 0 in counts and sshd.value("securitykeyprovider"):  # 8.2 knows both; before, 0 meant at once
            return failed("ClientAliveCountMax 0 means that no session is ended", clientalivecountmax=0)
        if interval * max(1, *counts) > longest:
            return failed(f"a dead session ends only after {interval * max(counts)} s", where=where)
    return passed(clientaliveinterval=sshd.value("clientaliveinterval"), clientalivecountmax=max(counts))


def _channel_ends(value: str, longest: int) -> bool:
    """Whether a ``type=time`` of ChannelTimeout ends idle interactive sessions in time."""
    for word in value.split():
        kind, _, time = word.partition("=")
        if kind in {"session", "session:shell", "session*", "session:*", "*", "global"}:
            return 0 < _seconds(time) <= longest
    return False


def _seconds(value: str) -> int:
    """Seconds from sshd_config(5)'s time format: ``90``, ``15m``, ``1h30m``."""
    total, number = 0, ""
    for mark in value:
        if mark.isdigit():
            number += mark
        else:
            total += int(number) * _UNITS[mark]
            number = ""
    return total + int(number or 0)
