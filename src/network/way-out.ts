import { ClosedError } from '../errors';
import type { NetworkRules } from '../firewall/network-rules';
import type { Family } from '../ip';
import type { NetworkNamespace } from '../netns/namespace';
import { forwardsSingly, isForwarded, readEgress } from './egress';
import { forgo, holds, isVoid, lease, leasesOf, openedFor, writeForwarding } from './forwarding';
import type { Holder } from './holder';
import { watchHost } from './host-watch';
import { locked } from './journal';
import type { Layout } from './layout';
import { familiesOf } from './opened-steps';
import { leadTables, misleadingTables } from './own-route';
import { currentOwner } from './owner';
import type { Standing } from './setup';
import { takeBackStanding } from './take-back';
import { undeleted } from './undeleted';

/** A network, as far as its way out goes. */
interface Place {
  readonly host: NetworkNamespace;
  readonly layout: Layout;
  readonly rules: NetworkRules;
}

const FIRST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 30_000;

/**
 * Has the host's devices forward for a network, and keeps them so while a process holds it: a device that comes later, such
 * as a VPN's, is opened as well, and one that others closed is opened again. What others have come to want is left to them.
 * Neither keeps the process alive nor gives up. docs/architecture.md says how and why.
 */
export class WayOut {
  readonly #place: Place;
  #unwatch: (() => void) | undefined;
  #stopped = false;
  #checking: Promise<void> = Promise.resolve();
  #pause = FIRST_PAUSE_MS;
  #timer: NodeJS.Timeout | undefined;

  constructor(place: Place) {
    this.#place = place;
  }

  /** Opens the way, and begins to keep it. Rejects with NetlinkError where that is not permitted. */
  async open(): Promise<void> {
    this.#unwatch = watchHost(this.#place.host, () => {
      void this.keep();
    });
    await this.#checkNow();
  }

  /** The same, but what fails is only warned of, and tried again. */
  async keep(): Promise<void> {
    clearTimeout(this.#timer);
    try {
      await (this.#unwatch ? this.#checkNow() : this.open());
      this.#pause = FIRST_PAUSE_MS;
    } catch (error) {
      this.#retry(error);
    }
  }

  // One at a time.
  #checkNow(): Promise<void> {
    this.#checking = this.#checking.catch(() => undefined).then(() => this.#check());
    return this.#checking;
  }

  /** Ends the watch. What is under way is finished first. */
  async stop(): Promise<void> {
    this.#end();
    await this.#checking.catch(() => undefined);
  }

  #end(): void {
    this.#stopped = true;
    this.#unwatch?.();
    clearTimeout(this.#timer);
  }

  async #check(): Promise<void> {
    const { host, layout } = this.#place;
    for (const family of familiesOf(layout)) {
      if (this.#stopped) return;
      if (await isLacking(this.#place, family)) await this.#underLock(() => openWays(this.#place, family));
      if (isForwarded(layout) && (await misleadingTables(host, layout, family)).length > 0)
        await this.#whileThere(() => leadTables(host, layout, family));
    }
  }

  // What lives with this process needs no lock, which is a file: this object alone deletes it, and waits for the check to end.
  #whileThere(change: () => Promise<void>): Promise<void> {
    return this.#place.layout.lifetime === 'process' ? change() : this.#underLock(change);
  }

  /** Changes the host while nobody can delete the network. One that somebody else has deleted is followed no more. */
  #underLock(change: () => Promise<void>): Promise<void> {
    return locked(async () => {
      if (!isThere(this.#place)) this.#end();
      if (!this.#stopped) await change();
    });
  }

  #retry(error: unknown): void {
    // Who closed the host's namespace has no use for it any more.
    if (this.#stopped || error instanceof ClosedError) return;
    if (this.#pause === FIRST_PAUSE_MS) warn(this.#place.layout, error);
    this.#timer = setTimeout(() => {
      void this.keep();
    }, this.#pause).unref();
    this.#pause = Math.min(this.#pause * 2, LONGEST_PAUSE_MS);
  }
}

/** Opens the way out of a network that was just made. If it cannot be opened, the network is removed again. */
export async function withWayOut(standing: Standing): Promise<Standing> {
  if (standing.layout.parent !== undefined) return standing;
  const wayOut = new WayOut(standing);
  try {
    await wayOut.open();
    return { ...standing, wayOut };
  } catch (error) {
    await wayOut.stop();
    await takeBackStanding(standing);
    throw error;
  }
}

/** The same of a network that was found: what cannot be opened now is tried again. */
export function withKeptWayOut(standing: Standing): Promise<Standing> {
  if (standing.layout.parent !== undefined) return Promise.resolve(standing);
  const wayOut = new WayOut(standing);
  return wayOut.keep().then(() => ({ ...standing, wayOut }));
}

/**
 * Opens what a network lacks, and `more` devices in any case. Its rules come first: they keep strangers from what forwards
 * only because of it. Under the lock.
 */
export async function openWays(place: Place, family: Family, more: readonly string[] = []): Promise<void> {
  const { host, layout, rules } = place;
  const { name, lifetime } = layout;
  const { all, closed, unleased } = await readLack(place, family, more);
  const holder: Holder = { network: name, ...(lifetime === 'process' && { owner: currentOwner() }) };
  lease(host, holder, family, { interfaces: unleased, all });
  forgo(host, name, family, all);
  await setOpened(rules, family, openedFor(host, name, family));
  if (family === 'ip' || forwardsSingly()) await writeForwarding(host, family, closed);
}

/** What a network lacks for one family of addresses. */
interface Lack {
  readonly all: boolean;
  /** Devices whose forwarding is to be switched on, its own among them. */
  readonly closed: readonly string[];
  /** Interfaces that forward, or will, for networks alone, and on which it has no lease that holds. */
  readonly unleased: readonly string[];
  /** Whether it has leases that are void. */
  readonly isStale: boolean;
}

async function readLack(
  { host, layout }: Place,
  family: Family,
  more: readonly string[] = [],
): Promise<Lack> {
  const { name, nat, interfaces, firewall } = layout;
  const leases = leasesOf(host, family);
  const own = leases.filter(holds(name)).map(({ ifname }) => ifname);
  const needed = [...own, ...more];
  const { all, closed, own: inner } = await readEgress(host, layout, family, needed);
  const valid = leases.filter((one) => !isVoid(all)(one)).map(({ ifname }) => ifname);
  const isWanted = (ifname: string): boolean =>
    more.includes(ifname) || (nat && (interfaces?.includes(ifname) ?? true));
  // Of a name that iptables would take for a prefix there is no rule that keeps strangers out.
  const found = closed.filter((ifname) => firewall === 'nftables' || !ifname.endsWith('+'));
  const isLeased = new Set(
    leases.filter((one) => holds(name)(one) && !isVoid(all)(one)).map(({ ifname }) => ifname),
  );
  return {
    all,
    closed: isForwarded(layout) || needed.length > 0 ? [...inner, ...found] : found,
    unleased: [...new Set([...found, ...valid.filter(isWanted)])].filter((ifname) => !isLeased.has(ifname)),
    isStale: own.some((ifname) => !isLeased.has(ifname)),
  };
}

async function isLacking(place: Place, family: Family): Promise<boolean> {
  const { closed, unleased, isStale } = await readLack(place, family);
  return closed.length > 0 || unleased.length > 0 || isStale;
}

async function setOpened(rules: NetworkRules, family: Family, wanted: readonly string[]): Promise<void> {
  const found = await rules.opened(family);
  await rules.changeOpened(family, {
    add: wanted.filter((ifname) => !found.includes(ifname)),
    remove: found.filter((ifname) => !wanted.includes(ifname)),
  });
}

function isThere({ host, layout }: Place): boolean {
  return layout.lifetime === 'process' || undeleted(host, layout) !== undefined;
}

function warn({ name }: Layout, error: unknown): void {
  const text = error instanceof Error ? error.message : String(error);
  process.emitWarning(
    `the host may not forward for network '${name}', which is tried again: ${text}`,
    'NetloomWarning',
  );
}
