import { driverOf } from '../../drivers';
import type { Resource } from '../definition/resource';

/** The host's entries for members, where the network has such. The entries of a whole network go with its device. */
export const neighbours: Resource = {
  of: 'part',
  with: 'members',
  endsWithHost: true,

  find: () => Promise.resolve([]),

  async remove({ host, layout, state, runtime }) {
    if (layout === undefined) return;
    await driverOf(layout).removeNeighbours(host, layout, state.members, runtime?.device);
  },
};
