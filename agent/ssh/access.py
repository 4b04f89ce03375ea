"""From what is configured to what the transport is told."""

from dataclasses import replace
from pathlib import Path

from agent.ssh.settings import SshSettings, address
from collectors.transports.ssh.access import INSTALLED_PATH, Access, Privilege, Secret

NO_JUMP = "none"


def access_of(name: str, settings: SshSettings) -> Access:
    """How a target of this name is reached. Jump hosts are reached with the same keys, and without privilege."""
    own = Access(
        host=settings.host or name,
        port=settings.port or 22,
        user=settings.user,
        known_as=settings.known_as,
        key_files=settings.key_files,
        agent=settings.agent is not False,
        password=_secret(settings.password_file, settings.password_variable),
        passphrase=_secret(settings.passphrase_file, settings.passphrase_variable),
        known_hosts=settings.known_hosts,
        privilege=Privilege(settings.privilege or "none"),
        installed_path=settings.installed_path or INSTALLED_PATH,
        connect_seconds=settings.connect_seconds or 10.0,
        retries=2 if settings.retries is None else settings.retries,
    )
    way: Access | None = None
    for hop in () if settings.jump == (NO_JUMP,) else settings.jump:
        parts = address(hop)
        way = replace(
            own,
            host=parts.host,
            port=parts.port or 22,
            user=parts.user or own.user,
            known_as="",
            password=None,
            through=way,
            privilege=Privilege.NONE,
        )
    return replace(own, through=way)


def _secret(file: Path | None, variable: str) -> Secret | None:
    return Secret(file, variable) if file is not None or variable else None
