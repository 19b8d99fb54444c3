import type { LookupFunction } from 'node:net';
import { memoizeByObject } from '../base/memoize';
import type { OpenNamespace } from '../nsfs/handle';
import type * as Lookup from './lookup';

/** The single lookup function of a namespace. Its module is loaded on the first call. */
export const lookupOf = memoizeByObject((netns: OpenNamespace): LookupFunction => {
  return (hostname, options, callback) => {
    // eslint-disable-next-line @typescript-eslint/no-require-imports -- Loads CommonJS in the middle of a call.
    const { lookupInside } = require('./lookup') as typeof Lookup;
    lookupInside(netns, hostname, options, callback);
  };
});
