import { defineFamily } from '../definition/define-family';
import type { Body } from '../types/common/body';
import type { EthtoolSet } from '../types';
import { ethtoolCommand } from '../commands/ethtool';
import { ValidationError } from '../../errors/errors';
import { word } from '../../base/format';

/** ethtool's short names, each for several kernel features. */
const GROUPS: Readonly<Record<string, readonly string[]>> = {
  rx: ['rx-checksum'],
  tx: [
    'tx-checksum-ipv4',
    'tx-checksum-ip-generic',
    'tx-checksum-ipv6',
    'tx-checksum-fcoe-crc',
    'tx-checksum-sctp',
  ],
  sg: ['tx-scatter-gather', 'tx-scatter-gather-fraglist'],
  tso: [
    'tx-tcp-segmentation',
    'tx-tcp-ecn-segmentation',
    'tx-tcp-mangleid-segmentation',
    'tx-tcp6-segmentation',
  ],
  gso: ['tx-generic-segmentation'],
  gro: ['rx-gro'],
};

/** The bodies that each verb takes. */
export interface EthtoolRequests {
  set: EthtoolSet;
}

export const ethtool = defineFamily<EthtoolRequests, never>({
  verbs: ['set'],
  command: ethtoolCommand,
  // Reading the features, as before a change that may be undone, takes only the device.
  prepare(body, verb) {
    if (verb !== 'set') return body;
    const { features, ...rest } = body;
    const bits = Object.entries(checked(features)).flatMap(([name, value]) =>
      (GROUPS[name] ?? [name]).map((bit) => ({ name: bit, value })),
    );
    return { ...rest, flags: ['omitReply'], wanted: { bits } };
  },
  describe: (body) => word(body['dev']),
});

function checked(features: unknown): Body {
  const refuse = (path: string, value: unknown, problem: string): never => {
    throw new ValidationError({ operation: 'ethtool.set', path, value, problem });
  };
  if (typeof features !== 'object' || features === null || Array.isArray(features))
    return refuse(
      'features',
      features,
      "must be an object such as { tx: false }, with the names of 'ethtool -k'",
    );
  for (const [name, value] of Object.entries(features))
    if (typeof value !== 'boolean') refuse(`features.${name}`, value, 'must be true or false');
  return features as Body;
}
