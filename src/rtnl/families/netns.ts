import { words, type FamilyHooks } from '../contract/hooks';

export const netns: FamilyHooks = {
  describe: (body) => words(body, ['nsid', 'pid']),
};
