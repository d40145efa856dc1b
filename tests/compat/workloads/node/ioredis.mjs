// SPDX-License-Identifier: Apache-2.0
//
// ioredis behind the methods that cases.mjs uses.
import Redis from "ioredis";
import { trust, where } from "./where.mjs";

export async function connect(told) {
  const client = new Redis({
    ...where(told), ...(told.tls && { tls: trust(told) }), db: told.database,
    ...(told.name && { connectionName: told.name }), ...(told.protocol && { protocol: told.protocol }),
  });
  client.defineCommand("counted", { numberOfKeys: 1, lua: `return redis.call('INCRBY', KEYS[1], ARGV[1]) -- ${told.tag}` });
  return {
    command: (...words) => client.call(...words),
    pipeline: async (commands) =>
      (await client.pipeline(commands.map((words) => ["call", ...words])).exec()).map(([error, value]) => error ?? value),
    transaction: async (commands) => {
      const replies = await client.multi(commands.map(([name, ...words]) => [name.toLowerCase(), ...words])).exec();
      return replies && replies.map(([error, value]) => error ?? value);
    },
    watch: (key) => client.watch(key),
    subscribe: async (channel, heard) => {
      client.on("message", heard);
      await client.subscribe(channel);
    },
    psubscribe: async (pattern, heard) => {
      client.on("pmessage", (_, channel, text) => heard(channel, text));
      await client.psubscribe(pattern);
    },
    unsubscribe: (channel) => client.unsubscribe(channel),
    punsubscribe: (pattern) => client.punsubscribe(pattern),
    script: (text, keys, words) => client.counted(...keys, ...words),
    scan: async (pattern) => {
      const names = [];
      for await (const some of client.scanStream({ match: pattern, count: 100 })) names.push(...some);
      return names;
    },
    set_bytes: (key, value) => client.set(key, value),
    get_bytes: (key) => client.getBuffer(key),
    close: () => client.quit(),
  };
}
