"""What sudo lets people do, and whether it asks them for a password."""

from collections.abc import Iterable
from dataclasses import dataclass

from collectors.collector import Fact, collector
from collectors.host import sudoers
from collectors.host.sudoers import Default, Grant
from collectors.sources import Files, Mode, Stat

_ROOT = frozenset({"root", "#0", "ALL"})
_WHOLE = frozenset(
    {
        *("su", "sudo", "sh", "bash", "dash", "zsh", "ksh", "fish", "csh", "tcsh"),
        *("awk", "env", "find", "nsenter", "perl", "python", "python3", "ruby", "vi", "vim", "xargs"),
    }
)
"""Programs that run whatever they are told to, when they may be given any arguments."""


@dataclass(frozen=True)
class Sudo(Fact):
    """The sudoers file and what it includes; rules of a directory (LDAP, SSSD) are not among them."""

    grants: tuple[Grant, ...] = ()
    """In the order of the file: of those that match a command, the last counts."""
    defaults: tuple[Default, ...] = ()
    """In the order of the file: the last of a name and scope counts."""
    unseen: tuple[str, ...] = ()
    """Included files and folders that were not read."""

    @property
    def without_password(self) -> tuple[Grant, ...]:
        """Rules by which someone becomes root with any command, unasked, and that no later rule of the same name undoes."""
        standing: list[Grant] = []
        for grant in self.grants:
            if grant.password and grant.command == "ALL" and "ALL" in grant.hosts:
                standing = [one for one in standing if one.who != grant.who or not _covers(grant, one)]
            elif not grant.password and is_whole(grant.command) and _as_root(grant.runas) and not _is_root(grant.who):
                standing.append(grant)
        return tuple(standing)

    @property
    def of_everything(self) -> tuple[Grant, ...]:
        """Rules by which someone becomes root with any command, asked for a password or not, and that no later rule of the
        same name takes away. A rule for ``ALL`` is none of them where sudo asks for the password of root or of the target.
        """
        others_password = any(
            {one.name: one.on for one in self.defaults if not one.scope}.get(name) for name in ("rootpw", "targetpw")
        )
        standing: list[Grant] = []
        for grant in self.grants:
            if grant.command == "!ALL" and "ALL" in grant.hosts and _as_root(grant.runas):
                standing = [one for one in standing if one.who != grant.who]
            elif is_whole(grant.command) and _as_root(grant.runas) and not (grant.who == "ALL" and others_password):
                standing.append(grant)
        return tuple(standing)

    @property
    def without_authentication(self) -> tuple[Default, ...]:
        """``Defaults`` in force that take the password away for everything: ``!authenticate`` and ``exempt_group``."""
        last: dict[tuple[str, str, tuple[str, ...]], Default] = {}
        for default in self.defaults:
            if default.name in {"authenticate", "exempt_group"}:
                last[default.name, default.scope, default.of] = default
        return tuple(one for one in last.values() if _opens(one))


def _covers(later: Grant, earlier: Grant) -> bool:
    return "ALL" in later.runas or set(earlier.runas) <= set(later.runas)


def _opens(default: Default) -> bool:
    if default.name == "exempt_group":
        return default.on and bool(default.value)
    if default.on:
        return False
    match default.scope:
        case "!":
            return any(is_whole(command) for command in default.of)
        case ">":
            return _as_root(default.of)
        case ":":
            return not all(_is_root(name) for name in default.of)
        case _:
            return True


def is_whole(command: str) -> bool:
    """Whether a command is as good as all of them: ``ALL``, a folder with a shell in it, or a shell, an editor or su."""
    name, _, arguments = command.partition(" ")
    if command == "ALL" or name in {"/bin/", "/usr/bin/", "/bin/*", "/usr/bin/*"}:
        return True
    return name.rsplit("/", 1)[-1] in _WHOLE and arguments.strip() in {"", "-", "*", "-c *", "root", "- root"}


def _as_root(names: Iterable[str]) -> bool:
    given = set(names)
    return bool(given & _ROOT) and not given & {"!root", "!#0"}


def _is_root(name: str) -> bool:
    return name in {"root", "#0"}


@collector(
    Files("/etc/sudoers", "/etc/sudoers.d/*", "/usr/etc/sudoers"),
    Stat("/usr/bin/sudo", "/usr/local/bin/sudo", "/bin/sudo"),
)
def sudo(files: dict[str, str], _program: tuple[Mode, ...]) -> Sudo:
    """Without the program the rules say nothing. Files in the folder that are not included, or that sudo skips by their
    name, are not read either.
    """
    policy = sudoers.read(files, "/etc/sudoers" if "/etc/sudoers" in files else "/usr/etc/sudoers")
    return Sudo(tuple(policy.grants), tuple(policy.defaults), tuple(policy.unseen))
