import { setTimeout as sleep } from 'node:timers/promises';
import { custom, maxValue, minValue, pipe } from 'valibot';
import { validate, wholeNumber } from '../errors/validate-options';
import { isNamespace } from '../nsfs/handle';
import { addressBytes, familyOf } from '../base/ip';
import { drop, inSubnet } from '../firewall/nft/expressions';
import { addressFrom, byGateway, routeFrom } from '../network/host/from-info';
import type { Endpoint } from '../network/runtime/endpoint';
import type { FirewallRequest } from '../firewall/nft/requests';
import type { Rtnl } from '../rtnl/rtnl';
import type { AddrInfo, RouteInfo } from '../rtnl/types';

/** A fault that lasts until healed, or until the end of a block that holds it by `await using`. */
export interface Fault extends AsyncDisposable {
  /** Further calls are ignored. */
  heal(): Promise<void>;
}

/** The part of an {@link Endpoint} that faults need. */
export type FaultyEnd = Pick<Endpoint, 'netns' | 'ifname' | 'address' | 'address6'>;

/**
 * Takes an endpoint's device down: sending fails at once, as with a pulled cable. Healing brings the device up and
 * restores the routes, IPv6 addresses and permanent neighbours that the kernel dropped. It resolves when the line
 * carries packets again, which may take the kernel a second.
 */
export async function linkDown(endpoint: FaultyEnd): Promise<Fault> {
  const { netns, ifname } = checkEnd(endpoint, 'testing.linkDown');
  const { rtnl } = netns;
  const { index, inet6 } = await rtnl.link.get({ ifname });
  // The kernel makes its own link-local address again, where it made one.
  const isLost = ({ scope }: AddrInfo): boolean => scope !== 'link' || inet6?.addrGenMode === 'none';
  const addresses = (await rtnl.addr.list({ family: 'inet6', dev: index })).filter(isLost);
  const neighbours = (await rtnl.neigh.list({ dev: index })).filter(({ state }) => state === 'permanent');
  const routes = (await rtnl.route.list()).filter((route) => isOwnRoute(route, index)).sort(byGateway);
  await rtnl.link.set({ index, up: false });
  return fault(async () => {
    await rtnl.link.set({ index, up: true });
    await untilUsed(rtnl, index);
    for (const info of addresses) await rtnl.addr.replace({ dev: index, ...addressFrom(info, ifname) });
    for (const { to, lladdr } of neighbours) {
      if (to !== undefined && lladdr !== undefined) await rtnl.neigh.replace({ to, lladdr, dev: index });
    }
    for (const info of routes) await rtnl.route.replace({ ...routeFrom(info), dev: index });
  });
}

const LONGEST_CHANGE_MS = 3_000;
const LOOK_AGAIN_MS = 10;

// The kernel reports a carrier to bridges and routes at most once a second (net/core/link_watch.c). Until then, a port
// that came back forwards nothing; its operational state changes at the same moment. If the far end is down, the wait
// ends after a limit.
async function untilUsed(rtnl: Rtnl, index: number): Promise<void> {
  for (let waited = 0; waited < LONGEST_CHANGE_MS; waited += LOOK_AGAIN_MS) {
    const { operstate } = await rtnl.link.get({ index });
    if (operstate === 'UP' || operstate === 'UNKNOWN') return;
    await sleep(LOOK_AGAIN_MS);
  }
}

// The kernel recreates its own routes.
function isOwnRoute({ dev, protocol }: RouteInfo, index: number): boolean {
  return dev === index && protocol !== 'kernel' && protocol !== 'ra';
}

let partitions = 0;

/**
 * Separates two endpoints: packets between them are silently dropped in both directions, while both reach all others.
 * Needs nf_tables in the kernel.
 */
export async function partition(a: FaultyEnd, b: FaultyEnd): Promise<Fault> {
  checkEnd(a, 'testing.partition', 'a');
  checkEnd(b, 'testing.partition', 'b');
  const name = `netloom-partition-${String(++partitions)}`;
  const first = await dropFrom(a, b, name);
  try {
    const second = await dropFrom(b, a, name);
    return fault(async () => {
      await Promise.all([first(), second()]);
    });
  } catch (error) {
    await first();
    throw error;
  }
}

/** Drops packets from the other endpoint before any other rule, until the returned function is called. */
async function dropFrom({ netns }: FaultyEnd, from: FaultyEnd, table: string): Promise<() => Promise<void>> {
  const addresses = [from.address, from.address6].filter((address) => address !== undefined);
  await netns.firewall.transaction(addresses.flatMap((address) => dropRequests(address, table)));
  return untilDone(async () => {
    const deletions = addresses.map((address): FirewallRequest => {
      return { family: 'nftTable', verb: 'delete', body: { family: familyOf(address), name: table } };
    });
    await netns.firewall.transaction(deletions);
  });
}

function dropRequests(address: string, table: string): FirewallRequest[] {
  const family = familyOf(address);
  const bytes = addressBytes(address);
  const expressions = [...inSubnet('saddr', bytes, bytes.length * 8), drop];
  const hook = { hooknum: PREROUTING, priority: RAW };
  const chain = { family, table, name: 'wall', type: 'filter', hook, policy: 'accept' } as const;
  return [
    { family: 'nftTable', verb: 'add', body: { family, name: table } },
    { family: 'nftChain', verb: 'add', body: chain },
    { family: 'nftRule', verb: 'append', body: { family, table, chain: 'wall', expressions } },
  ];
}
const PREROUTING = 0;
const RAW = -300;

/** Changes the MTU of an endpoint's device. For rate, delay, jitter and loss use `endpoint.shape`. */
export async function limitMtu(endpoint: FaultyEnd, mtu: number): Promise<Fault> {
  const { netns, ifname } = checkEnd(endpoint, 'testing.limitMtu');
  checkMtu(mtu);
  const { index, mtu: before = 1500 } = await netns.rtnl.link.get({ ifname });
  await netns.rtnl.link.set({ index, mtu });
  return fault(async () => netns.rtnl.link.set({ index, mtu: before }));
}

/** Degrades a line as `netns.shape` does, until healed. */
export async function badLine(endpoint: FaultyEnd, shape: Parameters<Endpoint['shape']>[0]): Promise<Fault> {
  const { netns, ifname } = checkEnd(endpoint, 'testing.badLine');
  await netns.shape(ifname, shape);
  return fault(async () => netns.shape(ifname, null));
}

function fault(heal: () => Promise<void>): Fault {
  const once = untilDone(heal);
  return { heal: once, [Symbol.asyncDispose]: once };
}

/** Runs work once; after a failure the next call tries again. */
function untilDone(work: () => Promise<void>): () => Promise<void> {
  let done: Promise<void> | undefined;
  return () =>
    (done ??= work().catch((error: unknown) => {
      done = undefined;
      throw error;
    }));
}

// Not by its class: runners load the library anew for each test file, and the bed's endpoints are of the first copy.
const faultyEnd = custom<FaultyEnd>(
  (value) =>
    typeof value === 'object' &&
    value !== null &&
    isNamespace((value as FaultyEnd).netns) &&
    typeof (value as FaultyEnd).ifname === 'string' &&
    typeof (value as FaultyEnd).address === 'string',
  'must be an endpoint, or an object with netns, ifname and address',
);

/** Checks the end of a line. Throws a ValidationError. */
function checkEnd(given: unknown, operation: string, argument = 'endpoint'): FaultyEnd {
  return validate(faultyEnd, given, operation, argument);
}

const MTU = 'must be a whole number of bytes, at least 68';
const wholeMtu = pipe(wholeNumber(MTU), minValue(68, MTU), maxValue(0x7fffffff, MTU));

function checkMtu(given: unknown): void {
  validate(wholeMtu, given, 'testing.limitMtu', 'mtu');
}
