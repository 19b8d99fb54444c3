import type { OpenNetworkOptions, PublicNetwork } from './public-network';
import { binding } from '../executor/run-program';
import { renew } from '../netns/duplicate';
import type { NetworkNamespace } from '../netns/namespace';
import { reworded, rewordingNow } from './runtime/reworded';
import { ClosedError } from '../errors/errors';
import type { PublishedPort } from '../firewall/network/published-port';
import { hold } from '../nsfs/dependents';
import { throwFirst } from '../base/throw-first';
import { deleteHeld, type Held } from '../netns/delete-all';
import { wasHeld } from '../nsfs/delete';
import { namesOf } from './dns/resolver';
import { EndpointList } from './endpoint-list';
import { handOver } from './journal/claims';
import { watchDepartures } from './journal/departures';
import { openNetworks } from './journal/files/open-networks';
import { locked } from './journal/intents';
import { runPendingUndo } from './journal/transaction';
import { deleteNetwork } from './lifecycle/delete';
import { attach } from './members/attach';
import type { Candidate, CheckedOptions } from './members/attach-options';
import { detach, endProcesses } from './members/detach';
import type { AttachedMember } from './model/attached-member';
import { DeletedHostError, DeletedNetworkError, ignoringDeleted } from './model/deleted';
import { lifetimeOf } from './model/lifetime';
import type { Member } from './model/member';
import {
  checkRules,
  type Publication,
  publicationsFor,
  publicationsOf,
  type PublishRule,
} from './publish/publication';
import { publish } from './publish/publish';
import { Withdrawals } from './publish/withdrawals';
import { type Endpoint, memberOf } from './runtime/endpoint';
import { EVERYONE, leaving } from './runtime/leaving';
import { isDeleted } from './runtime/remains';
import type { NetworkRuntime } from './runtime/runtime';
import { whileExisting } from './runtime/exists';
import { checkDevice } from './runtime/device';
import { WarningReporter } from './warnings/warning-reporter';

/** The state behind a public network object: its endpoints, pending operations, and resources that end with it. */
export class OpenNetwork {
  readonly runtime: NetworkRuntime;
  readonly endpoints: EndpointList;
  /** The public object. */
  readonly #network: PublicNetwork;
  readonly #withdrawals: Withdrawals;
  readonly #warnings: WarningReporter | undefined;
  /** Pending changes: closing and deleting wait for them. */
  readonly #pending = new Set<Promise<unknown>>();
  /** Resolves with the namespaces that were given up but still exist. */
  #deleted: Promise<Held> | undefined;
  #closed: Promise<void> | undefined;
  /** Whether its sockets in the host are closed. */
  #socketsEnded = false;
  /** Set when the host's namespace is being or was deleted: this object closes its handle of the host. */
  #hostless: Promise<void> | undefined;
  readonly #host: NetworkNamespace;
  readonly #unfollow: () => void;
  /** Unregisters from the end of the host's namespace, which sockets of the network would hold. */
  readonly #leaveHost: () => void;

  constructor(runtime: NetworkRuntime, network: PublicNetwork, { host, warnings }: OpenNetworkOptions) {
    this.runtime = runtime;
    this.#network = network;
    this.#host = host;
    this.endpoints = new EndpointList(network, namesOf(runtime));
    this.#withdrawals = new Withdrawals(runtime);
    if (warnings) this.#warnings = new WarningReporter(runtime);
    openNetworks.add(network);
    this.#leaveHost = hold(host, () => {
      this.#endWithHost();
    });
    this.#unfollow = lifetimeOf(network).hasRecord
      ? watchDepartures(() => {
          this.follow();
        })
      : () => undefined;
  }

  /** Runs an operation on the network while it exists; closing and deleting wait for it. */
  async during<T>(operation: string, work: () => Promise<T>): Promise<T> {
    this.check(operation);
    const running = whileExisting(this.runtime, operation, work);
    this.#pending.add(running);
    try {
      return await running;
    } catch (error) {
      // Endpoints that were about to leave stayed with this object when all others were let go of.
      if (error instanceof DeletedNetworkError) this.follow();
      throw reworded(error, { operation, object: this.#network.name, exists: true });
    } finally {
      this.#pending.delete(running);
    }
  }

  /** Throws for a network that this object has deleted or closed, or whose host was deleted. */
  check(operation: string): void {
    this.#checkOpen(operation);
    if (this.#hostless) throw new DeletedHostError(operation, this.#network.name);
  }

  #checkOpen(operation: string): void {
    if (this.#deleted) throw new DeletedNetworkError(operation, this.#network.name);
    if (this.#closed) throw new ClosedError(`network '${this.#network.name}'`);
  }

  async attach(
    candidates: readonly Candidate[],
    options: CheckedOptions,
    operation: string,
  ): Promise<Endpoint[]> {
    const endpoints = await this.during(operation, async () => {
      if (this.runtime.bridge === 0) await checkDevice(this.runtime, operation);
      return this.endpoints.add(await attach(this.runtime, candidates, options, operation));
    });
    this.#warnings?.grown(this.endpoints.attached.length);
    return endpoints;
  }

  async detach(those: readonly Endpoint[], kill: boolean): Promise<void> {
    const found = this.endpoints.find(those);
    if (kill) await endProcesses(found);
    const held = those.map(({ netns }) => netns).filter(wasHeld);
    const onGone = (gone: readonly AttachedMember[]): void => {
      this.endpoints.remove(gone);
    };
    const take = (fresh: readonly AttachedMember[]): Promise<void> => detach(this.runtime, fresh, onGone);
    await this.endpoints.leave(those, take);
    throwFirst(await Promise.allSettled(held.map((netns) => netns.delete({ kill }))));
  }

  async publish(rules: readonly PublishRule[]): Promise<Publication[]> {
    const operation = 'network.publish';
    return this.during(operation, async () => {
      const checked = checkRules(rules, this.#network.endpoints, operation);
      const ports = await publish(this.runtime, checked);
      return publicationsFor(checked, ports, (own, to) => this.#withdraw(own, memberOf(to) as Member));
    });
  }

  /** The ports that are published now, with those of the given endpoints as targets that this object holds. */
  publications(endpoints: readonly Endpoint[]): Publication[] {
    const call = { operation: 'network.publications', object: this.#network.name, exists: true };
    const state = rewordingNow(call, () => this.runtime.ledger.undeleted());
    if (state === undefined) return [];
    return publicationsOf(state, endpoints, (ports, to) => this.#withdraw(ports, to));
  }

  async #withdraw(ports: readonly PublishedPort[], to: Member): Promise<void> {
    // Deleting the network removes all its ports, whoever deletes it.
    if (this.#deleted !== undefined) return this.#deletion();
    const withdraw = (): Promise<void> => this.#withdrawals.withdraw(ports, to);
    await ignoringDeleted(this.during('network.withdraw', withdraw));
  }

  /** `find` for a new object: on a failure the caller has no object to close. */
  async findFirst(): Promise<void> {
    try {
      await this.find();
    } catch (error) {
      await this.close().catch(() => undefined);
      throw error;
    }
  }

  /** Opens the endpoints on record that this object does not have yet, and closes those that have left. */
  async find(): Promise<void> {
    const { members } = await this.runtime.ledger.read();
    await this.endpoints.openMissing(members);
    this.follow();
  }

  /** Closes the endpoints that others are taking off the network: they wait for that. */
  follow(): void {
    if (this.#closed ?? this.#deleted) return;
    // An unreadable journal names nobody who waits, and this call has nobody to report to.
    void this.#followNow().catch(() => undefined);
  }

  // If the journal says who leaves, those are let go of synchronously.
  async #followNow(): Promise<void> {
    const told = leaving(this.runtime);
    const isLeaving = told ?? ((await locked(() => isDeleted(this.runtime))) ? EVERYONE : undefined);
    if (isLeaving === undefined || (this.#closed ?? this.#deleted)) return;
    this.endpoints.letGo(isLeaving);
    if (isLeaving !== EVERYONE) return;
    this.#unfollow();
    await this.#endFollowers();
  }

  async delete(kill: boolean): Promise<void> {
    const isRepeated = this.#deleted !== undefined;
    if (!isRepeated) this.#checkOpen('network.delete');
    if (kill) await endProcesses(this.endpoints.attached);
    const deletion = (this.#deleted ??= this.#delete());
    let held = await deletion.catch((error: unknown) => {
      // The next call can delete the rest.
      this.#deleted = undefined;
      throw reworded(error, { operation: 'network.delete', object: this.#network.name, exists: true });
    });
    // The network is gone except for these namespaces.
    if (isRepeated && held.size > 0) held = await (this.#deleted = deleteHeld(held, { kill }));
    const [reason] = held.values();
    if (held.size > 0) throw reason;
  }

  async close(): Promise<void> {
    if (this.#deleted) return this.#deletion();
    return lifetimeOf(this.#network).hasRecord ? (this.#closed ??= this.#closeAll()) : this.delete(false);
  }

  /** Deletes a network that this object created, closes one that it opened. */
  async dispose(): Promise<void> {
    if (this.#closed) return this.#closed;
    return this.runtime.claim ? this.delete(false) : this.close();
  }

  async #deletion(): Promise<void> {
    await this.#deleted;
  }

  async #delete(): Promise<Held> {
    // No warnings about a half removed network.
    void this.#warnings?.stop();
    await Promise.allSettled(this.#pending);
    await this.#hostless;
    // If deleting the host was refused, the host may still be open.
    if (this.#hostless) renew(this.runtime.host, this.#host);
    await runPendingUndo(this.runtime.ledger);
    const held = await deleteNetwork(this.runtime, this.endpoints.attached);
    await this.#letGo();
    return held;
  }

  async #closeAll(): Promise<void> {
    try {
      await this.#close();
    } catch (error) {
      // Allows another close().
      this.#closed = undefined;
      throw reworded(error, { operation: 'network.close', object: this.#network.name, exists: true });
    }
  }

  async #close(): Promise<void> {
    void this.#warnings?.stop();
    await Promise.allSettled(this.#pending);
    const { claim, hold: opened } = this.runtime;
    if (claim) handOver(claim);
    if (opened) handOver(opened);
    await Promise.all(
      this.endpoints.attached.map(async ({ ours, netns }) => (ours ? netns.close() : undefined)),
    );
    await this.#letGo();
  }

  async #letGo(): Promise<void> {
    openNetworks.delete(this.#network);
    this.#unfollow();
    this.#endSockets();
    await this.#endFollowers();
    this.endpoints.clear();
    await this.runtime.host.close();
  }

  // The kernel removes everything inside the host. Namespaces and files elsewhere remain until delete().
  #endWithHost(): void {
    this.#endSockets();
    // A close() or delete() that may be under way closes the host itself.
    if (!(this.#closed ?? this.#deleted)) this.#hostless ??= this.#leaveHostNow();
  }

  async #leaveHostNow(): Promise<void> {
    await Promise.allSettled(this.#pending);
    await this.#endFollowers();
    const { owner, host } = this.runtime;
    if (owner) binding.close(owner);
    await host.close();
  }

  // Runs once, at the end of the host or of the network, whichever comes first.
  #endSockets(): void {
    this.#leaveHost();
    if (this.#socketsEnded) return;
    this.#socketsEnded = true;
    this.runtime.resolver?.close();
    void this.#endFollowers();
  }

  async #endFollowers(): Promise<void> {
    const { guard, egress } = this.runtime;
    await Promise.all([this.#warnings?.stop(), guard?.stop(), egress?.stop()]);
  }
}
