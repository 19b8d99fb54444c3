import { words, type Body, type FamilyHooks } from '../contract/hooks';
import { word } from '../../base/format';

export const fdb: FamilyHooks = {
  // The same as iproute2's: an entry is the device's own, and stays, unless it says otherwise.
  prepare(body, verb) {
    if (verb === 'list' || verb === 'get') return body;
    const flags = ownFlags(body);
    return verb === 'delete' ? { ...body, flags } : { state: ['noarp', 'permanent'], ...body, flags };
  },
  describe: (body) => `${word(body['lladdr'] ?? '')} ${words(body, ['dev', 'to', 'vlan'])}`.trim(),
};

function ownFlags({ flags = [] }: Body): unknown {
  if (!Array.isArray(flags)) return flags;
  return flags.includes('self') || flags.includes('master') ? flags : [...(flags as unknown[]), 'self'];
}
