import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.hosts import image, tree_of

ROOT = Path(__file__).parent.parent
GUIDE = ROOT / "docs/adding-a-check.md"
CHECK = "cron-is-limited-to-a-list"
AWS_CHECK = "glue-encrypts-passwords-of-connections"
FILES = [
    "collectors/host/cron_allow.py",
    "checks/access_control/cron.py",
    "collectors/aws/glue.py",
    "checks/authentication/aws/glue.py",
]


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The project with the guide's files in it."""
    for name in ("agent", "checks", "collectors", "tests"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    files = re.findall(r"^`([\w/]+\.py)`:\n\n```python\n(.*?)^```", GUIDE.read_text(), re.MULTILINE | re.DOTALL)
    assert [name for name, _ in files] == FILES
    for name, text in files:
        path = tmp_path / name
        assert not path.exists()
        path.write_text(text)
    return tmp_path


def run(copy: Path, *words: str) -> str:
    done = subprocess.run([sys.executable, *words], capture_output=True, text=True, cwd=copy, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_guide_is_right(copy: Path) -> None:
    commands = re.findall(r"^\$ wispwatch (.*)$", GUIDE.read_text(), re.MULTILINE)
    assert len(commands) == 2
    for command in commands:
        assert CHECK in run(copy, "-m", "agent", *command.split())
    ran = run(copy, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/checks/test_examples.py", "-k", CHECK)
    assert "4 passed" in ran


def test_the_guide_keeps_the_house_rules(copy: Path) -> None:
    for name in FILES:
        run(copy, "-m", "ruff", "check", "--no-cache", name)
        run(copy, "-m", "ruff", "format", "--no-cache", "--check", name)
    assert "Success" in run(copy, "-m", "mypy", "--cache-dir", str(copy / "mypy"))


def test_the_guides_call_is_declared_and_judged(copy: Path) -> None:
    assert "glue:GetDataCatalogEncryptionSettings" in run(copy, "-m", "agent", "explain", AWS_CHECK)
    examples = ("tests/checks/test_examples.py", "tests/aws/test_declarations.py")
    ran = run(copy, "-m", "pytest", "-q", "-p", "no:cacheprovider", *examples, "-k", "glue")
    assert "7 passed" in ran


@pytest.mark.real
def test_the_guides_check_sees_a_real_debian(copy: Path) -> None:
    with tree_of(image()) as tree:
        scan = ("-m", "agent", "scan", "--check", CHECK, "--format", "jsonl", "--chroot", str(tree.root))
        assert json.loads(run(copy, *scan))["status"] == "fail"
        tree.write("/etc/cron.allow", "root\n")
        assert json.loads(run(copy, *scan))["status"] == "pass"
