import { ValidationError } from '../errors';
import { type PublishedPort, publishPorts } from '../firewall/published';
import { choosePorts, type PublishRule } from './publication';
import { removePorts } from './remove';
import type { Standing } from './setup';

/** Publishes checked rules as one transaction. */
export async function publish(
  standing: Standing,
  rules: readonly Required<PublishRule>[],
): Promise<PublishedPort[]> {
  const operation = 'network.publish';
  const { layout, host, ledger, owner } = standing;
  if (!layout.nat) {
    const problem = 'must not be false on a network that publishes ports';
    throw new ValidationError({ operation, path: 'nat', value: false, problem });
  }
  let ports: PublishedPort[] = [];
  const announcement = await ledger.announce((state) => {
    ports = choosePorts(rules, state.ports, operation);
    return { action: 'publish', ports };
  });
  try {
    await host.firewall.transaction(publishPorts(layout.name, ports), owner && { owner });
  } catch (error) {
    await announcement.cancel();
    throw error;
  }
  await announcement.commit();
  return ports;
}

/** Withdraws a published port; one that is gone already, or leads elsewhere by now, is passed over. */
export async function withdraw(standing: Standing, port: PublishedPort): Promise<void> {
  const { layout, host, ledger, owner } = standing;
  const announcement = await ledger.announce(() => ({ action: 'withdraw', ports: [port] }));
  await removePorts(host, layout.name, [port], owner);
  await announcement.commit();
}
