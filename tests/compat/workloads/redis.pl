# SPDX-License-Identifier: Apache-2.0
#
# Perl's Redis.
use strict;
use warnings;
use Digest::SHA qw(sha1_hex);
use JSON::PP;
use Redis;

my $many = 1000;
my $told = decode_json($ENV{WORKLOAD});
my $tag  = $told->{tag};
my $bytes = join('', map { chr } 0 .. 255) x 40;
my $checks = 0;
my $json = JSON::PP->new->canonical->allow_nonref->latin1;

sub check {
    my ($actual, $expected) = map { $json->encode($_) } @_;
    die substr($actual, 0, 2000) . " is not " . substr($expected, 0, 2000) unless $actual eq $expected;
    ++$checks;
}

sub fails {
    my ($text, $call) = @_;
    die "no error with $text" if eval { $call->(); 1 };
    check(index($@, $text) >= 0 ? 1 : 0, 1);
}

if ($told->{tls}) {
    require IO::Socket::SSL;
    IO::Socket::SSL::set_defaults(SSL_ca_file => $told->{tls}{ca});
}

sub connect_to {
    my $database = shift // $told->{database};
    my @where = $told->{through_unix} ? (sock => $told->{unix}) : (server => "$told->{host}:$told->{port}");
    push @where, ssl => 1 if $told->{tls};
    my $client = Redis->new(@where, $told->{name} ? (name => $told->{name}) : ());
    $client->select($database) if $database;
    return $client;
}

# Runs in a process of its own what would block; the function that is returned gives what it returned.
sub elsewhere {
    my ($work) = @_;
    my $pid = open(my $from, '-|') // die;
    if (!$pid) {
        print $json->encode($work->()), "\n";
        close STDOUT;
        require POSIX;
        POSIX::_exit(0);
    }
    return sub { $json->decode(scalar <$from>) };
}

sub connects {
    my $r = shift;
    check($r->ping, 'PONG');
    check($r->client_getname, $told->{name});
    $r->set("$tag:here", 'x');
    check(connect_to()->get("$tag:here"), 'x');
    check(connect_to(0)->get("$tag:here"), undef) if $told->{database};
}

sub pipelines {
    my $r = shift;
    my @replies;
    for my $i (0 .. $many - 1) {
        $r->set("$tag:pipe:$i", $i, sub { push @replies, $_[0] });
        $r->get("$tag:pipe:$i", sub { push @replies, $_[0] });
    }
    $r->wait_all_responses;
    check(\@replies, [map { ('OK', "$_") } 0 .. $many - 1]);
}

sub transactions {
    my $r = shift;
    my ($key, $other) = ("$tag:watched", connect_to());
    $r->set($key, 1);
    $r->watch($key);
    $r->multi;
    $r->set($key, 2);
    $r->get($key);
    check([$r->exec], ['OK', '2']);
    $r->watch($key);
    $other->set($key, 10);
    $r->multi;
    $r->set($key, 3);
    check([grep { defined } $r->exec], []);
    check($r->get($key), '10');
}

sub pub_sub {
    my $r = shift;
    my $listener = connect_to();
    my @heard;
    $listener->subscribe("$tag:news", sub { push @heard, [@_[0, 1]] });
    $listener->psubscribe("$tag:other:*", sub { push @heard, [@_[0, 1]] });
    my @expected;
    for my $i (0 .. 19) {
        check($r->publish("$tag:news", "text $i"), '1');
        check($r->publish("$tag:other:$i", $bytes), '1');
        push @expected, ["text $i", "$tag:news"], [$bytes, "$tag:other:$i"];
    }
    $listener->wait_for_messages(1) while @heard < @expected;
    check(\@heard, \@expected);
}

sub blocking {
    my $r = shift;
    check([grep { defined } $r->blpop("$tag:queue", 1)], []);
    my $found = elsewhere(sub { my $waiter = connect_to(); [map { [$waiter->blpop("$tag:none", "$tag:queue", 10)] } 0 .. 2] });
    $r->rpush("$tag:queue", "job $_") for 0 .. 2;
    check($found->(), [map { ["$tag:queue", "job $_"] } 0 .. 2]);
}

sub scripts {
    my $r = shift;
    check([$r->eval("return {KEYS[1], ARGV[1], 3, redis.call('GET', KEYS[1])}", 1, "$tag:none", 'x')], ["$tag:none", 'x', '3', undef]);
    my $text = "return redis.call('INCRBY', KEYS[1], ARGV[1]) -- $tag";
    my $sha = sha1_hex($text);
    fails('NOSCRIPT', sub { $r->evalsha($sha, 1, "$tag:n", 5) });
    check($r->script_load($text), $sha);
    check($r->evalsha($sha, 1, "$tag:n", 5), "$_") for 5, 10, 15;
}

sub scanning {
    my $r = shift;
    $r->mset(map { ("$tag:scan:$_", $_) } 0 .. $many - 1);
    my ($cursor, %found) = (0);
    do {
        ($cursor, my $keys) = $r->scan($cursor, MATCH => "$tag:scan:*", COUNT => 100);
        @found{@$keys} = ();
    } while $cursor;
    check(scalar(keys %found), $many);
}

sub bytes_and_errors {
    my $r = shift;
    $r->set("$tag:bytes", $bytes);
    check($r->get("$tag:bytes"), $bytes);
    fails('WRONGTYPE', sub { $r->lpush("$tag:here", 'x') });
    fails('unknown command', sub { $r->nosuch('a') });
    fails('not an integer', sub { $r->incr("$tag:here") });
    check($r->get("$tag:here"), 'x');
}

my $client = connect_to();
$_->($client) for \&connects, \&pipelines, \&transactions, \&pub_sub, \&blocking, \&scripts, \&scanning, \&bytes_and_errors;
print "$checks checks\n";
