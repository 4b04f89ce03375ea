import shutil
import subprocess
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collectors.host.debian_version import order

REAL = """
1.0 1.0-0 1.0-1 1.0-1+b1 1.0-1+deb12u1 1.0-1~bpo12+1 1.0~rc1-1 1.0~~ 1.0~ 1.0.0 1.0a 1.0a1 1.0a10 1.0a9 1.0+git20240101
0:1.0 1:0.1 1:1.0-1 10:1 2.36-9+deb12u14 2.36-9+deb12u4 2.36-9 5:7.0.15-1~deb12u7 5:7.0.15-1~deb12u10 3.0.20-1~deb12u2
3.0.22-1~deb12u2 2026b-0+deb12u1 2026f-0+deb12u1 1.0.9-2+b6 1.0.9-2+deb12u1 20230311+deb12u1 20250419~deb12u2 1.1.1n-0+deb11u5
2.31-13+deb11u11 2.35-0ubuntu3.8 2.35-0ubuntu3.10 6.1.0-18 6.1.76-1 1.22.1-9 1.22.1-9+deb12u11 1.0-1.1 1.0-1a 1.0-a 1-1-1
9.2p1-2+deb12u3 0.0 0 00 0~ 0~~ 0+ 1.0-0~ 1.0-~ 1.0-0.0 1.01 1.1 1.001 1.4.6+dfsg-0+deb12u1 8.2302.0-1 15+248+deb12u2 1.2.3.4.5-6~7 4.2 4.a 4.+ 4.- 1.0-0.1
""".split()  # noqa: SIM905 - two hundred quotes say nothing
ALPHABET = "019aAzZ.+~-"


def later(left: str, right: str) -> int:
    return (order(left) > order(right)) - (order(left) < order(right))


def dpkg_says(pairs: list[tuple[str, str]]) -> list[int]:
    """One shell for all pairs."""
    script = 'while read -r a b; do if dpkg --compare-versions "$a" lt "$b"; then echo -1; elif dpkg --compare-versions "$a" gt "$b"; then echo 1; else echo 0; fi; done'
    text = "".join(f"{left} {right}\n" for left, right in pairs)
    done = subprocess.run(["sh", "-c", script], input=text, capture_output=True, text=True, check=True)
    return [int(line) for line in done.stdout.split()]


@pytest.mark.skipif(not shutil.which("dpkg"), reason="needs dpkg")
def test_it_agrees_with_dpkg_on_real_versions() -> None:
    usable = [one for one in REAL if not one.endswith("-")]
    pairs = [pair for pair in product(usable, usable) if pair[0] <= pair[1]]
    assert [later(*pair) for pair in pairs] == dpkg_says(pairs)


@pytest.mark.skipif(not shutil.which("dpkg"), reason="needs dpkg")
@settings(max_examples=15, deadline=None)
@given(st.data())
def test_it_agrees_with_dpkg_on_any_versions(data: st.DataObject) -> None:
    """Fifteen batches of forty pairs, so that one shell asks many."""
    part = st.text(ALPHABET, max_size=6).map(lambda text: text.rstrip("-"))
    version = st.builds(lambda epoch, rest: f"{epoch}0{rest}", st.sampled_from(["", "0:", "1:"]), part)
    pairs = data.draw(st.lists(st.tuples(version, version), min_size=40, max_size=40))
    assert [later(*pair) for pair in pairs] == dpkg_says(pairs)


@given(st.text(ALPHABET, min_size=1, max_size=8).map(lambda text: f"1{text}"))
def test_a_tilde_sorts_before_the_end_and_all_else_after_it(version: str) -> None:
    assert order(f"{version}~") < order(version) < order(f"{version}+")


@pytest.mark.parametrize("version", ["", ":", "a:1", "1:", "-1:2", "1 2", "1\n", "\u0661:2"])
def test_what_is_no_version_raises(version: str) -> None:
    with pytest.raises(ValueError, match="no Debian version"):
        order(version)
