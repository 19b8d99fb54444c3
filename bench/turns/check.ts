import assert from 'node:assert/strict';
import fs from 'node:fs';
import type { Contender } from '../contenders';
import { exchange } from './exchange';
import { names, tool } from './host';

interface Device {
  readonly ifname: string;
  readonly flags: readonly string[];
  readonly addr_info: readonly { readonly local?: string; readonly prefixlen?: number }[];
}

/** How many at a time talk to the host that have to learn where it is: some of 1,024 entries, two for each. */
const LEARNERS = 200;

/**
 * Whether a contender did the work: so many namespaces and ports, an exchange of every namespace with the host; and for some
 * of them the devices, the address and the default route, and pings of every pair. bench/exchange.c, `ip` and `ping` are the
 * judges.
 */
export function check(contender: Contender, n: number, subnet: number, insides: readonly string[]): void {
  checkCounts(contender, n, insides);
  exchange(insides, `10.${subnet}.0.1`, contender.permanent === true ? n : LEARNERS);
  const chosen = [...new Set([1, Math.ceil(n / 3), Math.ceil((2 * n) / 3), n])];
  const ends = chosen.map((k) => {
    const inside = insides[k - 1] ?? '';
    return { inside, address: checkInside(contender, k, subnet, inside) };
  });
  assert.equal(new Set(ends.map(({ address }) => address)).size, chosen.length, 'an address occurs twice');
  for (const [index, { inside }] of ends.entries()) {
    for (const { address } of ends.slice(index + 1)) ping(inside, address);
  }
}

function checkCounts({ bridge, prefix }: Contender, n: number, insides: readonly string[]): void {
  assert.equal(insides.length, n, 'namespaces that can be entered');
  const distinct = new Set(insides.map((path) => fs.statSync(path).ino));
  assert.equal(distinct.size, n, 'distinct namespaces');
  if (prefix !== undefined) assert.equal(names().length, n, 'names in /run/netns');
  if (bridge === undefined) return;
  const ports = JSON.parse(tool('ip', '-j', 'link', 'show', 'master', bridge)) as Device[];
  assert.equal(ports.length, n, `ports of ${bridge}`);
  assert(
    ports.every(({ flags }) => flags.includes('UP')),
    'a port is down',
  );
}

/** Returns the address. */
function checkInside(contender: Contender, k: number, subnet: number, inside: string): string {
  const { device = () => 'eth0', withoutRoute = false, routed } = contender;
  const devices = JSON.parse(within(inside, 'ip', '-j', 'addr')) as Device[];
  const of = (name: string): Device | undefined => devices.find(({ ifname }) => ifname === name);
  assert(of('lo')?.flags.includes('UP'), `lo of ${k} is down`);
  assert(of(device(k))?.flags.includes('UP'), `${device(k)} of ${k} is not up`);
  const found = of(device(k))?.addr_info.find(({ local }) => local?.startsWith(`10.${subnet}.`));
  assert.equal(found?.prefixlen, routed ? 32 : 16, `the address of ${k}`);
  const route = within(inside, 'ip', 'route', 'show', 'default');
  const via = routed ? '169.254.1.1' : `10.${subnet}.0.1`;
  if (!withoutRoute) assert(route.startsWith(`default via ${via}`), `${k} has no default route`);
  return found.local ?? '';
}

// With IPv6 on, as most contenders leave it, each new device solicits routers for a minute and longer, which reaches all
// others: with hundreds, more than a processor's queue takes (net.core.netdev_max_backlog), and the search for a neighbour can
// be among what is dropped, again and again.
function ping(from: string, to: string): void {
  within(from, 'ping', '-c', '1', '-i', '0.2', '-w', '90', to);
}

function within(inside: string, ...command: string[]): string {
  return tool('nsenter', `--net=${inside}`, ...command);
}
