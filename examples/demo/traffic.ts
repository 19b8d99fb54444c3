import { once } from 'node:events';
import type { NetworkNamespace } from 'netloom';

// The demo's payload: plain Node.js programs that do not use netloom, each started inside a namespace.
const SERVER = `require('node:http')
  .createServer((request, response) => response.end('hello, ' + request.socket.remoteAddress))
  .listen(+process.argv[1], '0.0.0.0', () => console.log('ready'))`;
const CLIENT = `fetch(process.argv[1], { signal: AbortSignal.timeout(5000) })
  .then((response) => response.text())
  .then((text) => console.log(text))`;

/** Starts a web server inside; the result stops it. */
export async function serve(netns: NetworkNamespace, port: number): Promise<() => Promise<void>> {
  const server = netns.spawn(process.execPath, ['-e', SERVER, String(port)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const end = once(server, 'exit');
  // A server that cannot start exits without output.
  const [word] = (await Promise.race([once(server.stdout ?? server, 'data'), end])) as unknown[];
  if (String(word).trim() !== 'ready') throw new Error('the web server did not start');
  return async () => {
    server.kill('SIGKILL');
    await end;
  };
}

/** The reply to a client inside; the server returns the caller's address. */
export async function fetchFrom(netns: NetworkNamespace, url: string): Promise<string> {
  return (await netns.exec(process.execPath, ['-e', CLIENT, url])).stdout.trim();
}
