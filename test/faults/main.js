'use strict';
// `npm run test:faults`: every operation with every fault, or a sample of them; a table, and 1 if anything was found.
//   --operation NAME    only operations whose name contains this (may be repeated)
//   --kind KIND         only faults of calls of this kind (may be repeated)
//   --fault FAULT       only this one, as a finding names it: 'sendmsg#3 fail ENOBUFS'
//   --sample N          so many faults of each operation, chosen by --seed (default 1)
//   --jobs J            so many scratch hosts at once; default two for each processor
//   --minutes M         begins no further fault after so long; what was not reached is counted
const { execFileSync } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { parseArgs } = require('node:util');
const { Jobs } = require('../harness/jobs');
const { Random } = require('../harness/random');
const { printTable } = require('../harness/table');
const { Foreman } = require('./foreman');
const { KINDS, parseFault } = require('./kinds');
const { operations } = require('./operations');

const root = path.join(__dirname, '../..');
function options() {
  const { values } = parseArgs({
    options: {
      operation: { type: 'string', multiple: true, default: [''] },
      kind: { type: 'string', multiple: true },
      fault: { type: 'string' },
      sample: { type: 'string' },
      seed: { type: 'string', default: '1' },
      jobs: { type: 'string', default: String(2 * os.availableParallelism()) },
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
  return {
    ...values,
    chosen,
    end: values.minutes === undefined ? Number.MAX_VALUE : Date.now() + 60_000 * Number(values.minutes),
  };
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

function choose(all, { kind, fault, sample, seed }, operation) {
  if (fault !== undefined) return [parseFault(fault)];
  const wanted = all.filter((one) => kind === undefined || kind.includes(one.kind));
  if (sample === undefined) return wanted;
  // Each operation has a sample of its own, whatever other operations are asked for.
  const own = [...operation].reduce((sum, letter) => Math.imul(sum, 31) + letter.charCodeAt(0), Number(seed));
  return new Random(own).sample(wanted, Number(sample));
}

async function main() {
  const settings = options();
  const where = prepare();
  const began = Date.now();
  const foreman = new Foreman({
    ...{ where, end: settings.end, jobs: new Jobs(Number(settings.jobs)) },
    choose: (all, operation) => choose(all, settings, operation),
  });
  const tallies = await Promise.all(
    settings.chosen.map(async (operation) => {
      const tally = await foreman.run(operation);
      const { faults, hits } = tally.row;
      const seconds = Math.round((Date.now() - began) / 1000);
      console.log(
        `${operation}: ${faults} faults, ${hits} met, ${tally.findings.length} findings, after ${seconds} s`,
      );
      return tally;
    }),
  );
  const findings = tallies.flatMap((tally) => tally.findings);
  fs.writeFileSync(path.join(where.directory, 'findings.json'), JSON.stringify(findings, null, 1));
  printTable(
    'Faults',
    tallies.map(({ row }) => row),
  );
  const count = tallies.reduce((sum, { bad }) => sum + bad, 0);
  const seconds = Math.round((Date.now() - began) / 1000);
  console.log(`${count} findings in ${seconds} s${count > 0 ? ', each in out/faults/findings.json' : ''}`);
  process.exitCode = count > 0 ? 1 : 0;
}

void main();
