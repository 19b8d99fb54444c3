import { ClosedError } from '../errors';
import type { PublishedPort } from '../firewall/published';
import { binding } from '../executor';
import { NetworkNamespace } from '../netns/namespace';
import { wasHeld } from '../netns/delete';
import { duplicate, renew } from '../netns/duplicate';
import { type KillOptions, wantsKill } from '../netns/kill-all';
import type { OneEach, OneEachOf } from '../one-each';
import type { ConfirmOptions } from '../plan/confirmation';
import type { Plan } from '../plan/plan';
import { hold } from '../sockets/tenants';
import { adopt, type AdoptOptions, release } from './adopt';
import { attach, manyOn, type Attached } from './attach';
import {
  type AttachManyOptions,
  type AttachOptions,
  type Candidate,
  checkCandidate,
  type CheckedOptions,
  checkManyOptions,
  checkNames,
  checkOptions,
} from './attach-options';
import { handOver } from './claims';
import { onDeparture } from './departures';
import { deleteHeld, detach, endProcesses, type Held, throwFirst } from './detach';
import { DeletedHostError, DeletedNetworkError, ignoringDeleted } from './deleted';
import { dismantle, openAttached } from './dismantle';
import { type Endpoint, memberOf } from './endpoint';
import type { Member } from './layout';
import { Herald } from './herald';
import { locked } from './journal';
import { inspectNetwork, type NetworkInspection } from './inspect';
import { living } from './living';
import { EVERYONE, leaving } from './leaving';
import { listNetworks, type NetworkInfo } from './list';
import { isDeleted } from './own-record';
import { peer, unpeer } from './peer';
import type { RemoteNetwork } from './peer-options';
import { planOf } from './plan-of';
import {
  checkRules,
  type Publication,
  publicationsFor,
  publicationsMeant,
  publicationsOf,
  type PublishRule,
} from './publication';
import { publish } from './publish';
import { namesOf, withResolver, withSharedResolver } from './resolver';
import { retelling, retold } from './retold';
import { Roster } from './roster';
import { createForProcess, createPersistent, finished, openPersistent, type Standing } from './setup';
import { type NetworkSpec, resolveSpec } from './spec';
import { checkStands, whileStanding } from './stands';
import { checkOpenName, checkOpenOptions, type OpenOptions } from './open-options';
import { payWhatIsOwed } from './undertaking';
import { withKeptWayOut, withWayOut } from './way-out';
import { checkWhole } from './whole';
import { Withdrawals } from './withdrawals';

/**
 * Namespaces on one bridge behind a host that routes for them: by NAT to everywhere that the host gets to, and back by
 * published ports.
 */
export class Network implements AsyncDisposable {
  readonly name: string;
  /** '10.0.0.0/24'. */
  readonly subnet: string;
  /** The host's address on the network, without a prefix. */
  readonly gateway: string;
  /** 'fd00:1::/64' and the host's address on it; absent on a network without IPv6. */
  declare readonly subnet6?: string;
  declare readonly gateway6?: string;
  readonly lifetime: 'process' | 'persistent';
  readonly host: NetworkNamespace;

  readonly #standing: Standing;
  readonly #roster: Roster;
  readonly #withdrawals: Withdrawals;
  readonly #herald: Herald | undefined;
  /** Changes under way: the end waits for them. */
  readonly #pending = new Set<Promise<unknown>>();
  /** Resolves with the namespaces that were given up and are still there. */
  #deleted: Promise<Held> | undefined;
  #closed: Promise<void> | undefined;
  /** Its sockets in the host are closed. */
  #isDeaf = false;
  /** The host's namespace is being deleted, or was: this object lets go of it. */
  #hostless: Promise<void> | undefined;
  readonly #unfollow: () => void;
  /** Ends with the host's namespace, which sockets of the network would hold. */
  readonly #leaveHost: () => void;

  private constructor(standing: Standing, { host, warnings }: { host: NetworkNamespace; warnings: boolean }) {
    const { layout } = standing;
    this.name = layout.name;
    this.subnet = layout.subnet.text;
    this.gateway = layout.gateway;
    if (layout.inet6) {
      this.subnet6 = layout.inet6.subnet;
      this.gateway6 = layout.inet6.gateway;
    }
    this.lifetime = layout.lifetime;
    this.host = host;
    this.#standing = standing;
    this.#roster = new Roster(this, namesOf(standing));
    this.#withdrawals = new Withdrawals(standing);
    if (warnings) this.#herald = new Herald(standing);
    living.add(this);
    this.#leaveHost = hold(host, () => {
      this.#endWithHost();
    });
    this.#unfollow =
      this.lifetime === 'persistent'
        ? onDeparture(() => {
            this.#follow();
          })
        : () => undefined;
  }

  /**
   * Makes a network without endpoints: bridge, gateway address, firewall, forwarding. A failure leaves nothing behind.
   *
   * Rejects with ValidationError for a wrong spec and for a subnet that the host uses already; with NetlinkError EEXIST
   * for a name that is taken, EPERM without CAP_NET_ADMIN.
   */
  static async create(spec: NetworkSpec): Promise<Network> {
    const resolved = resolveSpec(spec);
    const make = resolved.lifetime === 'process' ? createForProcess : createPersistent;
    return retelling({ operation: 'network.create', object: resolved.name }, () =>
      Network.#on(spec, async (host) =>
        finished(await withResolver(await withWayOut(await make(host, resolved)), spec.dns !== undefined)),
      ),
    );
  }

  /**
   * Opens a persistent network of this host by its name, with its endpoints, and holds it: `gc()` leaves it until it is closed
   * or this process ends. A network whose bridge somebody removed is opened all the same, to be deleted; nothing can be attached
   * to it.
   *
   * Rejects with NetlinkError ENOENT if there is none, EUCLEAN if its record in the journal cannot be read.
   */
  static async open(name: string, options: OpenOptions = {}): Promise<Network> {
    checkOpenName(name);
    const given = checkOpenOptions(options, ['host', 'warnings'], 'network.open');
    return retelling({ operation: 'network.open', object: name }, async () => {
      const network = await Network.#on(given, async (host) =>
        withSharedResolver(await withKeptWayOut(await openPersistent(host, name))),
      );
      await network.#findFirst();
      return network;
    });
  }

  /** The networks of a host, sorted by name: persistent ones, and those that live with a process, this one or another. */
  static async list(options: { host?: NetworkNamespace } = {}): Promise<NetworkInfo[]> {
    const { host: given } = checkOpenOptions(options, ['host'], 'network.list');
    return retelling({ operation: 'network.list' }, async () => {
      const host = given ?? (await NetworkNamespace.current());
      try {
        return await listNetworks(host);
      } finally {
        if (given === undefined) await host.close();
      }
    });
  }

  static async #on(
    { host: given, warnings = true }: OpenOptions,
    make: (host: NetworkNamespace) => Promise<Standing>,
  ): Promise<Network> {
    // Its own, so that it can be deleted although the caller closes the other first.
    const host = given ? duplicate(given, 'network.host') : await NetworkNamespace.current();
    try {
      return new Network(await make(host), { host: given ?? host, warnings });
    } catch (error) {
      await host.close();
      throw error;
    }
  }

  /**
   * The endpoints that this object attached or found, without those that another process has detached since. None once the
   * network was deleted.
   */
  get endpoints(): readonly Endpoint[] {
    if (this.lifetime === 'persistent') this.#follow();
    return this.#roster.endpoints;
  }

  /** Finds the endpoints that other processes have attached to a persistent network since. Returns all there are. */
  async refresh(): Promise<readonly Endpoint[]> {
    await this.#during('network.refresh', async () => {
      // No record has those of a network that lives with its process, and nobody else attaches to it.
      if (this.lifetime === 'persistent') await this.#find();
    });
    return this.endpoints;
  }

  /**
   * Attaches a namespace: one that exists, or a new one. On a persistent network a name is pinned under /run/netns;
   * otherwise it is a label and the namespace is anonymous.
   *
   * Who attaches one after another may get a namespace that was made up to 5 ms before it was asked for. It has the defaults
   * that the machine had then, of /proc/sys/net/ipv4/conf for one.
   */
  async attach(namespace: string | NetworkNamespace, options?: AttachOptions): Promise<Endpoint> {
    checkCandidate(namespace);
    const [endpoint] = await this.#attach([namespace], checkOptions(options), 'network.attach');
    return endpoint as Endpoint;
  }

  /** Attaches many new namespaces, by names or so many, as one plan: all of them or, on a failure, none. */
  async attachMany<const Names extends readonly string[] | number>(
    namesOrCount: Names,
    options: AttachManyOptions = {},
  ): Promise<OneEachOf<Names, Endpoint>> {
    const operation = 'network.attachMany';
    const given: readonly string[] | number = namesOrCount;
    const isCount = typeof given === 'number';
    if (!isCount) checkNames(given);
    const candidates = isCount ? manyOn(this.#standing.layout, given, operation) : given;
    const endpoints = await this.#attach(candidates, checkManyOptions(options), operation);
    return endpoints as OneEachOf<Names, Endpoint>;
  }

  /**
   * Takes endpoints off the network with their published ports. Namespaces that the network made are deleted, others
   * lose the device. Endpoints that are gone already succeed. Rejects with NetlinkError EBUSY for a namespace that something
   * holds, and names who does: the endpoint is off the network by then, and a further call deletes its namespace.
   *
   * With `kill` the processes in namespaces that the network made are killed first (SIGKILL).
   */
  async detach(endpoints: Endpoint | readonly Endpoint[], options: KillOptions = {}): Promise<void> {
    const kill = wantsKill(options, 'network.detach');
    const those = (Array.isArray(endpoints) ? endpoints : [endpoints]) as readonly Endpoint[];
    return this.#during('network.detach', () => this.#detach(those, kill));
  }

  async #detach(leaving: readonly Endpoint[], kill: boolean): Promise<void> {
    const standing = this.#roster.find(leaving);
    if (kill) await endProcesses(standing);
    const held = leaving.map(({ netns }) => netns).filter(wasHeld);
    const strike = (gone: readonly Attached[]): void => {
      this.#roster.remove(gone);
    };
    const take = (those: readonly Attached[]): Promise<void> => detach(this.#standing, those, strike);
    await this.#roster.leave(leaving, take);
    throwFirst(await Promise.allSettled(held.map((netns) => netns.delete({ kill }))));
  }

  /** Leads a port of the host to a port of an endpoint: for strangers, for the host itself and for the neighbours. */
  async publish(rule: PublishRule): Promise<Publication> {
    const [publication] = await this.publishMany([rule]);
    return publication;
  }

  /** Publishes many ports as one transaction: all of them or none. */
  async publishMany<const Rules extends readonly unknown[]>(rules: {
    readonly [Index in keyof Rules]: PublishRule;
  }): Promise<OneEach<Rules, Publication>> {
    const operation = 'network.publish';
    return this.#during(operation, async () => {
      const checked = checkRules(rules, this, operation);
      const ports = await publish(this.#standing, checked);
      const withdraw = (own: readonly PublishedPort[], to: Endpoint): Promise<void> =>
        this.#withdraw(own, memberOf(to) as Member);
      return publicationsFor(checked, ports, withdraw) as OneEach<Rules, Publication>;
    });
  }

  /** The ports that are published now, one by one; of a persistent network also what other processes published. */
  get publications(): readonly Publication[] {
    const state = this.#standing.ledger.undeleted();
    const withdraw = (ports: readonly PublishedPort[], to: Member): Promise<void> =>
      this.#withdraw(ports, to);
    return state === undefined ? [] : publicationsOf(state, this.endpoints, withdraw);
  }

  /**
   * Withdraws what is published on a port of the host, or on a range of them, whoever published it. Ports on which nothing is
   * published are ignored.
   */
  async unpublish(port: Pick<PublishRule, 'hostAddress' | 'hostPort' | 'protocol'>): Promise<void> {
    this.#checkUsable('network.unpublish');
    const call = { operation: 'network.unpublish', object: this.name, stands: true };
    await retelling(call, () => checkStands(this.#standing, call.operation));
    await Promise.all(publicationsMeant(this.publications, port).map((publication) => publication.delete()));
  }

  async #withdraw(ports: readonly PublishedPort[], to: Member): Promise<void> {
    // Its end takes all ports along, whoever deletes it.
    if (this.#deleted !== undefined) return this.#deletion();
    const withdraw = (): Promise<void> => this.#withdrawals.withdraw(ports, to);
    await ignoringDeleted(this.#during('network.withdraw', withdraw));
  }

  /**
   * Joins another host's network to this one by a static route: traffic between the two keeps its addresses, everything
   * else is masqueraded as before, and the interface in between forwards for them alone. The other host does the same
   * for this subnet. The route is the host's own: killed processes leave it to `gc()`.
   *
   * Rejects with ValidationError for a subnet that overlaps this one, another peer's or an address of the host, and for
   * a `via` that is no neighbour of the host; with NetlinkError EEXIST if the host has a route to it that leads elsewhere.
   */
  async peer(remote: RemoteNetwork): Promise<void> {
    await this.#during('network.peer', () => peer(this.#standing, remote));
  }

  /** Takes {@link Network.peer} back. A subnet that is no peer's, or no more, succeeds; what is no subnet is a ValidationError. */
  async unpeer(subnet: string): Promise<void> {
    await this.#during('network.unpeer', () => unpeer(this.#standing, subnet));
  }

  /**
   * Makes a device of the host a port of the bridge: namespaces are then on the same link as what the device leads to. On a
   * network with a `parent`, which is the one to adopt, the device's addresses and routes, without which the host would be
   * cut off, move to the bridge in the same plan; elsewhere it must have none. The plan is undone unless `confirm` answers
   * true in time. The network's end gives the device back; so does `gc()` for a process that was killed.
   *
   * Rejects with NetlinkError ENODEV if there is no such device, EBUSY if it is a port already, ETIMEDOUT and ECANCELED if
   * nobody confirms.
   */
  async adopt(ifname: string, options: AdoptOptions): Promise<void> {
    await this.#during('network.adopt', () => adopt(this.#standing, ifname, options));
  }

  /** Takes {@link Network.adopt} back: the device gets the addresses and routes that the bridge has by now. */
  async release(ifname: string, options: ConfirmOptions = {}): Promise<void> {
    await this.#during('network.release', () => release(this.#standing, ifname, options));
  }

  /** The plan that would make this network with its endpoints and published ports as they are now. */
  async plan(): Promise<Plan> {
    return this.#during('network.plan', () => planOf(this.#standing, this.#roster.attached));
  }

  /** The network as the kernel has it now. */
  async inspect(): Promise<NetworkInspection> {
    return this.#during('network.inspect', async () => {
      // What others have just changed is followed before it is told of.
      await this.#standing.wayOut?.keep();
      return inspectNetwork(this.#standing, this.#roster.attached);
    });
  }

  /**
   * Removes the network with everything that it made: namespaces, devices, firewall, changed settings. Namespaces that
   * it was given stay. A network that is gone already succeeds. Rejects with NetlinkError EBUSY for a namespace that something
   * holds, and names who does: the network is gone by then, and a further call deletes the namespace.
   *
   * With `kill` the processes in namespaces that the network made are killed first (SIGKILL).
   */
  async delete(options: KillOptions = {}): Promise<void> {
    const kill = wantsKill(options, 'network.delete');
    const isRepeated = this.#deleted !== undefined;
    if (!isRepeated) this.#checkOpen('network.delete');
    if (kill) await endProcesses(this.#roster.attached);
    const deletion = (this.#deleted ??= this.#delete());
    let held = await deletion.catch((error: unknown) => {
      // What is left can be deleted by the next call.
      this.#deleted = undefined;
      throw retold(error, { operation: 'network.delete', object: this.name, stands: true });
    });
    // The network is gone, but for these.
    if (isRepeated && held.size > 0) held = await (this.#deleted = deleteHeld(held, { kill }));
    const [reason] = held.values();
    if (held.size > 0) throw reason;
  }

  /**
   * Lets go of the network: a persistent one stays and is handed over to whoever opens it next; one that lives with this
   * process is deleted.
   */
  async close(): Promise<void> {
    if (this.#deleted) return this.#deletion();
    return this.lifetime === 'process' ? this.delete() : (this.#closed ??= this.#closeAll());
  }

  /** Deletes a network that this object made, closes one that it opened. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#closed) return this.#closed;
    return this.#standing.claim ? this.delete() : this.close();
  }

  async #attach(
    candidates: readonly Candidate[],
    options: CheckedOptions,
    operation: string,
  ): Promise<Endpoint[]> {
    const endpoints = await this.#during(operation, async () => {
      if (this.#standing.bridge === 0) await checkWhole(this.#standing, operation);
      return this.#roster.add(await attach(this.#standing, candidates, options, operation));
    });
    this.#herald?.grown(this.#roster.attached.length);
    return endpoints;
  }

  /** Runs what is asked of the network while it stands; its end waits for that. */
  async #during<T>(operation: string, work: () => Promise<T>): Promise<T> {
    this.#checkUsable(operation);
    const running = whileStanding(this.#standing, operation, work);
    this.#pending.add(running);
    try {
      return await running;
    } catch (error) {
      // What was about to leave has stayed with this object when all else was let go of.
      if (error instanceof DeletedNetworkError) this.#follow();
      throw retold(error, { operation, object: this.name, stands: true });
    } finally {
      this.#pending.delete(running);
    }
  }

  // Nobody could close what was opened in vain.
  async #findFirst(): Promise<void> {
    try {
      await this.#find();
    } catch (error) {
      await this.close().catch(() => undefined);
      throw error;
    }
  }

  async #find(): Promise<void> {
    const { members } = await this.#standing.ledger.read();
    const found = await openAttached(this.#roster.missing(members));
    // Asked for twice at a time, they are found twice.
    const missing = new Set(this.#roster.missing(members));
    const [fresh, twice] = [true, false].map((isNew) =>
      found.filter(({ member }) => missing.has(member) === isNew),
    );
    this.#roster.add(fresh ?? []);
    await Promise.all((twice ?? []).map(({ netns }) => netns.close()));
    this.#follow();
  }

  // Who takes something off the network waits for others to let go of it.
  #follow(): void {
    if (this.#closed ?? this.#deleted) return;
    // A journal that cannot be read now tells of nobody who waits. Nobody would hear of it here, either.
    void this.#followNow().catch(() => undefined);
  }

  // Where the journal tells who leaves they are let go of at once.
  async #followNow(): Promise<void> {
    const told = leaving(this.#standing);
    const isLeaving = told ?? ((await locked(() => isDeleted(this.#standing))) ? EVERYONE : undefined);
    if (isLeaving === undefined || (this.#closed ?? this.#deleted)) return;
    this.#roster.letGo(isLeaving);
    if (isLeaving !== EVERYONE) return;
    this.#unfollow();
    await this.#endFollowers();
  }

  async #deletion(): Promise<void> {
    await this.#deleted;
  }

  async #delete(): Promise<Held> {
    // What is half removed is nothing to warn of.
    void this.#herald?.stop();
    await Promise.allSettled(this.#pending);
    await this.#hostless;
    // A host whose deletion was refused may be open still.
    if (this.#hostless) renew(this.#standing.host, this.host);
    await payWhatIsOwed(this.#standing.ledger);
    const { attached } = this.#roster;
    const held = await dismantle(this.#standing, attached);
    await this.#letGo();
    return held;
  }

  async #closeAll(): Promise<void> {
    try {
      await this.#close();
    } catch (error) {
      // It can be closed again.
      this.#closed = undefined;
      throw retold(error, { operation: 'network.close', object: this.name, stands: true });
    }
  }

  async #close(): Promise<void> {
    void this.#herald?.stop();
    await Promise.allSettled(this.#pending);
    const { claim, hold } = this.#standing;
    if (claim) handOver(claim);
    if (hold) handOver(hold);
    await Promise.all(
      this.#roster.attached.map(async ({ ours, netns }) => (ours ? netns.close() : undefined)),
    );
    await this.#letGo();
  }

  async #letGo(): Promise<void> {
    living.delete(this);
    this.#unfollow();
    this.#endSockets();
    await this.#endFollowers();
    this.#roster.clear();
    await this.#standing.host.close();
  }

  // The kernel ends what is in the host. Of what is elsewhere, such as namespaces and files, delete() has to be asked for.
  #endWithHost(): void {
    this.#endSockets();
    // Its own end, which may be under way, lets go of the host.
    if (!(this.#closed ?? this.#deleted)) this.#hostless ??= this.#leaveHostNow();
  }

  async #leaveHostNow(): Promise<void> {
    await Promise.allSettled(this.#pending);
    await this.#endFollowers();
    const { owner, host } = this.#standing;
    if (owner) binding.close(owner);
    await host.close();
  }

  // Once: it is called with the end of the host or of the network, whichever comes first.
  #endSockets(): void {
    this.#leaveHost();
    if (this.#isDeaf) return;
    this.#isDeaf = true;
    this.#standing.resolver?.close();
    void this.#endFollowers();
  }

  async #endFollowers(): Promise<void> {
    const { guard, wayOut } = this.#standing;
    await Promise.all([this.#herald?.stop(), guard?.stop(), wayOut?.stop()]);
  }

  #checkUsable(operation: string): void {
    this.#checkOpen(operation);
    if (this.#hostless) throw new DeletedHostError(operation, this.name);
  }

  #checkOpen(operation: string): void {
    if (this.#deleted) throw new DeletedNetworkError(operation, this.name);
    if (this.#closed) throw new ClosedError(`network '${this.name}'`);
  }
}
