import pytest

from collectors.host.shell_starts import SHELL_STARTS
from collectors.readings import Text
from tests.hosts import Tree

pytestmark = pytest.mark.real
CHECK = "idle-shells-end-themselves"


def _of_a_login_shell(tree: Tree) -> str:
    return tree.run("bash", "-lc", "echo ${TMOUT-unset}").strip()


@pytest.mark.parametrize(
    ("files", "seconds"),
    [
        ({"/etc/profile.d/a.sh": "TMOUT=600\nreadonly TMOUT\nexport TMOUT\n"}, 600),
        ({"/etc/profile.d/a.sh": "export TMOUT=300; TMOUT=600\n"}, 600),
        ({"/etc/profile.d/a.sh": "TMOUT=600\n", "/etc/profile.d/b.sh": "TMOUT=0\n"}, 0),
        ({"/etc/profile.d/a.sh": "readonly TMOUT=600\n", "/etc/profile.d/b.sh": "TMOUT=0\n"}, 600),
        ({"/etc/profile.d/a.sh": "declare -xr TMOUT=450\n"}, 450),
        ({"/etc/profile.d/a.sh": ': "${TMOUT:=700}"\nexport TMOUT\n'}, 700),
        ({"/etc/profile.d/a.sh": "TMOUT=600\nunset TMOUT\n"}, 0),
        ({"/etc/profile.d/a.sh": "# TMOUT=600\n#TMOUT=500\nMY_TMOUT=3\n"}, 0),
        ({"/etc/profile.d/a.txt": "TMOUT=600\n"}, 0),
    ],
)
def test_tmout_is_read_as_bash_reads_it(tree: Tree, files: dict[str, str], seconds: int) -> None:
    for path, text in files.items():
        tree.write(path, text)
    assert _of_a_login_shell(tree) in {str(seconds), "unset" if seconds == 0 else ""}
    assert tree.status(CHECK) == ("pass" if seconds else "fail")
    assert not seconds or tree.status(CHECK, longest=seconds - 1) == "fail"


def test_the_end_of_profile_comes_after_profile_d(tree: Tree) -> None:
    tree.write("/etc/profile.d/a.sh", "TMOUT=600\n")
    tree.append("/etc/profile", "TMOUT=0\n")
    assert _of_a_login_shell(tree) == "0"
    assert tree.status(CHECK) == "fail"


def test_a_condition_is_unknown(tree: Tree) -> None:
    tree.write("/etc/profile.d/a.sh", 'if [ "$(id -u)" -ne 0 ]; then\n  TMOUT=600\nfi\n')
    assert tree.verdict(CHECK) == ("unknown", "TMOUT stands inside a condition")
    tree.write("/etc/profile.d/a.sh", "TMOUT=$OTHER\n")
    assert tree.status(CHECK) == "unknown"


def test_profile_d_counts_only_where_profile_reads_it(tree: Tree) -> None:
    tree.write("/etc/profile.d/a.sh", "TMOUT=600\n")
    tree.write("/etc/profile", "PATH=/usr/bin:/bin\n")
    assert _of_a_login_shell(tree) == "unset"
    assert tree.status(CHECK) == "fail"


@pytest.mark.parametrize(
    ("files", "status"),
    [
        ({"logind.conf": "[Login]\nStopIdleSessionSec=15min\n"}, "pass"),
        ({"logind.conf": "[Login]\n#StopIdleSessionSec=900\n"}, "fail"),
        (
            {
                "logind.conf": "[Login]\nStopIdleSessionSec=900\n",
                "logind.conf.d/a.conf": "[Login]\nStopIdleSessionSec=infinity\n",
            },
            "fail",
        ),
        ({"logind.conf.d/a.conf": "[Login]\nStopIdleSessionSec=1h 5min\n"}, "fail"),
        ({"logind.conf.d/a.conf": "[Login]\nStopIdleSessionSec=5min 30s\n"}, "pass"),
        ({"logind.conf.d/a.conf": "[Other]\nStopIdleSessionSec=60\n"}, "fail"),
        ({"logind.conf.d/a.conf": "[Login]\nStopIdleSessionSec=soon\n"}, "unknown"),
    ],
)
def test_logind_ends_idle_sessions(tree: Tree, files: dict[str, str], status: str) -> None:
    for name, text in files.items():
        tree.write(f"/etc/systemd/{name}", text)
    assert tree.status(CHECK) == status
    if status == "pass":
        tree.run("sh", "-c", "mv /usr/lib/*/systemd/libsystemd-shared-252.so /usr/lib/systemd/libsystemd-shared-247.so")
        assert tree.status(CHECK) == "fail"  # an older systemd does not know it


@pytest.mark.parametrize(
    "line",
    [
        "API_KEY={}",
        "export TMOUT=900 API_KEY='{} {}' # {}",
        'export DB_PASSWORD="{}"; umask 077',
        "if [ $USER = a ]; then export TOKEN={}; fi",
        "login() {{ mysql -p{}; }}",
        "A=x'{}'\"{}\" umask 027",
        "TMOUT=900 A='{}",
        "# umask 077 {}",
        "case {} in",
    ],
)
def test_secrets_in_start_files_do_not_leave_the_target(tree: Tree, line: str) -> None:
    secret = "hunter2-Tr0ub4dor"
    for path in ("/etc/environment", "/etc/profile.d/a.sh"):
        tree.write(path, line.format(*[secret] * 3) + "\nTMOUT=800\n")
    reading = tree.transport.read([SHELL_STARTS])[SHELL_STARTS.key]
    assert isinstance(reading, Text)
    assert "TMOUT=800" in reading.text
    assert secret not in reading.text
