import { defineFamily } from '../definition/define-family';
import { words } from '../definition/words';
import type { Body } from '../types/common/body';
import type { FdbAdd, FdbFilter, FdbInfo, FdbRef } from '../types';
import { fdbCommand } from '../commands/neigh';
import { word } from '../../base/format';

/** The bodies that each verb takes. */
export interface FdbRequests {
  add: FdbAdd;
  replace: FdbAdd;
  append: FdbAdd;
  delete: FdbRef;
  get: FdbRef;
  list: FdbFilter;
}

export const fdb = defineFamily<FdbRequests, FdbInfo>({
  verbs: ['add', 'replace', 'append', 'delete', 'get', 'list'],
  command: fdbCommand,
  // As in iproute2: by default, an entry belongs to the device itself and is permanent.
  prepare(body, verb) {
    if (verb === 'list' || verb === 'get') return body;
    const flags = ownFlags(body);
    return verb === 'delete' ? { ...body, flags } : { state: ['noarp', 'permanent'], ...body, flags };
  },
  describe: (body) => `${word(body['lladdr'] ?? '')} ${words(body, ['dev', 'to', 'vlan'])}`.trim(),
});

function ownFlags({ flags = [] }: Body): unknown {
  if (!Array.isArray(flags)) return flags;
  return flags.includes('self') || flags.includes('master') ? flags : [...(flags as unknown[]), 'self'];
}
