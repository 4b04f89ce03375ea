"""TLS to the server: always verified, by the system's authorities or by those of ``ca_file``; files are read again when they change."""

import ssl
from pathlib import Path

from agent.push.settings import Push

_Stamps = tuple[tuple[int, int, int], ...]


class Trust:
    """Makes the context of a connection, anew when one of its files has changed."""

    def __init__(self, push: Push) -> None:
        self._push = push
        system = ssl.get_default_verify_paths().cafile
        files = (push.ca_file or (Path(system) if system else None), push.certificate_file, push.key_file)
        self._files = tuple(path for path in files if path is not None)
        self._made: tuple[_Stamps, ssl.SSLContext] | None = None

    def context(self) -> ssl.SSLContext:
        """The context. ``ValueError`` names the file that makes none."""
        stamps = tuple(map(_stamp, self._files))
        if self._made is None or self._made[0] != stamps:
            self._made = stamps, self._context()
        return self._made[1]

    def _context(self) -> ssl.SSLContext:
        push = self._push
        try:
            context = ssl.create_default_context(cafile=str(push.ca_file) if push.ca_file else None)
        except OSError as fault:
            raise ValueError(f"{push.ca_file}: {_told(fault, 'is no file of certificates')}") from fault
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        if push.certificate_file is not None and push.key_file is not None:
            try:
                context.load_cert_chain(str(push.certificate_file), str(push.key_file), password=_nobody_types)
            except (OSError, ValueError) as fault:
                told = _told(fault, "are no certificate and its key") if isinstance(fault, OSError) else str(fault)
                raise ValueError(f"{push.certificate_file}, {push.key_file}: {told}") from fault
        return context


def _nobody_types() -> str:
    raise ValueError("the key is encrypted, and nobody is there to type its password")


def _told(fault: OSError, unfit: str) -> str:
    return unfit if isinstance(fault, ssl.SSLError) else str(fault.strerror)


def _stamp(path: Path) -> tuple[int, int, int]:
    try:
        found = path.stat()
    except OSError:
        return (0, 0, 0)
    return (found.st_mtime_ns, found.st_size, found.st_ino)
