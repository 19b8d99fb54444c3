import { z } from 'zod';
import { ValidationError } from '../errors';
import { checkName } from '../netns/name';
import { NetworkNamespace } from '../netns/namespace';
import { allocate, checkAddress } from './allocate';
import { derivedMac, portName } from './derive';
import type { Layout, Member } from './layout';
import { ifname, validate } from './validate';

/** How namespaces are attached. */
export interface AttachManyOptions {
  /** The device inside; default 'eth0'. */
  readonly ifname?: string;
  /** Whether the namespace gets a default route by the network's gateway; default true. */
  readonly defaultRoute?: boolean;
}

/** How one namespace is attached. */
export interface AttachOptions extends AttachManyOptions {
  /** '10.0.0.7'; default: the lowest that is free. */
  readonly address?: string;
  /** Default: derived from the network's name and the address, so that it is the same next time. */
  readonly mac?: string;
}

const MAC = /^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/i;

const manyOptions = z.strictObject({
  ifname: ifname.default('eth0'),
  defaultRoute: z.boolean('must be true or false').default(true),
});

const options = manyOptions.extend({
  address: z.string('must be an IPv4 address, such as "10.0.0.2"').optional(),
  mac: z
    .string('must be a MAC address')
    .regex(MAC, 'must be a MAC address such as "02:00:00:00:00:01"')
    // The lowest bit of the first byte marks groups.
    .refine((text) => Number.parseInt(text.slice(0, 2), 16) % 2 === 0, 'must not be a multicast address')
    .transform((text) => text.toLowerCase())
    .optional(),
});

export type CheckedOptions = z.output<typeof options>;

export function checkOptions(given: AttachOptions): CheckedOptions {
  return validate(options, given, 'network.attach');
}

export function checkManyOptions(given: AttachManyOptions): CheckedOptions {
  return validate(manyOptions, given, 'network.attachMany');
}

/** What is to be attached: a namespace that exists, one to make with that name, or just one to make. */
export type Candidate = NetworkNamespace | string | undefined;

/** Checks what the caller wants attached. Throws a ValidationError for a bad name, or one that is there twice. */
export function checkCandidates(candidates: readonly Candidate[], operation: string): void {
  const names = candidates.filter((candidate) => typeof candidate === 'string');
  names.forEach((name) => {
    checkName(name, operation, 'namespace');
  });
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice === undefined) return;
  throw new ValidationError({
    operation,
    path: 'namesOrCount',
    value: twice,
    problem: 'must be there only once',
  });
}

/** Finds addresses for candidates and derives the rest of what they become. */
export function chooseMembers(
  layout: Layout,
  members: readonly Member[],
  candidates: readonly Candidate[],
  given: CheckedOptions,
): Member[] {
  const used = new Set([layout.gateway, ...members.map((member) => member.address)]);
  if (given.address !== undefined) checkAddress(layout.subnet, used, given.address);
  const addresses =
    given.address === undefined ? allocate(layout.subnet, used, candidates.length) : [given.address];
  return addresses.map((address, index) => memberOf(layout, address, candidates[index], given));
}

function memberOf(layout: Layout, address: string, candidate: Candidate, given: CheckedOptions): Member {
  const { ifname: dev, defaultRoute, mac = derivedMac(layout.name, 'endpoint', address) } = given;
  const name = nameOf(layout, address, candidate);
  const isGiven = candidate instanceof NetworkNamespace;
  const pinned = isGiven ? candidate.name : layout.lifetime === 'persistent' ? name : undefined;
  return {
    name,
    address,
    ifname: dev,
    mac,
    port: portName(layout.name, address),
    portMac: derivedMac(layout.name, 'port', address),
    created: !isGiven,
    defaultRoute,
    ...(pinned !== undefined && { pinned }),
    ...(isGiven && { cookie: String(candidate.cookie) }),
  };
}

function nameOf(layout: Layout, address: string, candidate: Candidate): string {
  if (typeof candidate === 'string') return candidate;
  return candidate?.name ?? `${layout.name}-${address.replaceAll('.', '-')}`;
}
