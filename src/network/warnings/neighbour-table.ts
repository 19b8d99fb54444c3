import fs from 'node:fs';
import type { NetworkNamespace } from '../../netns/namespace';
import { within } from '../../nsfs/within';
import { driverOf } from '../drivers';
import type { Layout } from '../model/layout';

type Protocol = 'ipv4' | 'ipv6';

/** The kernel's default. */
const DEFAULT_MOST = 1024;

/**
 * Whether the endpoints of a network may overflow the kernel's table of learned neighbours, which all namespaces of a
 * machine share: neighbours beyond it cannot be reached. Counts the entries needed if each endpoint calls one other.
 */
export function neighbourWarnings(
  { host, layout }: { readonly host: NetworkNamespace; readonly layout: Layout },
  endpoints: number,
): string[] {
  const needed = endpoints * driverOf(layout).neighboursEach(layout);
  const families: readonly Protocol[] = layout.inet6 ? ['ipv4', 'ipv6'] : ['ipv4'];
  return families.flatMap((family) => {
    const most = readMost(host, family);
    return needed > (most ?? DEFAULT_MOST) ? [warning(family, { endpoints, needed, most })] : [];
  });
}

// Only the machine's initial network namespace has the setting: it is read in the host's namespace, then in this
// process's.
function readMost(host: NetworkNamespace, family: Protocol): number | undefined {
  const file = `/proc/sys/net/${family}/neigh/default/gc_thresh3`;
  return within(host, 'network.inspect', () => readNumber(file)) ?? readNumber(file);
}

function readNumber(file: string): number | undefined {
  try {
    return Number(fs.readFileSync(file, 'latin1'));
  } catch {
    return undefined;
  }
}

function warning(
  family: Protocol,
  {
    endpoints,
    needed,
    most,
  }: { readonly endpoints: number; readonly needed: number; readonly most: number | undefined },
): string {
  const setting = `net.${family}.neigh.default.gc_thresh3`;
  const known =
    most === undefined
      ? `${String(DEFAULT_MOST)} by default (${setting}, which cannot be read here)`
      : `${String(most)} (${setting})`;
  return (
    `the ${String(endpoints)} endpoints of the network learn ${String(needed)} neighbours if each connects to one other, and the kernel ` +
    `keeps at most ${known} for all namespaces together; in the initial network namespace: ` +
    `sysctl -w ${setting}=${String(needed * 2)}; or choose mode: 'routed', whose endpoints learn no neighbours`
  );
}
