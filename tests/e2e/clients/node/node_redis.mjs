// SPDX-License-Identifier: Apache-2.0
//
// node-redis behind the small interface that cases.mjs drives: connect, command, pipeline, close.
import { createClient, ErrorReply, RESP_TYPES } from "redis";

export const name = "node-redis";
export const error_class = ErrorReply;

export async function connect({ protocol, port, user, password, database, client_name }) {
  const client = createClient({
    RESP: protocol, username: user, password, database, name: client_name,
    socket: { host: "127.0.0.1", port, reconnectStrategy: false },
  });
  const problems = [];
  client.on("error", (error) => problems.push(error));
  await client.connect();
  const buffers = client.withTypeMapping({ [RESP_TYPES.BLOB_STRING]: Buffer });
  return {
    client,
    problems,
    command: (...words) => client.sendCommand(words.map(String)),
    // Commands of one turn of the event loop are sent together; an error is a value in its place.
    pipeline: async (commands) =>
      (await Promise.allSettled(commands.map((words) => client.sendCommand(words.map(String)))))
        .map(({ value, reason }) => reason ?? value),
    scan: async (pattern) => {
      const names = [];
      for await (const some of client.scanIterator({ MATCH: pattern, COUNT: 100 })) names.push(...[some].flat());
      return names;
    },
    set: (key, value, { seconds, nx, xx, get, keep } = {}) =>
      client.set(key, value, {
        ...(seconds && { expiration: { type: "EX", value: seconds } }), ...(keep && { expiration: "KEEPTTL" }),
        ...(nx && { condition: "NX" }), ...(xx && { condition: "XX" }), ...(get && { GET: true }),
      }),
    get_buffer: (key) => buffers.get(key),
    close: () => client.close(),
  };
}
