import { checkName, namePath } from '../../nsfs/name';
import { command } from '../../rtnl/commands/words';
import type { NetnsDeleteStep } from '../spec/step';
import type { StepHandler } from './handler';

export const netnsDelete: StepHandler<NetnsDeleteStep> = {
  fields: { name: 'any' },
  compile({ op, name }) {
    checkName(name, op);
    return { op: 'unpin', path: namePath(name) };
  },
  explain: ({ name }) => [command('ip', 'netns', 'delete', name)],
  describe: ({ name }) => ({ object: name }),
  irreversible: () => true,
};
