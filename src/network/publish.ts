import { ValidationError } from '../errors';
import { forgetUdp } from '../firewall/conntrack';
import type { PublishedPort } from '../firewall/published';
import { choosePorts, type PublishRule } from './publication';
import type { Standing } from './setup';

/** Publishes checked rules as one transaction. */
export async function publish(
  standing: Standing,
  rules: readonly Required<PublishRule>[],
): Promise<PublishedPort[]> {
  const operation = 'network.publish';
  const { layout, ledger } = standing;
  if (layout.parent !== undefined) {
    const problem =
      'must not be there on a network that publishes ports: others on the LAN call its addresses directly';
    throw new ValidationError({ operation, path: 'parent', value: layout.parent, problem });
  }
  if (!layout.nat) {
    const problem = 'must not be false on a network that publishes ports';
    throw new ValidationError({ operation, path: 'nat', value: false, problem });
  }
  const local = rules.find(({ hostAddress }) => hostAddress.startsWith('127.'));
  if (local && !layout.loopback) {
    const problem =
      'must not be a loopback address, unless the network was made with nat: { loopback: true }';
    throw new ValidationError({ operation, path: 'hostAddress', value: local.hostAddress, problem });
  }
  let ports: PublishedPort[] = [];
  const announcement = await ledger.announce((state) => {
    ports = choosePorts(rules, state.ports, operation);
    return { action: 'publish', ports };
  });
  try {
    await addPorts(standing, ports);
  } catch (error) {
    await announcement.cancel();
    throw error;
  }
  await announcement.commit();
  return ports;
}

async function addPorts({ host, rules }: Standing, ports: readonly PublishedPort[]): Promise<void> {
  await rules.publish(ports);
  try {
    await forgetUdp(host, ports);
  } catch (error) {
    await rules.withdraw(ports);
    throw error;
  }
}
