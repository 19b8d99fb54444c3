import fs from 'node:fs';
import path from 'node:path';
import { ipJson, nftJson, sh, type Inside, type Json } from './command';

export interface Snapshot {
  readonly links: Json[];
  readonly addresses: Json[];
  readonly routes: Json[];
  readonly rules: Json[];
  readonly neighbours: Json[];
  readonly nexthops: Json[];
  readonly rules6: Json[];
  readonly firewall: Json[];
  readonly sysctls: readonly string[];
}

/** All that is configured in a namespace, told by independent tools, without what changes by itself. */
export async function snapshot(ns: Inside): Promise<Snapshot> {
  const routes = [
    ...(await ipJson(ns, '-4', 'route', 'show', 'table', 'all')),
    ...(await ipJson(ns, '-6', 'route', 'show', 'table', 'all')),
  ];
  return {
    links: settle(await ipJson(ns, 'link')),
    addresses: settle(await ipJson(ns, 'addr')).map(({ ifname, addr_info }) => ({ ifname, addr_info })),
    routes: sorted(settle(routes.filter((route) => !isAutomatic(route)))),
    rules: settle(await ipJson(ns, '-4', 'rule')),
    rules6: settle(await ipJson(ns, '-6', 'rule')),
    neighbours: sorted((await ipJson(ns, 'neigh')).filter(isConfigured)),
    nexthops: settle(await ipJson(ns, 'nexthop')),
    firewall: settle(await nftJson(ns)),
    sysctls: (await sh(ns, FORWARDING)).stdout.split('\n').sort(),
  };
}

// A link that vanishes between the shell's listing and the reading is no failure: what is left is the answer.
const FORWARDING =
  'grep -sH . /proc/sys/net/ipv4/ip_forward /proc/sys/net/ipv?/conf/*/forwarding ' +
  '/proc/sys/net/ipv6/conf/*/disable_ipv6 /proc/sys/net/ipv6/conf/*/accept_ra || [ $? = 2 ]';

/** What the machine shows of us outside of any namespace: names, mounts, journal. */
export function machineSnapshot(): { names: string[]; mounts: string[]; journal: string[] } {
  return { names: entries('/run/netns'), mounts: mounts(), journal: entries('/run/netloom') };
}

/** Mounts by place, root and type; their ids differ from run to run. */
export function mounts(): string[] {
  const lines = fs.readFileSync('/proc/self/mountinfo', 'utf8').trim().split('\n');
  return lines.map((line) => {
    const [, , , root, place] = line.split(' ');
    return `${String(place)} ${String(root)} ${line.split(' - ')[1]?.split(' ')[0] ?? ''}`;
  });
}

function entries(directory: string): string[] {
  if (!fs.existsSync(directory)) return [];
  return fs
    .readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => path.join(entry.parentPath, entry.name))
    .sort();
}

// Timers count down, carriers come up, counters count: none of this was configured by anyone.
const DRIFTING =
  /_timer$|^(operstate|topology_change(_detected)?|packets|bytes|handle|expires|age|used|updated)$/;
const LIFETIME = /^(valid|preferred)_life_time$/;
const FOREVER = 4294967295;
const DRIFTING_FLAGS = new Set(['NO-CARRIER', 'LOWER_UP', 'M-DOWN', 'linkdown', 'dead']);

function settle<T>(value: T): T {
  if (Array.isArray(value)) {
    return value
      .filter((item) => !DRIFTING_FLAGS.has(item as string))
      .map((item: unknown) => settle(item)) as T;
  }
  if (typeof value !== 'object' || value === null) return value;
  const kept = Object.entries(value).filter(([key]) => !DRIFTING.test(key) && key !== 'tentative');
  return Object.fromEntries(
    kept.map(([key, inner]: [string, unknown]) => [
      key,
      LIFETIME.test(key) && inner !== FOREVER ? 'limited' : settle(inner),
    ]),
  ) as T;
}

function sorted(list: Json[]): Json[] {
  const keys = new Map(list.map((item) => [item, JSON.stringify(item)]));
  return [...list].sort((a, b) => (keys.get(a)! < keys.get(b)! ? -1 : 1));
}

/** The route to a link-local address of our own: the kernel adds it when duplicate address detection ends. */
export function isAutomatic({ dst, type }: Json): boolean {
  return /^fe80::.*:/.test(String(dst)) && type !== 'unicast';
}

// What the kernel learnt by itself goes as it came.
function isConfigured(neighbour: Json): boolean {
  const states = (neighbour.state ?? []) as string[];
  return states.includes('PERMANENT');
}
