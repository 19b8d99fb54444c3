import type { NetworkNamespace } from '../netns/namespace';
import { ignoringGone } from '../gone';
import { Plan } from '../plan/plan';
import type { Step } from '../plan/step';
import { readLink } from './host';
import { declare, settle } from './journal';
import { type Adopted, HOST, type Layout } from './layout';
import {
  type Configuration,
  difference,
  giveSteps,
  NOTHING,
  readConfiguration,
  takeSteps,
  union,
} from './transfer';

/**
 * Gives an adopted device back to the host with its addresses and routes, from wherever the network's end, or that of a
 * process, has left them: on the device, on the bridge, or with `configuration` on neither. What is gone or somebody
 * else's by now stays as it is. Under the lock; with `dryRun` only answers whether there is something to do.
 */
export async function giveBack(
  host: NetworkNamespace,
  network: string,
  layout: Layout | undefined,
  { ifname, configuration }: Adopted,
  dryRun = false,
): Promise<boolean> {
  const operation = 'network.release';
  const bridge = layout && ((await ignoringGone(readLink(host, layout.device))) ? layout : undefined);
  const device = await ignoringGone(readLink(host, ifname));
  const isOurs = bridge !== undefined && (await isPort(host, bridge, ifname));
  const isFree = device?.master === undefined && configuration !== undefined;
  if (device === undefined || !(isOurs || isFree)) return false;
  const held = bridge ? await readBridge(host, bridge, operation) : NOTHING;
  const wanted = union(held, configuration ?? NOTHING);
  const missing = difference(wanted, await readConfiguration(host, device, operation));
  if (!isOurs && missing.addresses.length + missing.routes.length === 0) return false;
  if (dryRun) return true;
  // Whoever is interrupted here leaves it to the next.
  const adopted = [{ ifname, configuration: wanted }];
  const intent = declare({ host: String(host.cookie), network, action: 'release', adopted });
  const steps: Step[] = [
    ...(bridge ? takeSteps(held, bridge.device) : []),
    { op: 'link.set', netns: HOST, body: { ifname, master: null, up: true } },
    ...giveSteps(missing, ifname),
  ];
  await new Plan({ namespaces: { [HOST]: host }, steps }).apply();
  settle(intent);
  return true;
}

/** What a network's bridge holds of the host's: all, where the network is part of a LAN; else it has its own alone. */
export async function readBridge(
  host: NetworkNamespace,
  layout: Layout,
  operation: string,
): Promise<Configuration> {
  if (layout.parent === undefined) return NOTHING;
  return readConfiguration(host, await readLink(host, layout.device), operation);
}

/** Whether a device of the host is a port of the network's bridge. */
export async function isPort(host: NetworkNamespace, { device }: Layout, ifname: string): Promise<boolean> {
  const [port, bridge] = await Promise.all(
    [ifname, device].map((name) => ignoringGone(readLink(host, name))),
  );
  return port !== undefined && bridge !== undefined && port.master === bridge.index;
}
