import { NetlinkError } from '../errors';
import { binding } from '../executor';
import { NetworkNamespace } from '../netns/namespace';
import { checkRoom } from '../netns/room';
import { applyParts } from '../plan/apply';
import { Plan, type PlanSockets } from '../plan/plan';
import { socketOf } from '../rtnl/rtnl';
import { type Candidate, type CheckedOptions, chooseMembers } from './attach-options';
import { attachSteps, labelOf } from './attach-steps';
import { checkPorts, FULL } from './bridge-ports';
import { removeInside } from './inside';
import { HOST, hubOf, type Layout, type Member } from './layout';
import { type Change, NOBODY, type NetworkState } from './changes';
import { locked } from './journal';
import { removeMembers } from './openvswitch';
import { removeResolverFiles, writeResolverFiles } from './resolver-files';
import type { Standing } from './setup';

/** A member and the namespace that it stands for. */
export interface Attached {
  readonly member: Member;
  readonly netns: NetworkNamespace;
  /** The network made or opened `netns`, and closes it. */
  readonly ours: boolean;
}

/** One call to attach. */
interface Attempt {
  readonly candidates: readonly Candidate[];
  readonly options: CheckedOptions;
  readonly operation: string;
  /** When it began: no namespace of it is older. In milliseconds since 1970. */
  readonly since: number;
  /** What the executor makes namespaces for already. */
  readonly job: number | undefined;
}

/** Attaches namespaces by one plan: all of them or none. */
export async function attach(
  standing: Standing,
  candidates: readonly Candidate[],
  options: CheckedOptions,
  operation: string,
): Promise<Attached[]> {
  checkPorts(standing.layout, NOBODY, candidates.length, operation);
  options.signal?.throwIfAborted();
  checkRoom(candidates.length, operation, standing.layout.name);
  const since = Date.now();
  const job = foresee(standing, candidates);
  try {
    return await attachBy(standing, { candidates, options, operation, since, job });
  } catch (error) {
    if (job !== undefined) binding.forget(job);
    throw error;
  }
}

/** Lets the kernel begin with the namespaces while it is worked out what is to be done with them. */
function foresee({ layout }: Standing, candidates: readonly Candidate[]): number | undefined {
  const fresh = candidates.filter((candidate) => !(candidate instanceof NetworkNamespace)).length;
  return fresh > 0 && !layout.openvswitch ? binding.foresee(fresh) : undefined;
}

async function attachBy(standing: Standing, attempt: Attempt): Promise<Attached[]> {
  const { layout, ledger } = standing;
  const { candidates, options, operation, since } = attempt;
  let members: Member[] = [];
  const choose = (state: NetworkState): Change => {
    checkPorts(layout, state, candidates.length, operation);
    members = chooseMembers(layout, state.members, candidates, options);
    return { action: 'attach', members };
  };
  const announcement = await ledger.announce(choose, since);
  let attached: Attached[];
  try {
    await writeFiles(standing, members);
    attached = await applyPlan(standing, members, attempt);
  } catch (error) {
    await removeFiles(standing, members);
    await announcement.cancel();
    throw explained(error, operation, layout.name);
  }
  try {
    await announcement.commit(attached.map(({ member }) => member));
  } catch (error) {
    await removeMembers(standing.hub, layout, members);
    await removeFiles(standing, members);
    await removeInside(attached);
    await Promise.allSettled(
      attached.filter(({ member }) => member.created).map(({ netns }) => netns.delete()),
    );
    throw error;
  }
  return attached;
}

// Files would outlive a network that ends with its process.
function hasFiles({ lifetime, dns }: Layout): boolean {
  return lifetime === 'persistent' && dns?.files === true;
}

async function writeFiles({ layout, host }: Standing, members: readonly Member[]): Promise<void> {
  // Who is in a VLAN does not reach the gateway, where the resolver listens.
  const served = members.filter(({ vlan }) => vlan === undefined);
  if (hasFiles(layout)) await locked(async () => writeResolverFiles(host, layout, served));
}

/** Removes what leads members to the network's resolver. */
export async function removeFiles({ layout, host }: Standing, members: readonly Member[]): Promise<void> {
  if (hasFiles(layout)) await locked(async () => removeResolverFiles(host, layout.name, members));
}

async function applyPlan(
  standing: Standing,
  members: readonly Member[],
  { candidates, options: { signal }, job }: Attempt,
): Promise<Attached[]> {
  const { layout, host, hub, bridge, parts } = standing;
  const own: Record<string, NetworkNamespace> = { [HOST]: host, [hubOf(layout)]: hub };
  const known = { ...own };
  candidates.forEach((candidate, index) => {
    if (candidate instanceof NetworkNamespace) known[labelOf(members[index] as Member)] = candidate;
  });
  // Open vSwitch is told of all ports at once, in the end.
  const { namespaces } = layout.openvswitch
    ? await new Plan({ namespaces: known, steps: attachSteps(layout, members, bridge) }).apply({
        ...(signal && { signal }),
      })
    : await applyParts({ namespaces: known, sockets: socketsOf(own) }, parts.of(members, Object.keys(own)), {
        job,
        signal,
      });
  return members.map((member) => {
    const netns = (known[labelOf(member)] ?? namespaces[labelOf(member)]) as NetworkNamespace;
    return { member: { ...member, cookie: String(netns.cookie) }, netns, ours: member.created };
  });
}

/** The sockets that these namespaces have open, so that not every attach opens its own. */
function socketsOf(own: Readonly<Record<string, NetworkNamespace>>): Record<string, PlanSockets> {
  const sockets: Record<string, PlanSockets> = {};
  for (const label in own) {
    const route = socketOf((own[label] as NetworkNamespace).rtnl);
    if (route !== undefined) sockets[label] = { route };
  }
  return sockets;
}

function explained(error: unknown, operation: string, network: string): unknown {
  if (!(error instanceof NetlinkError && error.code === 'EXFULL')) return error;
  const { errno, syscall, extack } = error;
  return new NetlinkError({ errno, operation, object: network, syscall, extack, detail: FULL });
}
