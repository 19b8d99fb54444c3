import os from 'node:os';
import { NetlinkError, ValidationError } from '../../errors/errors';
import type { NetworkNamespace } from '../../netns/namespace';
import { readLink } from '../host/links';
import type { NetworkSpec, ResolvedSpec } from '../spec/spec';
import { parseAddress, type Subnet } from '../addressing/subnet';

/** What a network takes over from the LAN that it is part of. */
export interface Lan {
  /** Bytes: those of the device that leads there. */
  readonly mtu?: number;
  /** The host's own addresses in the subnet. */
  readonly reserved?: readonly string[];
}

const { EBUSY, ENETDOWN } = os.constants.errno;

const NEEDED: readonly (readonly [keyof NetworkSpec, string])[] = [
  ['gateway', "must be there with a parent: the LAN's router, the way to everywhere else"],
  ['range', 'must be there with a parent: the addresses that the other machines on the LAN leave free'],
];

// Why a network that is part of a LAN cannot have it.
const REFUSED: readonly (readonly [keyof NetworkSpec, (value: unknown) => boolean, string])[] = [
  ['nat', Boolean, "must be false with a parent: the LAN's router does what there is to do"],
  ['dns', Boolean, "must be false with a parent: the gateway address is the router's"],
  ['subnet6', isThere, "must not be there with a parent: the LAN's router chooses the IPv6 addresses"],
  [
    'isolated',
    (value) => value === false,
    'must not be false with a parent: it says who passes the rules, and there are none',
  ],
  ['firewall', isThere, 'must not be there with a parent: such a network has no rules'],
  ['vxlan', isThere, 'must not be there with a parent: a bridge joins the LAN or other bridges'],
  [
    'switch',
    (value) => value === 'openvswitch',
    "must be 'linux' with a parent: the host's addresses move to a bridge of the kernel's own",
  ],
  [
    'neighbours',
    (value) => value === 'static',
    "must be 'dynamic' with a parent: the LAN's router is not told",
  ],
];

/** Checks what a spec says beside `parent`. Throws a ValidationError. */
export function checkLan(spec: Partial<Record<keyof NetworkSpec, unknown>>, operation: string): void {
  const refuse = (path: string, value: unknown, problem: string): never => {
    throw new ValidationError({ operation, path, value, problem });
  };
  for (const [path, problem] of NEEDED) if (spec[path] === undefined) refuse(path, undefined, problem);
  for (const [path, isWrong, problem] of REFUSED) if (isWrong(spec[path])) refuse(path, spec[path], problem);
  if (spec.mode === 'routed')
    refuse('mode', spec.mode, "must not be 'routed' with a parent: a router of our own would lie in between");
  if (spec.mode !== 'macvlan' && spec.lifetime !== 'persistent')
    refuse(
      'lifetime',
      spec.lifetime ?? 'process',
      "must be 'persistent' with a parent: the bridge gets the host's own addresses",
    );
}

/** Checks what a spec says of children of the host's device. Throws a ValidationError. */
export function checkMacvlan(
  { mode, parent, macvlan, bridge }: Partial<Record<keyof NetworkSpec, unknown>>,
  operation: string,
): void {
  const refuse = (path: string, value: unknown, problem: string): never => {
    throw new ValidationError({ operation, path, value, problem });
  };
  if (mode === 'macvlan') {
    if (parent === undefined)
      refuse(
        'parent',
        parent,
        "must be there with the mode 'macvlan': the device that namespaces get children of",
      );
    if (bridge !== undefined)
      refuse('bridge', bridge, "must not be there with the mode 'macvlan': there is none");
  } else if (macvlan !== undefined) {
    refuse('macvlan', macvlan, "must not be there without the mode 'macvlan'");
  }
}

/** Reads what a new network has to know of its LAN. Rejects with NetlinkError ENODEV if there is no such device. */
export async function readLan(
  host: NetworkNamespace,
  { parent, subnet, macvlan }: ResolvedSpec,
): Promise<Lan> {
  if (parent === undefined) return {};
  const link = await readLink(host, parent);
  const refuse = (errno: number, detail: string): never => {
    throw new NetlinkError({ errno, operation: 'network.create', object: parent, detail });
  };
  if (!link.up) refuse(ENETDOWN, `is down: ip link set ${parent} up`);
  if (macvlan && link.master !== undefined)
    refuse(EBUSY, "is another device's port, which receives what is for its children: name that device");
  const addresses = await host.rtnl.addr.list({ family: 'inet' });
  const own = addresses.map(({ address }) => address.split('/', 1)[0] ?? '');
  return {
    ...(link.mtu !== undefined && { mtu: link.mtu }),
    reserved: own.filter((text) => isInside(subnet, parseAddress(text))),
  };
}

function isThere(value: unknown): boolean {
  return value !== undefined;
}

function isInside({ first, last }: Subnet, address: number | undefined): boolean {
  return address !== undefined && address >= first && address <= last;
}
