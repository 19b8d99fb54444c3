import { ValidationError } from '../../errors/errors';
import { isRequestOp } from '../../rtnl/operations';

/** Throws a ValidationError for an unknown operation of a {@link RequestStep}. */
export function checkOperation(op: string): void {
  if (isRequestOp(op)) return;
  const problem = "must be a step's operation, such as 'link.add', 'netns.create' or 'sysctl'";
  throw new ValidationError({ path: 'op', value: op, problem });
}
