// What each piece of machinery for speed saves: the line of work that it is for, with all of them and without that one, by
// fresh processes in turns. Prints medians of the elapsed time, and of the processor time of all threads.
// Makes networks: run it inside scripts/scratch-host.sh, as `node bench/micro/without.js [ROUNDS] [PIECE …]`.
'use strict';
const { execFileSync } = require('node:child_process');
const path = require('node:path');

const dist = path.join(__dirname, '../../dist');
const SUBNET = '10.101.0.0/16';
const names = (count) => Array.from({ length: count }, (_, index) => `e${index}`);

/** Lines of work. Only `run` is measured; `end` removes what the two made, for the next process. */
const LINES = {
  '1,000 bridged, made': {
    prepare: ({ Network }) => Network.create({ name: 'line', subnet: SUBNET, nat: false }),
    run: (network) => network.attachMany(1000),
    end: (network) => network.delete(),
  },
  '200 bridged, one after the other': {
    prepare: ({ Network }) => Network.create({ name: 'line', subnet: SUBNET, nat: false }),
    run: async (network) => {
      for (const name of names(200)) await network.attach(name);
    },
    end: (network) => network.delete(),
  },
  '2,000 requests, one after the other': {
    prepare: ({ NetworkNamespace }) => NetworkNamespace.create(),
    run: async ({ rtnl }) => {
      for (let count = 0; count < 2000; count++) await rtnl.link.get({ index: 1 });
    },
    end: (netns) => netns.delete(),
  },
  '1,000 links, listed 10 times': {
    prepare: async ({ NetworkNamespace }) => {
      const netns = await NetworkNamespace.create();
      const added = await netns.rtnl.batch((batch) => {
        for (const ifname of names(500)) batch.link.add({ ifname, kind: 'veth' });
      });
      for (const { ok, error } of added) if (!ok) throw error;
      return netns;
    },
    run: async ({ rtnl }) => {
      for (let count = 0; count < 10; count++) await rtnl.link.list();
    },
    end: (netns) => netns.delete(),
  },
  '1,000 ports, published first': {
    prepare: async ({ Network, NetworkNamespace }) => {
      const host = await NetworkNamespace.create();
      const network = await Network.create({ name: 'line', subnet: SUBNET, host });
      const to = await network.attach('server');
      const rule = { hostAddress: '0.0.0.0', to, port: 80 };
      return { network, rules: names(1000).map((_, index) => ({ ...rule, hostPort: 20_000 + index })) };
    },
    run: ({ network, rules }) => network.publishMany(rules),
    end: ({ network }) => network.delete(),
  },
  'a young process: the first network': {
    fromStart: true,
    prepare: (library) => library,
    run: ({ Network }) => Network.create({ name: 'line', subnet: SUBNET, lifetime: 'persistent' }),
    end: (_, network) => network.delete(),
  },
};

/** The lines that a piece is for. */
const PIECES = {
  templates: ['1,000 bridged, made', '200 bridged, one after the other'],
  layouts: ['1,000 links, listed 10 times'],
  elements: ['1,000 ports, published first'],
  prefetch: ['1,000 bridged, made'],
  spin: ['2,000 requests, one after the other', '200 bridged, one after the other'],
  'code-cache': ['a young process: the first network'],
};

/** In a process of its own: prints the milliseconds that a line took, and those of the processors. */
async function work(name) {
  const { fromStart, prepare, run, end } = LINES[name];
  const subject = await prepare(require(dist));
  const [time, processor] = fromStart ? [0, undefined] : [performance.now(), process.cpuUsage()];
  const result = await run(subject);
  const elapsed = performance.now() - time;
  const { user, system } = process.cpuUsage(processor);
  console.log(JSON.stringify([elapsed, (user + system) / 1000]));
  await end(subject, result);
  process.exit();
}

function measure(line, without) {
  const env = { ...process.env, NETLOOM_WITHOUT: without };
  return JSON.parse(execFileSync(process.execPath, [__filename, '--line', line], { encoding: 'utf8', env }));
}

function median(values) {
  return values.sort((a, b) => a - b)[values.length >> 1];
}

function compare(piece, line, rounds) {
  const times = { with: [], without: [] };
  for (let round = 0; round < rounds; round++) {
    times.with.push(measure(line, ''));
    times.without.push(measure(line, piece));
  }
  const [elapsed, processor] = [0, 1].map((index) =>
    Object.fromEntries(
      Object.entries(times).map(([kind, all]) => [kind, median(all.map((both) => both[index]))]),
    ),
  );
  const row = (unit, { with: own, without }) =>
    `${unit} ${own.toFixed(1)} ms, without ${without.toFixed(1)} ms: saves ${(100 * (1 - own / without)).toFixed(0)} %`;
  console.log(`${piece}: ${line}: ${row('elapsed', elapsed)}; ${row('processor', processor)}`);
}

if (process.argv[2] === '--line') void work(process.argv[3]);
else {
  const [rounds = 9, ...only] = process.argv.slice(2);
  for (const [piece, lines] of Object.entries(PIECES)) {
    if (only.length > 0 && !only.includes(piece)) continue;
    for (const line of lines) compare(piece, line, Number(rounds));
  }
}
