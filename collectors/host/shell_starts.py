"""The files that every login shell reads, reduced on the target: people write passwords and tokens into them."""

from collectors.host.excerpt import by_file, excerpt

# Lines about TMOUT, the umask and other files go with the values of all other variables left out; of what opens and
# closes a condition, a loop or a function only the words that do so.
_AWK = r"""
function plain(line,   said, name) {
  said = ""
  while (match(line, /[A-Za-z_][A-Za-z0-9_]*=/)) {
    name = substr(line, RSTART, RLENGTH)
    said = said substr(line, 1, RSTART + RLENGTH - 1)
    line = substr(line, RSTART + RLENGTH)
    if (name == "TMOUT=" || (name ~ /^[ugoa]+=$/ && line ~ /^[rwxugoa,=]*([ \t;&|)]|$)/)) continue
    while (match(line, /^("[^"]*"|\047[^\047]*\047|[^ \t;&|)"\047]+)/)) line = substr(line, RLENGTH + 1)
    if (line ~ /^["\047]/) line = ""
  }
  return said line
}
function shape(line,   said) {
  said = ":"
  if (match(line, /^(if|case|for|while|until|fi|esac|done|})([ \t;(]|$)/)) said = substr(line, 1, RLENGTH)
  else if (match(line, /^[A-Za-z0-9_]+[ \t]*\(\)[ \t]*/)) said = "f()" (substr(line, RLENGTH + 1) ~ /^$/ || substr(line, RLENGTH, 1) ~ /[ \t]/ ? " " : "")
  if (line ~ /[; \t](fi|esac|done)[ \t]*$/) said = said " ; fi"
  else if (line ~ /[; \t](fi|esac|done)[ \t;]/) said = said " ; fi ; :"
  if (line ~ /\{[ \t]*$/) said = said "{"
  if (line ~ /}[ \t]*$/ && line !~ /^}/) said = said " }"
  return said
}
{ sub(/\r$/, ""); sub(/^[ \t]*#.*/, ""); sub(/[ \t]#.*/, ""); sub(/^[ \t]+/, "") }
/TMOUT|umask|\/etc\/profile\.d|(^|[ \t;&])(\.|source)[ \t]+\/etc\// { out(plain($0)); next }
{ said = shape($0); if (said != ":") out(said) }
"""
SHELL_STARTS = excerpt(
    "start files of shells",
    *("/etc/environment", "/etc/profile", "/etc/profile.d/*.sh", "/etc/bash.bashrc", "/etc/bashrc"),
    awk=_AWK,
)


def shell_starts(text: str) -> dict[str, str]:
    """Path to what is left of its text, sorted by path."""
    return {path: "\n".join(lines) for path, lines in sorted(by_file(text).items())}
