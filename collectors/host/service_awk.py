r"""The program that reduces configuration files on the target: only the keys that the table of service defaults names leave it.

It is awk, for every awk. Before each file it is told the entry (``E``) and the format (``R``). A line of its answer is
``path TAB entry TAB key TAB value``; a line with only the first two says that the file was read, and a key that begins with
``!`` why it was not understood. The value of a password is ``published``, ``set`` or ``empty``.
"""

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

_YAML = r"""
function within(key,   i, whole) {
  for (i = 1; i <= depth; i++) if (names[i] != "") whole = whole (whole == "" ? "" : ".") names[i]
  return key == "" ? whole : whole (whole == "" ? "" : ".") key
}
function yaml_value(key, value,   parts, count, i, item) {
  if (value ~ /^[|>]/) { block = column; told(key, "?"); return }
  if (value ~ /^[&*!{]/) {
    if (value !~ /^\{[ ]*\}$/ && wanted(key)) complain("flow style, alias or tag")
    return
  }
  if (value ~ /^\[/) {
    item = value
    gsub(/"\[[0-9a-fA-F:]*\]"/, "address", item)
    if (item !~ /^\[[^][{}]*\]$/) {
      if (wanted(key)) complain("flow style")
      return
    }
    value = substr(value, 2, length(value) - 2)
    count = split(value, parts, /,/)
    for (i = 1; i <= count; i++) if ((item = trim(parts[i])) != "") told(key, unquoted(item))
    return
  }
  told(key, value ~ /^(~|null|Null|NULL)$/ ? "" : unquoted(value))
}
function yaml(line,   text, at, key, value, item) {
  sub(/\r$/, "", line)
  text = line
  sub(/^ +/, "", text)
  if (text == "" || text ~ /^#/) return
  column = length(line) - length(text)
  if (block >= 0) { if (column > block) return; block = -1 }
  if (line ~ /^(---|\.\.\.)/) {
    if (line ~ /^---/ && begun) complain("several documents")
    return
  }
  begun = 1
  if (text ~ /^\t/) { complain("tabs"); return }
  if (column == 0 && (text ~ /^[{%]/ || text ~ /^\[/)) { complain("flow style"); return }
  while (text ~ /^-([ ]|$)/) {
    while (depth && columns[depth] > column) depth--
    item = text
    sub(/^-[ ]*/, "", item)
    depth++; names[depth] = ""; columns[depth] = column + 0.5
    column += length(text) - length(item)
    text = item
    if (text == "") return
    if (text !~ /^-([ ]|$)/ && !yaml_key(text)) {
      depth--
      sub(/[ ]+#.*$/, "", text)
      yaml_value(within(""), trim(text))
      return
    }
  }
  if (!yaml_key(text)) {
    if (!depth || wanted(within(""))) complain("a value over several lines")
    return
  }
  while (depth && columns[depth] >= column) depth--
  key = substr(text, 1, RSTART - 1)
  value = trim(substr(text, RSTART + 1))
  if (value !~ /^["\047]/) { if (value ~ /^#/) value = ""; sub(/[ \t]+#.*$/, "", value) }
  else if (match(value, /^("[^"]*"|\047[^\047]*\047)[ \t]+#/)) value = trim(substr(value, 1, RLENGTH - 1))
  key = unquoted(trim(key))
  if (key == "<<" && wanted(within(""))) complain("a merge key")
  value = trim(value)
  if (value != "") yaml_value(within(key), value)
  depth++; names[depth] = key; columns[depth] = column
}
function yaml_key(text) {
  # Sets RSTART to the colon behind the key.
  if (match(text, /^("[^"]*"|\047[^\047]*\047)[ ]*:([ \t]|$)/)) { RSTART = RLENGTH; if (substr(text, RSTART, 1) != ":") RSTART--; return 1 }
  if (text ~ /^["\047{]/ || text ~ /^\[/) return 0
  return match(text, /:([ \t]|$)/)
}
"""

_LINES = r"""
function ini(line,   key, value) {
  line = trim(line)
  if (line == "" || line ~ /^[#;]/) return
  if (line ~ /^\[/) {
    section = line
    sub(/[ \t]*[#;].*$/, "", section)
    gsub(/^\[+[ \t]*|[ \t]*\]+$/, "", section)
    return
  }
  if (!match(line, /=/)) return
  key = (section == "" ? "" : section ".") unquoted(trim(substr(line, 1, RSTART - 1)))
  value = trim(substr(line, RSTART + 1))
  if (match(value, /^("[^"]*"|\047[^\047]*\047)/)) value = substr(value, 1, RLENGTH)
  else sub(/[ \t]+[#;].*$/, "", value)
  told(key, unquoted(value))
}
function kv(line,   key) {
  line = trim(line)
  if (line == "" || line ~ /^[#;]/) return
  key = line
  sub(/[ \t].*$/, "", key)
  told(key, unquoted(trim(substr(line, length(key) + 1))))
}
function props(line) {
  line = trim(line)
  if (line == "" || line ~ /^[#!]/) return
  if (!match(line, /[ \t]*[=:][ \t]*|[ \t]+/)) return
  if (line ~ /\\$/ && wanted(substr(line, 1, RSTART - 1))) { complain("a value over several lines"); return }
  told(substr(line, 1, RSTART - 1), unquoted(substr(line, RSTART + RLENGTH)))
}
function env(line,   key, value) {
  line = trim(line)
  sub(/^export[ \t]+/, "", line)
  if (!match(line, /^[A-Za-z_][A-Za-z0-9_]*=/)) return
  key = substr(line, 1, RLENGTH - 1)
  value = substr(line, RLENGTH + 1)
  if (value !~ /^\047/ && value ~ /[$`\\]/ && wanted(key)) { complain("a variable that is made of others"); return }
  if (match(value, /^("[^"]*"|\047[^\047]*\047)/)) value = substr(value, 1, RLENGTH)
  else { if (value ~ /^["\047]/ && wanted(key)) complain("a value over several lines"); sub(/[ \t]+#.*$/, "", value) }
  told(key, unquoted(trim(value)))
}
function php(line,   name, key) {
  line = trim(line)
  if (line ~ /^\/\*/) comment = 1
  if (comment) { if (line ~ /\*\//) comment = 0; return }
  if (line !~ /^\$/ || !match(line, /=/)) return
  name = substr(line, 1, RSTART - 1)
  line = trim(substr(line, RSTART + 1))
  sub(/;.*$/, "", line)
  while (match(name, /\[[ ]*["\047][^"\047]*["\047][ ]*\]/)) {
    key = key (key == "" ? "" : ".") substr(name, RSTART, RLENGTH)
    name = substr(name, RSTART + RLENGTH)
  }
  gsub(/[]["\047 ]/, "", key)
  if (key != "") told(key, unquoted(trim(line)))
}
"""

_WHOLE = r"""
function tree(text,   token, kind, at, count, key, expects, i, value, whole, up) {
  # JSON, and the part of HCL that configurations use: names, blocks, lists, strings.
  while (1) {
    if (match(text, /^[ \t\r\n,;]+/)) text = substr(text, RLENGTH + 1)
    if (text == "") break
    if (match(text, /^(#|\/\/)[^\n]*/)) { text = substr(text, RLENGTH + 1); continue }
    if (text ~ /^\/\*/) { at = index(text, "*/"); if (!at) break; text = substr(text, at + 2); continue }
    if (!match(text, /^("([^"\\]|\\.)*"|[{}:=]|\[|\]|[A-Za-z0-9_.+-]+)/)) { complain("not understood"); return }
    token = substr(text, 1, RLENGTH)
    text = substr(text, RLENGTH + 1)
    if (token == "{" || token == "[") {
      count++; up[count] = key; kind[count] = token
      key = ""; expects = 0
    } else if (token == "}" || token == "]") {
      if (!count || kind[count] != (token == "}" ? "{" : "[")) { complain("brackets do not match"); return }
      count--; key = ""; expects = 0
    } else if (token == ":" || token == "=") expects = 1
    else {
      value = substr(token, 1, 1) == "\"" ? substr(token, 2, length(token) - 2) : token
      if (index(value, "\\")) value = "?"
      whole = ""
      for (i = 1; i <= count; i++) if (up[i] != "") whole = whole (whole == "" ? "" : ".") up[i]
      if (expects) { told(whole (whole == "" ? "" : ".") key, value); key = ""; expects = 0 }
      else if (count && kind[count] == "[") told(whole, value)
      else if (key == "") key = value
    }
  }
  if (count || text != "") complain("it ends early")
}
function xml(text,   at, tag, name, stack, count, whole, i, inner, closing) {
  while ((at = index(text, "<"))) {
    inner = trim(substr(text, 1, at - 1)); gsub(/^[\n \t\r]+|[\n \t\r]+$/, "", inner)
    if (inner != "" && count) { told(xml_path(stack, count), inner); filled[count] = 1 }
    text = substr(text, at)
    if (text ~ /^<!--/) { at = index(text, "-->"); if (!at) { complain("it ends early"); return } text = substr(text, at + 3); continue }
    if (text ~ /^<!/) { if (text ~ /^<!\[CDATA/ || text ~ /<!ENTITY/) { complain("entities or CDATA"); return } }
    if (!match(text, /^<("[^"]*"|\047[^\047]*\047|[^>"\047])*>/)) { complain("it ends early"); return }
    tag = substr(text, 2, RLENGTH - 2)
    text = substr(text, RLENGTH + 1)
    if (tag ~ /^[?!]/) continue
    if (tag ~ /^\//) {
      if (!count) { complain("tags do not match"); return }
      if (!filled[count]) told(xml_path(stack, count), "")
      count--
      continue
    }
    closing = sub(/\/[ \t\r\n]*$/, "", tag)
    name = tag
    sub(/[ \t\r\n].*$/, "", name)
    stack[++count] = name
    filled[count] = 0
    if (count > 1) filled[count - 1] = 1
    tag = substr(tag, length(name) + 1)
    whole = xml_path(stack, count)
    while (match(tag, /[A-Za-z_:][A-Za-z0-9_.:-]*[ \t\r\n]*=[ \t\r\n]*("[^"]*"|\047[^\047]*\047)/)) {
      inner = substr(tag, RSTART, RLENGTH)
      tag = substr(tag, RSTART + RLENGTH)
      at = index(inner, "=")
      name = trim(substr(inner, 1, at - 1))
      inner = trim(substr(inner, at + 1))
      told(whole "@" name, substr(inner, 2, length(inner) - 2))
    }
    if (closing) { if (!filled[count]) told(whole, ""); count-- }
  }
  if (count) complain("it ends early")
}
function xml_path(stack, count,   i, whole) {
  # The outermost element is the file's, and has different names over the versions.
  for (i = 2; i <= count; i++) whole = whole (whole == "" ? "" : ".") stack[i]
  return whole
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
  if (sub(/^environment /, "", word)) { if (word ~ /^[A-Z][A-Z0-9_]*=/) variable(word) }
  else option(word)
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
    return "\n".join([f"BEGIN {{\n{_rows(entries)}\n}}", _TOLD, _YAML, _LINES, _WHOLE, _MAIN])


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
        rows += [f"getopt[{_s(entry.id)}] = {_s(entry.getopt)}"] if entry.getopt else []
        rows += [f"packages[{_s(name)}] = {_s(entry.id)}" for name in entry.version_packages]
    return "\n".join(rows)


def _dash(option: str, entry: Entry) -> str:
    return option if entry.getopt else option.replace("--", "-", 1)


def _s(text: str) -> str:
    """As a string of awk."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
