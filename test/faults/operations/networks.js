'use strict';
const { PERSISTENT, PORT, SPEC, occupy, onNetwork, recoverNetwork } = require('./common');

function create(spec) {
  return {
    run: ({ library }) => library.Network.create(spec),
    undo: (_, network) => network.delete(),
    recover: recoverNetwork(spec.name),
  };
}

/** A whole network with endpoints and a port goes. */
function remove(spec) {
  return {
    removes: true,
    async each(bed) {
      bed.network = await bed.library.Network.create(spec);
      const [to] = await bed.network.attachMany(['a', 'b']);
      await bed.network.publish({ ...PORT, to });
    },
    run: ({ network }) => network.delete(),
    recover: recoverNetwork(spec.name),
  };
}

function removeWithKill(spec) {
  const { each, ...rest } = remove(spec);
  return {
    ...rest,
    async each(bed) {
      await each(bed);
      occupy(bed, bed.network.endpoints[0]);
    },
    run: ({ network }) => network.delete({ kill: true }),
  };
}

/** Behind the back of the object that made it, which lets go of what it holds when it is closed. */
function removeByForce(spec) {
  return {
    ...remove(spec),
    run: ({ library }) => library.gc({ force: spec.name }),
    undo: ({ network }) => network.close(),
  };
}

const IPTABLES = { firewall: 'iptables' };

module.exports = {
  'network.create process': create(SPEC),
  'network.create process iptables': create({ ...SPEC, ...IPTABLES }),
  'network.create persistent': create(PERSISTENT),
  'network.create persistent iptables': create({ ...PERSISTENT, ...IPTABLES }),
  'network.create persistent subnet6': create({ ...PERSISTENT, subnet6: 'fd00:7::/64' }),
  'network.create routed': create({ ...SPEC, mode: 'routed' }),
  'network.create vxlan': create({
    ...{ ...PERSISTENT, gateway: '10.7.0.1', range: '10.7.0.0/25' },
    vxlan: { id: 42, local: '192.0.2.1', remotes: ['192.0.2.9'] },
  }),
  'network.open': {
    ...onNetwork(PERSISTENT),
    async prepare(bed) {
      await onNetwork(PERSISTENT).prepare(bed);
      await bed.network.attach('a');
    },
    run: ({ library }) => library.Network.open('lab'),
    undo: (_, network) => network.close(),
  },
  'network.inspect': {
    ...onNetwork(PERSISTENT),
    async prepare(bed) {
      await onNetwork(PERSISTENT).prepare(bed);
      await bed.network.attachMany(['a', 'b']);
    },
    run: ({ network }) => network.inspect(),
  },
  'network.delete process': remove(SPEC),
  'network.delete process iptables': remove({ ...SPEC, ...IPTABLES }),
  'network.delete persistent': remove(PERSISTENT),
  'network.delete persistent iptables': remove({ ...PERSISTENT, ...IPTABLES }),
  'network.delete kill process': removeWithKill(SPEC),
  'network.delete kill persistent': removeWithKill(PERSISTENT),
  'gc force': removeByForce(PERSISTENT),
  'gc force iptables': removeByForce({ ...PERSISTENT, ...IPTABLES }),
  'network.delete routed': remove({ ...SPEC, mode: 'routed' }),
};
