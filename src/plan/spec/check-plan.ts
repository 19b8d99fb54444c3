import { array, custom, optional, picklist, unknown } from 'valibot';
import { ValidationError } from '../../errors/errors';
import {
  abortSignal,
  aFunction,
  anyObject,
  options,
  validate,
  validateOptions,
} from '../../errors/validate-options';
import { isNamespace, isNativeHandle } from '../../nsfs/handle';
import type { PlanOptions } from './spec';

const OPERATION = 'plan';
const STEP = "must be an object with an operation, such as { op: 'link.add' }";

const planSpec = options(
  {
    steps: array(anyObject(STEP), 'must be an array of steps: new Plan({ steps, namespaces })'),
    namespaces: optional(anyObject('must be an object of open namespaces by their labels')),
    sockets: optional(anyObject('must be an object of sockets by the labels of their namespaces')),
  },
  'must be an object: new Plan({ steps, namespaces })',
);
const socket = optional(custom(isNativeHandle, 'must be a socket of a plan'));
const sockets = options({ route: socket, netfilter: socket }, 'must be an object: { route, netfilter }');

/** Checks the form of a plan; its steps are checked when they are compiled. Throws a ValidationError. */
export function checkPlan(given: unknown): void {
  const spec = validate(planSpec, given, OPERATION, 'steps');
  for (const [label, one] of Object.entries(spec.sockets ?? {}))
    validate(sockets, one, OPERATION, `sockets.${label}`);
}

/** Checks the namespaces in which a plan is to run. Throws a ValidationError. */
export function checkPlaces(namespaces: Readonly<Record<string, unknown>>): void {
  for (const [label, netns] of Object.entries(namespaces)) {
    if (isNamespace(netns)) continue;
    const problem = 'must be an open NetworkNamespace';
    throw new ValidationError({
      operation: 'plan.apply',
      path: `namespaces.${label}`,
      value: netns,
      problem,
    });
  }
}

/** Checks the format of `explain`. Throws a ValidationError. */
export function checkFormat(format: unknown): void {
  validate(picklist(['shell', 'json'], "must be 'shell' or 'json'"), format, 'plan.explain', 'format');
}

const runOptions = options({
  signal: optional(abortSignal),
  confirm: optional(aFunction('must be a function that returns true or false')),
  timeoutMs: optional(unknown()),
});

/** Checks the options of `apply`; `timeoutMs` is checked with the confirmation. Throws a ValidationError. */
export function checkRun(given: unknown): PlanOptions {
  return validateOptions(runOptions, given, 'plan.apply') as PlanOptions;
}
