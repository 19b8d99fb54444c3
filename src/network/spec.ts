import { z } from 'zod';
import { ValidationError } from '../errors';
import { NetworkNamespace } from '../netns/namespace';
import { deviceName } from './derive';
import { addressText, isHostAddress, parseAddress, parseSubnet, type Subnet } from './subnet';
import { ifname, validate } from './validate';

/** How a network's traffic leaves the host. */
export interface NatOptions {
  /** The host's interfaces that may forward for the network. Default: those of the host's default routes. */
  readonly interfaces?: readonly string[];
}

/** What a network should be. */
export interface NetworkSpec {
  /** Letters, digits, "_", "-" and ".", at most 64; one network of a name per host. */
  readonly name: string;
  /** '10.0.0.0/24', prefix 8 to 30. Must not overlap an address or route that the host has. */
  readonly subnet: string;
  /** The host's address on the network. Default: the subnet's first host address. */
  readonly gateway?: string;
  /** The name of the host's device: the bridge, or for the lifetime 'process' the uplink to it. Default `nl-<name>`. */
  readonly bridge?: string;
  /** Masquerade what leaves the subnet, and let ports be published. Default true. */
  readonly nat?: boolean | NatOptions;
  /** Bytes; default 1500. */
  readonly mtu?: number;
  /** 'process' (default): the kernel removes everything when this process ends, however it ends. 'persistent': it stays. */
  readonly lifetime?: 'process' | 'persistent';
  /** The namespace that plays the host. Default: the caller's. */
  readonly host?: NetworkNamespace;
}

/** A checked spec with every default filled in; plain data but for the subnet's numbers. */
export interface ResolvedSpec {
  readonly name: string;
  readonly subnet: Subnet;
  readonly gateway: string;
  readonly device: string;
  readonly nat: boolean;
  /** Undefined: those of the host's default routes. */
  readonly interfaces?: readonly string[];
  readonly mtu: number;
  readonly lifetime: 'process' | 'persistent';
}

const NAME = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/;

const schema = z.strictObject({
  name: z
    .string('must be a string, such as "web"')
    .regex(NAME, 'must be 1 to 64 letters, digits, "_", "-" or ".", and begin with a letter or digit')
    .refine((name) => !name.includes('..'), 'must not contain ".."'),
  subnet: z.string('must be an IPv4 network, such as "10.0.0.0/24"'),
  gateway: z.string('must be an IPv4 address, such as "10.0.0.1"').optional(),
  bridge: ifname.optional(),
  nat: z
    .union(
      [
        z.boolean(),
        z.strictObject({ interfaces: z.array(ifname).min(1, 'must name at least one').optional() }),
      ],
      'must be true, false or { interfaces: ["eth0"] }',
    )
    .optional(),
  mtu: z
    .int('must be a whole number of bytes')
    .min(68, 'must be at least 68, the smallest that IPv4 allows')
    .max(65535, 'must be at most 65535')
    .optional(),
  lifetime: z.enum(['process', 'persistent'], 'must be "process" or "persistent"').optional(),
  host: z.instanceof(NetworkNamespace, { error: 'must be an open NetworkNamespace' }).optional(),
});

/** Checks a spec and fills in its defaults. Throws a ValidationError before any system call. */
export function resolveSpec(spec: NetworkSpec, operation = 'network.create'): ResolvedSpec {
  const { name, nat = true, mtu = 1500, lifetime = 'process', ...rest } = validate(schema, spec, operation);
  const subnet = checkedSubnet(rest.subnet, operation);
  const interfaces = typeof nat === 'object' ? nat.interfaces : undefined;
  return {
    name,
    subnet,
    gateway: gatewayOf(subnet, rest.gateway, operation),
    device: rest.bridge ?? deviceName(name),
    nat: nat !== false,
    ...(interfaces && { interfaces }),
    mtu,
    lifetime,
  };
}

function checkedSubnet(text: string, operation: string): Subnet {
  const subnet = parseSubnet(text);
  const refuse = (problem: string): never => {
    throw new ValidationError({ operation, path: 'subnet', value: text, problem });
  };
  if (subnet === undefined) return refuse('must be an IPv4 network with its prefix, such as "10.0.0.0/24"');
  if (subnet.text !== text) refuse(`has bits set behind its prefix: write "${subnet.text}"`);
  if (subnet.prefix < 8 || subnet.prefix > 30) refuse('must have a prefix of 8 to 30');
  return subnet;
}

function gatewayOf(subnet: Subnet, text: string | undefined, operation: string): string {
  if (text === undefined) return addressText(subnet.first + 1);
  const address = parseAddress(text);
  if (address !== undefined && isHostAddress(subnet, address)) return addressText(address);
  const problem = `must be a host address of ${subnet.text}, without a prefix`;
  throw new ValidationError({ operation, path: 'gateway', value: text, problem });
}
