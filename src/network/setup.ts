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
import { checkReadable } from './aside';
import { AttachParts } from './attach-parts';
import { claim, giveUp, unclaim } from './claims';
import { createSteps, SWITCH_BRIDGE_INDEX } from './create-steps';
import { DeletedNetworkError } from './deleted';
import { checkEgress, forwardsSingly } from './egress';
import { hasIpv6, hostId, readIndex, readLink } from './host';
import { declare, type Intent, isAbout, isMaking, locked, readIntents, settle } from './journal';
import { readRecord, readRecords, writeRecord } from './records';
import { ignoringGone } from '../gone';
import { nameTaken } from './name-taken';
import { putDescriptorsBy } from './persevere';
import { type Lan, readLan } from './lan';
import { HOST, type Layout, SWITCH } from './layout';
import { JournalLedger, type Ledger, MemoryLedger } from './ledger';
import { mayRead, stateDirectory } from './state';
import { removeStaleSwitch } from './openvswitch';
import { checkOverlap } from './overlap';
import { createRefusal } from './refusals';
import { isDevice, unusedGroup } from './remove';
import { dropAdvertisements } from './router-advertisements';
import { RulesGuard } from './rules-guard';
import { leaseRules, livingRules, releaseRules } from './rules-lease';
import { flavourOf } from './rules-steps';
import { Segments } from './segments';
import { MTU, type ResolvedSpec } from './spec';
import { LEAST_MTU6 } from './spec6';
import { overlaps } from './subnet';
import { overlaps6, parseSubnet6 } from './subnet6';
import {
  forgetCreation,
  isAbandonedCreation,
  takeBack,
  takeBackAbandoned,
  takeBackStanding,
} from './take-back';
import { checkLocal } from './vxlan';
import { undeleted } from './undeleted';
import type { WayOut } from './way-out';
import { hostDevice } from './whole';

/** A network that stands, as its object holds it. */
export interface Standing {
  readonly layout: Layout;
  readonly host: NetworkNamespace;
  /** The namespace with the bridge, and the bridge's index there: 0 for one that somebody removed before this object opened it. */
  readonly hub: NetworkNamespace;
  readonly bridge: number;
  /** The index of the host's device, which is the bridge if that is there: 0 likewise. */
  readonly device: number;
  readonly parts: AttachParts;
  /** The routers behind the hub; only of networks that have some. */
  readonly segments?: Segments;
  readonly ledger: Ledger;
  /** The rules, whoever carries them out. */
  readonly rules: NetworkRules;
  /** The socket that owns the firewall's table; only of networks that live with this process. */
  readonly owner?: SocketHandle;
  /** Answers questions on the gateway address; absent without `dns`, or where only other processes could listen. */
  readonly resolver?: Forwarder;
  /** Why there is no resolver, although there should be one. */
  readonly unserved?: NetlinkError;
  /** Brings rules back that others removed; only of persistent networks on nf_tables. */
  readonly guard?: RulesGuard;
  /** Keeps the host forwarding for the network; absent where nothing is routed by the host. */
  readonly wayOut?: WayOut;
  /** Stands for "not handed over yet"; only of persistent networks that this object made. */
  readonly claim?: Intent;
  /** Keeps others from opening it before all of it is made; only of persistent networks that this object made. */
  readonly making?: Intent;
  /** Tells gc() that this process has the network open; only of persistent networks that it opened. */
  readonly hold?: Intent;
}

/** Makes a network whose every part the kernel removes when this process ends. */
export async function createForProcess(host: NetworkNamespace, spec: ResolvedSpec): Promise<Standing> {
  if (spec.macvlan) return createOfChildren(host, spec);
  const firewall = await chooseFree(host, spec);
  await checkOverlap(host, spec);
  await checkLocal(host, spec.vxlan);
  await checkEgress(host, spec);
  const giveBack = putDescriptorsBy(spec.name);
  try {
    return await complete(await applyForProcess(host, layoutOf(spec, firewall, {}), giveBack), giveBack);
  } catch (error) {
    throw createRefusal(error, spec);
  } finally {
    giveBack();
  }
}

async function applyForProcess(
  host: NetworkNamespace,
  layout: Layout,
  giveBack: () => void,
): Promise<Standing> {
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
    const standing = { layout, host, hub, bridge, device: 0, parts, ledger, rules };
    const segments = layout.routed === 'segments' && { segments: new Segments(layout, hub) };
    return { ...standing, ...(owner && { owner }), ...segments };
  } catch (error) {
    giveBack();
    if (owner) binding.close(owner);
    if (flavour !== undefined) releaseRules(host, layout.name);
    throw error;
  }
}

// The kernel may lack filters of bridges, in which case the network goes without: hence they are no step of the plan.
async function complete(standing: Standing, giveBack: () => void): Promise<Standing> {
  const { layout, host, hub, bridge } = standing;
  try {
    await dropAdvertisements(hub, layout);
    const device = await readIndex(host, layout.device);
    return { ...standing, device, parts: new AttachParts(layout, bridge, device) };
  } catch (error) {
    giveBack();
    await takeBackStanding(standing);
    throw error;
  }
}

// Nothing is to be made before there are members: each has all that it needs in its own namespace.
async function createOfChildren(host: NetworkNamespace, spec: ResolvedSpec): Promise<Standing> {
  await checkOverlap(host, spec);
  const layout = layoutOf(spec, 'nftables', await readLan(host, spec));
  const index = await readIndex(host, layout.device);
  return {
    ...{ layout, host, hub: host, bridge: index, device: index, parts: new AttachParts(layout, index) },
    ...{ ledger: new MemoryLedger(), rules: rulesOf(host, layout) },
  };
}

/** Makes a network that stays, and claims it: until it is handed over, its end is bound to this process's. */
export async function createPersistent(host: NetworkNamespace, spec: ResolvedSpec): Promise<Standing> {
  await takeBackAbandoned(host, spec.name);
  const firewall = await chooseFree(host, spec);
  const giveBack = putDescriptorsBy(spec.name);
  try {
    const { layout, intent, making } = await locked(() => announce(host, spec, firewall, giveBack));
    let applied = false;
    try {
      await removeStaleSwitch(layout);
      await new Plan({ namespaces: { [HOST]: host }, steps: createSteps(layout) }).apply();
      applied = true;
      await dropAdvertisements(host, layout);
      const index = await bridgeIndex(host, layout);
      return { ...openStanding(host, layout, index), claim: intent, making };
    } catch (error) {
      giveBack();
      const isLeft = applied || (error instanceof NetlinkError && error.notUndone !== undefined);
      await takeBack(host, layout, intent, isLeft);
      throw createRefusal(error, spec);
    }
  } finally {
    giveBack();
  }
}

/** Writes down what is about to be made, before anything is. To be called under the lock. */
async function announce(
  host: NetworkNamespace,
  spec: ResolvedSpec,
  firewall: FirewallKind,
  giveBack: () => void,
): Promise<{ layout: Layout; intent: Intent; making: Intent }> {
  const cookie = String(host.cookie);
  // Others may have been faster since.
  if (readRecord(cookie, spec.name) ?? livingRules(cookie, spec.name)) throw nameTaken(spec.name);
  refuseOverlap(cookie, spec);
  await refuseDevice(host, spec);
  await checkOverlap(host, spec);
  await checkLocal(host, spec.vxlan);
  await checkEgress(host, spec);
  const lan = await readLan(host, spec);
  // The claim comes first: a record without one says that the network was handed over.
  const intent = claim(declare({ ...hostId(host), network: spec.name, action: 'create' }));
  try {
    const layout = { ...layoutOf(spec, firewall, lan), id: intent.id };
    writeRecord({ ...hostId(host), layout, members: [], ports: [] });
    // Nobody may open it meanwhile: its rules would be made by two.
    const making = declare({ host: cookie, network: spec.name, action: 'make', of: intent.id });
    return { layout, intent, making };
  } catch (error) {
    giveBack();
    await forgetCreation(host, spec.name, intent).catch(() => {
      giveUp(intent);
    });
    throw error;
  }
}

/** A network of which all is made: from here on others may open it. If gc({ force }) has removed it meanwhile, so is the rest. */
export async function finished(standing: Standing): Promise<Standing> {
  const { host, layout, making } = standing;
  if (making === undefined) return standing;
  try {
    await locked(() => {
      if (undeleted(host, layout) === undefined) throw new DeletedNetworkError('network.create', layout.name);
      settle(making);
      return Promise.resolve();
    });
    return standing;
  } catch (error) {
    await takeBackStanding(standing);
    throw error;
  }
}

/**
 * Finds a persistent network that was made before, and holds it: gc() leaves it while this process lives. Without its bridge it
 * can only be deleted, or repaired.
 */
export async function openPersistent(host: NetworkNamespace, name: string): Promise<Standing> {
  checkReadable();
  const cookie = String(host.cookie);
  const find = (): Layout | undefined => {
    const layout = readRecord(cookie, name)?.layout;
    const isUnmade = readIntents(cookie).some(
      (intent) => isAbout(intent, layout) && (isAbandonedCreation(intent) || isMaking(intent)),
    );
    return isUnmade ? undefined : layout;
  };
  if (find() === undefined) throw notThere(name);
  const { layout, index, hold } = await locked(async () => {
    const found = find();
    if (found === undefined) throw notThere(name);
    // Later another network may have a device of that name.
    const device = await bridgeIndex(host, found);
    const intent = claim(declare({ ...hostId(host), network: name, action: 'hold' }));
    return { layout: found, index: device, hold: intent };
  });
  try {
    const standing = openStanding(host, layout, index);
    // What was lost while nobody watched is there again before anything is asked of the network.
    await standing.guard?.restore();
    return { ...standing, hold };
  } catch (error) {
    unclaim(hold);
    throw error;
  }
}

function notThere(name: string): NetlinkError {
  return new NetlinkError({
    errno: os.constants.errno.ENOENT,
    operation: 'network.open',
    object: name,
    detail: "no persistent network of this name is on this host; the lifetime 'process' cannot be opened",
  });
}

function openStanding(host: NetworkNamespace, layout: Layout, bridge: number): Standing {
  const ledger = new JournalLedger(String(host.cookie), layout);
  const guard =
    layout.firewall === 'nftables' && layout.parent === undefined
      ? { guard: new RulesGuard(host, layout) }
      : {};
  const parts = new AttachParts(layout, bridge, bridge);
  return {
    ...{ layout, host, hub: host, bridge, device: bridge, parts, ledger, rules: rulesOf(host, layout) },
    ...guard,
  };
}

// Somebody else's device may have the name by now.
async function bridgeIndex(host: NetworkNamespace, layout: Layout): Promise<number> {
  const link = await ignoringGone(readLink(host, layout.device));
  return link && isDevice(hostDevice(layout), link) ? link.index : 0;
}

function layoutOf(spec: ResolvedSpec, firewall: FirewallKind, { mtu = MTU, reserved }: Lan): Layout {
  const { overlap: _, spec6, ...rest } = spec;
  const inet6 = spec6 && { ...spec6, perInterface: forwardsSingly() };
  const lan = { mtu, ...(reserved && { reserved }) };
  const isGrouped = rest.lifetime === 'persistent' && rest.portPrefix === undefined;
  const ports = isGrouped && { group: unusedGroup() };
  // The kernel has no IPv6 on a device with a smaller MTU, and refuses what is said about it.
  const ipv6 = hasIpv6() && (rest.mtu ?? mtu) >= LEAST_MTU6;
  return { ...lan, ...ports, ...rest, firewall, ipv6, ...(inet6 && { inet6 }) };
}

async function openOwner(host: NetworkNamespace): Promise<SocketHandle> {
  const step = { op: 'socket', netns: HOST, label: 'owner', protocol: 'netfilter' } as const;
  const { sockets } = await new Plan({ namespaces: { [HOST]: host }, steps: [step] }).apply();
  return sockets['owner'] as SocketHandle;
}

/** What carries the rules of a new network out, of which there are to be none yet. */
async function chooseFree(host: NetworkNamespace, { name, firewall }: ResolvedSpec): Promise<FirewallKind> {
  const refuse = (kind: FirewallKind): Promise<void> => refuseTaken(host, name, kind);
  // Whichever it is to be: a network of this name may have the other.
  const possible = await chooseFirewall(() => refuse('nftables'));
  const chosen = firewall ?? possible;
  if (chosen !== 'nftables' || possible !== 'nftables') await refuse(chosen);
  return chosen;
}

// The kernel is asked first: it knows whether the caller may do any of this. Its own answer to a table that a process
// owns would be EPERM, which explains nothing. A journal that is closed to this user tells nothing; who needs it is told so.
async function refuseTaken(host: NetworkNamespace, name: string, firewall: FirewallKind): Promise<void> {
  if ((await rulesOf(host, { name, firewall }).exist()) || isInJournal(String(host.cookie), name))
    throw nameTaken(name);
}

function isInJournal(cookie: string, name: string): boolean {
  if (!mayRead(stateDirectory())) return false;
  return (readRecord(cookie, name) ?? livingRules(cookie, name)) !== undefined;
}

// The kernel carries the messages behind a refused one out all the same: they would change somebody else's device.
async function refuseDevice(host: NetworkNamespace, spec: ResolvedSpec): Promise<void> {
  const { device, name, macvlan, openvswitch } = spec;
  if (macvlan ?? openvswitch) return;
  if ((await ignoringGone(readIndex(host, device))) === undefined) return;
  throw new NetlinkError({
    errno: os.constants.errno.EEXIST,
    operation: 'network.create',
    object: name,
    detail: `the host has a device ${device} already: name another by bridge, or remove that one, by gc({ force }) if it is a network's`,
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
