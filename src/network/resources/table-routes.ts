import { unleadTables } from '../way-out/own-route';
import type { Resource } from './resource';

/** The network's own routes in the tables that the host's rules name, as far as they do not go with a device. */
export const tableRoutes: Resource = {
  of: 'whole',
  endsWithHost: true,

  find: () => Promise.resolve([]),

  async remove({ host, layout }) {
    if (layout !== undefined) await unleadTables(host, layout);
  },
};
