import { openAttached } from './runtime/open-attached';
import { ValidationError } from '../errors/errors';
import { ofThisCopy } from '../nsfs/other-copy';
import { leaveNamespace } from '../netns/end';
import { forgetResolver, type NetworkNames } from '../nsfs/resolvers';
import type { AttachedMember } from './model/attached-member';
import { endConnections } from './members/detach';
import { type Endpoint, type EndpointNetwork, MemberEndpoint } from './runtime/endpoint';
import type { Member } from './model/member';

/** The endpoints that one network object attached or found. */
export class EndpointList {
  readonly #network: EndpointNetwork;
  /** The resolver settings for namespaces; undefined without a resolver. */
  readonly #names: NetworkNames | undefined;
  readonly #endpoints = new Map<string, MemberEndpoint>();
  /** Endpoints being detached. */
  readonly #leaving = new Map<Endpoint, Promise<void>>();

  constructor(network: EndpointNetwork, names: NetworkNames | undefined) {
    this.#network = network;
    this.#names = names;
  }

  get all(): readonly Endpoint[] {
    return [...this.#endpoints.values()];
  }

  get attached(): AttachedMember[] {
    return [...this.#endpoints.values()].map((endpoint) => MemberEndpoint.attachedOf(endpoint));
  }

  add(attached: readonly AttachedMember[]): Endpoint[] {
    return attached.map((one) => {
      const endpoint = new MemberEndpoint(one, this.#network, this.#names);
      this.#endpoints.set(one.member.port, endpoint);
      return endpoint;
    });
  }

  /** Returns the given endpoints that are still attached. Throws a ValidationError for another network's. */
  find(endpoints: readonly Endpoint[]): AttachedMember[] {
    const standing = endpoints.filter((endpoint) => this.#isAttached(endpoint));
    return standing.map((endpoint) => MemberEndpoint.attachedOf(endpoint));
  }

  /**
   * Runs `take` with the given endpoints that are still attached and not being detached yet, and waits for those that
   * are. Already detached ones are ignored. Rejects with a ValidationError for another network's.
   */
  async leave(
    endpoints: readonly Endpoint[],
    take: (leaving: readonly AttachedMember[]) => Promise<void>,
  ): Promise<void> {
    const standing = [...new Set(endpoints)].filter((endpoint) => this.#isAttached(endpoint));
    const fresh = standing.filter((endpoint) => !this.#leaving.has(endpoint));
    const others = standing.flatMap((endpoint) => this.#leaving.get(endpoint) ?? []);
    const departure =
      fresh.length > 0
        ? take(fresh.map((endpoint) => MemberEndpoint.attachedOf(endpoint)))
        : Promise.resolve();
    for (const endpoint of fresh) this.#leaving.set(endpoint, departure);
    try {
      await departure;
    } finally {
      for (const endpoint of fresh) this.#leaving.delete(endpoint);
    }
    await Promise.all(others);
  }

  /** Removes detached endpoints, and closes the namespaces that were opened for them. */
  remove(
    gone: readonly AttachedMember[],
    close = ({ netns }: AttachedMember): Promise<void> => netns.close(),
  ): void {
    for (const one of gone) {
      const { member, netns, ours } = one;
      this.#endpoints.delete(member.port);
      forgetResolver(netns, this.#network.gateway);
      if (ours) void close(one).catch(() => undefined);
    }
  }

  /**
   * Removes the endpoints that another object or process is detaching or has detached, and closes their namespaces.
   * Endpoints that this object is detaching are left alone.
   */
  letGo(isLeaving: (member: Member) => boolean): void {
    const endpoints = [...this.#endpoints.values()].filter((endpoint) => !this.#leaving.has(endpoint));
    const gone = endpoints
      .map((endpoint) => MemberEndpoint.attachedOf(endpoint))
      .filter(({ member }) => isLeaving(member));
    // Open connections inside have lost their network, and would hold a namespace that is to be deleted.
    endConnections(gone);
    this.remove(gone, ({ member, netns }) => (member.created ? leaveNamespace(netns) : netns.close()));
  }

  /** The given members that this list does not have. */
  missing(members: readonly Member[]): Member[] {
    const known = new Map(this.attached.map(({ member }) => [member.port, member.cookie]));
    return members.filter(({ port, cookie }) => known.get(port) !== cookie);
  }

  clear(): void {
    for (const { netns } of this.attached) forgetResolver(netns, this.#network.gateway);
    this.#endpoints.clear();
  }

  #isAttached(endpoint: Endpoint): endpoint is MemberEndpoint {
    if (endpoint instanceof MemberEndpoint && endpoint.network === this.#network)
      return this.#endpoints.get(MemberEndpoint.attachedOf(endpoint).member.port) === endpoint;
    const problem = ofThisCopy(`must be an endpoint of the network '${this.#network.name}'`, endpoint);
    throw new ValidationError({ operation: 'network.detach', path: 'endpoint', value: endpoint, problem });
  }

  /** Opens the given members that this list does not have yet. */
  async openMissing(members: readonly Member[]): Promise<void> {
    const found = await openAttached(this.missing(members));
    // Two concurrent calls find the same members twice.
    const missing = new Set(this.missing(members));
    const [fresh, twice] = [true, false].map((isNew) =>
      found.filter(({ member }) => missing.has(member) === isNew),
    );
    this.add(fresh ?? []);
    await Promise.all((twice ?? []).map(({ netns }) => netns.close()));
  }
}
