// SPDX-License-Identifier: Apache-2.0
//
// BullMQ: jobs from one process, worked off by another; delayed, retried and repeated ones.
// `bullmq.mjs` starts `bullmq.mjs work` by itself.
import assert from "node:assert/strict";
import { fork } from "node:child_process";
import { FlowProducer, Queue, QueueEvents, Worker } from "bullmq";
import { trust, where } from "./where.mjs";

const told = JSON.parse(process.env.WORKLOAD);
const jobs = 100;
const name = `jobs-${told.tag}`;
const connection = () => ({
  ...where(told), ...(told.tls && { tls: trust(told) }), db: told.database,
  ...(told.protocol && { protocol: told.protocol }), maxRetriesPerRequest: null,
});

function work() {
  const worker = new Worker(name, async (job) => {
    if (job.name === "fails once" && job.attemptsMade === 0) throw new Error("on purpose");
    return job.data.number * 2;
  }, { connection: connection(), concurrency: 5 });
  worker.on("error", (error) => console.error(error));
  process.on("message", async () => {
    await worker.close();
    process.exit(0);
  });
}

async function produce() {
  const child = fork(new URL(import.meta.url).pathname, ["work"]);
  let checks = 0;
  try {
    const queue = new Queue(name, { connection: connection() });
    const events = new QueueEvents(name, { connection: connection() });
    await events.waitUntilReady();
    const added = await queue.addBulk(Array.from({ length: jobs }, (_, number) => ({ name: "double", data: { number } })));
    added.push(await queue.add("fails once", { number: jobs }, { attempts: 2, backoff: { type: "fixed", delay: 10 } }));
    added.push(await queue.add("later", { number: jobs + 1 }, { delay: 50, priority: 3 }));
    for (const [number, job] of added.entries()) {
      assert.equal(await job.waitUntilFinished(events, 30000), number * 2);
      ++checks;
    }
    const flow = new FlowProducer({ connection: connection() });
    const tree = await flow.add({ name: "parent", queueName: name, data: { number: 7 },
      children: [1, 2, 3].map((number) => ({ name: "child", queueName: name, data: { number } })) });
    assert.equal(await tree.job.waitUntilFinished(events, 30000), 14);
    assert.deepEqual(Object.values(await tree.job.getChildrenValues()).sort(), [2, 4, 6]);
    const counts = await queue.getJobCounts("completed", "failed", "waiting", "active", "delayed");
    assert.deepEqual(counts, { completed: jobs + 6, failed: 0, waiting: 0, active: 0, delayed: 0 });
    await queue.obliterate({ force: true });
    await Promise.all([flow.close(), events.close(), queue.close()]);
    console.log(`${checks + 3} checks`);
  } finally {
    child.send("end");
  }
}

await (process.argv[2] === "work" ? work() : produce());
