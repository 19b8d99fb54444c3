import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { gc, Network, type NetworkSpec, setStateDirectory } from '../../../../src';
import {
  ended,
  lab,
  needTools,
  nodeCommand,
  runToEnd,
  scratchName,
  sh,
  tool,
  waitForText,
  type Lab,
} from '../../../support';

needTools('ip', 'nft', 'nsenter', 'ping', 'setpriv', 'unshare', 'mount');

interface Result {
  readonly code?: string;
  readonly message?: string;
  readonly reached?: boolean;
  readonly published?: boolean;
  readonly warnings?: readonly string[];
  readonly serving?: boolean;
  readonly resolves?: boolean;
}

const JOURNAL = '/run/netloom';
const USER = [
  ...['setpriv', '--reuid', '1000', '--regid', '1000', '--clear-groups'],
  ...['--inh-caps', '+net_admin,+sys_admin', '--ambient-caps', '+net_admin,+sys_admin'],
];

/** Runs a command with parts of the file system read-only, for it alone. */
function readOnly(...places: string[]): string[] {
  const mounts = places.map((place) => `mount --bind ${place} ${place}; mount -o remount,ro,bind ${place}`);
  return ['unshare', '--mount', 'sh', '-ec', `${mounts.join('; ')}; exec "$@"`, 'sh'];
}

function commandIn({ host }: Lab, by: readonly string[], spec: object, ...more: string[]): string[] {
  const inside = ['nsenter', `--net=/proc/${process.pid}/fd/${host.fd}`];
  return [...inside, ...by, ...nodeCommand('network-places', [JSON.stringify(spec), ...more])];
}

async function resultIn(scene: Lab, by: readonly string[], spec: object): Promise<Result> {
  const { stdout, stderr } = await runToEnd(commandIn(scene, by, spec));
  expect(stderr.replace(/^.*NetloomWarning.*\n|^\(Use `node.*\n/gm, '')).toBe('');
  return JSON.parse(stdout) as Result;
}

/** What is in the journal of other users; undefined if there is none. */
function journal(): string[] | undefined {
  if (!fs.existsSync(JOURNAL)) return undefined;
  return (fs.readdirSync(JOURNAL, { recursive: true }) as string[]).filter((file) => file.endsWith('.json'));
}

async function forwards(scene: Lab): Promise<void> {
  await sh(scene.host, 'echo 1 > /proc/sys/net/ipv4/ip_forward');
}

beforeEach(() => {
  fs.rmSync(JOURNAL, { recursive: true, force: true });
});

const MADE = { reached: true, warnings: [] };

test('a network that lives with its process needs no file that it could write anywhere', async () => {
  const scene = await lab();
  const everywhere = readOnly('/', '/run', '/etc', '/tmp', '/dev/shm');
  expect(await resultIn(scene, everywhere, { nat: false })).toMatchObject(MADE);
  expect(journal()).toBeUndefined();
  // With NAT there is the forwarding of the host's devices, which no kernel takes back.
  expect(await resultIn(scene, everywhere, {})).toEqual({
    code: 'EROFS',
    message: expect.stringMatching(
      /^network\.journal \/run\/netloom: .*\(EROFS\).*NETLOOM_STATE_DIRECTORY.*ip_forward=1/,
    ) as string,
  });
  await forwards(scene);
  const result = { ...MADE, published: true, serving: true, resolves: true };
  expect(await resultIn(scene, everywhere, {})).toMatchObject(result);
  expect(journal()).toBeUndefined();
});

test('with NAT the files are the leases on the forwarding of devices, and go with the network', async () => {
  const scene = await lab();
  const child = spawn('env', commandIn(scene, [], {}, 'wait'), { stdio: ['pipe', 'pipe', 'inherit'] });
  await waitForText(child, 'made');
  expect(journal()).toEqual([expect.stringMatching(/^forwarding\/\d+\.ip:wan0\.json$/)]);
  const end = ended(child);
  child.stdin.end('go on\n');
  expect(JSON.parse((await end).stdout)).toMatchObject({ ...MADE, published: true });
  expect(journal()).toEqual([]);
});

/** Runs a command with a state directory of its own, which is made so. */
function placed(script: string): string[] {
  return ['unshare', '--mount', 'sh', '-ec', `mkdir -p ${JOURNAL}; ${script}; exec "$@"`, 'sh'];
}

const FULL_OR_CLOSED: readonly [string, string, string][] = [
  ['read-only', 'EROFS', `mount -t tmpfs -o mode=700,ro none ${JOURNAL}`],
  ['without room for a directory', 'ENOSPC', `mount -t tmpfs -o mode=700,nr_inodes=1 none ${JOURNAL}`],
  ['without room for a file', 'ENOSPC', `mount -t tmpfs -o mode=700,nr_inodes=2 none ${JOURNAL}`],
  ['a file', 'EEXIST', `touch ${JOURNAL}/file; export NETLOOM_STATE_DIRECTORY=${JOURNAL}/file`],
  ['below a file', 'ENOTDIR', `touch ${JOURNAL}/file; export NETLOOM_STATE_DIRECTORY=${JOURNAL}/file/in`],
];

describe.each(['process', 'persistent'])('with the lifetime %s', (lifetime) => {
  test.each(FULL_OR_CLOSED)(
    'a state directory that is %s: %s, what helps, and nothing is left',
    async (_, code, script) => {
      const scene = await lab();
      // Without the state of wan0, whose carrier may come late.
      const seen = async (): Promise<string> =>
        (
          await sh(
            scene.host,
            'ip -br link | cut -d" " -f1; nft list ruleset; cat /proc/sys/net/ipv4/conf/wan0/forwarding',
          )
        ).stdout;
      const before = await seen();
      const refused = await resultIn(scene, placed(script), { lifetime });
      const words =
        /^network\.journal \/run\/netloom(\/file(\/in)?)?: .*: this directory records the state that outlives a process.*setStateDirectory\(\)/;
      expect(refused).toEqual({ code, message: expect.stringMatching(words) as string });
      // The records of existing networks stay where they are: another directory is for new ones only.
      if (code === 'ENOSPC')
        expect(refused.message).toMatch(/free some disk space, or make new networks with another directory/);
      expect(await seen()).toBe(before);
    },
  );
});

describe("a plain user's process with ambient CAP_NET_ADMIN and CAP_SYS_ADMIN", () => {
  test.each([false, true])(
    "makes, uses and deletes networks; root's journal is there: %p",
    async (isThere) => {
      const scene = await lab();
      if (isThere) fs.mkdirSync(`${JOURNAL}/forwarding`, { recursive: true, mode: 0o700 });
      const denied = {
        code: 'EACCES',
        message: expect.stringMatching(
          /^network\.journal \/run\/netloom: .*NETLOOM_STATE_DIRECTORY/,
        ) as string,
      };
      expect(await resultIn(scene, USER, { nat: false })).toMatchObject(MADE);
      expect(await resultIn(scene, USER, {})).toEqual(denied);
      expect(await resultIn(scene, USER, { lifetime: 'persistent' })).toEqual(denied);
      await forwards(scene);
      expect(await resultIn(scene, USER, { dns: false })).toMatchObject({ ...MADE, published: true });
      // Nobody asked for a resolver in so many words.
      const result = await resultIn(scene, USER, {});
      expect(result).toMatchObject({ reached: true, published: true, resolves: false });
      expect(result.warnings).toEqual([expect.stringMatching(/10\.66\.0\.1 port 53.*CAP_NET_BIND_SERVICE/)]);
      expect(await resultIn(scene, USER, { dns: true })).toEqual({
        code: 'EACCES',
        message: expect.stringContaining('CAP_NET_BIND_SERVICE') as string,
      });
      await sh(scene.host, 'echo 53 > /proc/sys/net/ipv4/ip_unprivileged_port_start');
      expect(await resultIn(scene, USER, {})).toMatchObject({ ...MADE, serving: true, resolves: true });
      expect(journal()).toEqual(isThere ? [] : undefined);
    },
  );

  test('has NAT on a host that does not forward with a state directory of its own', async () => {
    const scene = await lab();
    const own = fs.mkdtempSync('/run/own-');
    fs.chownSync(own, 1000, 1000);
    const by = [...USER, 'env', `NETLOOM_STATE_DIRECTORY=${own}`];
    expect(await resultIn(scene, by, { dns: false })).toMatchObject({ ...MADE, published: true });
    expect((await sh(scene.host, 'cat /proc/sys/net/ipv4/conf/wan0/forwarding')).stdout.trim()).toBe('0');
    fs.rmSync(own, { recursive: true });
  });
});

describe('a read-only /proc/sys', () => {
  const locked = readOnly('/proc/sys');

  test('is no error where the values are right; else the error names setting and value', async () => {
    const scene = await lab();
    expect(await resultIn(scene, locked, {})).toEqual({
      code: 'EROFS',
      message: expect.stringContaining('sysctl -w net/ipv6/conf/default/accept_ra=0') as string,
    });
    await sh(
      scene.host,
      'for key in accept_ra autoconf; do echo 0 > /proc/sys/net/ipv6/conf/default/$key; done',
    );
    expect(await resultIn(scene, locked, {})).toEqual({
      code: 'EROFS',
      message: expect.stringContaining('sysctl -w net/ipv4/conf/default/forwarding=1') as string,
    });
    await forwards(scene);
    expect(await resultIn(scene, locked, {})).toMatchObject({ ...MADE, published: true, serving: true });
    const persistent = await resultIn(scene, locked, { lifetime: 'persistent' });
    expect(persistent).toMatchObject({ reached: true, published: true, serving: true });
  });

  test.each([
    { mode: 'routed', nat: false },
    { mode: 'routed' },
    // A router for each block behind a core router.
    { mode: 'routed', subnet: '10.66.0.0/16' },
    { nat: { loopback: true } },
    { lifetime: 'persistent', nat: { loopback: true } },
    { mode: 'routed', lifetime: 'persistent' },
  ] as Partial<NetworkSpec>[])('%j: the values of the host are enough', async (spec) => {
    const scene = await lab();
    await forwards(scene);
    const isRouter = spec.mode === 'routed' && spec.lifetime === 'persistent';
    await sh(
      scene.host,
      'for key in accept_ra autoconf; do echo 0 > /proc/sys/net/ipv6/conf/default/$key; done',
    );
    if (isRouter) {
      expect(await resultIn(scene, locked, spec)).toMatchObject({
        code: 'EROFS',
        message: expect.stringContaining('sysctl -w net/ipv6/conf/default/disable_ipv6=1') as string,
      });
      expect(await gc({ host: scene.host, force: 'places' })).toMatchObject({ kept: [] });
      await sh(scene.host, 'echo 1 > /proc/sys/net/ipv6/conf/default/disable_ipv6');
    }
    const result = await resultIn(scene, locked, spec);
    expect(result).toMatchObject({ reached: true, published: spec.nat !== false });
    expect((await sh(scene.host, 'ip -o link; nft list tables')).stdout).not.toMatch(/nl-|netloom/);
  });

  test('with subnet6 the error says that it must be writable', async () => {
    const scene = await lab();
    await sh(
      scene.host,
      'for key in accept_ra autoconf; do echo 0 > /proc/sys/net/ipv6/conf/default/$key; done',
    );
    await forwards(scene);
    for (const more of [{ nat: false }, {}, { mode: 'routed' }])
      expect(await resultIn(scene, locked, { subnet6: 'fd66::/64', ...more })).toMatchObject({
        code: 'EROFS',
        message: expect.stringContaining('a network with subnet6 needs it writable') as string,
      });
  });

  test('forwarding that somebody takes away meanwhile is warned of', async () => {
    const scene = await lab();
    await forwards(scene);
    await sh(
      scene.host,
      'for key in accept_ra autoconf; do echo 0 > /proc/sys/net/ipv6/conf/default/$key; done',
    );
    const child = spawn('env', commandIn(scene, locked, { dns: false }, 'wait'), { stdio: 'pipe' });
    await waitForText(child, 'made');
    await sh(scene.host, 'echo 0 > /proc/sys/net/ipv4/ip_forward');
    const end = ended(child);
    child.stdin.end('go on\n');
    const { stdout, stderr } = await end;
    const { warnings } = JSON.parse(stdout) as Result;
    expect(warnings).toEqual([
      expect.stringMatching(
        /does not forward packets received on nl-places, wan0: sysctl -w net\.ipv4\.conf\.nl-places\.forwarding=1; sysctl -w net\.ipv4\.conf\.wan0\.forwarding=1$/,
      ),
    ]);
    expect(stderr).toContain('NetloomWarning');
  });
});

test('setStateDirectory() says where the journal is, before the environment does', async () => {
  const { host } = await lab();
  const directory = path.join(fs.mkdtempSync('/run/state-'), 'netloom');
  setStateDirectory(directory);
  try {
    const spec = { name: 'own', subnet: '10.66.0.0/24', host, lifetime: 'persistent' } as const;
    const network = await Network.create(spec);
    await network.attach(scratchName());
    expect(() => {
      setStateDirectory(undefined);
    }).toThrow(
      "setStateDirectory: directory: must be set before networks are created or opened: 'own' is open",
    );
    expect(fs.readdirSync(`${directory}/networks`)).toHaveLength(1);
    expect(journal()).toBeUndefined();
    await network.close();
    setStateDirectory(undefined);
    const found = { name: 'own', lifetime: 'persistent', device: 'nl-own', standing: true };
    expect(await Network.list({ host })).toEqual([{ ...found, problem: 'has no record in /run/netloom' }]);
    await expect(Network.open('own', { host })).rejects.toMatchObject({ code: 'ENOENT' });
    setStateDirectory(directory);
    expect(await Network.list({ host })).toEqual([
      expect.objectContaining({ name: 'own', lifetime: 'persistent', endpoints: 1 }),
    ]);
    await (await Network.open('own', { host })).delete();
    expect(await gc({ host })).toEqual({ removed: [], kept: [] });
    expect(await tool('find', [directory, '-name', '*.json'])).toMatchObject({ stdout: '' });
  } finally {
    setStateDirectory(undefined);
    fs.rmSync(path.dirname(directory), { recursive: true });
  }
});

test.each(['run/web', '', 'a\0b', '/a\0b', 7 as unknown as string])(
  'a state directory must be an absolute path, not %j',
  (directory) => {
    expect(() => {
      setStateDirectory(directory);
    }).toThrow('must be an absolute path');
  },
);
