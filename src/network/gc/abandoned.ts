import { factsOf, type Intent, isAbout, isDead } from '../journal/intents';
import { mayBeAbout, type UnusableIntent } from '../journal/unusable-intents';
import type { NetworkRecord } from '../journal/records';

/** What becomes of a network: it stays, it goes, or it would go if the living process of `holder` did not have it. */
export type Fate = 'stays' | 'goes' | { readonly holder: Pick<Intent, 'owner'> };

/**
 * A network goes if a dead process was deleting it, and no living one is about to change it: whoever has it open can do
 * nothing else with it. It also goes if a dead process never handed it over, and no living one has it. What the process
 * of an unusable intent does with a network is unknown: while it may live, the network stays.
 */
export function fateOf(
  { layout }: NetworkRecord,
  intents: readonly Intent[],
  unusable: readonly UnusableIntent[],
): Fate {
  const own = intents.filter((intent) => isAbout(intent, layout));
  const unknown = unusable.find((intent) => mayBeAbout(intent, layout));
  const isEnding = own.some((intent) => intent.action === 'delete' && isDead(intent));
  const isChanging = own.some((intent) => factsOf(intent).isChange && !isDead(intent));
  if (isEnding && !isChanging && unknown === undefined) return 'goes';
  if (!own.some((intent) => factsOf(intent).condemns && isDead(intent))) return 'stays';
  // A creator has another intent for the network, unless it gave the network up.
  const holder = own.find((intent) => !isDead(intent) && intent.action !== 'make') ?? unknown;
  return holder === undefined ? 'goes' : { holder };
}
