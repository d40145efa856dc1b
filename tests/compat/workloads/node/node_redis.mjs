// SPDX-License-Identifier: Apache-2.0
//
// node-redis behind the methods that cases.mjs uses.
import { createClient, defineScript, RESP_TYPES, WatchError } from "redis";
import { trust, where } from "./where.mjs";

function script_of(tag) {
  return defineScript({
    SCRIPT: `return redis.call('INCRBY', KEYS[1], ARGV[1]) -- ${tag}`, NUMBER_OF_KEYS: 1,
    parseCommand(parser, key, by) { parser.pushKey(key); parser.push(by); },
    transformReply: (reply) => reply,
  });
}

export async function connect(told) {
  const client = createClient({
    socket: { ...where(told), ...(told.tls && { tls: true, ...trust(told) }) }, database: told.database,
    ...(told.name && { name: told.name }), ...(told.protocol && { RESP: told.protocol }), scripts: { counted: script_of(told.tag) },
  });
  client.on("error", (error) => console.error(error));
  await client.connect();
  const buffers = client.withTypeMapping({ [RESP_TYPES.BLOB_STRING]: Buffer });
  return {
    command: (...words) => client.sendCommand(words),
    pipeline: async (commands) =>
      (await Promise.allSettled(commands.map((words) => client.sendCommand(words)))).map(({ value, reason }) => reason ?? value),
    transaction: async (commands) => {
      const multi = client.multi();
      for (const words of commands) multi.addCommand(words);
      return multi.exec().catch((error) => {
        if (error instanceof WatchError) return null;
        throw error;
      });
    },
    watch: (key) => client.watch(key),
    subscribe: (channel, heard) => client.subscribe(channel, (text, from) => heard(from, text)),
    psubscribe: (pattern, heard) => client.pSubscribe(pattern, (text, from) => heard(from, text)),
    unsubscribe: (channel) => client.unsubscribe(channel),
    punsubscribe: (pattern) => client.pUnsubscribe(pattern),
    script: (text, keys, words) => client.counted(...keys, ...words),
    scan: async (pattern) => {
      const names = [];
      for await (const some of client.scanIterator({ MATCH: pattern, COUNT: 100 })) names.push(...[some].flat());
      return names;
    },
    set_bytes: (key, value) => client.set(key, value),
    get_bytes: (key) => buffers.get(key),
    close: () => client.close(),
  };
}
