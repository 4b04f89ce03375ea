r"""The comparison of hashes in services' files with published passwords, in Python's standard library alone.

Arguments: the rows (``ID TAB READER TAB USER TAB PASSWORD``), then the files, each as ``ID=PATH``. Each line of the answer
is ``ID TAB PATH TAB ACCOUNT TAB CLASS``; only accounts that a row names are looked at, and a file with none of them has
one line without an account. A hash that is dear on purpose is not begun: crypt(3) cannot be interrupted.
There are no single quotes in the program, so that it stays readable within a shell's.
"""

PYTHON = r"""
import base64, binascii, ctypes, hashlib, os, re, stat, sys, time

CPU = 1.0
MOST = 4 << 20
rows, files = os.fsencode(sys.argv[1]).split(b"\n"), [os.fsencode(one).partition(b"=")[::2] for one in sys.argv[2:]]
readers, pairs = {}, {}
for row in rows:
    kind, reader, user, secret = row.split(b"\t")
    readers[kind] = reader
    pairs.setdefault(kind, {}).setdefault(user, []).append(secret)


class NotCompared(Exception):
    pass


def library():
    for name in ("libcrypt.so.1", "libcrypt.so.2", None):
        try:
            found = ctypes.CDLL(name).crypt
        except (OSError, AttributeError):
            continue
        found.restype, found.argtypes = ctypes.c_char_p, [ctypes.c_char_p, ctypes.c_char_p]
        return found
    raise NotCompared("scheme")


def dear(stored):
    bcrypt = re.match(rb"\$2[abxy]\$(\d\d)\$", stored)
    rounds = re.match(rb"\$[56]\$rounds=(\d+)\$", stored)
    if bcrypt:
        return int(bcrypt.group(1)) > 10
    if rounds:
        return int(rounds.group(1)) > 200000
    return stored[:1] == b"$" and not re.match(rb"\$[156]\$|\$y\$j[./0-9A]T\$", stored)


def crypted(stored, secret):
    if not re.match(rb"\$(1|2[abxy]|5|6|7|y|gy)\$|[./0-9A-Za-z]{13}\Z", stored):
        raise NotCompared("scheme")
    if dear(stored):
        raise NotCompared("dear")
    made = library()(secret, stored)
    if made is None or len(made) != len(stored):
        raise NotCompared("scheme")
    return made == stored


def apr1(stored, secret):
    salt = stored.split(b"$")[2][:8]
    first = hashlib.md5(secret + salt + secret).digest()
    text = secret + b"$apr1$" + salt + (first * (len(secret) // 16 + 1))[: len(secret)]
    count = len(secret)
    while count:
        text += b"\0" if count & 1 else secret[:1]
        count >>= 1
    made = hashlib.md5(text).digest()
    for turn in range(1000):
        text = secret if turn & 1 else made
        text += salt if turn % 3 else b""
        text += secret if turn % 7 else b""
        made = hashlib.md5(text + (made if turn & 1 else secret)).digest()
    letters = b"./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
    out = b""
    for high, middle, low in ((0, 6, 12), (1, 7, 13), (2, 8, 14), (3, 9, 15), (4, 10, 5)):
        word = made[high] << 16 | made[middle] << 8 | made[low]
        for _ in range(4):
            out += letters[word & 63 : (word & 63) + 1]
            word >>= 6
    out += letters[made[11] & 63 : (made[11] & 63) + 1] + letters[made[11] >> 6 : (made[11] >> 6) + 1]
    return stored == b"$apr1$" + salt + b"$" + out


SIZES = {b"SHA": ("sha1", 20), b"SSHA": ("sha1", 20), b"MD5": ("md5", 16), b"SMD5": ("md5", 16)}
SIZES.update({b"SHA256": ("sha256", 32), b"SSHA256": ("sha256", 32), b"SHA512": ("sha512", 64), b"SSHA512": ("sha512", 64)})


def password(stored, secret):
    braced = re.match(rb"\{([A-Za-z0-9-]+)\}(.*)\Z", stored, re.S)
    if stored.startswith(b"$apr1$"):
        return apr1(stored, secret)
    if not braced:
        return crypted(stored, secret)
    scheme, rest = braced.group(1).upper(), braced.group(2)
    if scheme in (b"PLAIN", b"CLEARTEXT"):
        return rest == secret
    if scheme == b"CRYPT":
        return crypted(rest, secret)
    if scheme not in SIZES:
        raise NotCompared("scheme")
    name, size = SIZES[scheme]
    try:
        raw = base64.b64decode(rest)
    except binascii.Error:
        raise NotCompared("scheme")
    if len(raw) < size or (scheme[:2] in (b"SH", b"MD") and len(raw) != size):
        raise NotCompared("scheme")
    return hashlib.new(name, secret + raw[size:]).digest() == raw[:size]


def text(path):
    if b"$" in path and not os.path.exists(path):
        raise NotCompared("variable")
    if not stat.S_ISREG(os.stat(path).st_mode):
        raise NotCompared("form")
    with open(path, "rb") as file:
        said = file.read(MOST + 1)
    if len(said) > MOST:
        raise NotCompared("form")
    return said


def htpasswd(path):
    for line in text(path).split(b"\n"):
        parts = line.strip().split(b":")
        if len(parts) == 3 and re.match(rb"[0-9a-f]{32}\Z", parts[2]):
            yield parts[0], lambda secret, parts=parts: hashlib.md5(b":".join((parts[0], parts[1], secret))).hexdigest().encode() == parts[2]
        elif len(parts) > 1 and parts[0] and not line.startswith(b"#"):
            yield parts[0], lambda secret, stored=parts[1]: password(stored, secret)


def properties(path):
    said = text(path)
    realm = (re.search(rb"^#\s*\$REALM_NAME=(.*?)\$", said, re.M) or [b"", b"ManagementRealm"])[1]
    for name, stored in re.findall(rb"^\s*([^#!\s=:][^=\n]*?)\s*=\s*([0-9A-Fa-f]{32})\s*$", said, re.M):
        yield name, lambda secret, name=name, stored=stored: (
            hashlib.md5(b":".join((name, realm, secret))).hexdigest().encode() == stored.lower()
        )


def splunk(path):
    for line in text(path).split(b"\n"):
        parts = line.split(b":")
        if len(parts) > 3 and not parts[0]:
            yield parts[1], lambda secret, stored=parts[2]: password(stored, secret)


def graylog(path):
    said = dict(re.findall(rb"^[ \t]*(root_username|root_password_sha2)[ \t]*[=:][ \t]*(\S+)", text(path), re.M))
    if b"root_password_sha2" in said:
        stored = said[b"root_password_sha2"].lower()
        yield said.get(b"root_username", b"admin"), lambda secret: hashlib.sha256(secret).hexdigest().encode() == stored


def slapd(path):
    said = re.sub(rb"\r?\n ", b"", text(path)) if path.endswith(b".ldif") else text(path)
    for coded, stored in re.findall(rb"^(?:rootpw|olcRootPW(:?:))[ \t]+(\S+)", said, re.M | re.I):
        stored = base64.b64decode(stored) if coded == b"::" else stored.strip(b"\"")
        yield b"rootdn", lambda secret, stored=stored: password(stored, secret) if stored[:1] == b"{" else stored == secret


def grafana(path):
    ini, section = {}, ""
    for line in text(b"/etc/grafana/grafana.ini").decode("utf-8", "replace").split("\n") if os.path.exists("/etc/grafana/grafana.ini") else ():
        line = line.strip()
        if line.startswith("["):
            section = line.strip("[]").strip()
        elif "=" in line and line[0] not in "#;":
            name, _, value = line.partition("=")
            ini[section, name.strip()] = value.split(" ;")[0].strip().strip("\"")
    if ini.get(("database", "type"), "sqlite3") != "sqlite3" or ini.get(("database", "url")):
        raise NotCompared("elsewhere")
    where = os.path.join(ini.get(("paths", "data")) or "/var/lib/grafana", ini.get(("database", "path")) or "grafana.db")
    if "$" in where or not where.startswith("/"):
        raise NotCompared("elsewhere")
    os.stat(where)
    if os.path.exists(where + "-wal") and os.path.getsize(where + "-wal"):
        raise NotCompared("busy")
    try:
        import sqlite3, urllib.parse
    except ImportError:
        raise NotCompared("sqlite")
    try:
        asked = sqlite3.connect("file:" + urllib.parse.quote(where) + "?mode=ro", uri=True, timeout=1)
        columns = {row[1] for row in asked.execute("PRAGMA table_info(user)")}
        enabled = " WHERE is_disabled = 0" if "is_disabled" in columns else ""
        held = asked.execute("SELECT login, password, salt FROM user" + enabled + " LIMIT 1000").fetchall()
        asked.close()
    except sqlite3.Error:
        raise NotCompared("busy")
    for login, stored, salt in held:
        yield login.encode(), lambda secret, stored=stored, salt=salt: (
            hashlib.pbkdf2_hmac("sha256", secret, salt.encode(), 10000, 50).hex() == stored
        )


def told(tests, secrets):
    for secret in secrets:
        if time.process_time() > CPU:
            return "not-compared:time"
        try:
            if tests(secret):
                return "default"
        except NotCompared as why:
            return "not-compared:" + str(why)
    return "none"


def say(*words):
    sys.stdout.buffer.write(b"\t".join(word if isinstance(word, bytes) else word.encode() for word in words) + b"\n")


seen = set()
for kind, path in files:
    if os.path.realpath(path) in seen or b"\t" in path or b"\n" in path:
        continue
    seen.add(os.path.realpath(path))
    try:
        found, held = False, {}
        for name, tests in globals()[readers[kind].decode()](path):
            held.setdefault(name, tests)
        for name, tests in held.items():
            if name in pairs[kind]:
                found = True
                say(kind, path, name, told(tests, pairs[kind][name]))
        if not found:
            say(kind, path, "", "none")
    except NotCompared as why:
        say(kind, path, "", "not-compared:" + str(why))
    except FileNotFoundError:
        continue
    except PermissionError:
        say(kind, path, "", "not-compared:denied")
    except Exception as fault:
        say(kind, path, "", "not-compared:form")
say("end")
"""
