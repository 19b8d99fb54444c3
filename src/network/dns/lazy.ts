import type * as Forwarder from '../../dns/forwarder';
import type * as Zone from '../../dns/zone';

/* eslint-disable @typescript-eslint/no-require-imports -- Loads CommonJS in the middle of a call. */

/** The modules that only networks with a resolver need. */
export const lazy = {
  forwarder: () => require('../../dns/forwarder') as typeof Forwarder,
  zone: () => require('../../dns/zone') as typeof Zone,
};
