import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

const dist = path.resolve('dist');
let room: string;
let file: string;

beforeEach(() => {
  room = fs.mkdtempSync(path.join(os.tmpdir(), 'netloom-code-'));
  file = path.join(room, 'script.js');
});

afterEach(() => {
  fs.rmSync(room, { recursive: true });
});

/** Node.js of its own: Jest's realm is one that gets no cached code, and flags of V8 are for a whole process. */
function node(script: string, flags: readonly string[] = []): string {
  const functions = `const { evaluate, writeCodeCache } = require(${JSON.stringify(`${dist}/code-cache.js`)});`;
  const args = [...flags, '-e', `${functions} ${script}`, file];
  return execFileSync(process.execPath, args, { encoding: 'utf8' }).trim();
}

const EVALUATE = 'console.log(evaluate(process.argv[1]).value());';
const WRITE = 'writeCodeCache(process.argv[1]);';

/** Scripts of one length, which is all that V8 tells them apart by. */
function write(value: 'one' | 'two'): void {
  fs.writeFileSync(file, `exports.value = () => require('node:path').basename(__dirname) && '${value}';`);
}

test('a script without compiled code is evaluated as a module', () => {
  write('one');
  expect(node(EVALUATE)).toBe('one');
});

/** A script whose compiled code, by its digest, is its own, and tells by what it does that it ran. */
function writeOneThatRunsAsTheOther(): void {
  write('one');
  node(WRITE);
  const code = fs.readFileSync(`${room}/script.code`);
  write('two');
  node(WRITE);
  const digest = fs.readFileSync(`${room}/script.code`).subarray(0, 32);
  fs.writeFileSync(`${room}/script.code`, Buffer.concat([digest, code.subarray(32)]));
}

test('the compiled code is what runs, functions as well', () => {
  writeOneThatRunsAsTheOther();
  expect(node(EVALUATE)).toBe('one');
});

test('code of another script is not run', () => {
  write('one');
  node(WRITE);
  write('two');
  expect(node(EVALUATE)).toBe('two');
});

test('code of other flags, or of which a part is missing, is not run', () => {
  writeOneThatRunsAsTheOther();
  expect(node(EVALUATE, ['--no-opt'])).toBe('two');
  for (const length of [200, 40, 32, 31, 0]) {
    fs.truncateSync(`${room}/script.code`, length);
    expect(node(EVALUATE)).toBe('two');
  }
});

test('writing leaves nothing but the code', () => {
  write('one');
  node(WRITE);
  expect(fs.readdirSync(room).sort()).toEqual(['script.code', 'script.js']);
});

test('the built library is taken from its compiled code', () => {
  const script = `
    const vm = require('node:vm');
    const scripts = [];
    vm.Script = class extends vm.Script {
      constructor(...args) {
        super(...args);
        scripts.push([require('node:path').basename(args[1].filename), this.cachedDataRejected]);
      }
    };
    const { Network } = require(${JSON.stringify(dist)});
    console.log(JSON.stringify([scripts, typeof Network.create]));`;
  expect(JSON.parse(node(script))).toEqual([[['netloom.js', false]], 'function']);
});
