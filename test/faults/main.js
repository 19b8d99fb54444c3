'use strict';
// `npm run test:faults`: every operation with every fault, or a sample of them; a table, and 1 if anything was found.
//   --operation NAME    only operations whose name contains this (may be repeated)
//   --kind KIND         only faults of calls of this kind (may be repeated)
//   --fault FAULT       only this one, as a finding names it: 'sendmsg#3 fail ENOBUFS'
//   --sample N          so many faults of each operation, chosen by --seed (default 1)
//   --minutes M         begins no further fault after so long; what was not reached is counted
const { execFileSync, spawn } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const { parseArgs } = require('node:util');
const { Random } = require('../harness/random');
const { printTable } = require('../harness/table');
const { isKill, KINDS, nameOf, parseFault } = require('./kinds');
const { operations } = require('./operations');

const root = path.join(__dirname, '../..');
const OUTCOMES = ['clean', 'survived', 'killed', 'missed', 'leak', 'hang', 'unrepeatable', 'crash'];
const BAD = ['leak', 'hang', 'unrepeatable', 'crash'];

function options() {
  const { values } = parseArgs({
    options: {
      operation: { type: 'string', multiple: true, default: [''] },
      kind: { type: 'string', multiple: true },
      fault: { type: 'string' },
      sample: { type: 'string' },
      seed: { type: 'string', default: '1' },
      minutes: { type: 'string' },
    },
  });
  const unknown = values.kind?.find((kind) => !KINDS.includes(kind));
  if (unknown !== undefined) throw new Error(`--kind must be one of ${KINDS.join(', ')}, got '${unknown}'`);
  const exact = Object.keys(operations).filter((name) => values.operation.includes(name));
  const similar = Object.keys(operations).filter((name) =>
    values.operation.some((part) => name.includes(part)),
  );
  const chosen = exact.length > 0 ? exact : similar;
  if (chosen.length === 0)
    throw new Error(`--operation must be part of ${Object.keys(operations).join(', ')}`);
  return { ...values, chosen, end: Date.now() + 60_000 * Number(values.minutes ?? Infinity) };
}

/** Builds the injector, and makes the directory for the pages that workers share with it. */
function prepare() {
  const directory = path.join(root, 'out/faults');
  fs.rmSync(directory, { recursive: true, force: true });
  fs.mkdirSync(directory, { recursive: true });
  const injector = path.join(directory, 'injector.so');
  const flags = ['-shared', '-fPIC', '-O2', '-Wall', '-Wextra', '-Werror'];
  execFileSync('cc', [...flags, '-o', injector, path.join(__dirname, 'injector.c'), '-ldl'], {
    stdio: 'inherit',
  });
  return { directory, injector };
}

/** One session in a scratch host; `hear` gets all that it says, and answers what it is told. */
async function session(order, hear) {
  const child = spawn(
    path.join(root, 'scripts/scratch-host.sh'),
    [process.execPath, path.join(__dirname, 'session.js')],
    { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] },
  );
  child.send(order);
  let done;
  child.on('message', (message) => {
    if (message.done) done = message;
    else {
      const answer = hear(message);
      if (answer !== undefined) child.send(answer);
    }
  });
  const how = await new Promise((resolve) => {
    child.on('exit', (code, signal) => resolve(signal ?? code));
  });
  return done ? done.finding : { outcome: 'crash', detail: [`the judge ended: ${how}`] };
}

function choose(all, { kind, fault, sample, seed }, operation) {
  if (fault !== undefined) return [parseFault(fault)];
  const wanted = all.filter((one) => kind === undefined || kind.includes(one.kind));
  if (sample === undefined) return wanted;
  // Each operation has a sample of its own, whatever other operations are asked for.
  const own = [...operation].reduce((sum, letter) => Math.imul(sum, 31) + letter.charCodeAt(0), Number(seed));
  return new Random(own).sample(wanted, Number(sample));
}

class Tally {
  row;
  findings = [];

  constructor(operation) {
    this.operation = operation;
    this.row = { operation, faults: 0, hits: 0, kills: 0 };
    for (const outcome of OUTCOMES) this.row[outcome] = 0;
    this.row['not reached'] = 0;
  }

  count({ fault, outcome, detail, where, error }) {
    this.row.faults++;
    if (outcome !== 'missed' && outcome !== 'spoilt') this.row.hits++;
    if (isKill(fault) && outcome !== 'missed') this.row.kills++;
    this.row[outcome === 'spoilt' ? 'crash' : outcome]++;
    if (detail) this.find([fault], outcome, detail, where, error);
  }

  find(faults, outcome, detail, where, error) {
    const names = faults.map(nameOf);
    this.findings.push({ operation: this.operation, faults: names, outcome, detail, where, error });
    const at =
      names.length === 1 ? names[0] : names.length === 0 ? 'by itself' : `one of ${names.length} faults`;
    console.log(`\n${outcome.toUpperCase()} ${this.operation}: ${at}${where ? ` (${where})` : ''}`);
    if (error !== undefined) console.log(`  the call said: ${error.split('\n')[0]}`);
    for (const line of detail.slice(0, 12)) console.log(`  ${line.slice(0, 400)}`);
    if (detail.length > 12) console.log(`  and ${detail.length - 12} more`);
    if (faults.length === 1)
      console.log(`  npm run test:faults -- --operation '${this.operation}' --fault '${names[0]}'`);
  }
}

async function runOperation(operation, where, settings) {
  const tally = new Tally(operation);
  let todo;
  const part = () => todo.slice(0, settings.minutes === undefined ? todo.length : 100);
  do {
    const done = await runPart(todo && part(), {
      ...{ operation, where, tally },
      choose(all) {
        todo = choose(all, settings, operation);
        return part();
      },
    });
    todo = todo?.slice(done) ?? [];
  } while (todo.length > 0 && Date.now() < settings.end);
  tally.row['not reached'] = todo.length;
  return tally;
}

/** Answers how many faults are dealt with: all, or up to the first finding. Which they are is chosen now if not before. */
async function runPart(todo, { operation, where, tally, choose: chooseFrom, everySurvey = false }) {
  let done = 0;
  const hear = (message) => {
    if (message.faults) return (todo = chooseFrom(message.faults));
    done++;
    tally.count(message);
    return undefined;
  };
  const before = tally.findings.length;
  const late = await session({ where, operation, todo, everySurvey }, hear);
  if (late?.faults && !everySurvey) {
    // Seen by the tools only: each of them again, with a survey after each.
    const again = new Tally(operation);
    let left = late.faults;
    while (left.length > 0) {
      left = left.slice(await runPart(left, { operation, where, tally: again, everySurvey: true }));
    }
    if (again.findings.length === 0) again.find(late.faults, late.outcome, late.detail);
    for (const finding of again.findings) tally.row[finding.outcome]++;
    tally.findings.push(...again.findings);
  } else if (late) {
    tally.row[late.outcome]++;
    tally.find(late.faults ?? [], late.outcome, late.detail);
  }
  // A session that fails before its first fault would be begun again for ever.
  return done === 0 && tally.findings.length > before ? (todo?.length ?? 0) : done;
}

async function main() {
  const settings = options();
  const where = prepare();
  const began = Date.now();
  const tallies = [];
  for (const operation of settings.chosen) {
    if (Date.now() >= settings.end) break;
    const start = Date.now();
    const tally = await runOperation(operation, where, settings);
    tallies.push(tally);
    const { faults, hits } = tally.row;
    console.log(
      `${operation}: ${faults} faults, ${hits} met, ${tally.findings.length} findings, ${Date.now() - start} ms`,
    );
  }
  fs.writeFileSync(
    path.join(where.directory, 'findings.json'),
    JSON.stringify(
      tallies.flatMap(({ findings }) => findings),
      null,
      1,
    ),
  );
  printTable(
    'Faults',
    tallies.map(({ row }) => row),
  );
  const count = tallies.reduce(
    (sum, { row }) => sum + BAD.reduce((bad, outcome) => bad + row[outcome], 0),
    0,
  );
  const seconds = Math.round((Date.now() - began) / 1000);
  console.log(`${count} findings in ${seconds} s${count > 0 ? ', each in out/faults/findings.json' : ''}`);
  process.exitCode = count > 0 ? 1 : 0;
}

void main();
