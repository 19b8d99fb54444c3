import { custom, gtValue, type InferOutput, maxValue, minValue, optional, pipe } from 'valibot';
import { ValidationError } from '../errors/errors';
import { type NamespaceOptions, settingsOf } from '../nsfs/options';
import { ofThisCopy } from '../nsfs/other-copy';
import { type AttachManyOptions, checkManyOptions } from '../network/members/attach-options';
import { Network } from '../network/network';
import {
  abortSignal,
  anyObject,
  finiteNumber,
  options,
  validate,
  validateOptions,
  wholeNumber,
} from '../errors/validate-options';

/** The size of a {@link NamespacePool}, and how fast it may create namespaces. */
export interface PoolOptions<N extends Network | undefined = undefined> {
  /** The maximum number kept ready, 1 to 10,000. Each leased one is replaced. */
  readonly size: number;
  /**
   * Leases endpoints of this network instead of unconnected namespaces. The network must end with its process:
   * endpoints of a killed process would stay in a persistent network.
   */
  readonly network?: N;
  /** How to attach the endpoints; with `network` only. */
  readonly attach?: AttachManyOptions;
  /** How to create the namespaces; without `network` only. */
  readonly namespace?: NamespaceOptions;
  /**
   * How many are created in one go, 1 to 1,000; default 50. Larger batches cost less per namespace, smaller ones are
   * ready sooner.
   */
  readonly batch?: number;
  /** The maximum number created per second; default: as many as the kernel can. */
  readonly perSecond?: number;
  /** The maximum number of callers waiting while the pool is empty; default: unlimited. */
  readonly maxWaiting?: number;
}

const OPERATION = 'pool';
const poolOptions = options({
  size: pipe(
    wholeNumber('must be a whole number from 1 to 10000'),
    minValue(1, 'must be at least 1'),
    maxValue(10_000, 'must be at most 10000'),
  ),
  batch: optional(
    pipe(
      wholeNumber('must be a whole number from 1 to 1000'),
      minValue(1, 'must be at least 1'),
      maxValue(1000, 'must be at most 1000'),
    ),
    50,
  ),
  perSecond: optional(
    pipe(finiteNumber('must be a number of namespaces'), gtValue(0, 'must be more than 0')),
    Number.MAX_VALUE,
  ),
  maxWaiting: optional(
    pipe(wholeNumber('must be a whole number, 0 or more'), minValue(0, 'must be 0 or more')),
    Number.MAX_SAFE_INTEGER,
  ),
  network: optional(
    custom<Network>(
      (value) => value instanceof Network,
      ({ input }) => ofThisCopy('must be a Network', input),
    ),
  ),
  attach: optional(anyObject('must be an object of attachMany() options')),
  namespace: optional(anyObject('must be an object of create() options')),
});

type Limits = Omit<InferOutput<typeof poolOptions>, 'network' | 'attach' | 'namespace'>;

/** Throws a ValidationError that names the first wrong option. */
export function checkPoolOptions(given: PoolOptions<Network | undefined>): Limits {
  const { network, attach, namespace, ...checked } = validate(poolOptions, given, OPERATION);
  if (network?.lifetime === 'persistent') {
    const problem =
      "must have the lifetime 'process': a persistent network would keep the endpoints of a killed process";
    throw new ValidationError({ operation: OPERATION, path: 'network', value: network.name, problem });
  }
  const misplaced = network ? namespace && 'namespace' : attach && 'attach';
  if (misplaced) {
    const problem = network
      ? 'must not be set with a network: use attach'
      : 'must not be set without a network';
    throw new ValidationError({ operation: OPERATION, path: misplaced, value: given[misplaced], problem });
  }
  if (given.attach) checkManyOptions(given.attach);
  if (given.namespace) settingsOf(given.namespace, OPERATION);
  // A batch never exceeds one second's share.
  return { ...checked, batch: Math.min(checked.batch, Math.ceil(checked.perSecond)) };
}

const acquireOptions = options({ signal: optional(abortSignal) });

/** The signal of a caller who waits. Throws a ValidationError. */
export function checkAcquire(given: unknown): AbortSignal | undefined {
  return validateOptions(acquireOptions, given, 'pool.acquire').signal;
}
