'use strict';
// One of the processes of the model checker: does what it is told with the library, and says whether that was acknowledged.
const { Network, gc } = require('../../dist/index.js');

const networks = new Map();
const endpoints = new Map();
const publications = new Map();
// Two networks may have the same port, each on an address of its own.
const keyOf = ({ network, port }) => `${network} ${port}`;

const key = ({ network, namespace }) => `${network}/${namespace}`;

/** What the network's newest object has, by its name; namespaces of the other lifetime have none. */
function endpointOf(order) {
  const found = networks.get(order.network).endpoints.find(({ netns }) => netns.name === order.namespace);
  return found ?? endpoints.get(key(order));
}

const verbs = {
  async create({ network, subnet, lifetime }) {
    networks.set(network, await Network.create({ name: network, subnet, lifetime, nat: true, dns: false }));
  },
  async open({ network }) {
    networks.set(network, await Network.open(network));
  },
  async attach(order) {
    endpoints.set(key(order), await networks.get(order.network).attach(order.namespace));
  },
  async attachMany({ network, namespaces }) {
    const made = await networks.get(network).attachMany(namespaces);
    namespaces.forEach((namespace, index) => endpoints.set(key({ network, namespace }), made[index]));
  },
  async detach(order) {
    const endpoint = endpointOf(order);
    if (endpoint === undefined) throw new Error('this process does not know the endpoint');
    await networks.get(order.network).detach(endpoint);
    endpoints.delete(key(order));
  },
  async publish(order) {
    const to = endpointOf(order);
    if (to === undefined) throw new Error('this process does not know the endpoint');
    const rule = { hostAddress: '192.0.2.1', hostPort: order.port, to, port: 80 };
    publications.set(keyOf(order), await networks.get(order.network).publish(rule));
  },
  async withdraw(order) {
    await publications.get(keyOf(order)).delete();
    publications.delete(keyOf(order));
  },
  async close({ network }) {
    await networks.get(network).close();
    networks.delete(network);
  },
  async delete({ network }) {
    await networks.get(network).delete();
    networks.delete(network);
  },
  async gc() {
    await gc();
  },
};

process.on('message', ({ id, order }) => {
  verbs[order.verb](order).then(
    () => process.send({ id }),
    (error) => process.send({ id, error: String(error?.stack ?? error) }),
  );
});
process.on('disconnect', () => process.exit());
