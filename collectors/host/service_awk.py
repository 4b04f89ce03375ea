r"""The program that reduces configuration files on the target: only the keys that the table of service defaults names leave it.

It is awk, for every awk. Before each file it is told the entry (``E``) and the format (``R``). A line of its answer is
``path TAB entry TAB key TAB value``; a line with only the first two says that the file was read, and a key that begins with
``!`` why it was not understood. The value of a password is ``published``, ``set`` or ``empty``.
"""

from collectors.host.service_formats import LINES, WHOLE, YAML
from collectors.host.service_table import Entry

# Words of an address or a switch; what has other characters might be more than that, and is told as "?".
_TOLD = r"""
function emit(key, value) { print where "\t" entry "\t" key "\t" value }
function complain(why) { if (!(where in complained)) { complained[where] = 1; emit("!" why, "") } }
function safe(value) { return length(value) <= 200 && value ~ /^[][A-Za-z0-9_.:\/,*+ -]*$/ ? value : "?" }
function named(key, value) {
  if ((entry, key) in plain) emit(key, safe(value))
  if ((entry, key) in secret) emit(key, value == "" ? "empty" : ((entry, key, value) in listed) ? "published" : "set")
  if ((entry, key) in lines) argv(value)
}
function told(key, value,   star) {
  named(key, value)
  star = key
  if (sub(/[^.@]*$/, "*", star) && star != key) named(star, value)
}
function wanted(path) { return (entry, path) in plain || (entry, path) in secret || (entry, path) in lines || (entry, path) in above }
function trim(text) { gsub(/^[ \t\r]+|[ \t\r]+$/, "", text); return text }
function unquoted(text,   mark) {
  mark = substr(text, 1, 1)
  if ((mark == "\"" || mark == "\047") && length(text) > 1 && substr(text, length(text)) == mark) {
    text = substr(text, 2, length(text) - 2)
    if (index(text, mark) || (mark == "\"" && index(text, "\\"))) return "?"
  }
  return text
}
function option(word,   name, target, at, i, place) {
  if (pending != "") { target = pending; pending = ""; give(target, word); return }
  if (entry in getopt && word ~ /^-[A-Za-z]/) {
    for (i = 2; i <= length(word); i++) {
      name = substr(word, i, 1)
      place = index(getopt[entry], name)
      if (!place) { complain("option " name); return }
      target = ((entry, "-" name) in options) ? options[entry, "-" name] : "-"
      if (substr(getopt[entry], place + 1, 1) != ":") { give(target, ""); continue }
      if (i < length(word)) give(target, substr(word, i + 1)); else pending = target
      return
    }
    return
  }
  if (!(entry in getopt)) sub(/^--/, "-", word)
  if (entry in argument && word ~ /^\// && index(word, argument[entry]) == length(word) - length(argument[entry]) + 1) told("@config", word)
  if ((entry, word) in options) {
    if (index(options[entry, word], "=")) give(options[entry, word], ""); else pending = options[entry, word]
  } else if ((at = index(word, "=")) && (entry, substr(word, 1, at - 1)) in options) {
    target = options[entry, substr(word, 1, at - 1)]
    sub(/=.*/, "", target)
    give(target, substr(word, at + 1))
  }
}
function give(target, value,   at) {
  if (target == "-") return
  if ((at = index(target, "="))) told(substr(target, 1, at - 1), substr(target, at + 1)); else told(target, unquoted(value))
}
function variable(word,   at) {
  at = index(word, "=")
  told(substr(word, 1, at - 1), substr(word, at + 1))
}
function argv(text,   words, count, i) {
  count = split(text, words, /[ \t]+/)
  for (i = 1; i <= count; i++) if (words[i] != "") option(unquoted(words[i]))
}
"""

_MAIN = r"""
function finish() {
  if (reader == "json" || reader == "hcl") tree(whole)
  if (reader == "xml") xml(whole)
  whole = ""
}
FNR == 1 {
  finish()
  where = FILENAME; entry = E; reader = R
  pending = section = whole = ""; depth = begun = comment = 0; block = -1; size = 0
  if (reader != "process" && reader != "dpkg") print where "\t" entry
}
{ sub(/^\357\273\277/, "") }
reader == "process" {
  split($0, field, "\t")
  if (field[1] "\t" field[2] != process) {
    process = field[1] "\t" field[2]; entry = field[1]; where = field[2]; pending = ""
    print where "\t" entry
    next
  }
  word = substr($0, length(process) + 2)
  if (where !~ /^env:/) option(word)
  else if (word ~ /^[A-Z][A-Z0-9_]*=/) variable(word)
  next
}
reader == "dpkg" {
  if (/^Package: /) package = $2
  else if (/^Status: /) here = / installed$/
  else if (/^Version: / && here && package in packages) print where "\t" packages[package] "\t@version\t" $2
  next
}
reader == "json" || reader == "hcl" || reader == "xml" {
  size += length($0) + 1
  if (size > 131072) { complain("longer than 131072 bytes"); next }
  whole = whole $0 "\n"
  next
}
reader == "yaml" { yaml($0); next }
reader == "ini" { ini($0); next }
reader == "kv" { kv($0); next }
reader == "props" { props($0); next }
reader == "env" { env($0); next }
reader == "php" { php($0); next }
reader == "argv" { sub(/\r$/, ""); if ($0 !~ /^[ \t]*#/) argv($0) }
END { finish() }
"""


def program(entries: tuple[Entry, ...]) -> str:
    """The awk program, with the keys of these entries."""
    return "\n".join([f"BEGIN {{\n{_rows(entries)}\n}}", _TOLD, YAML, LINES, WHOLE, _MAIN])


def _rows(entries: tuple[Entry, ...]) -> str:
    rows = []
    for entry in entries:
        keys = (*entry.plain_keys, "@config")
        rows += [f"plain[{_s(entry.id)}, {_s(key)}]" for key in keys]
        rows += [f"secret[{_s(entry.id)}, {_s(key)}]" for key in entry.secret]
        rows += [
            f"listed[{_s(entry.id)}, {_s(key)}, {_s(word)}]" for key, words in entry.secret.items() for word in words
        ]
        rows += [f"lines[{_s(entry.id)}, {_s(key)}]" for key in entry.command_lines]
        above = {
            key[:at]
            for key in (*keys, *entry.secret, *entry.command_lines)
            for at, mark in enumerate(key)
            if mark == "."
        }
        rows += [f"above[{_s(entry.id)}, {_s(key)}]" for key in sorted(above)]
        rows += [
            f"options[{_s(entry.id)}, {_s(_dash(name, entry))}] = {_s(target)}"
            for name, (target,) in entry.options.items()
        ]
        rows += [f"argument[{_s(entry.id)}] = {_s(entry.argument)}"] if entry.argument else []
        rows += [f"getopt[{_s(entry.id)}] = {_s(entry.getopt)}"] if entry.getopt else []
        rows += [f"packages[{_s(name)}] = {_s(entry.id)}" for name in entry.version_packages]
    return "\n".join(rows)


def _dash(option: str, entry: Entry) -> str:
    return option if entry.getopt else option.replace("--", "-", 1)


def _s(text: str) -> str:
    """As a string of awk."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
