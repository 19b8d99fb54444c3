import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { Worker } from 'node:worker_threads';
import {
  descriptors,
  descriptorsBeyond,
  eventually,
  runChild,
  scratchHost,
  threadNamespaces,
  threads,
} from '../../../support';

const program = (name: string): string => path.join(__dirname, '../../../programs', name);
const inodeOf = (ns: { fd: number }): string => `net:[${fs.fstatSync(ns.fd).ino}]`;

test('unmodified code serves, fetches and starts processes inside, on one port in each of several', async () => {
  const hosts = [await scratchHost(), await scratchHost(), await scratchHost()];
  const home = fs.readlinkSync('/proc/thread-self/ns/net');
  const workers = hosts.map((ns, index) =>
    ns.worker(program('worker-server.mjs'), { workerData: { text: `number ${index}` } }),
  );
  expect(fs.readlinkSync('/proc/thread-self/ns/net')).toBe(home);
  const answers = await Promise.all(workers.map(async (worker) => (await once(worker, 'message'))[0]));
  answers.forEach((answer, index) => {
    const place = inodeOf(hosts[index]!);
    expect(answer).toEqual({ text: `number ${index}`, thread: place, process: place });
  });
  // What the pool does for this process, it does at home.
  expect(threadNamespaces().sort()).toEqual([home, ...hosts.map(inodeOf)].sort());
  const ends = workers.map((worker) => once(worker, 'exit'));
  for (const worker of workers) worker.postMessage('end');
  expect(await Promise.all(ends)).toEqual([[0], [0], [0]]);
});

test('it is a real Worker: eval, argv, env, and the library itself inside', async () => {
  const ns = await scratchHost();
  const script = `
    const { parentPort } = require('node:worker_threads');
    const { NetworkNamespace } = require(process.env.LIBRARY);
    (async () => {
      const current = await NetworkNamespace.current();
      const links = await current.rtnl.link.list();
      await using inner = await NetworkNamespace.create();
      parentPort.postMessage({ cookie: current.cookie, links: links.length, argv: process.argv.slice(2) });
      await current.close();
    })();`.replace('await using', 'const');
  const worker = ns.worker(script, {
    eval: true,
    argv: ['one'],
    env: { LIBRARY: path.join(__dirname, '../../../../dist') },
  });
  const [answer] = await once(worker, 'message');
  expect(answer).toEqual({ cookie: ns.cookie, links: 1, argv: ['one'] });
  await worker.terminate();
});

test('a worker that throws at start, or has no file, is Node’s own error event', async () => {
  const ns = await scratchHost();
  const [thrown] = (await once(ns.worker(program('worker-throws.js')), 'error')) as [Error];
  expect(thrown).toMatchObject({ name: 'TypeError', message: 'not today' });
  const [missing] = (await once(ns.worker('/no/such/file.js'), 'error')) as [NodeJS.ErrnoException];
  const [own] = (await once(new Worker('/no/such/file.js'), 'error')) as [NodeJS.ErrnoException];
  expect({ code: missing.code, message: missing.message }).toEqual({ code: own.code, message: own.message });
  expect(() => ns.worker('relative.js')).toThrow(expect.objectContaining({ code: 'ERR_WORKER_PATH' }));
});

test('terminate leaves no thread and no descriptor', async () => {
  const ns = await scratchHost();
  const before = { threads: threads(), descriptors: descriptors() };
  for (let round = 0; round < 3; round++) {
    const worker = ns.worker(program('worker-server.mjs'), { workerData: { text: 'x' } });
    await once(worker, 'message');
    await worker.terminate();
  }
  // One that is ended before it began.
  await ns.worker(program('worker-server.mjs')).terminate();
  await eventually('its threads are gone', () => threads() <= before.threads);
  expect(descriptorsBeyond(before.descriptors)).toEqual([]);
  expect(threadNamespaces().length).toBe(1);
});

test('the pool of threads is at home, though nobody used it before', async () => {
  const { code, stdout, stderr } = await runChild('worker-pool');
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(JSON.parse(stdout)).toEqual({ inside: 1 });
});
