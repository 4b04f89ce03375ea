r"""Logins with published pairs, tried on this machine's own addresses, in Python's standard library alone.

Arguments: the rows (``ID TAB SPEAKS TAB PORT TAB USER TAB PASSWORD``). Each line of the answer is ``ID TAB SCOPE TAB NUMBER
TAB VERDICT``: SCOPE is ``loopback`` or ``any`` by the addresses the port listens on, NUMBER counts the pairs of an entry,
VERDICT is ``in``, ``in:protected`` (it turns other machines away), ``refused`` or ``unclear:WHY``. A port that does not listen there, or that something else answers at,
has no line. A password goes only to what has told by its own words that it is the product. Nothing waits longer than
a few seconds: each attempt has an alarm, and all together have an end.
There are no single quotes in the program, so that it stays readable within a shell's.
"""

from collectors.host.login_consoles import CONSOLES

_LOGINS = r"""
import base64, glob, hashlib, hmac, http.client, json, os, re, secrets, signal, socket, ssl, struct, subprocess, sys, time

EACH, ALL = 4, 20
entries = {}
for row in sys.argv[1].split("\n"):
    kind, speaks, port, user, word = row.split("\t")
    entries.setdefault(kind, (speaks, int(port), []))[2].append((user, word))


class Other(Exception):
    "Something else answers there."


class Unclear(Exception):
    "It is the product, or may be, and does not tell."


def ring(number, frame):
    raise Unclear("time")


def listening():
    found = {}
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        try:
            lines = open(table).read().splitlines()[1:]
        except FileNotFoundError:
            continue
        for line in lines:
            fields = line.split()
            if fields[3] != "0A":
                continue
            raw, port = fields[1].split(":")
            words = [bytes.fromhex(raw[at : at + 8]) for at in range(0, len(raw), 8)]
            address = b"".join(word[::-1] if sys.byteorder == "little" else word for word in words)
            if len(address) == 16 and address[:12] == bytes(10) + b"\xff\xff":
                address = address[12:]
            if not any(address):
                found.setdefault(int(port, 16), {})["any"] = "127.0.0.1" if len(address) == 4 or dual() else "::1"
            elif address[0] == 127 and len(address) == 4:
                found.setdefault(int(port, 16), {})["loopback"] = socket.inet_ntoa(address)
            elif address == bytes(15) + b"\1":
                found.setdefault(int(port, 16), {}).setdefault("loopback", "::1")
    return found


def dual():
    return open("/proc/sys/net/ipv6/bindv6only").read().strip() == "0"


def opened(where):
    try:
        return socket.create_connection(where, timeout=2)
    except OSError:
        raise Unclear("connection")


def exactly(link, size):
    got = b""
    while len(got) < size:
        part = link.recv(size - len(got))
        if not part:
            raise Other
        got += part
    return got


def packet(link):
    kind, size = struct.unpack("!cI", exactly(link, 5))
    if kind not in b"RSKZENvAC" or not 4 <= size <= 65536:
        raise Other
    return kind, exactly(link, size - 4)


def postgresql(where, user, word):
    if any(re.search(r"^\s*[^#\n]*shared_preload_libraries.*credcheck", readable(one), re.M) for one in CLUSTERS()):
        raise Unclear("lockout")
    with opened(where) as link:
        body = b"user\0" + user.encode() + b"\0database\0postgres\0\0"
        link.sendall(struct.pack("!II", len(body) + 8, 196608) + body)
        scram = None
        while True:
            kind, said = packet(link)
            if kind == b"E":
                code = dict((part[:1], part[1:]) for part in said.split(b"\0") if part).get(b"C", b"")
                if code == b"3D000":
                    return "in"
                if code[:2] == b"28":
                    return "refused"
                raise Unclear("answer")
            if kind == b"v":
                continue
            if kind != b"R":
                raise Other
            method = struct.unpack("!I", said[:4])[0]
            if method == 0:
                return "in"
            if method in (3, 5, 10) and not word:
                return "refused"
            if method == 3 and elsewhere():
                raise Unclear("lockout")
            if method == 3:
                reply = word.encode() + b"\0"
            elif method == 5:
                first = hashlib.md5((word + user).encode()).hexdigest()
                reply = b"md5" + hashlib.md5(first.encode() + said[4:8]).hexdigest().encode() + b"\0"
            elif method == 10 and b"SCRAM-SHA-256" in said[4:].split(b"\0"):
                scram = "n=,r=" + secrets.token_hex(12)
                start = ("n,," + scram).encode()
                reply = b"SCRAM-SHA-256\0" + struct.pack("!I", len(start)) + start
            elif method == 11 and scram:
                reply = proof(scram, said[4:].decode(), word)
            elif method == 12:
                continue
            else:
                raise Unclear("method")
            link.sendall(b"p" + struct.pack("!I", len(reply) + 4) + reply)


def elsewhere():
    "Whether a password in the clear may go on to PAM, LDAP or RADIUS, which may lock the account of that name there."
    rows = [one for one in CLUSTERS() if "hba" in one]
    if not rows:
        raise Unclear("lockout-unseen")
    return any(re.search(r"^[^#\n]*\b(pam|ldap|radius|bsd)\b", readable(one), re.M) for one in rows)


def CLUSTERS():
    return glob.glob("/etc/postgresql/*/*/*.conf") + glob.glob("/etc/postgresql/*/*/conf.d/*") + glob.glob(
        "/var/lib/postgresql/*/*/postgresql.auto.conf"
    ) + glob.glob("/var/lib/pgsql/data/*.conf") + glob.glob("/var/lib/pgsql/*/data/*.conf")


def readable(path):
    try:
        return open(path, errors="replace").read()
    except OSError:
        raise Unclear("lockout-unseen")


def proof(first, said, word):
    given = dict(part.split("=", 1) for part in said.split(","))
    rounds = int(given["i"])
    if rounds > 200000:
        raise Unclear("time")
    salted = hashlib.pbkdf2_hmac("sha256", word.encode(), base64.b64decode(given["s"]), rounds)
    key = hmac.digest(salted, b"Client Key", "sha256")
    last = "c=biws,r=" + given["r"]
    whole = ",".join((first, said, last)).encode()
    signed = hmac.digest(hashlib.sha256(key).digest(), whole, "sha256")
    made = bytes(one ^ two for one, two in zip(key, signed))
    return (last + ",p=" + base64.b64encode(made).decode()).encode()


def line(link, said):
    link.sendall(said + b"\r\n")
    got = b""
    while b"\n" not in got and len(got) < 4096:
        part = link.recv(4096)
        if not part:
            break
        got += part
    return got


def redis(where, user, word):
    with opened(where) as link:
        first = line(link, b"PING")
        if not first.startswith((b"+PONG", b"-NOAUTH", b"-DENIED", b"-NOPERM")):
            raise Other
        if not user:
            if not first.startswith((b"+PONG", b"-NOPERM")):
                return "refused"
            return "in:protected" if protected(link) else "in"
        if not first.startswith(b"-NOAUTH"):
            return "refused"
        return "in" if line(link, b"AUTH " + word.encode()).startswith(b"+OK") else "refused"


def protected(link):
    "Whether protected mode turns other machines away; before version 7 it did nothing once addresses were named."
    link.sendall(b"CONFIG GET protected-mode\r\nCONFIG GET bind\r\nINFO server\r\nPING\r\n")
    got = b""
    while not got.endswith(b"+PONG\r\n") and len(got) < 65536:
        part = link.recv(4096)
        if not part:
            return False
        got += part
    version = re.search(rb"(?:redis|valkey)_version:(\d+)", got)
    named = not re.search(rb"\r\nbind\r\n\$0\r\n", got)
    return b"protected-mode\r\n$3\r\nyes" in got and (not named or (version is not None and int(version[1]) >= 7))


def memcached(where, user, word):
    with opened(where) as link:
        said = line(link, b"version")
        if said.startswith(b"VERSION "):
            return "in"
        if said.startswith(b"CLIENT_ERROR unauth"):
            return "refused"
        raise Other


def mariadb(where, user, word):
    with opened(where) as link:
        head = exactly(link, 5)
        if head[4] not in (10, 255) or head[3] != 0:
            raise Other
        greeting = link.recv(256)
    if head[4] == 255:
        if greeting[:2] == struct.pack("<H", 1130):
            return "refused"
        raise Unclear("answer")
    if b"MariaDB" not in greeting:
        raise Unclear("lockout")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("MYSQL", "MARIADB"))}
    command = ["mariadb", "--no-defaults", "--protocol=tcp", "--host=" + where[0], "--port=" + str(where[1]), "--user=" + user]
    command += ["--plugin-dir=/nonexistent", "--skip-ssl", "--connect-timeout=3", "--batch", "--skip-column-names", "--execute=SELECT 1"]
    try:
        done = subprocess.run(command, capture_output=True, stdin=subprocess.DEVNULL, env=kept, timeout=EACH)
    except FileNotFoundError:
        raise Unclear("client")
    except subprocess.TimeoutExpired:
        raise Unclear("time")
    if done.returncode == 0:
        return "in"
    if re.match(rb"ERROR (1045|1698|1130) ", done.stderr):
        return "refused"
    raise Unclear("answer")
"""

_MAIN = r"""
begun, ports = time.monotonic(), listening()
signal.signal(signal.SIGALRM, ring)
for kind, (speaks, port, tried) in entries.items():
    scope = next((one for one in ("any", "loopback") if one in ports.get(port, {})), None)
    if scope is None:
        continue
    attempt = web(speaks) if speaks in PRODUCTS else globals()[speaks]
    for number, (user, word) in enumerate(tried):
        try:
            if time.monotonic() - begun > ALL:
                raise Unclear("time")
            signal.alarm(EACH)
            verdict = attempt((ports[port][scope], port), user, word)
        except Other:
            break
        except socket.timeout:
            verdict = "unclear:time"
        except Unclear as why:
            verdict = "unclear:" + str(why)
        except Exception:
            verdict = "unclear:answer"
        finally:
            signal.alarm(0)
        print(kind, scope, number, verdict, sep="\t", flush=True)
        if verdict in ("in", "in:protected", "unclear:time", "unclear:connection"):
            break
print("end")
"""

PYTHON = f"{_LOGINS}\n{CONSOLES}\n{_MAIN}"
