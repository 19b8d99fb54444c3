import { checkAddresses } from '../addressing/allocate';
import { checkCount, anonymous } from '../../nsfs/create';
import type { Layout } from '../model/layout';
import { NetlinkError } from '../../errors/errors';
import { binding } from '../../executor/run-program';
import { NetworkNamespace } from '../../netns/namespace';
import { checkNamespaceLimits } from '../../nsfs/capacity';
import { applyChunks } from '../../plan/run/apply';
import { Plan } from '../../plan/plan';
import type { PlanSockets } from '../../plan/spec/spec';
import { socketOf } from '../../rtnl/rtnl';
import { type Candidate, type CheckedOptions, checkTags, chooseMembers } from './attach-options';
import { attachSteps } from '../steps/attach-steps';
import { HOST, labelOf } from '../model/labels';
import { driverOf } from '../drivers';
import { checkPortLimit } from './check-port-limit';
import { AddressesInUse } from '../model/addresses-in-use';
import { type Member } from '../model/member';
import { type Change } from '../model/changes';
import { EMPTY_STATE, type NetworkState } from '../model/network-state';
import { detachMembers } from './detach';
import { AFTER_PLAN, FILES, removalFrom, removeAll } from '../resources/list';
import { writeFiles } from '../dns/resolver-files';
import { attachRefusal } from './refusals';
import type { NetworkRuntime } from '../runtime/runtime';
import { runTransaction } from '../journal/transaction';
import type { AttachedMember } from '../model/attached-member';

/** One call to attach. */
interface Attempt {
  readonly candidates: readonly Candidate[];
  readonly options: CheckedOptions;
  readonly operation: string;
  /** Start of the attempt: none of its namespaces is older. In milliseconds since 1970. */
  readonly since: number;
  /** The executor's job that creates namespaces already. */
  readonly job: number | undefined;
}

/** A number of namespaces to create, if the network has room for them: checked before a list of that length is built. */
export function anonymousCandidates(layout: Layout, count: number, operation: string): Candidate[] {
  checkCount(count, operation);
  checkPortLimit(layout, EMPTY_STATE, count, operation);
  checkAddresses(layout, count, operation);
  checkNamespaceLimits(count, operation, layout.name);
  return anonymous(count, operation);
}

/** Attaches namespaces by one plan: all of them or none. */
export async function attach(
  runtime: NetworkRuntime,
  candidates: readonly Candidate[],
  options: CheckedOptions,
  operation: string,
): Promise<AttachedMember[]> {
  checkTags(runtime.layout, candidates, operation);
  checkPortLimit(runtime.layout, EMPTY_STATE, candidates.length, operation);
  options.signal?.throwIfAborted();
  checkNamespaceLimits(candidates.length, operation, runtime.layout.name);
  const since = Date.now();
  const job = prefetchNamespaces(runtime, candidates);
  try {
    return await attachBy(runtime, { candidates, options, operation, since, job });
  } catch (error) {
    if (job !== undefined) binding.cancelPrefetch(job);
    throw error;
  }
}

/** Lets the executor create the namespaces while the plan is prepared. */
function prefetchNamespaces(
  { layout }: NetworkRuntime,
  candidates: readonly Candidate[],
): number | undefined {
  const fresh = candidates.filter((candidate) => !(candidate instanceof NetworkNamespace)).length;
  return fresh > 0 && driverOf(layout).can.reuseSteps ? binding.prefetch(fresh) : undefined;
}

async function attachBy(runtime: NetworkRuntime, attempt: Attempt): Promise<AttachedMember[]> {
  const { layout, host, ledger } = runtime;
  const { candidates, options, operation, since } = attempt;
  const driver = driverOf(layout);
  const reserved = await driver.hostAddresses?.(host, layout);
  let members: Member[] = [];
  const choose = (state: NetworkState): Change => {
    checkPortLimit(layout, state, candidates.length, operation);
    if (reserved) AddressesInUse.of(layout, state.members, () => driver.ownMacs(layout)).reserve(reserved);
    members = chooseMembers(layout, state.members, candidates, options, operation);
    return { action: 'attach', members };
  };
  return runTransaction(ledger, {
    choose,
    when: { since, signal: options.signal },
    make: async () => {
      try {
        await writeFiles(runtime, members);
        return await applyPlan(runtime, members, attempt);
      } catch (error) {
        const given = givenTo(members, candidates);
        throw await attachRefusal(error, { operation, host: runtime.host, layout, members, given });
      }
    },
    changeOf: (attached) => ({ action: 'attach', members: attached.map(({ member }) => member) }),
    undo: async (attached, error) => {
      if (attached) await undoAttach(runtime, attached);
      else await removeRest(runtime, members, error);
    },
  });
}

async function undoAttach(runtime: NetworkRuntime, attached: readonly AttachedMember[]): Promise<void> {
  const { gone, failures } = await detachMembers(runtime, attached);
  if (gone.length < attached.length) throw failures[0];
}

// The plan has undone its steps, unless the kernel refused that as well. The files are no steps of it.
async function removeRest(
  runtime: NetworkRuntime,
  members: readonly Member[],
  error: unknown,
): Promise<void> {
  const isLeft = error instanceof NetlinkError && (error.notUndone?.length ?? 0) > 0;
  await removeAll(removalFrom(runtime, { state: { members } }), isLeft ? AFTER_PLAN : FILES);
}

async function applyPlan(
  runtime: NetworkRuntime,
  members: readonly Member[],
  { candidates, options: { signal }, job }: Attempt,
): Promise<AttachedMember[]> {
  const { layout, host, hub, segments, bridge, device, parts } = runtime;
  const driver = driverOf(layout);
  const own: Record<string, NetworkNamespace> = {
    ...{ [HOST]: host, [driver.hub]: hub },
    ...(await segments?.routersOf(members)),
  };
  const known = { ...own, ...givenTo(members, candidates) };
  const { namespaces } = driver.can.reuseSteps
    ? await applyChunks({ namespaces: known, sockets: socketsOf(own) }, parts.of(members, Object.keys(own)), {
        job,
        signal,
      })
    : await new Plan({ namespaces: known, steps: attachSteps(layout, members, bridge, device) }).apply({
        ...(signal && { signal }),
      });
  return members.map((member) => {
    const netns = (known[labelOf(member)] ?? namespaces[labelOf(member)]) as NetworkNamespace;
    return { member: { ...member, cookie: String(netns.cookie) }, netns, ours: member.created };
  });
}

/** The namespaces that were passed in, by the labels of their members. */
function givenTo(
  members: readonly Member[],
  candidates: readonly Candidate[],
): Record<string, NetworkNamespace> {
  const given: Record<string, NetworkNamespace> = {};
  members.forEach((member, index) => {
    const candidate = candidates[index];
    if (candidate instanceof NetworkNamespace) given[labelOf(member)] = candidate;
  });
  return given;
}

/** The sockets that these namespaces have open already: an attach reuses them. */
function socketsOf(own: Readonly<Record<string, NetworkNamespace>>): Record<string, PlanSockets> {
  const sockets: Record<string, PlanSockets> = {};
  for (const label in own) {
    const route = socketOf((own[label] as NetworkNamespace).rtnl);
    if (route !== undefined) sockets[label] = { route };
  }
  return sockets;
}
