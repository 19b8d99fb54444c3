import { throwFirst } from '../../base/throw-first';
import { rulesOf } from '../../firewall/choose';
import { locked } from '../journal/intents';
import { isReplaced } from '../journal/records';
import { DeletedNetworkError, ignoringDeleted } from '../model/deleted';
import { EMPTY_STATE } from '../model/network-state';
import type { NetworkRuntime } from '../runtime/runtime';
import { adoptedDevices } from './host/adopted-devices';
import { devices } from './host/devices';
import { externalObjects } from './host/external';
import { forwarding } from './host/forwarding';
import { inside } from './members/inside-namespaces';
import { namespaces } from './members/namespaces';
import { neighbours } from './host/neighbours';
import { peers } from './rules/peers';
import { publishedPorts } from './rules/published-ports';
import { resolverFiles } from './members/resolver-files';
import type { Removal, Resource } from './definition/resource';
import { rules } from './rules/rules';
import { tableRoutes } from './host/table-routes';

/** Resources that do not depend on each other, and are removed concurrently. */
export type Stage = readonly Resource[];

/**
 * Everything that a network makes, in the order of removal: that of roll-backs, withdraw(), unpeer(), detach(), delete()
 * and gc(). What remains after a failure, or of a killed process, is removed by a further walk; the journal's entry goes
 * after the last one.
 */
export const RESOURCES: readonly Stage[] = [
  // The only one that may be out of reach: then the rest stays, for a later walk to find it.
  [externalObjects],
  // The host gets its devices and addresses back before the bridge that has them goes.
  [adoptedDevices],
  [publishedPorts],
  [devices],
  [neighbours],
  // After the devices: while these are there, routes of other tables would take the packets for them.
  [tableRoutes],
  // Before the rules, which block transit traffic while devices forward.
  [forwarding],
  // After the leases on routes, which `forwarding` returns for a whole network: what is left then is a lost lease's.
  [peers],
  [resolverFiles],
  [inside],
  // Each waits for grace periods of the kernel.
  [rules, namespaces],
];

/** What the namespaces of a host that is gone may have left: names and files are the machine's. */
export const NAMES: readonly Stage[] = [[namespaces]];

/** What goes before the intent to delete a network is written. */
export const ADOPTED: readonly Stage[] = [[adoptedDevices]];

/** What a second deleter of a network removes while the first one waits for it: its members' namespaces. */
export const NAMESPACES: readonly Stage[] = [[inside], [namespaces]];

/** What members of a network have besides the steps of their plan. */
export const FILES: readonly Stage[] = [[resolverFiles]];

/**
 * The same, with what a plan can leave behind if it could not undo its steps. Not the namespaces: their names may have
 * been somebody else's before.
 */
export const AFTER_PLAN: readonly Stage[] = [[externalObjects], [devices], [neighbours], ...FILES];

/**
 * Removes resources in order. Rejects with the first refusal, after which the walk can be repeated. The process may be
 * stopped at any moment for so long that others delete the network and make it anew: each stage looks whether they did.
 */
export async function removeAll(removal: Removal, stages = RESOURCES): Promise<void> {
  for (const stage of stages) {
    const concerned = stage.filter((resource) => concerns(removal, resource));
    throwFirst(
      await Promise.allSettled(
        concerned.map((resource) =>
          resource.isUnmistakable ? resource.remove(removal) : removeOwn(removal, resource),
        ),
      ),
    );
  }
}

/** Removes things, unless a later network has the name by now, or once the process gets the journal's lock. */
async function removeOwn(removal: Removal, resource: Resource): Promise<void> {
  const { cookie, layout, name, locked: wait } = removal;
  const check = (): void => {
    if (layout?.id !== undefined && isReplaced(String(cookie), layout))
      throw new DeletedNetworkError('network', name);
  };
  const careful: Removal['locked'] = (work) =>
    wait(() => {
      check();
      return work();
    });
  const remove = async (): Promise<void> => {
    check();
    await resource.remove({ ...removal, confirm: check, locked: careful });
  };
  await ignoringDeleted(remove());
}

/** Whether a removal may have things of a kind. */
export function concerns(removal: Removal, { of, with: part, endsWithHost }: Resource): boolean {
  const { isWhole, isHostGone, state } = removal;
  if (of !== 'any' && (of === 'whole') !== isWhole) return false;
  if (part !== undefined && !state[part]?.length) return false;
  return !(endsWithHost && isWhole && isHostGone);
}

/** For a caller that holds the journal's lock. */
export const LOCKED = { locked: <T>(work: () => Promise<T>): Promise<T> => work() };

type Given = Pick<Removal, 'host' | 'name'> & Partial<Removal>;

/** A removal; by default of a part, by a caller that does not hold the journal's lock. */
export function removalOf({ state = EMPTY_STATE, ...given }: Given): Removal {
  const { host, name, layout } = given;
  return {
    ...{ cookie: host.cookie, isHostGone: host.fd < 0, rules: rulesOf(host, { ...layout, name }) },
    ...{ isWhole: false, isForced: false, attached: [], namespaces: [], tagged: [], intents: [] },
    ...{ leaving: new Set([name]), confirm: () => undefined, locked },
    ...{ kept: [], refused: new Map(), held: new Map(), doubtful: [] },
    ...given,
    state,
  };
}

/** A removal from a network that this process has open. */
export function removalFrom(
  runtime: NetworkRuntime,
  { state, ...given }: Omit<Partial<Removal>, 'state'> & { state: Partial<Removal['state']> },
): Removal {
  const { host, layout, rules } = runtime;
  return removalOf({
    runtime,
    host,
    name: layout.name,
    layout,
    rules,
    ...given,
    state: { ...EMPTY_STATE, ...state },
  });
}
