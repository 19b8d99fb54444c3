import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { ended, ipJson, namedHost, needTools, run, scratchHost, tool, waitForText } from '../../../support';

needTools('sh', 'id', 'curl', 'mount');

const launcher = path.join(__dirname, '../../../../build/Release/launcher');

/** What the judge says of a user. */
async function idOf(...args: string[]): Promise<string> {
  return (await tool('id', args)).stdout.trim();
}

function resolvConf(name: string, text: string): void {
  fs.mkdirSync(`/etc/netns/${name}`, { recursive: true });
  fs.writeFileSync(`/etc/netns/${name}/resolv.conf`, text);
}

afterEach(() => fs.rmSync('/etc/netns', { recursive: true, force: true }));

test('a working directory that is missing is told in the words of the command', async () => {
  const ns = await scratchHost();
  const cwd = '/no/such';
  for (const more of [{}, { user: 'daemon' }, { group: 'daemon' }, { sys: true }]) {
    const [error] = (await once(ns.spawn('ls', ['-l'], { cwd, ...more }), 'error')) as [Error];
    const told = { code: 'ENOENT', path: 'ls', syscall: 'spawn ls', spawnargs: ['-l'] };
    expect(error).toMatchObject(told);
    await expect(ns.exec('ls', ['-l'], { cwd, ...more })).rejects.toMatchObject(told);
  }
});

describe('user and group', () => {
  test('a user by name or number has its own groups', async () => {
    const ns = await scratchHost();
    for (const user of ['daemon', Number(await idOf('-u', 'daemon'))]) {
      const { stdout } = await ns.exec('id', [], { user });
      expect(stdout.trim()).toBe(await idOf('daemon'));
    }
  });

  test('a group instead of the user’s own', async () => {
    const ns = await scratchHost();
    const games = Number((await tool('getent', ['group', 'games'])).stdout.split(':')[2]);
    for (const group of ['games', games]) {
      expect((await ns.exec('id', ['-gn'], { user: 'daemon', group })).stdout).toBe('games\n');
      expect((await ns.exec('id', ['-un'], { user: 'daemon', group })).stdout).toBe('daemon\n');
    }
    // Nobody has that number, so that it has no group of its own.
    const { stdout } = await ns.exec('sh', ['-c', 'id -u; id -G'], { user: 54321, group: 54322 });
    expect(stdout).toBe('54321\n54322\n');
  });

  test('the numbers of child_process work as there, also beside our own options', async () => {
    const ns = await scratchHost();
    for (const sys of [false, true]) {
      const { stdout } = await ns.exec('sh', ['-c', 'id -u; id -G'], { uid: 1, gid: 2, sys });
      expect(stdout).toBe('1\n2\n');
    }
  });

  test('a daemon as another user, reached from elsewhere (sudo -u)', async () => {
    const [one, two] = [await scratchHost(), await scratchHost()];
    await one.rtnl.link.add({ ifname: 'a', kind: 'veth', up: true, peer: { ifname: 'b', netns: two } });
    await one.rtnl.addr.add({ dev: 'a', address: '10.9.0.1/24' });
    await two.rtnl.addr.add({ dev: 'b', address: '10.9.0.2/24' });
    await two.rtnl.link.set({ ifname: 'b', up: true });
    const script = `require('http').createServer((_, to) => to.end(String(process.getuid())))
      .listen(8000, '10.9.0.1', () => console.log('ready'))`;
    const child = one.spawn(process.execPath, ['-e', script], { user: 'nobody' });
    await waitForText(child, 'ready');
    const { stdout } = await run(two, 'curl', ['-s', 'http://10.9.0.1:8000']);
    expect(stdout).toBe(await idOf('-u', 'nobody'));
    const gone = once(child, 'exit');
    child.kill();
    expect(await gone).toEqual([null, 'SIGTERM']);
  });

  test('one that does not exist is refused, before anything is started', async () => {
    const ns = await scratchHost();
    const refused = (path: string): Error =>
      expect.objectContaining({ code: 'ERR_VALIDATION', operation: 'netns.spawn', path }) as Error;
    expect(() => ns.spawn('true', [], { user: 'no-such-user' })).toThrow(/user that exists.*no-such-user/);
    expect(() => ns.spawn('true', [], { user: 'no-such-user' })).toThrow(refused('user'));
    expect(() => ns.spawn('true', [], { user: 54321 })).toThrow(refused('group'));
    expect(() => ns.spawn('true', [], { user: 2 ** 32 - 1 })).toThrow(refused('user'));
    expect(() => ns.spawn('true', [], { user: '' })).toThrow(refused('user'));
    expect(() => ns.spawn('true', [], { group: 'no-such-group' })).toThrow(refused('group'));
    expect(() => ns.spawn('true', [], { user: 'daemon', uid: 1 })).toThrow(refused('uid'));
    expect(() => ns.spawn('true', [], { group: 'games', gid: 1 })).toThrow(refused('gid'));
  });
});

describe('etc', () => {
  test('shows the files of the namespace, to the command alone', async () => {
    const ns = await namedHost();
    resolvConf(ns.name, 'nameserver 192.0.2.53\n');
    const before = fs.readFileSync('/etc/resolv.conf', 'utf8');
    const { stdout } = await ns.exec('cat', ['/etc/resolv.conf'], { etc: true });
    expect(stdout).toBe('nameserver 192.0.2.53\n');
    // The judge sees the same.
    expect((await tool('ip', ['netns', 'exec', ns.name, 'cat', '/etc/resolv.conf'])).stdout).toBe(stdout);
    expect(fs.readFileSync('/etc/resolv.conf', 'utf8')).toBe(before);
    expect((await ns.exec('cat', ['/etc/resolv.conf'])).stdout).toBe(before);
  });

  test('a directory of the caller’s own, for a namespace without a name', async () => {
    const ns = await scratchHost();
    const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'netloom-etc-'));
    fs.writeFileSync(path.join(directory, 'hosts'), '192.0.2.1 only-here\n');
    fs.writeFileSync(path.join(directory, 'no-counterpart'), '');
    const { stdout, stderr } = await ns.exec('cat', ['/etc/hosts'], { etc: directory });
    fs.rmSync(directory, { recursive: true });
    expect(stdout).toBe('192.0.2.1 only-here\n');
    expect(stderr).toMatch(/cannot mount .*no-counterpart on \/etc\/no-counterpart: No such file/);
  });

  test('what cannot be is refused', async () => {
    const [ns, named] = [await scratchHost(), await namedHost()];
    const refused = expect.objectContaining({ code: 'ERR_VALIDATION', path: 'etc' });
    expect(() => ns.spawn('true', [], { etc: true })).toThrow(refused);
    expect(() => ns.spawn('true', [], { etc: '/no/such/directory' })).toThrow(refused);
    expect(() => ns.spawn('true', [], { etc: 1 as never })).toThrow(refused);
    expect(() => ns.spawn('true', [], { sys: 1 as never })).toThrow(/sys/);
    // Nothing there, nothing shown: as `ip netns exec` has it.
    expect((await named.exec('echo', ['fine'], { etc: true })).stdout).toBe('fine\n');
  });
});

test('a fresh /sys shows the devices of the namespace', async () => {
  const ns = await scratchHost();
  await ns.rtnl.link.add({ ifname: 'only-here', kind: 'veth', peer: { ifname: 'there' } });
  const { stdout } = await ns.exec('ls', ['/sys/class/net'], { sys: true });
  const judged = (await ipJson(ns, 'link')).map(({ ifname }) => ifname as string);
  expect(stdout.trim().split('\n').sort()).toEqual(judged.sort());
  expect(fs.readdirSync('/sys/class/net')).not.toContain('only-here');
});

describe('through the launcher, a child is what child_process makes', () => {
  const by = { user: 'daemon', sys: true } as const;

  test('one process that becomes the command: PID, signals, exit code, stdio, env, cwd, argv0', async () => {
    const ns = await scratchHost();
    const script = 'echo $0 $$ $WORD $PWD; cat; exit 7';
    const child = ns.spawn('sh', ['-c', script], {
      ...by,
      env: { WORD: 'hello', PATH: '/bin' },
      cwd: '/usr',
    });
    child.stdin?.end('piped');
    expect(await ended(child)).toEqual({
      code: 7,
      signal: null,
      stdout: `sh ${child.pid} hello /usr\npiped`,
      stderr: '',
    });
    const named = await ns.exec('sh', ['-c', 'cat /proc/$$/cmdline'], { ...by, argv0: 'other' } as never);
    expect(named.stdout.startsWith('other\0')).toBe(true);
    const sleeper = ns.spawn('sleep', ['30'], { ...by, stdio: 'ignore' });
    const gone = once(sleeper, 'exit');
    sleeper.kill('SIGUSR1');
    expect(await gone).toEqual([null, 'SIGUSR1']);
  });

  test('a shell, and a fork with its channel', async () => {
    const ns = await scratchHost();
    expect((await ns.exec('id -un && echo $((6 * 7))', [], { ...by, shell: true })).stdout).toBe(
      'daemon\n42\n',
    );
    const module = path.join(__dirname, '../../../programs/forked.js');
    const child = ns.fork(module, ['one'], { ...by, execArgv: [] });
    child.send('hello');
    const [answer] = await once(child, 'message');
    expect(answer).toMatchObject({
      message: 'hello',
      namespace: `net:[${fs.fstatSync(ns.fd).ino}]`,
      user: Number(await idOf('-u', 'daemon')),
      arguments: ['one'],
    });
    const gone = once(child, 'exit');
    child.disconnect();
    expect(await gone).toEqual([0, null]);
  });

  test('it inherits none of our descriptors', async () => {
    const ns = await scratchHost();
    await ns.rtnl.link.list();
    const list = ['sh', ['-c', 'ls /proc/$$/fd']] as const;
    expect((await ns.exec(...list, by)).stdout).toBe((await tool(...list)).stdout);
  });

  test('a command that is not there is Node’s own error', async () => {
    const ns = await scratchHost();
    const env = { PATH: '/usr/bin:/bin' };
    for (const command of ['/no/such/command', 'no-such-command', __filename]) {
      const own = await failure(spawn(command, ['x'], { env }));
      expect(await failure(ns.spawn(command, ['x'], { ...by, env }))).toEqual(own);
    }
    await expect(ns.exec('no-such-command', [], { ...by, env })).rejects.toMatchObject({ code: 'ENOENT' });
    const failing = ns.exec('sh', ['-c', 'exit 3'], by);
    await expect(failing).rejects.toMatchObject({ code: 3, cmd: 'sh -c exit 3' });
    await expect(failing).rejects.toThrow(/^Command failed: sh -c exit 3\n$/);
  });

  test('what the launcher itself is refused, it says on stderr', async () => {
    const ns = await scratchHost();
    // The command is there, but what it asks for is not.
    const file = path.join(os.tmpdir(), `netloom-script-${process.pid}`);
    fs.writeFileSync(file, '#!/no/such/interpreter\n', { mode: 0o755 });
    expect(await ended(ns.spawn(file, [], by))).toMatchObject({
      code: 127,
      stderr: `netloom: ${file}: No such file or directory\n`,
    });
    fs.rmSync(file);
    expect(
      await ended(
        ns.spawn('setpriv', ['--bounding-set=-all', '--inh-caps=-all', launcher, '--sys', '--', 'id', 'id']),
      ),
    ).toMatchObject({
      code: 125,
      stderr: 'netloom: unshare: Operation not permitted\n',
    });
  });
});

async function failure(child: ChildProcess): Promise<object> {
  const [error] = (await once(child, 'error')) as [Error];
  return { ...(error as object), message: error.message, pid: child.pid };
}
