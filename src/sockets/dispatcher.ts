import { createRequire } from 'node:module';
import type { ConnectionOptions } from 'node:tls';
import type * as Undici from 'undici';
import { checkAgentOptions } from './check-options';
import { connectUnchecked } from './connect';
import type { OpenNamespace } from '../nsfs/handle';

/** The type of `fetch`'s `dispatcher`. */
export type FetchDispatcher = NonNullable<RequestInit['dispatcher']>;

/** Options of undici's Agent. Times are in milliseconds. */
export interface DispatcherOptions {
  /** TLS options of HTTPS connections, such as `ca`; `timeout` is that of every connection, by default 10,000. */
  readonly connect?: ConnectionOptions & { readonly timeout?: number };
  /** The most connections to an origin at once; default: no limit. */
  readonly connections?: number | null;
  /** The most requests under way on a connection; default 1. */
  readonly pipelining?: number;
  /** How long an unused connection is kept; default 4,000. */
  readonly keepAliveTimeout?: number;
  /** The most that a server may extend `keepAliveTimeout` to; default 600,000. */
  readonly keepAliveMaxTimeout?: number;
  /** The longest time to the complete headers; 0: no limit; default 300,000. */
  readonly headersTimeout?: number;
  /** The longest time between two parts of a body; 0: no limit; default 300,000. */
  readonly bodyTimeout?: number;
  /** Bytes; default: Node.js's `--max-http-header-size`, 16 KiB. */
  readonly maxHeaderSize?: number;
  /** The most bytes of a response; -1, the default: no limit. */
  readonly maxResponseSize?: number;
  /** Whether to offer HTTP/2 to servers; default false. */
  readonly allowH2?: boolean;
}

const CONNECT_TIMEOUT_MS = 10_000;

/** A dispatcher for `fetch` that connects from inside. Throws if the package undici is not installed. */
export function dispatcherInside(netns: OpenNamespace, given: DispatcherOptions = {}): FetchDispatcher {
  checkAgentOptions(given, 'netns.dispatcher');
  const { connect = {}, ...options } = given;
  const undici = loadUndici();
  const secure = undici.buildConnector(connect as Undici.buildConnector.BuildOptions);
  const timeout = connect.timeout ?? CONNECT_TIMEOUT_MS;
  const agent = new undici.Agent({
    ...options,
    connect: (wanted, callback) => {
      try {
        const socket = connectUnchecked(netns, { host: wanted.hostname, port: portOf(wanted), timeout });
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
  // The same class, in the declarations of undici and in those of @types/node, which differ by version.
  return agent as unknown as FetchDispatcher;
}

function portOf({ port, protocol }: Undici.buildConnector.Options): number {
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
