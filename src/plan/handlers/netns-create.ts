import { NetworkNamespace } from '../../netns/namespace';
import { checkName, namePath } from '../../nsfs/name';
import { command } from '../../rtnl/commands/words';
import type { NetnsCreateStep } from '../spec/step';
import type { StepHandler } from './handler';

export const netnsCreate: StepHandler<NetnsCreateStep> = {
  fields: { netns: 'string', name: 'any' },
  createsNamespace: true,
  compile({ op, netns, name }, labels) {
    if (name !== undefined) checkName(name, op);
    const pin = name === undefined ? {} : { path: namePath(name) };
    return { op: 'create', slot: labels.add(netns), ...pin };
  },
  explain({ netns, name }, names) {
    if (name !== undefined) names.set(netns, name);
    return [command('ip', 'netns', 'add', names.of(netns))];
  },
  describe: ({ name }) => ({ object: name }),
  record({ netns, name }, result, { namespaces }) {
    if (result.netns) namespaces[netns] = new NetworkNamespace({ ...result.netns, name, owned: true });
  },
};
