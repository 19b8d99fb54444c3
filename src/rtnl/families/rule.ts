import { defineFamily } from '../definition/define-family';
import { words } from '../definition/words';
import type { RuleAdd, RuleFilter, RuleInfo, RuleRef } from '../types';
import { ruleCommand } from '../commands/rule';

/** The bodies that each verb takes. */
export interface RuleRequests {
  add: RuleAdd;
  delete: RuleRef;
  list: RuleFilter;
}

export const rule = defineFamily<RuleRequests, RuleInfo>({
  verbs: ['add', 'delete', 'list'],
  command: ruleCommand,
  // As in iproute2: by default, a rule looks up the main table.
  prepare(body, verb) {
    if (verb !== 'add') return body;
    const { goto, l3mdev, action = goto === undefined ? 'lookup' : 'goto' } = body;
    const { table = action === 'lookup' && l3mdev === undefined ? 'main' : undefined } = body;
    return { ...body, action, table };
  },
  // The kernel omits a priority of 0, which is that of the rule for the table 'local'.
  present: (object) => ({ priority: 0, ...object }),
  describe: (body) => words(body, ['priority', 'from', 'to', 'iif', 'oif', 'fwmark', 'table', 'action']),
});
