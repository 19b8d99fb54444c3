import type { SpawnOptions } from 'node:child_process';
import fs from 'node:fs';
import { isIP } from 'node:net';
import path from 'node:path';
import { ValidationError } from '../../errors/errors';
import { launcherPath } from '../../native/load';
import { isExecutable } from '../../base/executable';
import { isOnNetwork, resolvConfOf } from '../resolvers';
import { accountOf, type Account, type AccountOptions } from './account';
import type { OpenNamespace } from '../handle';

/** The environment of a child process beyond its network namespace. The launcher sets it up before it runs the command. */
export interface LaunchOptions extends AccountOptions {
  /**
   * Replaces files under /etc, as `ip netns exec` does: true by those of /etc/netns/NAME for the name of the namespace,
   * a string by those of that directory. Files without a replacement stay.
   */
  readonly etc?: boolean | string;
  /**
   * The child's DNS servers: true mounts an /etc/resolv.conf with the servers that `lookup` asks, a string one with the
   * server at that address, false keeps the caller's file. Default: true on a network with a resolver, unless the
   * system forbids mounts. `etc` takes precedence.
   */
  readonly resolver?: boolean | string;
  /** Mounts a fresh /sys, so that /sys/class/net shows the devices of the namespace instead of this process's. */
  readonly sys?: boolean;
}

/** The arguments for child_process. */
export interface Start<O extends StartOptions = SpawnOptions> {
  readonly command: string;
  readonly args: readonly string[];
  readonly options: O;
}
type StartOptions = Pick<SpawnOptions, 'argv0' | 'cwd' | 'env' | 'gid' | 'shell' | 'uid'>;

/**
 * Starts a command through the launcher, which then becomes the command. Returns the arguments unchanged if no option
 * needs the launcher. Throws a ValidationError for invalid options.
 */
export function throughLauncher<O extends StartOptions>(
  netns: OpenNamespace,
  operation: string,
  start: Start<O & LaunchOptions>,
): Start<O> {
  const { user, group, etc, resolver, sys, ...options } = start.options;
  const flags = [...resolverFlags(netns, operation, resolver), ...mountFlags(netns, operation, etc, sys)];
  const plain = { ...start, options: options as unknown as O };
  if (flags.length === 0 && user === undefined && group === undefined) return plain;
  const account = accountOf(start.options, operation);
  const { command, args, argv0 } = inShell(plain);
  if (!isExecutable(command, options)) {
    // Node.js reports a missing command or working directory. With the user's ids, in case the command appears at this
    // very moment.
    const { groups: _groups, ...ids } = account;
    return { ...plain, options: { ...plain.options, ...ids } };
  }
  return {
    command: launcherPath(),
    args: [...flags, ...accountFlags(account), '--', command, argv0, ...args],
    options: { ...plain.options, ...AS_WE_ARE },
  };
}

// The launcher does these instead of Node.js.
const AS_WE_ARE = { uid: undefined, gid: undefined, shell: false, argv0: undefined };

function mountFlags(netns: OpenNamespace, operation: string, etc: unknown, sys: unknown): string[] {
  const refuse = (path: string, value: unknown, problem: string): never => {
    throw new ValidationError({ operation, path, value, problem });
  };
  if (sys !== undefined && typeof sys !== 'boolean') refuse('sys', sys, 'must be true or false');
  const flags = sys === true ? ['--sys'] : [];
  if (etc === undefined || etc === false) return flags;
  if (etc === true) {
    if (netns.name !== undefined) return [`--etc=/etc/netns/${netns.name}`, ...flags];
    return refuse('etc', etc, 'must be a directory for an anonymous namespace: true needs a named one');
  }
  if (typeof etc !== 'string') return refuse('etc', etc, 'must be true, false or a directory');
  if (!fs.statSync(etc, { throwIfNoEntry: false })?.isDirectory())
    refuse('etc', etc, 'must be a directory that exists');
  return [`--etc=${path.resolve(etc)}`, ...flags];
}

function resolverFlags(netns: OpenNamespace, operation: string, resolver: unknown): string[] {
  const refuse = (problem: string): never => {
    throw new ValidationError({ operation, path: 'resolver', value: resolver, problem });
  };
  if (resolver === false) return [];
  if (resolver === undefined) {
    const text = isOnNetwork(netns) ? resolvConfOf(netns) : undefined;
    return text === undefined ? [] : [`--try-resolv-conf=${text}`];
  }
  if (typeof resolver === 'string') {
    if (isIP(resolver) === 0) refuse('must be the address of a DNS server, such as "192.0.2.53"');
    return [`--resolv-conf=nameserver ${resolver}\n`];
  }
  if (resolver !== true) return refuse('must be true, false or the address of a DNS server');
  const text = resolvConfOf(netns);
  if (text !== undefined) return [`--resolv-conf=${text}`];
  return refuse('must be the address of a DNS server: true needs a namespace on a network with a resolver');
}

function accountFlags({ uid, gid, groups }: Account): string[] {
  return [
    ...(groups === undefined ? [] : [`--groups=${groups.join(',')}`]),
    ...(gid === undefined ? [] : [`--gid=${gid}`]),
    ...(uid === undefined ? [] : [`--uid=${uid}`]),
  ];
}

// As in child_process: the shell gets command and arguments as one line.
function inShell({ command, args, options }: Start<StartOptions>): {
  command: string;
  args: readonly string[];
  argv0: string;
} {
  const { shell, argv0 } = options;
  if (shell === undefined || shell === false) return { command, args, argv0: argv0 ?? command };
  const file = typeof shell === 'string' ? shell : '/bin/sh';
  return { command: file, args: ['-c', [command, ...args].join(' ')], argv0: argv0 ?? file };
}
