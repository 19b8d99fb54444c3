'use strict';
// Chooses what is done next, by the seed and by what the model knows, so that most of it makes sense.
const SHARED = ['m0', 'm1', 'm2'];
const NAMESPACES = Array.from({ length: 12 }, (_, index) => `a${index}`);
const PORTS = Array.from({ length: 12 }, (_, index) => 20_001 + index);
const MOST_IN_A_ROW = 4;

/** How often each is chosen. */
const WEIGHTS = {
  ...{ create: 6, open: 8, attach: 24, attachMany: 6, detach: 20 },
  ...{ publish: 14, withdraw: 7, unpublish: 5, close: 3, delete: 4 },
  ...{ gc: 4, force: 1, cut: 2, flush: 1, kill: 2 },
};
const VERBS = Object.entries(WEIGHTS).flatMap(([verb, count]) => Array.from({ length: count }, () => verb));

/** Those that decide whether a network is there, or who holds it. */
const WHOLE = ['create', 'close', 'delete', 'force'];
const ENDS = ['close', 'delete', 'force'];

/** The persistent networks are everybody's; those of the other lifetime are their process's own. */
function specOf(network, place) {
  const number = network.slice(1);
  if (SHARED.includes(network)) return { network, lifetime: 'persistent', subnet: `10.60.${number}.0/24` };
  const own = { network, lifetime: 'process' };
  return network.startsWith('r')
    ? { ...own, subnet: `10.80.${place}.0/24`, mode: 'routed' }
    : { ...own, subnet: `10.70.${place}.0/24` };
}

/** Networks about which an order makes sense: what is made is not there, what is opened is, all else is held. */
function sensible(world, place, actor, verb) {
  const all = ['open', 'force', 'cut'].includes(verb) ? SHARED : [...SHARED, `p${place}`, `r${place}`];
  return all.filter((name) => {
    const known = world.networks.get(name);
    if (verb === 'create') return known === undefined;
    if (verb === 'force' || verb === 'cut') return known !== undefined;
    return known !== undefined && known.holders.has(actor) === (verb !== 'open');
  });
}

const ABOUT_NONE = ['gc', 'flush', 'kill'];

/** A verb and a network that make sense together, as a rule: who holds none makes or opens one. */
function verbAndNetwork(random, world, place, actor) {
  const any = random.below(12) === 0;
  const all = [...SHARED, `p${place}`, `r${place}`];
  const drawn = random.one(VERBS);
  if (any || ABOUT_NONE.includes(drawn)) return { verb: drawn, network: random.one(all) };
  const verb = [drawn, ...(random.below(2) ? ['open', 'create'] : ['create', 'open'])].find(
    (one) => sensible(world, place, actor, one).length > 0,
  );
  return { verb: verb ?? drawn, network: random.one(verb ? sensible(world, place, actor, verb) : all) };
}

/** Neighbouring ports: mostly one. */
function somePorts(random) {
  const first = random.below(PORTS.length);
  return PORTS.slice(first, first + (random.below(4) > 0 ? 1 : 3));
}

/** An order for the process at `place`, whose number is `actor`. */
function choose(random, world, place, actor) {
  const { verb, network } = verbAndNetwork(random, world, place, actor);
  const order = { verb, place, ...specOf(network, place) };
  const known = world.networks.get(order.network);
  const used = [...(known?.endpoints.keys() ?? [])];
  // Mostly what is there, at times what is not.
  const existing = used.length > 0 && random.below(10) > 0 ? random.one(used) : random.one(NAMESPACES);
  const fresh =
    random.below(10) > 0 ? random.one(NAMESPACES.filter((name) => !used.includes(name))) : existing;
  const published = [...(known?.ports.values() ?? [])];
  const mine = published.filter(({ by }) => by === actor);
  switch (verb) {
    case 'attach':
      return { ...order, namespace: fresh ?? existing };
    case 'attachMany':
      return { ...order, namespaces: random.sample(NAMESPACES, 1 + random.below(3)) };
    case 'detach':
      return { ...order, namespace: existing, kill: random.below(4) === 0 };
    case 'cut':
      return { ...order, namespace: existing };
    case 'publish':
      return { ...order, namespace: existing, ports: somePorts(random) };
    case 'withdraw':
      return { ...order, ports: mine.length > 0 ? random.one(mine).ports : somePorts(random) };
    case 'unpublish':
      return { ...order, ports: published.length > 0 ? random.one(published).ports : somePorts(random) };
    case 'delete':
      return { ...order, kill: random.below(3) === 0 };
    case 'force':
      return { ...order, verb: 'gc', force: order.network };
    default:
      return order;
  }
}

const verbOf = ({ verb, force }) => (verb === 'gc' && force ? 'force' : verb);

/** What no two processes may be about in one round, since nobody could tell afterwards what is right. */
function subjects({ namespace, namespaces = [namespace], ports = [], ...order }) {
  const whole = WHOLE.includes(verbOf(order)) ? [order.network] : [];
  return [...namespaces, ...ports, ...whole].filter((subject) => subject !== undefined);
}

/**
 * A round: for each process some orders, which it carries out one after another. `actors` are the numbers of the processes.
 * One process alone may be told anything.
 */
function chooseRound(random, world, actors) {
  const imagined = world.clone();
  const round = [];
  const taken = new Map();
  const stopped = new Set();
  const ended = actors.map(() => new Set());
  const rows = 1 + random.below(MOST_IN_A_ROW);
  for (let row = 0; row < rows; row++) {
    for (const [place, actor] of actors.entries()) {
      if (stopped.has(place)) continue;
      let order = choose(random, imagined, place, actor);
      if (order.verb === 'kill') {
        stopped.add(place);
        order = { ...choose(random, imagined, place, actor), killedAfter: random.below(12) };
        if (['kill', 'cut', 'flush'].includes(order.verb)) continue;
      }
      const about = subjects(order);
      const isTaken = (subject) => taken.has(subject) && (taken.get(subject) !== place || isWhole(subject));
      if (actors.length > 1 && (ended[place].has(order.network) || about.some(isTaken))) continue;
      for (const subject of about) taken.set(subject, place);
      if (ENDS.includes(verbOf(order))) ended[place].add(order.network);
      round.push(order);
      // Others go on with a network while somebody deletes it: what they ask for is refused, or goes with the network.
      if (actors.length === 1 || !ENDS.includes(verbOf(order))) imagined.acknowledge({ ...order, actor });
    }
  }
  return round;
}

const isWhole = (subject) => typeof subject === 'string' && !NAMESPACES.includes(subject);

/** 'process 2: attach a3 to m1'. */
function describe({ verb, place, network, namespace, namespaces, ports, kill, force, killedAfter }) {
  if (verb === 'flush') return 'nft flush ruleset';
  if (verb === 'cut') return `ip -n ${namespace} link delete eth0`;
  const words = [verb, ...(verb === 'gc' && !force ? [] : [network])];
  if (force) words.push('by force');
  if (namespaces ?? namespace) words.push((namespaces ?? [namespace]).join(','));
  if (ports) words.push(`port ${ports.join(',')}`);
  if (kill) words.push('with its processes');
  if (killedAfter !== undefined) words.push(`, killed after ${killedAfter} ms`);
  return `process ${place}: ${words.join(' ')}`;
}

module.exports = { SHARED, chooseRound, describe };
