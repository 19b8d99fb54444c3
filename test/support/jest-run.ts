import { spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

const pages = path.join(__dirname, '../programs/jest');
/** The environment under test, as a project's configuration names it. */
export const NETLOOM_ENVIRONMENT = path.join(__dirname, '../../dist/testing/jest-environment.js');

interface JestRun {
  readonly code: number | null;
  readonly output: string;
}

/** Runs those test files of programs/jest that a pattern chooses, in two workers unless the arguments say otherwise. */
export async function jestRun(pattern: string, config: object, args = ['--maxWorkers=2']): Promise<JestRun> {
  const meeting = fs.mkdtempSync(path.join(os.tmpdir(), 'netloom-jest-'));
  const whole = {
    ...{ rootDir: pages, testRegex: pattern, transform: {}, globalTeardown: `${pages}/home.js` },
    // Jest runs files one after the other in its own process if it remembers that they were fast.
    cacheDirectory: path.join(meeting, 'cache'),
    ...config,
  };
  try {
    const command = [require.resolve('jest/bin/jest'), '--config', JSON.stringify(whole), '--ci', ...args];
    const home = fs.readlinkSync('/proc/self/ns/net');
    const env = { ...process.env, MEETING: meeting, HOME_NETNS: home };
    const child = spawn(process.execPath, command, { env, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => (output += text));
    }
    const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
    return { code, output };
  } finally {
    fs.rmSync(meeting, { recursive: true });
  }
}
