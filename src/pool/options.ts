import { custom, gtValue, type InferOutput, maxValue, minValue, optional, pipe } from 'valibot';
import { ValidationError } from '../errors/errors';
import { type NamespaceOptions, settingsOf } from '../nsfs/options';
import { type AttachManyOptions, checkManyOptions } from '../network/members/attach-options';
import { Network } from '../network/network';
import { anyObject, finiteNumber, options, validate, wholeNumber } from '../errors/validate-options';

/** What a {@link NamespacePool} holds ready, and how fast it may make more. */
export interface PoolOptions<N extends Network | undefined = undefined> {
  /** How many stand ready at most, 1 to 10,000. Each that is given out is replaced. */
  readonly size: number;
  /**
   * Gives out endpoints of this network instead of unconnected namespaces. It must live with its process: what a killed
   * process had in a persistent network would stay there.
   */
  readonly network?: N;
  /** How the endpoints are attached; with `network` only. */
  readonly attach?: AttachManyOptions;
  /** How the namespaces are made; without `network` only. */
  readonly namespace?: NamespaceOptions;
  /** How many are made in one go, 1 to 1,000; default 50. Larger ones cost less each, smaller ones are there sooner. */
  readonly batch?: number;
  /** How many are made in a second at most; default: as many as the kernel can. */
  readonly perSecond?: number;
  /** How many may wait for one while the pool is empty; default: any number. */
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
  network: optional(custom<Network>((value) => value instanceof Network, 'must be a Network')),
  attach: optional(anyObject('must be an object of attachMany() options')),
  namespace: optional(anyObject('must be an object of create() options')),
});

type Limits = Omit<InferOutput<typeof poolOptions>, 'network' | 'attach' | 'namespace'>;

/** Throws a ValidationError that names the first wrong option. */
export function checkPoolOptions(given: PoolOptions<Network | undefined>): Limits {
  const { network, attach, namespace, ...checked } = validate(poolOptions, given, OPERATION);
  if (network?.lifetime === 'persistent') {
    const problem = "must have the lifetime 'process': what a killed process had in it would stay";
    throw new ValidationError({ operation: OPERATION, path: 'network', value: network.name, problem });
  }
  const misplaced = network ? namespace && 'namespace' : attach && 'attach';
  if (misplaced) {
    const problem = network ? 'is for a pool without a network; there is attach' : 'needs a network';
    throw new ValidationError({ operation: OPERATION, path: misplaced, value: given[misplaced], problem });
  }
  if (given.attach) checkManyOptions(given.attach);
  if (given.namespace) settingsOf(given.namespace, OPERATION);
  // Not more at once than in a second.
  return { ...checked, batch: Math.min(checked.batch, Math.ceil(checked.perSecond)) };
}
