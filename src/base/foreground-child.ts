import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import os from 'node:os';
import tty from 'node:tty';

const PASSED_ON: readonly NodeJS.Signals[] = ['SIGTERM', 'SIGHUP', 'SIGUSR2'];
/** A terminal sends these to all that run in its foreground, and so to the child as well. */
const FROM_TERMINAL: readonly NodeJS.Signals[] = ['SIGINT', 'SIGQUIT'];

/**
 * Lets a child that has our standard descriptors stand for this process: signals are passed on to it, and this process
 * ends as it ended, by the same code or the same signal. Never resolves.
 */
export async function endAs(child: ChildProcess): Promise<never> {
  const pass = (signal: NodeJS.Signals): void => {
    child.kill(signal);
  };
  const ignore = (): void => undefined;
  const onTerminal = tty.isatty(0);
  for (const signal of PASSED_ON) process.on(signal, pass);
  for (const signal of FROM_TERMINAL) process.on(signal, onTerminal ? ignore : pass);
  const [code, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
  if (signal === null) process.exit(code ?? 1);
  process.removeAllListeners(signal);
  process.kill(process.pid, signal);
  // Node.js itself ignores some.
  process.exit(128 + os.constants.signals[signal]);
}
