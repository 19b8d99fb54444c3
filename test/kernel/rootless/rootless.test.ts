import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import {
  type Ended,
  eventually,
  isMachineRoot,
  killed,
  lab,
  needTools,
  nodeCommand,
  runToEnd,
  waitForText,
} from '../../support';

needTools('setpriv', 'unshare', 'newuidmap', 'slirp4netns', 'pasta', 'curl');

const TESTER = 4242;
const as = (id: number): string[] => [
  ...['setpriv', '--reuid', String(id), '--regid', String(id), '--clear-groups', '--inh-caps', '-all'],
];
const NOBODY = as(65534);
/** It gives others a device, and ids of their own. */
const testAsRoot = isMachineRoot() ? test : test.skip;

const netloom = (...args: string[]): string[] => nodeCommand('cli', args);
const rootless = (user: readonly string[], ...args: string[]): Promise<Ended> =>
  runToEnd([...user, ...netloom('rootless', ...args)], { env: { PATH: process.env['PATH'] } });

testAsRoot('a plain user is root inside, alone, and says why', async () => {
  const { code, stdout, stderr } = await rootless(
    ...[NOBODY, '--outside', 'none', '--', 'sh', '-c', 'id -u; cat /proc/self/uid_map; exit 3'],
  );
  expect({ code, words: stdout.trim().split(/\s+/) }).toEqual({ code: 3, words: ['0', '0', '65534', '1'] });
  expect(stderr).toBe('netloom: root is the only user inside: /etc/subuid has no range for nobody\n');
});

testAsRoot(
  'a user id without a name is root inside too, with ranges that are set aside for its number',
  async () => {
    const unnamed = as(TESTER);
    expect((await runToEnd([...unnamed, 'id', '-un'])).code).not.toBe(0);
    const script = 'id -u; cat /proc/self/uid_map /proc/self/gid_map';
    const alone = await rootless(unnamed, '--outside', 'none', '--', 'sh', '-c', script);
    expect(alone.stderr).toBe(
      `netloom: root is the only user inside: /etc/subuid has no range for the user id ${TESTER}\n`,
    );
    const root = ['0', '0', String(TESTER), '1'];
    expect(alone.stdout.trim().split(/\s+/)).toEqual([...root, ...root.slice(1)]);

    const files = ['/etc/subuid', '/etc/subgid'];
    const before = files.map((file) => (fs.existsSync(file) ? fs.readFileSync(file) : ''));
    for (const file of files) fs.appendFileSync(file, `${TESTER}:700000:65536\n`);
    const { stdout } = await rootless(unnamed, '--outside', 'none', '--', 'sh', '-c', script);
    files.forEach((file, index) => fs.writeFileSync(file, before[index] ?? ''));
    // newuidmap itself wants an entry in /etc/passwd: without its help root is still there.
    expect(stdout.trim().split(/\s+/).slice(0, 4)).toEqual(root);
  },
);

testAsRoot('the machine’s files stay where they are, with names and journals of our own', async () => {
  const script =
    'touch /run/ours; mkdir /run/netns /run/netloom /etc/netns; ls /etc/passwd; ls /run; cat /run/mine';
  fs.writeFileSync('/run/mine', 'from outside\n');
  fs.mkdirSync('/run/netns', { recursive: true });
  fs.writeFileSync('/run/netns/theirs', '');
  const { code, stdout } = await rootless(NOBODY, '--outside', 'none', '--', 'sh', '-c', script);
  fs.rmSync('/run/netns/theirs');
  fs.rmSync('/run/mine');
  expect(code).toBe(0);
  expect(stdout.split('\n')).toEqual(
    expect.arrayContaining(['/etc/passwd', 'from outside', 'netns', 'ours']),
  );
  expect(stdout).not.toContain('theirs');
  expect(fs.existsSync('/run/ours')).toBe(false);
  expect(fs.existsSync('/etc/netns')).toBe(false);
});

testAsRoot('with ranges set aside for the user, there are other users inside', async () => {
  // The scratch host's own copies.
  const files = ['/etc/passwd', '/etc/group', '/etc/subuid', '/etc/subgid'];
  const before = files.map((file) => (fs.existsSync(file) ? fs.readFileSync(file) : ''));
  fs.appendFileSync('/etc/passwd', `tester:x:${TESTER}:${TESTER}::/tmp:/bin/sh\n`);
  fs.appendFileSync('/etc/group', `tester:x:${TESTER}:\n`);
  for (const file of files.slice(2)) fs.appendFileSync(file, 'tester:700000:65536\n');
  const script = 'cat /proc/self/gid_map; setpriv --reuid daemon --regid daemon --init-groups id -un';
  const { code, stdout, stderr } = await rootless(as(TESTER), '--outside', 'none', '--', 'sh', '-c', script);
  files.forEach((file, index) => fs.writeFileSync(file, before[index] ?? ''));
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout.trim().split(/\s+/)).toEqual(['0', String(TESTER), '1', '1', '700000', '65536', 'daemon']);
});

describe('rootless()', () => {
  testAsRoot('runs the program again, with its arguments, and all of ours works in it', async () => {
    const { code, stdout, stderr } = await runToEnd([
      ...[...NOBODY, ...nodeCommand('rootless', ['work', 'hard'], ['--no-warnings'])],
    ]);
    expect({ code, stderr: stderr.replace(/^netloom: root is the only.*\n/, '') }).toEqual({
      code: 7,
      stderr: '',
    });
    expect(JSON.parse(stdout)).toEqual({
      ...{ names: ['one', 'three', 'two'], ping: true, files: ['three'] },
      ...{ argv: ['work', 'hard'], flags: ['--no-warnings'], user: 0 },
    });
  });

  testAsRoot('passes a signal on, and ends by it', async () => {
    const [command = '', ...args] = [...NOBODY, ...nodeCommand('rootless', ['wait'])];
    const child = spawn(command, args);
    await waitForText(child, 'ready');
    const gone = once(child, 'exit');
    child.kill('SIGTERM');
    expect(await gone).toEqual([null, 'SIGTERM']);
  });

  test('with privilege it changes nothing', async () => {
    const { code, stdout, stderr } = await runToEnd(nodeCommand('rootless', ['work']));
    expect({ code, stderr }).toEqual({ code: 7, stderr: '' });
    expect(JSON.parse(stdout)).toMatchObject({ ping: true });
  });
});

test('where the system forbids it, the setting is named', async () => {
  const script = 'echo 0 > /proc/sys/user/max_user_namespaces; exec "$@"';
  const command = ['unshare', '--user', '--map-root-user', 'sh', '-c', script, 'sh'];
  const { code, stderr } = await runToEnd([...command, ...netloom('rootless', 'true')]);
  expect(code).toBe(1);
  expect(stderr).toMatch(
    /^netloom: rootless: .*\(ENOSPC\): the limit user.max_user_namespaces is 0: raise the limit as root.*\n$/,
  );
});

test('a command that is not there ends as with env(1)', async () => {
  expect(await rootless([], '--outside', 'none', '/no/such')).toMatchObject({
    code: 127,
    stderr: expect.stringContaining('netloom: spawn /no/such ENOENT\n'),
  });
});

describe.each(['slirp4netns', 'pasta'])('outside by %s', (carrier) => {
  /** Runs as a plain user in the namespace that plays the host, who has a /dev/net/tun as elsewhere. */
  const inHost = (host: { fd: number }, script: string): string[] => {
    const tun = 'mount -t tmpfs tmpfs /dev/net; mknod -m 666 /dev/net/tun c 10 200; exec "$@"';
    return [
      ...['nsenter', `--net=/proc/${process.pid}/fd/${host.fd}`],
      ...['unshare', '--mount', 'sh', '-ec', tun, 'sh', ...NOBODY],
      ...netloom('rootless', '--outside', carrier, '--', 'sh', '-c', script),
    ];
  };
  testAsRoot('reaches what the host reaches, and its resolvers', async () => {
    const { host, internet } = await lab();
    const server = internet.spawn('python3', ['-u', '-m', 'http.server', '80']);
    await waitForText(server, 'Serving');
    const script =
      'echo $$; curl -s --max-time 20 -o /dev/null -w "%{http_code}\n" http://192.0.2.2/; cat /etc/resolv.conf';
    const { code, stdout, stderr } = await runToEnd(inHost(host, script));
    expect({ code, stderr: stderr.replace(/^netloom: root is the only.*\n/, '') }).toEqual({
      code: 0,
      stderr: '',
    });
    const [pid = '', answer] = stdout.split('\n');
    expect(answer).toBe('200');
    expect(stdout).toMatch(/^nameserver (10\.0\.2\.3|169\.254\.1\.1)$/m);
    await killed(server);
    await eventually('the carrier is gone', () => carriersOf(pid).length === 0);
  });

  testAsRoot('it ends with netloom, also when that is killed', async () => {
    const { host } = await lab();
    const [command = '', ...args] = inHost(host, 'echo "inside as $$"; exec sleep 60');
    const child = spawn(command, args);
    const said = (await waitForText(child, 'inside as')).trim();
    const pid = said.split(' ').at(-1) ?? '';
    expect(carriersOf(pid).length).toBe(1);
    // All of these became netloom by exec.
    await killed(child);
    await eventually('the carrier is gone', () => carriersOf(pid).length === 0);
    process.kill(Number(pid), 'SIGKILL');
    await eventually('the command is gone', () => !fs.existsSync(`/proc/${pid}`));
  });
});

/** Who carries packets for the namespace of a process, which is an argument of theirs. */
function carriersOf(pid: string): string[] {
  const others = fs.readdirSync('/proc').filter((entry) => /^\d+$/.test(entry) && entry !== pid);
  return others.filter((entry) => {
    const words = argumentsOf(entry);
    return /(^|\/)(pasta|slirp4netns)/.test(words[0] ?? '') && words.includes(pid);
  });
}

function argumentsOf(pid: string): string[] {
  try {
    return fs.readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
  } catch {
    return [];
  }
}
