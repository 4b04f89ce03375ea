r"""The asking of listeners for their versions and certificates, as a program in Perl; the one in Python says the same.

Arguments: the listeners (``ADDRESS PORT KIND`` as /proc/net/tcp writes them, one to a line), the steps before the hello, the
hellos, seconds for all of it, bytes for each connection, whether
openssl is installed, and how many listeners are asked. All listeners are asked at once,
none is waited for longer than the seconds, and no more than so many bytes are taken of it. What is told, by the number of
the listener::

    N listener ADDRESS PORT KIND
    N try HELLO offers VERSION | alert NUMBER | closed | plain | no-starttls | silent | long | unreachable | many
    N certificate BASE64 CODE | no-openssl | closed | silent | long

A version counts as offered only when the whole of the server's part came, down to ServerHelloDone: with a security level
that refuses an old version's signatures OpenSSL begins to answer, and then breaks off with an alert. The certificate is the
first that ``openssl s_client`` was sent, and CODE what it says of the chain (verify(1)) against the target's own store. It
runs without the system's configuration and at security level 0, so that what is weak is seen and not refused.
There are no single quotes in the programs, so that they stay readable within a shell's.
"""

PERL = r"""
use strict;
use Socket qw(:DEFAULT inet_ntop pack_sockaddr_in6 IN6ADDR_LOOPBACK);
use Fcntl;
$SIG{PIPE} = "IGNORE";
my ($rows, $steps, $hellos, $seconds, $bytes, $openssl, $most) = @ARGV;
my $end = time + $seconds;
my @hello = map { pack "H*", $_ } split / /, $hellos;
my %steps;
for (split /\n/, $steps) { my ($kind, @parts) = split /\t/, $_, -1; push @{$steps{$kind}}, [splice @parts, 0, 3] while @parts; }
my (@told, @open, @asked);

sub address {
  my ($hex) = @_;
  my $raw = pack "V*", map { hex } unpack "(A8)*", $hex;
  return length $raw == 4 ? ($raw eq "\0" x 4 ? INADDR_LOOPBACK : $raw) : ($raw eq "\0" x 16 ? IN6ADDR_LOOPBACK : $raw);
}

sub begin {
  my ($one, $try) = @_;
  my ($n, $address, $port, $kind) = @$one;
  my $raw = address($address);
  for my $where ($address eq "0" x 32 ? ($raw, INADDR_LOOPBACK) : ($raw)) {
    my $four = length $where == 4;
    my $to = $four ? pack_sockaddr_in($port, $where) : pack_sockaddr_in6($port, $where);
    socket(my $socket, $four ? AF_INET : AF_INET6, SOCK_STREAM, 0) or next;
    fcntl($socket, F_SETFL, O_NONBLOCK);
    next unless connect($socket, $to) or $!{EINPROGRESS};
    my $text = $four ? inet_ntoa($where) : "[" . inet_ntop(AF_INET6, $where) . "]";
    push @open, {
      one => $one, try => $try, socket => $socket, where => "$text:$port", steps => [@{$steps{$kind} || []}], got => "", all => 0,
    };
    return;
  }
  push @told, "$n try $try unreachable";
}

sub certificate {
  my ($it) = @_;
  my ($n, $kind) = @{$it->{one}}[0, 3];
  if (!$openssl) { push @told, "$n certificate no-openssl"; return; }
  pipe(my $out, my $in) or die "pipe: $!\n";
  my $child = fork;
  die "fork: $!\n" unless defined $child;
  if (!$child) {
    open STDIN, "<", "/dev/null"; open STDERR, ">", "/dev/null"; open STDOUT, ">&", $in;
    $ENV{OPENSSL_CONF} = "/dev/null";
    exec "openssl", "s_client", "-connect", $it->{where}, "-cipher", "ALL:\@SECLEVEL=0", "-legacy_server_connect", ($kind eq "tls" ? () : ("-starttls", $kind));
    exit 127;
  }
  close $in;
  fcntl($out, F_SETFL, O_NONBLOCK);
  push @open, {one => $it->{one}, socket => $out, child => $child, got => "", all => 0};
}

sub tls {
  my ($got) = @_;
  my ($shaken, $chosen, $at) = ("", "", 0);
  while (length $got > $at) {
    my ($type, $major, $minor, $size) = unpack "CCCn", substr($got, $at, 5);
    return "plain" if $type < 20 or $type > 23 or (defined $major and $major != 3);
    last if !defined $size or length $got < $at + 5 + $size;
    my $record = substr $got, $at + 5, $size;
    $at += 5 + $size;
    if ($type == 21) { my ($level, $what) = unpack "CC", $record; return "alert $what" if $level == 2; }
    $shaken .= $record if $type == 22;
  }
  while (length $shaken >= 4) {
    my ($type, $high, $size) = unpack "CCn", $shaken;
    $size += $high << 16;
    last if length $shaken < 4 + $size;
    $chosen = unpack "H4", substr($shaken, 4, 2) if $type == 2;
    return "offers $chosen" if $type == 14;
    substr $shaken, 0, 4 + $size, "";
  }
  return "";
}

sub over {
  my ($it, $what) = @_;
  my ($one, $try) = @$it{"one", "try"};
  @open = grep { $_ != $it } @open;
  close $it->{socket};
  if ($it->{child}) {
    kill "KILL", $it->{child};
    waitpid $it->{child}, 0;
    my $n = $one->[0];
    my ($code) = $it->{got} =~ /^ *Verify return code: (\d+)/m;
    if ($it->{got} =~ /-----BEGIN CERTIFICATE-----\n([A-Za-z0-9+\/=\n]+)-----END/) {
      (my $text = $1) =~ s/\n//g;
      push @told, "$n certificate $text " . (defined $code ? $code : "-");
    } else { push @told, "$n certificate $what"; }
    return;
  }
  push @told, "$one->[0] try $try $what";
  certificate($it) if !$try and $what =~ /^(alert|offers|closed)/;
  begin($one, {"0302" => 1, "0301" => 2}->{$1}) if $what =~ /^offers (0302|0301)/;
}

sub say_to {
  my ($it, $send) = @_;
  syswrite $it->{socket}, pack("H*", $send) . (@{$it->{steps}} ? "" : $hello[$it->{try}]);
}

sub move {
  my ($it) = @_;
  my $size = sysread $it->{socket}, my $new, 16384;
  return if !defined $size and $!{EAGAIN};
  my $ended = !$size;
  $it->{got} .= $new if $size;
  return over($it, "long") if ($it->{all} += $size || 0) > $bytes;
  if ($it->{child}) { return $ended || $it->{got} =~ /^ *Verify return code: \d+ .*\n/m ? over($it, "closed") : undef; }
  while (my $step = $it->{steps}[0]) {
    my ($yes, $no, $send) = @$step;
    return over($it, "no-starttls") if $no ne "" and $it->{got} =~ /$no/s;
    last unless $it->{got} =~ /$yes/s;
    $it->{got} = "";
    shift @{$it->{steps}};
    say_to($it, $send);
  }
  my $what = @{$it->{steps}} ? "" : tls($it->{got});
  return over($it, $what) if $what;
  over($it, "closed") if $ended;
}

my $n = 0;
for (split /\n/, $rows) {
  my ($address, $port, $kind) = split / /;
  my $one = [$n++, $address, hex $port, $kind];
  push @told, "$one->[0] listener $address $port $kind";
  if ($n > $most) { push @told, "$one->[0] try 0 many"; } else { begin($one, 0); }
}
while (@open and time < $end) {
  my ($reads, $writes) = ("", "");
  for (@open) { vec($_->{begun} || $_->{child} ? $reads : $writes, fileno $_->{socket}, 1) = 1; }
  select $reads, $writes, undef, 0.2;
  for my $it (my @now = @open) {
    my $number = fileno $it->{socket};
    if (vec $writes, $number, 1) {
      if (unpack "i", getsockopt $it->{socket}, SOL_SOCKET, SO_ERROR) { over($it, "unreachable"); next; }
      $it->{begun} = 1;
      my $first = $it->{steps}[0];
      if (!$first) { say_to($it, ""); } elsif ($first->[0] eq "") { shift @{$it->{steps}}; say_to($it, $first->[2]); }
    } elsif (vec $reads, $number, 1) { move($it); }
  }
}
over($open[0], "silent") while @open;
print "$_\n" for @told, "end";
"""
