'use strict';
// What must be there, by what was acknowledged. A process is known by its number, which a successor does not share.
class World {
  networks = new Map();
  living = new Set();

  clone() {
    return Object.assign(new World(), {
      networks: structuredClone(this.networks),
      living: new Set(this.living),
    });
  }

  /** Whether the library owes success, by what the world looks like and one process at work. */
  owes({ actor, verb, network, namespace, namespaces, ports }) {
    const known = this.networks.get(network);
    const held = known !== undefined && known.holders.has(actor);
    switch (verb) {
      case 'create':
        return known === undefined;
      case 'open':
        return known !== undefined && known.lifetime === 'persistent' && !held;
      case 'attach':
        return held && this.isFree(known, namespace);
      case 'attachMany':
        return held && namespaces.every((name) => this.isFree(known, name));
      case 'detach':
        return held && known.endpoints.has(namespace);
      case 'publish':
        return held && known.endpoints.has(namespace) && !ports.some((port) => this.#isPublished(port));
      case 'withdraw':
        return held && ports.every((port) => known.ports.get(port)?.by === actor);
      default:
        return verb === 'gc' || held;
    }
  }

  /** Whether the model allows that a network is there or not. */
  get isDoubtful() {
    return [...this.networks.values()].some(({ doubtful }) => doubtful);
  }

  /** Whether it must be refused, whoever else is at work. */
  forbids({ verb, network, namespace }) {
    const known = this.networks.get(network);
    if (verb === 'create' || verb === 'gc') return false;
    return verb === 'publish' && known !== undefined && !known.endpoints.has(namespace);
  }

  /** Whether a namespace can be attached by this name: names are the machine's, whichever network has them. */
  isFree(known, namespace) {
    if (known.endpoints.has(namespace)) return false;
    return (
      known.lifetime === 'process' || !this.#persistent().some(({ endpoints }) => endpoints.has(namespace))
    );
  }

  #persistent() {
    return [...this.networks.values()].filter(({ lifetime }) => lifetime === 'persistent');
  }

  #isPublished(port) {
    return [...this.networks.values()].some(({ ports }) => ports.has(port));
  }

  acknowledge(order) {
    const { actor, verb, network, namespace, namespaces = [namespace], ports, lifetime, force } = order;
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
        for (const port of ports) known?.ports.set(port, { of: namespace, by: actor, ports });
        return;
      case 'withdraw':
      case 'unpublish':
        for (const port of ports) known?.ports.delete(port);
        return;
      case 'cut':
        // Namespaces of the other lifetime have no name by which others could find them.
        for (const { endpoints } of this.#persistent()) {
          const endpoint = endpoints.get(namespace);
          if (endpoint) endpoint.broken = true;
        }
        return;
      // An object of an earlier network of the name ends nothing of this one.
      case 'close':
        if (known?.holders.has(actor)) this.#close(known, actor, network);
        return;
      case 'delete':
        if (known?.holders.has(actor)) this.networks.delete(network);
        return;
      case 'gc':
        if (!force) this.#collect();
        // What lives with a living process is its own.
        else if (known?.lifetime === 'persistent') this.networks.delete(network);
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

  /** Somebody removed all rules. Nobody makes those of a network anew that nobody holds, or that was let go meanwhile. */
  flushed() {
    for (const known of this.networks.values())
      if (known.lifetime === 'persistent' && known.holders.size === 0) known.flushed = true;
  }
}

module.exports = { World };
