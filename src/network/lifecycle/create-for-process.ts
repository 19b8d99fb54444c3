import { binding } from '../../executor/run-program';
import { rulesOf } from '../../firewall/choose';
import type { SocketHandle } from '../../native/handles';
import type { NetworkNamespace } from '../../netns/namespace';
import { Plan } from '../../plan/plan';
import { AttachParts } from '../steps/attach-parts';
import { createSteps } from '../steps/create-steps';
import { HOST, SWITCH, SWITCH_BRIDGE_INDEX } from '../model/labels';
import { checkEgress } from '../host/egress';
import { readIndex } from '../host/links';
import { reserveDescriptors } from './reserve-descriptors';
import { driverOf } from '../drivers';
import { type Layout } from '../model/layout';
import { MemoryLedger } from '../journal/ledger';
import { checkOverlap } from '../host/overlap';
import { createRefusal } from '../members/refusals';
import { dropAdvertisements } from '../rules/router-advertisements';
import { leaseRules, releaseRules } from '../leases/rules';
import { flavourOf } from '../model/firewall';
import { type ResolvedSpec } from '../spec/resolved-spec';
import { removeCreated } from './undo-creation';
import type { NetworkRuntime } from '../runtime/runtime';
import { layoutOf } from './layout-of';
import { chooseFirewallFor } from './check-conflicts';

/** Creates a network that the kernel removes entirely when this process ends. */
export async function createForProcess(host: NetworkNamespace, spec: ResolvedSpec): Promise<NetworkRuntime> {
  const driver = driverOf(spec);
  const firewall = await chooseFirewallFor(host, spec);
  const lan = await driver.readLan?.(host, spec);
  await checkOverlap(host, spec, lan?.index);
  await driver.checkHost(host, spec);
  await checkEgress(host, spec);
  const layout = layoutOf(spec, firewall, lan);
  if (driver.membersOnly) return openEmpty(host, layout);
  const freeDescriptors = reserveDescriptors(spec.name);
  try {
    return await complete(await applyForProcess(host, layout, freeDescriptors), freeDescriptors);
  } catch (error) {
    throw createRefusal(error, layout);
  } finally {
    freeDescriptors();
  }
}

async function applyForProcess(
  host: NetworkNamespace,
  layout: Layout,
  freeDescriptors: () => void,
): Promise<NetworkRuntime> {
  const flavour = flavourOf(layout);
  if (flavour !== undefined) await leaseRules(host, layout.name, flavour);
  let owner: SocketHandle | undefined;
  try {
    if (flavour === undefined) owner = await openOwner(host);
    const plan = new Plan({
      namespaces: { [HOST]: host },
      ...(owner && { sockets: { [HOST]: { netfilter: owner } } }),
      steps: createSteps(layout),
    });
    const { namespaces } = await plan.apply();
    const hub = namespaces[SWITCH] as NetworkNamespace;
    const rules = rulesOf(host, layout, owner);
    const [bridge, ledger] = [SWITCH_BRIDGE_INDEX, new MemoryLedger()];
    const parts = new AttachParts(layout, bridge);
    const runtime = { layout, host, hub, bridge, device: 0, parts, ledger, rules };
    const segments = driverOf(layout).segments?.(layout, hub);
    return { ...runtime, ...(owner && { owner }), ...(segments && { segments }) };
  } catch (error) {
    freeDescriptors();
    if (owner) binding.close(owner);
    if (flavour !== undefined) releaseRules(host, layout.name);
    throw error;
  }
}

// Not a step of the plan: the kernel may lack bridge filters, and the network then goes without.
async function complete(runtime: NetworkRuntime, freeDescriptors: () => void): Promise<NetworkRuntime> {
  const { layout, host, hub, bridge } = runtime;
  try {
    await dropAdvertisements(hub, layout);
    const device = await readIndex(host, layout.device);
    return { ...runtime, device, parts: new AttachParts(layout, bridge, device) };
  } catch (error) {
    freeDescriptors();
    await removeCreated(runtime);
    throw error;
  }
}

/** The runtime of a network for which nothing is created until there are members. */
async function openEmpty(host: NetworkNamespace, layout: Layout): Promise<NetworkRuntime> {
  const index = await readIndex(host, layout.device);
  return {
    ...{ layout, host, hub: host, bridge: index, device: index, parts: new AttachParts(layout, index) },
    ...{ ledger: new MemoryLedger(), rules: rulesOf(host, layout) },
  };
}

async function openOwner(host: NetworkNamespace): Promise<SocketHandle> {
  const step = { op: 'socket', netns: HOST, label: 'owner', protocol: 'netfilter' } as const;
  const { sockets } = await new Plan({ namespaces: { [HOST]: host }, steps: [step] }).apply();
  return sockets['owner'] as SocketHandle;
}
