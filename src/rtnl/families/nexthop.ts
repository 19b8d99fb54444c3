import { defineFamily } from '../definition/define-family';
import { words } from '../definition/words';
import type { NexthopAdd, NexthopFilter, NexthopInfo, NexthopRef } from '../types';
import { nexthopCommand } from '../commands/route';

/** The bodies that each verb takes. */
export interface NexthopRequests {
  add: NexthopAdd;
  replace: NexthopAdd;
  delete: NexthopRef;
  get: NexthopRef;
  list: NexthopFilter;
}

export const nexthop = defineFamily<NexthopRequests, NexthopInfo>({
  verbs: ['add', 'replace', 'delete', 'get', 'list'],
  command: nexthopCommand,
  // A group has no address family, and the kernel enforces this.
  prepare: (body) => (body['group'] === undefined ? body : { family: 'unspec', ...body }),
  describe: (body) => words(body, ['id', 'via', 'dev']),
});
