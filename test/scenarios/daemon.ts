import { once } from 'node:events';
import type { SpawnOptions } from 'node:child_process';
import type { NetworkNamespace } from '../../src';

/** Starts a program of Node.js inside a namespace by the library's own spawn; it ends with the block that holds it. */
export async function program(
  netns: NetworkNamespace,
  script: string,
  args: readonly string[] = [],
  options: SpawnOptions = {},
): Promise<AsyncDisposable> {
  const child = netns.spawn(process.execPath, ['-e', script, ...args], {
    ...options,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(child, 'close');
  const failed = ended.then(() => Promise.reject(new Error(`ended before it was ready: ${args.join(' ')}`)));
  await Promise.race([once(child.stdout!, 'data'), failed]);
  failed.catch(() => undefined);
  return {
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      await ended;
    },
  };
}

// Answers with its own words, its user and the address that the request came from.
const HTTP = `const [address, port, text] = process.argv.slice(1);
  require('http').createServer((q, r) => r.end(text + ' ' + process.getuid() + ' ' + q.socket.remoteAddress))
    .listen(+port, address, () => console.log('ready'))`;

/** An HTTP server. */
export function daemon(
  netns: NetworkNamespace,
  where: { address?: string; port: number },
  text: string,
  options: SpawnOptions = {},
): Promise<AsyncDisposable> {
  return program(netns, HTTP, [where.address ?? '0.0.0.0', String(where.port), text], options);
}
