r"""The awk program that reads the files of ``kept_secrets`` and tells what may leave the target.

It prints, in fields parted by tabs::

    seen CLASS NUMBER                                   files of a class that were read to their end
    unseen CLASSES REASON PATH                          a place that may hold some, and was not seen
    file CLASS KIND ACCOUNT UID OWNER GROUP MODE REACH PATH   one that holds something, or a private key
    holds RULE COUNT LINE                               what the last file holds, and the first line of it
    key CIPHER                                          of the last file: none, encrypted, token or unknown
    end NUMBER                                          files that were named

UID is the account's, or that of the home's owner where it has none. REACH has ``g`` and ``o`` where no folder on the way keeps the
group, or everybody, from the file. A path has its control characters and backslashes in octal.
"""

AWK = r"""
BEGIN {
  FS = "\t"
  for (i = 1; i < 32; i++) CODE[sprintf("%c", i)] = sprintf("\\%03o", i)
  CODE[sprintf("%c", 127)] = "\\177"; CODE["\\"] = "\\134"
}
function shown(p,   i, one, said) {
  if (p !~ /[[:cntrl:]\\]/) return p
  for (i = 1; i <= length(p); i++) { one = substr(p, i, 1); said = said (one in CODE ? CODE[one] : one) }
  return said
}
function unseen(classes, path, why) { print "unseen\t" classes "\t" why "\t" shown(path) }
$1 == "L" { files++; CLASS[files] = $2; KIND[files] = $3; WHO[files] = $4; UID[files] = $5; GID[files] = $6; HOME[files] = $7; PATH[files] = $8 }
$1 == "S" { unseen($2, $3, $4) }
$1 == "E" { whole = 1 }
/^M:/ {
  split($0, part, ":")
  name = $0
  sub(/^M:[^:]*:[^:]*:[^:]*:[^:]*:[^:]*:/, "", name)
  TYPE[name] = substr(part[2], 1, 1); MODE[name] = sprintf("%04d", part[3]); OWNER[name] = part[4]; GROUP[name] = part[5]
  SIZE[name] = part[6]
}
function digit(mode, place) { return substr(mode, place, 1) + 0 }
function reach(path,   way, who, at) {
  who = "go"; way = path
  while (sub(/\/[^\/]*$/, "", way)) {
    at = way == "" ? "/" : way
    if (!(at in MODE)) continue
    if (digit(MODE[at], 4) % 2 == 0) { sub(/o/, "", who); if (digit(MODE[at], 3) % 2 == 0) sub(/g/, "", who) }
  }
  return who == "" ? "-" : who
}
function header(path,   line, n, r, cipher) {
  cipher = ""
  while (n++ < 60 && (r = (getline line < path)) > 0) {
    sub(/\r$/, "", line)
    if (length(line) > 4096) break
    if (cipher == "openssh") {
      if (line !~ /^b3BlbnNzaC1rZXktdjE[A-Za-z0-9+\/]+=*$/) cipher = "unknown"
      else if (substr(line, 1, 40) != "b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9u") cipher = "encrypted"
      else if (substr(line, 61, 8) == "ABpzay1z" || substr(line, 61, 8) == "AACJzay1l" || substr(line, 61, 8) == "ACJzay1l") cipher = "token"
      else cipher = "none"
      break
    }
    if (cipher == "pem") { cipher = line ~ /^Proc-Type:.*ENCRYPTED/ ? "encrypted" : "none"; break }
    if (cipher == "ppk") { if (line ~ /^Encryption:/) { cipher = line ~ /^Encryption: *none *$/ ? "none" : "encrypted"; break }; continue }
    if (line ~ /^-----BEGIN OPENSSH PRIVATE KEY-----/) cipher = "openssh"
    else if (line ~ /^-----BEGIN ENCRYPTED PRIVATE KEY-----/) { cipher = "encrypted"; break }
    else if (line ~ /^-----BEGIN PRIVATE KEY-----/) { cipher = "none"; break }
    else if (line ~ /^-----BEGIN [A-Z]+ PRIVATE KEY-----/) cipher = "pem"
    else if (line ~ /^PuTTY-User-Key-File-[0-9]+:/) cipher = "ppk"
  }
  close(path)
  if (r < 0) return "unread"
  return cipher == "openssh" || cipher == "pem" || cipher == "ppk" ? "unknown" : cipher
}
function found(i, line) {
  if (CLASS[i] == "h") { if (index(line, "\\040")) gsub(/\\040/, " ", line); return text(line) }
  if (line ~ /^[ \t]*([#;]|<!--)/ && KIND[i] != "ansible-vault") return ""
  return CLASS[i] == "j" ? text(line) : known(KIND[i], line)
}
function told(i) {
  print "file\t" CLASS[i] "\t" KIND[i] "\t" WHO[i] "\t" uid "\t" OWNER[PATH[i]] "\t" GROUP[PATH[i]] "\t" MODE[PATH[i]] "\t" reach(PATH[i]) "\t" shown(PATH[i])
}
function search(i,   path, plain, line, n, got, r, id, cipher, count, first, held, k) {
  path = PATH[i]
  uid = UID[i]
  if (uid == "-") { uid = OWNER[HOME[i]]; GID[i] = GROUP[HOME[i]] }
  if (!(path in TYPE)) return "it could not be looked at"
  if (TYPE[path] != "8") return "it is no regular file any more"
  if (uid != 0 && OWNER[path] != uid && digit(MODE[path], 4) < 4 && !(GROUP[path] == GID[i] && digit(MODE[path], 3) >= 4))
    return "it belongs to somebody else, and the account may not read it"
  if (CLASS[i] == "k") {
    cipher = header(path)
    if (cipher == "unread") return "permission denied"
    if (cipher != "") { told(i); print "key\t" cipher }
    return ""
  }
  if (SIZE[path] > LIMIT) return "it is longer than " LIMIT " bytes"
  if (total + SIZE[path] > ALL || spent[uid] + SIZE[path] > ALL / 4) return "all files are longer than what is read"
  total += SIZE[path]; spent[uid] += SIZE[path]
  guest = macro = script = before = tries = 0
  plain = CLASS[i] == "h" || CLASS[i] == "j"
  while ((r = (getline line < path)) > 0) {
    n++; got += length(line) + 1
    # Most lines end here; to call a function for each would cost more than all else.
    if (plain && line !~ /ANYTHING/ && got <= LIMIT) continue
    if (got > LIMIT + 1) { close(path); return "it is longer than " LIMIT " bytes" }
    id = found(i, line)
    if (tries >= 300) { close(path); return "a line has more to look at than is looked at" }
    if (id != "" && !count[id]++) { first[id] = n; held = held " " id }
  }
  close(path)
  if (r < 0) return n ? "it could not be read" : "permission denied"
  if (held == "") return ""
  told(i)
  n = split(held, ids, " ")
  for (k = 1; k <= n; k++) print "holds\t" ids[k] "\t" count[ids[k]] "\t" first[ids[k]]
  return ""
}
END {
  if (!whole || !("/" in MODE)) exit 1
  for (i = 1; i <= files; i++) {
    why = search(i)
    if (why == "") read[CLASS[i]]++
    else unseen(CLASS[i], PATH[i], why)
  }
  for (class in read) print "seen\t" class "\t" read[class]
  print "end\t" files + 0
}
"""
