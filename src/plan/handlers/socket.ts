import { ValidationError } from '../../errors/errors';
import { remark } from '../../rtnl/commands/words';
import type { SocketStep } from '../spec/step';
import type { StepHandler } from './handler';

export const socket: StepHandler<SocketStep> = {
  fields: { netns: 'any', label: 'string', protocol: 'string' },
  compile({ netns, protocol }, labels) {
    checkProtocol(protocol);
    return { op: 'socket', slot: labels.slot(netns), protocol };
  },
  explain: ({ netns, protocol }, names) => [
    remark(`A ${protocol} socket in ${names.of(netns)} stays open: no shell command can do this.`),
  ],
  record({ label }, result, { sockets }) {
    if (result.socket) sockets[label] = result.socket;
  },
  keepsResult: () => true,
};

function checkProtocol(protocol: unknown): void {
  if (protocol === 'route' || protocol === 'netfilter') return;
  throw new ValidationError({ path: 'protocol', value: protocol, problem: "must be 'route' or 'netfilter'" });
}
