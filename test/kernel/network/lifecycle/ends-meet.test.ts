import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { gc } from '../../../../src/network/gc/gc';
import { type Intent, locked, readIntents } from '../../../../src/network/journal/intents';
import { Network } from '../../../../src/network/network';
import { placeOf } from '../../../../src/network/journal/files/paths';
import type { NetworkNamespace } from '../../../../src/netns/namespace';
import {
  ended,
  eventually,
  ipJson,
  killed,
  lab,
  machineSnapshot,
  needTools,
  nodeCommand,
  ping,
  rulesOf,
  scratchName,
  sh,
  snapshot,
  waitForText,
  WAN,
} from '../../../support';

needTools('ip', 'nft', 'iptables-nft');

const SPEC = { name: 'web', subnet: '172.30.0.0/24', lifetime: 'persistent', warnings: false } as const;
const PEER = { subnet: '10.2.0.0/24', via: '192.0.2.2' };
/** So many that the lock is taken before they are all there. */
const MANY = 60;

const manyNames = (): string[] => Array.from({ length: MANY }, scratchName);

const told = (call: string): string =>
  `network.${call} web: no such file or directory (ENOENT): the network 'web' was deleted`;

/** Another process that has the network `web` open, and asks something of it. */
async function asker(host: NetworkNamespace) {
  const [program = '', ...args] = nodeCommand('network-ask', [host.name ?? '', 'web']);
  const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'] });
  const end = ended(child);
  await waitForText(child, 'open');
  let said = '';
  child.stdout.on('data', (text: string) => (said += text));
  return {
    pid: child.pid ?? 0,
    /** Resolves once it has begun, with what resolves with the answer. */
    async ask(...call: unknown[]): Promise<{ answer: () => Promise<string> }> {
      said = '';
      child.stdin.write(`${JSON.stringify(call)}\n`);
      await eventually('it asks', () => said.includes('asking\n'));
      const answered = /asking\n(.*)\.\n/;
      return {
        answer: async () => {
          await eventually('there is an answer', () => answered.test(said), 30_000);
          return answered.exec(said)?.[1] ?? '';
        },
      };
    },
    kill: () => killed(child),
    async close(): Promise<void> {
      child.stdin.end();
      expect(await end).toMatchObject({ code: 0, stderr: '' });
    },
  };
}

/** Keeps everybody else from the journal, once it is this process's turn. What this process asks later comes first after that. */
function seizeJournal(): Promise<() => void> {
  return new Promise((resolve, reject) => {
    locked(
      () =>
        new Promise<void>((release) => {
          resolve(release);
        }),
    ).catch(reject);
  });
}

/** The first such intent, as soon as it is there. */
async function announced(host: NetworkNamespace, action: Intent['action']): Promise<Intent> {
  const end = Date.now() + 10_000;
  for (;;) {
    const found = readIntents(String(host.cookie)).find((intent) => intent.action === action);
    if (found) return found;
    if (Date.now() > end) throw new Error(`nobody announced '${action}'`);
    await turn();
  }
}

/** Asks, and has the journal as soon as that has been announced. */
async function caught<T>(host: NetworkNamespace, action: Intent['action'], ask: () => Promise<T>) {
  const seen = announced(host, action).then(async (intent) => ({ intent, release: await seizeJournal() }));
  const [asked, found] = await Promise.all([ask(), seen]);
  return { asked, ...found };
}

/** A host with a network that has one endpoint, and what they are to leave behind. */
async function stage(mode: 'bridge' | 'routed', firewall?: 'iptables') {
  const { host } = await lab({ named: true });
  await sh(host, 'ip link add spare type veth peer name other; sysctl -qw net.ipv4.conf.wan0.forwarding=0');
  const [before, machine] = [await snapshot(host), machineSnapshot()];
  const network = await Network.create({ ...SPEC, host, mode, ...(firewall && { firewall }) });
  await network.attach(scratchName());
  return {
    host,
    network,
    expectNothing: async (): Promise<void> => {
      await eventually(
        'the kernel has taken it apart',
        async () => (await ipJson(host, 'link')).length === 4,
      );
      expect(await snapshot(host)).toEqual(before);
      expect(machineSnapshot()).toEqual(machine);
      expect(await gc({ host })).toEqual({ removed: [], kept: [] });
    },
  };
}

const MODES = ['bridge', 'routed'] as const;
const ENDS: Record<string, (network: Network, host: NetworkNamespace) => Promise<unknown>> = {
  delete: (network) => network.delete(),
  force: (_, host) => gc({ host, force: 'web' }),
};
const ASKED: readonly unknown[][] = [
  ['attach', scratchName()],
  ['attachMany', 3],
  ['publish', { hostAddress: WAN, hostPort: 80, port: 80 }],
  ['peer', PEER],
  ['detach'],
];

describe.each(MODES)('a network of the mode %s', (mode) => {
  test.each(
    Object.keys(ENDS).flatMap((end) => [
      ...ASKED.map((call) => [end, ...call]),
      ...(mode === 'bridge' ? [[end, 'adopt', 'spare']] : []),
    ]),
  )('that %s ends refuses what another process asks at this moment: %s', async (...words: unknown[]) => {
    const [end, ...call] = words;
    const { host, network, expectNothing } = await stage(mode);
    const other = await asker(host);
    const release = await seizeJournal();
    const asked = await other.ask(...call);
    // It waits for its turn, and gets it after the deletion has.
    process.kill(other.pid, 'SIGSTOP');
    const seen = announced(host, 'delete');
    const ending = ENDS[end as string]?.(network, host);
    release();
    await seen;
    process.kill(other.pid, 'SIGCONT');
    await ending;
    expect(await asked.answer()).toBe(told(call[0] as string));
    await other.close();
    await network.delete();
    await expectNothing();
  });

  test.each(Object.keys(ENDS))(
    'that %s ends leaves nothing of what another process is attaching',
    async (end) => {
      const { host, network, expectNothing } = await stage(mode);
      const other = await asker(host);
      const { asked, release } = await caught(host, 'attach', () => other.ask('attachMany', MANY));
      process.kill(other.pid, 'SIGSTOP');
      const seen = announced(host, 'delete');
      const ending = ENDS[end]?.(network, host);
      release();
      await seen;
      process.kill(other.pid, 'SIGCONT');
      await ending;
      expect(await asked.answer()).toBe(told('attachMany'));
      await other.close();
      await network.delete();
      await expectNothing();
    },
  );

  test('leaves nothing of what another object of the process has announced, by either firewall', async () => {
    for (const firewall of [undefined, 'iptables'] as const) {
      const { host, network, expectNothing } = await stage(mode, firewall);
      const other = await Network.open('web', { host, warnings: false });
      const seen = announced(host, 'attach');
      const attaching = other.attachMany(MANY);
      const peering = other.peer(PEER);
      const answers = Promise.allSettled([attaching, peering]);
      await seen;
      await network.delete();
      // Either came to its end before the deletion began, or is refused.
      const refusals = (await answers).flatMap((answer) =>
        answer.status === 'rejected' ? [(answer.reason as Error).message] : [],
      );
      for (const message of refusals) expect([told('attachMany'), told('peer')]).toContain(message);
      await other.close();
      await expectNothing();
    }
  });

  test('takes along what a process was adding that was killed', async () => {
    const { host, network, expectNothing } = await stage(mode);
    const other = await asker(host);
    const { release } = await caught(host, 'attach', () => other.ask('attachMany', manyNames()));
    await eventually('all are there', async () => (await ipJson(host, 'link')).length > 4 + MANY);
    await other.kill();
    release();
    await network.delete();
    await expectNothing();
  });

  test('whose deletion died refuses everything, and gc() removes it while others have it open', async () => {
    const { host, network, expectNothing } = await stage(mode);
    const other = await asker(host);
    const { release } = await caught(host, 'delete', () => other.ask('delete'));
    await other.kill();
    release();
    await expect(network.attach(scratchName())).rejects.toThrow(told('attach'));
    await expect(network.peer(PEER)).rejects.toThrow(told('peer'));
    await expect(network.inspect()).rejects.toThrow(told('inspect'));
    expect(network.publications).toEqual([]);
    expect((await gc({ host })).kept).toEqual([]);
    await network.delete();
    await expectNothing();
  });

  test('is deleted by two, and another of its name stays untouched', async () => {
    const { host, network, expectNothing } = await stage(mode);
    const other = await asker(host);
    const seen = announced(host, 'delete');
    const [asked] = await Promise.all([other.ask('delete'), seen]);
    await network.delete();
    const next = await Network.create({ ...SPEC, host, mode });
    const endpoint = await next.attach(scratchName());
    const rules = await rulesOf(host);
    expect(await asked.answer()).toBe('done');
    await ping(endpoint.netns, next.gateway);
    expect(await rulesOf(host)).toEqual(rules);
    await other.close();
    await next.delete();
    await expectNothing();
  });
});

test('a stopped process keeps no network from its end, and takes back what it was adding', async () => {
  const { host, network, expectNothing } = await stage('bridge');
  const other = await asker(host);
  const { asked, release } = await caught(host, 'attach', () => other.ask('attachMany', MANY));
  process.kill(other.pid, 'SIGSTOP');
  release();
  // It has the endpoint's namespace open, and cannot let go of it.
  await expect(network.delete()).rejects.toMatchObject({ code: 'EBUSY' });
  expect(await rulesOf(host)).toEqual([]);
  expect(await Network.list({ host })).toEqual([]);
  process.kill(other.pid, 'SIGCONT');
  expect(await asked.answer()).toBe(told('attachMany'));
  await network.delete();
  await other.close();
  await expectNothing();
});

test('a network that is being made is nobody else’s to open, and has its rules once', async () => {
  const { host, network } = await stage('bridge');
  const other = await asker(host);
  const two = { ...SPEC, name: 'two', subnet: '172.31.0.0/24' };
  const { asked, release } = await caught(host, 'make', () => other.ask('create', two));
  await expect(Network.open('two', { host })).rejects.toMatchObject({ code: 'ENOENT' });
  release();
  expect(await asked.answer()).toBe('done');
  const opened = await Network.open('two', { host, warnings: false });
  await opened.delete();
  await network.delete();
  expect(await rulesOf(host)).toEqual([]);
  await other.close();
});

test('gc() ends what a dead process did to a network without touching a later one of its name', async () => {
  const { host, network } = await stage('bridge');
  const other = await asker(host);
  const { intent, release } = await caught(host, 'attach', () => other.ask('attachMany', manyNames()));
  await other.kill();
  release();
  const file = path.join(placeOf('intents'), `${intent.id}.json`);
  const text = fs.readFileSync(file);
  await network.delete();
  const next = await Network.create({ ...SPEC, host });
  const [one, two] = await next.attachMany([scratchName(), scratchName()]);
  expect([one.address, two.address]).toContain(intent.members?.[0]?.address);
  // As if it had been too slow for the deletion to wait for it, and was killed later.
  fs.writeFileSync(file, text, { mode: 0o600 });
  expect(await gc({ host })).toEqual({ removed: [], kept: [] });
  expect(fs.existsSync(file)).toBe(false);
  await ping(two.netns, one.address);
  await next.delete();
});
