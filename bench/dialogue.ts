import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import readline from 'node:readline';

const running = new Set<Dialogue>();
process.on('exit', () => {
  for (const dialogue of running) dialogue[Symbol.dispose]();
});

/** A program that is led line by line. With a limit, it is killed with everything it started if it takes longer. */
export class Dialogue implements Disposable {
  readonly #child: ChildProcess;
  readonly #lines: AsyncIterator<string>;
  readonly #limited: boolean;
  readonly #timer: NodeJS.Timeout | undefined;
  readonly #ended: Promise<unknown[]>;
  readonly #errors: string[] = [];
  #late = false;

  constructor(command: readonly string[], limitMs?: number) {
    const [file = '', ...args] = command;
    this.#limited = limitMs !== undefined;
    this.#child = spawn(file, args, { stdio: ['pipe', 'pipe', 'pipe'], detached: this.#limited });
    const { stdout, stderr } = this.#child;
    if (!stdout || !stderr) throw new Error(`${file} has no output`);
    this.#lines = readline.createInterface({ input: stdout })[Symbol.asyncIterator]();
    readline.createInterface({ input: stderr }).on('line', (line) => this.#errors.push(line));
    // A program that cannot be started has no exit; what it has is thrown where its end is awaited.
    this.#ended = once(this.#child, 'close');
    this.#ended.catch(() => undefined);
    if (limitMs !== undefined) this.#timer = setTimeout(() => this.#expire(), limitMs);
    running.add(this);
  }

  /** The lines up to the one that begins with a word, which is the last one. */
  async until(word: string): Promise<string[]> {
    const lines: string[] = [];
    for (;;) {
      const next = await this.#lines.next();
      if (next.done === true) throw await this.#failure(`ended before it said ${word}`);
      lines.push(next.value);
      if (next.value.startsWith(word)) return lines;
    }
  }

  say(line: string): void {
    this.#child.stdin?.write(`${line}\n`);
  }

  /** What it still says until it ends, and it has to end well. */
  async rest(): Promise<string[]> {
    this.#child.stdin?.end();
    const lines: string[] = [];
    for (let next = await this.#lines.next(); next.done !== true; next = await this.#lines.next()) {
      lines.push(next.value);
    }
    const [code] = await this.#ended;
    if (code !== 0) throw await this.#failure(`ended with status ${String(code)}`);
    return lines;
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
    running.delete(this);
    const { pid, exitCode, signalCode } = this.#child;
    if (pid === undefined || exitCode !== null || signalCode !== null) return;
    process.kill(this.#limited ? -pid : pid, 'SIGKILL');
  }

  #expire(): void {
    this.#late = true;
    this[Symbol.dispose]();
  }

  async #failure(what: string): Promise<Error> {
    await this.#ended;
    const [file = ''] = this.#child.spawnargs.slice(-1);
    const why = this.#late ? 'was killed, since it took too long' : what;
    return new Error([`${this.#child.spawnfile} … ${file} ${why}`, ...this.#errors.slice(-5)].join('; '));
  }
}
