import os
import subprocess

import pytest

from collectors.host.kept_secrets import KEPT
from collectors.readings import Text
from tests.accounts import add
from tests.hosts import Tree, need

pytestmark = pytest.mark.real

PRIVATE = "files-with-credentials-are-private"
NONE = "no-credentials-lie-in-well-known-files"
JOBS = "jobs-and-units-hold-no-secret"
HISTORY = "shell-histories-hold-no-secret"
REST = "every other file looked at"
SECRET = "hunter2-Tr0ub4dor"
TOKEN = "ghp_" + "0123456789abcdefghijABCDEFGHIJ012345"
ALICE = (1000, 1000)


def answer(tree: Tree) -> str:
    """What leaves the target: never a secret, whatever else."""
    reading = tree.transport.read([KEPT])[KEPT.key]
    assert isinstance(reading, Text), reading
    for part in (SECRET, SECRET[:7], SECRET[-7:], TOKEN[4:14], TOKEN[-10:], "PRIVATE KEY", "b3BlbnNzaC1rZXk"):
        assert part not in reading.text
    return reading.text


def home(tree: Tree, name: str, text: str | bytes, mode: int = 0o600) -> str:
    """A file in alice's home, and its path."""
    if not tree.path("/home/alice").exists():
        add(tree, "alice")
    path = f"/home/alice/{name}"
    tree.write(path, text, mode=mode, owner=ALICE)
    inside = tree.path(path).parent
    while inside != tree.path("/home/alice"):
        os.chown(inside, *ALICE)
        inside = inside.parent
    return path


def test_a_fresh_debian_holds_none(tree: Tree) -> None:
    add(tree, "alice")
    for check in (PRIVATE, NONE, JOBS):
        (one,) = tree.findings(check)
        assert (one.status.value, one.subject) == ("pass", REST), (check, one)
    assert tree.status(HISTORY) == "not_applicable"
    assert int(tree.findings(NONE)[0].verdict.observed["looked_at"]) > 20


# ---- each kind of file, as its program writes it, and with a stand-in for the secret

FILES = {
    ".netrc": ("machine example.org\n  login alice\n  password {}\n", "machine h login x password ${{PW}}\n# password y\n"),
    ".pgpass": ("# host:port\ndb:5432:*:alice:{}\n", "#db:5432:*:alice:x\ndb:5432:*:alice:\n"),
    ".my.cnf": ('[client]\nuser=alice\npassword="{}"\n', "[client]\npassword\n#password=abc\npassword=\n"),
    ".docker/config.json": ('{{"auths": {{"r.example.org": {{"auth": "{}"}}}}}}', '{{"auths": {{"r": {{}}}}, "credsStore": "pass"}}'),
    ".aws/credentials": ("[default]\naws_access_key_id = AKIAX\naws_secret_access_key = {}\n", "[d]\naws_secret_access_key = <secret>\n"),
    ".npmrc": ("//registry.npmjs.org/:_authToken={}\n", "//registry.npmjs.org/:_authToken=${{NPM_TOKEN}}\n"),
    ".pypirc": ("[pypi]\nusername = __token__\npassword = {}\n", "[pypi]\nusername = __token__\n; password = abc\n"),
    ".s3cfg": ("[default]\nsecret_key = {}\n", "[default]\nsecret_key =\n"),
    ".config/rclone/rclone.conf": (
        "[b]\ntype = webdav\npass = {}\n",
        "# Encrypted rclone configuration File\n\nRCLONE_ENCRYPT_V0:\nAAAA==\n",
    ),
    ".kube/config": ("users:\n- name: a\n  user:\n    token: {}\n", "users:\n- user:\n    tokenFile: /x\n    client-key: /y\n    exec: {{}}\n"),
    ".terraform.d/credentials.tfrc.json": ('{{"credentials": {{"app": {{"token": "{}"}}}}}}', '{{"credentials": {{"app": {{"token": ""}}}}}}'),
    ".vault-token": ("{}", ""),
    ".vault_pass": ("{}\n", "#!/bin/sh\npass vault\n"),
    ".msmtprc": ("account x\npassword {}\n", "account x\npasswordeval pass mail\n"),
    ".muttrc": ('set imap_pass = "{}"\n', 'set imap_pass = "`pass mail`"\n# set imap_pass = "x"\n'.replace("`pass mail`", "$(pass)")),
    ".fetchmailrc": ('poll h protocol imap user "a" password "{}"\n', "poll h protocol imap user a\n"),
    ".mbsyncrc": ("IMAPAccount x\nPass {}\n", 'IMAPAccount x\nPassCmd "pass mail"\n'),
    ".config/gh/hosts.yml": ("github.com:\n    oauth_token: {}\n    user: a\n", "github.com:\n    user: a\n"),
    ".config/hub": ("github.com:\n- user: a\n  oauth_token: {}\n", "github.com:\n- user: a\n"),
    ".config/gcloud/application_default_credentials.json": ('{{"refresh_token": "{}"}}', '{{"type": "external_account"}}'),
    ".config/gcloud/legacy_credentials/a@b/adc.json": ('{{"refresh_token": "{}"}}', "{{}}"),
    ".azure/msal_token_cache.json": ('{{"RefreshToken": {{"x": {{"secret": "{}"}}}}}}', '{{"RefreshToken": {{}}}}'),
    ".cargo/credentials.toml": ('[registry]\ntoken = "{}"\n', "[registry]\n"),
    ".m2/settings.xml": ("<server>\n<password>{}</password>\n</server>", "<server><password>{{abc=}}</password></server>"),
    ".config/pip/pip.conf": ("[global]\nindex-url = https://a:{}@pypi.example.org/\n", "[global]\nindex-url = https://pypi.example.org/\n"),
    ".gitconfig": ('[url "https://a:{}@example.org/"]\n', '[user]\nemail = a@example.org\n[url "https://a@example.org"]\n'),
    ".bashrc": ("alias x=y\nexport API_TOKEN='{}'\n", "export API_TOKEN=$(pass x)\nexport PATH=$PATH:~/bin\nPASSWORD_STORE_DIR=~/.p\n"),
    ".davfs2/secrets": ("https://example.org/dav alice {}\n", "# https://example.org/dav alice x\n"),
}  # fmt: skip
SYSTEM = {
    "/etc/mysql/debian.cnf": ("[client]\npassword = {}\n", "[client]\npassword =\n"),
    "/etc/NetworkManager/system-connections/home net.nmconnection": ("[wifi-security]\npsk={}\n", "[wifi-security]\npsk-flags=1\n"),
    "/etc/wpa_supplicant/wpa_supplicant.conf": ('network={{\n\tpsk="{}"\n}}\n', "network={{\n\tkey_mgmt=NONE\n}}\n"),
    "/etc/netplan/01.yaml": ('access-points:\n  "x":\n    password: "{}"\n', "ethernets:\n  eth0: {{}}\n"),
    "/etc/apt/auth.conf.d/esm.conf": ("machine esm.example.org login bearer password {}\n", "# none\n"),
    "/etc/ppp/chap-secrets": ('alice * "{}" *\n', "# client server secret addresses\n"),
    "/etc/exim4/passwd.client": ("mail.example.org:alice:{}\n", "# target:login:password\n"),
    "/etc/postfix/sasl_passwd": ("[mail.example.org]:587 alice:{}\n", "# none\n"),
    "/etc/ipsec.secrets": ('%any : PSK "{}"\n', ": RSA key.pem\n"),
    "/etc/wireguard/wg0.conf": ("[Interface]\nPrivateKey = {}\n", "[Interface]\nPostUp = wg set %i private-key /etc/k\n"),
    "/etc/default/app": ("APP_PASSWORD={}\n", "#APP_PASSWORD=x\nAPP_PASSWORD_FILE=/etc/app.pw\n"),
    "/etc/environment": ("API_KEY={}\n", "LANG=C\n"),
    "/etc/fstab": ("//nas/x /mnt cifs username=a,password={},ro 0 0\n", "//nas/x /mnt cifs username=a,ro 0 0\n# a password=b\n"),
}  # fmt: skip


@pytest.mark.parametrize("name", FILES)
def test_files_of_people(tree: Tree, name: str) -> None:
    holding, standing_in = FILES[name]
    path = home(tree, name, holding.format(SECRET))
    answer(tree)
    assert tree.status(PRIVATE, path) == "pass"
    assert tree.status(NONE, path) == "fail"
    for mode in (0o604, 0o644, 0o602):
        tree.path(path).chmod(mode)
        assert tree.status(PRIVATE, path) == "fail"
    home(tree, name, standing_in.format(), mode=0o644)
    assert [one.subject for one in tree.findings(PRIVATE)] == [REST]
    assert tree.status(NONE) == "pass"


@pytest.mark.parametrize("path", SYSTEM)
def test_files_of_the_system(tree: Tree, path: str) -> None:
    holding, standing_in = SYSTEM[path]
    tree.write(path, holding.format(SECRET), mode=0o600)
    answer(tree)
    assert tree.status(PRIVATE, path) == "pass"
    expected = "fail" if path in {"/etc/environment", "/etc/fstab"} else "pass"
    assert tree.status(NONE, path) == expected
    assert tree.status(NONE, path, accepted=[]) == "fail"
    tree.path(path).chmod(0o644)
    assert tree.status(PRIVATE, path) == "fail"
    tree.write(path, standing_in.format(), mode=0o644)
    assert [one.subject for one in tree.findings(PRIVATE)] == [REST]


def test_what_git_itself_stores(tree: Tree) -> None:
    need("git")
    add(tree, "alice")
    path = tree.path("/home/alice/.git-credentials")
    stored = f"protocol=https\nhost=example.org\nusername=alice\npassword={SECRET}\n\n"
    subprocess.run(["git", "credential-store", "--file", str(path), "store"], input=stored, text=True, check=True)
    os.chown(path, *ALICE)
    assert SECRET in path.read_text()
    answer(tree)
    assert tree.verdict(NONE, "/home/alice/.git-credentials") == (
        "fail",
        "it holds passwords and tokens that git stored",
    )
    assert tree.status(PRIVATE, "/home/alice/.git-credentials") == "pass"


def test_scrambled_passwords_count_too(tree: Tree) -> None:
    path = home(tree, ".vnc/passwd", bytes(range(0xF0, 0xF8)))
    assert tree.status(NONE, path) == "fail"
    home(tree, ".vnc/passwd", b"")
    assert tree.status(NONE) == "pass"


def test_who_is_in_the_group(tree: Tree) -> None:
    path = home(tree, ".pgpass", f"h:1:d:u:{SECRET}\n", mode=0o640)
    assert tree.status(PRIVATE, path) == "pass"
    add(tree, "bob")
    tree.run("usermod", "-aG", "alice", "bob")
    assert tree.verdict(PRIVATE, path) == ("fail", "others in its group get at PostgreSQL passwords")
    tree.path("/home/alice").chmod(0o700)
    assert tree.status(PRIVATE, path) == "pass"
    os.chown(tree.path(path), 1000, 4242)
    tree.path("/home/alice").chmod(0o755)
    assert tree.status(PRIVATE, path) == "unknown"


def test_the_group_of_a_service_may_read_what_the_system_keeps_for_it(tree: Tree) -> None:
    path = "/etc/exim4/passwd.client"
    group = int(tree.run("getent", "group", "mail").split(":")[2])
    tree.write(path, f"h:u:{SECRET}\n", mode=0o640, owner=(0, group))
    assert tree.status(PRIVATE, path) == "pass"
    add(tree, "bob")
    tree.run("usermod", "-aG", "mail", "bob")
    assert tree.status(PRIVATE, path) == "fail"


def test_a_closed_folder_keeps_others_out(tree: Tree) -> None:
    path = home(tree, ".config/hub", f"- oauth_token: {TOKEN}\n", mode=0o644)
    assert tree.status(PRIVATE, path) == "fail"
    tree.path("/home/alice/.config").chmod(0o700)
    assert tree.status(PRIVATE, path) == "pass"


def test_files_that_other_files_name(tree: Tree) -> None:
    tree.write(
        "/etc/fstab", "//nas/x /mnt cifs credentials=/etc/nas.cred,uid=0 0 0\n//nas/y /m cifs cred=/etc/nas.cred 0 0\n"
    )
    tree.write("/etc/nas.cred", f"username=a\npassword={SECRET}\n", mode=0o644)
    tree.write("/etc/systemd/system/app.service", "[Service]\nEnvironmentFile=-/opt/app/env\nExecStart=/bin/true\n")
    tree.write("/opt/app/env", f"DB_PASSWORD={SECRET}\n", mode=0o644)
    answer(tree)
    for path in ("/etc/nas.cred", "/opt/app/env"):
        assert tree.status(PRIVATE, path) == "fail"
        assert tree.status(NONE, path) == "pass"
        tree.path(path).chmod(0o600)
        assert tree.status(PRIVATE, path) == "pass"


# ---- jobs, units and histories


def test_units(tree: Tree) -> None:
    path = "/etc/systemd/system/app.service"
    good = "[Service]\nLoadCredential=db:/etc/app.pw\nEnvironment=DB_PASSWORD_FILE=%d/db\n# Environment=DB_PASSWORD=x\nExecStart=/bin/true\n"
    tree.write(path, good)
    tree.run("systemd-analyze", "verify", path)
    assert tree.status(JOBS) == "pass"
    for bad in (f'Environment="LANG=C" "DB_PASSWORD={SECRET}"', f"ExecStart=/bin/echo --token={TOKEN}"):
        tree.write(path, good + bad.replace("ExecStart=/bin/true", "") + "\n", mode=0o600)
        answer(tree)
        status, reason = tree.verdict(JOBS, path)
        assert (status, reason) == ("fail", "there is a secret in a job or a unit")
    tree.write(path, good)
    tree.write("/etc/systemd/system/ssh.service.d/x.conf", f"[Service]\nEnvironment=PGPASSWORD={SECRET}\n")
    assert tree.status(JOBS, "/etc/systemd/system/ssh.service.d/x.conf") == "fail"


@pytest.mark.parametrize(
    "path",
    [
        "/etc/crontab",
        "/etc/cron.d/x",
        "/etc/cron.daily/x",
        "/var/spool/cron/crontabs/root",
        "/var/spool/cron/atjobs/a0001",
    ],
)
def test_jobs(tree: Tree, path: str) -> None:
    tree.write(path, "0 1 * * * root mysqldump --defaults-extra-file=/root/x shop\n# mysqldump -pabc\n", mode=0o600)
    assert tree.status(JOBS) == "pass"
    tree.write(path, f"\n0 1 * * * root mysqldump -u root -p{SECRET} shop | gzip\n", mode=0o600)
    answer(tree)
    (one,) = [one for one in tree.findings(JOBS) if one.subject == path]
    assert one.status.value == "fail"
    assert one.verdict.observed["holds"] == "mysql-password-argument (line 2)"
    assert tree.status(JOBS, path, accepted=["mysql-password-argument"]) == "pass"


@pytest.mark.parametrize(
    ("name", "line"),
    [
        (".bash_history", f"#1700000000\ncurl -u alice:{SECRET} https://example.org\n"),
        (".zsh_history", f": 1700000000:0;sshpass -p {SECRET} ssh a@b\n"),
        (".python_history", f'password = "{SECRET}"\n'),
        (".mysql_history", f"_HiStOrY_V2_\nalter\\040user\\040'a'@'b'\\040identified\\040by\\040'{SECRET}';\n"),
        (".psql_history", f"ALTER ROLE alice PASSWORD '{SECRET}';\n"),
        (".local/share/fish/fish_history", f"- cmd: export GH={TOKEN}\n  when: 1\n"),
    ],
)
def test_histories(tree: Tree, name: str, line: str) -> None:
    path = home(tree, name, "ls -la\nssh a@b\nmysql -u root -p shop\ncurl -u alice https://example.org\n")
    assert tree.status(HISTORY) == "pass"
    home(tree, name, f"ls -la\n{line}exit\n")
    answer(tree)
    assert tree.status(HISTORY, path) == "fail"


def test_what_bash_itself_remembers(tree: Tree) -> None:
    add(tree, "alice")
    # An interactive bash writes its history when it ends, also where its input is no terminal.
    typed = f"set -o history\nPGPASSWORD={SECRET} psql --version\nhistory -w\n"
    script = "export HOME=/home/alice HISTFILE=/home/alice/.bash_history; bash --norc -i 2>/dev/null || :"
    tree.run("setpriv", "--reuid=1000", "--regid=1000", "--clear-groups", "sh", "-c", script, stdin=typed)
    assert SECRET in tree.read("/home/alice/.bash_history")
    answer(tree)
    assert tree.status(HISTORY, "/home/alice/.bash_history") == "fail"


def test_the_homes_of_services_root_and_nobody(tree: Tree) -> None:
    line = f"h:1:d:u:{SECRET}\n"
    tree.write("/var/lib/postgresql/.pgpass", line, mode=0o644)
    tree.write("/root/.pgpass", line, mode=0o600)
    tree.write("/home/left over/.pgpass", line, mode=0o600, owner=(4711, 4711))
    os.chown(tree.path("/home/left over"), 4711, 4711)
    found = {one.subject: one.status.value for one in tree.findings(NONE)}
    assert {path for path, status in found.items() if status == "fail"} == {
        "/var/lib/postgresql/.pgpass",
        "/root/.pgpass",
        "/home/left over/.pgpass",
    }
    answer(tree)


@pytest.mark.parametrize("shell", ["dash", "bash", "busybox sh", "mksh"])
@pytest.mark.parametrize("awk", ["mawk", "gawk", "original-awk", "busybox awk"])
def test_every_shell_and_every_awk_says_the_same(tree: Tree, shell: str, awk: str) -> None:
    need("gawk", "mawk", "busybox", "bash", "dash", "mksh", "original-awk")
    home(tree, ".netrc", f"machine h\nlogin a\npassword {SECRET}\n")
    home(tree, ".pgpass", f"h:1:d:a\\:b:{SECRET}\n", mode=0o644)
    home(tree, ".bash_history", b"echo \x80\xff\n" * 50 + f"mysql -p{SECRET}\n{'x' * 100_000}\n".encode())
    home(tree, ".config/gh/hosts.yml", f"oauth_token: {TOKEN}\n", mode=0o644)
    home(tree, ".config/systemd/user/a\x1b[2J b.service", f"Environment='T={TOKEN}'\n")
    tree.run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", "/home/alice/.ssh-key")
    home(tree, ".ssh/my key", tree.read("/home/alice/.ssh-key"))
    script = KEPT.words[2].replace("look | awk ", f"look | {awk} ")
    assert awk in script
    # This machine's programs, on the tree's accounts and homes.
    over = "".join(f"mount --bind {tree.path(place)} {place}; " for place in ("/etc/passwd", "/home", "/root"))
    command = ["unshare", "-m", "sh", "-c", f'{over} exec "$@"', "sh", *shell.split(), "-c", script]
    environment = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C"}
    done = subprocess.run(command, capture_output=True, text=True, env=environment, cwd="/", check=False)
    assert done.returncode == 0, done.stderr
    found = [
        line.split("\t") for line in done.stdout.splitlines() if line.startswith(("file", "holds", "key", "unseen"))
    ]
    ours = [line for line in found if line[0] != "file" or "/home/alice" in line[-1]]
    assert SECRET[:6] not in done.stdout
    assert ours == [
        ["file", "c", "netrc", "alice", "1000", "1000", "1000", "0600", "go", "/home/alice/.netrc"],
        ["holds", "netrc", "1", "3"],
        ["file", "c", "pgpass", "alice", "1000", "1000", "1000", "0644", "go", "/home/alice/.pgpass"],
        ["holds", "pgpass", "1", "1"],
        ["file", "h", "history", "alice", "1000", "1000", "1000", "0600", "go", "/home/alice/.bash_history"],
        ["holds", "mysql-password-argument", "1", "51"],
        ["file", "c", "github-or-gitlab", "alice", "1000", "1000", "1000", "0644", "go", "/home/alice/.config/gh/hosts.yml"],
        ["holds", "github-or-gitlab", "1", "1"],
        ["file", "j", "job", "alice", "1000", "1000", "1000", "0600", "go", "/home/alice/.config/systemd/user/a\\033[2J b.service"],
        ["holds", "github-token", "1", "1"],
        ["file", "k", "ssh-key", "alice", "1000", "1000", "1000", "0600", "go", "/home/alice/.ssh/my key"],
        ["key", "none"],
    ]  # fmt: skip
