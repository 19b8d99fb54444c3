import { execFile, type ExecFileOptions } from 'node:child_process';
import { promisify } from 'node:util';

const execute = promisify(execFile);

/** A namespace as the judges see it: any open descriptor of this process. */
export interface Inside {
  readonly fd: number;
}

export interface Output {
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a tool where the test process lives. Rejects with its output in the message. */
export async function tool(
  command: string,
  args: readonly string[] = [],
  options: ExecFileOptions = {},
): Promise<Output> {
  try {
    const { stdout, stderr } = await execute(command, args, {
      maxBuffer: 1 << 28,
      timeout: 60_000,
      ...options,
      encoding: 'utf8',
    });
    return { stdout, stderr };
  } catch (error) {
    const { stderr = '', stdout = '' } = error as Partial<Output>;
    throw Object.assign(new Error(`${command} ${args.join(' ')}: ${stderr || stdout || String(error)}`), {
      stderr,
      stdout,
      code: (error as { code?: unknown }).code,
    });
  }
}

/** Runs an independent tool inside a namespace: nsenter opens our descriptor, no code of ours takes part. */
export function run(ns: Inside, command: string, args: readonly string[] = []): Promise<Output> {
  return tool('nsenter', [`--net=/proc/${process.pid}/fd/${ns.fd}`, '--', command, ...args]);
}

/** Several commands of a POSIX shell inside a namespace; the first failure ends them. */
export function sh(ns: Inside, script: string): Promise<Output> {
  return run(ns, 'sh', ['-ec', script]);
}

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- iproute2 has no types, and tests look into its output.
export type Json = any;

/** `ip -j -d ARGS` inside a namespace. */
export async function ipJson(ns: Inside, ...args: string[]): Promise<Json[]> {
  const { stdout } = await run(ns, 'ip', ['-j', '-d', ...args]);
  return stdout.trim() === '' ? [] : (JSON.parse(stdout) as Json[]);
}

/** `nft -j list ruleset` inside a namespace, without its line about nft itself. */
export async function nftJson(ns: Inside): Promise<Json[]> {
  const { stdout } = await run(ns, 'nft', ['-j', 'list', 'ruleset']);
  const { nftables } = JSON.parse(stdout) as { nftables: Json[] };
  return nftables.filter((entry) => !('metainfo' in entry));
}
