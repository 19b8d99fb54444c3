'use strict';
// `npm run test:model`: random orders to one process and to eight at once, compared with a model; 1 if they ever differ.
//   --operations N     of each of the two; default 25,000
//   --processes P      only so many at once
//   --seed S           default 1; of a difference the seed and a shorter trace are printed
//   --minutes M        ends in time
const { spawn } = require('node:child_process');
const path = require('node:path');
const { parseArgs } = require('node:util');
const { printTable } = require('../harness/table');
const { describe } = require('./orders');

const root = path.join(__dirname, '../..');
/** Each session has a scratch host and processes of its own, so that a trace is short enough to read. */
const SESSION = 400;
const MOST_FINDINGS = 5;
/** Attempts to leave out parts of a trace. */
const SHRINKS = 40;

function session(order) {
  const file = path.join(__dirname, 'session.js');
  const child = spawn(path.join(root, 'scripts/scratch-host.sh'), [process.execPath, file], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  child.send(order);
  return new Promise((resolve) => {
    child.once('message', resolve);
    child.once('exit', (code, signal) =>
      resolve({
        counts: { orders: 0, acknowledged: 0, refused: 0, kills: 0 },
        found: [`the session ended: ${signal ?? code}`],
        last: [],
        trace: [],
      }),
    );
  });
}

/** Leaves out ever smaller parts of the trace, as long as it still ends in a difference. */
async function shrink(trace, processes, end) {
  let best = trace;
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

async function check(processes, operations, seed, end) {
  const sum = { processes, sessions: 0, orders: 0, acknowledged: 0, refused: 0, kills: 0, differences: 0 };
  while (sum.orders < operations && Date.now() < end && sum.differences < MOST_FINDINGS) {
    const own = seed + sum.sessions++;
    const left = Math.min(SESSION, operations - sum.orders);
    const result = await session({ processes, seed: own, rounds: Math.ceil(left / processes) });
    for (const [key, count] of Object.entries(result.counts)) sum[key] += count;
    if (result.found.length === 0) continue;
    sum.differences++;
    await tell(result, own, processes, Math.min(end, Date.now() + 300_000));
    if (result.counts.orders === 0) break;
  }
  return sum;
}

async function main() {
  const { values } = parseArgs({
    options: {
      operations: { type: 'string', default: '25000' },
      processes: { type: 'string', multiple: true, default: ['1', '8'] },
      seed: { type: 'string', default: '1' },
      minutes: { type: 'string' },
    },
  });
  const rows = [];
  const total = 60_000 * Number(values.minutes ?? Infinity);
  for (const processes of values.processes.map(Number)) {
    const end = Date.now() + total / values.processes.length;
    rows.push(await check(processes, Number(values.operations), Number(values.seed), end));
  }
  printTable('Model', rows);
  const count = rows.reduce((sum, { differences }) => sum + differences, 0);
  console.log(`${count} differences`);
  process.exitCode = count > 0 ? 1 : 0;
}

void main();
