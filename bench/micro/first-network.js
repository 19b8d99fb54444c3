// What a young process waits for, with the library's compiled code and without: until the library is loaded, and until its
// first network stands. Processes of both kinds in turns.
// Makes networks: run it inside scripts/scratch-host.sh, as `node bench/micro/first-network.js [N]`.
'use strict';
const { execFileSync } = require('node:child_process');
const path = require('node:path');

const count = Number(process.argv[2] ?? 15);
const dist = path.join(__dirname, '../../dist');
const KINDS = {
  'compiled code': `require(${JSON.stringify(dist)})`,
  'source alone': `require(${JSON.stringify(`${dist}/netloom.js`)}).index`,
};

function measure(library) {
  const script = `
    const { Network } = ${library};
    const loaded = performance.now();
    Network.create({ name: 'first', subnet: '10.101.0.0/24', lifetime: 'persistent' }).then(async (network) => {
      console.log(JSON.stringify([loaded, performance.now() - loaded]));
      await network.delete();
    });`;
  return JSON.parse(execFileSync(process.execPath, ['-e', script], { encoding: 'utf8' }));
}

function median(values) {
  return values.sort((a, b) => a - b)[values.length >> 1];
}

const times = Object.fromEntries(Object.keys(KINDS).map((kind) => [kind, []]));
for (let round = 0; round < count; round++) {
  for (const [kind, library] of Object.entries(KINDS)) times[kind].push(measure(library));
}
for (const [kind, pairs] of Object.entries(times)) {
  const [loaded, created] = [0, 1].map((index) => median(pairs.map((pair) => pair[index])).toFixed(1));
  console.log(`${kind.padEnd(16)} loaded after ${loaded} ms, then the first network after ${created} ms`);
}
