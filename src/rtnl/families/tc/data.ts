import type { Body } from '../../types/common/body';

/** How the data of a kind is written for the kernel, and how its answer is read. */
export interface DataHooks {
  prepare(data: Body): Body;
  present(data: Body): Body;
}

export type Kinds = Readonly<Record<string, DataHooks>>;

/** A body with the data of its kind as the kernel takes it. */
export function prepareData(body: Body, kinds: Kinds): Body {
  return withData(body, (hooks, data) => hooks.prepare(data), kinds);
}

/** An object with the data of its kind as callers see it. */
export function presentData(object: Body, kinds: Kinds): Body {
  return withData(object, (hooks, data) => hooks.present(data), kinds);
}

function withData(body: Body, change: (hooks: DataHooks, data: Body) => Body, kinds: Kinds): Body {
  const { kind, data } = body;
  const hooks = Object.hasOwn(kinds, String(kind)) ? kinds[String(kind)] : undefined;
  if (hooks === undefined || typeof data !== 'object' || data === null) return body;
  return { ...body, data: change(hooks, data as Body) };
}
