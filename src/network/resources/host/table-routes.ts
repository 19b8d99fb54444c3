import { removeTableRoutes } from '../../egress/table-routes';
import type { Resource } from '../definition/resource';

/** The network's own routes in the tables that the host's rules name, as far as they do not go with a device. */
export const tableRoutes: Resource = {
  of: 'whole',
  endsWithHost: true,

  find: () => Promise.resolve([]),

  async remove({ host, layout }) {
    if (layout !== undefined) await removeTableRoutes(host, layout);
  },
};
