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

const IPTABLES = { firewall: 'iptables' };

module.exports = {
  'publish process': publish(SPEC),
  'publish process iptables': publish({ ...SPEC, ...IPTABLES }),
  'publish persistent': publish(PERSISTENT),
  'publish persistent iptables': publish({ ...PERSISTENT, ...IPTABLES }),
  'withdraw process': withdraw(SPEC),
  'withdraw process iptables': withdraw({ ...SPEC, ...IPTABLES }),
  'withdraw persistent': withdraw(PERSISTENT),
  'withdraw persistent iptables': withdraw({ ...PERSISTENT, ...IPTABLES }),
};
