import { z } from 'zod';
import { ValidationError } from '../errors';
import { portKey, type PublishedPort } from '../firewall/published';
import type { Endpoint } from './endpoint';
import type { Network } from './network';
import { parseAddress } from './subnet';
import { port, validate } from './validate';

/** A port of the host that leads to a port of an endpoint. */
export interface PublishRule {
  /** The host's address to publish on: a choice that has no default. Not a loopback address, not 0.0.0.0. */
  readonly hostAddress: string;
  readonly hostPort: number;
  readonly to: Endpoint;
  readonly port: number;
  /** Default 'tcp'. */
  readonly protocol?: 'tcp' | 'udp';
}

/** A published port. */
export interface Publication extends Required<PublishRule> {
  /** Withdraws it; one that is withdrawn already succeeds. Connections that stand go on. */
  delete(): Promise<void>;
}

const rule = z.strictObject({
  hostAddress: z
    .string("must be one of the host's addresses: choose which")
    .refine((text) => parseAddress(text) !== undefined, 'must be an IPv4 address, such as "192.0.2.1"')
    .refine(
      (text) => !text.startsWith('0.'),
      "must be one of the host's addresses: publish on each that is meant",
    )
    .refine(
      (text) => !text.startsWith('127.'),
      'must not be a loopback address: those never leave their host',
    ),
  hostPort: port,
  port,
  protocol: z.enum(['tcp', 'udp'], 'must be "tcp" or "udp"').default('tcp'),
  to: z.custom<Endpoint>(
    (value) => typeof value === 'object' && value !== null,
    'must be an endpoint of this network',
  ),
});

/** Checks rules that a caller wrote. Throws a ValidationError that names the rule and the field. */
export function checkRules(
  rules: readonly PublishRule[],
  network: Network,
  operation: string,
): Required<PublishRule>[] {
  const isAttached = new Set<Endpoint>(network.endpoints);
  return rules.map((written, index) => {
    const checked = validate(rule, written, operation);
    if (isAttached.has(checked.to)) return checked;
    const path = rules.length > 1 ? `[${String(index)}].to` : 'to';
    const problem = 'must be an endpoint that is attached to this network';
    throw new ValidationError({ operation, path, value: checked.to.name, problem });
  });
}

/** The elements that rules stand for. Throws a ValidationError if two of them, or one and another, want the same port. */
export function choosePorts(
  rules: readonly Required<PublishRule>[],
  taken: readonly PublishedPort[],
  operation: string,
): PublishedPort[] {
  const owners = new Map(taken.map((published) => [portKey(published), published]));
  return rules.map(({ to, ...rest }) => {
    const wanted: PublishedPort = { ...rest, address: to.address };
    const other = owners.get(portKey(wanted));
    if (other !== undefined) {
      const problem = `is published already, to ${other.address} port ${String(other.port)}: withdraw that first`;
      throw new ValidationError({ operation, path: 'hostPort', value: portKey(wanted), problem });
    }
    owners.set(portKey(wanted), wanted);
    return wanted;
  });
}
