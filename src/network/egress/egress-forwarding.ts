import { ClosedError } from '../../errors/errors';
import type { Family } from '../../base/ip';
import { driverOf } from '../drivers';
import { devicesOpenedFor } from '../leases/forwarding';
import { isGatewayLost, restoreGateway } from './gateway';
import { isForwarded } from './network-egress';
import { watchDevice, watchHost } from '../host/watch';
import { locked } from '../journal/intents';
import { transitFilterOf, type Place } from './transit-filter';
import type { Layout } from '../model/layout';
import { familiesOf } from '../model/families';
import { lifetimeOf } from '../model/lifetime';
import { addTableRoutes, tablesWithoutRoute } from './table-routes';
import { undeleted } from '../journal/undeleted';
import { lacksForwarding, enableForwarding } from './enable-forwarding';

const FIRST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 30_000;

interface OwnPlace extends Place {
  /** The index of the host's device: 0 for a missing one. */
  readonly device: number;
}

// With the device the kernel removes routes other than an address's own, and IPv6 addresses; it restores neither.
function losesRoutes(layout: Layout): boolean {
  const steps = driverOf(layout).gatewaySteps(layout);
  return layout.inet6 !== undefined || steps.some(({ op }) => op === 'route.add');
}

/**
 * Enables forwarding on the host's devices for a network, and maintains it while a process holds the network: a later
 * device, such as a VPN's, is opened as well, and one that others closed is opened again. Settings that others want by
 * now are left to them. The host's address on the network and the route there are maintained likewise. This neither
 * keeps the process alive nor gives up. docs/architecture.md says how and why.
 */
export class EgressForwarding {
  readonly #place: OwnPlace;
  /** The devices last passed to the network's rules, which block transit traffic. */
  readonly #blocked = new Map<Family, string>();
  #unwatch: (() => void) | undefined;
  #unwatchDevice: (() => void) | undefined;
  #unwatchFilter: (() => void) | undefined;
  #stopped = false;
  #checking: Promise<void> = Promise.resolve();
  #pause = FIRST_PAUSE_MS;
  #timer: NodeJS.Timeout | undefined;

  constructor(place: OwnPlace) {
    this.#place = place;
  }

  /** Enables forwarding, and begins to maintain it. Rejects with NetlinkError where that is not permitted. */
  async open(): Promise<void> {
    const { host, layout, device } = this.#place;
    const keep = (): void => {
      void this.keep();
    };
    this.#unwatch = watchHost(host, keep);
    if (losesRoutes(layout) && device !== 0) this.#unwatchDevice = watchDevice(host, device, keep);
    await this.#checkNow();
  }

  /** The same, but a failure is only warned of, and retried. */
  async keep(): Promise<void> {
    clearTimeout(this.#timer);
    try {
      await (this.#unwatch ? this.#checkNow() : this.open());
      await this.#inTurn(() => this.#keepGateway());
      this.#pause = FIRST_PAUSE_MS;
    } catch (error) {
      this.#retry(error);
    }
  }

  // One at a time.
  #checkNow(): Promise<void> {
    return this.#inTurn(() => this.#check());
  }

  #inTurn(check: () => Promise<void>): Promise<void> {
    this.#checking = this.#checking.catch(() => undefined).then(check);
    return this.#checking;
  }

  async #keepGateway(): Promise<void> {
    if (this.#stopped || !(await isGatewayLost(this.#place))) return;
    await this.#whileThere(() => restoreGateway(this.#place));
  }

  /** Ends the watch, after work under way. */
  async stop(): Promise<void> {
    this.#end();
    await this.#checking.catch(() => undefined);
  }

  #end(): void {
    this.#stopped = true;
    this.#unwatch?.();
    this.#unwatchDevice?.();
    this.#unwatchFilter?.();
    clearTimeout(this.#timer);
  }

  async #check(): Promise<void> {
    const { host, layout } = this.#place;
    for (const family of familiesOf(layout)) {
      if (this.#stopped) return;
      if (
        this.#isOutdated(family) ||
        (await lacksForwarding(this.#place, family)) ||
        !(await this.#isBlocked(family))
      )
        await this.#underLock(() => this.#open(family));
      if (isForwarded(layout) && (await tablesWithoutRoute(host, layout, family)).length > 0)
        await this.#whileThere(() => addTableRoutes(host, layout, family));
    }
  }

  async #open(family: Family): Promise<void> {
    await enableForwarding(this.#place, family);
    const opened = this.#opened(family);
    this.#blocked.set(family, opened);
    if (opened !== '' && !this.#stopped) this.#watchFilter();
  }

  #isBlocked(family: Family): Promise<boolean> {
    return transitFilterOf(this.#place.layout).isBlocked(this.#place, family);
  }

  #watchFilter(): void {
    this.#unwatchFilter ??= transitFilterOf(this.#place.layout).watch(this.#place.host, () => {
      void this.#restoreFilter();
    });
  }

  // At once: transit traffic passes meanwhile.
  async #restoreFilter(): Promise<void> {
    try {
      await this.#underLock(() => transitFilterOf(this.#place.layout).restore(this.#place));
    } catch {
      await this.keep();
    }
  }

  // Another network may have been the first to see a new name of a device of both.
  #isOutdated(family: Family): boolean {
    return this.#opened(family) !== (this.#blocked.get(family) ?? '');
  }

  #opened(family: Family): string {
    const { host, layout } = this.#place;
    return devicesOpenedFor(host, layout.name, family).sort().join(' ');
  }

  // A network that lives with this process needs no lock, which is a file: only this object deletes it, and waits for
  // the check to end.
  #whileThere(change: () => Promise<void>): Promise<void> {
    return lifetimeOf(this.#place.layout).hasRecord ? this.#underLock(change) : change();
  }

  /**
   * Changes the host while nobody can delete the network. A network that another process has deleted is not followed
   * any more.
   */
  #underLock(change: () => Promise<void>): Promise<void> {
    return locked(async () => {
      if (!isThere(this.#place)) this.#end();
      if (!this.#stopped) await change();
    });
  }

  #retry(error: unknown): void {
    // After close() of the host's namespace no retry is needed.
    if (this.#stopped || error instanceof ClosedError) return;
    if (this.#pause === FIRST_PAUSE_MS) warn(this.#place.layout, error);
    this.#timer = setTimeout(() => {
      void this.keep();
    }, this.#pause).unref();
    this.#pause = Math.min(this.#pause * 2, LONGEST_PAUSE_MS);
  }
}

function isThere({ host, layout }: Place): boolean {
  return !lifetimeOf(layout).hasRecord || undeleted(host, layout) !== undefined;
}

function warn({ name }: Layout, error: unknown): void {
  const text = error instanceof Error ? error.message : String(error);
  process.emitWarning(
    `forwarding for network '${name}' may be off, and is retried: ${text}`,
    'NetloomWarning',
  );
}
