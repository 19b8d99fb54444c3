import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import os from 'node:os';
import tty from 'node:tty';

const PASSED_ON: readonly NodeJS.Signals[] = ['SIGTERM', 'SIGHUP', 'SIGUSR2'];
/** A terminal sends these signals to the whole foreground process group, so the child receives them as well. */
const FROM_TERMINAL: readonly NodeJS.Signals[] = ['SIGINT', 'SIGQUIT'];

/**
 * Starts a child that inherits our standard descriptors and takes the place of this process: signals are forwarded to
 * it, and this process exits with the same code or signal. Never resolves. Rejects if the child cannot be started.
 *
 * Signals are caught before the child starts. A signal between the start and the first listener would end this process
 * alone and leave the child running.
 */
export async function exitAs(start: () => ChildProcess | Promise<ChildProcess>): Promise<never> {
  const running: { child?: ChildProcess } = {};
  const early: NodeJS.Signals[] = [];
  const pass = (signal: NodeJS.Signals): void => {
    if (running.child) running.child.kill(signal);
    else early.push(signal);
  };
  const ignore = (): void => undefined;
  const onTerminal = tty.isatty(0);
  for (const signal of PASSED_ON) process.on(signal, pass);
  for (const signal of FROM_TERMINAL) process.on(signal, onTerminal ? ignore : pass);
  const started = start();
  // No await for a ChildProcess: its 'error' event could fire before a listener is attached.
  const child = started instanceof Promise ? await started : started;
  running.child = child;
  for (const signal of early) child.kill(signal);
  const [code, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null];
  if (signal === null) process.exit(code ?? 1);
  process.removeAllListeners(signal);
  process.kill(process.pid, signal);
  // Node.js ignores some signals itself.
  process.exit(128 + os.constants.signals[signal]);
}
