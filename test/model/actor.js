'use strict';
// One of the processes of the model checker: does what it is told with the library, and says whether that was acknowledged.
const { Network, gc } = require('../../dist/index.js');

/** By name, oldest first: who opens a network twice has two objects of it. */
const networks = new Map();
const endpoints = new Map();
/** By network, by the first port. */
const publications = new Map();

const HOST = '192.0.2.1';
const key = ({ network, namespace }) => `${network}/${namespace}`;
/** As a rule wants them: one port, or a range. */
const range = (ports) => (ports.length === 1 ? ports[0] : `${ports[0]}-${ports.at(-1)}`);

function networkOf({ network }) {
  const found = networks.get(network)?.at(-1);
  if (found === undefined) throw new Error('this process does not hold the network');
  return found;
}

/**
 * What the network's newest object has, by its name: the endpoint that was attached last may be one of an earlier network.
 * Namespaces of the other lifetime have no names, and their networks no earlier ones.
 */
async function endpointOf(order) {
  const network = networkOf(order);
  const find = (all) => all.find(({ netns }) => netns.name === order.namespace);
  const found =
    order.lifetime === 'process'
      ? endpoints.get(key(order))
      : (find(network.endpoints) ?? find(await network.refresh()));
  if (found === undefined) throw new Error('there is no such endpoint');
  return found;
}

/** On a network of the other lifetime these are labels, which may repeat; the model knows endpoints by them. */
function checkLabels({ network, lifetime }, namespaces) {
  if (lifetime === 'process' && namespaces.some((namespace) => endpoints.has(key({ network, namespace }))))
    throw new Error('this process has such an endpoint');
}

/** What is known about a network that is new, or that this process has no more. */
function forget(network) {
  publications.delete(network);
  for (const name of endpoints.keys()) if (name.startsWith(`${network}/`)) endpoints.delete(name);
}

/** Calls with `options` while a process runs in the namespace, where the options are to end it. */
async function occupied(endpoint, { kill }, call) {
  if (!kill) return call({});
  const child = endpoint.netns.spawn('sleep', ['1000'], { stdio: 'ignore' });
  try {
    await call({ kill: true });
  } finally {
    child.kill('SIGKILL');
  }
}

const verbs = {
  async create({ network, subnet, lifetime, mode }) {
    const spec = { name: network, subnet, lifetime, nat: true, dns: false };
    networks.set(network, [await Network.create(mode === undefined ? spec : { ...spec, mode })]);
    forget(network);
  },
  async open({ network }) {
    const opened = await Network.open(network);
    networks.set(network, [...(networks.get(network) ?? []), opened]);
  },
  async attach(order) {
    checkLabels(order, [order.namespace]);
    endpoints.set(key(order), await networkOf(order).attach(order.namespace));
  },
  async attachMany(order) {
    const { network, namespaces } = order;
    checkLabels(order, namespaces);
    const made = await networkOf(order).attachMany(namespaces);
    namespaces.forEach((namespace, index) => endpoints.set(key({ network, namespace }), made[index]));
  },
  async detach(order) {
    const endpoint = await endpointOf(order);
    await occupied(endpoint, order, (options) => networkOf(order).detach(endpoint, options));
    endpoints.delete(key(order));
  },
  async publish(order) {
    const { network, ports } = order;
    const to = await endpointOf(order);
    const port = range(ports.map((_, index) => 80 + index));
    const made = await networkOf(order).publish({ hostAddress: HOST, hostPort: range(ports), to, port });
    if (!publications.has(network)) publications.set(network, new Map());
    publications.get(network).set(ports[0], made);
  },
  async withdraw(order) {
    const { network, ports } = order;
    networkOf(order);
    const made = publications.get(network)?.get(ports[0]);
    // One of an object of the network that was closed in the meantime is the network's all the same.
    await (made === undefined ? verbs.unpublish(order) : made.delete());
    publications.get(network)?.delete(ports[0]);
  },
  async unpublish(order) {
    await networkOf(order).unpublish({ hostAddress: HOST, hostPort: range(order.ports) });
  },
  async close(order) {
    networkOf(order);
    for (const network of networks.get(order.network)) await network.close();
    networks.delete(order.network);
    forget(order.network);
  },
  async delete(order) {
    const network = networkOf(order);
    const [endpoint] = network.endpoints;
    await occupied(endpoint, { kill: order.kill && endpoint !== undefined }, (options) =>
      network.delete(options),
    );
    networks.delete(order.network);
    forget(order.network);
  },
  async gc({ force }) {
    await gc(force ? { force } : {});
  },
};

process.on('message', ({ id, order }) => {
  verbs[order.verb](order).then(
    () => process.send({ id }),
    (error) => process.send({ id, error: String(error?.stack ?? error) }),
  );
});
process.on('disconnect', () => process.exit());
