import { checkPlainRequests } from '../../firewall/nft/check-requests';
import type * as Explain from '../explain/firewall';
import type { FirewallStep } from '../spec/step';
import type { StepHandler } from './handler';

export const firewall: StepHandler<FirewallStep> = {
  fields: { netns: 'any', requests: 'any', inverse: 'any' },
  compile({ netns, requests, inverse }, labels) {
    checkPlainRequests(requests, 'requests');
    if (inverse !== undefined) checkPlainRequests(inverse, 'inverse');
    return { op: 'transaction', slot: labels.slot(netns), requests, ...(inverse ? { inverse } : {}) };
  },
  explain({ requests, netns }, names) {
    // The only handler whose commands need much code: a decoder and nft's syntax.
    // eslint-disable-next-line @typescript-eslint/no-require-imports -- Loads CommonJS in the middle of a call.
    const { nftCommand } = require('../explain/firewall') as typeof Explain;
    return [nftCommand(requests, names.of(netns))];
  },
  failedPart({ requests }, failure) {
    const request = requests[failure.request];
    return request && `request ${String(failure.request)}, ${request.family}.${request.verb}`;
  },
  irreversible: ({ inverse }) => inverse === undefined,
};
