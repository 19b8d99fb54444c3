'use strict';
const { PERSISTENT, PORT, SPEC, onNetwork } = require('./common');

function withEndpoint(spec) {
  const { prepare, ...rest } = onNetwork(spec);
  return {
    ...rest,
    async prepare(bed) {
      await prepare(bed);
      bed.endpoint = await bed.network.attach('a');
    },
  };
}

const publishOne = ({ network, endpoint }) => network.publish({ ...PORT, to: endpoint });

function publish(spec) {
  return { ...withEndpoint(spec), run: publishOne, undo: (_, publication) => publication.delete() };
}

function withdraw(spec) {
  return {
    ...withEndpoint(spec),
    removes: true,
    async each(bed) {
      bed.publication = await publishOne(bed);
    },
    run: ({ publication }) => publication.delete(),
  };
}

/** A range, a datagram port and one more, as one transaction. */
function publishMany(spec) {
  return {
    ...withEndpoint(spec),
    run: ({ network, endpoint: to }) =>
      network.publishMany([
        { ...PORT, hostPort: '8000-8002', port: '9000-9002', to },
        { ...PORT, protocol: 'udp', to },
        { ...PORT, to },
      ]),
    undo: (_, publications) => Promise.all(publications.map((publication) => publication.delete())),
  };
}

function unpublish(spec) {
  const range = { hostAddress: PORT.hostAddress, hostPort: '8000-8002' };
  return {
    ...withEndpoint(spec),
    removes: true,
    each: ({ network, endpoint: to }) => network.publish({ ...range, port: '9000-9002', to }),
    run: ({ network }) => network.unpublish(range),
  };
}

const IPTABLES = { firewall: 'iptables' };

module.exports = {
  'publish process': publish(SPEC),
  'publish process iptables': publish({ ...SPEC, ...IPTABLES }),
  'publish persistent': publish(PERSISTENT),
  'publish persistent iptables': publish({ ...PERSISTENT, ...IPTABLES }),
  'publish routed': publish({ ...SPEC, mode: 'routed' }),
  'publishMany process': publishMany(SPEC),
  'publishMany persistent': publishMany(PERSISTENT),
  'publishMany persistent iptables': publishMany({ ...PERSISTENT, ...IPTABLES }),
  'unpublish process': unpublish(SPEC),
  'unpublish persistent': unpublish(PERSISTENT),
  'unpublish persistent iptables': unpublish({ ...PERSISTENT, ...IPTABLES }),
  'withdraw process': withdraw(SPEC),
  'withdraw process iptables': withdraw({ ...SPEC, ...IPTABLES }),
  'withdraw persistent': withdraw(PERSISTENT),
  'withdraw persistent iptables': withdraw({ ...PERSISTENT, ...IPTABLES }),
};
