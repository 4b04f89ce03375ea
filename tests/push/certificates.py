"""An authority, and certificates that it signs, for servers and clients on 127.0.0.1."""

import ssl
import subprocess
from pathlib import Path

_KEY = "-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes"


def authority(folder: Path, name: str = "ca") -> Path:
    """Make FOLDER/NAME.crt and .key."""
    made = f"req -x509 {_KEY} -days 2 -subj /CN={name} -keyout {folder}/{name}.key -out {folder}/{name}.crt"
    subprocess.run(["openssl", *made.split()], check=True, capture_output=True)
    return folder / f"{name}.crt"


def signed(folder: Path, name: str, by: str = "ca", names: str = "IP:127.0.0.1,DNS:localhost") -> Path:
    """Make FOLDER/NAME.crt and .key, signed by an authority of the same folder."""
    made = f"req {_KEY} -subj /CN={name} -keyout {folder}/{name}.key -out {folder}/{name}.csr"
    subprocess.run(["openssl", *made.split()], check=True, capture_output=True)
    (folder / "names").write_text(f"subjectAltName={names}\n")
    made = f"x509 -req -in {folder}/{name}.csr -CA {folder}/{by}.crt -CAkey {folder}/{by}.key -CAcreateserial -days 2"
    files = ["-extfile", f"{folder}/names", "-out", f"{folder}/{name}.crt"]
    subprocess.run(["openssl", *made.split(), *files], check=True, capture_output=True)
    return folder / f"{name}.crt"


def tls_client(folder: Path) -> ssl.SSLContext:
    """What a client of this folder trusts and shows."""
    context = ssl.create_default_context(cafile=str(folder / "ca.crt"))
    context.load_cert_chain(folder / "client.crt", folder / "client.key")
    return context
