import type * as Dns from './dns/forwarder';
import type * as Zones from './dns/zone';
import type * as Snapshot from './netns/inspect/snapshot';
import type * as Interference from './network/warnings/warnings';
import type * as Explain from './plan/explain';
import type * as Shape from './shape/shape';
import type * as Agent from './sockets/agent';
import type * as Connect from './sockets/connect';
import type * as Datagram from './sockets/datagram';
import type * as Dispatcher from './sockets/dispatcher';
import type * as Listen from './sockets/listen';
import type * as Lookup from './sockets/lookup';

/* eslint-disable @typescript-eslint/no-require-imports -- There is no other way to load CommonJS in the middle of a call. */

/**
 * What many programs never call, with what it needs of Node.js and other packages: each is loaded by its first call, because
 * to load all of it at once takes as long as to make a network. Everything else is imported as usual.
 */
export const later = {
  agent: () => require('./sockets/agent') as typeof Agent,
  connect: () => require('./sockets/connect') as typeof Connect,
  datagram: () => require('./sockets/datagram') as typeof Datagram,
  dispatcher: () => require('./sockets/dispatcher') as typeof Dispatcher,
  dns: () => require('./dns/forwarder') as typeof Dns,
  explain: () => require('./plan/explain') as typeof Explain,
  interference: () => require('./network/warnings/warnings') as typeof Interference,
  listen: () => require('./sockets/listen') as typeof Listen,
  lookup: () => require('./sockets/lookup') as typeof Lookup,
  shape: () => require('./shape/shape') as typeof Shape,
  snapshot: () => require('./netns/inspect/snapshot') as typeof Snapshot,
  zones: () => require('./dns/zone') as typeof Zones,
};
