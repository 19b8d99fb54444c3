import type { Body, FamilyHooks } from './hooks';
import { word } from '../../text';

/** The kernel has the other end among the data of the kind; callers write it beside the kind. */
export const link: FamilyHooks = {
  prepare(body) {
    const { peer, data, ...rest } = body;
    return peer === undefined ? body : { ...rest, data: { ...(data as Body | undefined), peer } };
  },
  describe: (body) =>
    word(body['ifname'] ?? body['index'] ?? body['altname'] ?? `group ${word(body['group'])}`),
};
