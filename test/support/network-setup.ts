import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { nodeCommand } from './child';
import { eventually } from './process';
import { type Lab } from './lab';
import { scratchName } from './scratch';

/** A process that makes the network `setup` on a named host, with endpoints: test/programs/network-setup.js. */
export interface Setup {
  readonly child: ChildProcess;
  /** Resolves when the child says the word. */
  readonly said: (word: 'begin' | 'done' | 'collected') => Promise<void>;
}

interface SetupOptions {
  readonly lifetime?: 'process' | 'persistent';
  /** How many endpoints. */
  readonly count?: number;
  /** How it ends, if it is not killed. */
  readonly end?: 'close' | 'exit' | 'drop' | 'wait';
  readonly mode?: 'bridge' | 'routed';
}

export function startSetup(
  { host }: Pick<Lab, 'host'>,
  { lifetime = 'persistent', count = 2, end = 'wait', mode = 'bridge' }: SetupOptions = {},
): Setup {
  const args = [host.name ?? '', lifetime, scratchName(), String(count), end, mode];
  const [program = '', ...command] = nodeCommand('network-setup', args, ['--expose-gc']);
  const child = spawn(program, command, { stdio: ['ignore', 'pipe', 'inherit'] });
  const words = new Set<string>();
  createInterface(child.stdout).on('line', (line) => words.add(line));
  return { child, said: (word) => eventually(`the child says ${word}`, () => words.has(word)) };
}
