r"""What is asked of a host whose packages are rpm's: one script, which reads rpm's database once, and beside it the advisories
(updateinfo.xml) that dnf, yum or zypper keep of their repositories.

Nothing is fetched: the metadata are those that the package manager fetched last. The lists of advisories are long (a
hundred thousand lines), so the target gives only what is later than what is installed, by rpm's own order of versions.
dnf's and zypper's own commands say the same, at ten times the cost, and may go to the network.

The output has a line for each of these, its fields parted by tabs::

    =packages  number installed  when the last was installed
    =core      name of a package that takes effect only after a restart  when it was installed
    =repo      number  kind (dnf, yum, zypp)  id  when fetched or confirmed  when made  state  whether it covers the system
    =pending   number of the repository  name  architecture  installed  available  source  advisory  severities  issued
    =denied    a folder that may not be looked into
    =end
"""

from collectors.host.packages import rpm_script
from collectors.sources import KIB

# Packages that every system has in some form: advisories that name none of those installed are not the distribution's own.
_BASE = (
    "glibc bash systemd openssl openssl-libs libopenssl1_1 libopenssl3 kernel kernel-core kernel-default kernel-uek "
    "kernel6.1 kernel6.12 rpm rpm-libs zlib libz1 curl libcurl libcurl4 krb5-libs krb5 libxml2 libxml2-2 expat vim-minimal"
)
# Those for which `needs-restarting -r` asks, and whose file zypper's `needreboot` names.
_CORE = (
    "kernel kernel-core kernel-rt kernel-rt-core kernel-default kernel-uek kernel-uek-core kernel6.1 kernel6.12 glibc "
    "linux-firmware systemd dbus dbus-broker dbus-daemon microcode_ctl ucode-intel gnutls openssl-libs libopenssl3"
)

_AWK = r"""
function strip(text) { gsub(/[\t\\]/, " ", text); return text }
function attribute(text, name,   found) {
  if (!match(text, "[ \t]" name "=\"[^\"]*\"")) return ""
  found = substr(text, RSTART, RLENGTH)
  sub(/^[^"]*"/, "", found)
  return substr(found, 1, length(found) - 1)
}
function vercmp(a, b,   x, y) {
  a = a ""; b = b ""  # else 1 and 1.0 would be the same number
  while (a != b) {
    sub(/^[^A-Za-z0-9~^]+/, "", a); sub(/^[^A-Za-z0-9~^]+/, "", b)
    x = substr(a, 1, 1); y = substr(b, 1, 1)
    if (x == "~" || y == "~") {
      if (x != "~") return 1
      if (y != "~") return -1
      a = substr(a, 2); b = substr(b, 2); continue
    }
    if (x == "^" || y == "^") {
      if (a == "") return -1
      if (b == "") return 1
      if (x != "^") return 1
      if (y != "^") return -1
      a = substr(a, 2); b = substr(b, 2); continue
    }
    if (a == "" || b == "") break
    if (x ~ /[0-9]/) {
      if (y !~ /[0-9]/) return 1
      match(a, /^[0-9]+/); x = substr(a, 1, RLENGTH); a = substr(a, RLENGTH + 1)
      match(b, /^[0-9]+/); y = substr(b, 1, RLENGTH); b = substr(b, RLENGTH + 1)
      sub(/^0+/, "", x); sub(/^0+/, "", y)
      if (length(x) != length(y)) return length(x) > length(y) ? 1 : -1
    } else {
      if (y ~ /[0-9]/) return -1
      match(a, /^[A-Za-z]+/); x = substr(a, 1, RLENGTH); a = substr(a, RLENGTH + 1)
      match(b, /^[A-Za-z]+/); y = substr(b, 1, RLENGTH); b = substr(b, RLENGTH + 1)
    }
    if (("=" x) != ("=" y)) return ("=" x) > ("=" y) ? 1 : -1
  }
  if (a == b) return 0
  return a == "" ? -1 : 1
}
# epoch:version-release
function evrcmp(a, b,   x, y, order) {
  x = substr(a, 1, index(a, ":") - 1) + 0; y = substr(b, 1, index(b, ":") - 1) + 0
  if (x != y) return x > y ? 1 : -1
  sub(/^[^:]*:/, "", a); sub(/^[^:]*:/, "", b)
  x = a; y = b
  sub(/-[^-]*$/, "", x); sub(/-[^-]*$/, "", y)
  order = vercmp(x, y)
  if (order) return order
  sub(/^.*-/, "", a); sub(/^.*-/, "", b)
  return vercmp(a, b)
}
function package(text,   name, key, epoch, evr, place, label) {
  if (!match(text, /[ \t]name="[^"]*"/)) { torn[list]; return }
  name = substr(text, RSTART + 7, RLENGTH - 8)
  if (name in base) covers[list] = 1
  if (!(name in named)) return
  key = name SUBSEP attribute(text, "arch")
  if (!(key in version)) return
  evr = attribute(text, "version") "-" attribute(text, "release")
  if (evr == "-" || index(text, ">") == 0) { torn[list]; return }
  epoch = attribute(text, "epoch")
  evr = (epoch ~ /^[0-9]+$/ ? epoch : "0") ":" evr
  label = modular[key]
  if (module == "" ? label != "" : index(label, module ":") != 1) return
  if (evr == version[key] || evrcmp(evr, version[key]) <= 0) return
  place = list SUBSEP key
  if (!(place in latest)) { order[++places] = place; latest[place] = evr; advisory[place] = id }
  else if (evrcmp(evr, latest[place]) > 0) { latest[place] = evr; advisory[place] = id }
  if (severity != "" && index("," severities[place] ",", "," severity ",") == 0)
    severities[place] = severities[place] (severities[place] == "" ? "" : ",") severity
  if (!(place in since) || issued == "" || (since[place] != "" && issued < since[place])) since[place] = issued
}
BEGIN {
  FS = "\t"
  count = split("@BASE@", words, " "); for (i = 1; i <= count; i++) bases[words[i]]
  count = split("@CORE@", words, " "); for (i = 1; i <= count; i++) cores[words[i]]
  count = 0
}
/^=time [0-9]+$/ { if (substr($0, 7) + 0 > fetched[list]) fetched[list] = substr($0, 7); next }
/^=(head|state|denied)\t/ || /^=(rpm|failed|broken|end)$/ {
  part = $1
  if (part == "=head") { list++; kind[list] = $2; title[list] = $3; made[list] = $4; fetched[list] = 0; security = 0 }
  if (part == "=state") state[list] = $2
  if (part == "=denied") print
  if (part == "=failed") { print "rpm cannot list the packages" > "/dev/stderr"; broken = 1; exit 1 }
  if (part == "=broken") state[list] = "broken"
  if (part == "=end") ended = 1
  next
}
part == "=rpm" {
  if (NF != 6 || $1 == "") { odd = 1; next }
  if ($1 == "gpg-pubkey") next
  count++
  if ($4 + 0 > newest) newest = $4
  if ($1 in cores && !($1 in core && core[$1] + 0 > $4 + 0)) core[$1] = $4
  if ($1 in bases) base[$1]
  evr = $2; sub(/^\(none\):/, "0:", evr)
  key = $1 SUBSEP $3
  named[$1]
  if (!(key in version) || evrcmp(evr, version[key]) > 0) {
    version[key] = evr
    modular[key] = $5 == "(none)" ? "" : $5
    source[key] = $6; sub(/-[^-]*-[^-]*$/, "", source[key])
  }
  next
}
part == "=state" {
  pieces = split($0, piece, "<")
  for (i = 2; i <= pieces; i++) {
    text = piece[i]
    if (text ~ /^updates[ \t>]/) seen[list] = 1
    else if (text ~ /^package[ \t]/) { if (security) package(text) }
    else if (text ~ /^update[ \t>]/) { security = attribute(text, "type") == "security"; id = issued = severity = module = "" }
    else if (text ~ /^id>/) { if (id == "") id = strip(substr(text, 4)) }
    else if (text ~ /^issued[ \t]/) issued = strip(attribute(text, "date"))
    else if (text ~ /^severity>/) { severity = tolower(strip(substr(text, 10))); gsub(/[ ,\r]/, "", severity) }
    else if (text ~ /^collection[ \t>]/) module = ""
    else if (text ~ /^module[ \t]/) module = attribute(text, "name") ":" attribute(text, "stream")
  }
}
END {
  if (broken) exit 1
  if (!ended) odd = 1
  if (odd) { print "a line that is not understood" > "/dev/stderr"; exit 1 }
  print "=packages\t" count + 0 "\t" newest + 0
  for (name in core) print "=core\t" name "\t" core[name]
  for (i = 1; i <= list; i++) {
    if (state[i] == "read" && (!(i in seen) || i in torn)) state[i] = "broken"
    print "=repo\t" i "\t" kind[i] "\t" title[i] "\t" fetched[i] "\t" made[i] "\t" state[i] "\t" ((i in covers) ? 1 : 0)
  }
  for (i = 1; i <= places; i++) {
    split(order[i], words, SUBSEP)
    key = words[2] SUBSEP words[3]
    print "=pending\t" words[1] "\t" words[2] "\t" words[3] "\t" version[key] "\t" latest[order[i]] "\t" source[key] "\t" \
      advisory[order[i]] "\t" severities[order[i]] "\t" since[order[i]]
  }
  print "=end"
}
"""

_SCRIPT = r"""
head_of() {
  awk '
    { count = split($0, piece, "<")
      for (i = 2; i <= count; i++) {
        text = piece[i]
        if (text ~ /^data[ \t]/ && match(text, /type="[^"]*"/)) type = substr(text, RSTART + 6, RLENGTH - 7)
        else if (text ~ /^location[ \t]/ && match(text, /href="[^"]*"/)) {
          path = substr(text, RSTART + 6, RLENGTH - 7); sub(/.*\//, "", path); name[type] = path
        }
        else if (text ~ /^timestamp>/ && substr(text, 11) + 0 > newest) newest = substr(text, 11) + 0
      } }
    END { print newest + 0, name["updateinfo"], name["updateinfo_zck"] }' "$1"
}
unpack() {
  case $1 in
    *.gz) gzip -dc <"$1" ;;
    *.xz) xz -dc <"$1" ;;
    *.bz2) bzip2 -dc <"$1" ;;
    *.zst) zstd -qdc <"$1" ;;
    *.zck) unzck -c "$1" ;;
    *) cat "$1" ;;
  esac
}
unpacker() {
  case $1 in
    *.gz) echo gzip ;; *.xz) echo xz ;; *.bz2) echo bzip2 ;; *.zst) echo zstd ;; *.zck) echo unzck ;; *) echo cat ;;
  esac
}
repository() {
  folder=${3%/*}
  said=$(head_of "$3") || { printf "=denied\t%s\n" "$3"; return; }
  made=${said%% *} said=${said#* }
  printf "=head\t%s\t%s\t%s\n" "$1" "$2" "$made"
  stat -L -c "=time %Y" "$3" "$folder"/*primary.xml* "${folder%/repodata}/cookie" "$folder/cachecookie" 2>/dev/null
  state=none
  for name in $said; do
    [ "$state" != none ] || state=missing
    [ -f "$folder/$name" ] || continue
    program=$(unpacker "$name")
    if ! command -v "$program" >/dev/null; then state=needs-$program; continue; fi
    printf "=state\tread\n"
    { unpack "$folder/$name" || printf "\n=broken\n"; } |
      grep -E "^=broken|<(updates?[ >]|id>|issued[ ]|severity>|collection[ >]|module[ ]|package[ ])"
    return
  done
  printf "=state\t%s\n" "$state"
}
{
  format="%{NAME}\t%{EPOCH}:%{VERSION}-%{RELEASE}\t%{ARCH}\t%{INSTALLTIME}"
  printf "=rpm\n"
  # rpm of Red Hat 7 does not know the tag; of one that it does not know rpm complains, lists nothing, and ends with 0.
  case $(rpm --querytags) in *MODULARITYLABEL*) label="%{MODULARITYLABEL}" ;; *) label="(none)" ;; esac
  rpm -qa --qf "$format\t$label\t%{SOURCERPM}\n" || printf "=failed\n"
  for place in /var/cache/dnf /var/cache/dnf/* /var/cache/dnf/*/repodata \
    /var/cache/libdnf5 /var/cache/libdnf5/* /var/cache/libdnf5/*/repodata \
    /var/cache/yum /var/cache/yum/* /var/cache/yum/*/* /var/cache/yum/*/*/* \
    /var/cache/zypp /var/cache/zypp/raw /var/cache/zypp/raw/* /var/cache/zypp/raw/*/repodata; do
    if [ -d "$place" ] && { [ ! -r "$place" ] || [ ! -x "$place" ]; }; then printf "=denied\t%s\n" "$place"; fi
  done
  for head in /var/cache/dnf/*/repodata/repomd.xml /var/cache/libdnf5/*/repodata/repomd.xml; do
    [ -f "$head" ] || continue
    name=${head%/repodata/repomd.xml} name=${name##*/}
    repository dnf "${name%-????????????????}" "$head"
  done
  for head in /var/cache/yum/*/*/*/repomd.xml; do
    [ -f "$head" ] || continue
    name=${head%/repomd.xml}
    repository yum "${name##*/}" "$head"
  done
  for head in /var/cache/zypp/raw/*/repodata/repomd.xml; do
    [ -f "$head" ] || continue
    name=${head%/repodata/repomd.xml}
    repository zypp "${name##*/}" "$head"
  done
  printf "=end\n"
} | awk '@AWK@'
"""


def _written() -> str:
    awk = _AWK.replace("@BASE@", _BASE).replace("@CORE@", _CORE)
    return _SCRIPT.replace("@AWK@", awk)


RPM_PACKAGES = rpm_script("rpm packages and their pending advisories", _written(), limit=512 * KIB, seconds=15)
