"""Write the end-of-support dates of Debian and Ubuntu from the tables of Debian's package distro-info-data.

Run ``python deploy/data/make_releases.py`` on a Debian machine with that package; it rewrites
``checks/firewall_and_patches/releases_distro_info.toml``. The tables are under the ISC licence (see the file it writes).
"""

import csv
import subprocess
from datetime import UTC, datetime
from pathlib import Path

TABLES = Path("/usr/share/distro-info")
TARGET = Path(__file__).parents[2] / "checks/firewall_and_patches/releases_distro_info.toml"
COLUMNS = {
    "debian": {"eol": "eol", "eol-lts": "long_term", "eol-elts": "paid"},
    "ubuntu": {"eol": "eol", "eol-server": "eol", "eol-esm": "paid", "eol-legacy": "paid_add_on"},
}
LICENCE = """\
# Copyright 2009-2023 Benjamin Drung <bdrung@debian.org>, 2009-2021 Stefano Rivera <stefanor@debian.org>
#
# Permission to use, copy, modify, and/or distribute this software for any purpose with or without fee is hereby granted,
# provided that the above copyright notice and this permission notice appear in all copies.
#
# THE SOFTWARE IS PROVIDED "AS IS" AND THE AUTHOR DISCLAIMS ALL WARRANTIES WITH REGARD TO THIS SOFTWARE INCLUDING ALL
# IMPLIED WARRANTIES OF MERCHANTABILITY AND FITNESS. IN NO EVENT SHALL THE AUTHOR BE LIABLE FOR ANY SPECIAL, DIRECT,
# INDIRECT, OR CONSEQUENTIAL DAMAGES OR ANY DAMAGES WHATSOEVER RESULTING FROM LOSS OF USE, DATA OR PROFITS, WHETHER IN AN
# ACTION OF CONTRACT, NEGLIGENCE OR OTHER TORTIOUS ACTION, ARISING OUT OF OR IN CONNECTION WITH THE USE OR PERFORMANCE OF
# THIS SOFTWARE.
"""


def tables() -> str:
    """The TOML text of all tables."""
    lines = []
    for distribution, columns in COLUMNS.items():
        with (TABLES / f"{distribution}.csv").open(encoding="utf-8") as file:
            for row in csv.DictReader(file):
                lines += _release(distribution, row, columns)
    return "\n".join(lines)


def _release(distribution: str, row: dict[str, str], columns: dict[str, str]) -> list[str]:
    """A release without a version number, such as sid, has no end."""
    version = row["version"].removesuffix(" LTS")
    if not version:
        return []
    dates = {name: row[column] for column, name in columns.items() if row.get(column)}
    return [
        f'[{distribution}."{version}"]',
        f'codename = "{row["series"]}"',
        *(f"{name} = {date}" for name, date in dates.items()),
        "",
    ]


def main() -> None:
    """Rewrite the file."""
    query = ["dpkg-query", "-W", "-f", "${Version}", "distro-info-data"]
    version = subprocess.run(query, check=True, capture_output=True, text=True).stdout
    compiled = datetime.fromtimestamp((TABLES / "debian.csv").stat().st_mtime, UTC).date()
    TARGET.write_text(
        f"# Written by deploy/data/make_releases.py from distro-info-data {version}; do not edit.\n{LICENCE}\n"
        f"compiled = {compiled}\n\n{tables().rstrip()}\n",
        encoding="utf-8",
    )


if __name__ == "__main__":
    main()
