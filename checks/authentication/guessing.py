"""17.04(1)(e) before an account is reached: addresses that try passwords are shut out."""

from fnmatch import fnmatchcase

from checks.authentication.ways_in import blocks_may_open_together, only_loopback, password_alone
from checks.check import check, given
from checks.verdict import MEDIUM, Verdict, failed, not_applicable, passed, unknown
from collectors.host.fail2ban import Fail2ban, Jail
from collectors.host.log_files import LogFiles
from collectors.host.processes import Processes
from collectors.host.ssh_guards import Limit, SshGuards
from collectors.host.sshd import Sshd
from collectors.host.units import Units
from collectors.sources import Mode

_PASSWORDS = Sshd.of(port="22", passwordauthentication="yes")
_KEYS = Sshd.of(port="22", passwordauthentication="no", kbdinteractiveauthentication="no")
_STARTED = Units.of("fail2ban.service", "rsyslog.service")
_LOGS = LogFiles((Mode("/var/log/auth.log", "file", 0o640, 0, 4, "root", "adm", 100, 0),))
_JAIL, _OF_FILE = Fail2ban((Jail(),)), Fail2ban((Jail(backend="auto", logs=("/var/log/auth.log",)),))
_NONE = SshGuards()
_SYSLOGS = (
    *("rsyslog.service", "syslog-ng.service", "syslog.service", "syslogd.service", "busybox-syslogd.service"),
    *("inetutils-syslogd.service", "sysklogd.service", "metalog.service"),
)


@check(
    "17.04(1)(e)",
    severity=MEDIUM,
    passes=[
        (_PASSWORDS, _JAIL, _NONE, _STARTED, None),
        (_PASSWORDS, _OF_FILE, _NONE, _STARTED, _LOGS),
        (_PASSWORDS, None, SshGuards((Limit("ufw.service"),)), Units.of("ufw.service"), None),
        (_PASSWORDS, None, SshGuards(sshguard=True), Units.of("sshguard.service"), None),
        (Sshd.of(port="22", persourcepenalties="crash:90 authfail:5"), None, _NONE, Units(), None),
        (
            *(_PASSWORDS, None, SshGuards(crowdsec=True)),
            *(Units.of("crowdsec.service", "crowdsec-firewall-bouncer.service"), None),
        ),
    ],
    fails=[
        (_PASSWORDS, None, _NONE, Units(), None),
        (_PASSWORDS, _JAIL, _NONE, Units(), None),
        (_PASSWORDS, Fail2ban(), _NONE, _STARTED, None),
        (_PASSWORDS, _OF_FILE, _NONE, _STARTED, LogFiles()),
        (_PASSWORDS, _OF_FILE, _NONE, Units.of("fail2ban.service"), _LOGS),
        (_PASSWORDS, Fail2ban((Jail(ignores=("0.0.0.0/0",)),)), _NONE, _STARTED, None),
        (Sshd.of(port="2222"), _JAIL, _NONE, _STARTED, None),
        given(_PASSWORDS, _JAIL, _NONE, _STARTED, None, most=3),
        (_PASSWORDS, None, SshGuards(crowdsec=True), Units.of("crowdsec.service"), None),
        (_PASSWORDS, None, SshGuards((Limit("ufw.service", ("443",)),)), Units.of("ufw.service"), None),
    ],
    not_applicable=[(_KEYS, None, _NONE, Units(), None)],
)
def a_guard_shuts_out_who_guesses_ssh_passwords(
    sshd: Sshd,
    fail2ban: Fail2ban | None,
    guards: SshGuards,
    units: Units,
    logs: LogFiles | None,
    *,
    most: int = 10,
) -> Verdict:
    """Where sshd takes passwords, something is set up that shuts out addresses which try many of them.

    Why: "blocking access after multiple unsuccessful attempts" by account lets a guesser go on with the next account; and a
    guesser can shut people out of theirs. A guard blocks the guesser.
    Fix: install fail2ban, enable its jail for sshd (`[sshd] enabled = true`, `backend = systemd` where no syslog writes
    /var/log/auth.log, `port` as sshd has it) and the service; or `ufw limit ssh`; or leave PerSourcePenalties of OpenSSH 9.8
    and later on; or take keys only.
    Settings:
        most: failed attempts before fail2ban bans; its own default is 5.
    """
    if only_loopback(sshd, units):
        return not_applicable("sshd listens on loopback only")
    if not password_alone(sshd):
        if blocks_may_open_together(sshd):
            return unknown("several Match blocks may let in by a password together")
        return not_applicable("sshd takes no password alone")
    ports = list(sshd.ports)
    if "authfail:" in sshd.value("persourcepenalties") and "authfail:0 " not in f"{sshd.value('persourcepenalties')} ":
        return passed(by="PerSourcePenalties of sshd")
    doubts: list[str] = []
    faults: list[str] = []
    for guard, standing in (*_fail2ban(fail2ban, units, logs, ports, most), *_others(guards, units, ports)):
        if standing == "":
            return passed(by=guard)
        (doubts if standing.startswith("?") else faults).append(f"{guard}: {standing.removeprefix('?')}")
    if doubts:
        return unknown("a guard is set up, but whether it works is not seen", guards=doubts)
    return failed(faults[0] if faults else "nothing shuts out who guesses passwords", ports=ports)


def _fail2ban(
    fail2ban: Fail2ban | None, units: Units, logs: LogFiles | None, ports: list[int], most: int
) -> list[tuple[str, str]]:
    """fail2ban's standing for each jail: nothing where it is good, what is wrong, or ``?`` and what is not seen."""
    if fail2ban is None:
        return []
    if not units.any_of("fail2ban.service"):
        return [("fail2ban", "it is not started at boot")]
    if not fail2ban.jails:
        return [("fail2ban", "no jail for sshd is enabled")]
    standings = {jail.name: _jail(jail, units, logs, ports, most) for jail in fail2ban.jails}
    for jail in fail2ban.jails:
        if not standings[jail.name] and jail.backend.startswith("systemd") and not fail2ban.reads_journal:
            standings[jail.name] = "?it reads the journal, but Python's module for that (python3-systemd) was not found"
    return [(f"fail2ban jail {name}", standing) for name, standing in standings.items()]


def _jail(jail: Jail, units: Units, logs: LogFiles | None, ports: list[int], most: int) -> str:
    if jail.ignores_everyone:
        return "it ignores every address"
    if jail.attempts > most:
        return f"it bans only after {jail.attempts} attempts"
    shut = [jail.shuts(port) for port in ports]
    if False in shut:
        return f"it shuts the ports {' '.join(jail.ports)}, but sshd listens on {' '.join(map(str, ports))}"
    if not jail.backend.startswith("systemd"):
        paths = [mode.path for mode in logs.modes] if logs else []
        if any(path.count("/") != 3 or not path.startswith("/var/log/") for path in jail.logs):
            return "?it follows a log that was not looked at"
        if not any(fnmatchcase(path, pattern) for path in paths for pattern in jail.logs):
            return "it follows a log that is not there"
        if not units.any_of(*_SYSLOGS):
            return "it follows a log, but no syslog service that writes one is enabled"
    return "?its action is not understood" if None in shut else ""


def _others(guards: SshGuards, units: Units, ports: list[int]) -> list[tuple[str, str]]:
    found = []
    if guards.sshguard:
        found.append(("sshguard", "" if units.any_of("sshguard.service") else "it is not started at boot"))
    if guards.crowdsec and units.any_of("crowdsec.service"):
        bans = units.any_of("crowdsec-firewall-bouncer.service", "cs-firewall-bouncer.service")
        found.append(("CrowdSec", "" if bans else "it decides, but no firewall bouncer carries it out"))
    for limit in guards.limits:
        if all(limit.of(port) for port in ports) and units.any_of(limit.unit):
            standing = "" if limit.refuses else "?what becomes of connections over the limit"
            found.append((f"a limit in {limit.unit.removesuffix('.service')}", standing))
    found += [(unit.removesuffix(".service"), "?it has limits") for unit in guards.unclear if units.any_of(unit)]
    return found


@check(
    "17.04(1)(e)",
    severity=MEDIUM,
    passes=[
        (_JAIL, _NONE, Processes.of("fail2ban-server")),
        (None, SshGuards(sshguard=True), Processes.of("sshg-blocker")),
    ],
    fails=[(_JAIL, _NONE, Processes.of("sshd")), (None, SshGuards(crowdsec=True), Processes.of("sshd"))],
    not_applicable=[(None, _NONE, Processes.of("sshd")), (Fail2ban(), _NONE, Processes.of("fail2ban-server"))],
)
def guards_of_sshd_are_running(fail2ban: Fail2ban | None, guards: SshGuards, processes: Processes) -> Verdict:
    """What is set up to shut out guessers at sshd runs.

    Why: fail2ban ends at start when a log is missing that one of its jails follows, and then nothing is blocked.
    Fix: read `fail2ban-client -t` and `journalctl --unit fail2ban`, mend what they name, and start it.
    """
    wanted: dict[str, tuple[str, ...]] = {}
    if fail2ban is not None and fail2ban.jails:
        wanted["fail2ban"] = ("fail2ban-server",)
    if guards.sshguard:
        wanted["sshguard"] = ("sshguard", "sshg-blocker", "sshg-parser")
    if guards.crowdsec:
        wanted["CrowdSec"] = ("crowdsec",)
    if not wanted:
        return not_applicable("none is set up")
    stopped = [name for name, programs in wanted.items() if not processes.any_of(*programs)]
    if stopped:
        return failed("a guard is set up but does not run", guards=stopped)
    return passed(guards=list(wanted))
