r"""The program of ``tls_program_perl`` once more, in Python, for machines without Perl."""

PYTHON = r"""
import errno, os, re, select, socket, subprocess, sys, time

rows, steps_, hellos, seconds, size_, openssl, most = sys.argv[1:]
end = time.monotonic() + int(seconds)
hello = [bytes.fromhex(one) for one in hellos.split(" ")]
steps = {}
for line in steps_.split("\n"):
    kind, *parts = line.split("\t")
    steps[kind] = [parts[at : at + 3] for at in range(0, len(parts), 3)]
told, going = [], []


def address(text):
    raw = b"".join(bytes.fromhex(text[at : at + 8])[::-1] for at in range(0, len(text), 8))
    if len(raw) == 4:
        return "127.0.0.1" if raw == bytes(4) else socket.inet_ntop(socket.AF_INET, raw)
    return "::1" if raw == bytes(16) else socket.inet_ntop(socket.AF_INET6, raw)


def begin(one, turn):
    n, raw, port, kind = one
    for where in [address(raw)] + (["127.0.0.1"] if raw == "0" * 32 else []):
        made = None
        try:
            made = socket.socket(socket.AF_INET6 if ":" in where else socket.AF_INET, socket.SOCK_STREAM)
            made.setblocking(False)
            fault = made.connect_ex((where, port))
        except OSError as failed:
            fault = failed.errno
        if fault not in (0, errno.EINPROGRESS):
            if made:
                made.close()
            continue
        text = ("[%s]:%d" if ":" in where else "%s:%d") % (where, port)
        going.append({
            "one": one, "turn": turn, "file": made, "where": text, "steps": list(steps.get(kind, [])), "got": b"", "all": 0,
            "begun": False, "child": None,
        })
        return
    told.append("%d try %d unreachable" % (n, turn))


def certificate(it):
    n, kind = it["one"][0], it["one"][3]
    if openssl != "1":
        told.append("%d certificate no-openssl" % n)
        return
    child = subprocess.Popen(
        ["openssl", "s_client", "-connect", it["where"], "-cipher", "ALL:@SECLEVEL=0", "-legacy_server_connect"]
        + ([] if kind == "tls" else ["-starttls", kind]),
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        env=dict(os.environ, OPENSSL_CONF="/dev/null"),
    )
    os.set_blocking(child.stdout.fileno(), False)
    going.append({"one": it["one"], "file": child.stdout, "got": b"", "all": 0, "begun": True, "child": child})


def tls(got):
    shaken, chosen = b"", ""
    while got:
        if not 20 <= got[0] <= 23 or (len(got) > 1 and got[1] != 3):
            return "plain"
        size = int.from_bytes(got[3:5], "big")
        if len(got) < 5 or len(got) < 5 + size:
            break
        record = got[5 : 5 + size]
        if got[0] == 21 and record[:1] == b"\2":
            return "alert %d" % record[1]
        if got[0] == 22:
            shaken += record
        got = got[5 + size :]
    while len(shaken) >= 4:
        size = int.from_bytes(shaken[1:4], "big")
        if len(shaken) < 4 + size:
            break
        if shaken[0] == 2:
            chosen = shaken[4:6].hex()
        if shaken[0] == 14:
            return "offers " + chosen
        shaken = shaken[4 + size :]
    return ""


def over(it, what):
    going.remove(it)
    it["file"].close()
    n = it["one"][0]
    if it["child"]:
        it["child"].kill()
        it["child"].wait()
        code = re.search(rb"^ *Verify return code: (\d+)", it["got"], re.M)
        found = re.search(rb"-----BEGIN CERTIFICATE-----\n([A-Za-z0-9+/=\n]+)-----END", it["got"])
        if found:
            text = found[1].replace(b"\n", b"").decode() + " " + (code[1].decode() if code else "-")
        told.append("%d certificate %s" % (n, text if found else what))
        return
    told.append("%d try %d %s" % (n, it["turn"], what))
    if not it["turn"] and re.match("alert|offers|closed", what):
        certificate(it)
    if what in ("offers 0302", "offers 0301"):
        begin(it["one"], 1 if what == "offers 0302" else 2)


def say_to(it, send):
    it["file"].send(bytes.fromhex(send) + (b"" if it["steps"] else hello[it["turn"]]))


def move(it):
    try:
        new = os.read(it["file"].fileno(), 16384)
    except BlockingIOError:
        return
    except OSError:
        new = b""
    it["got"] += new
    it["all"] += len(new)
    if it["all"] > int(size_):
        return over(it, "long")
    if it["child"]:
        if not new or re.search(rb"^ *Verify return code: \d+ .*\n", it["got"], re.M):
            over(it, "closed")
        return
    while it["steps"]:
        yes, no, send = it["steps"][0]
        if no and re.search(no.encode(), it["got"], re.S):
            return over(it, "no-starttls")
        if not re.search(yes.encode(), it["got"], re.S):
            break
        it["got"] = b""
        it["steps"].pop(0)
        say_to(it, send)
    what = "" if it["steps"] else tls(it["got"])
    if what or not new:
        over(it, what or "closed")


for n, row in enumerate(rows.split("\n")):
    raw, port, kind = row.split(" ")
    told.append("%d listener %s %s %s" % (n, raw, port, kind))
    if n >= int(most):
        told.append("%d try 0 many" % n)
    else:
        begin((n, raw, int(port, 16), kind), 0)
while going and time.monotonic() < end:
    reads = [it["file"] for it in going if it["begun"]]
    writes = [it["file"] for it in going if not it["begun"]]
    reads, writes, _ = select.select(reads, writes, [], 0.2)
    for it in list(going):
        if it["file"] in writes:
            if it["file"].getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
                over(it, "unreachable")
                continue
            it["begun"] = True
            try:
                if not it["steps"]:
                    say_to(it, "")
                elif not it["steps"][0][0]:
                    say_to(it, it["steps"].pop(0)[2])
            except OSError:
                over(it, "closed")
        elif it["file"] in reads:
            try:
                move(it)
            except OSError:
                over(it, "closed")
while going:
    over(going[0], "silent")
print("\n".join(told + ["end"]))
"""
