"""The readers of configuration formats, in awk: each calls ``told(key, value)`` for what it finds and ``complain(why)`` for what it
does not understand. YAML is read in block style only, and HCL as far as configurations use it.
"""

YAML = r"""
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

LINES = r"""
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

WHOLE = r"""
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
