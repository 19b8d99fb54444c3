import { throwRefusal } from '../../../errors/not-found';
import { addressBytes } from '../../../base/ip';
import type { NetworkNamespace } from '../../../netns/namespace';
import { Plan } from '../../../plan/plan';
import type { Step } from '../../../plan/spec/step';
import { memoizeByObject } from '../../../base/memoize';
import { FORWARDS, upWithoutAutoIpv6 } from '../parts/link-steps';
import { SWITCH, UPLINK_PORT } from '../../model/labels';
import { derivedMac } from '../../addressing/derived-names';
import { addressStep6 } from '../parts/inet6-steps';
import { GATEWAY_LINK_LOCAL, ROUTER, ROUTER6 } from '../../addressing/link-addresses';
import { type Layout, type Layout6 } from '../../model/layout';
import { type Member } from '../../model/member';
import { neighbourStep } from '../parts/neighbours';
import { routerSteps } from './router-steps';
import { addressText } from '../../addressing/subnet';
import { address6Text, parseSubnet6, type Subnet6 } from '../../addressing/subnet6';
import { BLOCK_BITS, BLOCK_PREFIX, BLOCK_PREFIX6 } from '../../addressing/blocks';

/** The segment of an endpoint's addresses. */
export type Segment = Pick<Member, 'segment' | 'apart6'>;

/** The segment of addresses. */
export function segmentOf({ subnet, inet6 }: Layout, address: string, address6?: string): Segment {
  const segment = (Buffer.from(addressBytes(address)).readUInt32BE() - subnet.first) >>> BLOCK_BITS;
  const isApart = inet6 !== undefined && address6 !== undefined && !isInBlock6(inet6, segment, address6);
  return { segment, ...(isApart && { apart6: true as const }) };
}

/** The label of the namespace with a segment's router. */
export function segmentLabel(segment: number): string {
  return `${SWITCH}-${String(segment)}`;
}

/** The routers of a network's segments. Each stays until the network goes, even without endpoints. */
export class Segments {
  readonly #layout: Layout;
  readonly #core: NetworkNamespace;
  /** Routers that exist or are being created, by number. */
  readonly #routers = new Map<number, Promise<NetworkNamespace>>();

  constructor(layout: Layout, core: NetworkNamespace) {
    this.#layout = layout;
    this.#core = core;
  }

  /** The routers of members, by their labels in plans. Creates missing ones, each only once for concurrent callers. */
  async routersOf(members: readonly Member[]): Promise<Record<string, NetworkNamespace>> {
    const wanted = numbersOf(members);
    const missing = wanted.filter((number) => !this.#routers.has(number));
    if (missing.length > 0) this.#make(missing);
    const routers = await Promise.all(
      wanted.map((number) => this.#routers.get(number) as Promise<NetworkNamespace>),
    );
    return Object.fromEntries(
      wanted.map((number, index) => [segmentLabel(number), routers[index] as NetworkNamespace]),
    );
  }

  /** The existing routers, once pending ones have succeeded or failed. */
  async existing(): Promise<NetworkNamespace[]> {
    const settled = await Promise.allSettled(this.#routers.values());
    return settled.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  }

  /** Members by the router that has their ports. */
  async byRouter(members: readonly Member[]): Promise<Map<NetworkNamespace, Member[]>> {
    const sorted = new Map<NetworkNamespace, Member[]>();
    for (const number of numbersOf(members)) {
      const router = await this.#routers.get(number)?.catch(() => undefined);
      if (router)
        sorted.set(
          router,
          members.filter(({ segment }) => segment === number),
        );
    }
    return sorted;
  }

  // One plan: a failure leaves none of them, and the next caller tries again.
  #make(numbers: readonly number[]): void {
    const steps = numbers.flatMap((number) => segmentSteps(this.#layout, number));
    const made = new Plan({ namespaces: { [SWITCH]: this.#core }, steps }).apply();
    for (const number of numbers) {
      const router = made.then(({ namespaces }) => namespaces[segmentLabel(number)] as NetworkNamespace);
      this.#routers.set(number, router);
      router.catch(() => this.#routers.delete(number));
    }
  }
}

function numbersOf(members: readonly Member[]): number[] {
  return [...new Set(members.flatMap(({ segment = [] }) => segment))];
}

/** The steps that create the routers of members' segments. */
export function segmentStepsOf(layout: Layout, members: readonly Member[]): Step[] {
  return numbersOf(members).flatMap((number) => segmentSteps(layout, number));
}

/** The steps that create a segment's router, connect it to the core and route its block there. */
function segmentSteps(layout: Layout, segment: number): Step[] {
  const { name, gateway, mtu, subnet, inet6 } = layout;
  const netns = segmentLabel(segment);
  const port = portOf(segment);
  const [mac, coreMac] = ['uplink', 'core'].map((end) => derivedMac(name, `${netns} ${end}`, gateway)) as [
    string,
    string,
  ];
  const queues = { numTxQueues: 1, numRxQueues: 1 };
  const peer = { ifname: UPLINK_PORT, netns, address: mac, mtu, ...queues };
  const body = { ifname: port, kind: 'veth', address: coreMac, mtu, ...queues, peer } as const;
  const block = `${addressText(subnet.first + segment * 2 ** BLOCK_BITS)}/${String(BLOCK_PREFIX)}`;
  const block6 = inet6 && block6Of(inet6, segment);
  return [
    { op: 'netns.create', netns },
    { op: 'link.add', netns: SWITCH, body },
    ...upWithoutAutoIpv6(layout, netns, UPLINK_PORT, FORWARDS),
    ...routerSteps(layout, { netns, address: ROUTER, uplink: UPLINK_PORT, mac: coreMac }),
    ...deadEndSteps(layout, netns),
    ...upWithoutAutoIpv6(layout, SWITCH, port, FORWARDS),
    {
      op: 'route.add',
      netns: SWITCH,
      body: { to: block, via: ROUTER, dev: port, onlink: true },
      undo: 'none',
    },
    neighbourStep(SWITCH, ROUTER, port, mac),
    ...(inet6
      ? [addressStep6(SWITCH, port, `${GATEWAY_LINK_LOCAL}/64`), neighbourStep(SWITCH, ROUTER6, port, mac)]
      : []),
    ...(block6 ? [wayStep6(block6, port)] : []),
  ];
}

/**
 * Packets from the core are for an endpoint of the segment or for nobody: they must not use the default route, which
 * would send them back. IPv6 addresses of a block may belong to endpoints in other segments, so that no unreachable
 * route can cover the block.
 */
function deadEndSteps({ inet6 }: Layout, netns: string): Step[] {
  const families = inet6 ? (['inet', 'inet6'] as const) : (['inet'] as const);
  return families.flatMap((family) =>
    [{ table: 'main', suppressPrefixlen: 0 } as const, { action: 'unreachable' } as const].map(
      (rule, index): Step => ({
        op: 'rule.add',
        netns,
        body: { family, iif: UPLINK_PORT, priority: 1 + index, ...rule },
        undo: 'none',
      }),
    ),
  );
}

/** The step that adds the core's route to an IPv6 address outside its segment's block. */
export function apartSteps({ segment, address6, apart6 }: Member): Step[] {
  if (!apart6 || segment === undefined) return [];
  return [wayStep6(`${address6 ?? ''}/128`, portOf(segment))];
}

/** Undoes {@link apartSteps} for members that leave. */
export async function removeApart(core: NetworkNamespace, members: readonly Member[]): Promise<void> {
  const apart = members.filter(({ apart6 }) => apart6);
  if (apart.length === 0) return;
  const results = await core.rtnl.batch((batch) => {
    for (const { address6 = '' } of apart) batch.route.delete({ to: `${address6}/128` });
  });
  throwRefusal(results);
}

function wayStep6(to: string, dev: string): Step {
  return { op: 'route.add', netns: SWITCH, body: { to, via: ROUTER6, dev } };
}

/** The core's port for a segment. */
function portOf(segment: number): string {
  return `segment${String(segment)}`;
}

const subnet6Of = memoizeByObject(({ subnet }: Layout6) => parseSubnet6(subnet) as Subnet6);

// The block at the same position in the second subnet; none where that is smaller.
function block6Of(inet6: Layout6, segment: number): string | undefined {
  if (!hasBlock6(inet6, segment)) return undefined;
  const start = subnet6Of(inet6).first + (BigInt(segment) << BigInt(BLOCK_BITS));
  return `${address6Text(start)}/${String(BLOCK_PREFIX6)}`;
}

function hasBlock6(inet6: Layout6, segment: number): boolean {
  const { first, last } = subnet6Of(inet6);
  return first + (BigInt(segment + 1) << BigInt(BLOCK_BITS)) <= last + 1n;
}

function isInBlock6(inet6: Layout6, segment: number, address6: string): boolean {
  const address = BigInt(`0x${Buffer.from(addressBytes(address6)).toString('hex')}`);
  const place = (address - subnet6Of(inet6).first) >> BigInt(BLOCK_BITS);
  return place === BigInt(segment) && hasBlock6(inet6, segment);
}
