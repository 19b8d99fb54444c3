import fs from 'node:fs';
import { array, optional, unknown } from 'valibot';
import { aFunction, options, validate, validateOptions } from '../errors/validate-options';
import { binding } from '../executor/run-program';
import { NetworkNamespace } from '../netns/namespace';
import type { NamespaceOptions } from '../nsfs/options';
import type { Endpoint } from '../network/runtime/endpoint';
import { Network } from '../network/network';
import { resolveSpec } from '../network/spec/resolve-spec';
import { checkName } from '../nsfs/name';
import { enterThread } from './thread';

/** The surroundings of a test: a namespace of its own, optionally on a network of its own. */
export interface TestBed {
  /** The namespace that the test's thread is in. */
  readonly netns: NetworkNamespace;
}

/** A test's own network, in a namespace used as its host: several with the same name and subnet can coexist. */
export interface NetworkBed<Name extends string = string> extends TestBed {
  readonly network: Network;
  /** The test's own endpoint. */
  readonly endpoint: Endpoint;
  /** The other endpoints, by name. */
  readonly endpoints: Readonly<Record<Name, Endpoint>>;
}

export interface TestNetwork<Name extends string = string> {
  /** Default: 'test'. */
  readonly name?: string;
  /** Default: '10.0.0.0/24'. */
  readonly subnet?: string;
  /** Names of further namespaces to attach, besides the test's own. */
  readonly endpoints?: readonly Name[];
}

/**
 * Moves the thread back, kills processes left in the network's endpoints, and deletes everything that was created.
 * Further calls are ignored.
 */
export type Leave = () => Promise<void>;

/**
 * Moves the calling thread into a new namespace with its loopback device up, until `leave` is called: for a runner's
 * per-file hooks. Rejects with NetlinkError EPERM without CAP_SYS_ADMIN.
 */
export async function enterNamespace(how?: NamespaceOptions): Promise<TestBed & { leave: Leave }> {
  const netns = await NetworkNamespace.create(undefined, how);
  return stay({ netns }, async () => netns.close());
}

/** Like {@link enterNamespace}, on a new network. */
export async function enterNetwork<Name extends string = string>(
  spec: TestNetwork<Name> = {},
): Promise<NetworkBed<Name> & { leave: Leave }> {
  const { name, subnet, endpoints: names } = checkTestNetwork(spec);
  const [host, netns] = (await NetworkNamespace.createMany(2)) as [NetworkNamespace, NetworkNamespace];
  const close = async (): Promise<void> => {
    // Closed, not deleted: a socket that the test left open keeps its namespace, and there is no need to wait for it.
    await Promise.all([netns.close(), host.close()]);
  };
  try {
    const network = await Network.create({ name, subnet, host });
    const end = async (): Promise<void> => {
      try {
        // A test that fails rarely ends what it started: its failure is to be seen, not a namespace in use.
        await network.delete({ kill: true });
      } finally {
        await close();
      }
    };
    try {
      const endpoint = await network.attach(netns);
      const others = await network.attachMany(names);
      const endpoints = Object.fromEntries(others.map((other) => [other.name, other])) as Record<
        Name,
        Endpoint
      >;
      return await stay({ netns, network, endpoint, endpoints }, end);
    } catch (error) {
      await network.delete();
      throw error;
    }
  } catch (error) {
    await close();
    throw error;
  }
}

/** Runs a test in a new namespace. The thread is inside until the test settles. */
export async function withNamespace<T>(
  body: (bed: TestBed) => T | Promise<T>,
  how?: NamespaceOptions,
): Promise<T> {
  checkBody(body, 'testing.withNamespace');
  return during(await enterNamespace(how), body);
}

/** Runs a test on a new network. */
export async function withNetwork<T, Name extends string = string>(
  spec: TestNetwork<Name>,
  body: (bed: NetworkBed<Name>) => T | Promise<T>,
): Promise<T> {
  checkBody(body, 'testing.withNetwork');
  return during(await enterNetwork(spec), body);
}

async function stay<B extends TestBed>(bed: B, end: () => Promise<void>): Promise<B & { leave: Leave }> {
  let left: Promise<void> | undefined;
  try {
    const goHome = await enterThread(bed.netns);
    const leave = async (): Promise<void> => {
      goHome();
      shutDownConnections(bed.netns);
      await end();
    };
    return { ...bed, leave: () => (left ??= leave()) };
  } catch (error) {
    await end();
    throw error;
  }
}

// Connections kept alive for later requests, as by `fetch` and http.globalAgent, are shared by all test files: a later
// file that requests the same address would be answered through them.
function shutDownConnections({ cookie }: NetworkNamespace): void {
  binding.shutDown(fs.readdirSync('/proc/self/fd').map(Number), cookie);
}

async function during<B extends { leave: Leave }, T>(bed: B, body: (bed: B) => T | Promise<T>): Promise<T> {
  try {
    return await body(bed);
  } finally {
    await bed.leave();
  }
}

const any = optional(unknown());
const testNetwork = options({
  name: any,
  subnet: any,
  endpoints: optional(array(unknown(), 'must be an array of names'), []),
});

/** Checks the network of a test and fills in its defaults. Throws a ValidationError. */
function checkTestNetwork<Name extends string>(given: TestNetwork<Name>): Required<TestNetwork<Name>> {
  const operation = 'testing.enterNetwork';
  const { endpoints } = validateOptions(testNetwork, given, operation);
  const { name = 'test', subnet = '10.0.0.0/24' } = (given as TestNetwork | null) ?? {};
  resolveSpec({ name, subnet }, operation);
  for (const [index, one] of endpoints.entries()) checkName(one, operation, `endpoints[${String(index)}]`);
  return { name, subnet, endpoints: endpoints as readonly Name[] };
}

/** Checks the test itself. Throws a ValidationError. */
function checkBody(body: unknown, operation: string): void {
  validate(aFunction('must be a function: the test'), body, operation, 'body');
}
