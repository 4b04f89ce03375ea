"""What sudo lets people do, and whether it asks them for a password."""

from dataclasses import dataclass

from collectors.collector import Fact, collector
from collectors.host import sudoers
from collectors.host.identifiers import Identifiers
from collectors.host.sudo_rights import Host, Principal, as_root, is_whole, principals, standing
from collectors.host.sudoers import Default, Grant
from collectors.sources import Files, Mode, Stat


@dataclass(frozen=True)
class Sudo(Fact):
    """The sudoers file and what it includes; rules of a directory (LDAP, SSSD) are not among them."""

    grants: tuple[Grant, ...] = ()
    """In the order of the file: of those that match a command, the last counts."""
    defaults: tuple[Default, ...] = ()
    """In the order of the file: the last of a name and scope counts."""
    unseen: tuple[str, ...] = ()
    """Included files and folders that were not read."""

    def becoming_root(self, somebody: Principal, host: Host) -> tuple[Grant, ...]:
        """Rules by which somebody becomes root with any command. A rule for ``ALL`` is none of them where sudo asks for the
        password of root or of the target.
        """
        others_password = any(
            {one.name: one.on for one in self.defaults if not one.scope}.get(name) for name in ("rootpw", "targetpw")
        )
        found = standing(self.grants, somebody, host)
        return tuple(
            one for one in found if not (one.password and others_password and "ALL" in (one.users or (one.who,)))
        )

    def without_password(self, identifiers: Identifiers, host: Host) -> dict[str, Grant]:
        """Who becomes root with any command, unasked, and by which rule. Those who are root already are left out."""
        return {
            one.label: grant
            for one in principals(self.grants, identifiers)
            for grant in standing(self.grants, one, host)
            if not grant.password
        }

    @property
    def without_authentication(self) -> tuple[Default, ...]:
        """``Defaults`` in force that take the password away for everything: ``!authenticate`` and ``exempt_group``."""
        last: dict[tuple[str, str, tuple[str, ...]], Default] = {}
        for default in self.defaults:
            if default.name in {"authenticate", "exempt_group"}:
                last[default.name, default.scope, default.of] = default
        return tuple(one for one in last.values() if _opens(one))


def _opens(default: Default) -> bool:
    if default.name == "exempt_group":
        return default.on and bool(default.value)
    if default.on:
        return False
    match default.scope:
        case "!":
            return any(is_whole(command) for command in default.of)
        case ">":
            return as_root(default.of)
        case ":":
            return not all(_is_root(name) for name in default.of)
        case _:
            return True


def _is_root(name: str) -> bool:
    return name in {"root", "#0"}


@collector(
    Files("/etc/sudoers", "/etc/sudoers.d/*", "/usr/etc/sudoers", secrets=True),
    Stat("/usr/bin/sudo", "/usr/local/bin/sudo", "/bin/sudo"),
)
def sudo(files: dict[str, str], _program: tuple[Mode, ...]) -> Sudo:
    """Without the program the rules say nothing. Files in the folder that are not included, or that sudo skips by their
    name, are not read either.
    """
    policy = sudoers.read(files, "/etc/sudoers" if "/etc/sudoers" in files else "/usr/etc/sudoers")
    return Sudo(tuple(policy.grants), tuple(policy.defaults), tuple(policy.unseen))
