import { isIrreversibleRequest } from '../../rtnl/undo';
import { isRequestStep, type Step } from '../spec/step';

/** Whether nothing can take the step back once it is done. */
export function isIrreversible(step: Step): boolean {
  if (step.op === 'netns.delete') return true;
  if (step.op === 'firewall') return step.inverse === undefined;
  return isRequestStep(step) && isIrreversibleRequest(step);
}
