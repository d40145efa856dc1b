// SPDX-License-Identifier: Apache-2.0
//
// What both node clients do, each through its own methods: a library gives `connect(told, more)`, which makes a client with
// the methods used here.
import assert from "node:assert/strict";

const many = 1000;
const bytes = Buffer.from(Array.from({ length: 10240 }, (_, i) => i % 256));
export let checks = 0;

const check = (actual, expected) => {
  assert.deepEqual(actual, expected);
  ++checks;
};

async function fails(promise, text) {
  await assert.rejects(promise, (error) => error.message.includes(text));
  ++checks;
}

async function connects(c, { told, tag, connect }) {
  check(await c.command("PING"), "PONG");
  check(await c.command("CLIENT", "GETNAME"), told.name);
  check(await c.command("SET", `${tag}:here`, "x"), "OK");
  const other = await connect();
  check(await other.command("GET", `${tag}:here`), "x");
  if (told.database) {
    await other.command("SELECT", "0");
    check(await other.command("GET", `${tag}:here`), null);
  }
  await other.close();
}

async function pipelines(c, { tag }) {
  const numbers = Array.from({ length: many }, (_, i) => String(i));
  const replies = await c.pipeline(numbers.flatMap((i) => [["SET", `${tag}:pipe:${i}`, i], ["GET", `${tag}:pipe:${i}`]]));
  check(replies, numbers.flatMap((i) => ["OK", i]));
  check(await c.transaction(numbers.map(() => ["INCR", `${tag}:counter`])), numbers.map((i) => Number(i) + 1));
}

async function transactions(c, { tag, connect }) {
  const key = `${tag}:watched`;
  const other = await connect();
  await c.command("SET", key, "1");
  await c.watch(key);
  check(await c.transaction([["SET", key, "2"], ["GET", key]]), ["OK", "2"]);
  await c.watch(key);
  await other.command("SET", key, "10");
  check(await c.transaction([["SET", key, "3"]]), null);
  check(await c.command("GET", key), "10");
  await other.close();
}

async function pub_sub(c, { tag, connect }) {
  const listener = await connect();
  const heard = [];
  await listener.subscribe(`${tag}:news`, (channel, text) => heard.push([channel, text]));
  await listener.psubscribe(`${tag}:other:*`, (channel, text) => heard.push([channel, text]));
  const expected = [];
  for (let i = 0; i < 20; ++i) {
    check(await c.command("PUBLISH", `${tag}:news`, `text ${i}`), 1);
    check(await c.command("PUBLISH", `${tag}:other:${i}`, "other"), 1);
    expected.push([`${tag}:news`, `text ${i}`], [`${tag}:other:${i}`, "other"]);
  }
  for (let i = 0; heard.length < expected.length && i < 500; ++i) await new Promise((resolve) => setTimeout(resolve, 10));
  check(heard, expected);
  await listener.unsubscribe(`${tag}:news`);
  await listener.punsubscribe(`${tag}:other:*`);
  check(await c.command("PUBLISH", `${tag}:news`, "nobody"), 0);
  check(String(await listener.command("PING")), "PONG");
  await listener.close();
}

async function blocking(c, { tag, connect }) {
  const waiter = await connect();
  check(await waiter.command("BLPOP", `${tag}:queue`, "0.1"), null);
  for (const i of [0, 1, 2]) {
    const found = waiter.command("BLPOP", `${tag}:none`, `${tag}:queue`, "10");
    await c.command("RPUSH", `${tag}:queue`, `job ${i}`);
    check(await found, [`${tag}:queue`, `job ${i}`]);
  }
  await c.command("XADD", `${tag}:stream`, "1-1", "a", "1");
  check(JSON.stringify(await waiter.command("XREAD", "BLOCK", "100", "STREAMS", `${tag}:stream`, "0")).includes('"1-1",["a","1"]'), true);
  check(await waiter.command("XREAD", "BLOCK", "50", "STREAMS", `${tag}:stream`, "1-1"), null);
  await waiter.close();
}

async function scripts(c, { tag }) {
  check(await c.command("EVAL", "return {KEYS[1], ARGV[1], 3, redis.call('GET', KEYS[1])}", "1", `${tag}:none`, "x"),
    [`${tag}:none`, "x", 3, null]);
  const text = `return redis.call('INCRBY', KEYS[1], ARGV[1]) -- ${tag}`;
  const sha = (await import("node:crypto")).createHash("sha1").update(text).digest("hex");
  await fails(c.command("EVALSHA", sha, "1", `${tag}:n`, "5"), "NOSCRIPT");
  for (const expected of [5, 10, 15]) check(await c.script(text, [`${tag}:n`], ["5"]), expected);
  check(await c.command("EVALSHA", sha, "1", `${tag}:n`, "5"), 20);
}

async function scanning(c, { tag }) {
  const names = Array.from({ length: many }, (_, i) => `${tag}:scan:${i}`);
  await c.command("MSET", ...names.flatMap((name) => [name, name]));
  check([...new Set(await c.scan(`${tag}:scan:*`))].sort(), names.sort());
}

async function bytes_and_errors(c, { tag }) {
  check(await c.set_bytes(`${tag}:bytes`, bytes), "OK");
  check(bytes.equals(await c.get_bytes(`${tag}:bytes`)), true);
  await fails(c.command("LPUSH", `${tag}:here`, "x"), "WRONGTYPE");
  await fails(c.command("NOSUCH", "a"), "unknown command");
  const [first, error, last] = await c.pipeline([["GET", `${tag}:here`], ["INCR", `${tag}:here`], ["GET", `${tag}:here`]]);
  check([first, last], ["x", "x"]);
  check(error.message.includes("not an integer"), true);
}

export const cases = [connects, pipelines, transactions, pub_sub, blocking, scripts, scanning, bytes_and_errors];
