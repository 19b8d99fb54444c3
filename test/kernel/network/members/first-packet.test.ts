import type dgram from 'node:dgram';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import type { Endpoint } from '../../../../src/network/runtime/endpoint';
import { Network } from '../../../../src/network/network';
import { ipJson, lab, needTools, scratchName, testSince } from '../../../support';

needTools('ip');

const PORT = 7777;
const MODES = [
  { mode: 'bridge', lifetime: 'process' },
  { mode: 'routed', lifetime: 'process' },
  { mode: 'bridge', lifetime: 'persistent' },
  { mode: 'routed', lifetime: 'persistent' },
] as const;

/** Keeps all processors busy, so that the kernel's workers get one late. Returns what ends it. */
async function busyMachine(): Promise<() => Promise<void>> {
  const workers = Array.from({ length: 3 }, () => new Worker('for (;;);', { eval: true }));
  await Promise.all(workers.map((worker) => once(worker, 'online')));
  return async () => {
    await Promise.all(workers.map((worker) => worker.terminate()));
  };
}

/** One datagram to the gateway, and one from there. */
function exchange(host: dgram.Socket, { netns, network, address, name }: Endpoint): void {
  const socket = netns.createSocket('udp4');
  socket.send(name, PORT, network.gateway, () => socket.close());
  host.send('welcome', PORT, address);
}

for (const kind of MODES)
  testSince(
    '6.8',
    `the first packets of an endpoint arrive, sent at once: ${JSON.stringify(kind)}`,
    async () => {
      const { host } = await lab();
      const network = await Network.create({
        ...{ name: 'first', subnet: '10.63.0.0/22', dns: false, warnings: false, host },
        ...kind,
      });
      const socket = host.createSocket('udp4');
      const heard: string[] = [];
      socket.on('message', (message) => heard.push(String(message)));
      await new Promise<void>((resolve) => socket.bind(PORT, network.gateway, resolve));
      const calm = await busyMachine();
      const endpoints: Endpoint[] = [];
      try {
        for (let count = 0; count < 40; count++) {
          const endpoint = await network.attach(scratchName());
          exchange(socket, endpoint);
          endpoints.push(endpoint);
        }
        const many = await network.attachMany(Array.from({ length: 60 }, scratchName));
        for (const endpoint of many) exchange(socket, endpoint);
        endpoints.push(...many);
        for (let pause = 0; pause < 100 && heard.length < endpoints.length; pause++) await sleep(50);
      } finally {
        await calm();
      }
      expect(heard.sort()).toEqual(endpoints.map(({ name }) => name).sort());
      const silent: string[] = [];
      for (const { netns, name, ifname } of endpoints) {
        const [link] = await ipJson(netns, '-s', 'link', 'show', 'dev', ifname);
        if (link.stats64.rx.packets === 0) silent.push(name);
      }
      expect(silent).toEqual([]);
      await new Promise<void>((resolve) => socket.close(resolve));
      await network.delete();
    },
  );
