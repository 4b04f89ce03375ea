"""As whom we push: basic authentication, a bearer token, or the signature of AWS. Secrets are read from their files each time, so that a
new one holds at once, and are never shown.
"""

import base64
from collections.abc import Callable, Mapping
from pathlib import Path

from agent.push.errors import NoIdentityError
from agent.push.settings import Push

_LONGEST = 8192


Signer = Callable[[bytes, Mapping[str, str]], dict[str, str]]
"""Of a request's body and headers makes the headers that say who asks. ``NoIdentityError`` where that cannot be said."""


def signer_of(push: Push) -> Signer:
    """How requests say who sends them."""
    if push.sigv4.region:
        try:
            from agent.push.signing import Signing  # noqa: PLC0415 - boto3 takes its time
        except ImportError as fault:
            raise NoIdentityError(f"requests cannot be signed: {fault}; install boto3") from fault
        return Signing(push.url, push.sigv4)
    return lambda _body, _headers: _authorization(push)


def _authorization(push: Push) -> dict[str, str]:
    if push.token_file is not None:
        token = _first_line(push.token_file)
        if not token.isascii() or " " in token:
            raise NoIdentityError(f"{push.token_file}: its first line is no token")
        return {"Authorization": f"Bearer {token}"}
    if push.password_file is not None:
        told = f"{push.user}:{_first_line(push.password_file)}".encode()
        return {"Authorization": f"Basic {base64.b64encode(told).decode()}"}
    return {}


def _first_line(file: Path) -> str:
    try:
        with file.open(encoding="utf-8") as kept:
            secret = kept.readline(_LONGEST).strip("\r\n")
    except OSError as fault:
        raise NoIdentityError(f"{file}: {fault.strerror}") from fault
    except UnicodeDecodeError as fault:
        raise NoIdentityError(f"{file}: is not UTF-8 text (byte {fault.start})") from fault
    if not secret or not secret.isprintable():
        raise NoIdentityError(f"{file}: its first line is empty, or has control characters")
    return secret
