import os from 'node:os';
import { NetlinkError, ValidationError } from '../errors';
import { binding } from '../executor';
import type { SocketHandle } from '../native';
import type { NetworkNamespace } from '../netns/namespace';
import { Plan } from '../plan/plan';
import { claim, unclaim } from './claims';
import { createSteps, SWITCH_BRIDGE_INDEX } from './create-steps';
import { lease, leaseForProcess, pruneLeases, releaseForwarding } from './forwarding';
import { checkOverlap, egressInterfaces, hasIpv6, type HostInterface } from './host';
import { declare, type Intent, locked, readRecord, readRecords, removeRecord, writeRecord } from './journal';
import { HOST, type Layout, SWITCH } from './layout';
import { JournalLedger, type Ledger, MemoryLedger } from './ledger';
import { hasTable } from './remove';
import type { ResolvedSpec } from './spec';
import { overlaps, type Subnet } from './subnet';

/** A network that stands, as its object holds it. */
export interface Standing {
  readonly layout: Layout;
  readonly host: NetworkNamespace;
  /** The namespace with the bridge, and the bridge's index there. */
  readonly hub: NetworkNamespace;
  readonly bridge: number;
  readonly ledger: Ledger;
  /** The socket that owns the firewall's table; only of networks that live with this process. */
  readonly owner?: SocketHandle;
  /** Stands for "not handed over yet"; only of persistent networks that this object made. */
  readonly claim?: Intent;
}

/** Makes a network whose every part the kernel removes when this process ends. */
export async function createForProcess(host: NetworkNamespace, spec: ResolvedSpec): Promise<Standing> {
  await refuseTaken(host, spec.name);
  await checkOverlap(host, spec.subnet);
  const forwarding = await leaseForProcess(host, spec.name, () => egressInterfaces(host, spec));
  const layout = layoutOf(spec, forwarding);
  const owner = await openOwner(host);
  try {
    const plan = new Plan({
      namespaces: { [HOST]: host },
      sockets: { [HOST]: { netfilter: owner } },
      steps: createSteps(layout),
    });
    const { namespaces } = await plan.apply();
    const hub = namespaces[SWITCH] as NetworkNamespace;
    return { layout, host, hub, bridge: SWITCH_BRIDGE_INDEX, ledger: new MemoryLedger(), owner };
  } catch (error) {
    binding.close(owner);
    if (forwarding.opened.length > 0) await releaseForwarding(host, spec.name);
    throw error;
  }
}

/** Makes a network that stays, and claims it: until it is handed over, its end is bound to this process's. */
export async function createPersistent(host: NetworkNamespace, spec: ResolvedSpec): Promise<Standing> {
  const cookie = String(host.cookie);
  await refuseTaken(host, spec.name);
  const { layout, intent } = await locked(async () => {
    // Others may have been faster since.
    if (readRecord(cookie, spec.name)) throw taken(spec.name);
    refuseOverlap(cookie, spec.subnet);
    await checkOverlap(host, spec.subnet);
    const interfaces: readonly HostInterface[] = await egressInterfaces(host, spec);
    // The claim comes first: a record without one says that the network was handed over.
    const claimed = claim(declare({ host: cookie, network: spec.name, action: 'create' }));
    const complete = layoutOf(spec, lease(host, { network: spec.name }, interfaces));
    writeRecord({ host: cookie, layout: complete, members: [], ports: [] });
    return { layout: complete, intent: claimed };
  });
  try {
    await new Plan({ namespaces: { [HOST]: host }, steps: createSteps(layout) }).apply();
    return { ...(await openStanding(host, layout)), claim: intent };
  } catch (error) {
    await locked(async () => {
      removeRecord(cookie, spec.name);
      await pruneLeases(host, spec.name);
      unclaim(intent);
    });
    throw error;
  }
}

/** Finds a persistent network that was made before. */
export async function openPersistent(host: NetworkNamespace, name: string): Promise<Standing> {
  const record = readRecord(String(host.cookie), name);
  if (record) return openStanding(host, record.layout);
  throw new NetlinkError({
    errno: os.constants.errno.ENOENT,
    operation: 'network.open',
    object: name,
    detail: "no persistent network of this name is on this host; the lifetime 'process' cannot be opened",
  });
}

async function openStanding(host: NetworkNamespace, layout: Layout): Promise<Standing> {
  const { index } = await host.rtnl.link.get({ ifname: layout.device });
  const ledger = new JournalLedger(String(host.cookie), layout.name);
  return { layout, host, hub: host, bridge: index, ledger };
}

function layoutOf(spec: ResolvedSpec, forwarding: { opened: string[]; enable: string[] }): Layout {
  const { name, subnet, gateway, device, nat, mtu, lifetime } = spec;
  return { name, subnet, gateway, device, nat, mtu, lifetime, ...forwarding, ipv6: hasIpv6() };
}

async function openOwner(host: NetworkNamespace): Promise<SocketHandle> {
  const step = { op: 'socket', netns: HOST, label: 'owner', protocol: 'netfilter' } as const;
  const { sockets } = await new Plan({ namespaces: { [HOST]: host }, steps: [step] }).apply();
  return sockets['owner'] as SocketHandle;
}

// The kernel is asked first: it knows whether the caller may do any of this. Its own answer to a table that a process
// owns would be EPERM, which explains nothing.
async function refuseTaken(host: NetworkNamespace, name: string): Promise<void> {
  const isTaken = (await hasTable(host, name)) || readRecord(String(host.cookie), name) !== undefined;
  if (isTaken) throw taken(name);
}

function taken(name: string): NetlinkError {
  return new NetlinkError({
    errno: os.constants.errno.EEXIST,
    operation: 'network.create',
    object: name,
    detail: 'a network of this name is on this host: open it, delete it, or choose another name',
  });
}

// Other networks may be on their way, with nothing in the kernel yet that would tell.
function refuseOverlap(host: string, subnet: Subnet): void {
  const other = readRecords(host).find(({ layout }) => overlaps(layout.subnet, subnet))?.layout;
  if (other === undefined) return;
  const problem = `overlaps ${other.subnet.text} of the network '${other.name}': choose another subnet`;
  throw new ValidationError({ operation: 'network.create', path: 'subnet', value: subnet.text, problem });
}
