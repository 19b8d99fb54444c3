import fs from 'node:fs';
import { Network } from '../../../src/network/network';
import { Plan } from '../../../src/plan/plan';
import type { Step } from '../../../src/plan/spec/step';
import { namedHost, needTools, netlinkError, run, scratchHost, scratchName, tool } from '../../support';

needTools('ip');

async function pinned(names: readonly string[]): Promise<string[]> {
  const { stdout } = await tool('ip', ['netns', 'list']);
  const there = new Set(stdout.split('\n').map((line) => line.split(' ')[0]));
  return names.filter((name) => there.has(name));
}

function inode(name: string): number {
  return fs.statSync(`/run/netns/${name}`).ino;
}

const threads = (): number => fs.readdirSync('/proc/self/task').length;

describe('namespaces that are made ahead of the steps that need them', () => {
  test('are gone again when a step in front of them fails', async () => {
    const names = Array.from({ length: 40 }, scratchName);
    const steps: Step[] = [
      { op: 'netns.create', netns: 'first', name: names[0] as string },
      { op: 'link.set', netns: 'first', body: { ifname: 'nothing', up: true } },
      ...names.slice(1).map((name): Step => ({ op: 'netns.create', netns: name, name })),
    ];
    const error = await netlinkError(new Plan({ steps }).apply());
    expect(error).toMatchObject({ code: 'ENODEV', step: 1 });
    expect(await pinned(names)).toEqual([]);
  });

  test('are gone again when the plan is aborted', async () => {
    const host = await scratchHost();
    const network = await Network.create({
      name: 'ahead',
      subnet: '10.9.0.0/16',
      lifetime: 'persistent',
      host,
    });
    const names = Array.from({ length: 300 }, scratchName);
    const controller = new AbortController();
    const attaching = network.attachMany(names, { signal: controller.signal });
    const reason = attaching.catch((error: unknown) => error);
    while ((await pinned(names)).length < 40) await new Promise(setImmediate);
    controller.abort(new Error('enough'));
    expect(await reason).toBe(controller.signal.reason);
    expect(await pinned(names)).toEqual([]);
    await network.delete();
  });

  test('are not made before a name is free that an earlier step removes', async () => {
    const old = await namedHost();
    const name = old.name;
    const before = inode(name);
    const others = [scratchName(), scratchName()];
    const steps: Step[] = [
      ...others.map((other): Step => ({ op: 'netns.create', netns: other, name: other })),
      { op: 'netns.delete', name },
      { op: 'netns.create', netns: 'again', name },
    ];
    const { namespaces } = await new Plan({ steps }).apply();
    expect(inode(name)).not.toBe(before);
    expect(inode(name)).toBe(fs.fstatSync(namespaces['again']?.fd ?? -1).ino);
    await Promise.all(Object.values(namespaces).map(async (netns) => netns.delete()));
    await old.close();
  });

  test('fail as if they had been made in their turn', async () => {
    const taken = await namedHost();
    const names = [scratchName(), scratchName(), taken.name, scratchName()];
    const steps = names.map((name): Step => ({ op: 'netns.create', netns: name, name }));
    expect(await netlinkError(new Plan({ steps }).apply())).toMatchObject({ code: 'EEXIST', step: 2 });
    expect(await pinned(names)).toEqual([taken.name]);
  });

  test('are made by a thread that is at home again, and is the only one more', async () => {
    const host = await scratchHost();
    const network = await Network.create({ name: 'one', subnet: '10.9.0.0/16', host });
    await network.attachMany(20);
    const before = threads();
    await network.attachMany(20);
    expect(threads()).toBe(before);
    const own = fs.readlinkSync('/proc/self/ns/net');
    for (const thread of fs.readdirSync('/proc/self/task'))
      expect(fs.readlinkSync(`/proc/self/task/${thread}/ns/net`)).toBe(own);
    await run(host, 'ip', ['link', 'show', 'nl-one']);
    await network.delete();
  });
});
