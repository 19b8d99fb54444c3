import { deleteUdpConntrack } from '../../../firewall/network/udp-conntrack';
import { portKey, portTarget, type PublishedPort } from '../../../firewall/network/published-port';
import { ignoringNotFound } from '../../../errors/not-found';
import type { Removal, Resource } from '../definition/resource';

/** Ports of the host that are published with the given target: other networks' stay. With the network go its rules. */
export const publishedPorts: Resource = {
  of: 'part',
  with: 'ports',
  endsWithHost: true,

  async find(removal) {
    const found = await matching(removal);
    return found.map((port) => `port ${portKey(port)}`);
  },

  async remove(removal) {
    const { host, rules } = removal;
    let found: PublishedPort[];
    let done: true | undefined;
    // Refused if one of them went in the meantime: each attempt has fewer.
    do {
      found = await matching(removal);
      if (found.length === 0) return;
      done = await ignoringNotFound(rules.withdraw(found).then(() => true));
    } while (done === undefined);
    await deleteUdpConntrack(host, found);
  },
};

async function matching({ rules, state: { ports } }: Removal): Promise<PublishedPort[]> {
  const wanted = new Set(ports.map(portTarget));
  return (await rules.published(ports)).filter((port) => wanted.has(portTarget(port)));
}
