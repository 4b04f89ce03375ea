import pytest

from tests.hosts import RunningHost, Tree, until
from tests.real.servers import listening, places, tree

__all__ = ["tree"]
pytestmark = pytest.mark.real

XRDP = "xrdp-takes-only-tls-sessions"
ASKS = "vnc-server-asks-for-a-password"
ENCRYPTS = "vnc-server-takes-only-encrypted-sessions"
PLAIN = "no-plaintext-service-listens-beyond-loopback"
INI = "/etc/xrdp/xrdp.ini"
# The client's first words of RDP, with which it asks for the protocol's own encryption; what the server answers.
ASK_RDP = """
import socket
made = socket.create_connection(("127.0.0.1", 3389), 120)
made.sendall(bytes.fromhex("030000130ee000000000000100080000000000"))
print({2: "accepted", 3: "refused"}[made.makefile("rb").read(12)[11]])
"""
# What a client of VNC may choose from: RFC 6143, and the inner types of VeNCrypt (19).
ASK_VNC = """
import socket, sys
made = socket.create_connection((sys.argv[1], int(sys.argv[2])), 120)
told = made.makefile("rb")
told.read(12), made.sendall(b"RFB 003.008\\n")
types = list(told.read(told.read(1)[0]))
if 19 in types:
    made.sendall(b"\\x13"), told.read(2), made.sendall(b"\\0\\2"), told.read(1)
    types += [int.from_bytes(told.read(4), "big") for _ in range(told.read(1)[0])]
print(*types)
"""
NONE, VNC_AUTH, TLS_NONE, TLS_VNC, X509_NONE = 1, 2, 257, 258, 260


def setup(host: RunningHost) -> None:
    host.run("sh", "-c", "mkdir -p /run/xrdp; mkdir -p -m 1777 /tmp/.X11-unix; ip addr add 10.9.9.9/32 dev lo")


@pytest.mark.parametrize(("layer", "answer", "status"), [
    ("negotiate", "accepted", "fail"),
    ("rdp", "accepted", "fail"),
    ("tls", "refused", "pass"),
])  # fmt: skip
def test_xrdp_itself_agrees(host: RunningHost, layer: str, answer: str, status: str) -> None:
    setup(host)
    host.replace(INI, "security_layer=negotiate", f"security_layer={layer}")
    host.start("xrdp", "--nodaemon")
    until(lambda: listening(host, 3389))
    assert host.run("python3", "-c", ASK_RDP).strip() == answer
    assert host.status(XRDP) == status


@pytest.mark.parametrize(
    ("port", "local"),
    [("tcp://127.0.0.1:3389", True), ("tcp://.:3389", True), ("tcp://:3389", False), ("127.0.0.1:3389", False)],
)
def test_where_xrdp_listens(host: RunningHost, port: str, local: bool) -> None:
    setup(host)
    host.replace(INI, "\nport=3389", f"\nport={port}")
    host.start("xrdp", "--nodaemon")
    until(lambda: listening(host, 3389))
    assert (places(host, 3389) <= {"127.0.0.1"}) is local
    assert host.status(XRDP) == ("not_applicable" if local else "fail")


def test_settings_of_xrdp(tree: Tree) -> None:
    assert tree.status(XRDP) == "fail"
    tree.replace(INI, "security_layer=negotiate", "Security_Layer = TLS ")
    assert tree.status(XRDP) == "pass"
    tree.append(INI, "security_layer=rdp\n")  # in the last section, which is another
    assert tree.status(XRDP) == "pass"
    tree.replace(INI, "ssl_protocols=", "ssl_protocols=TLSv1, ")
    assert tree.status(XRDP) == "fail"
    tree.replace(INI, "\nport=3389", "\nport=tcp://127.0.0.1:3389")
    assert tree.status(XRDP) == "not_applicable"
    tree.append("/etc/default/xrdp", 'XRDP_OPTIONS="-c /srv/other.ini"\n')
    assert tree.status(XRDP) == "unknown"
    tree.remove("/usr/sbin/xrdp")
    assert tree.status(XRDP) == "not_applicable"


@pytest.mark.parametrize(
    ("options", "offered", "asks", "encrypts"),
    [
        ("-SecurityTypes None", {NONE}, "fail", "fail"),
        ("SecurityTypes=VncAuth", {VNC_AUTH}, "pass", "fail"),
        ("", {VNC_AUTH, TLS_VNC}, "pass", "fail"),
        ("-securitytypes=TLSVnc", {TLS_VNC}, "pass", "pass"),
        ("-SecurityTypes TLSNone", {TLS_NONE}, "fail", "pass"),
        ("-SecurityTypes None -localhost=0", {NONE}, "fail", "fail"),
    ],
)
def test_tigervnc_itself_agrees(host: RunningHost, options: str, offered: set[int], asks: str, encrypts: str) -> None:
    setup(host)
    host.write("/srv/passwd", b"\x17\x52\x6b\x06\x23\x4e\x58\x07", 0o600)
    host.start("Xtigervnc", ":7", *options.split(), "-rfbauth", "/srv/passwd")
    until(lambda: "0.0.0.0" in places(host, 5907))
    told = {int(word) for word in host.run("python3", "-c", ASK_VNC, "10.9.9.9", "5907").split()} - {19}
    assert told == offered
    assert host.status(ASKS, "Xtigervnc on 5907") == asks
    assert host.status(ENCRYPTS) == encrypts
    assert host.status(PLAIN) == "unknown"  # a socket does not show it


@pytest.mark.parametrize("options", ["-localhost", "-localhost=yes", "localhost=1", "-localhost -depth 24"])
def test_a_desktop_for_this_machine_only(host: RunningHost, options: str) -> None:
    setup(host)
    host.start("Xtigervnc", ":7", "-rfbport", "5999", "-SecurityTypes", "None", *options.split())
    until(lambda: places(host, 5999) & {"127.0.0.1", "0.0.0.0"})
    assert "127.0.0.1:5999" in host.run("ss", "-Htln4")
    assert "0.0.0.0:5999" not in host.run("ss", "-Htln4")
    assert host.status(ENCRYPTS, "Xtigervnc on 5999") == "not_applicable"
    assert host.status(ASKS) == "fail"
    assert host.status(ASKS, local_without_password=True) == "pass"
    assert host.status(PLAIN) == "pass"


@pytest.mark.parametrize(
    ("options", "offered", "asks", "encrypts"),
    [
        ("-nopw", {NONE}, "fail", "fail"),
        ("-rfbauth /srv/passwd", {VNC_AUTH}, "pass", "fail"),
        ("-passwd s3cr3t", {VNC_AUTH}, "unknown", "fail"),  # it blanks its command line
        ("-nopw -ssl TMP", {18, TLS_NONE, X509_NONE}, "fail", "pass"),
    ],
)
def test_x11vnc_itself_agrees(host: RunningHost, options: str, offered: set[int], asks: str, encrypts: str) -> None:
    setup(host)
    host.write("/srv/passwd", b"\x17\x52\x6b\x06\x23\x4e\x58\x07", 0o600)
    host.start("Xvfb", ":50")
    until(lambda: " /tmp/.X11-unix/X50 " in host.run("ss", "-Hxl"))
    host.start("x11vnc", "-display", ":50", "-rfbport", "5960", "-forever", *options.split())
    until(lambda: "0.0.0.0" in places(host, 5960))
    told = {int(word) for word in host.run("python3", "-c", ASK_VNC, "10.9.9.9", "5960").split()} - {19}
    assert told == offered
    assert host.status(ASKS, "x11vnc on 5960") == asks
    assert host.status(ENCRYPTS) == encrypts
    host.write("/root/.x11vncrc", "ssl\nusepw\n")
    assert host.status(ASKS) == ("pass" if asks == "pass" else "unknown")


def test_no_server_runs(host: RunningHost) -> None:
    assert host.status(ASKS) == "not_applicable"
    assert host.status(ENCRYPTS) == "not_applicable"


def test_what_runs_is_unknown_in_a_tree(tree: Tree) -> None:
    assert tree.status(ASKS) == "unknown"
