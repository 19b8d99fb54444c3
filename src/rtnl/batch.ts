import { ValidationError, type NetlinkError } from '../errors/errors';
import { optionsIn } from '../errors/known-keys';
import { aFunction, validate } from '../errors/validate-options';
import type { NativeVerb } from '../native/program';
import type { RtnlRequest } from './request';
import { familyNamed, familyNames, type FamilyName, type Requests, type VerbOf } from './families';

/** The result of one request of a batch. `reply`: an object for get and echo, an array for list. */
export type BatchResult =
  | { readonly ok: true; readonly reply?: object | readonly object[] }
  | { readonly ok: false; readonly error: NetlinkError };

export interface EchoOptions {
  /** True: returns the object that the kernel created (links: since 6.2). */
  readonly echo?: boolean;
}

/** The families of `Rtnl` with the same verbs; calls are collected instead of sent. */
export type RtnlBatch = {
  readonly [F in FamilyName]: {
    readonly [V in VerbOf<F>]: (body: Requests[F][V], options?: EchoOptions) => void;
  };
};

/** The requests that `fill` makes, in order. */
export function collect(fill: (batch: RtnlBatch) => void): RtnlRequest[] {
  validate(aFunction('must be a function that makes requests'), fill, 'rtnl.batch', 'fill');
  const requests: RtnlRequest[] = [];
  const collector =
    (family: FamilyName, verb: NativeVerb) =>
    (body: object, options: EchoOptions = {}) => {
      requests.push({ family, verb, body, echo: echoIn(options, `${family}.${verb}`) });
    };
  const families = familyNames.map((family) => [
    family,
    Object.fromEntries(familyNamed(family).verbs.map((verb) => [verb, collector(family, verb)])),
  ]);
  fill(Object.fromEntries(families) as RtnlBatch);
  return requests;
}

/** Whether the caller asks for the created object. By hand: requests come by thousands. Throws a ValidationError. */
export function echoIn(given: EchoOptions, operation: string): boolean | undefined {
  const { echo } = optionsIn(given, ['echo'], operation);
  if (echo === undefined || typeof (echo as unknown) === 'boolean') return echo;
  throw new ValidationError({ operation, path: 'echo', value: echo, problem: 'must be true or false' });
}
