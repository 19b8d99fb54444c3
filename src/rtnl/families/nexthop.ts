import { words, type FamilyHooks } from '../contract/hooks';

export const nexthop: FamilyHooks = {
  // A group is of no address family, and the kernel insists on that.
  prepare: (body) => (body['group'] === undefined ? body : { family: 'unspec', ...body }),
  describe: (body) => words(body, ['id', 'via', 'dev']),
};
