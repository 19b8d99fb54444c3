'use strict';
// `npm run test:model`: random orders to one process and to eight at once, compared with a model; 1 if they ever differ.
//   --operations N     of each of the two; default 25,000
//   --processes P      only so many at once
//   --seed S           default 1; of a difference the seed and a shorter trace are printed
//   --jobs J           so many scratch hosts at once; default two for each processor
//   --minutes M        ends in time
const os = require('node:os');
const path = require('node:path');
const { parseArgs } = require('node:util');
const { Jobs } = require('../harness/jobs');
const { inScratchHost } = require('../harness/scratch-host');
const { printTable } = require('../harness/table');
const { describe } = require('./orders');

/** Each session has a scratch host and processes of its own, so that a trace is short enough to read. */
const SESSION = 400;
const MOST_FINDINGS = 5;
/** Attempts to leave out parts of a trace, and how long they may take. */
const SHRINKS = 40;
const SHRINK_MS = 120_000;

async function session(order) {
  let result;
  const how = await inScratchHost(path.join(__dirname, 'session.js'), order, (message) => {
    result = message;
  });
  const counts = { orders: 0, acknowledged: 0, refused: 0, kills: 0 };
  return result ?? { counts, found: [`the session ended: ${how}`], last: [], trace: [] };
}

/** Leaves out ever smaller parts of the trace, as long as it still ends in a difference. */
async function shrink(trace, processes, end) {
  // What one process does one after another needs no rounds.
  let best = processes === 1 ? trace.flat().map((order) => [order]) : trace;
  let size = Math.ceil(best.length / 2);
  for (let turn = 0; turn < SHRINKS && size >= 1 && Date.now() < end;) {
    let smaller = false;
    // The last round is the one that differs.
    for (let start = 0; start < best.length - 1 && turn < SHRINKS && Date.now() < end; turn++) {
      const candidate = [...best.slice(0, start), ...best.slice(Math.min(start + size, best.length - 1))];
      const { found, trace: ran } = await session({ processes, trace: candidate });
      if (found.length > 0 && ran.length <= candidate.length) {
        best = ran;
        smaller = true;
      } else {
        start += size;
      }
    }
    if (!smaller) size = Math.floor(size / 2);
  }
  return best;
}

async function tell({ found, last, trace }, seed, processes, end) {
  console.log(`\nDIFFERENCE with ${processes} processes, seed ${seed}, after ${trace.length} rounds`);
  for (const line of found.slice(0, 12)) console.log(`  ${line.slice(0, 600)}`);
  console.log('  the last round:');
  for (const line of last) console.log(`    ${line}`);
  const shorter = await shrink(trace, processes, end);
  console.log(`  ${shorter.length} rounds that may lead to it:`);
  for (const orders of shorter.slice(-40)) console.log(`    ${orders.map(describe).join(' | ')}`);
  console.log(`  npm run test:model -- --processes ${processes} --seed ${seed} --operations ${SESSION}`);
}

/** So many orders to so many processes, in sessions. */
async function check({ processes, operations, seed, end, jobs }) {
  const sum = { processes, sessions: 0, orders: 0, acknowledged: 0, refused: 0, kills: 0, differences: 0 };
  const one = async (own, orders) => {
    if (Date.now() >= end || sum.differences >= MOST_FINDINGS) return;
    const result = await session({ processes, seed: own, orders });
    sum.sessions++;
    for (const [key, count] of Object.entries(result.counts)) sum[key] += count;
    if (result.found.length === 0) return;
    sum.differences++;
    await tell(result, own, processes, Math.min(end, Date.now() + SHRINK_MS));
  };
  const all = [];
  for (let begun = 0; begun < operations; begun += SESSION) {
    const orders = Math.min(SESSION, operations - begun);
    const own = seed + all.length;
    all.push(jobs.add(() => one(own, orders)));
  }
  await Promise.all(all);
  return sum;
}

async function main() {
  const began = Date.now();
  const { values } = parseArgs({
    options: {
      operations: { type: 'string', default: '25000' },
      processes: { type: 'string', multiple: true, default: ['1', '8'] },
      seed: { type: 'string', default: '1' },
      jobs: { type: 'string', default: String(2 * os.availableParallelism()) },
      minutes: { type: 'string' },
    },
  });
  const [operations, seed, minutes] = [values.operations, values.seed, values.minutes ?? Infinity].map(
    Number,
  );
  const jobs = new Jobs(Number(values.jobs));
  const rows = [];
  for (const [index, processes] of values.processes.map(Number).entries()) {
    const left = values.processes.length - index;
    const end = Date.now() + (began + 60_000 * minutes - Date.now()) / left;
    rows.push(await check({ processes, operations, seed, end, jobs }));
  }
  printTable('Model', rows);
  const count = rows.reduce((sum, { differences }) => sum + differences, 0);
  console.log(`${count} differences in ${Math.round((Date.now() - began) / 1000)} s`);
  process.exitCode = count > 0 ? 1 : 0;
}

void main();
