r"""The comparison of stored hashes with known passwords, once in Perl and once in Python; both say the same.

Arguments: the rows (``CLASS TAB USER TAB PASSWORD``), how many accounts, seconds for each, seconds for all. Of several
entries of one name the first counts, as for glibc. Each account is compared in a process of its own, which its alarm ends:
crypt(3) cannot be interrupted otherwise, and one dear hash must not hide the others. A hash that crypt(3) gives back with
another length was refused by it (``*0``), or its scheme is not known there (musl): then nothing was compared.
There are no single quotes in the programs, so that they stay readable within a shell's.
"""

PERL = r"""
use strict;
$| = 1;
my ($rows, $most, $each, $all) = @ARGV;
my %listed;
for (split /\n/, $rows) { my ($class, $user, $secret) = split /\t/; push @{$listed{$user}}, [$class, $secret]; }

sub entries {
  my ($path, $fields) = @_;
  my (@found, %seen);
  open(my $file, "<", $path) or die "$path: $!\n";
  while (my $line = <$file>) {
    chomp $line;
    next if $line =~ /^[#+-]/ or $line =~ /^\s*$/;
    my @parts = split /:/, $line, -1;
    die "$path: a line is malformed\n" if @parts < $fields or $parts[0] eq "";
    push @found, [@parts[0, 1]] unless $seen{$parts[0]}++;
  }
  return @found;
}

sub compare {
  my ($name, $hash) = @_;
  my $reversed = reverse $name;
  my @tries = (@{$listed{$name} || []}, ["user-name", $name], ["user-name-reversed", $reversed], @{$listed{"*"}});
  for my $try (@tries) {
    my $made = crypt($try->[1], $hash);
    return "not-compared:scheme" if !defined $made or length $made != length $hash;
    return $try->[0] if $made eq $hash;
  }
  return "none";
}

my $shadow = "/etc/shadow";
my %kept = (-e $shadow or -l $shadow) ? map { $_->[0] => $_->[1] } entries($shadow, 9) : ();
my (@open, @shut);
for my $user (entries("/etc/passwd", 7)) {
  my ($name, $hash) = @$user;
  $hash = $kept{$name} if $hash eq "x" or $hash eq "##$name";
  next unless defined $hash;
  my $mark = $hash =~ s/^([!*])[!*]*// ? $1 : "-";
  next unless $hash =~ m{^\$|^_.{19}$|^[./0-9A-Za-z]{2}([./0-9A-Za-z]{11})+$};
  push @{$mark eq "-" ? \@open : \@shut}, [$name, $mark, $hash];
}

my ($begun, $count) = (time, 0);
for my $one (@open, @shut) {
  my ($name, $mark, $hash) = @$one;
  my $class = $count++ < $most ? "not-compared:time" : "not-compared:many";
  if ($count <= $most and time - $begun < $all) {
    my $child = open(my $pipe, "-|");
    die "fork: $!\n" unless defined $child;
    if (!$child) { $SIG{ALRM} = "DEFAULT"; alarm $each; print compare($name, $hash); exit 0; }
    my $said = <$pipe>;
    $class = $said if close($pipe) and defined $said;
  }
  print "$name:$mark:$class\n";
}
"""

PYTHON = r"""
import ctypes, os, re, signal, sys, time

rows, most, each, all_ = os.fsencode(sys.argv[1]), *map(int, sys.argv[2:])
listed = {}
for row in rows.split(b"\n"):
    kind, user, secret = row.split(b"\t")
    listed.setdefault(user, []).append((kind, secret))


def library():
    for name in ("libcrypt.so.1", "libcrypt.so.2", None):
        try:
            found = ctypes.CDLL(name).crypt
        except (OSError, AttributeError):
            continue
        found.restype, found.argtypes = ctypes.c_char_p, [ctypes.c_char_p, ctypes.c_char_p]
        return found
    sys.exit("there is no perl, and python3 finds no crypt(3) to compare with")


def entries(path, fields):
    found = {}
    try:
        with open(path, "rb") as file:
            lines = file.read().split(b"\n")
    except OSError as fault:
        sys.exit(f"{path}: {fault.strerror}")
    for line in lines:
        if line[:1] in (b"#", b"+", b"-") or not line.strip():
            continue
        parts = line.split(b":")
        if len(parts) < fields or not parts[0]:
            sys.exit(f"{path}: a line is malformed")
        found.setdefault(parts[0], parts[1])
    return found


def compare(crypt, name, hashed):
    tries = listed.get(name, []) + [(b"user-name", name), (b"user-name-reversed", name[::-1])] + listed[b"*"]
    for kind, secret in tries:
        made = crypt(secret, hashed)
        if made is None or len(made) != len(hashed):
            return b"not-compared:scheme"
        if made == hashed:
            return kind
    return b"none"


def in_child(crypt, name, hashed):
    read, write = os.pipe()
    child = os.fork()
    if not child:
        try:
            signal.signal(signal.SIGALRM, signal.SIG_DFL)
            signal.alarm(each)
            os.write(write, compare(crypt, name, hashed))
            os._exit(0)
        finally:
            os._exit(1)
    os.close(write)
    with open(read, "rb") as pipe:
        said = pipe.read()
    _, status = os.waitpid(child, 0)
    return said if status == 0 and said else b"not-compared:time"


crypt = library()
shadow = "/etc/shadow"
kept = entries(shadow, 9) if os.path.lexists(shadow) else {}
held = []
for name, hashed in entries("/etc/passwd", 7).items():
    if hashed in (b"x", b"##" + name):
        hashed = kept.get(name, b"")
    bare = hashed.lstrip(b"!*")
    mark = hashed[:1] if bare != hashed else b"-"
    if re.search(rb"^\$|^_.{19}\Z|^[./0-9A-Za-z]{2}([./0-9A-Za-z]{11})+\Z", bare):
        held.append((name, mark, bare))
held.sort(key=lambda one: one[1] != b"-")
begun = time.time()
for count, (name, mark, bare) in enumerate(held):
    told = b"not-compared:many" if count >= most else b"not-compared:time"
    if count < most and time.time() - begun < all_:
        told = in_child(crypt, name, bare)
    sys.stdout.buffer.write(b":".join((name, mark, told)) + b"\n")
    sys.stdout.buffer.flush()
"""
