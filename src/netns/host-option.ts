import { instance } from 'valibot';
import { ofThisCopy } from '../nsfs/other-copy';
import { NetworkNamespace } from './namespace';

/** The option `host`, in a schema. */
export const aHost = instance(NetworkNamespace, ({ input }) =>
  ofThisCopy('must be an open NetworkNamespace', input),
);
