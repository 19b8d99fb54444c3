'use strict';
const { spawnSync } = require('node:child_process');
const path = require('node:path');
const { SPEC, onNetwork, recoverNames, recoverNetwork } = require('./common');

function twoNamespaces() {
  return {
    async prepare(bed) {
      [bed.one, bed.other] = await bed.library.NetworkNamespace.createMany(2);
    },
    async finish({ one, other }) {
      await one.delete();
      await other.delete();
    },
  };
}

/** Refused requests of a batch reject as one, for a caller that wants all. */
async function batch(rtnl, fill) {
  const failed = (await rtnl.batch(fill)).find(({ ok }) => !ok);
  if (failed) throw failed.error;
}

const DELETE_TABLE = { family: 'nftTable', verb: 'delete', body: { family: 'inet', name: 'mine' } };

async function deleteTable({ firewall }) {
  await firewall.transaction([DELETE_TABLE]).catch((error) => {
    if (error.code !== 'ENOENT') throw error;
  });
}

const TEN = Array.from({ length: 10 }, (_, index) => `10.3.${index}.0/24`);

module.exports = {
  gc: {
    removes: true,
    async each() {
      const { signal } = spawnSync(process.execPath, [path.join(__dirname, 'leave-network.js')]);
      if (signal !== 'SIGKILL') throw new Error('The process that was to be killed ended by itself');
    },
    run: ({ library }) => library.gc(),
    recover: recoverNetwork('left'),
  },
  'pool.acquire and release': {
    ...onNetwork(SPEC),
    async run(bed) {
      const pool = new bed.library.NamespacePool({ size: 2, network: bed.network });
      try {
        await pool.release(await pool.acquire());
      } finally {
        await pool.close();
      }
    },
  },
  connectNamespaces: {
    ...twoNamespaces(),
    run: ({ library, one, other }) =>
      library.connectNamespaces(
        { netns: one, ifname: 'v0', address: '10.1.0.1/24' },
        { netns: other, ifname: 'v1', address: '10.1.0.2/24' },
      ),
    undo: ({ one }) => one.rtnl.link.delete({ ifname: 'v0' }),
  },
  'plan.apply': {
    async prepare(bed) {
      bed.host = await bed.library.NetworkNamespace.current();
    },
    run: ({ library, host }) =>
      new library.Plan({
        namespaces: { host },
        steps: [
          { op: 'netns.create', netns: 'n1', name: 'n1' },
          {
            op: 'link.add',
            netns: 'host',
            body: { ifname: 'p0', kind: 'veth', up: true, peer: { ifname: 'eth0', netns: 'n1' } },
          },
          { op: 'addr.add', netns: 'n1', body: { dev: 'eth0', address: '10.0.0.2/24' } },
          { op: 'link.set', netns: 'n1', body: { ifname: 'eth0', up: true } },
          { op: 'route.add', netns: 'n1', body: { to: 'default', via: '10.0.0.1', dev: 'eth0' } },
          { op: 'sysctl', netns: 'host', path: 'net/ipv4/conf/p0/forwarding', value: '1' },
        ],
      }).apply(),
    undo: (_, { namespaces }) => namespaces.n1.delete(),
    async recover(bed) {
      const host = await bed.library.NetworkNamespace.current();
      await host.rtnl.link.delete({ ifname: 'p0' }).catch((error) => {
        if (error.code !== 'ENODEV') throw error;
      });
      await recoverNames('n1')(bed);
    },
  },
  'rtnl.batch': {
    ...twoNamespaces(),
    async prepare(bed) {
      await twoNamespaces().prepare(bed);
      await bed.one.rtnl.link.set({ ifname: 'lo', up: true });
    },
    // Each request has a result of its own, so that what was done of a batch stays done.
    partial: true,
    run: ({ one }) => batch(one.rtnl, (all) => TEN.forEach((to) => all.route.replace({ to, dev: 'lo' }))),
    undo: ({ one }) => batch(one.rtnl, (all) => TEN.forEach((to) => all.route.delete({ to, dev: 'lo' }))),
  },
  'firewall.transaction': {
    async prepare(bed) {
      bed.host = await bed.library.NetworkNamespace.current();
    },
    run: ({ host }) =>
      host.firewall.transaction([
        { family: 'nftTable', verb: 'add', body: { family: 'inet', name: 'mine' } },
        { family: 'nftChain', verb: 'add', body: { family: 'inet', table: 'mine', name: 'one' } },
      ]),
    undo: ({ host }) => host.firewall.transaction([DELETE_TABLE]),
    // The kernel does not tell what became of a transaction whose answer was lost.
    async reconsider({ host }, refusal) {
      if (refusal.includes('the transaction may have been applied')) await deleteTable(host);
    },
    recover: async ({ library }) => deleteTable(await library.NetworkNamespace.current()),
  },
  shape: {
    ...onNetwork(SPEC),
    async prepare(bed) {
      await onNetwork(SPEC).prepare(bed);
      bed.endpoint = await bed.network.attach('a');
    },
    run: ({ endpoint }) => endpoint.shape({ rate: 10_000_000 }),
    undo: ({ endpoint }) => endpoint.shape(null),
  },
};
