import { execFile } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import { promisify } from 'node:util';

const execute = promisify(execFile);

type Kind = 'uid' | 'gid';

/** A range of ids from `start` on that the system has set aside for a user. */
export interface SubordinateRange {
  readonly start: number;
  readonly count: number;
}

/**
 * The ranges of a user in /etc/subuid or /etc/subgid, where the user is listed by name or by number. `user`: undefined
 * for a user without a name.
 */
export function subordinateRanges(text: string, user: string | undefined, uid: number): SubordinateRange[] {
  return text.split('\n').flatMap((line) => {
    const [owner, start, count] = line.trim().split(':');
    if (owner !== user && owner !== String(uid)) return [];
    const range = { start: Number(start), count: Number(count) };
    return Number.isSafeInteger(range.start) && range.count > 0 ? [range] : [];
  });
}

/**
 * Lines of an id map: root inside is the caller outside, and the ids from 1 on are the set-aside ones, range after
 * range.
 */
export function mapLines(own: number, ranges: readonly SubordinateRange[]): number[][] {
  const lines = [[0, own, 1]];
  let next = 1;
  for (const { start, count } of ranges) {
    lines.push([next, start, count]);
    next += count;
  }
  return lines;
}

/**
 * Maps the ids of a process in a new user namespace. If there are ranges and the privileged tool for them (newuidmap,
 * newgidmap), all ids are mapped; otherwise only root. Returns the reason for a smaller map, if any.
 */
export async function mapIds(pid: number): Promise<string | undefined> {
  const reasons = [await mapKind(pid, 'uid'), await mapKind(pid, 'gid')];
  return reasons.find((reason) => reason !== undefined);
}

async function mapKind(pid: number, kind: Kind): Promise<string | undefined> {
  const own = (kind === 'uid' ? process.geteuid?.() : process.getegid?.()) as number;
  const uid = process.getuid?.() as number;
  const name = userName();
  const file = `/etc/sub${kind}`;
  const ranges = subordinateRanges(readIfThere(file), name, uid);
  const reason =
    ranges.length === 0
      ? `${file} has no range for ${name ?? `the user id ${uid}`}`
      : await mapByTool(`new${kind}map`, pid, mapLines(own, ranges));
  if (reason === undefined) return undefined;
  // The kernel lets a process map its own group only if groups cannot be dropped that way.
  if (kind === 'gid') fs.writeFileSync(`/proc/${pid}/setgroups`, 'deny');
  fs.writeFileSync(`/proc/${pid}/${kind}_map`, `0 ${own} 1`);
  return reason;
}

// A user id needs no entry in /etc/passwd: containers often run as such a user.
function userName(): string | undefined {
  try {
    return os.userInfo().username;
  } catch {
    return undefined;
  }
}

async function mapByTool(
  tool: string,
  pid: number,
  lines: readonly (readonly number[])[],
): Promise<string | undefined> {
  try {
    await execute(tool, [String(pid), ...lines.flat().map(String)]);
    return undefined;
  } catch (error) {
    const { code, stderr = '' } = error as { code?: unknown; stderr?: string };
    return code === 'ENOENT' ? `${tool} is not installed (package uidmap)` : stderr.trim();
  }
}

function readIfThere(file: string): string {
  return fs.existsSync(file) ? fs.readFileSync(file, 'utf8') : '';
}
