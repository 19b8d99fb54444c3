import { defineFamily } from '../../definition/define-family';
import { words } from '../../definition/words';
import { filterCommand, qdiscCommand, tcClassCommand } from '../../commands/tc';
import type {
  ClassAdd,
  ClassFilter,
  ClassInfo,
  ClassRef,
  FilterAdd,
  FilterFilter,
  FilterInfo,
  FilterRef,
  QdiscAdd,
  QdiscFilter,
  QdiscInfo,
  QdiscRef,
} from '../../types';
import type { Body } from '../../types/common/body';
import { word } from '../../../base/format';
import { prepareData, presentData, type Kinds } from './data';
import { htb, htbClass } from './htb';
import { netem } from './netem';
import { tbf } from './tbf';
import { u32 } from './u32';

const qdiscs: Kinds = { tbf, htb, netem };
const classes: Kinds = { htb: htbClass };
const filters: Kinds = { u32 };

/** The hook for incoming packets: a parent of its own beside the root, with a fixed handle. */
const ingressPlace = { handle: 'ffff:', parent: 'ffff:fff1' };
const ingressKinds = new Set<unknown>(['ingress', 'clsact']);

/** The bodies that each verb takes. */
export interface QdiscRequests {
  add: QdiscAdd;
  replace: QdiscAdd;
  delete: QdiscRef;
  get: QdiscRef;
  list: QdiscFilter;
}

export const qdisc = defineFamily<QdiscRequests, QdiscInfo>({
  verbs: ['add', 'replace', 'delete', 'get', 'list'],
  command: qdiscCommand,
  // As in iproute2: by default, a qdisc is the device's root.
  prepare(body, verb) {
    if (verb === 'list') return body;
    const place = ingressKinds.has(body['kind']) ? ingressPlace : { parent: 'root' };
    return prepareData({ ...place, ...body }, qdiscs);
  },
  present: (object) => presentData(object, qdiscs),
  answersByEcho: true,
  describe: (body) => named(body, ['dev', 'parent', 'handle']),
});

/** The bodies that each verb takes. */
export interface ClassRequests {
  add: ClassAdd;
  replace: ClassAdd;
  delete: ClassRef;
  get: ClassRef;
  list: ClassFilter;
}

export const tcClass = defineFamily<ClassRequests, ClassInfo>({
  verbs: ['add', 'replace', 'delete', 'get', 'list'],
  command: tcClassCommand,
  prepare: (body) => prepareData(body, classes),
  present: (object) => presentData(object, classes),
  answersByEcho: true,
  describe: (body) => named(body, ['handle', 'dev', 'parent']),
});

/** The two hooks of a clsact, by iproute2's names. */
const hooks: Readonly<Record<string, string>> = { ingress: 'ffff:fff2', egress: 'ffff:fff3' };
const hookNames = new Map(Object.entries(hooks).map(([name, handle]) => [handle, name]));

/** The bodies that each verb takes. */
export interface FilterRequests {
  add: FilterAdd;
  replace: FilterAdd;
  delete: FilterRef;
  get: FilterRef;
  list: FilterFilter;
}

export const filter = defineFamily<FilterRequests, FilterInfo>({
  verbs: ['add', 'replace', 'delete', 'get', 'list'],
  command: filterCommand,
  prepare(body, verb) {
    const { parent } = body;
    const placed = typeof parent === 'string' ? { ...body, parent: hooks[parent] ?? parent } : body;
    const isNew = verb === 'add' || verb === 'replace';
    return prepareData(isNew ? { protocol: 'all', ...placed } : placed, filters);
  },
  present(object) {
    const parent = hookNames.get(word(object['parent']));
    return presentData(parent === undefined ? object : { ...object, parent }, filters);
  },
  describe: (body) => named(body, ['dev', 'parent', 'priority']),
});

function named(body: Body, keys: readonly string[]): string {
  return `${word(body['kind'] ?? '')} ${words(body, keys)}`.trim();
}
