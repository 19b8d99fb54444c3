import type { NativeVerb } from '../native/program';
import type { BatchResult, EchoOptions } from './batch';
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

/** One family of an open socket: iproute2's verbs, typed. */
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
      /** Deletes what the filter selects, in one send. What goes away by itself meanwhile is no error. */
      flush(filter?: FlushFilter<F>): Promise<void>;
    }
  : unknown);

/** A verb that makes or changes something; with `echo` it resolves with what the kernel made. */
interface Change<Body, Info> {
  (body: Body, options: EchoOptions & { readonly echo: true }): Promise<Info>;
  (body: Body, options?: EchoOptions): Promise<void>;
}

export type Send = (requests: readonly RtnlRequest[]) => Promise<BatchResult[]>;

/** The families of an open socket, by their names. */
export type FamilyMembers = { readonly [F in FamilyName]: FamilyOf<F> };

/** A base class that declares the families, which a class cannot take from a list. Its subclass assigns {@link familiesOf}. */
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
      const [result] = await send([{ family, verb, body, echo: options.echo }]);
      if (result?.ok === false) throw result.error;
      return result?.reply;
    };
  const calls = Object.fromEntries(familyNamed(family).verbs.map((verb) => [verb, one(verb)]));
  const more = isFlushable(family) ? { flush: (filter: object = {}) => flush(family, filter, send) } : {};
  // The verbs at run time and their types both come from `Requests`.
  return { ...calls, ...more } as unknown as FamilyOf<F>;
}
