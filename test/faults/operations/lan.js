'use strict';
const { PERSISTENT, SPEC, onNetwork, recoverNetwork } = require('./common');

const LAN = {
  ...{ name: 'lan', subnet: '192.0.2.0/24', gateway: '192.0.2.9', range: '192.0.2.192/26' },
  ...{ parent: 'up0', lifetime: 'persistent' },
};
const REMOTE = { subnet: '10.9.0.0/24', via: '192.0.2.9' };
const confirmed = { confirm: () => true, timeoutMs: 5000 };

function peer(spec) {
  return {
    ...onNetwork(spec),
    run: ({ network }) => network.peer(REMOTE),
    undo: ({ network }) => network.unpeer(REMOTE.subnet),
  };
}

function unpeer(spec) {
  return {
    ...onNetwork(spec),
    removes: true,
    each: ({ network }) => network.peer(REMOTE),
    run: ({ network }) => network.unpeer(REMOTE.subnet),
  };
}

module.exports = {
  'peer process': peer(SPEC),
  'peer persistent': peer(PERSISTENT),
  'unpeer process': unpeer(SPEC),
  'unpeer persistent': unpeer(PERSISTENT),
  adopt: {
    ...onNetwork(LAN),
    run: ({ network }) => network.adopt('up0', confirmed),
    undo: ({ network }) => network.release('up0'),
    recover: recoverNetwork('lan'),
  },
  release: {
    ...onNetwork(LAN),
    removes: true,
    each: ({ network }) => network.adopt('up0', confirmed),
    run: ({ network }) => network.release('up0'),
    recover: recoverNetwork('lan'),
  },
};
