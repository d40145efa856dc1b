<?php
// SPDX-License-Identifier: Apache-2.0
//
// phpredis.
const MANY = 1000;
$told = json_decode(getenv('WORKLOAD'), true);
$tag = $told['tag'];
$bytes = str_repeat(implode('', array_map('chr', range(0, 255))), 40);
$checks = 0;

function check($actual, $expected) {
    global $checks;
    if ($actual !== $expected) {
        throw new Exception(substr(var_export($actual, true), 0, 2000) . ' is not ' . substr(var_export($expected, true), 0, 2000));
    }
    ++$checks;
}

function fails($client, $text, $call) {
    try {
        $client->clearLastError();
        $call();
        $message = (string)$client->getLastError();
    } catch (RedisException $error) {
        $message = $error->getMessage();
    }
    check(str_contains($message, $text), true);
}

/** `$open`: connect, or pconnect for a connection that outlives the object. */
function open_with($open) {
    global $told;
    $client = new Redis();
    if ($told['through_unix']) {
        $client->$open($told['unix']);
    } elseif ($told['tls']) {
        $client->$open('tls://' . $told['host'], $told['port'], 0, null, 0, 0, ['stream' => ['cafile' => $told['tls']['ca']]]);
    } else {
        $client->$open($told['host'], $told['port']);
    }
    return $client;
}

function connect() {
    global $told;
    $client = open_with(!empty($told['persistent']) ? 'pconnect' : 'connect');
    if ($told['database']) check($client->select($told['database']), true);
    if ($told['name']) check($client->client('setname', $told['name']), true);
    return $client;
}

/** Runs in a process of its own what would block. What it hands over is read by the function that is returned. */
function elsewhere($work) {
    [$here, $there] = stream_socket_pair(STREAM_PF_UNIX, STREAM_SOCK_STREAM, 0);
    $pid = pcntl_fork();
    if ($pid === 0) {
        fclose($here);
        $work(function ($found) use ($there) {
            fwrite($there, json_encode($found) . "\n");
            posix_kill(posix_getpid(), SIGKILL);
        });
    }
    fclose($there);
    return function () use ($here, $pid) {
        $found = json_decode(fgets($here), true);
        pcntl_waitpid($pid, $status);
        return $found;
    };
}

function connects($r) {
    global $told, $tag;
    check($r->ping(), true);
    check($r->client('getname') ?: null, $told['name']);
    $r->set("$tag:here", 'x');
    check(connect()->get("$tag:here"), 'x');
    if ($told['database']) {
        check(open_with('connect')->get("$tag:here"), false);
    }
}

function pipelines($r) {
    global $tag;
    $expected = [];
    $pipe = $r->pipeline();
    for ($i = 0; $i < MANY; ++$i) {
        $pipe->set("$tag:pipe:$i", $i)->get("$tag:pipe:$i");
        array_push($expected, true, (string)$i);
    }
    check($pipe->exec(), $expected);
    $multi = $r->multi();
    for ($i = 0; $i < MANY; ++$i) $multi->incr("$tag:counter");
    check($multi->exec(), range(1, MANY));
}

function transactions($r) {
    global $tag;
    global $told;
    $other = open_with('connect');    // never the persistent connection
    $other->select($told['database']);
    $key = "$tag:watched";
    $r->set($key, 1);
    $r->watch($key);
    check($r->multi()->set($key, 2)->get($key)->exec(), [true, '2']);
    $r->watch($key);
    $other->set($key, 10);
    check($r->multi()->set($key, 3)->exec(), false);
    check($r->get($key), '10');
    check($r->multi()->set($key, 4)->discard(), true);
    check($r->get($key), '10');
}

function pub_sub($r) {
    global $tag;
    foreach ([['subscribe', "$tag:news", "$tag:news"], ['psubscribe', "$tag:other:*", "$tag:other:1"]] as [$method, $to, $channel]) {
        $heard = elsewhere(function ($hand_over) use ($method, $to) {
            $found = [];
            connect()->$method([$to], function ($client, ...$said) use (&$found, $hand_over) {
                $found[] = array_slice($said, -2);
                if (count($found) === 20) $hand_over($found);
            });
        });
        while (($method === 'subscribe' ? $r->pubsub('numsub', [$to])[$to] : $r->pubsub('numpat')) < 1) usleep(1000);
        $expected = [];
        for ($i = 0; $i < 20; ++$i) {
            check($r->publish($channel, "text $i"), 1);
            $expected[] = [$channel, "text $i"];
        }
        check($heard(), $expected);
    }
}

function blocking($r) {
    global $tag;
    check($r->blPop("$tag:queue", 1), []);
    $found = elsewhere(function ($hand_over) use ($tag) {
        $waiter = connect();
        $hand_over(array_map(fn() => $waiter->blPop(["$tag:none", "$tag:queue"], 10), range(0, 2)));
    });
    for ($i = 0; $i < 3; ++$i) $r->rPush("$tag:queue", "job $i");
    check($found(), array_map(fn($i) => ["$tag:queue", "job $i"], range(0, 2)));
    $r->xAdd("$tag:stream", '1-1', ['a' => '1']);
    check($r->xRead(["$tag:stream" => '0'], 10, 100), ["$tag:stream" => ['1-1' => ['a' => '1']]]);
    check($r->xRead(["$tag:stream" => '1-1'], 10, 50), []);
}

function scripts($r) {
    global $tag;
    check($r->eval("return {KEYS[1], ARGV[1], 3, redis.call('GET', KEYS[1])}", ["$tag:none", 'x'], 1), ["$tag:none", 'x', 3, false]);
    $text = "return redis.call('INCRBY', KEYS[1], ARGV[1]) -- $tag";
    $sha = sha1($text);
    fails($r, 'NOSCRIPT', fn() => $r->evalSha($sha, ["$tag:n", 5], 1));
    check($r->script('load', $text), $sha);
    foreach ([5, 10, 15] as $expected) check($r->evalSha($sha, ["$tag:n", 5], 1), $expected);
}

function scanning($r) {
    global $tag;
    $values = [];
    for ($i = 0; $i < MANY; ++$i) $values["$tag:scan:$i"] = $i;
    $r->mSet($values);
    $r->setOption(Redis::OPT_SCAN, Redis::SCAN_RETRY);
    for ($found = [], $cursor = null; ($keys = $r->scan($cursor, "$tag:scan:*", 100)) !== false;) array_push($found, ...$keys);
    check(count(array_unique($found)), MANY);
}

function bytes_and_errors($r) {
    global $tag, $bytes;
    $r->set("$tag:bytes", $bytes);
    check($r->get("$tag:bytes"), $bytes);
    fails($r, 'WRONGTYPE', fn() => $r->lPush("$tag:here", 'x'));
    fails($r, 'unknown command', fn() => $r->rawCommand('NOSUCH', 'a'));
    fails($r, 'not an integer', fn() => $r->incr("$tag:here"));
    check($r->get("$tag:here"), 'x');
}

$client = connect();
foreach (['connects', 'pipelines', 'transactions', 'pub_sub', 'blocking', 'scripts', 'scanning', 'bytes_and_errors'] as $test) {
    $test($client);
}
echo "$checks checks\n";
