'use strict';
// Which files of src/ a call enters: those with a function that runs during the call. What runs while a module is loaded
// is not counted. Prints the functions as JSON, by file, of the shortest of several walks: others meet a timer.
//   walk.js attach HOST          one more attach('web') to a bridge network of the lifetime process
//   walk.js gc HOST...           gc() on a host with a dead network; the first host is only to warm up
const fs = require('node:fs');
const { Session } = require('node:inspector/promises');
const path = require('node:path');
const { setTimeout: sleep } = require('node:timers/promises');
const { fileURLToPath } = require('node:url');

// One file for each of src/; dist/ is one script.
const MODULES = path.join(__dirname, '../../dist-modules');
// As many as steps need to become templates, and their messages as well.
const WARM = 20;
const WALKS = 5;
// What the network's host is told of its new devices has been dealt with by then.
const REST_MS = 300;

const session = new Session();
session.connect();

/** Runs `call` and answers the functions that ran meanwhile, by file. */
async function walk(call) {
  // Sets the counters to zero.
  await session.post('Profiler.takePreciseCoverage');
  await call();
  const { result } = await session.post('Profiler.takePreciseCoverage');
  return Object.fromEntries(result.map(ranIn).filter(([, functions]) => functions.length > 0));
}

function ranIn({ url, functions }) {
  const file = url.startsWith('file:') ? path.relative(MODULES, fileURLToPath(url)) : '..';
  if (file.startsWith('..')) return [file, []];
  const { size } = fs.statSync(fileURLToPath(url));
  const isModule = ({ startOffset, endOffset }) => startOffset === 0 && endOffset === size;
  const ran = functions.filter(({ ranges: [whole] }) => whole.count > 0 && !isModule(whole));
  return [file.replace(/\.js$/, '.ts'), ran.map(({ functionName }) => functionName || '(anonymous)')];
}

function shortest(walks) {
  return walks.reduce((a, b) => (Object.keys(b).length < Object.keys(a).length ? b : a));
}

const CALLS = {
  async attach({ Network }, [host]) {
    const network = await Network.create({ name: 'walk', subnet: '10.66.9.0/24', host });
    for (let index = 0; index < WARM; index++) await network.attach(`warm${index}`);
    const walks = [];
    while (walks.length < WALKS) {
      await sleep(REST_MS);
      let endpoint;
      walks.push(await walk(async () => (endpoint = await network.attach('web'))));
      await network.detach(endpoint);
    }
    await network.delete();
    return shortest(walks);
  },
  async gc({ gc }, [first, ...hosts]) {
    await gc({ host: first });
    const walks = [];
    for (const host of hosts) walks.push(await walk(() => gc({ host })));
    return shortest(walks);
  },
};

async function main([name, ...hosts]) {
  await session.post('Profiler.enable');
  // Before anything is loaded: a function that was compiled earlier may have no counter.
  await session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: false });
  const library = require(MODULES);
  const opened = await Promise.all(hosts.map((host) => library.NetworkNamespace.open(host)));
  console.log(JSON.stringify(await CALLS[name](library, opened)));
}

void main(process.argv.slice(2));
