import { createRequire } from 'node:module';
import type * as Undici from 'undici-types';
import type { Agent, buildConnector } from 'undici-types';
import { connectInside } from './connect';
import type { OpenNamespace } from '../nsfs/handle';

/** The type of `fetch`'s `dispatcher`. */
export type FetchDispatcher = Agent;
/** Options of undici's Agent; those under `connect` apply to TLS: `{ connect: { ca } }`. */
export type DispatcherOptions = Omit<Agent.Options, 'connect'> & {
  readonly connect?: buildConnector.BuildOptions;
};

const CONNECT_TIMEOUT_MS = 10_000;

/** A dispatcher for `fetch` that connects from inside. Throws if the package undici is not installed. */
export function dispatcherInside(
  netns: OpenNamespace,
  { connect = {}, ...options }: DispatcherOptions = {},
): FetchDispatcher {
  const undici = loadUndici();
  const secure = undici.buildConnector(connect);
  const timeout = connect.timeout ?? CONNECT_TIMEOUT_MS;
  return new undici.Agent({
    ...options,
    connect: (wanted, callback) => {
      try {
        const socket = connectInside(netns, { host: wanted.hostname, port: portOf(wanted), timeout });
        const fail = (error: Error): void => callback(error, null);
        const late = (): void => void socket.destroy(new undici.errors.ConnectTimeoutError());
        socket.once('error', fail).once('timeout', late);
        socket.once('connect', () => {
          socket.setTimeout(0).off('error', fail).off('timeout', late);
          if (wanted.protocol === 'https:') secure({ ...wanted, httpSocket: socket }, callback);
          else callback(null, socket.setNoDelay(true));
        });
      } catch (error) {
        callback(error as Error, null);
      }
    },
  });
}

function portOf({ port, protocol }: buildConnector.Options): number {
  if (port !== '') return Number(port);
  return protocol === 'https:' ? 443 : 80;
}

function loadUndici(): typeof Undici {
  try {
    return createRequire(__filename)('undici') as typeof Undici;
  } catch (cause) {
    throw new Error('netns.dispatcher needs the package undici, which is not installed: npm install undici', {
      cause,
    });
  }
}
