import { NetlinkError } from '../errors';
import { NetworkNamespace } from '../netns/namespace';
import { Plan } from '../plan/plan';
import { type Candidate, checkCandidates, type CheckedOptions, chooseMembers } from './attach-options';
import { attachSteps, labelOf } from './attach-steps';
import { removeInside } from './inside';
import { HOST, hubOf, type Layout, type Member, portsOf } from './layout';
import { locked } from './journal';
import { removeDevices } from './remove';
import { removeResolverFiles, writeResolverFiles } from './resolver-files';
import type { Standing } from './setup';

/** A member and the namespace that it stands for. */
export interface Attached {
  readonly member: Member;
  readonly netns: NetworkNamespace;
  /** The network made or opened `netns`, and closes it. */
  readonly ours: boolean;
}

/** Attaches namespaces by one plan: all of them or none. */
export async function attach(
  standing: Standing,
  candidates: readonly Candidate[],
  options: CheckedOptions,
  operation: string,
): Promise<Attached[]> {
  checkCandidates(candidates, operation);
  const { layout, ledger } = standing;
  let members: Member[] = [];
  const announcement = await ledger.announce((state) => {
    members = chooseMembers(layout, state.members, candidates, options);
    return { action: 'attach', members };
  });
  let attached: Attached[];
  try {
    await writeFiles(standing, members);
    attached = await applyPlan(standing, members, candidates);
  } catch (error) {
    await removeFiles(standing, members);
    await announcement.cancel();
    throw explained(error, operation, layout.name);
  }
  try {
    await announcement.commit(attached.map(({ member }) => member));
  } catch (error) {
    await removeDevices(standing.hub, portsOf(layout, members));
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
  if (hasFiles(layout)) await locked(async () => writeResolverFiles(host, layout, members));
}

/** Removes what leads members to the network's resolver. */
export async function removeFiles({ layout, host }: Standing, members: readonly Member[]): Promise<void> {
  if (hasFiles(layout)) await locked(async () => removeResolverFiles(host, layout.name, members));
}

async function applyPlan(
  standing: Standing,
  members: readonly Member[],
  candidates: readonly Candidate[],
): Promise<Attached[]> {
  const { layout, host, hub, bridge } = standing;
  const given = members.flatMap((member, index) => {
    const candidate = candidates[index];
    return candidate instanceof NetworkNamespace ? [[labelOf(member), candidate] as const] : [];
  });
  const known = { [HOST]: host, [hubOf(layout)]: hub, ...Object.fromEntries(given) };
  const plan = new Plan({ namespaces: known, steps: attachSteps(layout, members, bridge) });
  const { namespaces } = await plan.apply();
  return members.map((member) => {
    const netns = (known[labelOf(member)] ?? namespaces[labelOf(member)]) as NetworkNamespace;
    return { member: { ...member, cookie: String(netns.cookie) }, netns, ours: member.created };
  });
}

function explained(error: unknown, operation: string, network: string): unknown {
  if (!(error instanceof NetlinkError && error.code === 'EXFULL')) return error;
  const { errno, syscall, extack } = error;
  const detail = 'a bridge takes 1,023 ports: detach endpoints that are done, or make a second network';
  return new NetlinkError({ errno, operation, object: network, syscall, extack, detail });
}
