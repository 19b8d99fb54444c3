import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import {
  type Ended,
  ipJson,
  namedHost,
  needTools,
  nodeCommand,
  run,
  runToEnd,
  tool,
  waitForText,
} from '../../support';

needTools('ip', 'nft', 'sh', 'bash', 'mkfifo', 'setpriv');

const netloom = (...args: string[]): Promise<Ended> => runToEnd(nodeCommand('cli', args));

async function printed(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await netloom(...args);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return stdout;
}

test('ls lists what `ip netns` lists', async () => {
  const names = [(await namedHost()).name, (await namedHost()).name].sort();
  expect(JSON.parse(await printed('ls', '--json')).map(({ name }: { name: string }) => name)).toEqual(names);
  const judged = (await tool('ip', ['netns', 'list'])).stdout.match(/^\S+/gm)?.sort();
  expect((await printed('ls')).match(/^\S+/gm)).toEqual(judged);
});

test('inspect shows devices, routes and rules of any namespace', async () => {
  const ns = await namedHost();
  await run(ns, 'ip', ['link', 'add', 'eth0', 'type', 'veth', 'peer', 'name', 'other']);
  await run(ns, 'ip', ['addr', 'add', '10.1.0.2/24', 'dev', 'eth0']);
  await run(ns, 'ip', ['link', 'set', 'eth0', 'up']);
  await run(ns, 'ip', ['route', 'add', 'default', 'via', '10.1.0.1']);
  const rules =
    'add table ip t; add chain ip t c { type filter hook input priority 5; }; add rule ip t c tcp dport 80 drop';
  await run(ns, 'nft', [rules]);
  const match = ['from', '10.0.0.0/8', 'fwmark', '0x5/0xff', 'ipproto', 'tcp', 'dport', '80-90'];
  await run(ns, 'ip', ['rule', 'add', ...match, 'lookup', '101', 'priority', '9']);
  const text = await printed('inspect', ns.name);
  const [device] = await ipJson(ns, 'link', 'show', 'eth0');
  expect(text).toContain(`${device.ifindex}: eth0@other veth up mtu 1500 link ${device.address} 10.1.0.2/24`);
  expect(text).toContain('default via 10.1.0.1 dev eth0');
  expect(text).toContain('32766: from all lookup main');
  expect(text).toMatch(
    /9: from 10\.0\.0\.0\/8 (?=.*fwmark 5\/255)(?=.*ipproto tcp)(?=.*dport 80-90).* lookup 101/,
  );
  expect(text).toMatch(
    /table ip t {\n\s+chain c {\n\s+type filter hook input priority 5; policy accept;\n\s+tcp dport 80 drop\n/,
  );
  // By each way to name it.
  const json = JSON.parse(await printed('inspect', '--json', `/run/netns/${ns.name}`));
  expect(json.links.map(({ ifname }: { ifname: string }) => ifname).sort()).toEqual(['eth0', 'lo', 'other']);
  const child = ns.spawn('sleep', ['60'], { stdio: 'ignore' });
  const byPid = JSON.parse(await printed('inspect', `pid:${child.pid}`, '--json'));
  expect(byPid.links).toHaveLength(3);
  await ns.killAll('SIGKILL');
  expect(await printed('inspect')).toMatch(/^Devices\n {2}1: lo up/);
});

describe('exec', () => {
  test('its options stand before or behind the namespace, those of the command are left alone', async () => {
    const { name } = await namedHost();
    const daemon = (await tool('id', ['-u', 'daemon'])).stdout;
    expect(await printed('exec', name, '--user', 'daemon', '--', 'id', '-u')).toBe(daemon);
    expect(await printed('exec', '--user', 'daemon', name, 'id', '-u')).toBe(daemon);
    expect(await printed('exec', name, '--no-mounts', '--user', 'daemon', 'id', '-u')).toBe(daemon);
    expect(await printed('exec', name, 'echo', '--user', 'daemon')).toBe('--user daemon\n');
    expect(await printed('exec', name, '--', 'echo', '--', '--user')).toBe('-- --user\n');
    const unknown = await netloom('exec', name, '--usr', 'daemon', '--', 'id');
    expect(unknown).toMatchObject({ code: 1, stdout: '' });
    expect(unknown.stderr).toContain("unknown option '--usr'");
  });

  test('is what `ip netns exec` is: files, /sys, code, arguments', async () => {
    const ns = await namedHost();
    fs.mkdirSync(`/etc/netns/${ns.name}`, { recursive: true });
    fs.writeFileSync(`/etc/netns/${ns.name}/resolv.conf`, 'nameserver 192.0.2.53\n');
    const command = [
      'sh',
      '-c',
      'cat /etc/resolv.conf; ls /sys/class/net; echo "$0 $1"; exit 3',
      '--json',
      'a b',
    ];
    const judged = await runToEnd(['ip', 'netns', 'exec', ns.name, ...command]);
    const own = await netloom('exec', ns.name, '--', ...command);
    const bare = await netloom('exec', '--no-mounts', ns.name, ...command);
    fs.rmSync('/etc/netns', { recursive: true });
    expect(own).toEqual(judged);
    expect(own).toMatchObject({ code: 3, stdout: 'nameserver 192.0.2.53\nlo\n--json a b\n' });
    expect(bare.code).toBe(3);
    expect(bare.stdout).not.toContain('192.0.2.53');
  });

  test('another user, a signal, and what does not exist', async () => {
    const ns = await namedHost();
    expect(await printed('exec', '--user', 'daemon', '--group', 'games', ns.name, 'id', '-un')).toBe(
      'daemon\n',
    );
    const [program = '', ...args] = nodeCommand('cli', [
      'exec',
      ns.name,
      'sh',
      '-c',
      'echo ready; exec sleep 60',
    ]);
    const child = spawn(program, args);
    await waitForText(child, 'ready');
    const gone = once(child, 'exit');
    child.kill('SIGTERM');
    expect(await gone).toEqual([null, 'SIGTERM']);
    expect(await netloom('exec', ns.name, '/no/such')).toMatchObject({
      code: 127,
      stderr: 'netloom: spawn /no/such ENOENT\n',
    });
    expect(await netloom('exec', 'no-such', 'true')).toMatchObject({ code: 1 });
    expect((await netloom('exec', '--user', 'no-such', ns.name, 'true')).stderr).toMatch(/user that exists/);
  });
});

test('the codes that it ends with are those of docs/cli.md', async () => {
  const { name } = await namedHost();
  const codes: [expected: number, ...args: string[]][] = [
    [0, '--help'],
    [0, 'help', 'gc'],
    [0, '--version'],
    [0, 'gc', '--dry-run'],
    [1],
    [1, 'ls', '--no-such-option'],
    [2, 'help', 'no-such-command'],
    [2, 'help', 'toString'],
    [2, 'inspct'],
    [2, 'bogus', '--json'],
    [0, 'help'],
    [1, 'inspect', 'no-such-namespace'],
    [1, 'gc', '--force', 'no name'],
    [1, 'rootless', '--outside', 'nobody', '--', 'true'],
    [3, 'exec', name, '--', 'sh', '-c', 'exit 3'],
    [126, 'exec', name, '--', '/etc/passwd'],
    [127, 'exec', name, '--', '/no/such'],
  ];
  const found = await Promise.all(codes.map(async ([, ...args]) => [(await netloom(...args)).code, ...args]));
  expect(found).toEqual(codes);
  // Nobody may become another user without these.
  const without = ['setpriv', '--bounding-set', '-setuid,-setgid', '--inh-caps', '-setuid,-setgid'];
  const exec = nodeCommand('cli', ['exec', '--user', 'nobody', name, '--', 'true']);
  const refused = await runToEnd([...without, ...exec]);
  expect(refused).toMatchObject({ code: 125, stderr: expect.stringContaining('not permitted') as string });
});

const COMMANDS = [
  ...[['ls'], ['ls', '--json'], ['inspect'], ['inspect', '--json'], ['gc', '--json']],
  ...[['--help'], ['help'], ['help', 'exec'], ['exec', '--help'], ['--version']],
];

test('standard output that cannot be written is an error in one line', async () => {
  await namedHost();
  for (const args of COMMANDS) {
    const { code, stderr } = await runToEnd([
      'sh',
      '-c',
      '"$@" > /dev/full',
      'sh',
      ...nodeCommand('cli', args),
    ]);
    const message = 'netloom: standard output: no space left on device (ENOSPC)\n';
    expect([args, code, stderr]).toEqual([args, 1, message]);
  }
  const all = ['gc', '--force', 'nobody'];
  const unseen = await runToEnd(['sh', '-c', '"$@" 2> /dev/full', 'sh', ...nodeCommand('cli', all)]);
  expect(unseen).toMatchObject({ code: 1, stdout: '', stderr: '' });
});

test('a reader that goes early gets no message, and the status is that of a broken pipe', async () => {
  await namedHost();
  for (const args of COMMANDS) {
    // The reader is gone before the first byte.
    const script = '{ sleep 0.1; "$@"; echo $? >&3; } 3>&1 >&4 4>&- | cat';
    const piped = `mkfifo "$0"; sleep 60 < "$0" & exec 4> "$0"; kill $!; wait $! 2> /dev/null; ${script}`;
    const place = `/run/pipe-${process.pid}-${COMMANDS.indexOf(args)}`;
    const { stdout, stderr } = await runToEnd(['bash', '-c', piped, place, ...nodeCommand('cli', args)]);
    fs.rmSync(place);
    expect([args, stdout, stderr]).toEqual([args, '141\n', '']);
  }
});

test('gc reports, and an unknown command is an error', async () => {
  expect(JSON.parse(await printed('gc', '--json'))).toEqual({ removed: [], kept: [] });
  expect(await printed('gc', '--dry-run')).toBe('');
  for (const more of [[], ['--dry-run']])
    expect(await netloom('gc', '--force', 'nobody', ...more)).toEqual({
      code: 1,
      stdout: '',
      stderr:
        "netloom: gc: no network 'nobody' exists on this host or in /run/netloom: nothing was removed\n",
      signal: null,
    });
  for (const args of [['gcc'], ['help', 'gcc']])
    expect(await netloom(...args)).toMatchObject({
      code: 2,
      stdout: '',
      stderr: expect.stringContaining(
        "unknown command 'gcc' (did you mean gc?); the commands are ls, inspect, exec, gc, rootless, help\n",
      ) as string,
    });
});
