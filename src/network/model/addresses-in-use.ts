import { Addresses } from '../addressing/addresses';
import type { Layout } from './layout';
import type { Member } from './member';

function macsOf({ mac, portMac }: Member): string[] {
  return [mac, portMac];
}

/**
 * The addresses in use on a network. Member lists are immutable; the index is handed on from one list to the next,
 * because a scan of thousands of members would take longer than the attach.
 */
export class AddressesInUse {
  static readonly #known = new WeakMap<readonly Member[], AddressesInUse>();

  readonly ip: Addresses;
  readonly ip6: Addresses;
  /** MAC addresses of both ends of all endpoints, and the network's own. */
  readonly mac: Addresses;
  readonly #layout: Layout;
  /** Of {@link ip}, those of the host. */
  #reserved: readonly string[] = [];

  private constructor(layout: Layout, members: readonly Member[], ownMacs: readonly string[]) {
    const { gateway, inet6 } = layout;
    this.#layout = layout;
    this.ip = new Addresses([gateway, ...members.map(({ address }) => address)]);
    const own = inet6 ? [inet6.gateway] : [];
    this.ip6 = new Addresses([...own, ...members.flatMap(({ address6 = [] }) => address6)]);
    this.mac = new Addresses([...ownMacs, ...members.flatMap(macsOf)]);
  }

  /** The index of a list. `ownMacs` are the MAC addresses of the network's own devices. */
  static of(layout: Layout, members: readonly Member[], ownMacs: () => readonly string[]): AddressesInUse {
    const known = AddressesInUse.#known.get(members);
    // Empty networks may share a list, each with a gateway of its own.
    if (known !== undefined && known.#layout === layout) return known;
    const taken = new AddressesInUse(layout, members, ownMacs());
    AddressesInUse.#known.set(members, taken);
    return taken;
  }

  /** Counts these addresses of the host as in use, and no longer those of an earlier call. */
  reserve(addresses: readonly string[]): void {
    for (const address of this.#reserved) this.ip.delete(address);
    this.#reserved = addresses.filter((address) => !this.ip.has(address));
    for (const address of this.#reserved) this.ip.add(address);
  }

  /** Hands the index of a list on to its successor, which has some members more or less. */
  static follow(
    before: readonly Member[],
    after: readonly Member[],
    { more = [], less = [] }: { more?: readonly Member[]; less?: readonly Member[] },
  ): void {
    const taken = AddressesInUse.#known.get(before);
    if (taken === undefined) return;
    AddressesInUse.#known.delete(before);
    AddressesInUse.#known.set(after, taken);
    for (const { address, address6, mac, portMac } of more) {
      taken.mac.add(mac);
      taken.mac.add(portMac);
      taken.ip.add(address);
      if (address6 !== undefined) taken.ip6.add(address6);
    }
    for (const { address, address6, mac, portMac } of less) {
      taken.mac.delete(mac);
      taken.mac.delete(portMac);
      taken.ip.delete(address);
      if (address6 !== undefined) taken.ip6.delete(address6);
    }
  }
}
