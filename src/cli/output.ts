import os from 'node:os';
import { NetlinkError } from '../errors/errors';

/** Prints an object as JSON, with decimal strings for 64-bit numbers. */
export function printJson(value: unknown): void {
  const text = JSON.stringify(
    value,
    (_key, inner: unknown) => (typeof inner === 'bigint' ? String(inner) : inner),
    2,
  );
  process.stdout.write(`${text}\n`);
}

export function printLines(lines: readonly string[]): void {
  process.stdout.write(lines.map((line) => `${line}\n`).join(''));
}

/** The exit status of a program that SIGPIPE ends. */
const BROKEN_PIPE = 128 + os.constants.signals.SIGPIPE;

/**
 * Reports that standard output could not be written. A reader that has seen enough, such as head(1), needs no message;
 * the status is the one of other programs in that place.
 */
export function outputFailed({ code, errno = 0, syscall }: NodeJS.ErrnoException): void {
  process.exitCode = code === 'EPIPE' ? BROKEN_PIPE : 1;
  if (code === 'EPIPE') return;
  const { message } = new NetlinkError({ errno: -errno, syscall, operation: 'standard output' });
  process.stderr.write(`netloom: ${message}\n`);
}

/** Aligns cells in columns, each as wide as its widest cell. */
export function columns(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_cell, column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0)),
  );
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}

/** Joins words, without absent ones. */
export function phrase(...words: readonly (string | false | undefined)[]): string {
  return words.filter((word) => word !== undefined && word !== false && word !== '').join(' ');
}
