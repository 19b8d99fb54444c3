import type { Change } from '../model/changes';

/** What an intent says that its process does. */
export type Action = 'create' | 'make' | 'hold' | 'delete' | Change['action'];

/** What an intent says by its action. */
interface ActionFacts {
  /** It is about the network as a whole, and leaves the journal with the network. */
  readonly isWhole: boolean;
  /** A process has the network, and the intent stays as long as that is so. Others say that something is under way. */
  readonly isHold: boolean;
  /** It changes a network that others may have open. */
  readonly isChange: boolean;
  /** If its process dies, the network is to go. */
  readonly condemns: boolean;
}

const CHANGE: ActionFacts = { isWhole: false, isHold: false, isChange: true, condemns: false };

const ACTIONS: Readonly<Record<Action, ActionFacts>> = {
  create: { isWhole: true, isHold: true, isChange: false, condemns: true },
  make: { isWhole: true, isHold: false, isChange: false, condemns: false },
  hold: { isWhole: true, isHold: true, isChange: false, condemns: false },
  delete: { isWhole: true, isHold: false, isChange: true, condemns: true },
  attach: CHANGE,
  detach: CHANGE,
  publish: CHANGE,
  withdraw: CHANGE,
  peer: CHANGE,
  unpeer: CHANGE,
  adopt: CHANGE,
  release: CHANGE,
};

/** What follows from the action of an intent. */
export function factsOf({ action }: { readonly action: Action }): ActionFacts {
  return ACTIONS[action];
}
