import cluster from 'node:cluster';
import type { Server } from 'node:net';
import { custom } from 'valibot';
import { ValidationError } from '../errors/errors';
import { abortSignal, anyObject, validate } from '../errors/validate-options';

/** Where and how a server listens in a namespace: the options of `server.listen`. */
export interface ListenOptions {
  /** 0 lets the kernel choose; `server.address()` has the result. Required unless there is a `path`. */
  readonly port?: number;
  /** An address, or a name to be resolved inside. Default: all addresses, '::' if there is IPv6, otherwise '0.0.0.0'. */
  readonly host?: string;
  /** How many connections may wait to be accepted. Default 511, as in Node.js; the kernel has a limit of its own. */
  readonly backlog?: number;
  /** With '::': does not serve IPv4 as well. */
  readonly ipv6Only?: boolean;
  /** Several servers may listen on one port and take turns, if all set this (SO_REUSEPORT). Works on Node.js 20 as well. */
  readonly reusePort?: boolean;
  /**
   * Must be true in a worker of node:cluster, whose primary cannot share a socket inside a namespace. No effect
   * elsewhere.
   */
  readonly exclusive?: boolean;
  /** A Unix socket instead: a file, or with a leading '\0' an abstract name, which is private to the namespace. */
  readonly path?: string;
  /** Permissions to connect to the file. */
  readonly readableAll?: boolean;
  readonly writableAll?: boolean;
  /** Closes the server when it fires. */
  readonly signal?: AbortSignal;
}

export const DEFAULT_BACKLOG = 511;

const OPERATION = 'netns.listen';
const listeningServer = custom<Server>(
  (value) => typeof value === 'object' && value !== null && 'listen' in value && 'once' in value,
  'must be a server of net, http, https or http2',
);

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

/** Rejects invalid options. Throws a ValidationError that names the option. */
export function checkListenOptions(server: unknown, options: ListenOptions): void {
  const given: unknown = options;
  validate(listeningServer, server, OPERATION, 'server');
  validate(anyObject('must be an object such as { port: 80 }'), given, OPERATION);
  const refuse = (path: string, problem: string): never => {
    const value = (options as Readonly<Record<string, unknown>>)[path];
    throw new ValidationError({ operation: OPERATION, path, value, problem });
  };
  for (const [key, value] of Object.entries(options) as [string, unknown][]) {
    const kind = (KINDS as Readonly<Record<string, Kind | undefined>>)[key];
    if (kind === undefined)
      return refuse(key, `is not an option; the options are ${Object.keys(KINDS).join(', ')}`);
    if (value !== undefined && (value === null || typeof value !== kind))
      refuse(key, `must be of type ${kind}`);
  }
  const { port, path, backlog = DEFAULT_BACKLOG, exclusive, signal } = options;
  if (signal !== undefined) validate(abortSignal, signal, OPERATION, 'signal');
  if ((port === undefined) === (path === undefined))
    refuse('port', 'must be set, unless path is set; not both');
  if (port !== undefined && !isWhole(port, 65_535)) refuse('port', 'must be a whole number from 0 to 65535');
  if (!isWhole(backlog, 0x7fffffff)) refuse('backlog', 'must be a whole number');
  for (const key of path === undefined ? OF_FILES : OF_PORTS) {
    if (key in options) refuse(key, `must not be set together with ${path === undefined ? 'port' : 'path'}`);
  }
  if (cluster.isWorker && exclusive !== true) {
    refuse(
      'exclusive',
      'must be true in a cluster worker: its primary cannot share the socket; use reusePort to share the port',
    );
  }
}

function isWhole(value: number, most: number): boolean {
  return Number.isInteger(value) && value >= 0 && value <= most;
}
