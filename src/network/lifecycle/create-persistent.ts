import { hostId } from '../host/links';
import { NetlinkError } from '../../errors/errors';
import type { FirewallKind } from '../../firewall/iptables/flavour';
import type { NetworkNamespace } from '../../netns/namespace';
import { Plan } from '../../plan/plan';
import { driverOf } from '../drivers';
import { checkEgress } from '../host/egress';
import { checkOverlap } from '../host/overlap';
import { claim, giveUp } from '../journal/claims';
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
import { putDescriptorsBy } from './persevere';
import { bridgeIndex, openStanding } from './persistent-runtime';
import { chooseFree, refuseOverlap, refuseDevice } from './refuse-taken';
import { takeBackAbandoned, takeBack, forgetCreation } from './take-back';

/** Creates a persistent network, and claims it: until it is handed over, it ends with this process. */
export async function createPersistent(host: NetworkNamespace, spec: ResolvedSpec): Promise<NetworkRuntime> {
  await takeBackAbandoned(host, spec.name);
  const firewall = await chooseFree(host, spec);
  const giveBack = putDescriptorsBy(spec.name);
  try {
    const { layout, intent, making } = await locked(() => announce(host, spec, firewall, giveBack));
    let applied = false;
    try {
      await driverOf(layout).external?.removeStale(layout);
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

/** Writes the intents before anything is created. Call it under the lock. */
async function announce(
  host: NetworkNamespace,
  spec: ResolvedSpec,
  firewall: FirewallKind,
  giveBack: () => void,
): Promise<{ layout: Layout; intent: Intent; making: Intent }> {
  const cookie = String(host.cookie);
  // Others may have been faster since.
  if (readRecord(cookie, spec.name) ?? livingRules(cookie, spec.name)) throw nameTaken(spec.name);
  const driver = driverOf(spec);
  refuseOverlap(cookie, spec);
  await refuseDevice(host, spec);
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
    giveBack();
    await forgetCreation(host, spec.name, intent).catch(() => {
      giveUp(intent);
    });
    throw error;
  }
}
