"""The readers of configuration files on the target, for every awk and shell, and what the table's schema refuses."""

import shutil
import subprocess
from pathlib import Path

import pytest

from checks.verdict import Status
from collectors.collector import Collector
from collectors.host.service_awk import program
from collectors.host.service_defaults import Service, logins_of_databases, management_interfaces, message_brokers
from collectors.host.service_rules import beyond_loopback, version_of
from collectors.host.service_script import script
from collectors.host.service_table import Entry, Part, Rule, TableError, entries_of, service_defaults
from collectors.readings import Text, Unread
from tests.services import CHECKS, awks, install, said, statuses

ENTRY = Entry(
    id="x",
    product="X",
    kind="config",
    source="",
    remedy="",
    rules=(Rule("open", {"a.b": (), "top": (), "l": (), "m.n.o": (), "e@f": (), "e.*": ()}),),
    secret={"a.secret": ("shipped",)},
    command_lines=("line",),
    options={"--flag": ("top=on",), "-v": ("a.b",), "--value": ("a.b",)},
)


def read(tmp_path: Path, reader: str, text: str, entry: Entry = ENTRY) -> list[str]:
    """Key and value of what leaves the target, or why it was not understood; the same for every awk."""
    path = tmp_path / "conf"
    path.write_text(text)
    answers = []
    for awk in awks():
        done = subprocess.run(
            [*awk, program((entry,)), "E=x", f"R={reader}", str(path)], capture_output=True, text=True, check=False
        )
        assert (done.returncode, done.stderr) == (0, ""), awk
        answers.append([line.split("\t", 2)[2].replace("\t", "=") for line in done.stdout.splitlines()[1:]])
    assert all(one == answers[0] for one in answers), answers
    return answers[0]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("a:\n  b: 1\n", ["a.b=1"]),
        ("a:\n    c: 2\n    b: 'x'  # why\ntop: yes\n", ["a.b=x", "top=yes"]),
        ("a.b: 1\n", ["a.b=1"]),
        ('"a":\n  "b" : "x#y"\n', ["a.b=?"]),
        ("z:\n  a:\n    b: 1\n", []),
        ("a:\n  c:\n    b: 1\n  d:\n", []),
        ("a:\n  c: |\n    b: 1\n      b: 2\n  b: 3\n", ["a.b=3"]),
        ("#a:\n#  b: 1\na:\n# b: 2\n", []),
        ("l:\n- 1\n- '2'\ntop: 1\n", ["l=1", "l=2", "top=1"]),
        ("l:\n  - 1 # one\n  - name: 2\n    b: 3\n", ["l=1"]),
        ("m:\n- n:\n    o: 4\n  b: 1\n- n: {}\n", ["m.n.o=4"]),
        ("l: [1, \"[::1]\", 'c']\n", ["l=1", "l=[::1]", "l=c"]),
        ("l: []\ntop: ~\n", ["top="]),
        ("a: {}\n", []),
        ("a: {b: 1}\n", ["!flow style, alias or tag="]),
        ("l: [1,\n  2]\n", ["!flow style="]),
        ("c: {b: 1,\n  d: 2}\ntop: 1\n", ["top=1"]),
        ("a: &x\n  b: 1\n", ["!flow style, alias or tag=", "a.b=1"]),
        ("a:\n  <<: *x\n", ["!a merge key=", "!flow style, alias or tag="][:1]),
        ("a:\n\tb: 1\n", ["!tabs="]),
        ("top: 1\n---\ntop: 2\n", ["top=1", "!several documents=", "top=2"]),
        ("---\ntop: 1\n...\n", ["top=1"]),
        ("a:\n  b: one\n    two\n", ["a.b=one", "!a value over several lines="]),
        ("top: !!str 1\n", ["!flow style, alias or tag="]),
        ("top: 1\r\na:\r\n  b: 2\r\n", ["top=1", "a.b=2"]),
        ("a:\n  secret: shipped\n", ["a.secret=published"]),
        ("a:\n  secret: hidden word\n", ["a.secret=set"]),
        ("a:\n  secret: ''\n", ["a.secret=empty"]),
        ("top: hidden$word\n", ["top=?"]),
        ("line: --flag --value=3\n", ["top=on", "a.b=3"]),
        ("garbage\n", ["!a value over several lines="]),
    ],
)
def test_yaml(tmp_path: Path, text: str, told: list[str]) -> None:
    assert read(tmp_path, "yaml", text) == told


@pytest.mark.parametrize("reader", ["json", "hcl"])
@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('{"a": {"c": [{"b": 2}, "x"], "b": true}, "top": "on"}', ["a.b=true", "top=on"]),
        ('{"l": ["1", 2]}', ["l=1", "l=2"]),
        ('{"a":{"secret":"shipped"},"a.b":"x"}', ["a.secret=published", "a.b=x"]),
        ('{"top": "a\\"b"}', ["top=?"]),
        ('{"a": {"b": 1}', ["a.b=1", "!it ends early="]),
        ('{"top": 1]', ["top=1", "!brackets do not match="]),
        ("<html>", ["!not understood="]),
        ("", []),
    ],
)
def test_json(tmp_path: Path, reader: str, text: str, told: list[str]) -> None:
    assert read(tmp_path, reader, text) == told


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("a {\n  b = 1 # one\n  // b = 2\n}\n", ["a.b=1"]),
        ('a = { b = "1" }\n/* top = 3\n*/ top = "2"\n', ["a.b=1", "top=2"]),
        ('m "label" { n { o = false } }\nl = ["1",\n "2",]\n', ["m.n.o=false", "l=1", "l=2"]),
        ('top = "{{ GetInterfaceIP \\"eth0\\" }}"\n', ["top=?"]),
        ("x = <<EOF\na\nEOF\n", ["!not understood="]),
    ],
)
def test_hcl(tmp_path: Path, text: str, told: list[str]) -> None:
    assert read(tmp_path, "hcl", text) == told


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("<?xml version='1.0'?>\n<r><a><b>1</b></a><!-- <top>2</top> --><top>3</top></r>", ["a.b=1", "top=3"]),
        ("<r>\n<a\n>\n <b> 1 </b><secret/>\n</a></r>", ["a.b=1", "a.secret=empty"]),
        ("<r><e f='g > h'/><e f=\"i\"></e></r>", ["e@f=?", "e@f=i"]),
        ("<r><a><b>1</b>", ["a.b=1", "!it ends early="]),
        ("<r><!-- ", ["!it ends early="]),
        ("<r><a><![CDATA[x]]></a></r>", ["!entities or CDATA="]),
        ("</r>", ["!tags do not match="]),
    ],
)
def test_xml(tmp_path: Path, text: str, told: list[str]) -> None:
    assert read(tmp_path, "xml", text) == told


@pytest.mark.parametrize(
    ("reader", "text", "told"),
    [
        (
            "ini",
            '; x\n[ a ]\nb = "1" ; one\nsecret = hidden\n[c]\nb = 2\n[[e]]\nz=4\n',
            ["a.b=1", "a.secret=set", "e.*=4"],
        ),
        ("ini", "top=1\na.b = 2\n[a] # x\nb=3\n", ["top=1", "a.b=2", "a.b=3"]),
        ("kv", "# top 1\ntop   1 2\nl\n", ["top=1 2", "l="]),
        ("props", "! top=1\ntop = 1\na.b:2\nl x\na.secret=shipped\n", ["top=1", "a.b=2", "l=x", "a.secret=published"]),
        ("props", "top=1,\\\n  2\n", ["!a value over several lines="]),
        ("env", 'export top="1" # x\nl=\'2\'\n#top=3\nline="--flag -v 4"\n', ["top=1", "l=2", "top=on", "a.b=4"]),
        ("env", "top=$OTHER\n", ["!a variable that is made of others="]),
        ("env", 'top="1\n2"\n', ["!a value over several lines=", "top=?"]),
        ("php", "<?php\n$cfg['a'][$i]['b'] = 'x'; // y\n/* $cfg['top'] = 1;\n */\n# $cfg['top'] = 2;\n", ["a.b=x"]),
        ("argv", "# --flag\n--flag\n--value 1 -v=2\n", ["top=on", "a.b=1", "a.b=2"]),
    ],
)
def test_lines(tmp_path: Path, reader: str, text: str, told: list[str]) -> None:
    assert read(tmp_path, reader, text) == told


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("-l 1 -S\n", ["listen=1", "sasl=on"]),
        ("-l1 -vS\n", ["listen=1", "sasl=on"]),
        ("-m -l -l 2\n", ["listen=2"]),
        ("-vl\n3\n", ["listen=3"]),
        ("-?\n", []),
        ("-q\n", ["!option q="]),
    ],
)
def test_getopt(tmp_path: Path, text: str, told: list[str]) -> None:
    entry = Entry(
        id="x",
        product="X",
        kind="config",
        source="",
        remedy="",
        rules=(Rule("open", {"listen": (), "sasl": ()}),),
        options={"-l": ("listen",), "-S": ("sasl=on",)},
        getopt="l:m:vS",
    )
    assert read(tmp_path, "argv", text, entry) == told


@pytest.mark.parametrize("shell", [one for one in ("dash", "bash", "busybox", "mksh") if shutil.which(one)])
def test_shells(tmp_path: Path, shell: str) -> None:
    case = Path(__file__).parents[2] / "data/service_defaults/mosquitto/bad/anonymous"
    root = tmp_path / "root"
    shutil.copytree(case, root)
    install(root, service_defaults()["mosquitto"])
    command = ["busybox", "sh", "-c"] if shell == "busybox" else [shell, "-c"]
    for where in (str(root), ""):
        done = subprocess.run([*command, script(where)], capture_output=True, text=True, check=False)
        assert (done.returncode, done.stderr) == (0, "")
        assert not where or statuses(done.stdout.replace(where, ""), CHECKS["broker"]) == {
            "Mosquitto: /etc/mosquitto/mosquitto.conf": Status.FAIL
        }


def test_a_link_that_leads_nowhere_is_not_there(tmp_path: Path) -> None:
    install(tmp_path, service_defaults()["mongodb"])
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc/mongod.conf").symlink_to("/nowhere/at/all")
    assert said(tmp_path) == ""


@pytest.mark.parametrize("text", ["garbage\n", "a\tb\n", "/etc/x\tno-such-entry\n", "/etc/x\tmongodb\tone\n", "\x00\n"])
def test_what_the_script_does_not_say_is_not_understood(text: str) -> None:
    collector: Collector = logins_of_databases
    (key,) = (one.key for one in collector.sources)
    assert isinstance(collector.outcome({key: Text(text)}), Unread)


@pytest.mark.parametrize(
    ("address", "beyond"),
    [
        ("*", True),
        ("", True),
        ("0.0.0.0", True),
        ("::", True),
        ("[::]:9092", True),
        (":8086", True),
        ("8080", True),
        ("1883 127.0.0.1", False),
        ("0 /run/x.sock", False),
        ("1883 10.0.0.1", True),
        ("127.0.0.53:80", False),
        ("[::1]:80", False),
        ("::1", False),
        ("localhost:5000", False),
        ("_local_", False),
        ("_site_", True),
        ("http://127.0.0.1:2379", False),
        ("https://10.0.0.1:2379/x", True),
        ("PLAINTEXT://:9092", True),
        ("/run/x.sock", False),
        ("unix:/run/x.sock", False),
        ("db1.example.com", None),
        ("?", None),
        ("_eth0_", None),
        ("::ffff:127.0.0.1", False),
    ],
)
def test_addresses(address: str, beyond: bool | None) -> None:
    assert beyond_loopback(address) is beyond


@pytest.mark.parametrize(
    ("told", "version"),
    [
        (["2.0.11-1.2+deb12u1"], (2, 0, 11)),
        (["1:6.7~rc0"], (6, 7)),
        (["elasticsearch-8.11.1.jar"], (8, 11, 1)),
        (["solr-9.4.1", "solr-8.11.2"], (8, 11, 2)),
        (["3.3.2"], (3, 3, 2)),
        (["RELEASES"], ()),
        ([], ()),
    ],
)
def test_versions(told: list[str], version: tuple[int, ...]) -> None:
    assert version_of(told) == version


def test_the_table_refuses_what_does_not_fit_and_tells_all_at_once() -> None:
    text = """
colour = "red"
[[service]]
id = "Bad Id"
product = 3
kind = "config"
group = "databases"
source = "s"
remedy = "r"
programs = "mongod"
secrets = ["x"]
[[service]]
id = "two"
product = "P"
kind = "configuration"
source = "s"
remedy = "r"
programs = ["$(reboot)"]
read = [{ reader = "toml", files = ["/etc/a b"] }, { reader = "ini" }]
rules = [{ means = "shut", all = { a = 1 } }]
[[service]]
id = "three"
product = "P"
kind = "config"
group = "database"
source = "s"
programs = ["p"]
[[service]]
id = "four"
product = "P"
kind = "authorized_key"
source = "s"
remedy = "r"
fingerprints = ["MD5:aa"]
[[service]]
id = "four"
product = "P"
kind = "config"
source = "s"
remedy = "r"
programs = ["p"]
read = [{ reader = "ini", files = ["relative"] }, { reader = "exists", files = ["/x"] }]
unset = [{ key = "k", value = "v", since = "two" }]
rules = [{ means = "shut" }]
"""
    with pytest.raises(TableError) as told:
        entries_of(text)
    faults = str(told.value).splitlines()
    assert faults == [
        "colour: is not a part of the table",
        "entry 1 (Bad Id).secrets: is not a field",
        "entry 1 (Bad Id).product: is no str",
        "entry 1 (Bad Id).programs: is no list",
        "entry 2 (two).read[1]: has no files",
        "entry 2 (two).rules[0].all.a: is neither a word nor a list of words",
        "entry 3 (three): has no remedy",
        "entry 4 (four): 'MD5:aa' is no SHA-256 fingerprint",
        "entry 5 (four): rules.means is 'shut', not one of login, open, default, unclear",
        "entry 5 (four): 'relative' is no plain absolute path or pattern",
        "entry 5 (four): 'two' is no version",
        "entry 5 (four): group is '', not one of database, broker, console, management",
        "entry 5 (four): it depends on the version, and says not where that is seen",
        "entry 5 (four): a part of the reader exists needs a key",
        "four: there are two entries of this id",
    ]


def test_a_table_that_fits() -> None:
    (entry,) = entries_of(
        '[[service]]\nid="a"\nproduct="A"\nkind="config"\ngroup="console"\nsource="s"\nremedy="r"\nprograms=["a"]\n'
        'read=[{reader="ini", files=["/etc/a"]}]\nrules=[{means="open", all={k="no", l=["x", "y"]}}]\n'
    )
    assert entry.read == (Part("ini", ("/etc/a",)),)
    assert entry.plain_keys == ("k", "l")


def test_every_entry_says_where_its_facts_are_from() -> None:
    for entry in service_defaults().values():
        assert entry.source, entry.id
        assert entry.remedy, entry.id
        assert entry.versions or entry.kind != "config", entry.id


def test_a_service_of_two_processes_that_differ_is_two() -> None:
    text = (
        "pid:1\tmemcached\npid:1\tmemcached\tlisten\t127.0.0.1\npid:2\tmemcached\npid:3\tmemcached\n"
        "pid:3\tmemcached\tlisten\t127.0.0.1\n"
    )
    outcome = logins_of_databases.outcome({logins_of_databases.sources[0].key: Text(text)})
    assert isinstance(outcome, tuple)
    services = [one for one in outcome if isinstance(one, Service)]
    assert [(one.subject, one.network) for one in services] == [
        ("memcached: arguments", ()),
        ("memcached: arguments (2)", ("*",)),
    ]


def judged_as(text: str, kind: Collector) -> list[tuple[str, bool | None, tuple[str, ...], str]]:
    outcome = kind.outcome({kind.sources[0].key: Text(text)})
    assert isinstance(outcome, tuple)
    return [(one.subject, one.login, one.network, one.unclear) for one in outcome if isinstance(one, Service)]


def test_arguments_override_the_environment_and_that_the_files() -> None:
    file = "/etc/default/etcd\tetcd\tETCD_LISTEN_CLIENT_URLS\thttp://0.0.0.0:2379\n"
    environment = "env:7\tetcd\tETCD_LISTEN_CLIENT_URLS\thttp://10.0.0.1:2379\n"
    arguments = "pid:7\tetcd\npid:7\tetcd\tlisten-client-urls\thttp://127.0.0.1:2379\n"
    subject = "etcd: /etc/default/etcd"
    assert judged_as(file, management_interfaces) == [(subject, False, ("http://0.0.0.0:2379",), "")]
    told = judged_as(f"{file}{environment}pid:7\tetcd\n", management_interfaces)
    assert told == [(subject, False, ("http://10.0.0.1:2379",), "")]
    assert judged_as(file + environment + arguments, management_interfaces) == [(subject, False, (), "")]


def test_a_process_reads_only_what_its_arguments_name() -> None:
    files = "/etc/mongod.conf\tmongodb\n/etc/mongod.conf\tmongodb\tsecurity.authorization\tenabled\n"
    process = "pid:7\tmongodb\npid:7\tmongodb\tnet.bindIp\t10.0.0.1\n"
    named = "pid:7\tmongodb\t@config\t/etc/mongod.conf\n"
    elsewhere = "pid:7\tmongodb\t@config\t/srv/mongod.conf\n"
    assert judged_as(files + process, logins_of_databases) == [("MongoDB: arguments", False, ("10.0.0.1",), "")]
    assert judged_as(files + process + named, logins_of_databases) == [("MongoDB: /etc/mongod.conf", True, (), "")]
    ((subject, login, _, unclear),) = judged_as(files + process + elsewhere, logins_of_databases)
    assert (subject, login) == ("MongoDB: arguments", None)
    assert "was not read" in unclear


def test_a_process_that_may_not_be_looked_at_is_unknown() -> None:
    files = "/etc/default/etcd\tetcd\n"
    ((_, login, _, unclear),) = judged_as(f"{files}pid:7\tetcd\t!denied\t\n", management_interfaces)
    assert (login, unclear) == (None, "its configuration is not readable")


def test_a_daemon_tells_which_of_several_files_is_in_force() -> None:
    files = (
        "/opt/kafka/config/server.properties\tkafka\n"
        "/opt/kafka/config/kraft/server.properties\tkafka\n"
        "/opt/kafka/config/kraft/server.properties\tkafka\tlisteners\tSASL_SSL://:9092\n"
    )
    named = "pid:7\tkafka\npid:7\tkafka\t@config\t/opt/kafka/config/kraft/server.properties\n"
    other = named.replace("kraft/", "")
    assert (
        judged_as(files, message_brokers)[0][3]
        == "its configuration is not understood: which of several files is in force"
    )
    assert judged_as(files + named, message_brokers)[0][:3] == (
        "Kafka: /opt/kafka/config/kraft/server.properties",
        True,
        (),
    )
    assert judged_as(files + other, message_brokers)[0][2] == ("PLAINTEXT://:9092",)


def test_the_words_of_a_java_that_name_its_file(tmp_path: Path) -> None:
    words = ["java", "-cp", "/opt/kafka/libs/*:/x.jar", "kafka.Kafka", "/opt/kafka/config/server.properties"]
    text = "".join(f"kafka\tpid:7\t{word}\n" for word in words)
    for awk in awks():
        asked = [*awk, program((service_defaults()["kafka"],)), "R=process", "-"]
        done = subprocess.run(asked, input=text, capture_output=True, text=True, check=True)
        assert done.stdout.splitlines() == [
            "pid:7\tkafka",
            "pid:7\tkafka\t@config\t/opt/kafka/config/server.properties",
        ]


def test_files_replace_or_add_up() -> None:
    consul = "/etc/consul.d/{}.hcl\tconsul\tclient_addr\t{}\n"
    assert judged_as(consul.format("a", "0.0.0.0") + consul.format("b", "127.0.0.1"), management_interfaces)[0][2] == ()
    assert judged_as(consul.format("a", "127.0.0.1") + consul.format("b", "10.0.0.1"), management_interfaces)[0][2]
    mosquitto = (
        "/etc/mosquitto/mosquitto.conf\tmosquitto\tlistener\t1883\n"
        "/etc/mosquitto/mosquitto.conf\tmosquitto\tallow_anonymous\ttrue\n"
        "/etc/mosquitto/conf.d/a.conf\tmosquitto\tlistener\t1884 127.0.0.1\n"
        "/var/lib/dpkg/status\tmosquitto\t@version\t2.0.11\n"
    )
    assert judged_as(mosquitto, message_brokers)[0][2] == ("1883",)
