import { words, type FamilyHooks } from '../contract/hooks';

export const rule: FamilyHooks = {
  // The same as iproute2's: a rule that says nothing else looks into the main table.
  prepare(body, verb) {
    if (verb !== 'add') return body;
    const { goto, l3mdev, action = goto === undefined ? 'lookup' : 'goto' } = body;
    const { table = action === 'lookup' && l3mdev === undefined ? 'main' : undefined } = body;
    return { ...body, action, table };
  },
  // The kernel leaves a priority of 0 out: that of the rule for the table 'local'.
  present: (object) => ({ priority: 0, ...object }),
  describe: (body) => words(body, ['priority', 'from', 'to', 'iif', 'oif', 'fwmark', 'table', 'action']),
};
