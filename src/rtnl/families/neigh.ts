import { defineFamily } from '../definition/define-family';
import { words } from '../definition/words';
import type { Body } from '../types/common/body';
import type { NeighAdd, NeighFilter, NeighInfo, NeighRef } from '../types';
import { neighCommand } from '../commands/neigh';
import { word } from '../../base/format';

/** The bodies that each verb takes. */
export interface NeighRequests {
  add: NeighAdd;
  replace: NeighAdd;
  set: NeighAdd;
  delete: NeighRef;
  get: NeighRef;
  list: NeighFilter;
}

export const neigh = defineFamily<NeighRequests, NeighInfo>({
  verbs: ['add', 'replace', 'set', 'delete', 'get', 'list'],
  command: neighCommand,
  prepare(body, verb) {
    if (verb === 'list') return byAttribute(body);
    // As in iproute2: an administrator's entry is permanent.
    return verb === 'add' || verb === 'replace' || verb === 'set' ? { state: 'permanent', ...body } : body;
  },
  describe: (body) => `${word(body['to'] ?? '')} ${words(body, ['lladdr', 'dev'])}`.trim(),
});

// Lists take the device only as an attribute.
function byAttribute({ dev, ...rest }: Body): Body {
  return dev === undefined ? rest : { ...rest, ifindex: dev };
}
