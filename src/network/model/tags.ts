import type { Member } from './member';

const CREATED = 'own';

/**
 * The tag of a member's port in the host. It also says whether the network created the namespace with the member's
 * name.
 */
export function memberTag(
  network: string,
  { name, created, pinned }: Pick<Member, 'name' | 'created' | 'pinned'>,
): string {
  return tag(network, created && pinned !== undefined ? `${name}:${CREATED}` : name);
}

/** The name of the namespace that a network created for a tag's member; undefined if it created none with a name. */
export function createdName(network: string, ifalias: string): string | undefined {
  // Names of namespaces have no colon.
  const [name = '', mark, ...more] = ifalias.slice(tag(network, '').length).split(':');
  return mark === CREATED && more.length === 0 ? name : undefined;
}

/** The owner's tag on a device (IFLA_IFALIAS), for people and other tools. */
export function tag(network: string, part?: string): string {
  return part === undefined ? `netloom:${network}` : `netloom:${network}:${part}`;
}
