import cluster from 'node:cluster';
import { ValidationError } from '../errors/errors';

/** Where and how a server listens in a namespace: the options of `server.listen`. */
export interface ListenOptions {
  /** 0 lets the kernel choose: `server.address()` tells. Required unless there is a `path`. */
  readonly port?: number;
  /** An address, or a name to be looked up inside. Default: all addresses, '::' where there is IPv6, or else '0.0.0.0'. */
  readonly host?: string;
  /** How many connections may wait to be accepted. Default 511, as in Node.js; the kernel has a limit of its own. */
  readonly backlog?: number;
  /** With '::': IPv4 is not served as well. */
  readonly ipv6Only?: boolean;
  /** Several servers may listen on the same port, each in its turn, if all say so (SO_REUSEPORT). Also on Node.js 20. */
  readonly reusePort?: boolean;
  /** A worker of node:cluster must say true: its primary cannot share what lies in a namespace. No effect elsewhere. */
  readonly exclusive?: boolean;
  /** A Unix socket instead: a file, or with a leading '\0' an abstract name, which each namespace has to itself. */
  readonly path?: string;
  /** Who may connect to the file. */
  readonly readableAll?: boolean;
  readonly writableAll?: boolean;
  /** Closes the server when it fires. */
  readonly signal?: AbortSignal;
}

export const DEFAULT_BACKLOG = 511;

type Kind = 'boolean' | 'number' | 'string' | 'object';
const KINDS: Readonly<Record<keyof ListenOptions, Kind>> = {
  port: 'number',
  host: 'string',
  backlog: 'number',
  ipv6Only: 'boolean',
  reusePort: 'boolean',
  exclusive: 'boolean',
  path: 'string',
  readableAll: 'boolean',
  writableAll: 'boolean',
  signal: 'object',
};
const OF_FILES: readonly string[] = ['readableAll', 'writableAll'];
const OF_PORTS: readonly string[] = ['host', 'ipv6Only', 'reusePort'];

/** Refuses what cannot be meant. Throws a ValidationError that names the option. */
export function checkListenOptions(options: ListenOptions): void {
  const refuse = (path: string, problem: string): never => {
    const value = (options as Readonly<Record<string, unknown>>)[path];
    throw new ValidationError({ operation: 'netns.listen', path, value, problem });
  };
  if (typeof (options as unknown) !== 'object') refuse('', 'takes an object such as { port: 80 }');
  for (const [key, value] of Object.entries(options) as [string, unknown][]) {
    const kind = (KINDS as Readonly<Record<string, Kind | undefined>>)[key];
    if (kind === undefined) return refuse(key, `is no option; there are ${Object.keys(KINDS).join(', ')}`);
    if (value !== undefined && typeof value !== kind) refuse(key, `must be of type ${kind}`);
  }
  const { port, path, backlog = DEFAULT_BACKLOG, exclusive } = options;
  if ((port === undefined) === (path === undefined)) refuse('port', 'or path must be given, and not both');
  if (port !== undefined && !isWhole(port, 65_535)) refuse('port', 'must be a whole number from 0 to 65535');
  if (!isWhole(backlog, 0x7fffffff)) refuse('backlog', 'must be a whole number');
  for (const key of path === undefined ? OF_FILES : OF_PORTS) {
    if (key in options) refuse(key, `has no meaning beside ${path === undefined ? 'port' : 'path'}`);
  }
  if (cluster.isWorker && exclusive !== true) {
    refuse('exclusive', 'must be true in a cluster worker, whose primary cannot share it; reusePort can');
  }
}

function isWhole(value: number, most: number): boolean {
  return Number.isInteger(value) && value >= 0 && value <= most;
}
