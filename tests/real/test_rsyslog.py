import pytest

from collectors.collector import Collector, Outcome
from collectors.host.rsyslog import LogForward, Rsyslog, log_forwards, rsyslog
from collectors.readings import Absent, Text, Unread
from tests.hosts import Tree

pytestmark = pytest.mark.real

MAIN = "/etc/rsyslog.conf"
SITE = "/etc/rsyslog.d/90-site.conf"
SECRET = "hunter2"


def understood(tree: Tree, collector: Collector) -> Outcome:
    return collector.outcome(tree.transport.read(collector.sources))


def read(tree: Tree) -> Rsyslog:
    made = understood(tree, rsyslog)
    assert isinstance(made, Rsyslog), made
    return made


@pytest.mark.parametrize(
    ("written", "made"),
    [
        ("auth,authpriv.*;\\\n\tkern.none @@h\n", Rsyslog(hosts=("h",))),
        ("*.*;\\\n\tauth,authpriv.none\\\n\t@@h\n", Rsyslog()),
        ("*.* -/var/log/all # kept\n*.* @[2001:db8::1]:514;fmt\n", Rsyslog(("/var/log/all",), ("2001:db8::1",))),
        ("/* *.* @@h\n*/\n*.* /var/log/all\n", Rsyslog(("/var/log/all",))),
        ("*.* { /var/log/all\n @@h\n}\n", Rsyslog(("/var/log/all",), ("h",))),
        ('auth.* {\n  action(type="omfile" File="/a")\n  kern.* @@h\n  *.* @@i\n}\n', Rsyslog(("/a",), ("i",))),
        ('if $msg contains "\\"then" then\n  action(type="omfwd" target="h")\n', Rsyslog(hosts_of_some=("h",))),
        ("if $syslogseverity > 3\n   and $msg == 'x'\nthen @@h:514\nelse\n  @@i\n", Rsyslog(hosts_of_some=("h", "i"))),
        ("if $syslogseverity > 3 then {\n @@h\n} else {\n kern.* @@i\n}\n", Rsyslog(hosts_of_some=("h",))),
        (':msg, contains, "x" @@h\n& @@i\n', Rsyslog(hosts_of_some=("h", "i"))),
        ("kern.* /var/log/kern\n& @@h\n", Rsyslog()),
        ("auth,authpriv.* /a\n& stop\n*.* @@h\n", Rsyslog(("/a",))),
        ("auth.* /a\n& stop\n*.* @@h\n", Rsyslog(("/a",), ("h",))),
        ('if $msg contains "x" then stop\n*.* @@h\n', Rsyslog(hosts=("h",))),
        ('action(type="omfile" file="/a")  action(type="omfwd" target="h") stop\n*.* @@i\n', Rsyslog(("/a",), ("h",))),
        ('action(type="omfwd" target=["h", "i"] port="514")\n', Rsyslog(hosts=("h", "i"))),
        ('ruleset(name="r") { action(type="omfwd" target="h") }\n', Rsyslog(hosts_of_some=("h",))),
        ('template(name="t" type="list") {\n constant(value="}")\n}\n*.* @@h;t\n', Rsyslog(hosts=("h",))),
        ('include(file="/etc/rsyslog.d/*.more" mode="optional")\n', Rsyslog(hosts=("more",))),
        ('include(file="/opt/a.conf")\ninclude(text=`echo x`)\n', Rsyslog(unseen=("/opt/a.conf", "include"))),
        ("*.* @localhost.localdomain\n*.* @@(o)[::1]:514\n", Rsyslog()),
    ],
)
def test_what_becomes_of_messages_about_logins(tree: Tree, written: str, made: Rsyslog) -> None:
    tree.write(MAIN, written)
    tree.write("/etc/rsyslog.d/a.more", "*.* @more\n")
    tree.write("/etc/rsyslog.d/b.conf", "*.* @not-included\n")
    assert read(tree) == made
    if "/opt" not in written and "[" not in written:
        tree.run("rsyslogd", "-N1")


@pytest.mark.parametrize(
    ("written", "made"),
    [
        ('action(type="omfwd" target=["h", "i"] protocol="tcp")\n', (LogForward("h", "tcp"), LogForward("i", "tcp"))),
        ('action(type="omrelp" target="h" tls="on")\n*.* :omrelp:i:20514\n', (LogForward("h", "relp", encrypted=True), LogForward("i", "relp"))),
        ("# *.* @h\n/* *.* @i */\n*.* @@j\nauth.* @@j\n", (LogForward("j", "tcp"),)),
        ('auth,authpriv.* stop\nif $msg == "x" then { @h\n}\n', (LogForward("h"),)),
    ],
)  # fmt: skip
def test_where_messages_are_sent(tree: Tree, written: str, made: tuple[LogForward, ...]) -> None:
    tree.write(MAIN, written)
    assert understood(tree, log_forwards) == made


@pytest.mark.parametrize(
    "written",
    [
        'action(type="omfwd" target="h"\n',
        'if $msg contains "x\n*.* @@h\n',
        "if $msg == 'x'\n*.* @@h\n",
        "if $msg == 'x' then {\n",
        "}\n",
        "/* *.* @@h\n",
        "*.* @@\n",
        'action(type="omfwd" target=`echo $HOST`)\n',
        "$IncludeConfig /etc/rsyslog.d/90-site.conf\n",
    ],
)
@pytest.mark.parametrize("collector", [rsyslog, log_forwards], ids=lambda one: one.name)
def test_what_is_not_understood_is_unread(tree: Tree, collector: Collector, written: str) -> None:
    tree.write(SITE, written)
    assert isinstance(understood(tree, collector), Unread)
    tree.remove(SITE)
    assert not isinstance(understood(tree, collector), Unread)


def test_without_rsyslogd_its_configuration_is_not_in_force(tree: Tree) -> None:
    tree.write(SITE, "*.* @@h\n")
    tree.remove("/usr/sbin/rsyslogd")
    assert isinstance(understood(tree, rsyslog), Absent)
    assert isinstance(understood(tree, log_forwards), Absent)


def test_no_secret_of_rsyslog_leaves_the_host(tree: Tree) -> None:
    tree.write(
        SITE,
        f'$template long,"one \\\n{SECRET} {SECRET}"\n'
        f'template(name="a" type="string" string="\\"{SECRET}\n  {SECRET}")\n'
        f"if $msg == '{SECRET}'\n  or $msg == \"{SECRET}\"\nthen >db.example.org,syslog,me,{SECRET}\n"
        f'*.* {{ :ommysql:db.example.org,syslog,me,{SECRET}\n action(type="omhttp" pwd="{SECRET}" # {SECRET}\n'
        f'   target.x="{SECRET}" template="target=\\"{SECRET}\\"" uid = [ "{SECRET}" ] bare={SECRET})\n}}\n'
        f"& >db.example.org,syslog,me,{SECRET}\n>db.example.org, syslog,me,{SECRET}\n"
        f"if $syslogseverity > 3 then >db.example.org,syslog,me,{SECRET}\n"
        f"/* {SECRET}\n {SECRET} */ *.* @@h;{{x\n",
    )
    readings = tree.transport.read(rsyslog.sources)
    (reading,) = readings.values()
    assert isinstance(reading, Text)
    assert "@@h" in reading.text
    assert SECRET not in repr(readings)
