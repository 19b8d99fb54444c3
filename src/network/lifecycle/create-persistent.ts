import { hostId } from '../host/identity';
import { NetlinkError } from '../../errors/errors';
import type { FirewallKind } from '../../firewall/iptables/flavour';
import type { NetworkNamespace } from '../../netns/namespace';
import { Plan } from '../../plan/plan';
import { driverOf } from '../drivers';
import { checkEgress } from '../host/egress';
import { checkOverlap } from '../host/overlap';
import { claim, abandonClaim } from '../journal/claims';
import { locked, type Intent, writeIntent } from '../journal/intents';
import { readRecord, writeRecord } from '../journal/records';
import { livingRules } from '../leases/rules';
import { createRefusal } from '../members/refusals';
import { HOST } from '../model/labels';
import type { Layout } from '../model/layout';
import { nameTaken } from '../model/name-taken';
import { dropAdvertisements } from '../rules/router-advertisements';
import type { NetworkRuntime } from '../runtime/runtime';
import type { ResolvedSpec } from '../spec/resolved-spec';
import { createSteps } from '../steps/create-steps';
import { layoutOf } from './layout-of';
import { reserveDescriptors } from './reserve-descriptors';
import { bridgeIndex, persistentRuntime } from './persistent-runtime';
import { chooseFirewallFor, checkRecordedSubnets, checkDeviceFree } from './check-conflicts';
import { undoAbandonedCreation, undoCreation, forgetCreation } from './undo-creation';

/** Creates a persistent network, and claims it: until it is handed over, it ends with this process. */
export async function createPersistent(host: NetworkNamespace, spec: ResolvedSpec): Promise<NetworkRuntime> {
  await undoAbandonedCreation(host, spec.name);
  const firewall = await chooseFirewallFor(host, spec);
  const freeDescriptors = reserveDescriptors(spec.name);
  try {
    const { layout, intent, making } = await locked(() =>
      writeIntents(host, spec, firewall, freeDescriptors),
    );
    let applied = false;
    try {
      await driverOf(layout).external?.removeStale(layout);
      await new Plan({ namespaces: { [HOST]: host }, steps: createSteps(layout) }).apply();
      applied = true;
      await dropAdvertisements(host, layout);
      const index = await bridgeIndex(host, layout);
      return { ...persistentRuntime(host, layout, index), claim: intent, making };
    } catch (error) {
      freeDescriptors();
      const isLeft = applied || (error instanceof NetlinkError && error.notUndone !== undefined);
      await undoCreation(host, layout, intent, isLeft);
      throw createRefusal(error, layout);
    }
  } finally {
    freeDescriptors();
  }
}

/** Writes the intents before anything is created. Call it under the lock. */
async function writeIntents(
  host: NetworkNamespace,
  spec: ResolvedSpec,
  firewall: FirewallKind,
  freeDescriptors: () => void,
): Promise<{ layout: Layout; intent: Intent; making: Intent }> {
  const cookie = String(host.cookie);
  // Others may have been faster since.
  if (readRecord(cookie, spec.name) ?? livingRules(cookie, spec.name)) throw nameTaken(spec.name);
  const driver = driverOf(spec);
  checkRecordedSubnets(cookie, spec);
  await checkDeviceFree(host, spec);
  const lan = await driver.readLan?.(host, spec);
  await checkOverlap(host, spec, lan?.index);
  await driver.checkHost(host, spec);
  await checkEgress(host, spec);
  // The claim comes first: a record without a claim means that the network was handed over.
  const intent = claim(writeIntent({ ...hostId(host), network: spec.name, action: 'create' }));
  try {
    const layout = { ...layoutOf(spec, firewall, lan), id: intent.id };
    writeRecord({ ...hostId(host), layout, members: [], ports: [] });
    // Nobody may open the network meanwhile: two processes would create its rules.
    const making = writeIntent({ host: cookie, network: spec.name, action: 'make', of: intent.id });
    return { layout, intent, making };
  } catch (error) {
    freeDescriptors();
    await forgetCreation(host, spec.name, intent).catch(() => {
      abandonClaim(intent);
    });
    throw error;
  }
}
