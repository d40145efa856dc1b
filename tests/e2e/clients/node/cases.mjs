// SPDX-License-Identifier: Apache-2.0
//
// What every node client must be able to do. A case gets `open(options)`, which connects and is closed after the case,
// a `tag` of its own for key names, the `settings` of the run, and the library's error class.
import assert from "node:assert/strict";

const connections = 20;
const pipelined = 2000;
const scanned = 5000;

const check_product = (value, id) => assert.equal(JSON.parse(value).id, id);
const check_greeting = (value, who) => assert.equal(value, `Hello, ${who}!`);

async function fails(promise, text, error_class) {
  await assert.rejects(promise, (error) => {
    assert.ok(error instanceof error_class, `${error.constructor.name}: ${error.message}`);
    assert.ok(error.message.includes(text), error.message);
    return true;
  });
}

/** Commands with a check of each reply: hits, misses, keys without a route, MGET of all kinds. */
function mixed_commands(prefix, count) {
  const written = new Map();
  const result = [];
  let seed = 12345;
  const random = (below) => (seed = (seed * 1103515245 + 12345) % 2147483648) % below;
  for (let i = 0; i < count; ++i) {
    const name = `${prefix}-${random(400)}`;
    const before = written.get(name) ?? null;
    const kind = random(7) % 6;
    if (kind === 0) result.push([["GET", `product:${name}`], (r) => check_product(r, name)]);
    if (kind === 1) result.push([["GET", `greeting:${prefix}-${i % 40}`], (r) => check_greeting(r, `${prefix}-${i % 40}`)]);
    if (kind === 2) {
      written.set(name, `${name} at ${i}`);
      result.push([["SET", `own:${name}`, `${name} at ${i}`], (r) => assert.equal(r, "OK")]);
    }
    if (kind === 3) result.push([["GET", `own:${name}`], (r) => assert.equal(r, before)]);
    if (kind === 4)
      result.push([["MGET", `product:${name}`, `own:${name}`, `product:${prefix}`], (r) => {
        check_product(r[0], name);
        assert.equal(r[1], before);
        check_product(r[2], prefix);
      }]);
    if (kind === 5) result.push([["ECHO", `${prefix} ${i}`], (r) => assert.equal(r, `${prefix} ${i}`)]);
  }
  return result;
}

async function connects({ open, tag, protocol }) {
  const plain = await open();
  assert.equal(await plain.command("PING"), "PONG");
  const named = await open({ database: 3, client_name: "tests" });
  assert.equal(await named.command("CLIENT", "GETNAME"), "tests");
  const line = await named.command("CLIENT", "INFO");
  for (const field of [" name=tests ", " db=3 ", `resp=${protocol}`]) assert.ok(line.includes(field), line);
  await named.command("SET", `own:${tag}`, "3");
  assert.equal(await plain.command("GET", `own:${tag}`), null);
  assert.deepEqual([...plain.problems, ...named.problems], []);
}

async function logs_in({ open, settings, error_class }) {
  const { user, password, closed_port: port } = settings;
  for (const who of [{ user, password }, { password }]) {
    const client = await open({ port, database: 3, client_name: "tests", ...who });
    check_greeting(await client.command("GET", "greeting:auth"), "auth");
  }
  await assert.rejects(open({ port, user, password: "wrong" }), /WRONGPASS/);
  await assert.rejects((async () => (await open({ port })).command("GET", "greeting:auth"))(), /NOAUTH/);
}

async function reads_together({ open, tag }) {
  const clients = await Promise.all(Array.from({ length: connections }, () => open()));
  for (const turn of [0, 0, 1, 2])
    await Promise.all(clients.map(async (client) => {
      const name = `${tag}-${turn}`;
      assert.deepEqual(JSON.parse(await client.command("GET", `product:${name}`)), { id: name, load: 1, version: 1 });
      check_greeting(await client.command("GET", `greeting:${name}`), name);
    }));
}

async function pipelines({ open, tag }) {
  const client = await open();
  for (const turn of ["first", "second"]) {
    const commands = mixed_commands(`${tag}-${turn}`, pipelined);
    for (let again = 0; again < 2; ++again) {
      if (again) for (const c of commands) if (c[0][0] === "GET" && c[0][1].startsWith("own:")) c[1] = () => {};
      if (again) for (const c of commands) if (c[0][0] === "MGET") c[1] = (r) => check_product(r[2], `${tag}-${turn}`);
      const replies = await client.pipeline(commands.map(([words]) => words));
      assert.equal(replies.length, commands.length);
      replies.forEach((reply, i) => {
        if (reply instanceof Error) throw reply;
        commands[i][1](reply);
      });
    }
  }
}

async function one_by_one({ open, tag }) {
  const client = await open();
  for (const [words, check] of mixed_commands(`${tag}-single`, 300)) check(await client.command(...words));
}

async function errors({ open, tag, error_class }) {
  const client = await open();
  const id = await client.command("CLIENT", "ID");
  await fails(client.command("GET", `broken:${tag}`), "load failed", error_class);
  await fails(client.command("MGET", `product:${tag}`, `broken:${tag}-2`), "load failed", error_class);
  await fails(client.command("LPUSH", "list", "a"), "needs an upstream Redis (upstream.url is not set", error_class);
  await fails(client.command("NOSUCH", "a"), "unknown command 'NOSUCH'", error_class);
  const [first, second, third, fourth, fifth] = await client.pipeline([["GET", `product:${tag}`], ["GET", `broken:${tag}-3`],
    ["SET", `own:${tag}`, "1"], ["LPUSH", "list", "a"], ["GET", `own:${tag}`]]);
  check_product(first, tag);
  for (const error of [second, fourth]) assert.ok(error instanceof error_class, String(error));
  assert.deepEqual([third, fifth], ["OK", "1"]);
  assert.equal(await client.command("CLIENT", "ID"), id);
}

async function strings({ open, tag }) {
  const c = await open();
  const key = `own:${tag}:s`;
  await c.command("DEL", key);
  assert.equal(await c.set(key, "1", { nx: true, seconds: 100 }), "OK");
  assert.equal(await c.set(key, "2", { nx: true }), null);
  assert.equal(await c.set(key, "2", { xx: true, get: true, keep: true }), "1");
  const ttl = await c.client.ttl(key);
  assert.ok(ttl > 0 && ttl <= 100, String(ttl));
  assert.equal(await c.set(`${key}:missing`, "2", { xx: true }), null);
  assert.equal(await c.client.incr(key), 3);
  assert.equal(await c.client.append(key, "!"), 2);
  assert.equal(await c.command("GETEX", key, "PERSIST"), "3!");
  assert.equal(await c.client.ttl(key), -1);
  assert.equal(Number(await c.client.expire(key, 50)), 1);
  assert.equal(Number(await c.client.persist(key)), 1);
  assert.equal(await c.command("GETDEL", key), "3!");
  assert.equal(await c.client.exists(key), 0);
  assert.equal(await c.client.ttl(key), -2);
}

async function scanning({ open, tag }) {
  const c = await open({ database: 6 });
  await c.command("FLUSHDB");
  const names = Array.from({ length: scanned }, (_, i) => `${tag}:${i}`);
  await c.pipeline(names.map((name) => ["SET", name, name]));
  assert.deepEqual([...new Set(await c.scan(`${tag}:*`))].sort(), [...names].sort());
  assert.equal(await c.client.exists([names[1], names[2], "none"]), 2);
  assert.equal(await c.client.del([names[1], "none"]), 1);
  assert.equal(await c.client.unlink([names[2]]), 1);
  assert.equal(await c.command("DBSIZE"), scanned - 2);
  assert.equal(await c.command("FLUSHDB"), "OK");
  assert.equal(await c.command("DBSIZE"), 0);
}

async function binary({ open, tag }) {
  const c = await open();
  const bytes = Buffer.from(Array.from({ length: 256 }, (_, i) => i));
  await c.client.set(`own:${tag}:bytes`, bytes);
  assert.ok(bytes.equals(await c.get_buffer(`own:${tag}:bytes`)));
}

async function tells_about_itself({ open }) {
  const c = await open();
  const info = await c.command("INFO");
  for (const field of ["redis_version:7.0.15", "loading:0", "cluster_enabled:0"]) assert.ok(info.includes(field), info);
  const list = await c.command("COMMAND", "LIST");
  for (const name of ["get", "mget", "set", "scan"]) assert.ok(list.includes(name), name);
}

export const cases = [connects, logs_in, reads_together, pipelines, one_by_one, errors, strings, scanning, binary,
  tells_about_itself];
