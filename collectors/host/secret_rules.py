"""The table beside this module, how a secret looks and where one is kept, as an awk program that runs on the target."""

import re
import tomllib
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

from collectors.shipped import shipped

_TABLE = "secret_rules.toml"
_VALUE = "[^ \t\"';|&<>]+"
"""Of a command line: the secret up to where its word ends."""
_WRITTEN = "[^\"' \t\r]+"
"""Of a configuration file."""
_COLON = "[ \t]*[:=][ \t]*"
_BLANK = "([ \t]*[:=][ \t]*|[ \t]+)"
URL = {"before": "://[^]/?#@: \"'<>]*:", "value": "[^/@ \"'<>]+", "after": "@"}

# ``real`` tells a secret from what stands in for one: a variable, a gap in a template, asterisks. ``shell`` is whether the
# text is one of a shell, where a name behind a dollar sign is a variable, and a path is where a secret is kept, not the secret.
_REAL = r"""
function real(v,   low) {
  sub(/[,;})\r]+$/, "", v)
  if (v == "" || v ~ /^[[{(#]$/) return 0
  if (v ~ /^<[A-Za-z]/ || v ~ /^[$][{(]/ || v ~ /^[$][A-Z_][A-Z0-9_]*$/ || v ~ /^[{][{]/ || v ~ /^%[({]/) return 0
  if (v ~ /^[*]+$/ || v ~ /^(x+|X+|z+)$/ || v ~ /^[.]+$/ || v ~ /^[-_]+$/) return 0
  low = tolower(v)
  if (low ~ /^(null|none|nil|undefined|redacted|[[]redacted.*|true|false)$/) return 0
  if (low ~ /^your[-_a-z]*(pass|password|secret|token|key)/) return 0
  if (!shell || v ~ /^[$][0-9a-z]+[$]/) return 1
  if (v ~ /^[$`\\]/ || v ~ /^%[A-Za-z]($|\/)/ || v ~ /^[0-9]$/) return 0
  if (v ~ /^(~|[.][.]?)?\/[A-Za-z0-9_.-]+(\/|$)/ || v ~ /^(file|env|fd):/) return 0
  if (v ~ /^[a-z_]+([.][a-z_]+)*[[(]$/ || v ~ /[(]$/) return 0
  if (low ~ /^(yes|no|on|off|prompt|ask|auto|required|optional|sufficient|requisite)$/) return 0
  return 1
}
function token(v) { return v !~ /EXAMPLE/ && v !~ /^[xX]+$/ && v !~ /^[*.]+$/ }
"""

_FORMATS = r"""
function netrc(line,   n, i, word, fits) {
  n = split(line, word, " ")
  for (i = 1; i <= n; i++) {
    if (word[i] == "macdef") { macro = 1; break }
    if (before == "login") guest = (word[i] == "anonymous")
    if (before == "password" && !guest && real(bare(word[i]))) fits = 1
    before = (before == "login" || before == "password" || before == "account" || before == "machine") ? "" : word[i]
    if (before == "machine" || before == "default") guest = 0
  }
  return fits
}
function nth(line, at, by,   n, word) {
  if (by == ":") gsub(/\\:/, "\001", line)
  n = split(line, word, by)
  return n >= at && real(bare(word[at]))
}
function bare(v) { gsub(/^["\047]|["\047]$/, "", v); return v }
"""
# However often one line seems to begin a secret that then is none, it is looked at so many times only.
_MATCH = """{{ while (++tries < 300 && match(rest, /{before}/)) {{ rest = substr(rest, RSTART + RLENGTH)
    if (match(rest, /^({value})/) && RLENGTH >= {least}) {{ v = substr(rest, 1, RLENGTH)
      if ({after}{test}(v)) return "{id}" }} }} }}
"""
_PROGRAM = """{{ left = line; while (++tries < 300 && match(left, /{program}/)) {{
    left = substr(left, RSTART + RLENGTH); rest = " " left
    if (match(left, /[|;&]/)) {{ rest = " " substr(left, 1, RSTART - 1); left = substr(left, RSTART) }} else left = ""
    {within} }} }}
"""


@cache
def table() -> Mapping[str, Any]:
    """The whole of it; its head tells what the fields mean."""
    return tomllib.loads(shipped(__package__, _TABLE))


@cache
def rule_ids() -> frozenset[str]:
    """Every name that may come back from a target."""
    return frozenset(one["id"] for one in (*table()["text"], *table()["file"]))


@cache
def kinds() -> Mapping[str, str]:
    """Name of a kind of file to what a report calls it."""
    return {one["id"]: one["what"] for one in table()["file"]}


@cache
def needed_kinds() -> tuple[str, ...]:
    """Kinds of file that a program which starts by itself must find there."""
    return tuple(one["id"] for one in table()["file"] if one.get("needed"))


def _literal(expression: str) -> str:
    """An expression between slashes, on one line."""
    return expression.replace("/", "\\/").replace("\t", "\\t").replace("\r", "\\r")


def _match(rule: Mapping[str, Any], value: str = _VALUE) -> str:
    after = rule.get("after", "")
    within = _MATCH.format(
        id=rule["id"],
        before=_literal(rule.get("before") or rule["hint"]),
        value=_literal(rule.get("value", value)),
        least=rule.get("least", 1),
        after=f"substr(rest, length(v) + 1) ~ /^{_literal(after)}/ && " if after else "",
        test="token" if rule.get("word") else "real",
    )
    if "program" in rule:
        return _PROGRAM.format(program=_literal(rule["program"]), within=within)
    return f"{{ rest = line; {within} }}\n"


def any_hint() -> str:
    """What a line of a text must have to be looked at more closely, as it stands between slashes."""
    return _literal(table()["any"])


def _worth(rule: Mapping[str, Any]) -> str:
    unless = rule.get("unless")
    hint = rule.get("hint") or rule["program"]
    return f"line ~ /{_literal(hint)}/" + (f" && line !~ /{_literal(unless)}/" if unless else "")


@cache
def text_awk() -> str:
    """Functions in awk; ``text(line)`` is the id of the rule that fits a line, or an empty string."""
    tries = ""
    for group, hint in table()["groups"].items():
        rules = (rule for rule in table()["text"] if rule["group"] == group)
        within = "".join(f"    if ({_worth(rule)}) {_match(rule)}" for rule in rules)
        tries += f"  if (line ~ /{_literal(hint)}/) {{\n{within}  }}\n"
    return (
        f"{_REAL}\nfunction text(line,   rest, left, v) {{\n"
        f'  if (line !~ /{any_hint()}/) return ""\n  line = " " line; shell = 1; tries = 0\n{tries}  return ""\n}}\n'
    )


def _known(kind: Mapping[str, Any]) -> str:
    """What a line of a file of this kind is tried with: an expression or a statement that returns."""
    name = kind["id"]
    match kind["format"]:
        case "keys":
            between = _BLANK if kind.get("blank") else _COLON
            begins = "^[ \t]*(set +)?" if kind.get("first") else "[^A-Za-z0-9_.-]"
            keys = kind["keys"].replace(".", "[.]")
            before = f"{begins}[\"']?({keys})[\"']?{between}[\"']?"
            return _match({"id": name, "before": before}, _WRITTEN)
        case "values":
            return _match(kind, _WRITTEN)
        case "netrc":
            return f'{{ if (netrc(line)) return "{name}" }}\n'
        case "fields":
            return f'{{ if (nth(line, {kind["field"]}, "{kind.get("separator", " ")}")) return "{name}" }}\n'
        case "whole":
            return f'{{ if (line ~ /^ #!/) script = 1; else if (!script) return "{name}" }}\n'
        case "text":
            return "return text(line)\n"
        case other:
            raise ValueError(f"{name}: {other!r} is no format")


def known_awk() -> str:
    """Further functions; ``known(kind, line)`` is the id of what a line of a file of that kind holds."""
    tries = "".join(f'  if (kind == "{kind["id"]}") {_known(kind)}' for kind in table()["file"])
    return f'{_FORMATS}\nfunction known(kind, line,   rest, v) {{\n  line = " " line; shell = tries = 0\n{tries}  return ""\n}}\n'


def by_folder(places: Iterable[tuple[str, str]]) -> dict[str, list[tuple[str, str]]]:
    """Folder to the kinds and names that lie in it, of pairs of a kind and a place; a folder comes before what is in it.

    A name with a wildcard stands in its folder, with whatever comes behind it.
    """
    folders: dict[str, list[tuple[str, str]]] = {}
    for kind, place in places:
        fixed = re.match(r"(.*?)/([^/*]*\*.*|[^/*]+)$", place)
        if fixed is None:
            raise ValueError(f"{place!r} is no place")
        folders.setdefault(fixed.group(1), []).append((kind, fixed.group(2)))
    return dict(sorted(folders.items()))
