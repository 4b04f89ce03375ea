"""TLS and passwords of the listener: a file in the format of Prometheus' exporter-toolkit.

https://github.com/prometheus/exporter-toolkit/blob/master/docs/web-configuration.md. A key that is not known, or that this
server cannot honour, is a fault: a setting that protects nothing must not look as if it did. Certificates and passwords are
read again when their files change.
"""

import hashlib
import hmac
import secrets
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from agent.errors import ConfigError

if TYPE_CHECKING:
    import ssl

_VERSIONS = {"TLS12": "TLSv1_2", "TLS13": "TLSv1_3"}
_CLIENT_AUTH = ("NoClientCert", "VerifyClientCertIfGiven", "RequireAndVerifyClientCert")
_HEADERS = (
    "Content-Security-Policy",
    "Strict-Transport-Security",
    "X-Content-Type-Options",
    "X-Frame-Options",
    "X-XSS-Protection",
)
_SUITES = {
    "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256": "ECDHE-ECDSA-AES128-GCM-SHA256",
    "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384": "ECDHE-ECDSA-AES256-GCM-SHA384",
    "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256": "ECDHE-ECDSA-CHACHA20-POLY1305",
    "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256": "ECDHE-RSA-AES128-GCM-SHA256",
    "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384": "ECDHE-RSA-AES256-GCM-SHA384",
    "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256": "ECDHE-RSA-CHACHA20-POLY1305",
}
"""Go's names of the cipher suites of TLS 1.2 that are worth choosing, and OpenSSL's."""


class WebConfigError(ConfigError):
    """A web configuration that cannot be used; the message lists every fault with its place."""


@dataclass(frozen=True)
class TlsServer:
    """``tls_server_config``."""

    cert_file: Path | None = None
    key_file: Path | None = None
    client_auth_type: str = "NoClientCert"
    client_ca_file: Path | None = None
    client_allowed_sans: tuple[str, ...] = ()
    """Names of which a client's certificate must carry one."""
    min_version: str = "TLS12"
    max_version: str = "TLS13"
    cipher_suites: tuple[str, ...] = ()
    """Of TLS 1.2, by Go's names; those of TLS 1.3 are not chosen."""
    prefer_server_cipher_suites: bool = True


@dataclass(frozen=True)
class HttpServer:
    """``http_server_config``."""

    http2: bool = True
    """Taken for compatibility: this server speaks HTTP/1.1, which every client of HTTP/2 does too."""
    headers: Mapping[str, str] = field(default_factory=dict)
    """Further headers of every answer."""


@dataclass(frozen=True)
class WebConfig:
    """The whole file."""

    tls_server_config: TlsServer | None = None
    http_server_config: HttpServer = field(default_factory=HttpServer)
    basic_auth_users: Mapping[str, str] = field(default_factory=dict)
    """User name to bcrypt hash of the password."""

    def files(self) -> tuple[Path, ...]:
        """Those that it refers to."""
        tls = self.tls_server_config
        named = (tls.cert_file, tls.key_file, tls.client_ca_file) if tls else ()
        return tuple(path for path in named if path is not None)


def read(path: Path) -> WebConfig:
    """Read the file. ``WebConfigError`` tells every fault at once."""
    from agent.binding import Binder, BindingError  # noqa: PLC0415 - only a configured listener pays for YAML

    try:
        bound = Binder(path).bind(path.read_bytes().decode("utf-8-sig"), WebConfig)
    except OSError as fault:
        raise WebConfigError(f"{path}: {fault.strerror}; name another file with daemon.web_config") from fault
    except UnicodeDecodeError as fault:
        raise WebConfigError(f"{path}: is not UTF-8 text (byte {fault.start})") from fault
    except BindingError as faults:
        raise WebConfigError(str(faults)) from faults
    if not isinstance(bound, WebConfig):
        raise WebConfigError(f"{path}: is no web configuration")
    if found := [f"{path}: {fault}" for fault in _faults(bound)]:
        raise WebConfigError("\n".join(found))
    return bound


def _faults(config: WebConfig) -> list[str]:
    found = [] if config.tls_server_config is None else _tls_faults(config.tls_server_config)
    for user, hashed in config.basic_auth_users.items():
        if not _is_bcrypt(hashed):
            found.append(f"basic_auth_users.{user}: is no bcrypt hash; make one with `htpasswd -nBC 12 {user}`")
        if ":" in user:
            found.append(f"basic_auth_users.{user}: a user name cannot have a colon")
    for name, value in config.http_server_config.headers.items():
        if name not in _HEADERS:
            found.append(f"http_server_config.headers.{name}: is none of {', '.join(_HEADERS)}")
        if not (value.isascii() and value.isprintable()):
            found.append(f"http_server_config.headers.{name}: must be printable ASCII on one line")
    return found


def _is_bcrypt(hashed: str) -> bool:
    parts = hashed.split("$")
    return len(hashed) == 60 and len(parts) == 4 and parts[1] in {"2a", "2b", "2y"} and parts[2].isdigit()


def _tls_faults(tls: TlsServer) -> list[str]:
    found = [
        f"tls_server_config.{name}: is missing; TLS needs both cert_file and key_file"
        for name in ("cert_file", "key_file")
        if getattr(tls, name) is None
    ]
    if tls.client_auth_type not in _CLIENT_AUTH:
        found.append(
            f"tls_server_config.client_auth_type: {tls.client_auth_type!r} is none of {', '.join(_CLIENT_AUTH)}"
        )
    elif tls.client_auth_type != "NoClientCert" and tls.client_ca_file is None:
        found.append(f"tls_server_config.client_ca_file: is missing; {tls.client_auth_type} needs it")
    elif tls.client_auth_type == "NoClientCert" and (tls.client_ca_file or tls.client_allowed_sans):
        found.append("tls_server_config.client_auth_type: must verify clients where client_ca_file or SANs are given")
    found += [
        f"tls_server_config.{name}: {getattr(tls, name)!r} is none of {', '.join(_VERSIONS)}"
        for name in ("min_version", "max_version")
        if getattr(tls, name) not in _VERSIONS
    ]
    if (tls.min_version, tls.max_version) == ("TLS13", "TLS12"):
        found.append("tls_server_config.max_version: is below min_version")
    found += [
        f"tls_server_config.cipher_suites: {suite!r} is none of {', '.join(_SUITES)}"
        for suite in tls.cipher_suites
        if suite not in _SUITES
    ]
    return found


def context_of(tls: TlsServer) -> "ssl.SSLContext":
    """An SSL context. ``WebConfigError`` where the files do not make one."""
    import ssl  # noqa: PLC0415 - only TLS pays for it

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion[_VERSIONS[tls.min_version]]
    context.maximum_version = ssl.TLSVersion[_VERSIONS[tls.max_version]]
    if tls.prefer_server_cipher_suites:
        context.options |= ssl.OP_CIPHER_SERVER_PREFERENCE
    if tls.cipher_suites:
        context.set_ciphers(":".join(_SUITES[suite] for suite in tls.cipher_suites))
    try:
        context.load_cert_chain(str(tls.cert_file), str(tls.key_file), password=_no_password)
        if tls.client_ca_file is not None:
            context.load_verify_locations(str(tls.client_ca_file))
    except (OSError, ValueError) as fault:  # ssl.SSLError is an OSError
        told = fault.strerror if isinstance(fault, OSError) and fault.strerror else str(fault)
        raise WebConfigError(f"tls_server_config: {tls.cert_file}, {tls.key_file}: {told}") from fault
    if tls.client_auth_type == "RequireAndVerifyClientCert":
        context.verify_mode = ssl.CERT_REQUIRED
    elif tls.client_auth_type == "VerifyClientCertIfGiven":
        context.verify_mode = ssl.CERT_OPTIONAL
    return context


def _no_password() -> str:
    raise ValueError("the key is encrypted, and nobody is there to type its password")


class Passwords:
    """Compares passwords with their bcrypt hashes, once: the outcome is remembered under a keyed hash of both."""

    _MOST = 100

    def __init__(self, users: Mapping[str, str]) -> None:
        self._users = {name.encode(): hashed.encode() for name, hashed in users.items()}
        # For a user who is not there: a comparison that costs the same, so that the time tells nothing.
        self._nobody = next(iter(self._users.values()), b"")
        self._key = secrets.token_bytes(32)
        self._known: dict[bytes, bool] = {}
        self._lock = threading.Lock()

    def accept(self, user: bytes, password: bytes) -> bool:
        """Whether this is the user's password."""
        hashed = self._users.get(user)
        compared = hashed or self._nobody
        mark = hmac.digest(
            self._key, b"\0".join((user.hex().encode(), password.hex().encode(), compared)), hashlib.sha256
        )
        known = self._known.get(mark)
        if known is None:
            known = self._compare(password, compared) and hashed is not None
            while len(self._known) >= self._MOST:
                self._known.pop(next(iter(self._known), b""), None)
            self._known[mark] = known
        return known

    def _compare(self, password: bytes, hashed: bytes) -> bool:
        import bcrypt  # noqa: PLC0415 - only a listener with passwords pays for it

        fits = len(password) <= 72 and b"\0" not in password  # more is not bcrypt's; the time is spent all the same
        with self._lock:  # one at a time: guessing must not take every core
            return bcrypt.checkpw(password if fits else b"\xff", hashed) and fits


@dataclass(frozen=True)
class Access:
    """What the listener asks of its clients, as made from one reading of the files."""

    context: "ssl.SSLContext | None" = None
    passwords: Passwords | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    allowed_sans: frozenset[str] = frozenset()


class Watched:
    """The web configuration, read again when one of its files has changed. A change that cannot be used is told once, and
    what held before goes on.
    """

    def __init__(self, path: Path | None, complain: Callable[[str], None]) -> None:
        """``WebConfigError`` where it cannot be used at the start."""
        self._path = path
        self._complain = complain
        self._lock = threading.Lock()
        self._files: tuple[Path, ...] = (path,) if path else ()
        self._stamps = self._look()
        self._access = self._read() if path else Access()
        self._stamps = self._look()

    def access(self) -> Access:
        """What holds now."""
        if self._path is None:
            return self._access
        with self._lock:
            stamps = self._look()
            if stamps != self._stamps:
                self._stamps = stamps
                try:
                    self._access = self._read()
                    self._stamps = self._look()
                except WebConfigError as fault:
                    self._complain(str(fault))
            return self._access

    def _read(self) -> Access:
        if self._path is None:
            return Access()
        config = read(self._path)
        tls = config.tls_server_config
        access = Access(
            context=context_of(tls) if tls else None,
            passwords=Passwords(config.basic_auth_users) if config.basic_auth_users else None,
            headers=config.http_server_config.headers,
            allowed_sans=frozenset(tls.client_allowed_sans if tls else ()),
        )
        self._files = (self._path, *config.files())
        return access

    def _look(self) -> tuple[tuple[int, int, int], ...]:
        stamps = []
        for path in self._files:
            try:
                found = path.stat()
                stamps.append((found.st_mtime_ns, found.st_size, found.st_ino))
            except OSError:
                stamps.append((0, 0, 0))
        return tuple(stamps)
