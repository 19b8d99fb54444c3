import { ValidationError } from '../../errors/errors';

/** How the children of one device see each other. */
export const MACVLAN_MODES = ['bridge', 'private', 'vepa'] as const;

export type MacvlanMode = (typeof MACVLAN_MODES)[number];

/** Checks a spec's options for children of the host's device. Throws a ValidationError. */
export function checkMacvlan(
  { mode, parent, macvlan, bridge }: Partial<Record<'mode' | 'parent' | 'macvlan' | 'bridge', unknown>>,
  operation: string,
): void {
  const refuse = (path: string, value: unknown, problem: string): never => {
    throw new ValidationError({ operation, path, value, problem });
  };
  if (mode === 'macvlan') {
    if (parent === undefined)
      refuse(
        'parent',
        parent,
        "must be set with the mode 'macvlan': the host device whose children the endpoints get",
      );
    if (bridge !== undefined)
      refuse('bridge', bridge, "must not be set with the mode 'macvlan': such a network has no bridge");
  } else if (macvlan !== undefined) {
    refuse('macvlan', macvlan, "must not be set without the mode 'macvlan'");
  }
}
