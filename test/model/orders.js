'use strict';
// Chooses what is done next, by the seed and by what the model knows, so that most of it makes sense.
const SHARED = ['m0', 'm1', 'm2'];
const NAMESPACES = Array.from({ length: 12 }, (_, index) => `a${index}`);
const PORTS = Array.from({ length: 12 }, (_, index) => 20_001 + index);

/** How often each is chosen. */
const WEIGHTS = {
  ...{
    create: 6,
    open: 8,
    attach: 24,
    attachMany: 6,
    detach: 20,
    publish: 14,
    withdraw: 10,
    close: 3,
    delete: 4,
  },
  ...{ gc: 5, cut: 2, flush: 1, kill: 2 },
};
const VERBS = Object.entries(WEIGHTS).flatMap(([verb, count]) => Array.from({ length: count }, () => verb));

/** The persistent networks are everybody's; one of the other lifetime is its process's own. */
function specOf(network, place) {
  if (SHARED.includes(network))
    return { network, lifetime: 'persistent', subnet: `10.60.${SHARED.indexOf(network)}.0/24` };
  return { network, lifetime: 'process', subnet: `10.70.${place}.0/24` };
}

/** One that makes sense, as a rule: what is made is not there, what is opened is, all else is held. */
function networkFor(random, world, place, actor, verb) {
  const all = verb === 'open' ? SHARED : [...SHARED, `p${place}`];
  const sensible = all.filter((name) => {
    const known = world.networks.get(name);
    if (verb === 'create') return known === undefined;
    return known !== undefined && known.holders.has(actor) === (verb !== 'open');
  });
  const some = sensible.length > 0 && random.below(12) > 0 ? sensible : all;
  return specOf(random.one(some), place);
}

/** An order for the process at `place`, whose number is `actor`. */
function choose(random, world, place, actor) {
  const verb = random.one(VERBS);
  const order = { verb, place, ...networkFor(random, world, place, actor, verb) };
  const known = world.networks.get(order.network);
  const used = [...(known?.endpoints.keys() ?? [])];
  // Mostly what is there, at times what is not.
  const existing = used.length > 0 && random.below(10) > 0 ? random.one(used) : random.one(NAMESPACES);
  const fresh =
    random.below(10) > 0 ? random.one(NAMESPACES.filter((name) => !used.includes(name))) : existing;
  const mine = [...(known?.ports ?? [])].filter(([, { by }]) => by === actor).map(([port]) => port);
  switch (verb) {
    case 'attach':
      return { ...order, namespace: fresh ?? existing };
    case 'attachMany':
      return { ...order, namespaces: random.sample(NAMESPACES, 1 + random.below(3)) };
    case 'detach':
    case 'cut':
      return { ...order, namespace: existing };
    case 'publish':
      return { ...order, namespace: existing, port: random.one(PORTS) };
    case 'withdraw':
      return { ...order, port: mine.length > 0 ? random.one(mine) : random.one(PORTS) };
    default:
      return order;
  }
}

/** 'process 2: attach a3 to m1'. */
function describe({ verb, place, network, namespace, namespaces, port, killedAfter }) {
  const what = [namespace, namespaces?.join(','), port].filter((part) => part !== undefined).join(' port ');
  const kill = killedAfter === undefined ? '' : `, killed after ${killedAfter} ms`;
  if (verb === 'flush') return 'nft flush ruleset';
  if (verb === 'cut') return `ip -n ${namespace} link delete eth0`;
  return `process ${place}: ${verb}${verb === 'gc' ? '' : ` ${network}`}${what === '' ? '' : ` ${what}`}${kill}`;
}

module.exports = { choose, describe };
