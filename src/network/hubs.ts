import type { NetworkNamespace } from '../netns/namespace';
import { Plan } from '../plan/plan';
import type { Step } from '../plan/step';
import { bridgeStep, quietUp, SWITCH_BRIDGE, SWITCH_BRIDGE_INDEX, UPLINK_PORT } from './create-steps';
import { derivedMac } from './derive';
import { hubLabel, type Layout, type Member, SWITCH } from './layout';

/**
 * How many endpoints share a bridge. It takes 1,023 ports at most, and each costs the kernel the more time the more there
 * are: 0.18 ms at 250, 0.39 ms at 1,000 (Linux 6.18). And what is for everyone reaches a thousand at most: it waits for them
 * in one queue of net.core.netdev_max_backlog packets, and when that is full not even the answer gets through.
 */
const ENDPOINTS_EACH = 250;

const ROUTER_SETTINGS = {
  'net/ipv4/ip_forward': '1',
  'net/ipv4/conf/all/proxy_arp': '1',
  // By default it would wait for up to 0.8 seconds whether someone else answers.
  [`net/ipv4/neigh/${SWITCH_BRIDGE}/proxy_delay`]: '0',
  [`net/ipv4/neigh/${UPLINK_PORT}/proxy_delay`]: '0',
};

interface Hub {
  endpoints: number;
  readonly ready: Promise<NetworkNamespace>;
  /** Once it is ready. */
  netns?: NetworkNamespace;
}

/**
 * The bridges of a network that lives with its process. The first is the switch, which has the uplink; when it is full,
 * others join it, each in a namespace of its own that is a router between its bridge and the switch. It answers for
 * everyone beyond (proxy ARP), so that endpoints see a single link; only what is for everyone stays within a hub.
 */
export class Hubs {
  readonly #layout: Layout;
  readonly #hubs = new Map<number, Hub>();
  #next = 1;

  constructor(layout: Layout, first: NetworkNamespace) {
    this.#layout = layout;
    this.#hubs.set(0, { endpoints: 0, ready: Promise.resolve(first), netns: first });
  }

  /** Finds room for endpoints, and makes what is missing. Returns the number of each one's hub, to be released again. */
  async reserve(count: number): Promise<number[]> {
    const places: number[] = [];
    for (const [number, hub] of this.#hubs) take(number, hub);
    const fresh: number[] = [];
    const ahead = Math.ceil((count - places.length) / ENDPOINTS_EACH);
    for (let i = 0; i < ahead; i += 1) fresh.push(this.#next++);
    const made = fresh.length > 0 ? this.#make(fresh) : undefined;
    for (const number of fresh) {
      const hub: Hub = { endpoints: 0, ready: namespaceOf(made, hubLabel(number)) };
      this.#hubs.set(number, hub);
      take(number, hub);
    }
    const awaited = [...new Set(places)].filter((number) => !this.#hubs.get(number)?.netns);
    const ready = await Promise.allSettled(awaited.map((number) => this.#ready(number)));
    const failure = ready.find((result) => result.status === 'rejected');
    if (failure === undefined) return places;
    await this.release(places);
    throw failure.reason;

    function take(number: number, hub: Hub): void {
      while (hub.endpoints < ENDPOINTS_EACH && places.length < count) {
        hub.endpoints += 1;
        places.push(number);
      }
    }
  }

  /** Gives places back. A hub without endpoints goes; the switch stays. */
  async release(places: readonly number[]): Promise<void> {
    for (const number of places) {
      const hub = this.#hubs.get(number);
      if (hub) hub.endpoints -= 1;
    }
    const empty = [...this.#hubs].filter(([number, { endpoints }]) => number > 0 && endpoints === 0);
    for (const [number] of empty) this.#hubs.delete(number);
    await Promise.all(empty.map(async ([, { netns }]) => netns?.delete()));
  }

  /** The namespaces of hubs, by the labels that the steps use. */
  namespacesOf(numbers: Iterable<number>): Record<string, NetworkNamespace> {
    const ready: Record<string, NetworkNamespace> = {};
    for (const number of numbers) {
      const netns = this.#hubs.get(number)?.netns;
      if (netns) ready[hubLabel(number)] = netns;
    }
    return ready;
  }

  /** Those of all that are ready. */
  get namespaces(): Record<string, NetworkNamespace> {
    return this.namespacesOf(this.#hubs.keys());
  }

  async #ready(number: number): Promise<void> {
    const hub = this.#hubs.get(number) as Hub;
    hub.netns = await hub.ready;
  }

  async #make(numbers: readonly number[]): Promise<Readonly<Record<string, NetworkNamespace>>> {
    const steps = numbers.flatMap((number) => hubSteps(this.#layout, number));
    const plan = new Plan({
      namespaces: { [SWITCH]: this.namespacesOf([0])[SWITCH] as NetworkNamespace },
      steps,
    });
    return (await plan.apply()).namespaces;
  }
}

async function namespaceOf(
  made: Promise<Readonly<Record<string, NetworkNamespace>>> | undefined,
  label: string,
): Promise<NetworkNamespace> {
  return (await made)?.[label] as NetworkNamespace;
}

/** Whether a network can have further hubs: they are routers of IPv4, and leave addresses of neighbours to be asked for. */
export function canGrow({ lifetime, routed, macvlan, inet6, neighbours }: Layout): boolean {
  return lifetime === 'process' && !routed && !macvlan && !inet6 && neighbours === undefined;
}

/** The step that leads a hub to one of its endpoints; the switch needs none. */
export function hubRouteSteps({ hub, address }: Member): Step[] {
  if (hub === undefined) return [];
  return [{ op: 'route.add', netns: hubLabel(hub), body: { to: `${address}/32`, dev: SWITCH_BRIDGE_INDEX } }];
}

// What a hub asks its neighbours with, on both sides: an address that nobody else on the network has, the other hubs
// included, because none would answer to its own.
function ownAddress(number: number): string {
  return `169.254.${String(2 + (number >> 8))}.${String(number & 0xff)}`;
}

/** The steps that make a further hub and join it to the switch. */
export function hubSteps(layout: Layout, number: number): Step[] {
  const netns = hubLabel(number);
  const { mtu, gateway, subnet } = layout;
  const trunk = `hub${String(number)}`;
  const queues = { numTxQueues: 1, numRxQueues: 1 };
  const peer = { ifname: UPLINK_PORT, netns, mtu, ...queues };
  // Without one of its own the bridge would take the least of its ports', again and again as they come.
  const mac = derivedMac(layout.name, trunk, gateway);
  return [
    { op: 'netns.create', netns },
    bridgeStep(layout, netns, { index: SWITCH_BRIDGE_INDEX, ifname: SWITCH_BRIDGE, address: mac }),
    ...quietUp(layout, netns, SWITCH_BRIDGE),
    {
      op: 'link.add',
      netns: SWITCH,
      body: { ifname: trunk, kind: 'veth', mtu, ...queues, master: SWITCH_BRIDGE_INDEX, peer },
    },
    ...quietUp(layout, SWITCH, trunk),
    ...quietUp(layout, netns, UPLINK_PORT),
    ...Object.entries(ROUTER_SETTINGS).map(([path, value]): Step => ({ op: 'sysctl', netns, path, value })),
    { op: 'addr.add', netns, body: { dev: UPLINK_PORT, address: `${ownAddress(number)}/32` }, undo: 'none' },
    { op: 'route.add', netns, body: { to: subnet.text, dev: UPLINK_PORT }, undo: 'none' },
    { op: 'route.add', netns, body: { to: 'default', via: gateway, dev: UPLINK_PORT }, undo: 'none' },
  ];
}
