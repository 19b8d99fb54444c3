import type { FirewallRequest } from '../../../src/firewall/nft/requests';
import { type Json, needTools, nftJson, run, scratchHost } from '../../support';

needTools('nft', 'nsenter');

const AT = { family: 'inet', table: 't' } as const;

const TABLE = `
table inet t {
  set s { type ipv4_addr; elements = { 192.0.2.1, 192.0.2.2, 192.0.2.3 }; }
  chain c { tcp dport 22 accept; tcp dport 80 accept; tcp dport 443 accept; }
  chain d { udp dport 53 accept; }
}
table inet other { chain c { accept; }; }`;

const deletion = (family: string, body: object): FirewallRequest =>
  ({ family, verb: 'delete', body }) as FirewallRequest;

const TOO_MUCH: readonly (readonly [path: string, request: FirewallRequest])[] = [
  ['rule', deletion('nftRule', { ...AT, chain: 'c', rule: undefined })],
  ['position', deletion('nftRule', { ...AT, chain: 'c', position: 4n })],
  ['handle', deletion('nftRule', { ...AT, chain: 'c', handle: undefined })],
  ['elements', deletion('nftSetElem', { ...AT, set: 's', elements: undefined })],
  ['name', deletion('nftTable', { family: 'inet' })],
  ['name', deletion('nftTable', { family: 'inet', name: undefined })],
  ['name', deletion('nftChain', AT)],
  ['name', deletion('nftSet', AT)],
];

test('a deletion that would take more than it names is refused, wherever it stands in a transaction', async () => {
  const ns = await scratchHost();
  await run(ns, 'nft', [TABLE]);
  const before = await nftJson(ns);
  const good = deletion('nftChain', { ...AT, name: 'd' });
  for (const [path, request] of TOO_MUCH) {
    for (const [index, requests] of [[request], [good, request], [good, good, request]].entries())
      await expect(ns.firewall.transaction(requests)).rejects.toMatchObject({
        code: 'ERR_VALIDATION',
        path: `requests[${index}].body.${path}`,
      });
    expect(await nftJson(ns)).toEqual(before);
  }
});

test('deletions take exactly what they name, and after a refusal of the kernel nothing', async () => {
  const ns = await scratchHost();
  await run(ns, 'nft', [TABLE]);
  const rules = async (): Promise<readonly { handle: number }[]> =>
    (await nftJson(ns))
      .flatMap(({ rule }) => rule ?? [])
      .filter(({ table, chain }: Json) => table === 't' && chain === 'c') as { handle: number }[];
  const [first, second, third] = await rules();
  const byHandle = (handle: number): FirewallRequest =>
    deletion('nftRule', { ...AT, chain: 'c', handle: BigInt(handle) });
  const before = await nftJson(ns);
  const missing = byHandle(4711);
  await expect(ns.firewall.transaction([byHandle(first!.handle), missing])).rejects.toMatchObject({
    code: 'ENOENT',
  });
  expect(await nftJson(ns)).toEqual(before);
  await ns.firewall.transaction([byHandle(first!.handle), byHandle(third!.handle)]);
  expect((await rules()).map(({ handle }) => handle)).toEqual([second!.handle]);
  // Left out, the handle stands for all rules of this chain.
  await ns.firewall.transaction([deletion('nftRule', { ...AT, chain: 'c' })]);
  expect(await rules()).toEqual([]);
  const { stdout } = await run(ns, 'nft', ['list', 'ruleset']);
  expect(stdout).toContain('udp dport 53 accept');
  await ns.firewall.transaction([deletion('nftTable', { family: 'inet', name: 't' })]);
  expect((await run(ns, 'nft', ['list', 'tables'])).stdout.trim()).toBe('table inet other');
});
