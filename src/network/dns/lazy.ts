import type * as Forwarder from '../../dns/forwarder';
import type * as Zone from '../../dns/zone';

/* eslint-disable @typescript-eslint/no-require-imports -- Loads CommonJS in the middle of a call. */

/** Modules for networks with a resolver only. */
export const lazy = {
  forwarder: () => require('../../dns/forwarder') as typeof Forwarder,
  zone: () => require('../../dns/zone') as typeof Zone,
};
