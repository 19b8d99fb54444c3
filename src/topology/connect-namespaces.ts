import { Address4, Address6 } from 'ip-address';
import { check, custom, type InferOutput, optional, pipe, string } from 'valibot';
import { NetlinkError, ValidationError } from '../errors/errors';
import { ignoringNotFound } from '../errors/not-found';
import { NetworkNamespace } from '../netns/namespace';
import { type NamespaceRef, pathOf } from '../nsfs/open';
import { Plan } from '../plan/plan';
import type { Step } from '../plan/spec/step';
import { newIfname, options, validate } from '../errors/validate-options';

/** One end of a direct link. */
export interface LinkEnd {
  /** The namespace: an open one, or a location: a name, { pid }, { path } or { fd }. */
  readonly netns: NamespaceRef;
  /** The device to create inside. */
  readonly ifname: string;
  /** With a prefix length: '10.0.2.1/24' or 'fd00::1/64'. If absent, the device comes up without an address. */
  readonly address?: string;
}

/** The labels of the two ends in plans. */
const ENDS = ['a', 'b'] as const;

const end = options({
  netns: custom<NamespaceRef>((value) => value !== undefined, 'must be a name, { pid }, { path } or { fd }'),
  ifname: newIfname,
  address: optional(
    pipe(
      string('must be an address with its prefix, such as "10.0.2.1/24"'),
      check(isPrefixed, 'must be an address with its prefix, such as "10.0.2.1/24" or "fd00::1/64"'),
    ),
  ),
});
const schema = options({ a: end, b: end });

type Device = Omit<InferOutput<typeof end>, 'netns'>;

/**
 * Connects two namespaces by a veth pair only: no bridge, no host in between. Each device is created in its namespace,
 * comes up, and gets its address; the loopback devices come up as well. All or nothing. The link ends with either
 * namespace or either device.
 *
 * Rejects with ValidationError for an invalid end; with NetlinkError EEXIST for an existing device, ENOENT for a
 * missing namespace, EPERM or EACCES unless the caller is root over both.
 */
export async function connectNamespaces(a: LinkEnd, b: LinkEnd): Promise<void> {
  const operation = 'connectNamespaces';
  const ends = validate(schema, { a, b }, operation);
  if (isOne(ends.a.netns, ends.b.netns) && ends.a.ifname === ends.b.ifname) {
    const problem = 'must differ from a.ifname: both ends are in the same namespace';
    throw new ValidationError({ operation, path: 'b.ifname', value: ends.b.ifname, problem });
  }
  const given: Record<string, NetworkNamespace> = {};
  const opening: Step[] = [];
  for (const label of ENDS) {
    const { netns } = ends[label];
    if (netns instanceof NetworkNamespace) given[label] = netns;
    else opening.push({ op: 'netns.open', netns: label, path: pathOf(netns, operation, `${label}.netns`) });
  }
  const plan = new Plan({ namespaces: given, steps: [...opening, ...linkSteps(ends.a, ends.b)] });
  try {
    const { namespaces } = await plan.apply();
    await Promise.all(Object.values(namespaces).map((netns) => netns.close()));
  } catch (error) {
    throw (await clash(error, ends, operation)) ?? explained(error, operation);
  }
}

function isOne(a: NamespaceRef, b: NamespaceRef): boolean {
  if (a instanceof NetworkNamespace && b instanceof NetworkNamespace) return a.cookie === b.cookie;
  return typeof a === 'string' && a === b;
}

/** Finds the end whose device name is taken: the kernel does not report it. */
async function clash(
  error: unknown,
  ends: Readonly<Record<(typeof ENDS)[number], Pick<LinkEnd, 'netns' | 'ifname'>>>,
  operation: string,
): Promise<NetlinkError | undefined> {
  if (!(error instanceof NetlinkError) || error.code !== 'EEXIST' || error.operation !== 'link.add')
    return undefined;
  for (const label of ENDS) {
    const { netns, ifname } = ends[label];
    if (!(await hasDevice(netns, ifname))) continue;
    const { errno, syscall, extack } = error;
    const detail = `the namespace has a device '${ifname}' already: choose another name for ${label}.ifname`;
    return new NetlinkError({ errno, operation, object: label, syscall, extack, detail, cause: error });
  }
  return undefined;
}

async function hasDevice(ref: NamespaceRef, ifname: string): Promise<boolean> {
  const netns = ref instanceof NetworkNamespace ? ref : await NetworkNamespace.open(ref);
  try {
    return (await ignoringNotFound(netns.rtnl.link.get({ ifname }))) !== undefined;
  } finally {
    if (netns !== ref) await netns.close();
  }
}

// Addresses are removed with the pair if a later step fails.
function linkSteps(a: Device, b: Device): Step[] {
  const peer = { ifname: b.ifname, netns: 'b' };
  return [
    { op: 'link.add', netns: 'a', body: { ifname: a.ifname, kind: 'veth', peer } },
    ...endSteps('a', a),
    ...endSteps('b', b),
  ];
}

function endSteps(netns: string, { ifname: dev, address }: Device): Step[] {
  return [
    { op: 'link.set', netns, body: { ifname: 'lo', up: true } },
    ...(address === undefined ? [] : [addressStep(netns, dev, address)]),
    { op: 'link.set', netns, body: { ifname: dev, up: true }, undo: 'none' },
  ];
}

// Without duplicate address detection, an IPv6 address is usable at once: the only neighbour is known.
function addressStep(netns: string, dev: string, address: string): Step {
  const more = address.includes(':') ? { flags: ['nodad'] as const } : broadcastOf(address);
  return { op: 'addr.add', netns, body: { dev, address, ...more }, undo: 'none' };
}

// A prefix of one or two addresses has no broadcast address.
function broadcastOf(address: string): { broadcast?: string } {
  return Number(address.split('/')[1]) < 31 ? { broadcast: 'auto' } : {};
}

function isPrefixed(text: string): boolean {
  return text.includes('/') && (Address4.isValid(text) || Address6.isValid(text));
}

function explained(error: unknown, operation: string): unknown {
  if (!(error instanceof NetlinkError && ['EPERM', 'EACCES'].includes(error.code))) return error;
  const { errno, syscall, extack } = error;
  const detail =
    'the caller must be root in the user namespace that owns both namespaces, or in a common ancestor of both owners: ' +
    'the kernel refuses a link between unrelated user namespaces';
  return new NetlinkError({ errno, operation, syscall, extack, detail, cause: error });
}
