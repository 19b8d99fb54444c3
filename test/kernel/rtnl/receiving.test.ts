import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { RtnlEvent } from '../../../src/rtnl/monitor';
import { injectorIn, ipJson, type Json, namedHost, needTools, run, scratchHost, sh } from '../../support';

needTools('ip', 'nft', 'cc');

const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'netloom-'));
const injected = injectorIn(directory);
afterAll(() => fs.rmSync(directory, { recursive: true }));

test('a device whose attributes fill more than 64 KiB is read whole, and its events are heard', async () => {
  const host = await scratchHost();
  const batch = path.join(directory, 'names');
  const names = Array.from({ length: 600 }, (_, number) => `long${number}_`.padEnd(120, 'x'));
  fs.writeFileSync(batch, names.map((name) => `link property add dev big0 altname ${name}`).join('\n'));
  // It ends where the kernel's limit for the names of a device is.
  await sh(host, `ip link add big0 type veth peer name big1; ip -force -batch ${batch} 2>&1 | tail -1`);
  const judged = (await ipJson(host, 'link')).map(
    ({ ifname, altnames = [] }: Json) => [ifname, altnames] as [string, string[]],
  );
  expect(judged).toHaveLength(3);
  const [, most] = judged.find(([ifname]) => ifname === 'big0')!;
  expect(most.join('').length).toBeGreaterThan(50_000);

  const told = (await host.rtnl.link.list()).map(({ ifname, altnames = [] }) => [ifname, altnames]);
  expect(told).toEqual(judged);
  expect((await host.rtnl.link.get({ ifname: 'big0' })).altnames).toEqual(most);
  const [answer] = await host.rtnl.batch((requests) => requests.link.get({ ifname: 'big0' }));
  expect(answer).toMatchObject({ ok: true, reply: { altnames: most } });
  expect((await host.inspect()).links.map(({ ifname }) => ifname)).toEqual(['lo', 'big1', 'big0']);

  const events = host.rtnl.monitor(['link']);
  await host.rtnl.link.get({ index: 1 });
  await run(host, 'ip', ['link', 'set', 'big0', 'up']);
  const heard = (await events.next()).value as RtnlEvent;
  expect(heard).toMatchObject({ family: 'link', object: { ifname: 'big0', altnames: most } });
  await events.return?.();
});

test('whichever datagram of an answer is lost: it is asked for again, and whole', async () => {
  const host = await namedHost();
  const links = Array.from({ length: 100 }, (_, i) => `link add v${i} type veth peer name w${i}`);
  const addresses = Array.from({ length: 300 }, (_, i) => `addr add 10.9.${i >> 8}.${i & 255}/32 dev lo`);
  const batch = path.join(directory, 'state');
  fs.writeFileSync(batch, [...links, ...addresses].join('\n'));
  const rules = Array.from(
    { length: 300 },
    (_, i) => `add rule ip many every ip saddr 10.0.0.1 counter accept comment "${i}"`,
  );
  const elements = Array.from({ length: 2000 }, (_, i) => `10.8.${i >> 8}.${i & 255}`).join(',');
  const ruleset = path.join(directory, 'ruleset');
  fs.writeFileSync(
    ruleset,
    ['add table ip many', 'add chain ip many every', 'add set ip many every { type ipv4_addr; }']
      .concat(rules, `add element ip many every { ${elements} }`)
      .join('\n'),
  );
  await sh(host, `ip -batch ${batch}; nft -f ${ruleset}`);

  const { code, stderr, stdout } = await injected('lost-parts', [host.name]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const { lost, wrong, errors, told, counts } = JSON.parse(stdout) as Said;
  expect(counts).toEqual({ links: (await ipJson(host, 'link')).length, rules: 300 });
  // A list is many datagrams, a get its object and its acknowledgement.
  expect(lost['list of links']).toBeGreaterThan(5);
  for (const [what, times] of Object.entries(lost))
    expect({ what, times: times >= 1 }).toEqual({ what, times: true });
  for (const [what, results] of Object.entries(wrong))
    expect({ what, results }).toEqual({ what, results: [] });
  // Whether a transaction was carried out, or another one meanwhile, the kernel does not tell: that is an error.
  const unclear = errors['transaction'] ?? [];
  for (const message of unclear) expect(message).toContain('the transaction may have been applied');
  expect(Object.values(errors).flat()).toEqual(unclear);
  expect(told.filter((event) => event === 'event' || event === 'resync')).toHaveLength(6);
  expect(told).toContain('resync');
}, 180_000);

interface Said {
  readonly lost: Readonly<Record<string, number>>;
  readonly wrong: Readonly<Record<string, readonly string[]>>;
  readonly errors: Readonly<Record<string, readonly string[]>>;
  readonly told: readonly string[];
  readonly counts: Readonly<Record<string, number>>;
}
