/** Exits as env(1) does for a command that is missing or cannot be run. */
export function failedToStart(error: unknown): void {
  const { code, syscall, message } = error as NodeJS.ErrnoException;
  if (!syscall?.startsWith('spawn ')) throw error;
  process.stderr.write(`netloom: ${message}\n`);
  process.exitCode = code === 'ENOENT' ? 127 : 126;
}
