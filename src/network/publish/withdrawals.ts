import { setImmediate } from 'node:timers/promises';
import type { PublishedPort } from '../../firewall/network/published-port';
import { withdraw } from './publish';
import type { Member } from '../model/member';
import type { NetworkRuntime } from '../runtime/runtime';

/** Withdraws published ports of a network, batched for each turn of the event loop. */
export class Withdrawals {
  readonly #runtime: NetworkRuntime;
  #waiting = new Map<PublishedPort, Member>();
  #together: Promise<void> | undefined;
  readonly #gone = new WeakSet<PublishedPort>();

  constructor(runtime: NetworkRuntime) {
    this.#runtime = runtime;
  }

  /** Withdraws ports of one endpoint; those already withdrawn, or with another target by now, are ignored. */
  async withdraw(ports: readonly PublishedPort[], to: Member): Promise<void> {
    const left = ports.filter((port) => !this.#gone.has(port));
    if (left.length === 0) return;
    for (const port of left) this.#waiting.set(port, to);
    return (this.#together ??= this.#withdrawWaiting());
  }

  async #withdrawWaiting(): Promise<void> {
    await setImmediate();
    const waiting = this.#waiting;
    this.#waiting = new Map();
    this.#together = undefined;
    await withdraw(this.#runtime, waiting);
    for (const port of waiting.keys()) this.#gone.add(port);
  }
}
