import type { Body } from '../types/common/body';
import { word } from '../../base/format';
import type { RequestPrinter } from './printer';
import { classifierWords } from './tc-filter';
import { device, print, type Printer } from './words';

/** Bytes per second, which `tc` calls bps. */
const rate =
  (option: string): Printer =>
  (value) => [option, `${word(value)}bps`];
const time =
  (option: string): Printer =>
  (value) => [option, `${word(value)}us`];
const percent = (value: unknown): string[] => (value === undefined ? [] : [`${word(value)}%`]);

const rates = { rate: rate('rate'), ceil: rate('ceil'), peakrate: rate('peakrate') };

/** The words of a kind's data. */
const kinds: Readonly<Record<string, (data: Body) => string[]>> = {
  tbf: (data) => print(data, rates),
  htb: (data) =>
    print(data, {
      defcls: (value) => ['default', Number(value).toString(16)],
      rate2quantum: 'r2q',
      offload: () => ['offload'],
    }),
  netem: (data) => netemWords(data),
  fq_codel: (data) =>
    print(data, {
      target: time('target'),
      interval: time('interval'),
      ceThreshold: time('ce_threshold'),
      ecn: (value) => [value === 0 ? 'noecn' : 'ecn'],
      dropBatchSize: 'drop_batch',
    }),
};

function netemWords(data: Body): string[] {
  const { delay, jitter, correlation = {}, rate: line, rate64, ...rest } = data;
  const follows = correlation as Body;
  const chance =
    (option: string, key = ''): Printer =>
    (value) => [option, ...percent(value), ...percent(follows[key])];
  const group =
    (option: string): Printer =>
    (value) => {
      const { probability, correlation: own } = value as Body;
      return [option, ...percent(probability), ...percent(own)];
    };
  const delays = delay === undefined ? [] : ['delay', `${word(delay)}us`];
  const varied = jitter === undefined ? [] : [`${word(jitter)}us`, ...percent(follows['delay'])];
  const table: Readonly<Record<string, Printer>> = {
    loss: (value) => ['loss', 'random', ...percent(value), ...percent(follows['loss'])],
    duplicate: chance('duplicate', 'duplicate'),
    reorder: group('reorder'),
    corrupt: group('corrupt'),
    ecn: () => ['ecn'],
  };
  const { rate: speed, packetOverhead = 0, cellSize = 0, cellOverhead = 0 } = (line ?? {}) as Body;
  const lineWords =
    line === undefined
      ? []
      : ['rate', `${word(rate64 ?? speed)}bps`, word(packetOverhead), word(cellSize), word(cellOverhead)];
  return [...delays, ...varied, ...print(rest, table), ...lineWords];
}

function dataWords({ kind, data }: Body): string[] {
  const words = kinds[word(kind)] ?? ((body: Body) => print(body, {}));
  return data === undefined ? [] : words(data as Body);
}

export const qdiscCommand: RequestPrinter = (verb, body) => {
  const { dev, parent = 'root', handle, kind, ingressBlock, egressBlock } = body;
  const isIngress = kind === 'ingress' || kind === 'clsact';
  const place = isIngress ? [] : parent === 'root' ? ['root'] : ['parent', word(parent)];
  const blocks = print({ ingressBlock, egressBlock }, {});
  const words = [
    'qdisc',
    verb,
    'dev',
    device(dev),
    ...blocks,
    ...place,
    ...(isIngress ? [] : handleWords(handle)),
  ];
  return { tool: 'tc', words: [...words, ...(kind === undefined ? [] : [word(kind)]), ...dataWords(body)] };
};

export const tcClassCommand: RequestPrinter = (verb, body) => {
  const { dev, parent, handle, kind } = body;
  const place = parent === undefined ? [] : ['parent', word(parent)];
  const words = ['class', verb, 'dev', device(dev), ...place, 'classid', word(handle)];
  const data = print((body['data'] ?? {}) as Body, rates);
  return { tool: 'tc', words: [...words, ...(kind === undefined ? [] : [word(kind)]), ...data] };
};

export const filterCommand: RequestPrinter = (verb, body) => {
  const { dev, parent, kind, data, ...rest } = body;
  const isHook = parent === 'ingress' || parent === 'egress';
  const place = parent === undefined ? [] : isHook ? [parent] : ['parent', word(parent)];
  const table: Readonly<Record<string, Printer>> = {
    priority: 'prio',
    handle: (value) => ['handle', handleOfFilter(kind, Number(value))],
  };
  const words = ['filter', verb, 'dev', device(dev), ...place, ...print(rest, table)];
  const what =
    kind === undefined ? [] : [word(kind), ...classifierWords(word(kind), data as Body | undefined)];
  return { tool: 'tc', words: [...words, ...what] };
};

// A u32 filter is named by its table, bucket and node; other filters by a number.
function handleOfFilter(kind: unknown, handle: number): string {
  if (kind !== 'u32') return `0x${handle.toString(16)}`;
  const [table, bucket, node] = [handle >>> 20, (handle >>> 12) & 0xff, handle & 0xfff];
  return [table, bucket, node].map((part) => (part === 0 ? '' : part.toString(16))).join(':');
}

function handleWords(handle: unknown): string[] {
  return handle === undefined ? [] : ['handle', word(handle)];
}
