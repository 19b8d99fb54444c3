import { defineFamily } from '../definition/define-family';
import type { Altnames } from '../types';
import { altnameCommand } from '../commands/altname';
import { word } from '../../base/format';

/** The bodies that each verb takes. */
export interface AltnameRequests {
  add: Altnames;
  delete: Altnames;
}

export const altname = defineFamily<AltnameRequests, never>({
  verbs: ['add', 'delete'],
  command: altnameCommand,
  describe: (body) => `${word(body['ifname'] ?? body['index'])} ${[body['altnames']].flat().join(' ')}`,
});
