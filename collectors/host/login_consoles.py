r"""The consoles among the logins that are tried: a part of the program in ``login_programs``, for products that speak HTTP.

Without a login, each must first have answered as the product does: only then is a password sent.
"""

CONSOLES = r"""
def asked(where, path, login, secure):
    name = {"Host": "localhost", "Connection": "close", "User-Agent": "wispwatch"}
    if login:
        name["Authorization"] = "Basic " + base64.b64encode(":".join(login).encode()).decode()
    if secure:
        trust = ssl.create_default_context()
        trust.check_hostname, trust.verify_mode = False, ssl.CERT_NONE
        link = http.client.HTTPSConnection(*where, timeout=2, context=trust)
    else:
        link = http.client.HTTPConnection(*where, timeout=2)
    try:
        link.request("GET", path, headers=name)
        answer = link.getresponse()
        body = answer.read(65536)
        return answer.status, " ".join(answer.headers.get_all("WWW-Authenticate") or ()), body
    finally:
        link.close()


PRODUCTS = {
    "tomcat": ("/manager/html", lambda status, realm, body: status == 401 and "Tomcat Manager" in realm),
    "grafana": ("/api/org", lambda status, realm, body: status in (200, 401)),
    "rabbitmq": ("/api/whoami", lambda status, realm, body: status == 401 and "RabbitMQ" in realm),
    "elasticsearch": (
        "/", lambda status, realm, body: b"You Know, for Search" in body or (status == 401 and "realm=\"security\"" in realm)
    ),
    "opensearch": (
        "/", lambda status, realm, body: b"OpenSearch Project" in body or (status == 401 and "OpenSearch Security" in realm)
    ),
}
PLACES = ("/etc/tomcat*/server.xml", "/opt/*tomcat*/conf/server.xml", "/usr/share/tomcat*/conf/server.xml", "/var/lib/tomcat*/conf/server.xml")
known = {}


def web(speaks):
    path, is_it = PRODUCTS[speaks]

    def attempt(where, user, word):
        if speaks not in known:
            known[speaks] = first(where)
        secure, status = known[speaks]
        if not user:
            return "in" if status == 200 else "refused"
        if status == 200:
            return "refused"
        if speaks == "tomcat":
            files = [one for place in PLACES for one in glob.glob(place)]
            if not files:
                raise Unclear("lockout-unseen")
            if any("LockOutRealm" in re.sub(r"<!--.*?-->", "", readable(one), flags=re.S) for one in files):
                raise Unclear("lockout")
        status = told(where, path, (user, word), secure)[0]
        if status in (200, 403):
            return "in"
        if status == 401:
            return "refused"
        raise Unclear("answer")

    def told(where, path, login, secure):
        try:
            return asked(where, path, login, secure)
        except (OSError, http.client.HTTPException):
            raise Unclear("answer")

    def first(where):
        fault = None
        for secure in (False, True):
            try:
                status, realm, body = asked(where, path, None, secure)
                if status == 400 and not secure:
                    continue
                if speaks == "grafana" and b"database" not in asked(where, "/api/health", None, secure)[2]:
                    raise Other
                if not is_it(status, realm, body):
                    raise Other
                return secure, status
            except socket.timeout:
                raise Unclear("time")
            except (OSError, http.client.HTTPException):
                continue
        raise Other

    return attempt
"""
