"""Build the deb and the rpm into dist/: ``python deploy/packages/build.py``, or ``make package``.

Both hold the same files, which depend on nothing but the tree: their times are ``SOURCE_DATE_EPOCH``, or the moment of the last
commit, so that the same commit makes the same packages, byte by byte.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
ROOMS = ("agent", "checks", "collectors")
DOCUMENTS = ("*.md", "LICENSE", "config.example.yaml", "docs/*.md", "docs/decisions/*", "docs/pictures/*")
FOR_OTHERS = (
    *(
        f"deploy/{name}/**/*"
        for name in ("ansible", "aws", "kubernetes", "launchd", "prometheus", "terraform", "windows")
    ),
    *(
        "deploy/grafana/dashboards/*",
        "deploy/grafana/provisioning/**/*",
        "deploy/systemd/*",
        "deploy/packages/nfpm.yaml",
    ),
)
"""What is given to other programs lies beside the pages that tell how, as in the tree, so that their links lead there."""


def main(target: Path) -> int:
    """Build into ``target``, and print the paths of the packages."""
    target.mkdir(parents=True, exist_ok=True)
    environment = {**os.environ, "VERSION": version(), "SOURCE_DATE_EPOCH": str(moment())}
    with tempfile.TemporaryDirectory(prefix="wispwatch-package-") as folder:
        stage(Path(folder))
        for packager in ("deb", "rpm"):
            command = [program("nfpm"), "package", "--config", str(HERE / "nfpm.yaml"), "--packager", packager]
            done = subprocess.run(
                [*command, "--target", str(target)],
                cwd=folder,
                env=environment,
                capture_output=True,
                text=True,
                check=False,
            )
            if done.returncode:
                sys.stderr.write(done.stdout + done.stderr)
                return 1
            sys.stdout.write(f"{re.search(r'created package: (.*)', done.stdout)[1]}\n")
    return 0


def program(name: str) -> str:
    """A program of the environment that this runs in, or of the path."""
    beside = Path(sys.executable).with_name(name)
    return str(beside) if beside.exists() else name


def version() -> str:
    """As the code tells it."""
    return re.search(r'__version__ = "(.+)"', (ROOT / "agent/__init__.py").read_text())[1]


def moment() -> int:
    """Seconds since 1970: of SOURCE_DATE_EPOCH, or of the last commit, or of the newest file where this is no checkout."""
    if told := os.environ.get("SOURCE_DATE_EPOCH"):
        return int(told)
    command = ["git", "-C", str(ROOT), "log", "-1", "--format=%ct"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return int(done.stdout) if done.returncode == 0 else max(int(path.stat().st_mtime) for path, _ in files())


def files() -> Iterator[tuple[Path, Path]]:
    """What goes in, and where in the staged folder."""
    for room in ROOMS:
        for path in sorted((ROOT / room).rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts:
                yield path, "lib" / path.relative_to(ROOT)
    for pattern in (*DOCUMENTS, *FOR_OTHERS):
        for path in sorted(ROOT.glob(pattern)):
            if path.is_file():
                yield path, "doc" / path.relative_to(ROOT)
    yield HERE / "copyright", Path("doc/copyright")
    yield HERE / "wispwatch", Path("launcher")
    yield HERE / "config.yaml", Path("config.yaml")
    yield ROOT / "LICENSE", Path("LICENSE")
    for folder, pattern in ((ROOT / "deploy/systemd", "*"), (HERE / "deb", "*"), (HERE / "rpm", "*")):
        for path in sorted(folder.glob(pattern)):
            yield path, Path(folder.name, path.name)


def stage(folder: Path) -> None:
    """Copy the files, with times and rights that do not depend on this machine."""
    seconds = moment()
    for source, place in files():
        copy = folder / place
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, copy)
        copy.chmod(0o644)
    for path in (folder, *folder.rglob("*")):
        if path.is_dir():
            path.chmod(0o755)
        os.utime(path, (seconds, seconds))


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1] if sys.argv[1:] else ROOT / "dist").absolute()))
