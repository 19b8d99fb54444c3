import { words, type FamilyHooks } from './hooks';

export const netns: FamilyHooks = {
  describe: (body) => words(body, ['nsid', 'pid']),
};
