/** The work of the peers by the library: `ours N X [anonymous]`, see contenders.ts. */
import { once } from 'node:events';
import { Network } from 'netloom';

const [count = '', subnet = '', word] = process.argv.slice(2);
const n = Number(count);

async function main(): Promise<void> {
  const start = performance.now();
  const network = await Network.create({
    name: 'bench',
    subnet: `10.${subnet}.0.0/16`,
    nat: false,
    ...(word !== 'anonymous' && { lifetime: 'persistent', bridge: 'pbnl-br' }),
  });
  const names = Array.from({ length: n }, (_, index) => `pb-nl${index + 1}`);
  await network.attachMany(word === 'anonymous' ? n : names);
  const created = performance.now();
  for (const { netns } of network.endpoints) console.log(`INSIDE /proc/${process.pid}/fd/${netns.fd}`);
  console.log(`CREATE ${((created - start) * 1000).toFixed(0)} us`);
  await once(process.stdin, 'data');
  const end = performance.now();
  await network.delete();
  console.log(`DESTROY ${((performance.now() - end) * 1000).toFixed(0)} us`);
  process.stdin.destroy();
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
