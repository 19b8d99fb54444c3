'use strict';
// One target for so many seconds, in this process: `node run.js TARGET SECONDS SEED`. Its last line is a summary in JSON.
const fs = require('node:fs');
const path = require('node:path');
const { Random } = require('../harness/random');

/** One input takes this long at most, on a busy machine. */
const LONGEST_MS = 10_000;
const MOST_FINDINGS = 20;

async function main() {
  const [, , name, seconds, seed] = process.argv;
  const target = require(path.join(__dirname, 'targets', name));
  const findings = new Map();
  let current = 'the start';
  // Of a process that hangs or crashes the file tells the input.
  const file = path.join(__dirname, '../../out/fuzz', `${name}.input`);
  fs.mkdirSync(path.dirname(file), { recursive: true });
  const trail = fs.openSync(file, 'w');
  const note = (what) => {
    const key = what.split('\n').slice(0, 3).join(' ').slice(0, 300);
    if (findings.size < MOST_FINDINGS && !findings.has(key)) {
      findings.set(key, current);
      console.log(`FINDING ${name}: ${key}\n  input: ${current.slice(0, 600)}`);
    }
  };
  process.on('unhandledRejection', (error) => note(`unhandled rejection: ${String(error?.stack ?? error)}`));
  process.on('uncaughtException', (error) => note(`uncaught exception: ${String(error?.stack ?? error)}`));
  const inherited = () => Reflect.ownKeys(Object.prototype).length;
  const before = inherited();
  let runs = 0;
  let slowest = 0;
  let end = Infinity;
  for await (const { input, check } of target(new Random(Number(seed)))) {
    // What the target prepares takes no time from the search.
    if (end === Infinity) end = Date.now() + 1000 * Number(seconds);
    current = input;
    fs.writeSync(trail, `${input}\n`, 0);
    const start = performance.now();
    try {
      const problem = await check();
      if (problem !== undefined) note(problem);
    } catch (error) {
      note(String(error?.stack ?? error));
    }
    const took = performance.now() - start;
    slowest = Math.max(slowest, took);
    if (took > LONGEST_MS) note('takes too long');
    if (inherited() !== before) note('Object.prototype has grown');
    runs++;
    if (Date.now() >= end || findings.size >= MOST_FINDINGS) break;
  }
  console.log(JSON.stringify({ runs, slowest: Math.round(slowest), findings: findings.size }));
  process.exit(findings.size > 0 ? 1 : 0);
}

void main();
