import { once } from 'node:events';
import { NetworkNamespace } from '../../../src/netns/namespace';
import { killed, needTools, run, scratchHost, waitForText } from '../../support';

needTools('sh', 'sleep');

test('pids are the processes inside', async () => {
  const ns = await scratchHost();
  expect(await ns.pids()).toEqual([]);
  const child = ns.spawn('sleep', ['60'], { stdio: 'ignore' });
  expect(await ns.pids()).toEqual([child.pid]);
  await killed(child);
  expect(await ns.pids()).toEqual([]);
});

test('killAll ends what was started inside, whoever started it', async () => {
  const [ns, other] = [await scratchHost(), await scratchHost()];
  const bystander = other.spawn('sleep', ['60'], { stdio: 'ignore' });
  const child = ns.spawn('sh', ['-c', 'sleep 60 & sleep 60 & echo ready; wait']);
  await waitForText(child, 'ready');
  const judged = run(ns, 'sleep', ['60']).catch(() => 'killed');
  const gone = once(child, 'exit');
  const killed = await ns.killAll();
  expect(killed.length).toBeGreaterThanOrEqual(3);
  expect(killed).toContain(child.pid);
  expect(await gone).toEqual([null, 'SIGTERM']);
  expect(await ns.pids()).toEqual([]);
  await judged.finally(() => ns.killAll());
  expect(await other.pids()).toEqual([bystander.pid]);
  await other.killAll('SIGKILL');
  expect(await other.killAll()).toEqual([]);
});

test('what ignores the signal is killed after the deadline', async () => {
  const ns = await scratchHost();
  const child = ns.spawn('sh', ['-c', 'trap "" TERM; echo ready; while :; do sleep 1; done']);
  await waitForText(child, 'ready');
  const gone = once(child, 'exit');
  expect(await ns.killAll('SIGTERM', 100)).toContain(child.pid);
  expect(await gone).toEqual([null, 'SIGKILL']);
  expect(await ns.pids()).toEqual([]);
});

test('bad arguments, a closed namespace and our own are refused', async () => {
  const ns = await scratchHost();
  await expect(ns.killAll('SIGNOT' as never)).rejects.toMatchObject({ path: 'signal' });
  await expect(ns.killAll(9 as never)).rejects.toMatchObject({ path: 'signal' });
  await expect(ns.killAll('SIGTERM', -1)).rejects.toMatchObject({ path: 'deadlineMs' });
  await ns.close();
  await expect(ns.killAll()).rejects.toMatchObject({ code: 'ERR_CLOSED' });
  const home = await NetworkNamespace.current();
  await expect(home.killAll('SIGKILL')).rejects.toThrow(/must not be the namespace of this process/);
  await home.close();
});
