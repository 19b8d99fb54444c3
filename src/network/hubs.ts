import type { NetworkNamespace } from '../netns/namespace';
import { Plan } from '../plan/plan';
import type { Step } from '../plan/step';
import { quietUp, SWITCH_BRIDGE, SWITCH_BRIDGE_INDEX, UPLINK_PORT } from './create-steps';
import { hubLabel, type Layout, SWITCH } from './layout';

/**
 * How many endpoints share a bridge. It takes 1,023 ports at most, and each costs the kernel the more time the more there
 * are: 0.18 ms at 250, 0.39 ms at 1,000 (Linux 6.18).
 */
const ENDPOINTS_EACH = 250;

interface Hub {
  endpoints: number;
  readonly ready: Promise<NetworkNamespace>;
  /** Once it is ready. */
  netns?: NetworkNamespace;
}

/**
 * The bridges of a network that lives with its process. The first is the switch, which has the uplink; when it is full,
 * others join it, each in a namespace of its own. All of them together are one link for the endpoints.
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
    const used = [...new Set(places)];
    const ready = await Promise.allSettled(used.map((number) => this.#ready(number)));
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

  /** The namespaces of all hubs, by the label that the steps use. */
  get namespaces(): Record<string, NetworkNamespace> {
    const ready = [...this.#hubs].flatMap(([number, { netns }]) =>
      netns ? [[hubLabel(number), netns] as const] : [],
    );
    return Object.fromEntries(ready);
  }

  async #ready(number: number): Promise<void> {
    const hub = this.#hubs.get(number) as Hub;
    hub.netns = await hub.ready;
  }

  async #make(numbers: readonly number[]): Promise<Readonly<Record<string, NetworkNamespace>>> {
    const steps = numbers.flatMap((number) => hubSteps(this.#layout, number));
    const plan = new Plan({ namespaces: { [SWITCH]: this.namespaces[SWITCH] as NetworkNamespace }, steps });
    return (await plan.apply()).namespaces;
  }
}

async function namespaceOf(
  made: Promise<Readonly<Record<string, NetworkNamespace>>> | undefined,
  label: string,
): Promise<NetworkNamespace> {
  return (await made)?.[label] as NetworkNamespace;
}

/** The steps that make a further hub and join it to the switch. */
export function hubSteps(layout: Layout, number: number): Step[] {
  const netns = hubLabel(number);
  const { mtu } = layout;
  const trunk = `hub${String(number)}`;
  const queues = { numTxQueues: 1, numRxQueues: 1 };
  const peer = { ifname: UPLINK_PORT, netns, mtu, ...queues };
  return [
    { op: 'netns.create', netns },
    {
      op: 'link.add',
      netns,
      body: { index: SWITCH_BRIDGE_INDEX, ifname: SWITCH_BRIDGE, kind: 'bridge', mtu },
    },
    ...quietUp(layout, netns, SWITCH_BRIDGE),
    {
      op: 'link.add',
      netns: SWITCH,
      body: { ifname: trunk, kind: 'veth', mtu, ...queues, master: SWITCH_BRIDGE_INDEX, peer },
    },
    ...quietUp(layout, SWITCH, trunk),
    {
      op: 'link.set',
      netns,
      body: { ifname: UPLINK_PORT, master: SWITCH_BRIDGE_INDEX },
      undo: 'none',
    },
    ...quietUp(layout, netns, UPLINK_PORT),
  ];
}
