import { isIP } from 'node:net';
import {
  array,
  boolean,
  check,
  type InferOutput,
  maxValue,
  minLength,
  minValue,
  optional,
  pipe,
  string,
} from 'valibot';
import { booleanOrOptions, wholeNumber } from '../../errors/validate-options';

/** DNS inside. */
export interface DnsOptions {
  /**
   * Upstream servers for all names but the network's own, in order; on port 53, from the host. A link-local address
   * names the host's device: 'fe80::1%eth0'. Default: the host's own servers, read again for each request.
   */
  readonly upstreams?: readonly string[];
  /**
   * Timeout of one server before the next is asked, in milliseconds; default 1500. A datagram is repeated twice
   * meanwhile.
   */
  readonly timeoutMs?: number;
  /**
   * Whether the named namespaces of a persistent network get an /etc/netns/NAME/resolv.conf, which `ip netns exec`
   * shows to its command. Default true.
   */
  readonly files?: boolean;
}

/** The same with defaults, as the journal stores it. */
export interface Dns {
  /** Undefined: the host's own servers. */
  readonly upstreams?: readonly string[];
  readonly timeoutMs: number;
  readonly files: boolean;
}

// Three servers answer or fail within the five seconds that clients wait.
const TIMEOUT_MS = 1500;

const ADDRESS = 'must be an address, such as "192.0.2.53"';

export const dnsSchema = booleanOrOptions(
  {
    upstreams: optional(
      pipe(
        array(
          pipe(
            string(ADDRESS),
            check((text) => isIP(text) !== 0, ADDRESS),
          ),
          'must be a list of addresses',
        ),
        minLength(1, "must name at least one server; omit upstreams for the host's own servers"),
      ),
    ),
    timeoutMs: optional(
      pipe(
        wholeNumber('must be a whole number of milliseconds'),
        minValue(10, 'must be at least 10 ms'),
        maxValue(60_000, 'must be at most 60000 ms'),
      ),
    ),
    files: optional(boolean('must be true or false')),
  },
  'must be true, false or { upstreams: ["192.0.2.53"], timeoutMs: 1500, files: true }',
);

/** Fills in the defaults; undefined: no DNS. */
export function dnsOf(given: InferOutput<typeof dnsSchema>): Dns | undefined {
  if (given === false) return undefined;
  const { upstreams, timeoutMs = TIMEOUT_MS, files = true } = given === true ? {} : given;
  return { ...(upstreams && { upstreams }), timeoutMs, files };
}
