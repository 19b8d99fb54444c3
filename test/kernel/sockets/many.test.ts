import http from 'node:http';
import type net from 'node:net';
import { Network } from '../../../src';
import { descriptors, needTools, run, scratchHost, threadNamespaces } from '../../support';

needTools('ss', 'curl');

const COUNT = 100;

test('one process serves port 80 in a hundred namespaces of one network, and one more fetches from all', async () => {
  const host = await scratchHost();
  const network = await Network.create({ name: 'many', subnet: '10.68.0.0/24', host, dns: false });
  const endpoints = await network.attachMany(COUNT);
  const client = await network.attach('client');
  const home = threadNamespaces();
  const sockets = (): number => descriptors().filter((place) => place === 'socket:').length;
  const before = sockets();
  const servers = await Promise.all(
    endpoints.map(({ name, netns }) =>
      netns.listen(
        http.createServer((_request, response) => response.end(`I am ${name}\n`)),
        { port: 80 },
      ),
    ),
  );
  expect(sockets() - before).toBe(COUNT);
  const addresses = servers.map((server) => (server.address() as net.AddressInfo).port);
  expect(new Set(addresses)).toEqual(new Set([80]));
  const first = endpoints[0]?.netns;
  expect((await run(first as never, 'ss', ['-Hltn'])).stdout).toMatch(/^LISTEN .* \*:80 .*\n$/);

  // By a stranger first, then by ourselves.
  const urls = endpoints.map(({ address }) => `http://${address}/`);
  const { stdout } = await run(client.netns, 'curl', ['-sS', '--max-time', '30', ...urls]);
  const expected = endpoints.map(({ name }) => `I am ${name}`);
  expect(stdout.trim().split('\n')).toEqual(expected);
  const dispatcher = client.netns.dispatcher();
  const answers = await Promise.all(urls.map(async (url) => (await fetch(url, { dispatcher })).text()));
  expect(answers.map((text) => text.trim())).toEqual(expected);
  expect(threadNamespaces()).toEqual(home);

  await network.delete();
  expect(servers.filter(({ listening }) => listening)).toEqual([]);
  expect(sockets()).toBeLessThanOrEqual(before);
});
