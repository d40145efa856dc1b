// SPDX-License-Identifier: Apache-2.0
//
// Runs every case with every client library and protocol; prints one JSON object a line: name, good, note.
import { cases } from "./cases.mjs";
import * as ioredis from "./ioredis.mjs";
import * as node_redis from "./node_redis.mjs";

const case_milliseconds = 60_000;
const settings = JSON.parse(process.env.HERDGATE_TEST);

async function run(library, protocol, test) {
  const name = `${library.name} RESP${protocol ?? " default"}: ${test.name}`;
  if (!name.includes(settings.only)) return;
  const opened = [];
  const open = async (options = {}) => {
    const client = await library.connect({ protocol, port: settings.port, ...options });
    opened.push(client);
    return client;
  };
  const tag = `${library.name}-${protocol}-${test.name}`;
  const begin = performance.now();
  let timer;
  const late = new Promise((_, reject) => { timer = setTimeout(() => reject(new Error("too late")), case_milliseconds); });
  try {
    const context = { open, tag, settings, protocol: protocol ?? 3, error_class: library.error_class };
    await Promise.race([test(context), late]);
    console.log(JSON.stringify({ name, good: true, note: `${((performance.now() - begin) / 1000).toFixed(2)} s` }));
  } catch (error) {
    console.log(JSON.stringify({ name, good: false, note: String(error.stack ?? error) }));
  } finally {
    clearTimeout(timer);
    await Promise.allSettled(opened.map((client) => client.close()));
  }
}

for (const library of [ioredis, node_redis])
  for (const protocol of [undefined, 2, 3])
    for (const test of cases) await run(library, protocol, test);
process.exit(0);
