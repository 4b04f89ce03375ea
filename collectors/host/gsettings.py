"""What a setting of GNOME and its relatives is for somebody who has changed nothing, and whether it can be changed.

The default stands in a schema, vendors override it in ``*.gschema.override``, administrators in the databases of dconf(7)
that the profile ``user`` names; a lock there keeps people from having a value of their own.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

_PROFILES = ("/etc/dconf/profile/user", "/usr/local/share/dconf/profile/user", "/usr/share/dconf/profile/user")
PATTERNS = (
    *_PROFILES,
    *("/etc/dconf/db/*.d/*", "/etc/dconf/db/*.d/locks/*"),
    "/usr/share/glib-2.0/schemas/*.gschema.override",
    *(
        f"/usr/share/glib-2.0/schemas/{name}.gschema.xml"
        for name in (
            *("org.gnome.desktop.session", "org.gnome.desktop.screensaver", "org.gnome.desktop.lockdown"),
            *("org.cinnamon.desktop.session", "org.cinnamon.desktop.screensaver", "org.mate.session"),
            *("org.cinnamon.desktop.lockdown", "org.mate.screensaver", "org.mate.lockdown", "apps.light-locker"),
        )
    ),
)
AWK = r"""
function wanted(key) { return key ~ /^(idle-delay|lock-enabled|lock-delay|disable-lock-screen|idle-activation-enabled)$/ ||
  key ~ /^(lock-after-screensaver|late-locking)$/ }
/^[ \t]*#/ { next }
FILENAME ~ /\/dconf\/profile\// { if (/^(user|system|service|file)-db:/) out($0); next }
FILENAME ~ /\/locks\// { if (/^\//) out($0); next }
FILENAME ~ /(\/dconf\/db\/|gschema.override$)/ {
  if (/^\[/) out($0)
  else { key = $0; sub(/[ \t]*=.*/, "", key); if (wanted(key)) out($0) }
  next
}
FILENAME ~ /gschema.xml$/ {
  if (/<schema /) { id = $0; sub(/.*[ \t]id=["\047]/, "", id); sub(/["\047].*/, "", id) }
  if (/<key /) { key = $0; sub(/.*[ \t]name=["\047]/, "", key); sub(/["\047].*/, "", key); type = $0; sub(/.*[ \t]type=["\047]/, "", type); type = substr(type, 1, 1) }
  if (/<default/ && wanted(key)) { value = $0; sub(/.*<default[^>]*>/, "", value); sub(/<.*/, "", value); out(id " " key "=" type value) }
  next
}
"""
_WRITTEN = {"u": re.compile(r"uint32 \w+"), "i": re.compile(r"(?:int32 )?-?\w+"), "b": re.compile("true|false")}
FIRST = r"""
for db in /etc/dconf/db/*.d; do
  [ -d "$db" ] || continue
  for place in "$db" "$db"/* "$db"/locks/*; do
    [ -e "$place" ] || continue
    if [ ! -e "${db%.d}" ] || [ "$place" -nt "${db%.d}" ]; then printf "%s\tstale\n" "${db%.d}"; break; fi
  done
done
"""
"""Shell that tells of a database that is older than the files it is made of (``dconf update`` was forgotten)."""


@dataclass(frozen=True)
class Setting:
    """A setting in force, as it is written in GVariant's text form; empty where there is no such setting."""

    value: str = ""
    locked: bool = False
    """Whether people cannot have a value of their own."""

    @property
    def number(self) -> int:
        """Of ``uint32 300`` or ``300``."""
        return int(self.value.rpartition(" ")[2], 0)

    @property
    def true(self) -> bool:
        """Of ``true`` and ``false``; anything else raises."""
        return {"true": True, "false": False}[self.value]


@dataclass(frozen=True)
class Settings:
    """All that was read, by file in the order in which it counts."""

    defaults: Mapping[tuple[str, str], str] = field(default_factory=dict)
    """Schema and key to the default, overrides included."""
    types: Mapping[tuple[str, str], str] = field(default_factory=dict)
    """Schema and key to GVariant's letter for its type."""
    databases: tuple[tuple[Mapping[tuple[str, str], str], frozenset[str]], ...] = ()
    """System databases, the first the strongest: folder and key to value, and the locked paths."""

    def of(self, schema: str, key: str) -> Setting:
        """The value for somebody who has changed nothing. A lock hides what stands above it; a value of another type than
        the schema's (``600`` for ``uint32 600``) is as good as none.
        """
        folder = schema.replace(".", "/")
        locks = [index for index, (_, paths) in enumerate(self.databases) if f"/{folder}/{key}" in paths]
        seen = self.databases[locks[-1] if locks else 0 :]
        found = [values[folder, key] for values, _ in seen if (folder, key) in values]
        fits = _WRITTEN.get(self.types.get((schema, key), ""))
        usable = found[:1] if fits is None or not found or fits.fullmatch(found[0]) else []
        return Setting((usable or [self.defaults.get((schema, key), "")])[0], bool(locks))


def settings(files: Mapping[str, list[str]], desktop: str) -> Settings:
    """Of an excerpt's files; ``desktop`` is the name by which an override may be for that desktop only (``ubuntu``)."""
    defaults: dict[tuple[str, str], str] = {}
    types: dict[tuple[str, str], str] = {}
    for path in files:
        if path.endswith(".gschema.xml"):
            for line in files[path]:
                schema, _, rest = line.partition(" ")
                key, _, value = rest.partition("=")
                types[schema, key], defaults[schema, key] = value[:1], value[1:].strip()
    of_desktop: dict[tuple[str, str], str] = {}
    for path in sorted(path for path in files if path.endswith(".gschema.override")):
        for (section, key), value in _key_file(files[path]).items():
            schema, colon, only = section.partition(":")
            if not colon:
                defaults[schema, key] = value
            elif only.lower() == desktop.lower():
                of_desktop[schema, key] = value
    return Settings({**defaults, **of_desktop}, types, tuple(_database(files, name) for name in _profile(files)))


def _key_file(lines: list[str]) -> dict[tuple[str, str], str]:
    found = {}
    section = ""
    for line in lines:
        if line.startswith("["):
            section = line.strip()[1:].partition("]")[0]
        else:
            key, _, value = line.partition("=")
            found[section, key.strip()] = value.strip()
    return found


def _profile(files: Mapping[str, list[str]]) -> list[str]:
    """System databases of the profile ``user``; without the file there is none. Files outside of dconf's folder are not read."""
    written = next((files[path] for path in _PROFILES if path in files), [])
    if any(line.startswith("file-db:") for line in written):
        raise ValueError("dconf has a database elsewhere")
    return [line.partition(":")[2].strip() for line in written if line.startswith("system-db:")]


def _database(files: Mapping[str, list[str]], name: str) -> tuple[Mapping[tuple[str, str], str], frozenset[str]]:
    folder = f"/etc/dconf/db/{name}"
    if "stale" in files.get(folder, ()):
        raise ValueError("a database of dconf is older than the files it is made of")
    values: dict[tuple[str, str], str] = {}
    locks: set[str] = set()
    for path in sorted(files):
        if re.fullmatch(re.escape(folder) + r"\.d/[^/]+", path):
            values.update(_key_file(files[path]))
        elif path.startswith(f"{folder}.d/locks/"):
            locks.update(line.strip() for line in files[path])
    return values, frozenset(locks)
