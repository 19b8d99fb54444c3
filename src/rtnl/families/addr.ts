import { defineFamily } from '../definition/define-family';
import { words } from '../definition/words';
import type { Body } from '../types/common/body';
import type { AddrAdd, AddrFilter, AddrInfo, AddrRef } from '../types';
import { addrCommand } from '../commands/addr';
import { Address4 } from 'ip-address';
import { ValidationError } from '../../errors/errors';
import { word } from '../../base/format';

/** The bodies that each verb takes. */
export interface AddrRequests {
  add: AddrAdd;
  replace: AddrAdd;
  delete: AddrRef;
  list: AddrFilter;
}

export const addr = defineFamily<AddrRequests, AddrInfo>({
  verbs: ['add', 'replace', 'delete', 'list'],
  command: addrCommand,
  prepare(body, verb) {
    if (verb !== 'add' && verb !== 'replace') return body;
    const { broadcast, scope = defaultScope(body), ...rest } = body;
    const computed = broadcast === 'auto' ? broadcastOf(body) : broadcast;
    return { ...rest, scope, broadcast: computed };
  },

  // The kernel reports an address without peer as its own peer: IPv4 in both attributes, IPv6 only in the peer's.
  present(object) {
    const { peer, address, prefixlen } = object;
    if (peer === undefined) return object;
    const { peer: _, ...rest } = object;
    if (address === undefined) return { ...rest, address: `${word(peer)}/${word(prefixlen)}` };
    return word(address).split('/')[0] === peer ? rest : object;
  },

  describe: (body) => `${word(body['address'] ?? '')} ${words(body, ['peer', 'dev'])}`.trim(),
});

// As in iproute2: the kernel's only default is 'global'.
function defaultScope({ address }: Body): string | undefined {
  return typeof address === 'string' && address.startsWith('127.') ? 'host' : undefined;
}

/**
 * The last address of the network, undefined if there is none to spare. For a point-to-point link, that of the peer's
 * network.
 */
function broadcastOf({ address, peer }: Body): string | undefined {
  const prefix = word(address).split('/')[1];
  const text = peer === undefined ? word(address) : `${word(peer)}/${prefix ?? '32'}`;
  if (!Address4.isValid(text)) {
    const problem = "'auto' needs an IPv4 address with its prefix length, such as '10.0.0.2/24'";
    throw new ValidationError({ operation: 'addr.add', path: 'broadcast', value: address, problem });
  }
  const network = new Address4(text);
  return network.subnetMask > 30 ? undefined : network.endAddress().correctForm();
}
