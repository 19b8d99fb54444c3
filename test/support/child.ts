import { spawn, type ChildProcess, type SpawnOptions } from 'node:child_process';
import { on, once } from 'node:events';
import path from 'node:path';

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * The command that runs a child script with the built library, as a user's program does. Under a sanitizer Node needs
 * its runtime preloaded; the tools that tests start must not have it, so that it is not in the environment.
 */
export function nodeCommand(
  name: string,
  args: readonly string[] = [],
  flags: readonly string[] = [],
): string[] {
  const runtime = process.env['NETLOOM_SANITIZER'];
  const preload = runtime === undefined ? [] : [`LD_PRELOAD=${runtime}`];
  const file = path.join(__dirname, '..', 'programs', `${name}.js`);
  return ['env', ...preload, process.execPath, ...flags, file, ...args];
}

/**
 * Waits for the end of a child and collects what it says. A child that hangs is killed and shows as such. It has to be
 * called while the child runs: the events of one that has ended are over, and waiting for them would never end.
 */
export function ended(child: ChildProcess, deadlineMs = 60_000): Promise<Ended> {
  if (child.exitCode !== null || child.signalCode !== null) throw new Error('the child has ended already');
  const output = { stdout: '', stderr: '' };
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (output.stdout += text));
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (output.stderr += text));
  const timer = setTimeout(() => child.kill('SIGKILL'), deadlineMs);
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      resolve({ code, signal, ...output });
    });
  });
}

/** Kills a child and waits for its end. One that has ended already is ignored: its events are over. */
export async function killed(child: ChildProcess, signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill(signal);
  await gone;
  // Others may have the far ends, so that these would stay open.
  for (const stream of child.stdio) stream?.destroy();
}

/** Runs a command to its end. */
export function runToEnd(command: readonly string[], options: SpawnOptions = {}): Promise<Ended> {
  const [program = 'true', ...args] = command;
  return ended(spawn(program, args, options));
}

/** Runs a child script to its end. */
export function runChild(
  name: string,
  args: readonly string[] = [],
  options: SpawnOptions = {},
): Promise<Ended> {
  return runToEnd(nodeCommand(name, args), options);
}

/** Runs a child script to its end by way of another command, such as `unshare` or `setpriv`. */
export function runChildBy(
  command: readonly string[],
  name: string,
  args: readonly string[] = [],
): Promise<Ended> {
  return runToEnd([...command, ...nodeCommand(name, args)]);
}

/** Waits until a child has said so on its standard output, and answers all that it said. */
export async function waitForText(child: ChildProcess, text: string): Promise<string> {
  let said = '';
  for await (const chunk of on(child.stdout!.setEncoding('utf8'), 'data', { close: ['end'] })) {
    said += chunk[0] as string;
    if (said.includes(text)) return said;
  }
  throw new Error(`the child ended without saying '${text}': ${said}`);
}
