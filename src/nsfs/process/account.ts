import { ValidationError } from '../../errors/errors';
import { binding } from '../../executor/run-program';

/** The user and groups of a child process. Absent fields stay unchanged. */
export interface Account {
  readonly uid?: number;
  readonly gid?: number;
  readonly groups?: readonly number[];
}

export interface AccountOptions {
  /** Runs as this user, by name or number, with all of the user's groups. `uid` instead keeps no supplementary group. */
  readonly user?: string | number;
  /** Runs in this group, by name or number, instead of the user's own. */
  readonly group?: string | number;
  readonly uid?: number | undefined;
  readonly gid?: number | undefined;
}

/** Looks up the user and groups of the options. Throws a ValidationError for a user or group that does not exist. */
export function accountOf(options: AccountOptions, operation: string): Account {
  const refuse = (path: string, value: unknown, problem: string): never => {
    throw new ValidationError({ operation, path, value, problem });
  };
  const { user, group, uid, gid } = options;
  if (user !== undefined && uid !== undefined) refuse('uid', uid, "must not be set together with 'user'");
  if (group !== undefined && gid !== undefined) refuse('gid', gid, "must not be set together with 'group'");
  const asGroup = group === undefined ? gid : groupId(group, refuse);
  if (user === undefined) return numeric(uid, asGroup);
  const found = isId(user) || isName(user) ? binding.user(user) : refuse('user', user, rightFor(user));
  if (found !== undefined) return asGroup === undefined ? found : { ...found, gid: asGroup };
  if (typeof user === 'string') return refuse('user', user, 'must be a user that exists (see getent passwd)');
  if (asGroup === undefined) return refuse('group', undefined, `must be set: no user has the number ${user}`);
  return { uid: user, gid: asGroup, groups: [] };
}

// Node.js drops all supplementary groups of a child that has its own uid or gid.
function numeric(uid: number | undefined, gid: number | undefined): Account {
  if (uid === undefined && gid === undefined) return {};
  return { groups: [], ...(uid !== undefined && { uid }), ...(gid !== undefined && { gid }) };
}

type Refuse = (path: string, value: unknown, problem: string) => never;

const NAME_OR_NUMBER = 'must be a name or a number';
const RANGE = 'must be a whole number, 0 to 4294967294, or a name';

function groupId(group: string | number, refuse: Refuse): number {
  if (isId(group)) return group;
  if (!isName(group)) return refuse('group', group, rightFor(group));
  return binding.group(group) ?? refuse('group', group, 'must be a group that exists (see getent group)');
}

function rightFor(value: unknown): string {
  return typeof value === 'number' ? RANGE : NAME_OR_NUMBER;
}

// The kernel reads the highest number as "unchanged".
function isId(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0 && (value as number) < 0xffff_ffff;
}

function isName(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && !value.includes('\0');
}
