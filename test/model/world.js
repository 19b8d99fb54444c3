'use strict';
// What must be there, by what was acknowledged. A process is known by its number, which a successor does not share.
class World {
  networks = new Map();
  living = new Set();

  /** Whether the library owes success, by what the world looks like and one process at work. */
  owes({ actor, verb, network, namespace, namespaces, port }) {
    const known = this.networks.get(network);
    const held = known !== undefined && known.holders.has(actor);
    switch (verb) {
      case 'create':
        return known === undefined;
      case 'open':
        return known !== undefined && known.lifetime === 'persistent' && !held;
      case 'attach':
        return held && this.#isFree(known, namespace);
      case 'attachMany':
        return held && namespaces.every((name) => this.#isFree(known, name));
      case 'detach':
        return held && known.endpoints.has(namespace);
      case 'publish':
        return held && known.endpoints.has(namespace) && !this.#isPublished(port);
      case 'withdraw':
        return held && known.ports.get(port)?.by === actor;
      default:
        return verb === 'gc' || held;
    }
  }

  /** Whether it must be refused, whoever else is at work. */
  forbids({ verb, network, namespace }) {
    const known = this.networks.get(network);
    if (verb === 'create' || verb === 'gc') return false;
    return verb === 'publish' && known !== undefined && !known.endpoints.has(namespace);
  }

  #isFree(known, namespace) {
    if (known.endpoints.has(namespace)) return false;
    const others = [...this.networks.values()].filter(({ lifetime }) => lifetime === 'persistent');
    return known.lifetime === 'process' || !others.some(({ endpoints }) => endpoints.has(namespace));
  }

  #isPublished(port) {
    return [...this.networks.values()].some(({ ports }) => ports.has(port));
  }

  acknowledge(order) {
    const { actor, verb, network, namespace, namespaces = [namespace], port, lifetime } = order;
    const known = this.networks.get(network);
    switch (verb) {
      case 'create': {
        const holders = new Set([actor]);
        const fresh = { lifetime, maker: actor, holders, endpoints: new Map(), ports: new Map() };
        this.networks.set(network, {
          ...fresh,
          handedOver: false,
          shared: false,
          doubtful: false,
          flushed: false,
        });
        return;
      }
      case 'open':
        if (known === undefined) return;
        known.holders.add(actor);
        known.shared = true;
        known.flushed = false;
        return;
      case 'attach':
      case 'attachMany':
        for (const name of namespaces) known?.endpoints.set(name, { broken: false });
        return;
      case 'detach':
        known?.endpoints.delete(namespace);
        for (const [number, { of }] of known?.ports ?? []) if (of === namespace) known.ports.delete(number);
        return;
      case 'publish':
        known?.ports.set(port, { of: namespace, by: actor });
        return;
      case 'withdraw':
        known?.ports.delete(port);
        return;
      case 'close':
        this.#close(known, actor, network);
        return;
      case 'delete':
        this.networks.delete(network);
        return;
      case 'gc':
        this.#collect();
    }
  }

  // A dead process's network goes. Whether one that others had opened was handed over to them is theirs to say: as a whole
  // it may stay or go.
  #collect() {
    for (const [name, known] of this.networks) {
      if (known.lifetime === 'process' || known.holders.size > 0 || known.handedOver) continue;
      if (known.shared) known.doubtful = true;
      else this.networks.delete(name);
    }
  }

  #close(known, actor, network) {
    if (known === undefined) return;
    known.holders.delete(actor);
    if (known.lifetime === 'process') this.networks.delete(network);
    else if (known.maker === actor || !this.living.has(known.maker)) known.handedOver = true;
  }

  /** A process was killed. What it was about may be done or not: `seen` decides, once gc() has run. */
  died(actor) {
    this.living.delete(actor);
    for (const [name, known] of this.networks) {
      known.holders.delete(actor);
      if (known.lifetime === 'process' && known.maker === actor) this.networks.delete(name);
    }
  }

  flush() {
    for (const known of this.networks.values())
      if (known.lifetime === 'persistent' && known.holders.size === 0) known.flushed = true;
  }
}

module.exports = { World };
