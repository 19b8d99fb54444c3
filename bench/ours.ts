/** The work of the peers by the library, for each further line again: `ours N X [routed]`, see contenders.ts. */
import fs from 'node:fs';
import readline from 'node:readline';
import { Network } from 'netloom';

const [count = '', subnet = '', word] = process.argv.slice(2);
const n = Number(count);
/** Anonymous namespaces in any number, instead of named ones on one bridge. */
const isRouted = word === 'routed';

/** What its threads keep open for the next call. */
const OF_THE_LIBRARY = 16;

function descriptors(): number {
  return fs.readdirSync('/proc/self/fd').length;
}

async function main(): Promise<void> {
  const input = readline.createInterface({ input: process.stdin })[Symbol.asyncIterator]();
  do await once(input);
  while ((await input.next()).done !== true);
}

async function once(input: AsyncIterator<string>): Promise<void> {
  const before = descriptors();
  const start = performance.now();
  const network = await Network.create({
    name: 'bench',
    subnet: `10.${subnet}.0.0/16`,
    nat: false,
    ...(isRouted ? { mode: 'routed' } : { lifetime: 'persistent', bridge: 'pbnl-br' }),
  });
  const names = Array.from({ length: n }, (_, index) => `pb-nl${index + 1}`);
  await network.attachMany(isRouted ? n : names);
  const created = performance.now();
  for (const { netns } of network.endpoints) console.log(`INSIDE /proc/${process.pid}/fd/${netns.fd}`);
  console.log(`CREATE ${((created - start) * 1000).toFixed(0)} us`);
  await input.next();
  const end = performance.now();
  await network.delete();
  console.log(`DESTROY ${((performance.now() - end) * 1000).toFixed(0)} us`);
  const left = descriptors() - before;
  if (left > OF_THE_LIBRARY) throw new Error(`${left} descriptors are left open`);
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
