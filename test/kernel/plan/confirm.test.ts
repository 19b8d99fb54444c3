import { spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import type { NetworkNamespace } from '../../../src/netns/namespace';
import { Plan } from '../../../src/plan/plan';
import type { Step } from '../../../src/plan/spec/step';
import {
  busySteps,
  ended,
  furnish,
  keep,
  namedHost,
  needTools,
  nodeCommand,
  scratchHost,
  scratchName,
  snapshot,
} from '../../support';

needTools('ip', 'nft', 'nsenter');

const never = new Promise<boolean>(() => undefined);
const wait = new Int32Array(new SharedArrayBuffer(4));

async function furnished(): Promise<{ host: NetworkNamespace; plan: Plan }> {
  const host = await scratchHost();
  await furnish(host);
  const steps = busySteps({ red: scratchName(), blue: scratchName() });
  return { host, plan: new Plan({ namespaces: { host }, steps }) };
}

test('what is confirmed stays; the question comes when everything is done', async () => {
  const { host, plan } = await furnished();
  const before = await snapshot(host);
  let during: unknown;
  const { namespaces } = await plan.apply({
    confirm: async () => {
      during = await snapshot(host);
      return true;
    },
  });
  keep(namespaces['red'] as NetworkNamespace);
  keep(namespaces['blue'] as NetworkNamespace);
  expect(during).not.toEqual(before);
  expect(await snapshot(host)).toEqual(during);
});

const error = new Error('the other side does not answer');
test.each<[string, () => Promise<boolean> | boolean, object]>([
  ['answered by no', () => false, { code: 'ECANCELED', operation: 'plan.apply' }],
  ['answered by an error', () => Promise.reject(error), error],
  [
    'answered by a throw',
    () => {
      throw error;
    },
    error,
  ],
  ['answered by something else', () => 'yes' as unknown as boolean, { code: 'ECANCELED' }],
  ['not answered', () => never, { code: 'ETIMEDOUT', operation: 'plan.apply' }],
])('what is %s is taken back', async (how, confirm, expected) => {
  const { host, plan } = await furnished();
  const before = await snapshot(host);
  let asked = 0;
  const applied = plan.apply({
    confirm: () => {
      asked += 1;
      return confirm();
    },
    timeoutMs: how === 'not answered' ? 200 : 60_000,
  });
  await expect(applied).rejects.toMatchObject(expected);
  expect(asked).toBe(1);
  expect(await snapshot(host)).toEqual(before);
});

test('a name that means another namespace by the time of the answer stays', async () => {
  const name = scratchName();
  const plan = new Plan({ steps: [{ op: 'netns.create', netns: 'red', name }] });
  const ipNetns = (...args: string[]) => spawnSync('ip', ['netns', ...args], { encoding: 'utf8' });
  const confirm = (): boolean => {
    expect(ipNetns('del', name).status).toBe(0);
    expect(ipNetns('add', name).status).toBe(0);
    return false;
  };
  await expect(plan.apply({ confirm })).rejects.toMatchObject({ code: 'ECANCELED' });
  expect(ipNetns('list').stdout).toContain(name);
  expect(ipNetns('del', name).status).toBe(0);
});

test('of several names, a roll-back removes those that are still its own', async () => {
  const names = Array.from({ length: 6 }, scratchName);
  const steps = names.map((name): Step => ({ op: 'netns.create', netns: name, name }));
  const plan = new Plan({ steps });
  const ipNetns = (...args: string[]) => spawnSync('ip', ['netns', ...args], { encoding: 'utf8' });
  const inodeOf = (name: string): number => fs.statSync(`/run/netns/${name}`).ino;
  const [first = '', second = '', third = '', ...rest] = names;
  let foreign: number[] = [];
  const confirm = (): boolean => {
    // Two are others' by now, and one name is gone.
    for (const name of [first, third]) {
      expect(ipNetns('del', name).status).toBe(0);
      expect(ipNetns('add', name).status).toBe(0);
    }
    foreign = [first, third].map(inodeOf);
    expect(ipNetns('del', second).status).toBe(0);
    return false;
  };
  await expect(plan.apply({ confirm })).rejects.toMatchObject({ code: 'ECANCELED' });
  expect([first, third].map(inodeOf)).toEqual(foreign);
  for (const name of [second, ...rest]) expect(fs.existsSync(`/run/netns/${name}`)).toBe(false);
  expect(spawnSync('ip', ['netns', 'exec', third, 'ip', '-br', 'link']).status).toBe(0);

  // The same by a step that the kernel refuses: the others' names are refused before, and stay.
  const failing = new Plan({ steps: [...steps.slice(3), ...steps.slice(0, 1)] });
  await expect(failing.apply()).rejects.toMatchObject({ code: 'EEXIST' });
  expect(inodeOf(first)).toBe(foreign[0]);
  for (const name of rest) expect(fs.existsSync(`/run/netns/${name}`)).toBe(false);
  for (const name of [first, third]) expect(ipNetns('del', name).status).toBe(0);
});

const links = (host: NetworkNamespace): string =>
  spawnSync('nsenter', [`--net=/proc/${process.pid}/fd/${host.fd}`, 'ip', '-br', 'link'], {
    encoding: 'utf8',
  }).stdout;

test('it is taken back while JavaScript hangs, and a late answer changes nothing', async () => {
  const host = await scratchHost();
  const steps: Step[] = [{ op: 'link.add', netns: 'host', body: { ifname: 'br0', kind: 'bridge' } }];
  let [seen, gone] = [false, false];
  const confirm = (): boolean => {
    seen = links(host).includes('br0');
    for (let tries = 0; tries < 200 && !gone; tries += 1) {
      Atomics.wait(wait, 0, 0, 50);
      gone = !links(host).includes('br0');
    }
    return true;
  };
  const applied = new Plan({ namespaces: { host }, steps }).apply({ confirm, timeoutMs: 300 });
  await expect(applied).rejects.toMatchObject({ code: 'ETIMEDOUT' });
  expect([seen, gone]).toEqual([true, true]);
  expect(links(host)).not.toContain('br0');
});

test('a failure is not asked about, an abort ends the wait, others go on meanwhile', async () => {
  const host = await scratchHost();
  const [add]: Step[] = [{ op: 'link.add', netns: 'host', body: { ifname: 'br0', kind: 'bridge' } }];
  const confirm = jest.fn(() => never);
  const twice = new Plan({ namespaces: { host }, steps: [add as Step, add as Step] });
  await expect(twice.apply({ confirm })).rejects.toMatchObject({ code: 'EEXIST', step: 1 });
  expect(confirm).not.toHaveBeenCalled();

  const abort = new AbortController();
  const once = new Plan({ namespaces: { host }, steps: [add as Step] });
  const applied = once.apply({
    signal: abort.signal,
    confirm: async () => {
      await host.rtnl.link.add({ ifname: 'other0', kind: 'ifb' });
      abort.abort(error);
      return never;
    },
  });
  await expect(applied).rejects.toBe(error);
  expect(links(host)).not.toContain('br0');
  expect(links(host)).toContain('other0');
});

test('a process that ends before the answer takes back what it did', async () => {
  const host = await namedHost();
  const [command = '', ...args] = nodeCommand('confirm-exit', [host.name]);
  const { code, stdout, stderr } = await ended(spawn(command, args));
  expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: 'br0\n', stderr: '' });
  expect(links(host)).not.toContain('br0');
});

test.each([
  [{ confirm: true }, 'confirm'],
  [{ confirm: () => true, timeoutMs: 0 }, 'timeoutMs'],
  [{ confirm: () => true, timeoutMs: 1.5 }, 'timeoutMs'],
  [{ timeoutMs: 100 }, 'timeoutMs'],
])('options that make no sense are refused before anything is done: %j', async (options, path) => {
  const host = await scratchHost();
  const steps: Step[] = [{ op: 'link.add', netns: 'host', body: { ifname: 'br0', kind: 'bridge' } }];
  await expect(new Plan({ namespaces: { host }, steps }).apply(options as never)).rejects.toMatchObject({
    code: 'ERR_VALIDATION',
    path,
  });
  expect(links(host)).not.toContain('br0');
});
