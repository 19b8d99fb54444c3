import { ValidationError } from '../../errors/errors';
import type { NetworkSpec } from './network-spec';

const NEEDED: readonly (readonly [keyof NetworkSpec, string])[] = [
  ['gateway', "must be there with a parent: the LAN's router, the way to everywhere else"],
  ['range', 'must be there with a parent: the addresses that the other machines on the LAN leave free'],
];

// Options that a network on a LAN cannot have, and why.
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

/** Checks the options beside `parent`. Throws a ValidationError. */
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

function isThere(value: unknown): boolean {
  return value !== undefined;
}
