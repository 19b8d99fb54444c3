import {
  array,
  check,
  forward,
  type InferOutput,
  maxValue,
  minLength,
  minValue,
  optional,
  pipe,
  string,
} from 'valibot';
import { options, wholeNumber, port } from '../../errors/validate-options';
import { parseAddress } from '../addressing/subnet';

/** How a network spans hosts: each has a bridge of its own, and tunnels join them to one link. */
export interface VxlanOptions {
  /** The network's identifier in the tunnels, 1 to 16777215: the same on all hosts. */
  readonly id: number;
  /** This host's address, by which the others reach it. */
  readonly local: string;
  /** The other hosts' addresses. What is for everyone goes to each of them; who lives where is learnt. */
  readonly remotes: readonly string[];
  /** The tunnels' UDP port: the same on all hosts. Default 4789. */
  readonly port?: number;
}

/** A tunnel's headers: what a network's packets must be smaller than those of the hosts' own link. */
export const VXLAN_OVERHEAD = 50;

const address = pipe(
  string('must be an IPv4 address, such as "192.0.2.1"'),
  check((text) => parseAddress(text) !== undefined, 'must be an IPv4 address, such as "192.0.2.1"'),
);

export const vxlanSchema = pipe(
  options({
    id: pipe(
      wholeNumber('must be a whole number'),
      minValue(1, 'must be 1 to 16777215'),
      maxValue(0xffffff, 'must be 1 to 16777215'),
    ),
    local: address,
    remotes: pipe(
      array(address, 'must be a list of addresses'),
      minLength(1, 'must name at least one other host'),
    ),
    port: optional(port, 4789),
  }),
  forward(
    check(({ local, remotes }) => !remotes.includes(local), "must not hold this host's own address"),
    ['remotes'],
  ),
  forward(
    check(({ remotes }) => new Set(remotes).size === remotes.length, 'must hold each host only once'),
    ['remotes'],
  ),
);

/** Options that were checked, with the default filled in. */
export type Vxlan = Readonly<InferOutput<typeof vxlanSchema>>;
