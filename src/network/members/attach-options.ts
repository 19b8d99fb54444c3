import { freeIds, checkMac } from './check-mac';
import {
  boolean,
  check,
  type InferOutput,
  instance,
  maxValue,
  minValue,
  optional,
  pipe,
  string,
} from 'valibot';
import { ValidationError } from '../../errors/errors';
import { checkName } from '../../nsfs/name';
import { ofThisCopy } from '../../nsfs/other-copy';
import { NetworkNamespace } from '../../netns/namespace';
import { memoizeByObject } from '../../base/memoize';
import { allocate, checkAddress } from '../addressing/allocate';
import { type EndpointIds, endpointIds } from '../addressing/derived-names';
import { type Layout } from '../model/layout';
import { lifetimeOf } from '../model/lifetime';
import { memberTag } from '../model/tags';
import { type Member } from '../model/member';
import { allocate6, checkAddress6, parseSubnet6 } from '../addressing/subnet6';
import { driverOf } from '../drivers';
import { AddressesInUse } from '../model/addresses-in-use';
import { type Addresses } from '../addressing/addresses';
import { mac, newIfname, options, validate, wholeNumber } from '../../errors/validate-options';

/** Options for attaching namespaces. */
export interface AttachManyOptions {
  /** Name of the device inside; default 'eth0'. */
  readonly ifname?: string;
  /** Whether the namespace gets a default route through the network's gateway; default true, but false with `vlan`. */
  readonly defaultRoute?: boolean;
  /**
   * 1 to 4094, on a network with the switch 'openvswitch': the namespace reaches only namespaces of the same VLAN, and
   * not the host. Default: none, as the host.
   */
  readonly vlan?: number;
  /**
   * Policy routing: packets that the namespace sends from this endpoint's addresses use this table, with the network's
   * gateway as default route. For namespaces on several networks: replies leave through the network their request
   * arrived on. 1 to 4294967295, but not 253 to 255, which are the kernel's. Default: none.
   *
   * The rule for the table is removed by `detach` or `delete`. A killed process leaves the rule in a namespace that was
   * passed in: it then refers to a table without routes, and changes nothing.
   */
  readonly table?: number;
  /** Aborts the attempt: completed steps are undone, and the call rejects with the signal's reason. */
  readonly signal?: AbortSignal;
}

/** Options for attaching one namespace. */
export interface AttachOptions extends AttachManyOptions {
  /** '10.0.0.7'; default: the lowest free address. */
  readonly address?: string;
  /** 'fd00:1::7', on a network with a subnet6; default: the lowest free address. */
  readonly address6?: string;
  /** Default: derived from the network's name and the address, so that it is the same next time. */
  readonly mac?: string;
}

const IFNAME = 'eth0';

const forMany = {
  ifname: optional(newIfname, IFNAME),
  defaultRoute: optional(boolean('must be true or false')),
  vlan: optional(
    pipe(
      wholeNumber('must be a whole number'),
      minValue(1, 'must be 1 to 4094'),
      maxValue(4094, 'must be 1 to 4094'),
    ),
  ),
  table: optional(
    pipe(
      wholeNumber('must be a whole number'),
      minValue(1, 'must be 1 to 4294967295'),
      maxValue(0xffffffff, 'must be 1 to 4294967295'),
      check((table) => table < 253 || table > 255, "must not be 253 to 255: those are the kernel's own"),
    ),
  ),
  signal: optional(instance(AbortSignal, 'must be an AbortSignal')),
};
const manyOptions = options(forMany);
const oneOptions = options({
  ...forMany,
  address: optional(string('must be an IPv4 address, such as "10.0.0.2"')),
  address6: optional(string('must be an IPv6 address, such as "fd00:1::2"')),
  mac: optional(mac),
});

export type CheckedOptions = InferOutput<typeof oneOptions>;

/** Used when the caller passes no options. */
const DEFAULTS: CheckedOptions = { ifname: IFNAME };

export function checkOptions(given: AttachOptions | undefined): CheckedOptions {
  return given === undefined ? DEFAULTS : validate(oneOptions, given, 'network.attach');
}

export function checkManyOptions(given: AttachManyOptions): CheckedOptions {
  return validate(manyOptions, given, 'network.attachMany');
}

/** What to attach: an existing namespace, the name of a new one, or undefined for a new one without a name. */
export type Candidate = NetworkNamespace | string | undefined;

/** Checks the argument of attach() from JavaScript callers. Throws a ValidationError. */
export function checkCandidate(candidate: unknown): asserts candidate is string | NetworkNamespace {
  const [operation, path] = ['network.attach', 'namespace'];
  if (typeof candidate === 'string') {
    checkName(candidate, operation, path);
  } else if (!(candidate instanceof NetworkNamespace)) {
    const problem = ofThisCopy('must be a name, such as "web", or an open NetworkNamespace', candidate);
    throw new ValidationError({ operation, path, value: candidate, problem });
  }
}

/** Checks the names given to attachMany(). Throws a ValidationError. */
export function checkNames(names: unknown): asserts names is readonly string[] {
  const [operation, path] = ['network.attachMany', 'namesOrCount'];
  if (!Array.isArray(names)) {
    const problem = 'must be a list of names, or a number of namespaces to create';
    throw new ValidationError({ operation, path, value: names, problem });
  }
  const seen = new Set<unknown>();
  // Also visits holes of a sparse array.
  for (const [index, name] of (names as unknown[]).entries()) {
    checkName(name, operation, `${path}[${String(index)}]`);
    if (seen.size !== seen.add(name).size) continue;
    throw new ValidationError({ operation, path, value: name, problem: 'must be listed only once' });
  }
}

/** Kernel limit of a device's alias (in bytes of text), by which ports are found without a record. */
const MOST_TAG = 254;

/** Refuses namespaces with names too long for the ports of a persistent network. Throws a ValidationError. */
export function checkTags(layout: Layout, candidates: readonly Candidate[], operation: string): void {
  if (!driverOf(layout).can.tagPorts) return;
  for (const [index, candidate] of candidates.entries()) {
    const name = typeof candidate === 'string' ? candidate : candidate?.name;
    if (name === undefined) continue;
    const tagged = { name: '', created: typeof candidate === 'string', pinned: name };
    const most = MOST_TAG - memberTag(layout.name, tagged).length;
    if (Buffer.byteLength(name) <= most) continue;
    const path = operation === 'network.attachMany' ? `namesOrCount[${String(index)}]` : 'namespace';
    const problem = `must be at most ${String(most)} bytes on the network '${layout.name}': the alias of its port contains the name`;
    throw new ValidationError({ operation, path, value: name, problem });
  }
}

const idsOn = memoizeByObject((layout: Layout) => endpointIds(layout.name));

/** Chooses addresses for candidates and derives the rest of the members. */
export function chooseMembers(
  layout: Layout,
  members: readonly Member[],
  candidates: readonly Candidate[],
  given: CheckedOptions,
  operation = 'network.attach',
): Member[] {
  const driver = driverOf(layout);
  if (given.vlan !== undefined && !driver.can.vlan) {
    const problem = "needs a network with the switch 'openvswitch'";
    throw new ValidationError({ operation, path: 'vlan', value: given.vlan, problem });
  }
  const taken = AddressesInUse.of(layout, members, () => driver.ownMacs(layout));
  if (given.address !== undefined) checkAddress(layout.subnet, taken.ip, given.address);
  const addresses =
    given.address === undefined ? allocate(layout, taken.ip, candidates.length, operation) : [given.address];
  const addresses6 = chooseAddresses6(layout, taken.ip6, candidates.length, given, operation);
  const idsOf = idsOn(layout);
  return addresses.map((address, index) => {
    const address6 = addresses6[index];
    const ids = freeIds(layout, taken.mac, address, idsOf(address));
    if (given.mac !== undefined) checkMac(layout, taken.mac, ids, given.mac);
    const member = memberOf(layout, address, ids, candidates[index], given);
    const fields = driver.memberFields(layout, address, address6);
    return { ...member, ...fields, ...(address6 !== undefined && { address6 }) };
  });
}

// One for each candidate, or none on a network without a second subnet.
function chooseAddresses6(
  { inet6 }: Layout,
  taken: Addresses,
  count: number,
  { address6: wanted }: CheckedOptions,
  operation: string,
): string[] {
  const subnet = inet6 && parseSubnet6(inet6.subnet);
  if (inet6 === undefined || subnet === undefined) {
    if (wanted === undefined) return [];
    const problem = 'needs a network with a subnet6';
    throw new ValidationError({ operation: 'network.attach', path: 'address6', value: wanted, problem });
  }
  return wanted === undefined
    ? allocate6(subnet, taken, count, operation)
    : [checkAddress6(subnet, taken, wanted)];
}

function memberOf(
  layout: Layout,
  address: string,
  ids: EndpointIds,
  candidate: Candidate,
  given: CheckedOptions,
): Member {
  const { ifname: dev, vlan, defaultRoute = vlan === undefined, table, mac = ids.mac } = given;
  const name = nameOf(layout, address, candidate);
  const isGiven = candidate instanceof NetworkNamespace;
  const pinned = isGiven ? candidate.name : lifetimeOf(layout).hasFiles ? name : undefined;
  return {
    name,
    address,
    ifname: dev,
    mac,
    port: ids.port,
    portMac: ids.portMac,
    created: !isGiven,
    defaultRoute,
    ...(vlan !== undefined && { vlan }),
    ...(table !== undefined && { table }),
    ...(pinned !== undefined && { pinned }),
    ...(isGiven && { cookie: String(candidate.cookie) }),
  };
}

function nameOf(layout: Layout, address: string, candidate: Candidate): string {
  if (typeof candidate === 'string') return candidate;
  return candidate?.name ?? `${layout.name}-${address.replaceAll('.', '-')}`;
}
