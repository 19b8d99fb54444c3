import type { OpenNetworkOptions } from './public-network';
import { manyOn } from './members/attach';
import { duplicate } from '../netns/duplicate';
import { checkOpenName, checkOpenOptions, type OpenOptions } from './open-options';
import { retelling } from './runtime/retold';
import type { OneEach, OneEachOf } from '../base/one-each';
import { NetworkNamespace } from '../netns/namespace';
import { type KillOptions, wantsKill } from '../nsfs/process/kill-all';
import type { ConfirmOptions } from '../plan/spec/spec';
import type { Plan } from '../plan/plan';
import { withSharedResolver } from './dns/resolver';
import { inspectNetwork, type NetworkInspection } from './inspect/inspect';
import { listNetworks, type NetworkInfo } from './inspect/list';
import { adopt, type AdoptOptions, release } from './lan/adopt';
import { createNetwork } from './lifecycle/create-network';
import { withKeptWayOut } from './lifecycle/open-way-out';
import { planOf } from './lifecycle/plan-of';
import { openPersistent } from './lifecycle/open-persistent';
import {
  type AttachManyOptions,
  type AttachOptions,
  checkCandidate,
  checkManyOptions,
  checkNames,
  checkOptions,
} from './members/attach-options';
import { OpenNetwork } from './open-network';
import type { RemoteNetwork } from './peers/options';
import { peer, unpeer } from './peers/peer';
import { type Publication, publicationsMeant, type PublishRule } from './publish/publication';
import type { Endpoint } from './runtime/endpoint';
import type { NetworkRuntime } from './runtime/runtime';
import { checkStands } from './runtime/stands';
import type { NetworkSpec } from './spec/network-spec';
import { resolveSpec } from './spec/resolve-spec';

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

  readonly #open: OpenNetwork;

  private constructor(runtime: NetworkRuntime, options: OpenNetworkOptions) {
    const { layout } = runtime;
    this.name = layout.name;
    this.subnet = layout.subnet.text;
    this.gateway = layout.gateway;
    if (layout.inet6) {
      this.subnet6 = layout.inet6.subnet;
      this.gateway6 = layout.inet6.gateway;
    }
    this.lifetime = layout.lifetime;
    this.host = options.host;
    this.#open = new OpenNetwork(runtime, this, options);
  }

  /**
   * Makes a network without endpoints: bridge, gateway address, firewall, forwarding. A failure leaves nothing behind.
   *
   * Rejects with ValidationError for a wrong spec and for a subnet that the host uses already; with NetlinkError EEXIST
   * for a name that is taken, EPERM without CAP_NET_ADMIN.
   */
  static async create(spec: NetworkSpec): Promise<Network> {
    const resolved = resolveSpec(spec);
    return retelling({ operation: 'network.create', object: resolved.name }, () =>
      Network.#on(spec, (host) => createNetwork(host, resolved, spec.dns !== undefined)),
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
      await network.#open.findFirst();
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
    make: (host: NetworkNamespace) => Promise<NetworkRuntime>,
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
    if (this.lifetime === 'persistent') this.#open.follow();
    return this.#open.endpoints.all;
  }

  /** Finds the endpoints that other processes have attached to a persistent network since. Returns all there are. */
  async refresh(): Promise<readonly Endpoint[]> {
    await this.#open.during('network.refresh', async () => {
      // No record has those of a network that lives with its process, and nobody else attaches to it.
      if (this.lifetime === 'persistent') await this.#open.find();
    });
    return this.endpoints;
  }

  /**
   * Attaches a namespace: one that exists, or a new one. On a persistent network a name is pinned under /run/netns;
   * otherwise it is a label and the namespace is anonymous.
   */
  async attach(namespace: string | NetworkNamespace, options?: AttachOptions): Promise<Endpoint> {
    checkCandidate(namespace);
    const [endpoint] = await this.#open.attach([namespace], checkOptions(options), 'network.attach');
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
    const candidates = isCount ? manyOn(this.#open.runtime.layout, given, operation) : given;
    const endpoints = await this.#open.attach(candidates, checkManyOptions(options), operation);
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
    return this.#open.during('network.detach', () => this.#open.detach(those, kill));
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
    return (await this.#open.publish(rules)) as OneEach<Rules, Publication>;
  }

  /** The ports that are published now, one by one; of a persistent network also what other processes published. */
  get publications(): readonly Publication[] {
    return this.#open.publications(this.endpoints);
  }

  /**
   * Withdraws what is published on a port of the host, or on a range of them, whoever published it. Ports on which nothing is
   * published are ignored.
   */
  async unpublish(port: Pick<PublishRule, 'hostAddress' | 'hostPort' | 'protocol'>): Promise<void> {
    this.#open.check('network.unpublish');
    const call = { operation: 'network.unpublish', object: this.name, stands: true };
    await retelling(call, () => checkStands(this.#open.runtime, call.operation));
    await Promise.all(publicationsMeant(this.publications, port).map((publication) => publication.delete()));
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
    await this.#open.during('network.peer', () => peer(this.#open.runtime, remote));
  }

  /** Takes {@link Network.peer} back. A subnet that is no peer's, or no more, succeeds; what is no subnet is a ValidationError. */
  async unpeer(subnet: string): Promise<void> {
    await this.#open.during('network.unpeer', () => unpeer(this.#open.runtime, subnet));
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
    await this.#open.during('network.adopt', () => adopt(this.#open.runtime, ifname, options));
  }

  /** Takes {@link Network.adopt} back: the device gets the addresses and routes that the bridge has by now. */
  async release(ifname: string, options: ConfirmOptions = {}): Promise<void> {
    await this.#open.during('network.release', () => release(this.#open.runtime, ifname, options));
  }

  /** The plan that would make this network with its endpoints and published ports as they are now. */
  async plan(): Promise<Plan> {
    return this.#open.during('network.plan', () => planOf(this.#open.runtime, this.#open.endpoints.attached));
  }

  /** The network as the kernel has it now. */
  async inspect(): Promise<NetworkInspection> {
    return this.#open.during('network.inspect', async () => {
      // What others have just changed is followed before it is told of.
      await this.#open.runtime.wayOut?.keep();
      return inspectNetwork(this.#open.runtime, this.#open.endpoints.attached);
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
    return this.#open.delete(wantsKill(options, 'network.delete'));
  }

  /**
   * Lets go of the network: a persistent one stays and is handed over to whoever opens it next; one that lives with this
   * process is deleted.
   */
  async close(): Promise<void> {
    return this.#open.close();
  }

  /** Deletes a network that this object made, closes one that it opened. */
  async [Symbol.asyncDispose](): Promise<void> {
    return this.#open.dispose();
  }
}
