from pathlib import Path

import pytest

from agent.errors import DiscoveryError
from agent.ownership import refuse_foreign_owners


def installed(place: Path, name: str, listing: str, text: str) -> None:
    folder = place / f"{name}-1.0.dist-info"
    folder.mkdir()
    (folder / listing).write_text(text)


@pytest.mark.parametrize(
    ("listing", "text"), [("top_level.txt", "checks\n"), ("RECORD", "a.py,,\nagent/__init__.py,sha256=x,1\n")]
)
def test_another_owner_of_our_names_is_refused(tmp_path: Path, listing: str, text: str) -> None:
    installed(tmp_path, "stranger", listing, text)
    with pytest.raises(DiscoveryError, match="stranger installs a package called"):
        refuse_foreign_owners([str(tmp_path)])


def test_names_that_only_resemble_ours_are_fine(tmp_path: Path) -> None:
    installed(tmp_path, "friend", "RECORD", "friend/agent/__init__.py,,\nagents/__init__.py,,\nchecks.py.txt,,\n")
    installed(tmp_path, "wispwatch", "RECORD", "agent/__init__.py,,\n")
    refuse_foreign_owners([str(tmp_path), str(tmp_path / "nowhere")])
    assert refuse_foreign_owners() is None
