import { ValidationError } from '../../errors/errors';
import type { NetworkSpec } from './network-spec';

const NEEDED: readonly (readonly [keyof NetworkSpec, string])[] = [
  ['gateway', "must be set with a parent: the address of the LAN's router"],
  ['range', 'must be set with a parent: the addresses that no other machine on the LAN uses'],
];

// Options that a network on a LAN cannot have, and why.
const REFUSED: readonly (readonly [keyof NetworkSpec, (value: unknown) => boolean, string])[] = [
  ['nat', Boolean, "must be false with a parent: NAT is up to the LAN's router"],
  ['dns', Boolean, "must be false with a parent: the gateway address belongs to the LAN's router"],
  ['subnet6', isThere, "must not be set with a parent: the LAN's router assigns the IPv6 addresses"],
  ['isolated', (value) => value === false, 'must not be false with a parent: such a network has no rules'],
  ['firewall', isThere, 'must not be set with a parent: such a network has no rules'],
  ['vxlan', isThere, 'must not be set with a parent: a bridge joins either the LAN or other bridges'],
  [
    'switch',
    (value) => value === 'openvswitch',
    "must be 'linux' with a parent: the host's addresses move to a Linux bridge",
  ],
  [
    'neighbours',
    (value) => value === 'static',
    "must be 'dynamic' with a parent: the LAN's router has no static entries for endpoints",
  ],
];

/** Checks the options beside `parent`. Throws a ValidationError. */
export function checkLan(spec: Partial<Record<keyof NetworkSpec, unknown>>, operation: string): void {
  const refuse = (path: string, value: unknown, problem: string): never => {
    throw new ValidationError({ operation, path, value, problem });
  };
  for (const [path, problem] of NEEDED) if (spec[path] === undefined) refuse(path, undefined, problem);
  for (const [path, isWrong, problem] of REFUSED) if (isWrong(spec[path])) refuse(path, spec[path], problem);
  if (spec.mode === 'routed')
    refuse(
      'mode',
      spec.mode,
      "must not be 'routed' with a parent: the network's own router would be between the endpoints and the LAN",
    );
  if (spec.mode !== 'macvlan' && spec.lifetime !== 'persistent')
    refuse(
      'lifetime',
      spec.lifetime ?? 'process',
      "must be 'persistent' with a parent: the bridge gets the host's own addresses",
    );
}

function isThere(value: unknown): boolean {
  return value !== undefined;
}
