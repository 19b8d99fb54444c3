import path from 'node:path';
import { NetworkNamespace } from '../../netns/namespace';
import { NETNS_DIRECTORY } from '../../nsfs/name';
import { command } from '../../rtnl/commands/words';
import type { NetnsOpenStep } from '../spec/step';
import type { StepHandler } from './handler';

export const netnsOpen: StepHandler<NetnsOpenStep> = {
  fields: { netns: 'string', path: 'string' },
  compile: (step, labels) => ({ op: 'open', slot: labels.add(step.netns), path: step.path }),
  explain(step, names) {
    const name = /^(?:\/var)?\/run\/netns\/([^/]+)$/.exec(step.path)?.[1];
    names.set(step.netns, name ?? step.netns);
    return name === undefined ? attach(step.path, step.netns) : [];
  },
  record(step, result, { namespaces }) {
    if (!result.netns) return;
    const name = path.dirname(step.path) === NETNS_DIRECTORY ? path.basename(step.path) : undefined;
    namespaces[step.netns] = new NetworkNamespace({ ...result.netns, name, owned: false });
  },
};

/** The commands that give a namespace a name. */
function attach(from: string, name: string): string[] {
  const pid = /^\/proc\/(\d+)\/ns\/net$/.exec(from)?.[1];
  if (pid !== undefined) return [command('ip', 'netns', 'attach', name, pid)];
  const file = `/run/netns/${name}`;
  return [`${command('touch', file)} && ${command('mount', '--bind', from, file)}`];
}
