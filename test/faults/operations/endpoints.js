'use strict';
const { PERSISTENT, PORT, SPEC, occupy, onNetwork, recoverNames, recoverNetwork } = require('./common');

const FIVE = ['a', 'b', 'c', 'd', 'e'];

function attach(spec, options) {
  return {
    ...onNetwork(spec),
    run: ({ network }) => network.attach('a', options),
    undo: ({ network }, endpoint) => network.detach(endpoint),
  };
}

function attachMany(spec, namesOrCount) {
  return {
    ...onNetwork(spec),
    run: ({ network }) => network.attachMany(namesOrCount),
    undo: ({ network }, endpoints) => network.detach(endpoints),
  };
}

/** A namespace that was there before, and stays. */
function attachGiven(spec) {
  const { prepare, finish } = onNetwork(spec);
  return {
    async prepare(bed) {
      await prepare(bed);
      bed.given = await bed.library.NetworkNamespace.create('given');
    },
    run: ({ network, given }) => network.attach(given, { table: 102, defaultRoute: false }),
    undo: ({ network }, endpoint) => network.detach(endpoint),
    async finish(bed) {
      await finish(bed);
      await bed.given.delete();
    },
    async recover(bed) {
      await recoverNetwork(spec.name)(bed);
      await recoverNames('given')(bed);
    },
  };
}

function detach(spec) {
  return {
    ...onNetwork(spec),
    removes: true,
    async each(bed) {
      bed.endpoints = await bed.network.attachMany(['a', 'b']);
      await bed.network.publish({ ...PORT, to: bed.endpoints[0] });
    },
    run: ({ network, endpoints }) => network.detach(endpoints),
  };
}

function detachWithKill(spec) {
  return {
    ...onNetwork(spec),
    removes: true,
    async each(bed) {
      bed.endpoint = await bed.network.attach('a');
      occupy(bed, bed.endpoint);
    },
    run: ({ network, endpoint }) => network.detach(endpoint, { kill: true }),
  };
}

const IPTABLES = { firewall: 'iptables' };

module.exports = {
  'network.attach process': attach(SPEC),
  'network.attach persistent': attach(PERSISTENT),
  'network.attach persistent subnet6': attach({ ...PERSISTENT, subnet6: 'fd00:7::/64' }),
  'network.attach routed': attach({ ...SPEC, mode: 'routed' }),
  'network.attachMany process': attachMany(SPEC, 5),
  'network.attachMany persistent': attachMany(PERSISTENT, FIVE),
  'network.attachMany routed': attachMany({ ...SPEC, mode: 'routed' }, 5),
  'network.attach given process': attachGiven(SPEC),
  'network.attach given persistent': attachGiven(PERSISTENT),
  'network.detach process': detach(SPEC),
  'network.detach process iptables': detach({ ...SPEC, ...IPTABLES }),
  'network.detach persistent': detach(PERSISTENT),
  'network.detach routed': detach({ ...SPEC, mode: 'routed' }),
  'network.detach kill process': detachWithKill(SPEC),
  'network.detach kill persistent': detachWithKill(PERSISTENT),
  'network.detach persistent iptables': detach({ ...PERSISTENT, ...IPTABLES }),
};
