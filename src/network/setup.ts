import os from 'node:os';
import type { Forwarder } from '../dns/forwarder';
import { NetlinkError, ValidationError } from '../errors';
import { binding } from '../executor';
import { chooseFirewall, rulesOf } from '../firewall/choose';
import type { FirewallKind } from '../firewall/iptables/flavour';
import type { NetworkRules } from '../firewall/network-rules';
import type { SocketHandle } from '../native';
import type { NetworkNamespace } from '../netns/namespace';
import { Plan } from '../plan/plan';
import { AttachParts } from './attach-parts';
import { claim, unclaim } from './claims';
import { createSteps, SWITCH_BRIDGE_INDEX } from './create-steps';
import { egressInterfaces6, forwardsSingly } from './egress6';
import {
  type ForwardingOf,
  lease,
  leaseForProcess,
  nothing,
  pruneLeases,
  releaseForwarding,
} from './forwarding';
import { egressInterfaces, hasIpv6, type HostInterface, readIndex } from './host';
import { declare, type Intent, locked } from './journal';
import { readRecord, readRecords, removeRecord, writeRecord } from './records';
import { type Lan, readLan } from './lan';
import { HOST, type Layout, SWITCH } from './layout';
import { JournalLedger, type Ledger, MemoryLedger } from './ledger';
import { removeStaleSwitch } from './openvswitch';
import { checkOverlap } from './overlap';
import { unusedGroup } from './remove';
import { RulesGuard } from './rules-guard';
import { leaseRules, releaseRules } from './rules-lease';
import { MTU, type ResolvedSpec } from './spec';
import { LEAST_MTU6 } from './spec6';
import { overlaps } from './subnet';
import { overlaps6, parseSubnet6 } from './subnet6';
import { checkLocal } from './vxlan';

/** A network that stands, as its object holds it. */
export interface Standing {
  readonly layout: Layout;
  readonly host: NetworkNamespace;
  /** The namespace with the bridge, and the bridge's index there. */
  readonly hub: NetworkNamespace;
  readonly bridge: number;
  readonly parts: AttachParts;
  readonly ledger: Ledger;
  /** The rules, whoever carries them out. */
  readonly rules: NetworkRules;
  /** The socket that owns the firewall's table; only of networks that live with this process. */
  readonly owner?: SocketHandle;
  /** Answers questions on the gateway address; absent without `dns`, or where only other processes could listen. */
  readonly resolver?: Forwarder;
  /** Brings rules back that others removed; only of persistent networks on nf_tables. */
  readonly guard?: RulesGuard;
  /** Stands for "not handed over yet"; only of persistent networks that this object made. */
  readonly claim?: Intent;
}

/** Makes a network whose every part the kernel removes when this process ends. */
export async function createForProcess(host: NetworkNamespace, spec: ResolvedSpec): Promise<Standing> {
  if (spec.macvlan) return createOfChildren(host, spec);
  const firewall = await chooseFree(host, spec);
  await checkOverlap(host, spec);
  await checkLocal(host, spec.vxlan);
  const forwarding = await leaseForProcess(host, spec.name, () => readEgress(host, spec));
  const layout = layoutOf(spec, firewall, forwarding, {});
  const owner = firewall === 'nftables' ? await openOwner(host) : undefined;
  try {
    if (!owner) await leaseRules(host, spec.name, firewall);
    const plan = new Plan({
      namespaces: { [HOST]: host },
      ...(owner && { sockets: { [HOST]: { netfilter: owner } } }),
      steps: createSteps(layout),
    });
    const { namespaces } = await plan.apply();
    const hub = namespaces[SWITCH] as NetworkNamespace;
    const rules = rulesOf(host, layout, owner);
    const [bridge, ledger] = [SWITCH_BRIDGE_INDEX, new MemoryLedger()];
    const standing = { layout, host, hub, bridge, parts: new AttachParts(layout, bridge), ledger, rules };
    return { ...standing, ...(owner && { owner }) };
  } catch (error) {
    if (owner) binding.close(owner);
    else releaseRules(host, spec.name);
    if (forwarding.ip.opened.length + forwarding.ip6.opened.length > 0)
      await releaseForwarding(host, spec.name);
    throw error;
  }
}

// Nothing is to be made before there are members: each has all that it needs in its own namespace.
async function createOfChildren(host: NetworkNamespace, spec: ResolvedSpec): Promise<Standing> {
  await checkOverlap(host, spec);
  const layout = layoutOf(spec, 'nftables', nothing(), await readLan(host, spec));
  const index = await readIndex(host, layout.device);
  return {
    ...{ layout, host, hub: host, bridge: index, parts: new AttachParts(layout, index) },
    ...{ ledger: new MemoryLedger(), rules: rulesOf(host, layout) },
  };
}

/** Makes a network that stays, and claims it: until it is handed over, its end is bound to this process's. */
export async function createPersistent(host: NetworkNamespace, spec: ResolvedSpec): Promise<Standing> {
  const cookie = String(host.cookie);
  const firewall = await chooseFree(host, spec);
  const { layout, intent } = await locked(async () => {
    // Others may have been faster since.
    if (readRecord(cookie, spec.name)) throw taken(spec.name);
    refuseOverlap(cookie, spec);
    await checkOverlap(host, spec);
    await checkLocal(host, spec.vxlan);
    const lan = await readLan(host, spec);
    const interfaces: readonly HostInterface[] = await readEgress(host, spec);
    // The claim comes first: a record without one says that the network was handed over.
    const claimed = claim(declare({ host: cookie, network: spec.name, action: 'create' }));
    const complete = layoutOf(spec, firewall, lease(host, { network: spec.name }, interfaces), lan);
    writeRecord({ host: cookie, layout: complete, members: [], ports: [] });
    return { layout: complete, intent: claimed };
  });
  try {
    await removeStaleSwitch(layout);
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
  const index = await readIndex(host, layout.device);
  const ledger = new JournalLedger(String(host.cookie), layout.name);
  const guard =
    layout.firewall === 'nftables' && layout.parent === undefined
      ? { guard: new RulesGuard(host, layout) }
      : {};
  const parts = new AttachParts(layout, index);
  return { layout, host, hub: host, bridge: index, parts, ledger, rules: rulesOf(host, layout), ...guard };
}

function layoutOf(
  spec: ResolvedSpec,
  firewall: FirewallKind,
  forwarding: ForwardingOf,
  { mtu = MTU, reserved }: Lan,
): Layout {
  const { interfaces: _, overlap: __, spec6, ...rest } = spec;
  const inet6 = spec6 && { ...spec6, ...forwarding.ip6, perInterface: forwardsSingly() };
  const lan = { mtu, ...(reserved && { reserved }) };
  const ports = rest.lifetime === 'persistent' && { group: unusedGroup() };
  // The kernel has no IPv6 on a device with a smaller MTU, and refuses what is said about it.
  const ipv6 = hasIpv6() && (rest.mtu ?? mtu) >= LEAST_MTU6;
  return { ...lan, ...ports, ...rest, firewall, ...forwarding.ip, ipv6, ...(inet6 && { inet6 }) };
}

async function readEgress(host: NetworkNamespace, spec: ResolvedSpec): Promise<HostInterface[]> {
  return [...(await egressInterfaces(host, spec)), ...(await egressInterfaces6(host, spec))];
}

async function openOwner(host: NetworkNamespace): Promise<SocketHandle> {
  const step = { op: 'socket', netns: HOST, label: 'owner', protocol: 'netfilter' } as const;
  const { sockets } = await new Plan({ namespaces: { [HOST]: host }, steps: [step] }).apply();
  return sockets['owner'] as SocketHandle;
}

/** What carries the rules of a new network out, of which there are to be none yet. */
async function chooseFree(host: NetworkNamespace, { name, firewall }: ResolvedSpec): Promise<FirewallKind> {
  const refuse = (kind: FirewallKind): Promise<void> => refuseTaken(host, name, kind);
  const chosen = firewall ?? (await chooseFirewall(() => refuse('nftables')));
  if (firewall !== undefined || chosen !== 'nftables') await refuse(chosen);
  return chosen;
}

// The kernel is asked first: it knows whether the caller may do any of this. Its own answer to a table that a process
// owns would be EPERM, which explains nothing.
async function refuseTaken(host: NetworkNamespace, name: string, firewall: FirewallKind): Promise<void> {
  const isTaken =
    (await rulesOf(host, { name, firewall }).exist()) || readRecord(String(host.cookie), name) !== undefined;
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
function refuseOverlap(host: string, { subnet, spec6 }: ResolvedSpec): void {
  const subnet6 = spec6 && parseSubnet6(spec6.subnet);
  for (const { layout } of readRecords(host)) {
    const other6 = layout.inet6 && parseSubnet6(layout.inet6.subnet);
    if (overlaps(layout.subnet, subnet)) throw overlapping('subnet', subnet.text, layout.subnet.text, layout);
    if (subnet6 && other6 && overlaps6(other6, subnet6))
      throw overlapping('subnet6', subnet6.text, other6.text, layout);
  }
}

function overlapping(path: string, value: string, other: string, { name }: Layout): ValidationError {
  const problem = `overlaps ${other} of the network '${name}': choose another subnet`;
  return new ValidationError({ operation: 'network.create', path, value, problem });
}
