// SPDX-License-Identifier: Apache-2.0
//
// ioredis behind the small interface that cases.mjs drives: connect, command, pipeline, close.
import Redis, { ReplyError } from "ioredis";

export const name = "ioredis";
export const error_class = ReplyError;

export async function connect({ protocol, port, user, password, database = 0, client_name }) {
  const client = new Redis({
    host: "127.0.0.1", port, protocol, lazyConnect: true, retryStrategy: null, maxRetriesPerRequest: 0,
    db: database, username: user, password, connectionName: client_name,
  });
  const problems = [];
  client.on("error", (error) => problems.push(error));
  try {
    await client.connect();
  } catch (error) {
    client.disconnect();
    throw problems[0] ?? error;
  }
  return {
    client,
    problems,
    command: (...words) => client.call(...words),
    // One write for all; an error is a value in its place.
    pipeline: async (commands) =>
      (await client.pipeline(commands.map((words) => ["call", ...words])).exec()).map(([error, value]) => error ?? value),
    scan: async (pattern) => {
      const names = [];
      for await (const some of client.scanStream({ match: pattern, count: 100 })) names.push(...some);
      return names;
    },
    set: (key, value, { seconds, nx, xx, get, keep } = {}) =>
      client.set(key, value, ...(seconds ? ["EX", seconds] : []), ...(keep ? ["KEEPTTL"] : []), ...(nx ? ["NX"] : []),
        ...(xx ? ["XX"] : []), ...(get ? ["GET"] : [])),
    get_buffer: (key) => client.getBuffer(key),
    close: () => client.quit(),
  };
}
