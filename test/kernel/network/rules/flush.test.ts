import fs from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { Network } from '../../../../src/network/network';
import {
  BEYOND,
  eventually,
  fetchText,
  lab,
  needTools,
  nftJson,
  ping,
  run,
  scratchName,
  serve,
  WAN,
  type Inside,
  type Json,
} from '../../../support';

needTools('ip', 'nft', 'ping', 'curl');

const subnet = '10.66.0.0/24';

/** The ruleset without the numbers that the kernel gives anew, in an order of its own. */
async function rulesOf(host: Inside): Promise<string[]> {
  const text = (entry: Json): string =>
    JSON.stringify(entry, (key, value: unknown) => (key === 'handle' ? undefined : value));
  return (await nftJson(host)).map(text).sort();
}

/** Waits until the rules are those wanted, within a second; a loaded machine has ten. */
async function restored(host: Inside, wanted: readonly string[]): Promise<void> {
  const deadline = Date.now() + 10_000;
  while (Date.now() < deadline && JSON.stringify(await rulesOf(host)) !== JSON.stringify(wanted))
    await sleep(20);
  expect(await rulesOf(host)).toEqual(wanted);
}

test.each([
  ['flush ruleset'],
  ['flush table ip netloom-web'],
  ['delete table ip netloom-web'],
  ['flush chain ip netloom-web guard'],
  ['delete table bridge netloom-web'],
  ['flush table bridge netloom-web'],
])('a foreign "nft %s" is healed with all that was published', async (command) => {
  const { host, internet } = await lab();
  const network = await Network.create({ name: 'web', subnet, host, lifetime: 'persistent' });
  const endpoint = await network.attach(scratchName());
  const server = await serve(endpoint.netns, 5000, 'web');
  await network.publish({ hostAddress: WAN, hostPort: 8080, to: endpoint, port: 5000 });
  const before = await rulesOf(host);
  for (let round = 0; round < 3; round++) {
    await run(host, 'nft', command.split(' '));
    await restored(host, before);
  }
  await ping(endpoint.netns, BEYOND);
  expect(await fetchText(internet, `${WAN}:8080`)).toBe(`web ${BEYOND}`);
  await server.stop();
  await network.delete();
  expect(await nftJson(host)).toEqual([]);
});

test.each(['prerouting', 'postrouting', 'forward'])(
  'the rules of a peer do not hide that the chain %s was flushed',
  async (chain) => {
    const { host, internet } = await lab();
    const network = await Network.create({ name: 'web', subnet, host, lifetime: 'persistent' });
    const endpoint = await network.attach(scratchName());
    const server = await serve(endpoint.netns, 5000, 'web');
    await network.publish({ hostAddress: WAN, hostPort: 8080, to: endpoint, port: 5000 });
    await network.peer({ subnet: '10.67.0.0/24', via: BEYOND });
    const before = await rulesOf(host);
    await run(host, 'nft', ['flush', 'chain', 'ip', 'netloom-web', chain]);
    await restored(host, before);
    expect(await fetchText(internet, `${WAN}:8080`)).toBe(`web ${BEYOND}`);
    await server.stop();
    await network.delete();
    expect(await nftJson(host)).toEqual([]);
  },
);

test('what was removed while nobody held the network is back once it is opened', async () => {
  const { host } = await lab();
  const network = await Network.create({ name: 'web', subnet, host, lifetime: 'persistent' });
  const before = await rulesOf(host);
  await network.close();
  await run(host, 'nft', ['flush', 'ruleset']);
  expect(await rulesOf(host)).toEqual([]);
  const opened = await Network.open('web', { host });
  expect(await rulesOf(host)).toEqual(before);
  await opened.delete();
});

test('a record that names no firewall is one of nf_tables: its rules are restored as well', async () => {
  const { host } = await lab();
  const network = await Network.create({ name: 'web', subnet, host, lifetime: 'persistent' });
  const before = await rulesOf(host);
  await network.close();
  const file = `/run/netloom/networks/${host.cookie}.web.json`;
  const text = fs.readFileSync(file, 'utf8');
  fs.writeFileSync(file, text.replace('"firewall":"nftables",', ''));
  expect(fs.readFileSync(file, 'utf8')).not.toBe(text);
  const opened = await Network.open('web', { host });
  await run(host, 'nft', ['flush', 'ruleset']);
  await restored(host, before);
  await opened.delete();
  expect(await nftJson(host)).toEqual([]);
});

test('what is published and peered right after a foreign "nft flush ruleset" is there, beside all that was', async () => {
  const { host, internet } = await lab();
  const network = await Network.create({ name: 'web', subnet, host, lifetime: 'persistent' });
  const endpoint = await network.attach(scratchName());
  const server = await serve(endpoint.netns, 5000, 'web');
  const port = (hostPort: number) => ({ hostAddress: WAN, hostPort, to: endpoint, port: 5000 });
  await network.publish(port(8080));
  await run(host, 'nft', ['flush', 'ruleset']);
  await network.publish(port(8081));
  for (const one of ['8080', '8081']) expect(await fetchText(internet, `${WAN}:${one}`)).toMatch(/^web /);
  await run(host, 'nft', ['flush', 'ruleset']);
  await network.peer({ subnet: '10.67.0.0/24', via: BEYOND });
  await eventually('the rules of the peer are there', async () =>
    (await rulesOf(host)).join('\n').includes('10.67.0.0'),
  );
  for (const one of ['8080', '8081']) expect(await fetchText(internet, `${WAN}:${one}`)).toMatch(/^web /);
  await server.stop();
  await network.delete();
  expect(await nftJson(host)).toEqual([]);
});

test('a network that is deleted by one of two holders stays deleted', async () => {
  const { host } = await lab();
  const network = await Network.create({ name: 'web', subnet, host, lifetime: 'persistent' });
  const other = await Network.open('web', { host });
  await network.delete();
  await sleep(200);
  expect(await nftJson(host)).toEqual([]);
  await other.delete();
});

test('ports that come and go while others flush the rules are there or gone as the calls say', async () => {
  const { host } = await lab();
  const network = await Network.create({ name: 'web', subnet, host, lifetime: 'persistent' });
  const endpoint = await network.attach(scratchName());
  const end = new AbortController();
  const flushes = (async () => {
    while (!end.signal.aborted) {
      await run(host, 'nft', ['flush', 'ruleset']);
      await sleep(20);
    }
  })();
  for (let round = 0; round < 30; round++) {
    const [stays, goes] = [8000 + round, 9000 + round].map((hostPort) => ({
      ...{ hostAddress: WAN, hostPort, to: endpoint, port: 80 },
    }));
    await network.publish(stays!);
    await (await network.publish(goes!)).delete();
  }
  end.abort();
  await flushes;
  const wanted = Array.from({ length: 30 }, (_, round) => 8000 + round);
  const published = async (): Promise<number[]> => {
    const { stdout } = await run(host, 'nft', ['list', 'ruleset']);
    return [...stdout.matchAll(/ tcp \. (\d+) comment /g)].map(([, number]) => Number(number)).sort();
  };
  await eventually('the rules are back', async () => String(await published()) === String(wanted)).catch(
    () => undefined,
  );
  expect(await published()).toEqual(wanted);
  await network.delete();
  expect(await nftJson(host)).toEqual([]);
});
