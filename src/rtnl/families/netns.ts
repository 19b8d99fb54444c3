import { defineFamily } from '../definition/define-family';
import { words } from '../definition/words';
import type { NsidAdd, NsidInfo, NsidRef } from '../types';

/** The bodies that each verb takes. */
export interface NsidRequests {
  add: NsidAdd;
  get: NsidRef;
  list: Record<string, never>;
}

export const netns = defineFamily<NsidRequests, NsidInfo>({
  verbs: ['add', 'get', 'list'],
  describe: (body) => words(body, ['nsid', 'pid']),
});
