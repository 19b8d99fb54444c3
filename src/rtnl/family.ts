import type { NativeVerb } from '../native/program';
import { echoIn, type BatchResult, type EchoOptions } from './batch';
import { flush, isFlushable, type Flushable, type FlushFilter } from './flush';
import type { RtnlRequest } from './request';
import {
  familyNamed,
  familyNames,
  type FamilyName,
  type Objects,
  type Requests,
  type VerbOf,
} from './families';

/** One family of an open socket: iproute2's verbs, with types. */
export type FamilyOf<F extends FamilyName> = {
  readonly [V in VerbOf<F>]: V extends 'get'
    ? (body: Requests[F][V]) => Promise<Objects[F]>
    : V extends 'list'
      ? (filter?: Requests[F][V]) => Promise<Objects[F][]>
      : V extends 'delete'
        ? (body: Requests[F][V]) => Promise<void>
        : Change<Requests[F][V], Objects[F]>;
} & (F extends Flushable
  ? {
      /** Deletes the objects that the filter selects, in one send. Objects that disappear in the meantime are ignored. */
      flush(filter?: FlushFilter<F>): Promise<void>;
    }
  : unknown);

/** A verb that creates or changes an object; with `echo` it resolves with the object that the kernel created. */
interface Change<Body, Info> {
  (body: Body, options: EchoOptions & { readonly echo: true }): Promise<Info>;
  (body: Body, options?: EchoOptions): Promise<void>;
}

export type Send = (requests: readonly RtnlRequest[]) => Promise<BatchResult[]>;

/** The families of an open socket, by name. */
export type FamilyMembers = { readonly [F in FamilyName]: FamilyOf<F> };

/**
 * A base class that declares the families: a class cannot declare members from a list. Its subclass assigns
 * {@link familiesOf}.
 */
export const FamilyHolder = Object as unknown as new () => FamilyMembers;

export function familiesOf(send: Send): FamilyMembers {
  return Object.fromEntries(
    familyNames.map((name) => [name, familyOf(name, send)]),
  ) as unknown as FamilyMembers;
}

function familyOf<F extends FamilyName>(family: F, send: Send): FamilyOf<F> {
  const one =
    (verb: NativeVerb) =>
    async (body: object = {}, options: EchoOptions = {}) => {
      const [result] = await send([{ family, verb, body, echo: echoIn(options, `${family}.${verb}`) }]);
      if (result?.ok === false) throw result.error;
      return result?.reply;
    };
  const calls = Object.fromEntries(familyNamed(family).verbs.map((verb) => [verb, one(verb)]));
  const more = isFlushable(family) ? { flush: (filter: object = {}) => flush(family, filter, send) } : {};
  // The verbs at run time and their types both come from `Requests`.
  return { ...calls, ...more } as unknown as FamilyOf<F>;
}
