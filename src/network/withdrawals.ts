import { setImmediate } from 'node:timers/promises';
import type { PublishedPort } from '../firewall/published';
import { removePorts } from './remove';
import type { Standing } from './setup';

/** Withdraws the published ports of a network: those that are asked for in one turn of the event loop together. */
export class Withdrawals {
  readonly #standing: Standing;
  #waiting = new Set<PublishedPort>();
  #together: Promise<void> | undefined;

  constructor(standing: Standing) {
    this.#standing = standing;
  }

  /** Withdraws ports; those that are gone already, or lead elsewhere by now, are ignored. */
  withdraw(ports: readonly PublishedPort[]): Promise<void> {
    for (const port of ports) this.#waiting.add(port);
    return (this.#together ??= this.#withdrawWaiting());
  }

  async #withdrawWaiting(): Promise<void> {
    await setImmediate();
    const ports = [...this.#waiting];
    this.#waiting = new Set();
    this.#together = undefined;
    const { host, ledger, rules } = this.#standing;
    const announcement = await ledger.announce(() => ({ action: 'withdraw', ports }));
    await removePorts(host, rules, ports);
    await announcement.commit();
  }
}
