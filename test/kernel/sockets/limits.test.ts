import net from 'node:net';
import { namedHost, needTools, runChildBy } from '../../support';

needTools('prlimit');

interface Report {
  connected: number;
  codes: string[];
  first: { code: string; syscall: string; message: string };
  bare: { listen: string; createSocket: string };
  before: number;
  after: number;
  strays: number;
}

// What asks is killed or resets its connections.
const quiet = (): net.Server => net.createServer((socket) => socket.on('error', () => undefined));

test('thousands of connects at once beyond the limit of descriptors: EMFILE for each that got none', async () => {
  const ns = await namedHost();
  const server = await ns.listen(quiet(), { port: 0, host: '127.0.0.1', backlog: 4096 });
  const { port } = server.address() as net.AddressInfo;
  const command = ['prlimit', '--nofile=200:200'];
  const args = ['3000', `/run/netns/${ns.name}`, String(port)];
  const { code, stdout, stderr } = await runChildBy(command, 'connect-many', args);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const found = JSON.parse(stdout) as Report;
  expect(found.connected).toBeGreaterThan(100);
  expect(found.connected).toBeLessThan(200);
  expect(found.codes).toEqual(['EMFILE']);
  const remedy =
    'this process has reached its limit of file descriptors: raise the limit (ulimit -n) or close some';
  expect(found.first).toEqual({
    ...{ code: 'EMFILE', syscall: 'connect' },
    message: expect.stringMatching(
      `^connect EMFILE 127.0.0.1:${port} in anonymous namespace \\d+: ${remedy.replace(/[()]/g, '\\$&')}$`,
    ) as string,
  });
  expect(found.bare.listen).toMatch(
    /^listen EMFILE: too many open files :::1 in .*: this process has reached its limit/,
  );
  expect(found.bare.createSocket).toMatch(
    /^bind EMFILE 0\.0\.0\.0:1 in .*: this process has reached its limit/,
  );
  expect(found.after).toBe(found.before);
  expect(found.strays).toBe(0);
});

test('a thousand connections at once all arrive', async () => {
  const ns = await namedHost();
  let accepted = 0;
  const server = await ns.listen(
    net.createServer((socket) => {
      accepted++;
      socket.resume();
    }),
    { port: 80, host: '127.0.0.1', backlog: 4096 },
  );
  const sockets = Array.from({ length: 1000 }, () => ns.connect({ host: '127.0.0.1', port: 80 }));
  await Promise.all(
    sockets.map(
      (socket) => new Promise((resolve, reject) => socket.on('connect', resolve).on('error', reject)),
    ),
  );
  await new Promise<void>((resolve) => {
    const check = (): void => (accepted < 1000 ? void setTimeout(check, 10) : resolve());
    check();
  });
  expect(new Set(sockets.map(({ localPort }) => localPort)).size).toBe(1000);
  expect(server.listening).toBe(true);
});
