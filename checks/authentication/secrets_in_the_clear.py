"""17.04(1)(c): secrets where nobody meant to keep them: jobs and units, shell histories, running processes."""

from checks.check import check, given
from checks.verdict import HIGH, LOW, MEDIUM, Verdict, failed, not_applicable, passed, unknown
from collectors.host.process_secrets import CommandLine, Environment
from collectors.host.secrets_at_rest import Held, HistoryFile, JobFile, Kept

_MYSQL = (Held("mysql-password-argument", 2, 7),)
_JOB = JobFile("/etc/cron.d/backup", "job", permissions=0o644, holds=_MYSQL)
_HISTORY = HistoryFile("/home/alice/.bash_history", "history", "alice", 1000, 1000, 1000, holds=_MYSQL)
_COMMAND = CommandLine("sshpass", 1000, ("sshpass-argument",))
_VARIABLE = Environment("gunicorn", 33, ("assignment",), names=("DB_PASSWORD",))


def _judged(file: Kept, accepted: tuple[str, ...], where: str) -> Verdict:
    if file.unseen:
        return unknown(f"it was not looked at: {file.unseen}")
    if not file.holds:
        return passed(looked_at=file.seen) if file.seen else not_applicable("there is no such file")
    told = {"holds": ", ".join(map(str, file.holds)), "mode": file.mode}
    if all(held.rule in accepted for held in file.holds):
        return passed("what it holds is accepted", **told)
    return failed(f"there is a secret in {where}", **told)


@check(
    "17.04(1)(c)",
    severity=HIGH,
    passes=[JobFile(seen=30), given(_JOB, accepted=("mysql-password-argument",))],
    fails=[_JOB],
    not_applicable=[JobFile()],
)
def jobs_and_units_hold_no_secret(file: JobFile, *, accepted: tuple[str, ...] = ()) -> Verdict:
    """No password, token or key stands in a crontab, a job of at or cron, or a unit of systemd that was written here.

    Why: most of these files are open to every account; `systemctl show` tells everybody the `Environment=` of a unit whatever its
    file's mode, and the process list the arguments. Known forms of secrets are looked for on the target; one of no known form
    is not found.
    Fix: take it out and change it. A unit gets it with `LoadCredential=`, or `EnvironmentFile=` with a file of mode 0600; a job
    from a file of mode 0600 that only its account reads (`--defaults-extra-file`, `.pgpass`).
    Settings:
        accepted: rules whose findings are accepted, by the name that a finding tells; none, since a rule that is wrong about one
            file is right about others: rather waive the file.
    """
    return _judged(file, accepted, "a job or a unit")


@check(
    "17.04(1)(c)",
    severity=MEDIUM,
    passes=[HistoryFile(seen=3), given(_HISTORY, accepted=("mysql-password-argument",))],
    fails=[_HISTORY],
    not_applicable=[HistoryFile()],
)
def shell_histories_hold_no_secret(file: HistoryFile, *, accepted: tuple[str, ...] = ()) -> Verdict:
    """No password, token or key stands in what a shell, or a database's or a language's prompt, remembers.

    Why: histories are kept for years, copied into backups, and read first by whoever gets in. Known forms of secrets are looked
    for on the target; one of no known form is not found.
    Fix: change the secret, then delete the line (`history -d`, or an editor). Let programs ask for it or read it from a file of
    mode 0600, and begin a line that must hold one with a blank (`HISTCONTROL=ignorespace`).
    Settings:
        accepted: rules whose findings are accepted, by the name that a finding tells; none, as for jobs.
    """
    return _judged(file, accepted, "a history")


@check(
    "17.04(1)(c)",
    severity=HIGH,
    passes=[
        CommandLine(seen=120),
        CommandLine("sshpass", 1000, ("sshpass-argument",), hidden=True),
        given(_COMMAND, accepted=("sshpass-argument",)),
    ],
    fails=[_COMMAND],
)
def command_lines_of_processes_hold_no_secret(process: CommandLine, *, accepted: tuple[str, ...] = ()) -> Verdict:
    """No running program was started with a password, token or key that every account can read in the process list.

    Why: `ps` shows every account the arguments of every program, unless /proc is mounted with `hidepid`. Known forms of secrets
    are looked for on the target; one of no known form is not found.
    Fix: give the program its secret in a file of mode 0600 or on standard input (`--password-file`, `--password-stdin`), then
    change it. `hidepid=invisible` for /proc in /etc/fstab hides the arguments of other accounts' programs.
    Settings:
        accepted: rules whose findings are accepted, by the name that a finding tells; none, as for jobs.
    """
    if process.found:
        told = {"holds": process.found}
        if all(rule in accepted for rule in process.found):
            return passed("what it holds is accepted", **told)
        if not process.hidden:
            return failed("every account can read a secret in the command line", **told)
    if process.unseen:
        return unknown(process.unseen)
    if process.found:
        return passed("/proc is mounted with hidepid, which keeps other accounts from it", holds=process.found)
    return passed(looked_at=process.seen)


@check(
    "17.04(1)(c)",
    severity=LOW,
    passes=[Environment(seen=120), given(_VARIABLE, accepted=("DB_PASSWORD",))],
    fails=[_VARIABLE, Environment("java", 0, ("password-in-url",), names=("DATABASE_URL",))],
)
def environments_of_processes_hold_no_secret(process: Environment, *, accepted: tuple[str, ...] = ()) -> Verdict:
    """No running program has a password, token or key in its environment.

    Why: only root and the same account can read it, but every program that this one starts inherits it, and error reports and
    core files carry it away. So it counts less than an argument.
    Fix: let the program read the secret from a file of mode 0600: `LoadCredential=` of systemd, or a variable that names the
    file (`PGPASSFILE`, `..._PASSWORD_FILE`).
    Settings:
        accepted: names of variables that may hold one; none, since it depends on the program.
    """
    if process.found and not all(name in accepted for name in process.names):
        return failed("there is a secret in its environment", variables=process.names, rules=process.found)
    if process.unseen:
        return unknown(process.unseen)
    if process.found:
        return passed("what it holds is accepted", variables=process.names)
    return passed(looked_at=process.seen)
