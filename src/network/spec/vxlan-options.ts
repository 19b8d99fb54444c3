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

/** A network across hosts: each has a bridge of its own, and tunnels connect them into one link. */
export interface VxlanOptions {
  /** The network's identifier in the tunnels, 1 to 16777215: the same on all hosts. */
  readonly id: number;
  /** This host's address, for the tunnels of the others. */
  readonly local: string;
  /** The other hosts' addresses. Broadcasts go to each of them; the locations of endpoints are learned. */
  readonly remotes: readonly string[];
  /** The tunnels' UDP port: the same on all hosts. Default 4789. */
  readonly port?: number;
}

/** The size of a tunnel's headers: a network's MTU must be smaller by this than that of the hosts' own link. */
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
    check(({ local, remotes }) => !remotes.includes(local), "must not contain this host's own address"),
    ['remotes'],
  ),
  forward(
    check(({ remotes }) => new Set(remotes).size === remotes.length, 'must contain each host only once'),
    ['remotes'],
  ),
);

/** Checked options with the default filled in. */
export type Vxlan = Readonly<InferOutput<typeof vxlanSchema>>;
