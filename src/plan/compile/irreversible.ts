import { isIrreversibleRequest } from '../../rtnl/undo';
import { isRequestStep, type Step } from '../spec/step';

/** Whether the step cannot be undone. */
export function isIrreversible(step: Step): boolean {
  if (step.op === 'netns.delete') return true;
  if (step.op === 'firewall') return step.inverse === undefined;
  return isRequestStep(step) && isIrreversibleRequest(step);
}
