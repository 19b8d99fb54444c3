import path from 'node:path';
import { type GenericSchema, type IssuePathItem, safeParse } from 'valibot';
import { type FileText, filesIn, readTrusted, writeWhole } from './files';
import { bootId } from '../../host/identity';
import { type Leased, NAMES, SHAPES, VERSION } from './shapes';
import { mayRead, type Place, placeOf, stateDirectory } from './paths';

/** A file of the journal that cannot be read as expected. */
export interface InvalidFile {
  readonly file: string;
  /** Continues the file's name: 'is a symbolic link'. */
  readonly problem: string;
  /** Written by another version of this library, which may be able to read it. */
  readonly foreign?: true;
  /** Empty, or not written to its end. */
  readonly torn?: true;
}

export type Stored = { readonly value: unknown } | { readonly invalid: InvalidFile };

/** One file of a place; undefined if it is missing. */
export function readStored(place: Place, file: string): Stored | undefined {
  const found = readTrusted(file);
  const stored = found && parseStored(SHAPES[place], file, found);
  if (stored === undefined || 'invalid' in stored) return stored;
  const isNamed = path.basename(file).startsWith(NAMES[place](stored.value as never));
  return isNamed ? stored : { invalid: { file, problem: 'has a name that does not match its content' } };
}

/** A file's content, checked against its shape. */
export function parseStored(shape: GenericSchema, file: string, found: FileText): Stored {
  const invalid = (problem: string, more: Partial<InvalidFile> = {}): Stored => ({
    invalid: { file, problem, ...more },
  });
  if (!('text' in found)) return invalid(found.problem);
  const { text } = found;
  const value = jsonOf(text);
  if (value === undefined) {
    if (objectAtStart(text) !== undefined) return invalid('has more text after its JSON object');
    const isTorn = text === '' || (text.startsWith('{') && !text.endsWith('}'));
    return invalid('is incomplete', isTorn ? { torn: true } : {});
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return invalid('is not a JSON object');
  const { version } = value as { version?: unknown };
  if (version !== VERSION) {
    const what = version === undefined ? 'no version' : `the version ${JSON.stringify(version)}`;
    return invalid(`has ${what}, and this netloom reads the version ${String(VERSION)}`, { foreign: true });
  }
  const result = safeParse(shape, value, { abortEarly: true });
  if (result.success) return { value };
  const [{ message, path: where = [] }] = result.issues;
  return invalid(`is invalid: ${pathOf(where)}: ${message}`);
}

/** The object that a text begins with, whatever follows it: a killed writer leaves no such text. */
export function objectAtStart(text: string): unknown {
  return jsonOf(text.slice(0, text.lastIndexOf('}') + 1));
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

interface Entry {
  readonly file: string;
  readonly stored: Stored;
}

/** All files of a place. */
export function filesOf(place: Place): Entry[] {
  return filesIn(placeOf(place)).flatMap((name) => {
    const file = path.join(placeOf(place), name);
    const stored = readStored(place, file);
    return stored ? [{ file, stored }] : [];
  });
}

/** The content of all readable files of a place. */
export function readPlace(place: Place): unknown[] {
  return filesOf(place).flatMap(({ stored }) => ('value' in stored ? [stored.value] : []));
}

/**
 * The leases of a place for this host and this boot. A caller that may not read the journal gets none; the leases of
 * others hold all the same.
 */
export function readLeasesOf(place: Place, host: string): Leased[] {
  if (!mayRead(stateDirectory())) return [];
  const boot = bootId();
  return (readPlace(place) as Leased[]).filter((lease) => lease.host === host && lease.boot === boot);
}

/** One such lease. */
export function readLease(place: Place, file: string): Leased | undefined {
  const stored = readStored(place, file);
  if (stored === undefined || !('value' in stored)) return undefined;
  const lease = stored.value as Leased;
  return lease.boot === bootId() ? lease : undefined;
}

export function writeStored(file: string, value: object): void {
  writeWhole(file, JSON.stringify({ version: VERSION, boot: bootId(), ...value }));
}

function pathOf(items: readonly IssuePathItem[]): string {
  return items.map(({ key }) => String(key)).join('.') || 'its content';
}
