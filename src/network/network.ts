import type { OpenNetworkOptions } from './public-network';
import { anonymousCandidates } from './members/attach';
import { duplicate } from '../netns/duplicate';
import { checkOpenName, checkOpenOptions, type OpenOptions } from './open-options';
import { rewordingErrors } from './runtime/reworded';
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
import { withSharedEgress } from './lifecycle/open-egress';
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
import { lifetimeOf } from './model/lifetime';
import { OpenNetwork } from './open-network';
import type { RemoteNetwork } from './peers/options';
import { peer, unpeer } from './peers/peer';
import { checkHostPorts, type Publication, publicationsOn, type PublishRule } from './publish/publication';
import type { Endpoint } from './runtime/endpoint';
import type { NetworkRuntime } from './runtime/runtime';
import { checkExists } from './runtime/exists';
import type { NetworkSpec } from './spec/network-spec';
import { resolveSpec } from './spec/resolve-spec';

/**
 * Namespaces that reach each other, on a bridge or through routers, behind a host that routes for them: outgoing traffic by
 * NAT to every destination the host reaches, incoming traffic by published ports. With a parent the namespaces are on the
 * host's LAN instead.
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
   * Creates a network without endpoints: bridge, gateway address, firewall, forwarding. A failure leaves nothing
   * behind.
   *
   * Rejects with ValidationError for a wrong spec and for a subnet that the host uses already; with NetlinkError EEXIST
   * for a name that is taken, EPERM without CAP_NET_ADMIN.
   */
  static async create(spec: NetworkSpec): Promise<Network> {
    const resolved = resolveSpec(spec);
    return rewordingErrors({ operation: 'network.create', object: resolved.name }, () =>
      Network.#on(spec, (host) => createNetwork(host, resolved, spec.dns !== undefined)),
    );
  }

  /**
   * Opens a persistent network of this host by its name, with its endpoints, and holds it: `gc()` ignores it until it
   * is closed or this process ends. A network whose bridge was removed can still be opened, but only to delete it:
   * attaching is refused.
   *
   * Rejects with NetlinkError ENOENT if there is none, EUCLEAN if its record in the journal cannot be read.
   */
  static async open(name: string, options: OpenOptions = {}): Promise<Network> {
    checkOpenName(name);
    const given = checkOpenOptions(options, ['host', 'warnings'], 'network.open');
    return rewordingErrors({ operation: 'network.open', object: name }, async () => {
      const network = await Network.#on(given, async (host) =>
        withSharedResolver(await withSharedEgress(await openPersistent(host, name))),
      );
      await network.#open.findFirst();
      return network;
    });
  }

  /** The networks of a host, sorted by name: persistent networks, and those that live with this process or another. */
  static async list(options: { host?: NetworkNamespace } = {}): Promise<NetworkInfo[]> {
    const { host: given } = checkOpenOptions(options, ['host'], 'network.list');
    return rewordingErrors({ operation: 'network.list' }, async () => {
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
    // A handle of its own: the network can be deleted after the caller has closed theirs.
    const host = given ? duplicate(given, 'network.host') : await NetworkNamespace.current();
    try {
      return new Network(await make(host), { host: given ?? host, warnings });
    } catch (error) {
      await host.close();
      throw error;
    }
  }

  /**
   * The endpoints that this object attached or found, without those that another process has detached since. Empty once
   * the network was deleted.
   */
  get endpoints(): readonly Endpoint[] {
    if (lifetimeOf(this).hasRecord) this.#open.follow();
    return this.#open.endpoints.all;
  }

  /** Finds endpoints that other processes have attached to a persistent network since. Returns all endpoints. */
  async refresh(): Promise<readonly Endpoint[]> {
    await this.#open.during('network.refresh', async () => {
      // The endpoints of a network that lives with its process are in no record, and no other process attaches to it.
      if (lifetimeOf(this).hasRecord) await this.#open.find();
    });
    return this.endpoints;
  }

  /**
   * Attaches an existing or a new namespace. On a persistent network a name is pinned under /run/netns; otherwise it is
   * a label and the namespace is anonymous.
   */
  async attach(namespace: string | NetworkNamespace, options?: AttachOptions): Promise<Endpoint> {
    checkCandidate(namespace);
    const [endpoint] = await this.#open.attach([namespace], checkOptions(options), 'network.attach');
    return endpoint as Endpoint;
  }

  /** Attaches many new namespaces, given by names or by a count, as one plan: all of them or, on a failure, none. */
  async attachMany<const Names extends readonly string[] | number>(
    namesOrCount: Names,
    options: AttachManyOptions = {},
  ): Promise<OneEachOf<Names, Endpoint>> {
    const operation = 'network.attachMany';
    const given: readonly string[] | number = namesOrCount;
    const isCount = typeof given === 'number';
    if (!isCount) checkNames(given);
    const candidates = isCount ? anonymousCandidates(this.#open.runtime.layout, given, operation) : given;
    const endpoints = await this.#open.attach(candidates, checkManyOptions(options), operation);
    return endpoints as OneEachOf<Names, Endpoint>;
  }

  /**
   * Detaches endpoints and withdraws their published ports. Namespaces that the network created are deleted, others
   * lose the device. Already detached endpoints succeed. Rejects with NetlinkError EBUSY for a namespace that is held,
   * and names the holder: the endpoint is detached by then, and a further call deletes its namespace.
   *
   * With `kill` the processes in namespaces that the network created are killed first (SIGKILL).
   */
  async detach(endpoints: Endpoint | readonly Endpoint[], options: KillOptions = {}): Promise<void> {
    const kill = wantsKill(options, 'network.detach');
    const those = (Array.isArray(endpoints) ? endpoints : [endpoints]) as readonly Endpoint[];
    return this.#open.during('network.detach', () => this.#open.detach(those, kill));
  }

  /**
   * Forwards a port of the host to a port of an endpoint: for external clients, the host itself and the other
   * endpoints.
   */
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

  /** The ports that are published now, one by one; on a persistent network including those published by other processes. */
  get publications(): readonly Publication[] {
    return this.#open.publications(this.endpoints);
  }

  /**
   * Withdraws the port of the host, or the range of ports, whoever published it. Ports that are not published are
   * ignored.
   */
  async unpublish(port: Pick<PublishRule, 'hostAddress' | 'hostPort' | 'protocol'>): Promise<void> {
    checkHostPorts(port);
    this.#open.check('network.unpublish');
    const call = { operation: 'network.unpublish', object: this.name, stands: true };
    await rewordingErrors(call, () => checkExists(this.#open.runtime, call.operation));
    await Promise.all(publicationsOn(this.publications, port).map((publication) => publication.delete()));
  }

  /**
   * Connects another host's network to this one by a static route. Traffic between the two keeps its addresses;
   * everything else is masqueraded as before. The interface in between forwards for these two networks alone. The other
   * host must do the same for this subnet. The route belongs to the host: if the process is killed, `gc()` removes it.
   *
   * Rejects with ValidationError for a subnet that overlaps this one, another peer's or an address of the host, and for
   * a `via` that is no neighbour of the host; with NetlinkError EEXIST if the host has a different route to it already.
   */
  async peer(remote: RemoteNetwork): Promise<void> {
    await this.#open.during('network.peer', () => peer(this.#open.runtime, remote));
  }

  /**
   * Undoes {@link Network.peer}. A subnet that is not a peer's (any more) succeeds; an invalid subnet is a
   * ValidationError.
   */
  async unpeer(subnet: string): Promise<void> {
    await this.#open.during('network.unpeer', () => unpeer(this.#open.runtime, subnet));
  }

  /**
   * Makes a device of the host a port of the bridge, so that the namespaces share its link. On a network with a
   * `parent`, which is the device to adopt, its addresses and routes move to the bridge in the same plan: without them
   * the host would be cut off. On other networks the device must have none. The plan is undone unless `confirm` answers
   * true in time. Deleting the network gives the device back; after a killed process `gc()` does.
   *
   * Rejects with NetlinkError ENODEV if there is no such device, EBUSY if it is a port already, ETIMEDOUT and ECANCELED
   * if nobody confirms.
   */
  async adopt(ifname: string, options: AdoptOptions): Promise<void> {
    await this.#open.during('network.adopt', () => adopt(this.#open.runtime, ifname, options));
  }

  /** Undoes {@link Network.adopt}: the device gets the addresses and routes that the bridge has by now. */
  async release(ifname: string, options: ConfirmOptions = {}): Promise<void> {
    await this.#open.during('network.release', () => release(this.#open.runtime, ifname, options));
  }

  /** The plan that would create this network with its current endpoints and published ports. */
  async plan(): Promise<Plan> {
    return this.#open.during('network.plan', () => planOf(this.#open.runtime, this.#open.endpoints.attached));
  }

  /** The network's current state in the kernel. */
  async inspect(): Promise<NetworkInspection> {
    return this.#open.during('network.inspect', async () => {
      // Follows recent changes of the egress first.
      await this.#open.runtime.egress?.keep();
      return inspectNetwork(this.#open.runtime, this.#open.endpoints.attached);
    });
  }

  /**
   * Removes the network and everything that it created: namespaces, devices, firewall, changed settings. Namespaces
   * that were passed in stay. An already deleted network succeeds. Rejects with NetlinkError EBUSY for a namespace that
   * is held, and names the holder: the network is gone by then, and a further call deletes the namespace.
   *
   * With `kill` the processes in namespaces that the network created are killed first (SIGKILL).
   */
  async delete(options: KillOptions = {}): Promise<void> {
    return this.#open.delete(wantsKill(options, 'network.delete'));
  }

  /**
   * Closes this object: a persistent network stays, for any process to open; one that lives with this process is
   * deleted.
   */
  async close(): Promise<void> {
    return this.#open.close();
  }

  /** Deletes a network that this object created, closes one that it opened. */
  async [Symbol.asyncDispose](): Promise<void> {
    return this.#open.dispose();
  }
}
