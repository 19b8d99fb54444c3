import { array, custom, optional, picklist, string } from 'valibot';
import { anyObject, options, validate, validateOptions } from '../../errors/validate-options';
import { isNativeHandle } from '../../nsfs/handle';
import { TABLE_FAMILIES } from '../nft/request-shape';

const inTable = {
  family: picklist(TABLE_FAMILIES, `must be one of ${TABLE_FAMILIES.join(', ')}`),
  table: string('must be the name of a table'),
};
const place = options(inTable, 'must be an object: { family, table }');
const setPlace = options(
  { ...inTable, set: string('must be the name of a set') },
  'must be an object: { family, table, set }',
);
const through = options({ owner: optional(custom(isNativeHandle, 'must be a socket of a plan')) });
const bodies = array(
  anyObject('must be an object: { family, table, set, elements }'),
  'must be an array of bodies',
);

/** Checks the place of a table's objects. Throws a ValidationError, as the others of this file do. */
export function checkTable(given: unknown, operation: string): void {
  validate(place, given, operation, 'body');
}

export function checkSet(given: unknown, operation: string): void {
  validate(setPlace, given, operation, 'set');
}

export function checkBodies(given: unknown, operation: string): void {
  validate(bodies, given, operation, 'bodies');
}

export function checkThrough(given: unknown, operation: string): void {
  validateOptions(through, given, operation);
}
