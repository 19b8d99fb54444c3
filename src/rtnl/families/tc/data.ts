import type { Body } from '../../types/common/body';

/** Converts the data of a kind for the kernel and from its reply. */
export interface DataHooks {
  prepare(data: Body): Body;
  present(data: Body): Body;
}

export type Kinds = Readonly<Record<string, DataHooks>>;

/** A body with its kind's data converted for the kernel. */
export function prepareData(body: Body, kinds: Kinds): Body {
  return withData(body, (hooks, data) => hooks.prepare(data), kinds);
}

/** An object with its kind's data converted for callers. */
export function presentData(object: Body, kinds: Kinds): Body {
  return withData(object, (hooks, data) => hooks.present(data), kinds);
}

function withData(body: Body, change: (hooks: DataHooks, data: Body) => Body, kinds: Kinds): Body {
  const { kind, data } = body;
  const hooks = Object.hasOwn(kinds, String(kind)) ? kinds[String(kind)] : undefined;
  if (hooks === undefined || typeof data !== 'object' || data === null) return body;
  return { ...body, data: change(hooks, data as Body) };
}
