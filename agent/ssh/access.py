"""From what is configured to what the transport is told."""

from dataclasses import replace
from pathlib import Path

from agent.errors import UnreachableError
from agent.ssh.openssh_config import settings_for
from agent.ssh.settings import SshSettings, address
from collectors.transports.ssh.access import INSTALLED_PATH, Access, Privilege, Secret

NO_JUMP = "none"
_MOST_HOPS = 8


def access_of(name: str, settings: SshSettings) -> Access:
    """How a target of this name is reached: as is configured, and as OpenSSH's configuration says where nothing is.

    Jump hosts are reached with the keys that OpenSSH's configuration has for them, or the same, and without privilege.
    ``UnreachableError`` where OpenSSH's configuration cannot be followed.
    """
    looked_up = settings.host or name
    theirs = settings_for(looked_up, settings.config_file, user=settings.user, port=settings.port)
    whole = replace(settings.over(theirs), host=theirs.host or looked_up)
    own = Access(
        host=whole.host,
        port=whole.port or 22,
        user=whole.user,
        known_as=whole.known_as,
        key_files=whole.key_files,
        agent=whole.agent is not False,
        password=_secret(whole.password_file, whole.password_variable),
        passphrase=_secret(whole.passphrase_file, whole.passphrase_variable),
        known_hosts=whole.known_hosts,
        privilege=Privilege(whole.privilege or "none"),
        installed_path=whole.installed_path or INSTALLED_PATH,
        connect_seconds=whole.connect_seconds or 10.0,
        retries=2 if whole.retries is None else whole.retries,
    )
    return replace(own, through=_way(whole.jump, own, settings, ()))


def _way(jump: tuple[str, ...], like: Access, settings: SshSettings, before: tuple[str, ...]) -> Access | None:
    """The last machine on the way, by way of all others. ``before``: which led here."""
    if jump in {(), (NO_JUMP,)}:
        return None
    *nearer, hop = jump
    if hop in before or len(before) >= _MOST_HOPS:
        raise UnreachableError(f"the jump hosts lead in a circle, or are more than {_MOST_HOPS}: {', '.join(before)}")
    parts = address(hop)
    theirs = settings_for(parts.host, settings.config_file, user=parts.user, port=parts.port)
    # Only the nearest is reached as its own entry says: the way to the others is the one that is named here (ssh(1), -J).
    through = _way(tuple(nearer) or theirs.jump, like, settings, (*before, hop))
    return replace(
        like,
        host=theirs.host or parts.host,
        port=parts.port or theirs.port or 22,
        user=parts.user or theirs.user or like.user,
        known_as=theirs.known_as,
        key_files=theirs.key_files or like.key_files,
        known_hosts=settings.known_hosts or theirs.known_hosts,
        password=None,
        through=through,
        privilege=Privilege.NONE,
    )


def _secret(file: Path | None, variable: str) -> Secret | None:
    return Secret(file, variable) if file is not None or variable else None
