// SPDX-License-Identifier: Apache-2.0
//
// Runs the cases with the library that is named.
import { cases, checks } from "./cases.mjs";

const told = JSON.parse(process.env.WORKLOAD);
const library = await import(`./${process.argv[2]}.mjs`);
const connect = () => library.connect(told);
const client = await connect();
for (const run of cases) await run(client, { told, tag: told.tag, connect });
await client.close();
console.log(`${checks} checks`);
