import type * as Shape from '../shape/shape';
import type * as Agent from '../sockets/agent';
import type * as Connect from '../sockets/connect';
import type * as Datagram from '../sockets/datagram';
import type * as Dispatcher from '../sockets/dispatcher';
import type * as Listen from '../sockets/listen';
import type * as Snapshot from './inspect/snapshot';

/* eslint-disable @typescript-eslint/no-require-imports -- Loads CommonJS in the middle of a call. */

/**
 * The modules of methods that many programs never call, with their dependencies in Node.js and other packages. Each is
 * loaded on the first call: loading all of them takes as long as creating a network.
 */
export const lazy = {
  agent: () => require('../sockets/agent') as typeof Agent,
  connect: () => require('../sockets/connect') as typeof Connect,
  datagram: () => require('../sockets/datagram') as typeof Datagram,
  dispatcher: () => require('../sockets/dispatcher') as typeof Dispatcher,
  listen: () => require('../sockets/listen') as typeof Listen,
  shape: () => require('../shape/shape') as typeof Shape,
  snapshot: () => require('./inspect/snapshot') as typeof Snapshot,
};
