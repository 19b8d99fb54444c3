'use strict';
// What is there, by /proc, /run and `nft`, in the words of the model.
const { lines, names } = require('../harness/host');
const { output } = require('../harness/tools');

const PORTS = /\b20[0-9]{3}\b/g;

/** Devices: of networks by name, and how many ends of endpoints. */
function devices() {
  const all = lines('/proc/net/dev')
    .slice(2)
    .map((line) => line.split(':')[0].trim());
  return {
    networks: all
      .filter((name) => /^nl-/.test(name))
      .map((name) => name.slice(3))
      .sort(),
    ends: all.filter((name) => /^nl[0-9a-f]{6}/.test(name)).length,
  };
}

/** By network: the ports of the host that its table publishes. As text: nft 1.0.6 has no JSON for some flags of tables. */
async function tables() {
  const found = new Map();
  const text = await output('nft list ruleset');
  for (const table of text.split(/^table /m)) {
    const name = /^ip6? netloom-(\S+)/.exec(table)?.[1];
    if (name === undefined) continue;
    if (!found.has(name)) found.set(name, new Set());
    for (const port of table.match(PORTS) ?? []) found.get(name).add(Number(port));
  }
  return found;
}

/** Everything, or without the rules, which take a process to read. */
async function look({ rules }) {
  return {
    ...devices(),
    namespaces: names('/run/netns')
      .filter((name) => name !== 'lan')
      .sort(),
    ...(rules && { tables: await tables() }),
  };
}

/** Sentences about what differs from the model; none if nothing does. */
function differences(world, seen) {
  const out = [];
  const differ = (what, wanted, found) => {
    if (String(wanted) !== String(found)) out.push(`${what}: should be [${wanted}], there is [${found}]`);
  };
  const known = [...world.networks];
  const persistent = known.filter(([, { lifetime }]) => lifetime === 'persistent');
  const endpoints = persistent.flatMap(([, { endpoints: all }]) => [...all]);
  differ('networks', known.map(([name]) => name).sort(), seen.networks);
  differ('namespaces', endpoints.map(([name]) => name).sort(), seen.namespaces);
  differ('ends of endpoints', endpoints.filter(([, { broken }]) => !broken).length, seen.ends);
  if (seen.tables === undefined) return out;
  const firm = known.filter(([, { flushed }]) => !flushed);
  for (const [name, { ports }] of firm) {
    if (!seen.tables.has(name)) out.push(`network ${name}: no table`);
    else differ(`ports of ${name}`, [...ports.keys()].sort(), [...seen.tables.get(name)].sort());
  }
  for (const name of seen.tables.keys())
    if (!world.networks.has(name)) out.push(`a table of ${name}, which is gone`);
  return out;
}

/** Where the model allows both, what is there is what was meant: a network as a whole, an order that died half-way. */
function decide(world, seen, unanswered) {
  for (const [name, known] of world.networks) {
    if (known.doubtful && !seen.networks.includes(name)) world.networks.delete(name);
    known.doubtful = false;
  }
  for (const order of unanswered) {
    const known = world.networks.get(order.network);
    if (order.verb === 'create' && !known && seen.networks.includes(order.network)) world.acknowledge(order);
    if ((order.verb === 'delete' || order.force) && known && !seen.networks.includes(order.network))
      world.networks.delete(order.network);
    if (known === undefined || known.lifetime === 'process') continue;
    for (const namespace of order.namespaces ?? [order.namespace]) {
      const there = seen.namespaces.includes(namespace);
      if (/^attach/.test(order.verb) && there && world.isFree(known, namespace))
        world.acknowledge({ ...order, verb: 'attach', namespace, namespaces: [namespace] });
      if (order.verb === 'detach' && !there) world.acknowledge(order);
    }
    const published = (order.ports ?? []).filter((port) => seen.tables.get(order.network)?.has(port));
    // A range is one transaction.
    if (order.verb === 'publish' && published.length === order.ports.length) world.acknowledge(order);
    if (order.verb === 'withdraw' && published.length === 0) world.acknowledge(order);
    if (order.verb === 'unpublish')
      world.acknowledge({ ...order, ports: order.ports.filter((port) => !published.includes(port)) });
  }
}

module.exports = { decide, differences, look };
