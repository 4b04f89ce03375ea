"""The families of AWS resources: ``twins`` are made in a moto server, ``recorded`` are answers in AWS' documented shapes."""

import importlib.util
from pathlib import Path
from types import ModuleType

from tests.aws_accounts import Case

HERE = Path(__file__).parent


def _load(folder: str) -> dict[str, ModuleType]:
    found = {}
    for path in sorted((HERE / folder).glob("*.py")):
        spec = importlib.util.spec_from_file_location(f"aws_{folder}_{path.stem}", path)
        assert spec is not None
        assert spec.loader is not None
        found[path.stem] = module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
    return found


TWINS = _load("twins")
CASES: list[tuple[str, Case]] = [(name, case) for name, one in _load("recorded").items() for case in one.CASES]
