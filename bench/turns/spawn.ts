/** A process in a namespace against one without: `spawn CONTENDER N`. */
import { type ChildProcess, spawn as spawnPlain } from 'node:child_process';
import { once } from 'node:events';
import { NetworkNamespace } from 'netloom';
import { OURS } from '../sample';
import { report, turn } from './host';

async function spawn(contender = '', count = ''): Promise<void> {
  const netns = await NetworkNamespace.create('pb-spawn');
  const options = { stdio: 'ignore' } as const;
  const start =
    contender === OURS
      ? (): ChildProcess => netns.spawn('true', [], options)
      : (): ChildProcess => spawnPlain('true', [], options);
  for (let k = 0; k < Number(count); k++) {
    const before = performance.now();
    const [code] = (await once(start(), 'exit')) as [number | null];
    if (code !== 0) throw new Error(`true ended with ${String(code)}`);
    report({ metric: 'spawn to exit', unit: 'us', value: (performance.now() - before) * 1000 });
  }
  await netns.delete();
}

turn(spawn);
